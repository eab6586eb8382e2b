import type { codeSheetActions } from '../../contracts/codeset/code-sheet.actions.ts';
import { codeEntryRecord, codeMissRecord, codeTableRecord } from '../../contracts/codeset/codeset.record.ts';
import type { Result } from '../../contracts/kernel/action.ts';
import { tableCode } from '../kit/db/rows.ts';
import { iso } from '../kit/ids.ts';
import type { Call } from '../kit/service.ts';

/** All tables of the organisation, counted by the database. */
export async function overview({ kit, meta }: Call): Promise<Result<typeof codeSheetActions.overview>> {
  const { orgId } = meta.caller;
  const now = iso(kit.clock());
  const [tables, entries, misses] = await Promise.all([
    kit.find(codeTableRecord, meta.caller, { voidedAt: null }, { orderBy: 'code' }),
    counted(
      codeEntryRecord,
      (n) =>
        `${n('voidedAt')} IS NULL AND (${n('validFrom')} IS NULL OR ${n('validFrom')} <= ?) AND (${n('validUntil')} IS NULL OR ${n('validUntil')} > ?)`,
      [now, now],
    ),
    counted(codeMissRecord, (n) => `${n('state')} = ?`, ['OPEN']),
  ]);
  return {
    items: tables.map((table) => ({
      table,
      entries: entries.get(table.code) ?? 0,
      misses: misses.get(table.code) ?? 0,
    })),
  };

  async function counted(
    record: typeof codeEntryRecord | typeof codeMissRecord,
    where: (name: (field: string) => string) => string,
    params: readonly string[],
  ): Promise<Map<string, number>> {
    const sql = kit.databases.main.read;
    const code = tableCode(record, sql);
    const name = code.name('table');
    const rows = await sql.query<{ subject: string; n: number }>(
      `SELECT ${name} AS subject, COUNT(*) AS n FROM ${code.table} WHERE ${code.name('orgId')} = ? AND ${where(code.name)} GROUP BY ${name}`,
      [orgId, ...params],
    );
    return new Map(rows.map((r) => [r.subject, Number(r.n)]));
  }
}
