import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { Database } from '../../nodes/kit/db/database.ts';
import { HisReceiver } from '../peers/his/receiver.ts';
import { freePort, type RunningPlatform, runPlatform } from '../platform.ts';
import { Hospital } from './hospital.ts';
import { faultRecords, judge, settledState } from './ledger.ts';
import { Planner } from './planner.ts';
import { eventually } from './ward.ts';

const disk = mkdtempSync(join(tmpdir(), 'cytomesh-disk-'));
const mounted = mount();
let platform: RunningPlatform | undefined;
let his: HisReceiver | undefined;
let hospital: Hospital | undefined;

function mount(): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=48m', 'tmpfs', disk], { stdio: 'ignore' });
    return true;
  } catch (error) {
    if (process.env.CI === 'true') throw error;
    return false;
  }
}

afterAll(async () => {
  await platform?.kill('SIGKILL');
  await hospital?.abandon();
  await his?.close();
  if (mounted) execFileSync('umount', [disk]);
  rmSync(disk, { recursive: true, force: true, maxRetries: 5 });
}, 20_000);

/** Leaves a little room, which the platform uses up. */
function fill(ballast: string): void {
  const { bavail, bsize } = statfsSync(disk);
  try {
    writeFileSync(ballast, Buffer.alloc(Math.max(0, bavail * bsize - 400_000)));
  } catch (error) {
    if ((error as { code?: string }).code !== 'ENOSPC') throw error; // the platform was quicker: full already
  }
}

const ready = async (): Promise<{ status: number; text: string }> => {
  const response = await fetch(`http://127.0.0.1:${platform!.httpPort}/readyz`);
  return { status: response.status, text: await response.text() };
};

(mounted ? test : test.skip)(
  '[INT-01] a full disk stops the acknowledgements, never the platform; with room again it goes on by itself',
  async () => {
    his = await HisReceiver.listen({ port: await freePort() });
    const dataFolder = join(disk, 'data');
    platform = await runPlatform({ dataFolder, env: { CYTOMESH_DEMO_HIS_PORT: String(his.port) } });
    hospital = new Hospital(platform.mllpPort, 16, 7);
    const planner = new Planner(platform.httpPort);
    await hospital.more(100);
    await planner.acceptSome(2);

    for (let round = 0; round < 2; round++) {
      const ballast = join(disk, 'ballast');
      fill(ballast);
      await eventually(ready, (r) => r.status === 503 && r.text.includes('kernel.store.full'), 20_000);
      expect(platform.output()).toContain('kernel.store.full');
      const before = hospital.acknowledged;
      await eventually(
        async () => platform!.output().split('intake could not commit').length,
        (n) => n > 20,
      );
      expect(hospital.acknowledged - before).toBeLessThan(200);

      rmSync(ballast);
      const began = performance.now();
      await hospital.more(100);
      console.info(`100 more acknowledged ${Math.round(performance.now() - began)} ms after there was room`);
      await eventually(ready, (r) => r.status === 200);
    }
    await planner.acceptSome(2);
    await hospital.finish();

    const db = await Database.open({
      role: 'main',
      url: `sqlite:${join(dataFolder, 'main.sqlite')}`,
      records: faultRecords,
    });
    await eventually(
      () => settledState(db),
      (n) => n === 0,
      30_000,
    );
    expect(hospital.negative).toEqual([]);
    expect(await judge(db, hospital.sent)).toEqual({
      lost: [],
      withoutEffect: [],
      disordered: [],
      otherwise: [],
    });
    await db.close();
    await his.waitFor(() => [...planner.accepted].every((p) => his!.byPlacer(p).length > 0), 20_000);
    expect(platform.process.exitCode).toBeNull();
  },
  85_000,
);
