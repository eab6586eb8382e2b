import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { Type } from 'typebox';
import type { Registry } from '../../../contracts/kernel/collect.ts';
import { defineConsumer, defineEvent, type EventEnvelope } from '../../../contracts/kernel/event.ts';
import { Fault } from '../../../contracts/kernel/fault.ts';
import { outboxTable } from '../../../contracts/kernel/system.tables.ts';
import { registry } from '../../../contracts/registry.generated.ts';
import { systemCaller } from '../../../nodes/kit/caller.ts';
import { OutboxRelay, pruneOutbox } from '../../../nodes/kit/outbox.ts';
import { defineService } from '../../../nodes/kit/service.ts';
import { find } from '../../../nodes/kit/store.ts';
import { kitForTests, type TestKit } from '../../../nodes/kit/testing/kit-for-tests.ts';
import { onEachInstallation } from './databases.ts';

const event = (name: string) =>
  defineEvent({ name, title: { zh: name, en: name }, payload: Type.Object({ n: Type.Integer() }) });
const both = event('probe.both');
const only = event('probe.only');
const consumers = new Map([
  ['alpha', defineConsumer('alpha', [both, only])],
  ['beta', defineConsumer('beta', [both])],
]);
const withConsumers: Registry = { ...registry, consumers };

await onEachInstallation('the outbox', (four) => {
  let mesh: TestKit;
  let got: Record<string, EventEnvelope[]>;
  let refuse: (word: string, e: EventEnvelope) => Fault | undefined;
  const relays: OutboxRelay[] = [];

  const words = ['alpha', 'beta'].map((word) =>
    defineService(word, () => ({
      handlers: [],
      consume: async (events) => {
        for (const e of events) {
          const fault = refuse(word, e);
          if (fault) throw fault;
        }
        got[word]!.push(...events);
      },
    })),
  );
  beforeEach(async () => {
    mesh = await kitForTests(words, { databases: four().databases, registry: withConsumers });
    got = { alpha: [], beta: [] };
    refuse = () => undefined;
    await mesh.databases.main.tx((sql) => sql.execute('DELETE FROM outbox'));
    mesh.clock.advance(3_600_000);
  });
  afterEach(async () => {
    await Promise.all(relays.splice(0).map((r) => r.stop()));
    await mesh.close();
  });

  const write = (...events: [typeof both, string, number][]) =>
    mesh.kit.work({ caller: systemCaller('test', 'org-hy'), requestId: 'r' }, async (work) => {
      for (const [def, key, n] of events) work.event(def, 'org-hy', key, { n });
    });
  const relay = (kit = mesh.kit): OutboxRelay => {
    const made = new OutboxRelay(kit);
    relays.push(made);
    return made;
  };
  /** Until the relay rests. */
  const run = async (one: OutboxRelay): Promise<void> => {
    one.wake();
    await (one as unknown as { running?: Promise<void> }).running;
  };
  const pending = async () =>
    (await find(mesh.databases.main.read, mesh.kit.vault, outboxTable, 'system', {}, { orderBy: 'seq' })).map(
      (r) => r.pending,
    );
  const numbers = (word: string, key?: string) =>
    got[word]!.filter((e) => key === undefined || e.key === key).map((e) => (e.payload as { n: number }).n);

  test('each consumer gets each of its events once, in order, and the rows say that all is done', async () => {
    await write([both, 'a', 1], [only, 'a', 2], [both, 'b', 3]);
    await write([only, 'b', 4]);
    expect(await pending()).toEqual(['alpha,beta', 'alpha', 'alpha,beta', 'alpha']);
    await run(relay());
    expect(numbers('alpha')).toEqual([1, 2, 3, 4]);
    expect(numbers('beta')).toEqual([1, 3]);
    expect(await pending()).toEqual(['', '', '', '']);
    const [first] = got.alpha!;
    expect(first).toEqual({
      id: expect.any(String),
      name: 'probe.both',
      orgId: 'org-hy',
      key: 'a',
      at: expect.any(String),
      actor: 'system:test',
      requestId: 'r',
      payload: { n: 1 },
    });
  });

  test('thousands of events of both kinds keep the order of each key', async () => {
    for (let i = 0; i < 4; i++)
      await write(
        ...Array.from({ length: 400 }, (_, k): [typeof both, string, number] => {
          const n = i * 400 + k;
          return [n % 7 === 0 ? both : only, `k${n % 5}`, n];
        }),
      );
    await run(relay());
    for (let k = 0; k < 5; k++) {
      const seen = numbers('alpha', `k${k}`);
      expect(seen).toHaveLength(320);
      expect(seen).toEqual([...seen].sort((a, b) => a - b));
    }
    expect(numbers('beta')).toHaveLength(Math.ceil(1600 / 7));
    expect(new Set(await pending())).toEqual(new Set(['']));
  });

  test('one event that is refused holds its key and nothing else, and goes first when it can', async () => {
    refuse = (word, e) =>
      word === 'alpha' && e.key === 'bad' ? new Fault('kernel.internal.error') : undefined;
    await write([both, 'good', 1], [both, 'bad', 2], [only, 'bad', 3], [both, 'good', 4]);
    const one = relay();
    await run(one);
    expect(numbers('alpha')).toEqual([1, 4]);
    expect(numbers('beta')).toEqual([1, 2, 4]);
    expect(await pending()).toEqual(['', 'alpha', 'alpha', '']);
    refuse = () => undefined;
    mesh.clock.advance(60_000);
    await run(one);
    expect(numbers('alpha', 'bad')).toEqual([2, 3]);
    expect(new Set(await pending())).toEqual(new Set(['']));
  });

  test('a key with hundreds of events that are refused does not keep others from theirs', async () => {
    refuse = (_word, e) => (e.key === 'bad' ? new Fault('kernel.internal.error') : undefined);
    await write(...Array.from({ length: 700 }, (_, n): [typeof only, string, number] => [only, 'bad', n]));
    await write([only, 'good', 1], [both, 'good', 2]);
    const one = relay();
    await run(one);
    await run(one);
    expect(numbers('alpha')).toEqual([1, 2]);
    expect(numbers('beta')).toEqual([2]);
    refuse = () => undefined;
    mesh.clock.advance(60_000);
    await run(one);
    expect(numbers('alpha', 'bad')).toHaveLength(700);
  });

  test('a word that cannot be reached keeps no other word from its events, and loses none', async () => {
    refuse = (word) => (word === 'alpha' ? new Fault('kernel.store.unavailable') : undefined);
    await write(
      ...Array.from({ length: 650 }, (_, n): [typeof both, string, number] => [
        n % 2 ? both : only,
        `k${n}`,
        n,
      ]),
    );
    const one = relay();
    await run(one);
    expect(numbers('beta')).toHaveLength(325);
    expect(numbers('alpha')).toEqual([]);
    refuse = () => undefined;
    mesh.clock.advance(10_000);
    await run(one);
    expect(numbers('alpha')).toHaveLength(650);
    expect(new Set(await pending())).toEqual(new Set(['']));
  });

  test('events taken whose settling was lost come again, to an idempotent consumer', async () => {
    await write([only, 'a', 1], [only, 'a', 2]);
    const [sql] = [mesh.databases.main.read];
    const rows = await find(sql, mesh.kit.vault, outboxTable, 'system', {}, { orderBy: 'seq' });
    await run(relay());
    await mesh.databases.main.tx((tx) =>
      tx.execute(`UPDATE outbox SET pending = 'alpha' WHERE id = ?`, [rows[1]!.id]),
    );
    await run(relay());
    expect(numbers('alpha')).toEqual([1, 2, 2]);
    expect(got.alpha!.map((e) => e.id)).toEqual([rows[0]!.id, rows[1]!.id, rows[1]!.id]);
  });

  test('of two nodes one relays; when it stops the other goes on', async () => {
    const other = await kitForTests(words, {
      databases: mesh.databases,
      clock: mesh.clock,
      registry: withConsumers,
    });
    const [one, two] = [relay(), relay(other.kit)];
    await write([only, 'a', 1]);
    await run(one);
    await write([only, 'a', 2]);
    await run(two);
    expect(numbers('alpha')).toEqual([1]);
    await one.stop();
    await run(two);
    expect(numbers('alpha')).toEqual([1, 2]);
    await two.stop();
    await other.close();
  });

  test('only what all have taken, and what is old, is dropped', async () => {
    await write([only, 'a', 1]);
    await run(relay());
    await write([both, 'a', 2]);
    expect(await pruneOutbox(mesh.kit, 86_400_000)).toBe(0);
    mesh.clock.advance(2 * 86_400_000);
    expect(await pruneOutbox(mesh.kit, 86_400_000)).toBe(1);
    expect(await pending()).toEqual(['alpha,beta']);
  });
});
