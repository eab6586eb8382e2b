import { describe, expect, test } from '@jest/globals';
import type { Kept } from '../intake/intake.ts';
import { lanesOf } from '../ledger/journal.ts';
import { Lanes } from './lanes.ts';

const kept = (seq: number, ...lanes: string[]): Kept =>
  ({
    row: { seq, orgId: 'org-hy', lane: lanes[0] ?? '', shard: 0, size: 10, moreLanes: lanes.slice(1) },
  }) as unknown as Kept;
const seqs = (messages: readonly Kept[]): number[] => messages.map((k) => k.row.seq);

/** Numbers below `n`, the same for the same seed. */
function dice(seed: number): (n: number) => number {
  let state = seed;
  return (n) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
}

describe('[INT-02] lanes', () => {
  test('one of each lane at a time, in order', () => {
    const lanes = new Lanes();
    const all = [kept(1, 'a'), kept(2, 'a'), kept(3, 'b'), kept(4)];
    for (const k of all) lanes.add(k);
    expect(seqs(lanes.wave(9).take)).toEqual([1, 3, 4]);
    expect(seqs(lanes.wave(9).take)).toEqual([]);
    expect(lanes.bytes).toBe(40);
    lanes.done(all[0]!);
    expect(lanes.bytes).toBe(30);
    expect(seqs(lanes.wave(9).take)).toEqual([2]);
  });

  test('a merge waits for both of its patients, and both wait for it', () => {
    const lanes = new Lanes();
    const all = [kept(1, 'a'), kept(2, 'b'), kept(3, 'b', 'a'), kept(4, 'a'), kept(5, 'b')];
    for (const k of all) lanes.add(k);
    expect(seqs(lanes.wave(9).take)).toEqual([1, 2]);
    lanes.done(all[1]!);
    expect(seqs(lanes.wave(9).take)).toEqual([]);
    lanes.done(all[0]!);
    expect(seqs(lanes.wave(9).take)).toEqual([3]);
    lanes.done(all[2]!);
    expect(seqs(lanes.wave(9).take).sort()).toEqual([4, 5]);
  });

  test('what could not be handled is first again, before those behind it', () => {
    const lanes = new Lanes();
    const [one, two] = [kept(1, 'a'), kept(2, 'a')];
    lanes.add(one);
    lanes.add(two);
    lanes.wave(9);
    lanes.again(one);
    expect(seqs(lanes.wave(9).take)).toEqual([1]);
  });

  test('a message is known once, however often it is offered', () => {
    const lanes = new Lanes();
    const one = kept(1, 'a');
    lanes.add(one);
    lanes.add(one);
    expect([lanes.size, lanes.has(1)]).toEqual([1, true]);
    lanes.wave(9);
    lanes.done(one);
    expect([lanes.size, lanes.has(1), lanes.wave(9).take]).toEqual([0, false, []]);
  });

  test('a barred lane gives back what comes to it, of a merge too, and of no other organisation', () => {
    const lanes = new Lanes();
    lanes.bar('org-hy', 'a');
    for (const k of [kept(1, 'a'), kept(2, 'b', 'a'), kept(3, 'b'), kept(4, 'a')]) lanes.add(k);
    const { take, held } = lanes.wave(9);
    expect([seqs(take), seqs(held).sort()]).toEqual([[3], [1, 2, 4]]);
    expect(lanes.size).toBe(1);
    expect(lanes.isBarred('org-mh', 'a')).toBe(false);
    lanes.bar('org-hy', '');
    lanes.add(kept(5));
    expect(seqs(lanes.wave(9).take)).toEqual([5]);
  });

  test('a wave has its limit, and what is left comes with the next', () => {
    const lanes = new Lanes();
    for (let i = 1; i <= 5; i++) lanes.add(kept(i, `l${i}`));
    expect([seqs(lanes.wave(2).take), seqs(lanes.wave(2).take), seqs(lanes.wave(9).take)]).toEqual([
      [1, 2],
      [3, 4],
      [5],
    ]);
  });

  for (let seed = 1; seed <= 40; seed++)
    test(`random messages, merges, bars and failures keep the order of every lane (${seed})`, () => {
      const roll = dice(seed);
      const lanes = new Lanes();
      const name = () => `l${roll(6)}`;
      const inFlight = new Map<number, Kept>();
      const busy = new Set<string>();
      const last = new Map<string, number>();
      const barred = new Set<string>();
      const settled = new Set<number>();
      let heldCount = 0;
      let next = 1;
      const step = (): void => {
        const { take, held } = lanes.wave(1 + roll(8));
        for (const k of held) {
          expect(lanesOf(k.row).some((l) => barred.has(l))).toBe(true);
          settled.add(k.row.seq);
          heldCount++;
        }
        for (const k of take) {
          for (const lane of lanesOf(k.row)) {
            expect(busy.has(lane)).toBe(false);
            expect(barred.has(lane)).toBe(false);
            expect(last.get(lane) ?? 0).toBeLessThan(k.row.seq);
            busy.add(lane);
          }
          inFlight.set(k.row.seq, k);
        }
        for (const k of [...inFlight.values()]) {
          if (roll(3) === 0) continue;
          inFlight.delete(k.row.seq);
          for (const lane of lanesOf(k.row)) busy.delete(lane);
          if (roll(5) === 0) {
            lanes.again(k);
            continue;
          }
          for (const lane of lanesOf(k.row)) last.set(lane, k.row.seq);
          settled.add(k.row.seq);
          lanes.done(k);
          const [own] = lanesOf(k.row);
          if (roll(20) === 0 && own) {
            barred.add(own);
            lanes.bar('org-hy', own);
          }
        }
        if (roll(10) === 0)
          for (const lane of [...barred]) {
            barred.delete(lane);
            lanes.unbar('org-hy', lane);
          }
      };
      while (next <= 300) {
        for (let i = roll(6); i > 0; i--) {
          const own = [...new Set(roll(8) === 0 ? [] : roll(5) === 0 ? [name(), name()] : [name()])];
          lanes.add(kept(next++, ...own));
        }
        step();
      }
      for (let i = 0; i < 2000 && lanes.size > 0; i++) step();
      expect(lanes.size).toBe(0);
      expect(settled.size).toBe(next - 1);
      expect(heldCount).toBeLessThan(settled.size);
    });
});
