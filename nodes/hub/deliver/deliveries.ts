import { Fault } from '../../../contracts/kernel/fault.ts';
import type { Row } from '../../../contracts/kernel/record.ts';
import type { OutEnvironment } from '../../../contracts/mapping/outcome.ts';
import type { Canonical } from '../../../contracts/message/canonical.ts';
import { deliveryTable } from '../../../contracts/message/delivery.record.ts';
import { encodeText } from '../../../mappings/hl7v2/charset-encode.ts';
import { charsetOf } from '../../../mappings/hl7v2/charset-names.ts';
import { Hl7Message } from '../../../mappings/hl7v2/message.ts';
import { compilePath } from '../../../mappings/hl7v2/path.ts';
import { insertRows } from '../../kit/db/rows.ts';
import type { Sql } from '../../kit/db/sql.ts';
import { iso } from '../../kit/ids.ts';
import type { Kit } from '../../kit/kit.ts';
import type { Book, InChannel, OutChannel, Target } from '../book.ts';
import type { MessageRow } from '../ledger/journal.ts';

export type Delivery = Row<typeof deliveryTable>;
export type NewDelivery = Omit<Delivery, 'seq'>;

const typeAt = compilePath('MSH-9.1');
const triggerAt = compilePath('MSH-9.2');
const controlAt = compilePath('MSH-10');

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
    row: Pick<MessageRow, 'id' | 'orgId' | 'lane'>,
    source: Hl7Message | Canonical,
    canonical: readonly Canonical[],
  ): NewDelivery[] {
    const made: NewDelivery[] = [];
    for (const target of channel.targets) {
      if (!target.wants(source)) continue;
      if (target.map) for (const message of canonical) made.push(this.mapped(channel, row, target, message));
      else if (source instanceof Hl7Message) made.push(this.passed(channel, row, target, source));
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
    const controlId = controlIdOf(id);
    const endpoint = this.book().endpoint(row.orgId, target.def.endpoint);
    if (!endpoint) throw new Fault('channel.endpoint.unknown', { endpoint: target.def.endpoint });
    const { names } = endpoint.def;
    const environment: OutEnvironment = {
      controlId,
      time: iso(this.kit.clock()),
      sendingApplication: 'CYTOMESH',
      sendingFacility: '',
      ...names,
    };
    const result = target.map!.fromCanonical(message, environment);
    if (!('text' in result)) {
      const [first] = result.problems;
      throw first?.miss
        ? new Fault('codeset.code.unmapped', { table: first.miss.table, code: first.miss.code })
        : new Fault('hub.mapping.failed', { path: first?.path ?? '', reason: first?.reason ?? '' });
    }
    const charset = charsetOf(names?.charset ?? '') ?? charsetOf(endpoint.def.decode.charset) ?? 'UTF-8';
    const encoded = encodeText(result.text, charset);
    if (encoded.problem !== undefined)
      throw new Fault('hub.mapping.failed', {
        path: target.def.endpoint,
        reason: `a character cannot be written in ${charset}`,
      });
    return this.row(channel, row, target, id, controlId, Hl7Message.parse(result.text), encoded.bytes);
  }

  private passed(
    channel: InChannel | OutChannel,
    row: Pick<MessageRow, 'id' | 'orgId' | 'lane'>,
    target: Target,
    source: Hl7Message,
  ): NewDelivery {
    const encoded = encodeText(source.toString(), source.charset);
    if (encoded.problem !== undefined)
      throw new Fault('hub.mapping.failed', {
        path: target.def.endpoint,
        reason: 'the charset cannot write this message',
      });
    return this.row(
      channel,
      row,
      target,
      this.kit.id(),
      (source.read(controlAt) ?? '').slice(0, 64),
      source,
      encoded.bytes,
    );
  }

  private row(
    channel: InChannel | OutChannel,
    row: Pick<MessageRow, 'id' | 'orgId' | 'lane'>,
    target: Target,
    id: string,
    controlId: string,
    message: Hl7Message,
    bytes: Uint8Array,
  ): NewDelivery {
    const [type, trigger] = [message.read(typeAt) ?? '', message.read(triggerAt)];
    return {
      id,
      orgId: row.orgId,
      messageId: row.id,
      channel: channel.code,
      channelVersion: channel.version,
      target: target.def.endpoint,
      lane: target.def.key === 'endpoint' ? '' : row.lane,
      messageType: (trigger ? `${type}^${trigger}` : type).slice(0, 40),
      controlId,
      ...untried,
      createdAt: iso(this.kit.clock()),
      reason: '',
      body: bytes,
    };
  }
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
