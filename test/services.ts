import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { describe, test } from '@jest/globals';

export type ServiceName = 'mariadb' | 'postgres' | 'redis' | 'nats' | 'chromium';

export interface FoundService {
  /** Address of the server with the user that may create databases; the path of the browser for `chromium`. */
  readonly url: string;
}

const addresses: Record<Exclude<ServiceName, 'chromium'>, { setting: string; url: string; port: number }> = {
  mariadb: { setting: 'TEST_MARIADB_URL', url: 'mysql://root@127.0.0.1:3306/mysql', port: 3306 },
  postgres: { setting: 'TEST_POSTGRES_URL', url: 'postgres://postgres@127.0.0.1:5432/postgres', port: 5432 },
  redis: { setting: 'TEST_REDIS_URL', url: 'redis://127.0.0.1:6379', port: 6379 },
  nats: { setting: 'TEST_NATS_URL', url: 'nats://127.0.0.1:4222', port: 4222 },
};

const browsers = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/**
 * Arguments with which Chromium runs in tests: no sandbox (root and containers have none), no network of its own.
 */
export const chromiumArguments = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

const known = new Map<ServiceName, Promise<FoundService | undefined>>();

/** Where a service of the machine answers; undefined where it is not there. Asked once per process. */
export function service(name: ServiceName): Promise<FoundService | undefined> {
  const found = known.get(name) ?? look(name);
  known.set(name, found);
  return found;
}

async function look(name: ServiceName): Promise<FoundService | undefined> {
  if (name === 'chromium') {
    const url = await chromium();
    return url === undefined ? undefined : { url };
  }
  const { setting, url: usual, port } = addresses[name];
  const url = process.env[setting] || usual;
  const { hostname, port: given } = new URL(url);
  return (await answers(hostname, Number(given || port))) ? { url } : undefined;
}

function answers(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 2000 });
    const end = (up: boolean) => {
      socket.destroy();
      resolve(up);
    };
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
    socket.once('timeout', () => end(false));
  });
}

/** The system's browser, or else the one in the npm package, which is unpacked into the temporary folder. */
async function chromium(): Promise<string | undefined> {
  const given = process.env.TEST_CHROMIUM;
  if (given) return existsSync(given) ? given : undefined;
  const installed = browsers.find((path) => existsSync(path));
  if (installed) return installed;
  try {
    const { default: packed } = await import('@sparticuz/chromium');
    const path = await packed.executablePath();
    // It needs libraries that a bare server has not: asked for its version it tells whether it starts.
    return spawnSync(path, ['--version'], { timeout: 20_000 }).status === 0 ? path : undefined;
  } catch {
    return undefined;
  }
}

/**
 * A describe block for tests that need a service: `await describeWith('mariadb', 'store', ({ url }) => { … })`.
 * Where the service is not there the block is skipped by name; on CI (`CI=true`) its absence fails.
 */
export async function describeWith(
  name: ServiceName,
  title: string,
  block: (found: FoundService) => void,
): Promise<void> {
  const found = await service(name);
  if (found) return void describe(title, () => block(found));
  if (process.env.CI === 'true')
    return void describe(title, () => {
      test(`${name} is there`, () => {
        throw new Error(`${name} does not answer; on CI every service of the tests must be up`);
      });
    });
  describe.skip(`${title} (no ${name} on this machine)`, () => {
    test.skip(`needs ${name}`, () => undefined);
  });
}
