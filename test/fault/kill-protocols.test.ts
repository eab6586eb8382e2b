import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, test } from '@jest/globals';
import { Database } from '../../nodes/kit/db/database.ts';
import { Engineer } from '../e2e/engineer.ts';
import { type ForeignDb, foreignDb } from '../peers/foreign-db/foreign-db.ts';
import { seeded } from '../peers/his/random.ts';
import { freePort, type RunningPlatform, runPlatform } from '../platform.ts';
import { faultRecords, judge } from './ledger.ts';
import { byFile, byMqtt, byRest, bySoap, byView, connectRows, Partner } from './partners.ts';
import { eventually } from './ward.ts';

/** How often the process is killed under all protocols at once: FAULT_PROTOCOL_KILLS, 6 in CI, a few elsewhere. */
const kills = Number(process.env.FAULT_PROTOCOL_KILLS ?? (process.env.CI ? 6 : 3));
const seed = Number(process.env.FAULT_SEED ?? Date.now() % 1_000_000);

const dataFolder = mkdtempSync(join(tmpdir(), 'cytomesh-kill-'));
/** Folders of an organisation lie below its own. */
const watched = join(dataFolder, 'files/HY/kill');
let platform: RunningPlatform | undefined;
let his: ForeignDb | undefined;
let partners: Readonly<Record<string, Partner>> = {};
afterAll(async () => {
  await platform?.kill('SIGKILL');
  for (const partner of Object.values(partners)) await partner.abandon();
  await his?.drop();
  rmSync(dataFolder, { recursive: true, force: true, maxRetries: 5 });
});

test(
  `[INT-01] [INT-02] [INT-03] [INT-07] SOAP, REST, MQTT, files and a view over ${kills} kills: acknowledged is kept, its effect made once, in order (seed ${seed})`,
  async () => {
    const random = seeded(seed);
    const [httpPort, interfacePort, port] = [await freePort(), await freePort(), await freePort()];
    his = await foreignDb('sqlite');
    await his.run(
      'CREATE TABLE v_cell_order (apply_no TEXT PRIMARY KEY, state TEXT, item_code TEXT, patient_id TEXT, patient_name TEXT, sex TEXT, create_time TEXT, modify_time TEXT)',
    );
    mkdirSync(watched, { recursive: true });
    const start = (): Promise<RunningPlatform> =>
      runPlatform({ dataFolder, httpPort, interfacePort, env: { CYTOMESH_LOG_LEVEL: 'error' } });
    platform = await start();
    const engineer = await Engineer.at(platform);
    await engineer.post('/channel-secrets', { code: 'kill-device', value: 'secret-1' });
    await connectRows(engineer, 'kill-rest', 'http', { path: 'kill' });
    await connectRows(engineer, 'kill-file', 'file', {
      folder: 'kill',
      pollMs: 100,
      stableMs: 0,
      takeBackMs: 500,
    });
    await connectRows(engineer, 'kill-mqtt', 'mqtt', {
      broker: { host: '127.0.0.1', port, devices: [{ name: 'fridge-1', password: '$secret:kill-device' }] },
    });
    await connectRows(engineer, 'kill-view', 'dbview', {
      connection: his.connection,
      view: 'v_cell_order',
      key: ['apply_no'],
      mark: ['modify_time'],
      clock: 'none',
      every: 0.1,
      backfill: 'all',
    });
    const base = `http://127.0.0.1:${interfacePort}`;
    partners = {
      soap: new Partner('S', 4, () => bySoap(`${base}/soap/hip`)),
      rest: new Partner('R', 4, () => byRest(`${base}/in/kill`)),
      mqtt: new Partner('Q', 4, (ward) => byMqtt(port, ward)),
      file: new Partner('F', 2, () => byFile(watched)),
      view: new Partner('V', 2, () => byView(his!)),
    };
    for (let k = 0; k < kills; k++) {
      await sleep(200 + random.int(0, 900));
      await platform.kill('SIGKILL');
      platform = await start();
    }
    await sleep(1000);
    for (const partner of Object.values(partners)) await partner.finish();

    const db = await Database.open({
      role: 'main',
      url: `sqlite:${join(dataFolder, 'main.sqlite')}`,
      records: faultRecords,
    });
    const clean = { lost: [], withoutEffect: [], disordered: [], otherwise: [] };
    for (const [name, { sent, acknowledged }] of Object.entries(partners)) {
      // What is fetched may lie there for a while yet, and what was kept last is being worked.
      const verdict = await eventually(
        () => judge(db, sent),
        ({ lost, withoutEffect, otherwise }) => lost.length + withoutEffect.length + otherwise.length === 0,
        60_000,
      );
      expect([name, verdict]).toEqual([name, clean]);
      expect([name, acknowledged > kills]).toEqual([name, true]);
    }
    console.info(
      Object.entries(partners)
        .map(([name, p]) => `${name} ${p.acknowledged}`)
        .join(', '),
      'acknowledged',
    );
    await db.close();
    await platform.kill();
  },
  kills * 20_000 + 120_000,
);
