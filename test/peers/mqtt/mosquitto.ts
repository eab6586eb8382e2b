import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from '@jest/globals';
import { freePort } from '../../platform.ts';

/** Eclipse Mosquitto, a broker and clients that are not ours. */

const answers = (tool: string, argument: string): boolean =>
  spawnSync(tool, [argument], { timeout: 10_000 }).error === undefined;
const clients = answers('mosquitto_pub', '--help');
/** Debian keeps servers where not every path looks. */
const broker = existsSync('/usr/sbin/mosquitto') ? '/usr/sbin/mosquitto' : 'mosquitto';
const server = answers(broker, '-h');

/** A describe block for tests that need Mosquitto; skipped by name where it is absent, failing on CI. */
export function describeWithMosquitto(title: string, block: () => void): void {
  if (clients && server) describe(title, block);
  else if (process.env.CI === 'true')
    test(`${title}: mosquitto is there`, () => {
      throw new Error(
        'mosquitto or its clients are not installed; on CI every tool of the tests must be there',
      );
    });
  else
    describe.skip(`${title} (no mosquitto on this machine)`, () => {
      test.skip('needs mosquitto', () => undefined);
    });
}

export interface Ran {
  readonly code: number | null;
  readonly output: string;
}

/** `mosquitto_pub`, to its end. `input` goes to its standard input. */
export function pub(args: readonly string[], input = ''): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn('mosquitto_pub', args, { stdio: 'pipe' });
    let output = '';
    const add = (chunk: Buffer) => (output += chunk.toString('utf8'));
    child.stdout.on('data', add);
    child.stderr.on('data', add);
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, output }));
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
  });
}

/** `mosquitto_sub`, its output unbuffered, that runs until it has what it was asked for (`-C`), or is ended. */
export function sub(args: readonly string[]): {
  readonly done: Promise<Ran>;
  readonly ready: Promise<void>;
  end(): void;
} {
  const child: ChildProcess = spawn('stdbuf', ['-oL', 'mosquitto_sub', ...args, '-d'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let ready = (): void => undefined;
  const subscribed = new Promise<void>((resolve) => (ready = resolve));
  const add = (chunk: Buffer): void => {
    output += chunk.toString('utf8');
    if (output.includes('Subscribed (mid')) ready();
  };
  child.stdout!.on('data', add);
  child.stderr!.on('data', add);
  const done = new Promise<Ran>((resolve) =>
    child.once('close', (code) => {
      ready();
      resolve({ code, output });
    }),
  );
  return { done, ready: subscribed, end: () => child.kill('SIGTERM') };
}

/** A Mosquitto of the test's own, with persistence in memory; `stop` and `start` keep its port and sessions where asked. */
export class Mosquitto {
  readonly port: number;
  private readonly folder = mkdtempSync(join(tmpdir(), 'cytomesh-mosquitto-'));
  private child: ChildProcess | undefined;

  private constructor(port: number, more: readonly string[]) {
    this.port = port;
    const lines = [
      `listener ${port} 127.0.0.1`,
      'allow_anonymous true',
      'persistence true',
      `persistence_location ${this.folder}/`,
      'max_inflight_messages 0',
      'user root',
      ...more,
    ];
    writeFileSync(join(this.folder, 'conf'), `${lines.join('\n')}\n`);
  }

  static async start(more: readonly string[] = []): Promise<Mosquitto> {
    const made = new Mosquitto(await freePort(), more);
    await made.start();
    return made;
  }

  async start(): Promise<void> {
    this.child = spawn(broker, ['-c', join(this.folder, 'conf')], { stdio: 'ignore' });
    while (!(await open(this.port))) {
      if (this.child.exitCode !== null) throw new Error(`mosquitto ended with ${this.child.exitCode}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async stop(): Promise<void> {
    const { child } = this;
    if (!child || child.exitCode !== null) return;
    const ended = new Promise((resolve) => child.once('close', resolve));
    child.kill('SIGTERM');
    await ended;
  }

  async remove(): Promise<void> {
    await this.stop();
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

function open(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
