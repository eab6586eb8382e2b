import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { verifyAudit } from '../../nodes/kit/audit.ts';
import { loadConfig } from '../../nodes/kit/config.ts';
import { silentLog } from '../../nodes/kit/log.ts';
import { type Platform, startPlatform } from '../../nodes/platform.ts';
import { ask } from '../api/api.ts';
import { addBareUser } from '../api/bare-user.ts';
import { runApiSuite } from '../api/contract.suite.ts';
import { tokensOf } from '../api/tokens.ts';
import { HisReceiver } from '../peers/his/receiver.ts';
import { freePort } from '../platform.ts';

const password = 'Cytomesh#Demo1';
const users = ['planner', 'engineer', 'admin', 'security', 'auditor', 'qa', 'operator', 'qc'];
const root = join(import.meta.dirname, '../..');

/** Four databases on a server, made for one run and dropped after it. */
export async function databasesOn(
  url: string,
): Promise<{ env: Record<string, string>; drop: () => Promise<void> }> {
  const type = url.startsWith('postgres') ? 'postgres' : 'mysql';
  const admin = new DataSource({ type, url } as DataSourceOptions);
  await admin.initialize();
  const names = ['main', 'log', 'media', 'telemetry'].map((role) => `cytomesh_it_${process.pid}_${role}`);
  for (const name of names)
    await admin.query(`CREATE DATABASE ${name}${type === 'mysql' ? ' CHARACTER SET utf8mb4' : ''}`);
  const at = (name: string): string => {
    const u = new URL(url);
    u.pathname = `/${name}`;
    return type === 'mysql' ? u.href.replace(/^mysql:/, 'mariadb:') : u.href;
  };
  return {
    env: Object.fromEntries(
      names.map((name) => [`CYTOMESH_DB_${name.split('_').at(-1)!.toUpperCase()}`, at(name)]),
    ),
    drop: async () => {
      for (const name of names) await admin.query(`DROP DATABASE IF EXISTS ${name}`);
      await admin.destroy();
    },
  };
}

/** The whole platform on one kind of database: a day of traffic, every route with bad input, the audit chain. */
export function platformSuite(title: string, databases?: () => ReturnType<typeof databasesOn>): void {
  describe(title, () => {
    let platform: Platform;
    let his: HisReceiver;
    let mllpPort: number;
    let drop: (() => Promise<void>) | undefined;
    const dataFolder = mkdtempSync(join(tmpdir(), 'cytomesh-it-'));

    beforeAll(async () => {
      const made = await databases?.();
      drop = made?.drop;
      mllpPort = await freePort();
      his = await HisReceiver.listen({ port: await freePort() });
      const config = loadConfig({
        ...made?.env,
        CYTOMESH_DATA: dataFolder,
        CYTOMESH_HTTP_PORT: String(await freePort()),
        CYTOMESH_DEMO: 'on',
      });
      platform = await startPlatform(config, silentLog, {
        settings: { mllpPort, mqttPort: 0, hisPort: his.port },
      });
    }, 90_000);

    afterAll(async () => {
      await platform?.stop();
      await his?.close();
      await drop?.();
      rmSync(dataFolder, { recursive: true, force: true, maxRetries: 5 });
    }, 60_000);

    const base = (): string => `http://127.0.0.1:${platform.httpPort}`;

    test('[DBR-02] [DBR-05] [INT-01] [INT-02] a day of good, odd and bad messages ends as expected', async () => {
      const { code, output } = await demo([
        '--count',
        '200',
        '--seed',
        '11',
        '--port',
        String(mllpPort),
        '--api',
        base(),
        '--settle',
        '60',
      ]);
      expect({ code, output: code === 0 ? '' : output }).toEqual({ code: 0, output: '' });
    }, 120_000);

    test('[PRO-3.1.1] [INT-01] an accepted order is told to the HIS and shown with its messages', async () => {
      const { json } = await ask(base(), 'POST', '/auth/login', { body: { username: 'planner', password } });
      const { token } = json as { token: string };
      const list = await ask(base(), 'GET', '/orders?filter[state]=SUBMITTED&pageSize=1', { token });
      const [order] = (list.json as { items: { id: string; version: number; placerNumber: string }[] }).items;
      const done = await ask(base(), 'POST', `/orders/${order!.id}/actions/accept`, {
        token,
        body: {},
        headers: { 'if-match': `"${order!.version}"` },
      });
      expect(done.status).toBe(200);
      await his.waitFor(() => his.byPlacer(order!.placerNumber).length === 1, 20_000);
      const found = await ask(base(), 'GET', `/messages?key=${order!.placerNumber}`, { token });
      const directions = (found.json as { items: { direction: string }[] }).items.map((m) => m.direction);
      expect(new Set(directions)).toEqual(new Set(['in', 'out']));
    }, 60_000);

    describe('its API', () =>
      runApiSuite(async () => {
        await addBareUser(platform.kit, 'org-hy', password);
        return { baseUrl: base(), tokens: await tokensOf(base(), [...users, 'suite-bare'], password, 'IMC') };
      }));

    test('[ARC-11] [EVA-05] everything that was done is in the audit chain, and the chain verifies', async () => {
      const { log } = platform.kit.databases;
      for (let last = -1; ; ) {
        const { checked, ok } = await verifyAudit({ log, vault: platform.kit.vault });
        expect(ok).toBe(true);
        if (checked === last && checked > 0) break;
        last = checked;
        await new Promise((resolve) => setTimeout(resolve, 1500));
      }
    }, 60_000);
  });
}

function demo(args: string[]): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [join(root, 'test/demo/run.ts'), ...args],
      { cwd: root, maxBuffer: 1 << 24 },
      (error, stdout, stderr) => {
        resolve({
          code: typeof error?.code === 'number' ? error.code : error ? 1 : 0,
          output: `${stdout}\n${stderr}`,
        });
      },
    );
  });
}
