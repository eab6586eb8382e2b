import type { RecordDef, Row } from '../../contracts/kernel/record.ts';
import { type CallMeta, groupOrg, systemCaller } from './caller.ts';
import type { Kit } from './kit.ts';
import type { Work } from './work.ts';

/** Actor of what an installation begins with; a row it wrote last was never touched by a person. */
export const seeder = 'system:seed';

export const seedMeta = (kit: Kit, orgId = groupOrg): CallMeta => ({
  caller: systemCaller('seed', orgId),
  requestId: kit.id(),
});

/** Rows by id, whatever their organisation, asked for in portions every database takes. */
export async function rowsById<R extends RecordDef>(
  work: Work,
  record: R,
  ids: readonly string[],
): Promise<Map<string, Row<R>>> {
  const found = new Map<string, Row<R>>();
  for (let i = 0; i < ids.length; i += 500) {
    const rows = await work.load(record, { id: ids.slice(i, i + 500) }, { scope: 'system' });
    for (const row of rows) found.set((row as { id: string }).id, row);
  }
  return found;
}

/** Inserts the rows whose id is not there yet and leaves the others as they are. Gives those it made. */
export async function insertMissing<R extends RecordDef>(
  work: Work,
  record: R,
  rows: readonly (Partial<Row<R>> & { readonly id: string })[],
): Promise<Row<R>[]> {
  const known = await rowsById(
    work,
    record,
    rows.map((r) => r.id),
  );
  return rows.filter((r) => !known.has(r.id)).map((r) => work.insert(record, r));
}
