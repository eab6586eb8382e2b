import { donorActions } from '../../contracts/donor/donor.actions.ts';
import type { Params, Result } from '../../contracts/kernel/action.ts';
import { Fault } from '../../contracts/kernel/fault.ts';
import type { ReceiveItem } from '../../contracts/kernel/receive.ts';
import type { Canonical, CanonicalOf } from '../../contracts/message/canonical.ts';
import { blobTable } from '../../contracts/message/message.record.ts';
import type { orderActions } from '../../contracts/order/order.actions.ts';
import { orderRecord } from '../../contracts/order/order.record.ts';
import { orderFactTable } from '../../contracts/order/order-fact.record.ts';
import type { Kit } from '../kit/kit.ts';
import type { Call } from '../kit/service.ts';
import type { FindOptions, Where } from '../kit/store.ts';
import type { Order } from './effects.ts';

type Query = CanonicalOf<'OrderQuery'> | CanonicalOf<'FactQuery'>;
const isQuery = (m: Canonical): m is Query => m.type === 'OrderQuery' || m.type === 'FactQuery';
const usual = 50;

/** The answers to the queries of a batch, by item id; read before the transaction, since a query changes nothing. */
export async function answersTo(items: readonly ReceiveItem[], call: Call): Promise<Map<string, object>> {
  const answers = new Map<string, object>();
  for (const { id, message, context } of items) {
    const m = message as Canonical;
    if (!isQuery(m)) continue;
    answers.set(
      id,
      m.type === 'OrderQuery'
        ? { type: 'OrdersFound', orders: await ordersFound(m, context.donorId, call) }
        : { type: 'FactsFound', facts: await factsFound(m, context.donorId, call) },
    );
  }
  return answers;
}

/** By one of our numbers or theirs, else by the patient; a query that names neither finds nothing. */
function whereOf(m: Query, donorId: string | undefined): Where | undefined {
  if (m.placerNumber) return { placerNumber: m.placerNumber.number };
  if (m.fillerNumber) return { number: m.fillerNumber.number };
  if (donorId) return { donorId };
  return undefined;
}

const sinceOf = (field: string, since: string | undefined): FindOptions =>
  since === undefined ? {} : { and: (name) => [`${name(field)} >= ?`, [utc(since)]] };

function utc(time: string): string {
  const ms = Date.parse(time);
  if (Number.isNaN(ms))
    throw new Fault('kernel.params.invalid', { issues: [{ path: 'since', message: 'no time' }] });
  return new Date(ms).toISOString();
}

/** Orders a specimen was told of, labelled or collected. */
async function ofSpecimen(specimen: string, { kit, meta }: Call): Promise<Where> {
  const facts = await kit.find(
    orderFactTable,
    meta.caller,
    { number: specimen, kind: 'SpecimenCollected' },
    { personal: 'sealed' },
  );
  return { id: [...new Set(facts.map((f) => f.orderId))] };
}

async function ordersFound(m: CanonicalOf<'OrderQuery'>, donorId: string | undefined, call: Call) {
  const named =
    whereOf(m, donorId) ?? (m.specimen === undefined ? undefined : await ofSpecimen(m.specimen, call));
  const where = named ?? (m.since === undefined ? undefined : {});
  if (!where) return [];
  const states = m.states?.length ? { state: m.states } : {};
  const orders = await call.kit.find(
    orderRecord,
    call.meta.caller,
    { ...where, ...states },
    { ...sinceOf('updatedAt', m.since), orderBy: ['updatedAt'], limit: m.limit ?? usual },
  );
  const patients = await patientsOf(orders, call);
  return orders.flatMap((o) => {
    const patient = patients.get(o.donorId);
    if (!patient) return [];
    return [
      {
        patient,
        placerNumber: {
          number: o.placerNumber,
          ...(o.placerAuthority ? { authority: o.placerAuthority } : {}),
        },
        fillerNumber: { number: o.number, authority: 'CYTOMESH' },
        code: o.productCode,
        name: o.productName,
        status: o.state,
        priority: o.priority,
        ...(o.requestedAt ? { orderedAt: o.requestedAt } : {}),
        orderedBy: o.orderedBy,
        department: o.department,
        visitNumber: o.visitNumber,
        ...(m.specimen === undefined ? {} : { specimen: m.specimen }),
      },
    ];
  });
}

