import type { ChannelDef } from '../../../contracts/channel/channel.schema.ts';
import type { EndpointDef } from '../../../contracts/channel/endpoint.schema.ts';
import { codesetActions } from '../../../contracts/codeset/codeset.actions.ts';
import { donorActions } from '../../../contracts/donor/donor.actions.ts';
import { Fault } from '../../../contracts/kernel/fault.ts';
import type { ReceiveItem, ReceiveOutcome } from '../../../contracts/kernel/receive.ts';
import type { Canonical, CanonicalOf } from '../../../contracts/message/canonical.ts';
import { deliveryTable } from '../../../contracts/message/delivery.record.ts';
import { messageTable } from '../../../contracts/message/message.record.ts';
import { orderActions } from '../../../contracts/order/order.actions.ts';
import { formatOf } from '../../../mappings/engine/documents.ts';
import { formats } from '../../../mappings/formats.generated.ts';
import { tableCode } from '../../kit/db/rows.ts';
import { defineService, handle } from '../../kit/service.ts';
import { type CallOptions, kitForTests, TestClock } from '../../kit/testing/kit-for-tests.ts';
import { Book, type Definitions, type Endpoint } from '../book.ts';
import { Deliveries } from '../deliver/deliveries.ts';
import { carryEvents } from '../deliver/events.ts';
import { Intake } from '../intake/intake.ts';
import { messageHandlers } from '../message.service.ts';
import { Processor } from '../route/processor.ts';
import { readText } from '../supervise/definitions.ts';
import { Meter } from '../supervise/meter.ts';
import { readShipped } from '../supervise/profile.ts';
import type { HubForMessages } from './hub-for-messages.ts';
import { Journal, type MessageRow, shards } from './journal.ts';
import { ReplayRunner } from './replay-many.ts';

const org = 'org-hy';
const archive = `
endpoint: archive
title: { zh: 存档, en: Archive }
org: HY
adapter: mllp
send: { host: 127.0.0.1, port: 1 }
decode: { mode: forced, charset: GB18030 }
lane: patient
retainDays: 30
`;
const forwarded = `
channel: visits-in
title: { zh: 就诊转发, en: Visits }
org: HY
source: { endpoint: his }
accept: [SIU^*]
targets: [{ endpoint: archive }]
`;

