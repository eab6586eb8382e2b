import { donorRecord } from '../../contracts/donor/donor.record.ts';
import { auditTable, sealedTable } from '../../contracts/kernel/system.tables.ts';
import { messageTable } from '../../contracts/message/message.record.ts';
import { orderRecord } from '../../contracts/order/order.record.ts';
import type { Database } from '../../nodes/kit/db/database.ts';
import { tableCode } from '../../nodes/kit/db/rows.ts';
import type { Sent } from './hospital.ts';

/** What the databases say after the storm, read past the platform itself. */
export async function settledState(
  db: Database,
  channels: readonly string[] = ['RECEIVED', 'HELD'],
): Promise<number> {
  const code = tableCode(messageTable, db.read);
  const [row] = await db.read.query<{ n: number }>(
    `SELECT COUNT(*) AS n FROM ${code.table} WHERE ${code.name('state')} IN (${channels.map(() => '?').join(', ')})`,
    channels,
  );
  return Number(row?.n ?? 0);
}

export interface Verdict {
  /** Acknowledged and not in the journal. */
  readonly lost: string[];
  /** Acknowledged and without its order, or with more than one. */
  readonly withoutEffect: string[];
  /** Patients whose orders were made in another order than they were sent. */
  readonly disordered: string[];
  /** Messages that ended otherwise than DONE or DUPLICATE. */
  readonly otherwise: string[];
}

export async function judge(db: Database, sent: readonly Sent[]): Promise<Verdict> {
  const m = tableCode(messageTable, db.read);
  const o = tableCode(orderRecord, db.read);
  const messages = await db.read.query<{ control_id: string; state: string; fault_code: string }>(
    `SELECT ${m.name('controlId')}, ${m.name('state')}, ${m.name('faultCode')} FROM ${m.table} WHERE ${m.name('direction')} = 'in'`,
  );
  const orders = await db.read.query<{ placer_number: string; number: string }>(
    `SELECT ${o.name('placerNumber')}, ${o.name('number')} FROM ${o.table}`,
  );
  const kept = new Set(messages.map((r) => r.control_id));
  const byPlacer = new Map<string, string[]>();
  for (const r of orders) byPlacer.set(r.placer_number, [...(byPlacer.get(r.placer_number) ?? []), r.number]);
  const acknowledged = sent.filter((s) => s.acknowledgements > 0);
  const disordered: string[] = [];
  const last = new Map<string, string>();
  for (const s of acknowledged) {
    const number = byPlacer.get(s.placer)?.[0] ?? '';
    if (number < (last.get(s.mrn) ?? '')) disordered.push(`${s.mrn} ${s.placer} ${number}`);
    last.set(s.mrn, number);
  }
  return {
    lost: acknowledged.filter((s) => !kept.has(s.controlId)).map((s) => s.controlId),
    withoutEffect: acknowledged
      .filter((s) => byPlacer.get(s.placer)?.length !== 1)
      .map((s) => `${s.placer} ${byPlacer.get(s.placer)?.length ?? 0}`),
    disordered,
    otherwise: messages
      .filter((r) => r.state !== 'DONE' && r.state !== 'DUPLICATE')
      .map((r) => `${r.control_id} ${r.state} ${r.fault_code}`),
  };
}

export const faultRecords = [messageTable, orderRecord, donorRecord];
export const auditRecords = [auditTable, sealedTable];
