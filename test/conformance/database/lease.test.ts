import { beforeAll, expect, test } from '@jest/globals';
import type { Database } from '../../../nodes/kit/db/database.ts';
import { Leases } from '../../../nodes/kit/lease.ts';
import { TestClock } from '../../../nodes/kit/testing/kit-for-tests.ts';
import { onEachDatabase, vault } from './databases.ts';

await onEachDatabase('leases', (place) => {
  let db: Database;
  const clock = new TestClock();
  const node = (name: string) => new Leases(db, vault, clock.read, name);
  beforeAll(async () => {
    db = await place().fresh();
  });

  test('of many that ask at once one holds it', async () => {
    const nodes = Array.from({ length: 8 }, (_, i) => node(`n${i}`));
    const held = await Promise.all(nodes.map((n) => n.take('one', 1000)));
    expect(held.filter((h) => h)).toEqual([{ name: 'one', epoch: 1, until: clock.now + 1000 }]);
  });

  test('of many that ask at once for one that ran out, one takes it over', async () => {
    await node('a').take('free', 1000);
    clock.advance(1000);
    const held = await Promise.all(Array.from({ length: 8 }, (_, i) => node(`n${i}`).take('free', 1000)));
    expect(held.filter((h) => h).map((h) => h!.epoch)).toEqual([2]);
  });

  test('renewing keeps the epoch, taking over raises it', async () => {
    const [a, b] = [node('a'), node('b')];
    expect(await a.take('x', 1000)).toMatchObject({ epoch: 1 });
    clock.advance(900);
    expect(await a.take('x', 1000)).toMatchObject({ epoch: 1, until: clock.now + 1000 });
    clock.advance(900);
    expect(await b.take('x', 1000)).toBeUndefined();
    clock.advance(100);
    expect(await b.take('x', 1000)).toMatchObject({ epoch: 2 });
    expect(await a.take('x', 1000)).toBeUndefined();
    clock.advance(1000);
    expect(await b.take('x', 1000)).toMatchObject({ epoch: 3 });
  });

  test('what is given up is free at once, and only its holder gives it up', async () => {
    const [a, b] = [node('a'), node('b')];
    await a.take('y', 1000);
    await b.release(['y']);
    expect(await b.take('y', 1000)).toBeUndefined();
    await a.release(['y', 'never-held']);
    await a.release([]);
    expect(await b.take('y', 1000)).toMatchObject({ epoch: 2 });
  });

  test('some of many, at most so many, in the order asked for', async () => {
    const [a, b] = [node('a'), node('b')];
    const names = ['s1', 's2', 's3', 's4'];
    expect((await a.takeSome(names, 1000, 2)).map((h) => h.name)).toEqual(['s1', 's2']);
    expect((await b.takeSome(names, 1000, 9)).map((h) => h.name)).toEqual(['s3', 's4']);
    expect((await a.takeSome(names, 1000, 9)).map((h) => h.name)).toEqual(['s1', 's2']);
  });
});
