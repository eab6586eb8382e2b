import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect, test } from '@jest/globals';
import { Bench, filesIn, moved, until } from './testing.ts';

const bench = new Bench();
const disk = mkdtempSync(join(tmpdir(), 'cytomesh-full-'));
const mounted = mount();
afterEach(() => bench.clear());
afterAll(() => {
  if (mounted) execFileSync('umount', [disk]);
  rmSync(disk, { recursive: true, force: true, maxRetries: 5 });
});

/** A disk of 256 KiB and 40 files. */
function mount(): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k,nr_inodes=40', 'tmpfs', disk], {
      stdio: 'ignore',
    });
    return true;
  } catch (error) {
    if (process.env.CI === 'true') throw error;
    return false;
  }
}

const ballast = join(disk, '.ballast');
function fill(): void {
  const { bavail, bsize } = statfsSync(disk);
  writeFileSync(ballast, Buffer.alloc(bavail * bsize));
}

(mounted ? test : test.skip)(
  '[INT-03] a full disk: what was committed waits to be moved, told once, and moves when there is room',
  async () => {
    writeFileSync(join(disk, 'a.csv'), 'a');
    fill();
    const { frames, kinds, incidents } = await bench.watch({ folder: disk });
    await until(() => kinds().length > 0);
    expect(incidents.map(({ kind, reason }) => [kind, reason.slice(0, 6)])).toEqual([
      ['disk-full', 'ENOSPC'],
    ]);
    rmSync(ballast);
    await moved(disk, 2);
    expect([frames.length, kinds().length]).toEqual([1, 1]);
  },
);

(mounted ? test : test.skip)(
  '[INT-03] a full disk of the partner: not sent, no half file, told once, and sent when there is room',
  async () => {
    const { send, kinds } = bench.sender({ folder: disk, name: '{id}' });
    fill();
    for (let i = 0; i < 2; i++)
      expect(await send('x'.repeat(50_000))).toMatchObject({ kind: 'not-sent', code: 'hub.peer.refused' });
    expect(kinds()).toEqual(['disk-full']);
    expect(filesIn(disk)).not.toContain('d-1.csv');
    rmSync(ballast);
    expect(await send('x'.repeat(50_000))).toMatchObject({ said: { verdict: 'good' } });
    expect(filesIn(disk)).toContain('d-1.csv');
  },
);
