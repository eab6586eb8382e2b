import type { CodeTableDef } from '../../contracts/mapping/code-table.ts';
import type { CodeLookup } from './format.ts';

/** Pairs of each table, as the governed tables give them: `{ sex: { '1': 'M' } }`. */
export type CodePairs = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** Exact lookup over pairs; `fallbacks` are the values tables give to unknown codes. */
export function codeLookup(tables: CodePairs, fallbacks: Readonly<Record<string, string>> = {}): CodeLookup {
  const maps = new Map(
    Object.entries(tables).map(([table, pairs]) => [table, new Map(Object.entries(pairs))]),
  );
  const instead = new Map(Object.entries(fallbacks));
  return {
    find: (table, code) => maps.get(table)?.get(code),
    fallback: (table) => instead.get(table),
    has: (table) => maps.has(table),
  };
}

/** The lookup of shipped tables. */
export function codeLookupOf(tables: readonly CodeTableDef[]): CodeLookup {
  const pairs = tables.map((def) => [def.table, Object.fromEntries(def.entries.map((e) => [e.from, e.to]))]);
  const fallbacks = tables.flatMap((def) => (def.or === undefined ? [] : [[def.table, def.or]]));
  return codeLookup(Object.fromEntries(pairs), Object.fromEntries(fallbacks));
}
