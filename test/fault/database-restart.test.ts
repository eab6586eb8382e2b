import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect } from '@jest/globals';
import { Database } from '../../nodes/kit/db/database.ts';
import { seeded } from '../peers/his/random.ts';
import { HisReceiver } from '../peers/his/receiver.ts';
import { freePort, type RunningPlatform, runPlatform } from '../platform.ts';
import { type PrivateServer, privateMariaDb, testWith } from '../servers.ts';
import { deliveries, Hospital } from './hospital.ts';
import { faultRecords, judge, settledState } from './ledger.ts';
import { Planner } from './planner.ts';
import { eventually } from './ward.ts';

const seed = Number(process.env.FAULT_SEED ?? Date.now() % 1_000_000);
const restarts = 3;

let platform: RunningPlatform | undefined;
let maria: PrivateServer | undefined;
let his: HisReceiver | undefined;
let hospital: Hospital | undefined;
afterEach(async () => {
  await platform?.kill('SIGKILL');
  await hospital?.abandon();
  await maria?.stop();
  await his?.close();
});

testWith('mariadbd', 'mariadb-install-db', 'mariadb')(
  `[INT-01] [INT-02] MariaDB is killed ${restarts} times under 16 connections: nothing acknowledged is lost or doubled (seed ${seed})`,
  async () => {
    const random = seeded(seed);
    maria = await privateMariaDb();
    his = await HisReceiver.listen({ port: await freePort() });
    const url = maria.url;
    platform = await runPlatform({
      env: {
        CYTOMESH_DB_MAIN: url,
        CYTOMESH_DB_LOG: url,
        CYTOMESH_DB_MEDIA: url,
        CYTOMESH_DB_TELEMETRY: url,
        CYTOMESH_DEMO_HIS_PORT: String(his.port),
      },
    });
    hospital = new Hospital(platform.mllpPort, 16, seed % 1000);
    const planner = new Planner(platform.httpPort);

    for (let k = 0; k < restarts; k++) {
      await hospital.more(100 + random.int(0, 100));
      await planner.acceptSome(3);
      await sleep(random.int(0, 100));
      await maria.kill();
      await maria.start();
      const began = performance.now();
      await hospital.more(1);
      console.info(`acknowledging ${Math.round(performance.now() - began)} ms after MariaDB was back`);
    }
    await hospital.more(50);
    await hospital.finish();
    await planner.acceptSome(3);

    const db = await Database.open({ role: 'main', url, records: faultRecords });
    await eventually(
      () => settledState(db),
      (n) => n === 0,
      60_000,
    );
    expect(hospital.negative).toEqual([]);
    expect(await judge(db, hospital.sent)).toEqual({
      lost: [],
      withoutEffect: [],
      disordered: [],
      otherwise: [],
    });
    await db.close();

    expect(planner.accepted.size).toBeGreaterThan(0);
    await his.waitFor(() => [...planner.accepted].every((p) => his!.byPlacer(p).length > 0), 20_000);
    expect(new Set(deliveries(his!).map((d) => d.placer)).size).toBe(deliveries(his!).length);
    expect(platform.process.exitCode).toBeNull();
  },
  85_000,
);
