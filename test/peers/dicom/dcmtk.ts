import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from '@jest/globals';

/** The tools of DCMTK (OFFIS), an implementation that is not ours. */

const there = spawnSync('echoscu', ['--version'], { timeout: 10_000 }).status === 0;

/** A describe block for tests that need the tools; skipped by name where they are absent, failing on CI. */
export function describeWithDcmtk(title: string, block: () => void): void {
  if (there) describe(title, block);
  else if (process.env.CI === 'true')
    test(`${title}: dcmtk is there`, () => {
      throw new Error('dcmtk is not installed; on CI every tool of the tests must be there');
    });
  else
    describe.skip(`${title} (no dcmtk on this machine)`, () => {
      test.skip('needs dcmtk', () => undefined);
    });
}

export interface Ran {
  readonly code: number | null;
  readonly output: string;
}

/** Runs a tool to its end; both outputs together. */
export function run(tool: string, args: readonly string[]): Promise<Ran> {
  return new Promise((resolve, reject) => {
    // Without TCP_NODELAY its command and data set are parted by the peer's delayed acknowledgement, 40 ms an image.
    const env = { ...process.env, TCP_NODELAY: '1' };
    const child = spawn(tool, args, { stdio: ['ignore', 'pipe', 'pipe'], env });
    let output = '';
    const add = (chunk: Buffer) => (output += chunk.toString('utf8'));
    child.stdout.on('data', add);
    child.stderr.on('data', add);
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, output }));
  });
}

export class Folder {
  readonly path = mkdtempSync(join(tmpdir(), 'cytomesh-dicom-'));

  write(name: string, bytes: Uint8Array): string {
    const file = join(this.path, name);
    writeFileSync(file, bytes);
    return file;
  }

  files(): string[] {
    return readdirSync(this.path);
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** `storescp` on a port, storing into a folder as it receives; resolves once it listens. */
export async function startStoreScp(port: number, args: readonly string[]): Promise<() => Promise<void>> {
  const child = spawn('storescp', [...args, String(port)], { stdio: 'ignore' });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  while (!(await answers(port)) && child.exitCode === null) await new Promise(setImmediate);
  return async () => {
    child.kill('SIGTERM');
    await ended;
  };
}

export function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
