import { codeEntryRecord, codeTableRecord } from '../../contracts/codeset/codeset.record.ts';
import { iso } from '../kit/ids.ts';
import type { Call } from '../kit/service.ts';
import { holds } from './span.ts';

/** Every table in force with the pairs that hold now. A voided table or pair is left out. */
export async function snapshot({ kit, meta }: Call): Promise<{
  tables: Record<string, Record<string, string>>;
  until: string | null;
}> {
  const inForce = { voidedAt: null };
  const [tables, entries] = await Promise.all([
    kit.find(codeTableRecord, meta.caller, inForce),
    kit.find(codeEntryRecord, meta.caller, inForce),
  ]);
  const pairs = new Map(tables.map((t) => [t.code, new Map<string, string>()]));
  const now = iso(kit.clock());
  let until: string | null = null;
  for (const entry of entries) {
    if (holds(entry, now)) pairs.get(entry.table)?.set(entry.from, entry.to);
    for (const at of [entry.validFrom, entry.validUntil])
      if (at !== null && at > now && (until === null || at < until)) until = at;
  }
  return {
    until,
    tables: Object.fromEntries([...pairs].map(([code, map]) => [code, Object.fromEntries(map)])),
  };
}