export async function patientsOf(orders: readonly Order[], call: Call) {
  const ids = [...new Set(orders.map((o) => o.donorId))];
  if (ids.length === 0) return new Map();
  const { patients } = await call.callAsSystem(donorActions.patients, { ids });
  return new Map(patients.map((p) => [p.donorId, p.patient]));
}

async function factsFound(m: CanonicalOf<'FactQuery'>, donorId: string | undefined, call: Call) {
  const { kit, meta } = call;
  const where = whereOf(m, donorId);
  const orders = where
    ? await kit.find(orderRecord, meta.caller, where, { limit: 200, personal: 'sealed' })
    : [];
  const narrowed: Where = {
    ...(where ? { orderId: orders.map((o) => o.id) } : {}),
    ...(m.document ? { number: m.document } : m.specimen ? { number: m.specimen } : {}),
    ...(m.kinds?.length ? { kind: m.kinds } : {}),
  };
  if (!where && !m.document && !m.specimen && m.since === undefined) return [];
  const facts = await kit.find(orderFactTable, meta.caller, narrowed, {
    ...sinceOf('at', m.since),
    orderBy: 'seq',
    limit: m.limit ?? usual,
  });
  const known = new Map(orders.map((o) => [o.id, o]));
  const rest = facts.map((f) => f.orderId).filter((id) => !known.has(id));
  for (const o of await kit.find(
    orderRecord,
    meta.caller,
    { id: [...new Set(rest)] },
    { personal: 'sealed' },
  ))
    known.set(o.id, o);
  // Contents are given where one document is asked for by its number.
  const contents = m.document
    ? await contentsOf(
        kit,
        facts.map((f) => f.blob),
      )
    : new Map<string, string>();
  return facts.map((f) => {
    const order = known.get(f.orderId);
    return {
      kind: f.kind,
      at: f.at,
      ...(order ? { placerNumber: order.placerNumber, fillerNumber: order.number } : {}),
      title: f.title,
      number: f.number,
      status: f.status,
      mediaType: f.mediaType,
      ...(contents.has(f.blob) ? { content: contents.get(f.blob)! } : {}),
    };
  });
}

/** Contents by digest, base64. */
export async function contentsOf(kit: Kit, digests: readonly string[]): Promise<Map<string, string>> {
  const asked = [...new Set(digests)].filter((d) => d !== '');
  if (asked.length === 0) return new Map();
  const rows = await kit.find(blobTable, 'system', { id: asked });
  return new Map(rows.map((r) => [r.id, Buffer.from(r.bytes).toString('base64')]));
}

/** Orders in work as a device's worklist shows them. */
export async function worklist(
  params: Params<typeof orderActions.worklist>,
  call: Call,
): Promise<Result<typeof orderActions.worklist>> {
  const { accession, patientId, patientName, from, to } = params;
  const limit = params.limit ?? 200;
  const orders = await call.kit.find(
    orderRecord,
    call.meta.caller,
    { ...(accession ? { number: accession } : {}), state: ['ACCEPTED', 'IN_EXECUTION'] },
    { orderBy: ['updatedAt'], descending: true, limit: 500 },
  );
  const patients = await patientsOf(orders, call);
  const day = (time: string | null): string => time ?? '';
  const items = orders.flatMap((o) => {
    const patient = patients.get(o.donorId);
    const scheduledAt = o.neededAt ?? o.requestedAt ?? o.createdAt;
    if (!patient || (from && scheduledAt < from) || (to && scheduledAt > to)) return [];
    if (patientId && !patient.identifiers.some((i: { number: string }) => i.number === patientId)) return [];
    if (patientName && patient.name !== patientName) return [];
    return [
      {
        accession: o.number,
        placerNumber: o.placerNumber,
        patientId: patient.identifiers[0]?.number ?? '',
        patientName: patient.name ?? '',
        sex: patient.sex ?? '',
        birthDate: patient.birthDate ?? '',
        code: o.productCode,
        name: o.productName,
        scheduledAt: day(scheduledAt),
        department: o.department,
      },
    ];
  });
  return { items: items.slice(0, limit) };
}
