import { createHash } from 'node:crypto';
import { Fault } from '../../contracts/kernel/fault.ts';
import type { ReceiveItem } from '../../contracts/kernel/receive.ts';
import type { RecordDef, Row } from '../../contracts/kernel/record.ts';
import type { Identifier } from '../../contracts/message/canonical.parts.ts';
import type { Canonical } from '../../contracts/message/canonical.ts';
import { blobTable } from '../../contracts/message/message.record.ts';
import { orderFactAdded } from '../../contracts/order/order.events.ts';
import { orderRecord } from '../../contracts/order/order.record.ts';
import { orderFactTable } from '../../contracts/order/order-fact.record.ts';
import { insertRows } from '../kit/db/rows.ts';
import type { Kit } from '../kit/kit.ts';
import type { FindOptions, Where } from '../kit/store.ts';
import type { Work } from '../kit/work.ts';
import type { Order } from './effects.ts';
import { type Identities, isSomebodyElse } from './same-patient.ts';

/** Messages that tell something about an order. */
type Told = Extract<
  Canonical,
  {
    type:
      | 'ResultReported'
      | 'SpecimenCollected'
      | 'ReportIssued'
      | 'ImageStored'
      | 'TicketCalled'
      | 'DocumentSigned'
      | 'StatusChanged';
  }
>;
const told = new Set([
  'ResultReported',
  'SpecimenCollected',
  'ReportIssued',
  'ImageStored',
  'TicketCalled',
  'DocumentSigned',
  'StatusChanged',
]);
export const isTold = (message: Canonical): message is Told => told.has(message.type);

type Named = Pick<Told, 'placerNumber' | 'fillerNumber'> & { specimen?: string; accession?: string };
const named = (m: Told): Named => m as Named;

/** How rows are read: within a transaction, or before it. */
type Read = <R extends RecordDef>(record: R, where: Where, options: FindOptions) => Promise<Row<R>[]>;

/**
 * The orders that facts speak of: by placer number, by our number, by accession, and by a specimen that was told before. More than
 * one where what a fact names belongs to different orders.
 */
export async function ordersOf(
  read: Read,
  messages: readonly Canonical[],
): Promise<(message: Told) => Order[]> {
  const facts = messages.filter(isTold);
  const numbers = facts.flatMap((m) => {
    const { placerNumber, fillerNumber, accession } = named(m);
    return [placerNumber?.number, fillerNumber?.number, accession].filter((n) => n !== undefined);
  });
  const specimens = [...new Set(facts.flatMap((m) => named(m).specimen ?? []))];
  if (numbers.length === 0 && specimens.length === 0) return () => [];
  const personal = { personal: 'sealed' } as const;
  const labels = await read(
    orderFactTable,
    { number: specimens, kind: 'SpecimenCollected' },
    { orderBy: 'seq', ...personal },
  );
  const bySpecimen = new Map(labels.map((l) => [l.number, l.orderId]));
  const found = [
    ...(await read(orderRecord, { placerNumber: numbers }, personal)),
    ...(await read(orderRecord, { number: numbers }, personal)),
    ...(await read(orderRecord, { id: [...new Set(bySpecimen.values())] }, personal)),
  ];
  const byId = new Map(found.map((o) => [o.id, o]));
  const orders = [...byId.values()];
  const placed = ({ number, authority }: Identifier): Order | undefined =>
    orders.find((o) => o.placerNumber === number && o.placerAuthority === (authority ?? '')) ??
    only(orders.filter((o) => o.placerNumber === number));
  const ours = (number: string | undefined): Order | undefined => orders.find((o) => o.number === number);
  return (message) => {
    const { placerNumber, fillerNumber, accession, specimen } = named(message);
    const all = [
      placerNumber && placed(placerNumber),
      ours(fillerNumber?.number),
      ours(accession) ?? (accession === undefined ? undefined : placed({ number: accession })),
      specimen === undefined ? undefined : byId.get(bySpecimen.get(specimen) ?? ''),
    ];
    return [...new Set(all.filter((o) => o !== undefined))];
  };
}

const only = <T>(list: readonly T[]): T | undefined => (list.length === 1 ? list[0] : undefined);

