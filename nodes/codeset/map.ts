import type { codesetActions } from '../../contracts/codeset/codeset.actions.ts';
import { codeMapped } from '../../contracts/codeset/codeset.events.ts';
import { codeEntryRecord, codeMissRecord, codeTableRecord } from '../../contracts/codeset/codeset.record.ts';
import type { Params, Result } from '../../contracts/kernel/action.ts';
import { Fault } from '../../contracts/kernel/fault.ts';
import type { Call } from '../kit/service.ts';
import type { Work } from '../kit/work.ts';
import { again } from './again.ts';
import { idOf } from './ids.ts';
import { holds, spanOf } from './span.ts';

/** Adds or replaces one pair, closes its miss and tells the hub; the audit keeps every earlier target. */
export async function mapCode(
  {
    table,
    from,
    to,
    note = '',
    owner = '',
    validFrom = null,
    validUntil = null,
  }: Params<typeof codesetActions.map>,
  call: Call,
): Promise<Result<typeof codesetActions.map>> {
  const { orgId } = call.meta.caller;
  const tables = await call.kit.find(codeTableRecord, call.meta.caller, { code: table, voidedAt: null });
  if (!tables.some((t) => t.code === table))
    throw new Fault('kernel.record.missing', { record: codeTableRecord.name, id: table });
  const id = idOf(orgId, table, from);
  const values = { to, note, owner, ...spanOf(validFrom, validUntil) };
  return again(() =>
    call.write(async (work) => {
      const [known] = await work.load(codeEntryRecord, { id });
      if (holds(values, work.now)) await closeMiss(work, id);
      work.event(codeMapped, orgId, id, { table, from });
      if (!known) return work.insert(codeEntryRecord, { id, table, from, ...values });
      return work.update(codeEntryRecord, known, { ...values, voidedAt: null }, 'map');
    }),
  );
}

/** A miss carries the id of the pair that would answer it. */
async function closeMiss(work: Work, id: string): Promise<void> {
  const [miss] = await work.load(codeMissRecord, { id, state: 'OPEN' });
  if (miss) work.update(codeMissRecord, miss, { state: 'MAPPED' });
}
