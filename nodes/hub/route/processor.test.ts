import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { codesetActions } from '../../../contracts/codeset/codeset.actions.ts';
import { donorActions } from '../../../contracts/donor/donor.actions.ts';
import { Fault } from '../../../contracts/kernel/fault.ts';
import type { ReceiveItem, ReceiveOutcome } from '../../../contracts/kernel/receive.ts';
import type { CanonicalOf } from '../../../contracts/message/canonical.ts';
import { deliveryTable } from '../../../contracts/message/delivery.record.ts';
import { messageOutcomeTable, messageTable } from '../../../contracts/message/message.record.ts';
import { defineService, handle } from '../../kit/service.ts';
import { kitForTests, type TestKit } from '../../kit/testing/kit-for-tests.ts';
import type { Book } from '../book.ts';
import { Deliveries } from '../deliver/deliveries.ts';
import { Intake } from '../intake/intake.ts';
import { Journal, type MessageRow, shards } from '../ledger/journal.ts';
import { Meter } from '../supervise/meter.ts';
import { bookOf, channelText, endpointText, frameOf, hl7, org } from '../testing.ts';
import { Processor } from './processor.ts';

const endpoints = [
  endpointText('his', ['listen: { port: 1 }', 'ack: { mode: auto, unrouted: accept }']),
  endpointText('out', ['send: { host: 127.0.0.1, port: 1 }', 'names: { charset: ASCII }']),
];
const adt = (more: string[] = []) =>
  channelText('adt', 'his', 'ADT^*', ['map: his-adt', 'calls: [donor.receive]', ...more]);

let mesh: TestKit;
let book: Book;
let journal: Journal;
let intake: Intake;
let processor: Processor;
/** Patients in the order their messages took effect, each once for each message. */
let applied: string[];
let batches: string[][];
let now: (item: ReceiveItem) => Fault | 'refuse' | undefined;
let acks: Map<string, MessageRow['ack']>;

const patientOf = (item: ReceiveItem) =>
  (item.message as CanonicalOf<'PatientRegistered'>).patient.identifiers[0]!.number;
const donorWord = defineService('donor', () => {
  const done = new Set<string>();
  return {
    handlers: [
      handle(donorActions.receive, async ({ items }) => {
        for (const i of items) {
          const fault = now(i);
          if (fault && fault !== 'refuse') throw fault;
        }
        batches.push(items.map(patientOf));
        return {
          outcomes: items.map((i): ReceiveOutcome => {
            if (now(i) === 'refuse')
              return {
                id: i.id,
                status: 'refused',
                context: {},
                fault: new Fault('donor.identity.missing').toJSON(),
              };
            if (!done.has(i.id))
              applied.push(`${patientOf(i)}/${(i.message as { patient: { name?: string } }).patient.name}`);
            done.add(i.id);
            return { id: i.id, status: 'applied', context: { donorId: 'd' } };
          }),
        };
      }),
    ],
  };
});
const codesetWord = defineService('codeset', () => ({
  handlers: [handle(codesetActions.miss, async ({ items }) => ({ open: items.length }))],
}));

const processorOf = (): Processor =>
  new Processor({
    kit: mesh.kit,
    journal,
    book: () => book,
    deliveries: new Deliveries(
      mesh.kit,
      () => book,
      () => undefined,
    ),
    meter: new Meter(mesh.clock.read),
    shards: () => Array.from({ length: shards }, (_, i) => i),
    ackOf: (row) => acks.get(row.id) ?? row.ack,
    ackSettled: (id) => acks.delete(id),
  });
beforeEach(async () => {
  mesh = await kitForTests([donorWord, codesetWord]);
  book = bookOf(...endpoints, adt());
  journal = new Journal(mesh.databases.main, mesh.kit.vault);
  [applied, batches, now, acks] = [[], [], () => undefined, new Map()];
  processor = processorOf();
  await idle();
  intake = new Intake({
    journal,
    clock: mesh.clock.read,
    log: mesh.kit.log,
    book: () => book,
    blobs: async () => undefined,
    kept: (messages) => processor.offer(messages),
    acknowledged: (id, ack) => acks.set(id, ack),
  });
});
afterEach(async () => {
  await processor.stop();
  await mesh.close();
});