/** Keeps the contents of documents apart, before the transaction that names them. */
export async function keepContents(kit: Kit, items: readonly ReceiveItem[], at: string): Promise<void> {
  const rows = items.flatMap(({ message }) => {
    const m = message as Canonical;
    if (m.type !== 'ReportIssued' || m.content === undefined) return [];
    const bytes = Buffer.from(m.content, 'base64');
    return [{ id: digestOf(bytes), mediaType: m.mediaType, size: bytes.byteLength, at, bytes }];
  });
  if (rows.length === 0) return;
  await kit.databases.media.tx((sql) => insertRows(sql, blobTable, rows, kit.vault, 'ignore'));
}

const digestOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

const sm3Of = (bytes: Uint8Array): string => createHash('sm3').update(bytes).digest('hex');

/**
 * Adds a fact to its order. One of an order nobody knows, of two orders at once, or of another patient than the order's is refused: a
 * person finds out whose it is.
 */
export function addFact(
  work: Work,
  [order, other]: readonly Order[],
  message: Told,
  item: ReceiveItem,
  identities: Identities,
): Record<string, string> {
  const { placerNumber, fillerNumber, specimen, accession } = named(message);
  if (!order)
    throw new Fault('order.number.unknown', {
      number: placerNumber?.number ?? fillerNumber?.number ?? accession ?? specimen ?? '',
    });
  if (other) throw new Fault('order.number.conflict', { number: order.number, other: other.number });
  if (message.patient) {
    const donor = identities.get(order.donorId);
    // The order came between the look and now: it is looked at again.
    if (!donor) throw new Fault('kernel.store.unavailable');
    if (isSomebodyElse(message.patient, donor))
      throw new Fault('order.patient.mismatch', { number: order.number });
  }
  const id = work.id();
  const { content, ...told } = message as Told & { content?: string };
  const contents = content === undefined ? undefined : Buffer.from(content, 'base64');
  const data = contents ? { ...told, sm3: sm3Of(contents) } : told;
  const shown = describe(message);
  work.add(orderFactTable, {
    id,
    orgId: order.orgId,
    orderId: order.id,
    donorId: order.donorId,
    kind: message.type,
    at: timeOf(message) ?? work.now,
    source: message.sender ?? '',
    messageId: item.id,
    blob: contents ? digestOf(contents) : blobOf(message),
    mediaType: 'mediaType' in message ? message.mediaType : '',
    ...shown,
    data: JSON.stringify(data),
  });
  work.event(orderFactAdded, order.orgId, order.donorId, {
    orderId: order.id,
    number: order.number,
    donorId: order.donorId,
    placerNumber: order.placerNumber,
    factId: id,
    kind: message.type,
  });
  return { orderId: order.id, orderNumber: order.number };
}

const blobOf = (m: Told): string => ('blob' in m && m.blob ? m.blob : '');

/** As kept in UTC; what is no time counts from its arrival. */
function timeOf(m: Told): string | undefined {
  const given = (m.type === 'SpecimenCollected' ? m.collectedAt : undefined) ?? m.occurredAt;
  const ms = given === undefined ? Number.NaN : Date.parse(given);
  return Number.isNaN(ms) ? undefined : new Date(ms).toISOString();
}

function describe(m: Told): { number: string; title: string; status: string } {
  const cut = (text: string | undefined, most: number): string => (text ?? '').slice(0, most);
  const made = (number: string | undefined, title: string | undefined, status: string | undefined) => ({
    number: cut(number, 64),
    title: cut(title, 200),
    status: cut(status, 40),
  });
  switch (m.type) {
    case 'ResultReported':
      return made(m.reportNumber ?? m.specimen, m.name ?? m.code, m.status);
    case 'SpecimenCollected':
      return made(m.specimen, m.kind ?? m.container, m.status);
    case 'ReportIssued':
      return made(m.document, m.title ?? m.kind, m.version);
    case 'ImageStored':
      return made(m.instance, m.title ?? m.modality, m.modality);
    case 'TicketCalled':
      return made(m.ticket, m.window, m.status);
    case 'DocumentSigned':
      return made(m.document, m.signer, m.valid ? 'valid' : 'invalid');
    case 'StatusChanged':
      return made(m.fillerNumber.number, m.name ?? m.code, m.status);
  }
}