/** A small hub over databases in memory: intake, journal, processor and ledger are real, the domain words only take note. */
export async function ledgerForTests(database?: Parameters<typeof kitForTests>[1]) {
  const shipped = readShipped();
  const words = new FakeWords();
  const clock = database?.clock ?? new TestClock();
  const codes: Record<string, Record<string, string>> = {};
  for (const t of shipped.tables) codes[t.table] = Object.fromEntries(t.entries.map((e) => [e.from, e.to]));
  const disabled: readonly string[] = [];
  const makeBook = (): Book => {
    const definitions: { endpoints: Endpoint[]; channels: Definitions['channels'][number][] } = {
      endpoints: [],
      channels: [],
    };
    const shippedTexts = [...shipped.endpoints, ...shipped.channels].map(({ text }) => text);
    for (const text of [...shippedTexts, archive, forwarded]) {
      const { code, def, kind } = readText(
        text,
        definitions.endpoints.map((e) => e.def),
      );
      const common = { id: code, orgId: org, version: 1, enabled: !disabled.includes(code) };
      if (kind === 'endpoint')
        definitions.endpoints.push({
          ...common,
          code,
          def: def as EndpointDef,
          format: formats.get(formatOf(def as EndpointDef))!,
        });
      else definitions.channels.push({ ...common, def: def as ChannelDef });
    }
    return new Book(definitions, shipped.mappings, new Map([[org, codes]]), {});
  };
  let book = makeBook();
  let made: ReturnType<typeof partsOf> | undefined;
  const message = defineService('message', (kit) => {
    made = partsOf(kit, () => book);
    return { handlers: messageHandlers(made.hub) };
  });
  const mesh = await kitForTests([...words.services, message], { ...database, clock });
  const { hub, told, intake, processor, runner } = made!;
  const { kit } = mesh;

  const one = async (id: string): Promise<MessageRow> => (await kit.find(messageTable, 'system', { id }))[0]!;
  const deliveriesOf = (messageId: string) =>
    kit.find(deliveryTable, 'system', { messageId }, { orderBy: 'seq' });
  return {
    mesh,
    hub,
    told,
    words,
    clock,
    runner,
    one,
    deliveriesOf,
    /** Maps a code, or forgets it. */
    code: (table: string, from: string, to?: string): void => {
      if (to === undefined) delete codes[table]![from];
      else codes[table]![from] = to;
      book = makeBook();
    },
    /** Takes bytes as from the wire and handles them. Gives the journal's newest row. */
    arrive: async (bytes: string | Uint8Array, endpoint = 'his'): Promise<MessageRow> => {
      clock.advance(1000);
      const frame = {
        bytes: typeof bytes === 'string' ? Buffer.from(bytes, 'utf8') : bytes,
        connection: 'c1',
        peer: '10.0.0.1:4000',
        receivedAt: clock.now,
        oddities: [],
      };
      await intake.accept(book.endpoint(org, endpoint)!, frame);
      await processor.idle();
      const [last] = await kit.find(
        messageTable,
        'system',
        {},
        { orderBy: 'seq', descending: true, limit: 1 },
      );
      return last!;
    },
    /** Takes bytes as from the wire; they are kept when this resolves, and handled later. */
    keep: async (text: string): Promise<void> => {
      const bytes = Buffer.from(text, 'utf8');
      const frame = { bytes, connection: 'c1', peer: '', receivedAt: clock.now, oddities: [] };
      await intake.accept(book.endpoint(org, 'his')!, frame);
      await new Promise(setImmediate);
    },
    /** What is in memory is forgotten and read again, as when shards change hands. */
    reset: () => processor.reset(),
    /** An event of ours carried to partners. Gives its journal row. */
    leave: async (canonical: Canonical): Promise<MessageRow> => {
      clock.advance(1000);
      const id = kit.id();
      const event = {
        id,
        orgId: org,
        name: 'order.statusChanged',
        key: 'o',
        at: '',
        actor: '',
        requestId: '',
        payload: canonical,
      };
      words.described = canonical;
      await carryEvents(
        {
          kit,
          journal: hub.journal,
          deliveries: hub.deliveries as Deliveries,
          meter: new Meter(clock.read),
          book: () => book,
        },
        [event as never],
      );
      return one(id);
    },
    idle: () => processor.idle(),
    /** Sets fields of a delivery as a sender would. */
    mark: async (id: string, fields: Record<string, unknown>): Promise<void> => {
      await kit.databases.main.tx((sql) => {
        const code = tableCode(deliveryTable, sql);
        const names = Object.keys(fields);
        return sql.execute(
          `UPDATE ${code.table} SET ${names.map((n) => `${code.name(n)} = ?`).join(', ')} WHERE ${code.name('id')} = ?`,
          [...Object.values(fields), id],
        );
      });
    },
    as: (orgId: string): CallOptions => ({ as: { orgId } }),
    /** A second node over the same data. */
    second: () => ledgerForTests({ databases: mesh.databases, clock }),
    close: async (): Promise<void> => {
      await runner.stop();
      await processor.stop();
      await mesh.close();
    },
  };
}
export type TestLedger = Awaited<ReturnType<typeof ledgerForTests>>;

class IdleProcessor extends Processor {
  /** Resolves once nothing is at work. */
  async idle(): Promise<void> {
    const inner = this as unknown as { running: Promise<void> | undefined };
    await new Promise(setImmediate);
    while (inner.running) {
      await inner.running;
      await new Promise(setImmediate);
    }
  }
}

