import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { test } from '@jest/globals';
import { freePort } from './platform.ts';

/** A server of a test's own: its port stays the same over kills and restarts, its folder goes with `stop`. */
export interface PrivateServer {
  readonly port: number;
  readonly url: string;
  /** Milliseconds until it took connections again. */
  start(): Promise<number>;
  /** As a power cut would: SIGKILL, the folder stays. */
  kill(): Promise<void>;
  stop(): Promise<void>;
}

const folders = [
  ...(process.env.PATH ?? '').split(delimiter),
  '/usr/sbin',
  '/usr/local/sbin',
  '/usr/local/bin',
];
const find = (program: string): string | undefined =>
  folders.map((f) => join(f, program)).find((path) => existsSync(path));

/** Whether these programs can be used. On CI they must be there. */
export const canRun = (...programs: string[]): boolean =>
  process.env.CI === 'true' || programs.every((p) => find(p) !== undefined);

/** `test`, or `test.skip` where a program is missing. */
export const testWith = (...programs: string[]): typeof test | typeof test.skip =>
  canRun(...programs) ? test : test.skip;

/** MariaDB that flushes at every commit, with the empty database `cytomesh`. Root needs no password. */
export async function privateMariaDb(): Promise<PrivateServer> {
  const folder = mkdtempSync(join(tmpdir(), 'cytomesh-mariadb-'));
  const data = join(folder, 'data');
  const port = await freePort();
  const asRoot = process.getuid?.() === 0 ? ['--user=root'] : [];
  const install = [
    '--no-defaults',
    `--datadir=${data}`,
    '--auth-root-authentication-method=normal',
    '--skip-test-db',
    ...asRoot,
  ];
  execFileSync(found('mariadb-install-db'), install, { stdio: 'ignore' });
  const server = new Server(folder, port, `mysql://root@127.0.0.1:${port}/cytomesh`, 'mariadbd', [
    '--no-defaults',
    `--datadir=${data}`,
    `--socket=${join(folder, 's')}`,
    `--port=${port}`,
    '--bind-address=127.0.0.1',
    '--skip-grant-tables',
    '--innodb-flush-log-at-trx-commit=1',
    '--innodb-buffer-pool-size=128M',
    ...asRoot,
  ]);
  await server.start();
  execFileSync(found('mariadb'), [
    '--no-defaults',
    `--socket=${join(folder, 's')}`,
    '-e',
    'CREATE DATABASE cytomesh CHARACTER SET utf8mb4',
  ]);
  return server;
}

export async function privateNats(): Promise<PrivateServer> {
  const port = await freePort();
  const server = new Server('', port, `nats://127.0.0.1:${port}`, 'nats-server', [
    '-a',
    '127.0.0.1',
    '-p',
    String(port),
  ]);
  await server.start();
  return server;
}

export async function privateRedis(): Promise<PrivateServer> {
  const port = await freePort();
  const server = new Server('', port, `redis://127.0.0.1:${port}`, 'redis-server', [
    '--port',
    String(port),
    '--bind',
    '127.0.0.1',
    '--save',
    '',
  ]);
  await server.start();
  return server;
}

class Server implements PrivateServer {
  readonly port: number;
  readonly url: string;
  private readonly folder: string;
  private readonly program: string;
  private readonly options: readonly string[];
  private child: ChildProcess | undefined;
  private gone: Promise<unknown> = Promise.resolve();

  constructor(folder: string, port: number, url: string, program: string, options: readonly string[]) {
    this.folder = folder;
    this.port = port;
    this.url = url;
    this.program = program;
    this.options = options;
  }

  async start(): Promise<number> {
    const began = performance.now();
    const child = spawn(found(this.program), this.options, { stdio: 'ignore', cwd: this.folder || tmpdir() });
    this.child = child;
    this.gone = new Promise((resolve) => child.once('exit', resolve));
    while (!(await takesConnections(this.port))) {
      if (child.exitCode !== null) throw new Error(`${this.program} ended with ${child.exitCode}`);
      await sleep(20);
    }
    return performance.now() - began;
  }

  async kill(): Promise<void> {
    this.child?.kill('SIGKILL');
    await this.gone;
  }

  async stop(): Promise<void> {
    await this.kill();
    if (this.folder) rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

function found(program: string): string {
  const path = find(program);
  if (!path) throw new Error(`${program} is not on this machine`);
  return path;
}

function takesConnections(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