const send = (...texts: string[]) =>
  Promise.all(texts.map((text) => intake.accept(book.endpoint(org, 'his')!, frameOf(text))));
let n = 0;
const of = (patient: string, more: readonly string[] = [], type = 'ADT^A08') =>
  hl7({ patient, type, control: `P-${++n}`, more }).replace('测试^一', `N${n}`);
const rows = () => mesh.kit.find(messageTable, 'system', {}, { orderBy: 'seq' });
const states = async () => (await rows()).map((r) => r.state);
/** Until nothing is at work, pauses for another try included. */
async function idle(): Promise<void> {
  const inner = processor as unknown as { running?: Promise<void>; timer?: unknown; woken: boolean };
  for (let calm = 0; calm < 3; calm++) {
    await inner.running;
    await new Promise((resolve) => setTimeout(resolve, inner.timer ? 60 : 0));
    if (inner.running || inner.timer) calm = -1;
  }
}

describe('[INT-02] processing', () => {
  test('a message takes effect once, is settled with what was made of it, and its order is that of arrival', async () => {
    await send(of('A'), of('A'), of('B'), of('A'));
    await idle();
    expect(applied.filter((a) => a.startsWith('A'))).toEqual(
      [...applied.filter((a) => a.startsWith('A'))].sort((a, b) => Number(a.slice(3)) - Number(b.slice(3))),
    );
    expect(applied).toHaveLength(4);
    expect(await states()).toEqual(['DONE', 'DONE', 'DONE', 'DONE']);
    const [row] = await rows();
    const [outcome] = await mesh.kit.find(messageOutcomeTable, 'system', { id: row!.id });
    expect(JSON.parse(outcome!.canonical)).toMatchObject([{ type: 'PatientRegistered' }]);
    expect(outcome!.context).toEqual({ donorId: 'd' });
    expect(row!.doneAt).not.toBeNull();
  });

  test('messages of one wave are made in one call', async () => {
    await send(...['A', 'B', 'C', 'D'].map((p) => of(p)));
    await idle();
    expect(batches).toEqual([['A', 'B', 'C', 'D']]);
  });

  test('what cannot be done now keeps its turn and its order, and others go on', async () => {
    let failing = 3;
    now = (i) => (patientOf(i) === 'A' && failing-- > 0 ? new Fault('kernel.store.unavailable') : undefined);
    await send(of('A'), of('A'), of('B'));
    await idle();
    expect(await states()).toEqual(['DONE', 'DONE', 'DONE']);
    const a = applied.filter((x) => x.startsWith('A')).map((x) => Number(x.slice(3)));
    expect(a).toEqual([...a].sort((x, y) => x - y));
    expect(applied).toHaveLength(3);
  });

  test('what is refused is parked with its reason; its patient waits, others do not', async () => {
    now = (i) => (patientOf(i) === 'A' && applied.length === 0 ? 'refuse' : undefined);
    await send(of('A'));
    await idle();
    now = () => undefined;
    await send(of('A'), of('B'), of('A'));
    await idle();
    expect(await states()).toEqual(['PARKED', 'HELD', 'DONE', 'HELD']);
    const [row] = await rows();
    expect(row).toMatchObject({ faultCode: 'donor.identity.missing', channel: 'adt' });
    expect((await mesh.events('message.parked')).map((e) => e.payload)).toEqual([
      { messageId: row!.id, channel: 'adt', faultCode: 'donor.identity.missing' },
    ]);
  });

  test('an item that breaks the word is found and parked alone', async () => {
    now = (i) => (patientOf(i) === 'B' ? new Fault('kernel.internal.error') : undefined);
    await send(of('A'), of('B'), of('C'));
    await idle();
    expect(await states()).toEqual(['DONE', 'PARKED', 'DONE']);
    expect((await rows())[1]).toMatchObject({ faultCode: 'kernel.internal.error' });
  });

  test('a merge waits for both patients, and both wait for it', async () => {
    await send(of('A'), of('B'), of('B', ['MRG|A^^^HIS^MR'], 'ADT^A40'), of('A'), of('B'));
    await idle();
    expect(await states()).toEqual(['DONE', 'DONE', 'DONE', 'DONE', 'DONE']);
    expect(batches.map((b) => [...b].sort())).toEqual([['A', 'B'], ['B'], ['A', 'B']]);
  });

  test('a parked merge bars the lanes of both patients, after a restart too', async () => {
    now = (i) => ((i.message as { type: string }).type === 'PatientMerged' ? 'refuse' : undefined);
    await send(of('B', ['MRG|A^^^HIS^MR'], 'ADT^A40'), of('A'), of('B'), of('C'));
    await idle();
    expect(await states()).toEqual(['PARKED', 'HELD', 'HELD', 'DONE']);
    await processor.stop();
    processor = processorOf();
    processor.rescan();
    await send(of('A'), of('C'), of('B'));
    await idle();
    expect((await states()).slice(4)).toEqual(['HELD', 'DONE', 'HELD']);
  });

  test('a restart finds in the journal what waited, in its order, with bars', async () => {
    now = (i) => (patientOf(i) === 'X' ? 'refuse' : undefined);
    await send(of('X'));
    await idle();
    await processor.stop();
    await send(...Array.from({ length: 30 }, (_, i) => of(`R${i % 4}`)), of('X'));
    expect(await states()).toEqual(['PARKED', ...Array(31).fill('RECEIVED')]);
    now = () => undefined;
    processor = processorOf();
    processor.rescan();
    await idle();
    expect(await states()).toEqual(['PARKED', ...Array(30).fill('DONE'), 'HELD']);
    for (let p = 0; p < 4; p++) {
      const numbers = applied.filter((x) => x.startsWith(`R${p}/`)).map((x) => Number(x.split('/N')[1]));
      expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
    }
  });

  test('a journal that cannot be written for a while strands nothing and doubles nothing', async () => {
    const settle = journal.settle.bind(journal);
    let failing = 2;
    journal.settle = async (...given) => {
      if (failing-- > 0) throw new Fault('kernel.store.unavailable');
      await settle(...given);
    };
    await send(of('A'), of('A'), of('B'));
    await idle();
    expect(await states()).toEqual(['DONE', 'DONE', 'DONE']);
    expect(applied).toHaveLength(3);
  });

  test('many messages that arrive while others are handled keep the order of each patient', async () => {
    const waves: Promise<unknown>[] = [];
    for (let i = 0; i < 12; i++) {
      waves.push(send(...Array.from({ length: 25 }, (_, k) => of(`M${(i * 25 + k) % 7}`))));
      await new Promise((resolve) => setImmediate(resolve));
      if (i % 4 === 3) processor.rescan();
      if (i % 5 === 4) void processor.reset();
    }
    await Promise.all(waves);
    await idle();
    expect(new Set(await states())).toEqual(new Set(['DONE']));
    expect(applied).toHaveLength(300);
    for (let p = 0; p < 7; p++) {
      const numbers = applied.filter((x) => x.startsWith(`M${p}/`)).map((x) => Number(x.split('/N')[1]));
      expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
    }
  });

  test('of large messages only some are in memory at once; the others wait in the journal and keep their order', async () => {
    const large = [`NTE|1||${'x'.repeat(2_500_000)}`];
    now = () => new Fault('kernel.store.unavailable');
    for (let i = 0; i < 36; i += 6)
      await send(...Array.from({ length: 6 }, (_, k) => of(`L${(i + k) % 4}`, large)));
    await send(...Array.from({ length: 4 }, (_, k) => of(`L${k}`)));
    const inner = processor as unknown as Record<'lanes' | 'backlog', { bytes: number }>;
    expect(inner.lanes.bytes + inner.backlog.bytes).toBeLessThan(24_000_000);
    now = () => undefined;
    await idle();
    expect(new Set(await states())).toEqual(new Set(['DONE']));
    for (let p = 0; p < 4; p++) {
      const numbers = applied.filter((x) => x.startsWith(`L${p}/`)).map((x) => Number(x.split('/N')[1]));
      expect(numbers).toHaveLength(10);
      expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
    }
  }, 120_000);
});

