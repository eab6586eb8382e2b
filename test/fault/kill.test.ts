import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, test } from '@jest/globals';
import { Database } from '../../nodes/kit/db/database.ts';
import { seeded } from '../peers/his/random.ts';
import { HisReceiver } from '../peers/his/receiver.ts';
import { freePort, type RunningPlatform, runPlatform } from '../platform.ts';
import { deliveries, Hospital } from './hospital.ts';
import { faultRecords, judge, settledState } from './ledger.ts';
import { Planner } from './planner.ts';
import { eventually } from './ward.ts';

/** How often the process is killed: FAULT_KILLS, 50 in CI, a few elsewhere. */
const kills = Number(process.env.FAULT_KILLS ?? (process.env.CI ? 50 : 6));
const seed = Number(process.env.FAULT_SEED ?? Date.now() % 1_000_000);

const dataFolder = mkdtempSync(join(tmpdir(), 'cytomesh-kill-'));
let platform: RunningPlatform | undefined;
let hospital: Hospital | undefined;
let his: HisReceiver | undefined;
afterAll(async () => {
  await platform?.kill('SIGKILL');
  await hospital?.abandon();
  await his?.close();
  rmSync(dataFolder, { recursive: true, force: true, maxRetries: 5 });
});

test(
  `[INT-01] [INT-02] no acknowledged message is lost or doubled over ${kills} kills under 32 connections (seed ${seed})`,
  async () => {
    const random = seeded(seed);
    const [mllpPort, httpPort, hisPort] = [await freePort(), await freePort(), await freePort()];
    his = await HisReceiver.listen({ port: hisPort });
    const start = (): Promise<RunningPlatform> =>
      runPlatform({
        dataFolder,
        mllpPort,
        httpPort,
        env: { CYTOMESH_DEMO_HIS_PORT: String(hisPort), CYTOMESH_LOG_LEVEL: 'error' },
      });
    platform = await start();
    hospital = new Hospital(mllpPort, 32, seed % 1000);
    const planner = new Planner(httpPort);

    for (let k = 0; k < kills; k++) {
      await sleep(60 + random.int(0, 700));
      await planner.acceptSome(3);
      await sleep(random.int(0, 120));
      await platform.kill('SIGKILL');
      platform = await start();
    }
    await hospital.finish();
    await planner.acceptSome(5);

    const db = await Database.open({
      role: 'main',
      url: `sqlite:${join(dataFolder, 'main.sqlite')}`,
      records: faultRecords,
    });
    await eventually(
      () => settledState(db),
      (n) => n === 0,
      60_000,
    );
    const verdict = await judge(db, hospital.sent);
    expect(hospital.negative).toEqual([]);
    expect(hospital.acknowledged).toBeGreaterThan(kills * 5);
    expect(verdict).toEqual({ lost: [], withoutEffect: [], disordered: [], otherwise: [] });

    await his.waitFor(
      () => new Set(deliveries(his!).map((d) => d.placer)).size >= planner.accepted.size,
      60_000,
    );
    const told = deliveries(his!);
    expect(new Set(told.map((d) => d.controlId)).size).toBe(told.length);
    expect(told.map((d) => d.placer).filter((p, i, all) => all.indexOf(p) !== i)).toEqual([]);
    for (const placer of planner.accepted) expect(told.some((d) => d.placer === placer)).toBe(true);

    await db.close();
    await platform.kill();
    await his.close();
  },
  kills * 15_000 + 60_000,
);
