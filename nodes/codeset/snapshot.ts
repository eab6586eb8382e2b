import { codeEntryRecord, codeTableRecord } from '../../contracts/codeset/codeset.record.ts';
import type { Call } from '../kit/service.ts';

/** Every table in force with its pairs. A voided table or pair is left out. */
export async function snapshot({ kit, meta }: Call): Promise<{
  tables: Record<string, Record<string, string>>;
}> {
  const inForce = { voidedAt: null };
  const [tables, entries] = await Promise.all([
    kit.find(codeTableRecord, meta.caller, inForce),
    kit.find(codeEntryRecord, meta.caller, inForce),
  ]);
  const pairs = new Map(tables.map((t) => [t.code, new Map<string, string>()]));
  for (const { table, from, to } of entries) pairs.get(table)?.set(from, to);
  return {
    tables: Object.fromEntries([...pairs].map(([code, map]) => [code, Object.fromEntries(map)])),
  };
}