describe('[INT-02] what becomes of a message besides', () => {
  test('one that no channel wants any more is filtered; one whose bytes are gone is parked', async () => {
    await processor.stop();
    await send(of('A'), of('B'));
    const [a, b] = await rows();
    await mesh.databases.main.tx((sql) => sql.execute('DELETE FROM message_bodies WHERE id = ?', [b!.id]));
    book = bookOf(...endpoints);
    processor = processorOf();
    processor.rescan();
    await idle();
    expect(await states()).toEqual(['FILTERED', 'PARKED']);
    expect(a!.channel).toBe('adt');
    expect((await rows())[0]).toMatchObject({ channel: '', channelVersion: 0 });
    expect((await rows())[1]).toMatchObject({ faultCode: 'message.body.pruned' });
  });

  test('an acknowledgement that is noted while its message is handled is not forgotten', async () => {
    let id = '';
    now = () => {
      // The peer takes the acknowledgement and the hub notes it, all while the call is made.
      acks.delete(id);
      return undefined;
    };
    const replies = send(of('A'));
    await replies;
    [{ id }] = (await rows()) as [MessageRow];
    await journal.acknowledged([{ id, ack: 'SENT' }]);
    await idle();
    expect(await rows()).toMatchObject([{ state: 'DONE', ack: 'SENT' }]);
  });

  test('it is passed on as it came, in the transaction that settles it', async () => {
    book = bookOf(...endpoints, adt(['targets: [{ endpoint: out }]']));
    const text = of('A');
    await send(text);
    await idle();
    const made = await mesh.kit.find(deliveryTable, 'system', {}, { orderBy: 'seq' });
    expect(made).toMatchObject([
      { target: 'out', lane: 'A', state: 'QUEUED', channel: 'adt', controlId: `P-${n}` },
    ]);
    expect(Buffer.from(made[0]!.body).toString()).toBe(text);
  });

  test("what a target's mapping refuses parks its own message; those handled with it are done", async () => {
    book = bookOf(...endpoints, adt(['targets: [{ endpoint: out }]']));
    const make = Deliveries.prototype.make;
    Deliveries.prototype.make = function (this: Deliveries, ...given: Parameters<typeof make>) {
      if (given[1].lane === 'B') throw new Fault('codeset.code.unmapped', { table: 't', code: 'c' });
      return make.apply(this, given);
    };
    try {
      await send(of('A'), of('B'), of('C'));
      await idle();
    } finally {
      Deliveries.prototype.make = make;
    }
    expect(await states()).toEqual(['DONE', 'PARKED', 'DONE']);
    expect((await rows())[1]).toMatchObject({ faultCode: 'codeset.code.unmapped' });
    expect(await mesh.kit.find(deliveryTable, 'system', {})).toHaveLength(2);
  });

  test('it is told of its handling where an answer is owed later', async () => {
    const [reply] = await send(hl7({ patient: 'A', msh15: 'AL', msh16: 'AL', control: 'later' }));
    expect(Buffer.from((await reply!.later)!).toString()).toContain('MSA|AA|later');
    now = () => 'refuse';
    const [refused] = await send(hl7({ patient: 'B', msh15: 'AL', msh16: 'AL', control: 'no' }));
    expect(Buffer.from((await refused!.later)!).toString()).toContain('MSA|AE|no');
  });
});
