import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, test } from '@jest/globals';

/** Programs of others: `mbpoll` (Debian), and pymodbus for Debian's Python. */

const python = '/usr/bin/python3';
const there = {
  mbpoll: spawnSync('mbpoll', ['-V'], { timeout: 10_000 }).status === 0,
  pymodbus:
    spawnSync(python, ['-c', 'from pymodbus.server import StartTcpServer'], { timeout: 20_000 }).status === 0,
};

/** A describe block for tests that need a program; skipped by name where it is absent, failing on CI. */
export function describeWithForeign(name: keyof typeof there, title: string, block: () => void): void {
  if (there[name]) describe(title, block);
  else if (process.env.CI === 'true')
    test(`${title}: ${name} is there`, () => {
      throw new Error(`${name} is not installed; on CI every tool of the tests must be there`);
    });
  else
    describe.skip(`${title} (no ${name} on this machine)`, () => {
      test.skip(`needs ${name}`, () => undefined);
    });
}

/** Runs mbpoll once; its output. */
export function mbpoll(
  args: readonly string[],
): Promise<{ readonly code: number | null; readonly output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn('mbpoll', args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const add = (chunk: Buffer) => (output += chunk.toString('utf8'));
    child.stdout.on('data', add);
    child.stderr.on('data', add);
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, output }));
  });
}

/** Starts the server of pymodbus; gives its port and the way to end it. It listens a moment later. */
export async function startPymodbus(
  framer: 'socket' | 'rtu',
): Promise<{ port: number; stop: () => Promise<void> }> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address() as { port: number };
  await new Promise((resolve) => probe.close(resolve));
  const script = join(import.meta.dirname, 'server.py');
  const child: ChildProcess = spawn(python, [script, String(port), framer], { stdio: 'ignore' });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  return {
    port,
    async stop() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