function partsOf(kit: HubForMessages['kit'], book: () => Book) {
  const journal = new Journal(kit.databases.main, kit.vault);
  const told: string[] = [];
  const deliveries = new Deliveries(kit, book, () => told.push('send'));
  const meter = new Meter(kit.clock);
  const processor = new IdleProcessor({
    kit,
    journal,
    book,
    deliveries,
    meter,
    shards: () => Array.from({ length: shards }, (_, i) => i),
    ackOf: (row) => row.ack,
    ackSettled: () => undefined,
  } as ConstructorParameters<typeof Processor>[0]);
  const intake = new Intake({
    journal,
    clock: kit.clock,
    log: kit.log,
    book,
    blobs: async () => undefined,
    kept: (messages) => processor.offer(messages),
    acknowledged: () => undefined,
  });
  const hub: HubForMessages = {
    kit,
    journal,
    deliveries,
    get book() {
      return book();
    },
    replays: { wake: () => told.push('replays') },
    released: (orgId, lane) => {
      told.push(`released ${orgId} ${lane}`);
      processor.unbar(orgId, lane);
    },
    rescan: () => processor.rescan(),
    hurry: (orgId, target) => void told.push(`hurry ${orgId} ${target}`),
  };
  return { hub, told, intake, processor, runner: new ReplayRunner(hub) };
}

/** Words that remember what they were given, once for each id, and refuse what a test tells them to. */
class FakeWords {
  readonly donors: CanonicalOf<'PatientRegistered'>[] = [];
  /** Placer numbers in the order they took effect. */
  readonly orders: string[] = [];
  readonly ids: string[] = [];
  /** Calls wait for it. */
  gate: Promise<void> | undefined;
  refuse: (message: Canonical) => boolean = () => false;
  described: Canonical | undefined;

  readonly services = [
    defineService('donor', () => ({
      handlers: [
        handle(donorActions.receive, async ({ items }) => {
          await this.gate;
          return {
            outcomes: items.map((i) => {
              const merge = (i.message as Canonical).type === 'PatientMerged';
              if (merge && this.refuse(i.message as Canonical)) return refusal(i);
              return this.take(`donor:${i.id}`, i, (m) => void this.donors.push(m as never));
            }),
          };
        }),
      ],
    })),
    defineService('order', () => ({
      handlers: [
        handle(orderActions.receive, async ({ items }) => ({
          outcomes: items.map((i) => {
            if (this.refuse(i.message as Canonical)) return refusal(i);
            return this.take(`order:${i.id}`, i, (m) => {
              if (m.type === 'OrderPlaced') this.orders.push(m.order.placerNumber.number);
            });
          }),
        })),
        handle(orderActions.statusMessages, async ({ events }) => ({
          messages: events.map((e) => ({ id: e.id, message: this.described })),
        })),
      ],
    })),
    defineService('codeset', () => ({
      handlers: [handle(codesetActions.miss, async ({ items }) => ({ open: items.length }))],
    })),
  ];

  private take(id: string, item: ReceiveItem, effect: (message: Canonical) => void): ReceiveOutcome {
    const known = this.ids.includes(id);
    if (!known) effect(item.message as Canonical);
    this.ids.push(id);
    return { id: item.id, status: known ? 'duplicate' : 'applied', context: { donorId: 'd1' } };
  }
}

function refusal(item: ReceiveItem): ReceiveOutcome {
  const { code, kind, message, data } = new Fault('order.donor.mismatch', { number: 'x' });
  return { id: item.id, status: 'refused', context: {}, fault: { code, kind, message, data } };
}

let controls = 0;

/** An order for a patient, in the delimiters of the standard, segments ended by CR. */
export const orderMessage = (
  patient: string,
  placer: string,
  product = 'UCMSC-P',
  name = '测试^一',
): string =>
  [
    `MSH|^~\\&|HIS|HOSP|LAB|CELL|20260302090000||ORM^O01^ORM_O01|MSG${++controls}|P|2.4|||||CHN|UNICODE UTF-8`,
    `PID|1||${patient}^^^HIS^MR||${name}||19800101|M`,
    'PV1|1|I|W1^^01',
    `ORC|NW|${placer}^HIS|||||||20260302090000|||D01^李医生`,
    `OBR|1|${placer}^HIS||${product}^制备^L`,
    '',
  ].join('\r');
