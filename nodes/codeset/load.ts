import type { LoadedTable } from '../../contracts/codeset/codeset.actions.ts';
import { codeMapped } from '../../contracts/codeset/codeset.events.ts';
import { codeEntryRecord, codeMissRecord, codeTableRecord } from '../../contracts/codeset/codeset.record.ts';
import { insertMissing, rowsById } from '../kit/seed.ts';
import type { Call } from '../kit/service.ts';
import type { Work } from '../kit/work.ts';
import { again } from './again.ts';
import { idOf } from './ids.ts';

/** Adds the tables and pairs the caller's organisation does not have. A pair that answers an open miss closes it. */
export function loadTables(
  tables: readonly LoadedTable[],
  call: Call,
): Promise<{ tables: number; entries: number }> {
  const { orgId } = call.meta.caller;
  return again(() =>
    call.write(async (work) => {
      const codes = new Set((await work.load(codeTableRecord, {}, { lock: false })).map((t) => t.code));
      const fresh = tables.filter((t) => !codes.has(t.code));
      for (const { entries: _, ...table } of fresh)
        work.insert(codeTableRecord, { id: idOf(orgId, table.code), ...table, owner: '' });
      const entries = await insertMissing(work, codeEntryRecord, pairs(orgId, tables));
      await answerMisses(
        work,
        entries.map((e) => e.id),
      );
      return { tables: fresh.length, entries: entries.length };
    }),
  );
}

/** One row for each pair; of two pairs with one source code the first counts. */
function pairs(orgId: string, tables: readonly LoadedTable[]) {
  const always = { owner: '', validFrom: null, validUntil: null };
  const rows = new Map<
    string,
    { id: string; table: string; from: string; to: string; note: string } & typeof always
  >();
  for (const { code: table, entries } of tables)
    for (const { from, to, note = '' } of entries) {
      const id = idOf(orgId, table, from);
      if (!rows.has(id)) rows.set(id, { id, table, from, to, note, ...always });
    }
  return [...rows.values()];
}

async function answerMisses(work: Work, ids: readonly string[]): Promise<void> {
  for (const miss of (await rowsById(work, codeMissRecord, ids)).values()) {
    if (miss.state === 'MAPPED') continue;
    work.update(codeMissRecord, miss, { state: 'MAPPED' });
    work.event(codeMapped, miss.orgId, miss.id, { table: miss.table, from: miss.code });
  }
}
