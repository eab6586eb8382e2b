import { stringify } from 'yaml';
import type { bundleActions } from '../../../contracts/channel/bundle.actions.ts';
import type { Bundle } from '../../../contracts/channel/bundle.schema.ts';
import { channelRecord } from '../../../contracts/channel/channel.record.ts';
import { goldenSampleRecord } from '../../../contracts/channel/golden-sample.record.ts';
import { codesetActions } from '../../../contracts/codeset/codeset.actions.ts';
import type { Params, Result } from '../../../contracts/kernel/action.ts';
import { Fault } from '../../../contracts/kernel/fault.ts';
import type { MappingDef } from '../../../contracts/mapping/shape.ts';
import type { Call } from '../../kit/service.ts';
import { type ChannelRow, endpointsOf, mappingsOf, parseDefinition } from '../supervise/definitions.ts';
import { versionOf } from './publish.ts';
import type { SampleRow } from './samples.ts';
import type { WorkshopHub } from './workshop-hub.ts';

/** The organisation's definitions as a file; the same state gives the same bytes. */
export async function exportBundle(
  hub: WorkshopHub,
  { codes, with: extras = 'samples,tables,uses' }: Params<typeof bundleActions.export>,
  call: Call,
): Promise<Result<typeof bundleActions.export>> {
  const { kit, meta } = call;
  const also = new Set(extras.split(','));
  const rows = await kit.find(channelRecord, meta.caller, { voidedAt: null }, { orderBy: 'code' });
  const wanted = new Set(codes === '*' ? rows.map((r) => r.code) : codes.split(',').map((c) => c.trim()));
  for (const code of wanted)
    if (!rows.some((r) => r.code === code) && !hub.shipped.mappings.has(code))
      throw new Fault('kernel.record.missing', { record: 'definition', id: code });
  if (also.has('uses')) for (const code of usesOf(rows, wanted)) wanted.add(code);
  const chosen = rows.filter((r) => wanted.has(r.code) && versionOf(r) > 0);
  const samples = also.has('samples')
    ? await kit.find(
        goldenSampleRecord,
        meta.caller,
        { definition: [...wanted], voidedAt: null },
        { orderBy: ['definition', 'name'] },
      )
    : [];
  const bundle: Bundle = {
    bundle: 'cytomesh/1',
    definitions: chosen.map(({ kind, code, text }) => ({ kind, code, text })),
    samples: samples.map(bundled),
    tables: also.has('tables') ? await tablesOf(call, namedTables(hub, chosen, wanted)) : [],
  };
  await kit.work(meta, async (work) => {
    for (const row of chosen) work.audit(channelRecord, row, 'export', null, null);
    for (const row of samples.filter((s) => !s.pseudonymised))
      work.audit(goldenSampleRecord, row, 'export', null, null);
  });
  const name = codes === '*' || wanted.size !== 1 ? 'definitions' : [...wanted][0];
  return { name: `${name}.bundle.yaml`, text: bundleText(bundle) };
}

export const bundleText = (bundle: Bundle): string =>
  stringify(bundle, { lineWidth: 0, aliasDuplicateObjects: false });

export const bundled = (row: SampleRow): Bundle['samples'][number] => ({
  definition: row.definition,
  name: row.name,
  note: row.note,
  endpoint: row.endpoint,
  pseudonymised: row.pseudonymised,
  charset: row.charset,
  meta: row.meta,
  bytes: row.bytes,
  expected: row.expected,
});

function usesOf(rows: readonly ChannelRow[], wanted: ReadonlySet<string>): string[] {
  return rows
    .filter((r) => wanted.has(r.code) && (r.kind === 'in' || r.kind === 'out'))
    .flatMap((r) => {
      const read = parseDefinition(r.text, []);
      return 'problems' in read || read.kind === 'endpoint' || read.kind === 'mapping'
        ? []
        : [...endpointsOf(read.def), ...mappingsOf(read.def)];
    });
}

function namedTables(hub: WorkshopHub, rows: readonly ChannelRow[], wanted: ReadonlySet<string>): string[] {
  const own = rows.flatMap((r) => {
    const read = r.kind === 'mapping' ? parseDefinition(r.text, []) : undefined;
    return read && !('problems' in read) ? [read.def as MappingDef] : [];
  });
  const shipped = [...hub.shipped.mappings.values()].filter(
    (m) => wanted.has(m.mapping) && !own.some((o) => o.mapping === m.mapping),
  );
  const names = new Set<string>();
  for (const def of [...own, ...shipped]) collectTables(def, names);
  return [...names].sort();
}

/** Steps `{ code: table }` anywhere in a mapping. */
function collectTables(value: unknown, names: Set<string>): void {
  if (Array.isArray(value)) for (const v of value) collectTables(v, names);
  else if (typeof value === 'object' && value !== null)
    for (const [key, inner] of Object.entries(value)) {
      if (key === 'do' && Array.isArray(inner))
        for (const step of inner as { code?: unknown }[])
          if (typeof step.code === 'string') names.add(step.code);
      collectTables(inner, names);
    }
}

async function tablesOf(call: Call, codes: readonly string[]): Promise<Bundle['tables']> {
  if (codes.length === 0) return [];
  const tables: Bundle['tables'] = [];
  for (const code of codes) {
    const { items } = await call.callAsSystem(codesetActions.tables.list, { filter: { code }, pageSize: 1 });
    const table = items.find((t) => t.voidedAt === null);
    if (!table) continue;
    const entries: Bundle['tables'][number]['entries'] = [];
    for (let page = 1; ; page++) {
      const found = await call.callAsSystem(codesetActions.entries.list, {
        filter: { table: code },
        sort: 'from',
        page,
        pageSize: 200,
      });
      // A pair for a time is the business of its own installation.
      for (const e of found.items)
        if (e.voidedAt === null && e.validFrom === null && e.validUntil === null)
          entries.push({ from: e.from, to: e.to, note: e.note });
      if (page * 200 >= found.total) break;
    }
    const { name, nameEn, source, target } = table;
    tables.push({ code, name, nameEn, source, target, entries });
  }
  return tables;
}
