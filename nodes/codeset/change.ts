import type { codeSheetActions } from '../../contracts/codeset/code-sheet.actions.ts';
import { codeMapped } from '../../contracts/codeset/codeset.events.ts';
import { codeEntryRecord, codeTableRecord } from '../../contracts/codeset/codeset.record.ts';
import type { Params, Result } from '../../contracts/kernel/action.ts';
import { Fault } from '../../contracts/kernel/fault.ts';
import { iso } from '../kit/ids.ts';
import { type Call, refuseStale } from '../kit/service.ts';

/** The pair holds no longer; its row and trail stay. */
export const endEntry = (
  { id, version, at, reason }: Params<typeof codeSheetActions.end>,
  call: Call,
): Promise<Result<typeof codeSheetActions.end>> =>
  call.write(async (work) => {
    const entry = await work.loadOne(codeEntryRecord, id);
    refuseStale(version, entry.version);
    const validUntil = at === undefined ? work.now : iso(Date.parse(at));
    if (entry.validFrom !== null && validUntil < entry.validFrom) throw new Fault('codeset.span.empty');
    work.event(codeMapped, entry.orgId, entry.id, { table: entry.table, from: entry.from });
    return work.update(codeEntryRecord, entry, { validUntil }, 'end', reason);
  });

export const changeTable = (
  { id, version, ...changes }: Params<typeof codeSheetActions.change>,
  call: Call,
): Promise<Result<typeof codeSheetActions.change>> =>
  call.write(async (work) => {
    const table = await work.loadOne(codeTableRecord, id);
    refuseStale(version, table.version);
    return work.update(codeTableRecord, table, changes, 'change');
  });
