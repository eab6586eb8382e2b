import type { EndpointDef } from '../../../contracts/channel/endpoint.schema.ts';
import { Fault } from '../../../contracts/kernel/fault.ts';
import type { Row } from '../../../contracts/kernel/record.ts';
import type { OutEnvironment } from '../../../contracts/mapping/outcome.ts';
import type { Canonical } from '../../../contracts/message/canonical.ts';
import { deliveryTable } from '../../../contracts/message/delivery.record.ts';
import type { OutMappingCompiled } from '../../../mappings/engine/compiled.ts';
import { insertRows } from '../../kit/db/rows.ts';
import type { Sql } from '../../kit/db/sql.ts';
import { iso } from '../../kit/ids.ts';
import type { Kit } from '../../kit/kit.ts';
import type { Book, InChannel, OutChannel, Target } from '../book.ts';
import type { MessageRow } from '../ledger/journal.ts';

export type Delivery = Row<typeof deliveryTable>;
export type NewDelivery = Omit<Delivery, 'seq'>;

/** Makes deliveries in the transaction that settles their message; the senders do the rest. */
export class Deliveries {
  private readonly kit: Kit;
  private readonly book: () => Book;
  private readonly told: () => void;

  constructor(kit: Kit, book: () => Book, told: () => void) {
    this.kit = kit;
    this.book = book;
    this.told = told;
  }

  /** Deliveries may wait. */
  wake(): void {
    this.told();
  }

  /** One delivery for each target of the channel that wants the message. A target's mapping that refuses throws its fault. */
  make(
    channel: InChannel | OutChannel,
    row: Pick<MessageRow, 'id' | 'orgId' | 'lane' | 'messageType' | 'controlId'>,
    source: { readonly message: unknown; readonly bytes: Uint8Array },
    canonical: readonly Canonical[],
  ): NewDelivery[] {
    const made: NewDelivery[] = [];
    for (const target of channel.targets) {
      if (!target.wants(source.message)) continue;
      if (target.map) for (const message of canonical) made.push(this.mapped(channel, row, target, message));
      else made.push(this.row(channel, row, target, this.kit.id(), passedOn(row, source.bytes)));
    }
    return made;
  }

  async insert(sql: Sql, deliveries: readonly NewDelivery[]): Promise<void> {
    await insertRows(sql, deliveryTable, deliveries, this.kit.vault);
  }

  private mapped(
    channel: InChannel | OutChannel,
    row: Pick<MessageRow, 'id' | 'orgId' | 'lane'>,
    target: Target,
    message: Canonical,
  ): NewDelivery {
    const id = this.kit.id();
    const endpoint = this.book().endpoint(row.orgId, target.def.endpoint);
    if (!endpoint) throw new Fault('channel.endpoint.unknown', { endpoint: target.def.endpoint });
    const environment = environmentOf(endpoint.def.names, id, iso(this.kit.clock()));
    const written = endpoint.format.write(mapOut(target.map!, message, environment), endpoint.def);
    if ('bad' in written)
      throw new Fault('hub.mapping.failed', { path: target.def.endpoint, reason: written.bad });
    return this.row(channel, row, target, id, { ...written, controlId: environment.controlId });
  }

  private row(
    channel: InChannel | OutChannel,
    row: Pick<MessageRow, 'id' | 'orgId' | 'lane'>,
    target: Target,
    id: string,
    sent: { readonly bytes: Uint8Array; readonly type: string; readonly controlId: string },
  ): NewDelivery {
    return {
      id,
      orgId: row.orgId,
      messageId: row.id,
      channel: channel.code,
      channelVersion: channel.version,
      mapping: target.mapping,
      target: target.def.endpoint,
      lane: target.def.key === 'endpoint' ? '' : row.lane,
      messageType: sent.type.slice(0, 40),
      controlId: sent.controlId.slice(0, 64),
      ...untried,
      createdAt: iso(this.kit.clock()),
      reason: '',
      body: sent.bytes,
    };
  }
}

/** What goes on as it came, under the control id of its sender. */
const passedOn = (row: Pick<MessageRow, 'messageType' | 'controlId'>, bytes: Uint8Array) => ({
  bytes,
  type: row.messageType,
  controlId: row.controlId,
});

/** What an out mapping may read by `$name`; the control id follows from the id, so a repetition has the same. */
export const environmentOf = (names: EndpointDef['names'], id: string, time: string): OutEnvironment => ({
  controlId: controlIdOf(id),
  time,
  sendingApplication: 'CYTOMESH',
  sendingFacility: '',
  ...names,
});

/** The text an out mapping writes; throws what it refuses. */
export function mapOut(map: OutMappingCompiled, message: Canonical, environment: OutEnvironment): string {
  const result = map.fromCanonical(message, environment);
  if ('text' in result) return result.text;
  const [first] = result.problems;
  throw first?.miss
    ? new Fault('codeset.code.unmapped', { table: first.miss.table, code: first.miss.code })
    : new Fault('hub.mapping.failed', { path: first?.path ?? '', reason: first?.reason ?? '' });
}

/** A delivery that nobody has tried yet. */
export const untried = {
  state: 'QUEUED',
  attempts: 0,
  nextAt: null,
  lastAt: null,
  doneAt: null,
  roundTripMs: null,
  ackCode: '',
  faultCode: '',
  fault: null,
  reply: null,
} as const;

/** MSH-10 of a delivery: stable over retries, 18 characters (ST 20 of the older versions holds it). */
export const controlIdOf = (id: string): string =>
  BigInt(`0x${id.replaceAll('-', '').slice(0, 12)}${id.slice(-10)}`)
    .toString(36)
    .toUpperCase();
