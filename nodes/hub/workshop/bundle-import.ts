import { Compile } from 'typebox/compile';
import { parse } from 'yaml';
import type { bundleActions } from '../../../contracts/channel/bundle.actions.ts';
import { type Bundle, bundleSchema } from '../../../contracts/channel/bundle.schema.ts';
import { channelRecord } from '../../../contracts/channel/channel.record.ts';
import { goldenSampleRecord } from '../../../contracts/channel/golden-sample.record.ts';
import type { SampleCheck } from '../../../contracts/channel/trial.schema.ts';
import { codesetActions } from '../../../contracts/codeset/codeset.actions.ts';
import type { Params, Result } from '../../../contracts/kernel/action.ts';
import { Fault } from '../../../contracts/kernel/fault.ts';
import { pathText } from '../../../mappings/engine/compiling.ts';
import { type Checker, schemaProblems } from '../../../mappings/engine/schema-problems.ts';
import type { Call } from '../../kit/service.ts';
import type { Work } from '../../kit/work.ts';
import { bundled } from './bundle-export.ts';
import { checksOf } from './gate.ts';
import { submit, versionOf } from './publish.ts';
import { ofBundle, type SampleRow } from './samples.ts';
import { codeOf, type Extra, tryTexts } from './trial.ts';
import type { WorkshopHub } from './workshop-hub.ts';

type Outcome = Result<typeof bundleActions.import>;
type Given = Bundle['samples'][number];

const shape = Compile(bundleSchema) as unknown as Checker;

/** Says what a file would change; without `dryRun` brings it in as one publication. Pairs of code tables that are there stay. */
export async function importBundle(
  hub: WorkshopHub,
  { text, dryRun, note }: Params<typeof bundleActions.import>,
  call: Call,
): Promise<Outcome> {
  const bundle = readBundle(text);
  const { kit, meta } = call;
  const org = await codeOf(call, meta.caller.orgId);
  const definitions = bundle.definitions.map((d) => ({ ...d, text: belongingTo(org, d.text) }));
  const rows = await kit.find(channelRecord, meta.caller, {
    code: definitions.map((d) => d.code),
    voidedAt: null,
  });
  const samples = await kit.find(goldenSampleRecord, meta.caller, {
    definition: [...new Set(bundle.samples.map((s) => s.definition))],
    voidedAt: null,
  });
  const { tables: pairs } = await call.callAsSystem(codesetActions.snapshot, {});

  const changed = definitions.flatMap(({ code, text: t }) => {
    const row = rows.find((r) => r.code === code);
    const inForce = versionOf(row);
    return inForce > 0 && row!.text === t ? [] : [{ code, text: t, baseVersion: inForce }];
  });
  const states = new Map(changed.map((c) => [c.code, c.baseVersion > 0 ? 'changed' : 'new'] as const));
  const fresh = bundle.samples.filter((s) => stateOf(s, samples) !== 'same');
  const items: Outcome['items'] = [
    ...definitions.map(({ code }) => ({
      what: 'definition' as const,
      code,
      state: states.get(code) ?? ('same' as const),
    })),
    ...bundle.samples.map((s) => ({
      what: 'sample' as const,
      code: `${s.definition}/${s.name}`,
      state: stateOf(s, samples),
    })),
    ...bundle.tables.map((t) => ({
      what: 'table' as const,
      code: t.code,
      state: tableState(t, pairs[t.code]),
    })),
  ];
  const extra: Extra = { samples: fresh.map((s) => ofBundle(s)), tables: tablesAdded(bundle, pairs) };
  if (dryRun) {
    const { problems, checks } = await tried(hub, call, changed, extra);
    return { items, problems, checks, publicationId: null, state: 'checked' };
  }
  if (bundle.tables.length) await call.callAsSystem(codesetActions.load, { tables: bundle.tables });
  const keep = (work: Work) => keepSamples(work, fresh);
  if (changed.length === 0) {
    await call.write(keep);
    return { items, problems: [], checks: [], publicationId: null, state: 'PUBLISHED' };
  }
  const publication = await submit(hub, call, changed, note ?? '', { also: keep, extra });
  return {
    items,
    problems: [],
    checks: [],
    publicationId: publication.id,
    state: publication.state === 'PENDING' ? 'PENDING' : 'PUBLISHED',
  };
}

function readBundle(text: string): Bundle {
  let value: unknown;
  try {
    value = parse(text, { maxAliasCount: 0 });
  } catch (error) {
    throw new Fault('channel.bundle.invalid', { problem: (error as Error).message.split('\n')[0] });
  }
  const [wrong] = schemaProblems(shape, value);
  if (wrong) throw new Fault('channel.bundle.invalid', { problem: `${pathText(wrong.at)} ${wrong.reason}` });
  return value as Bundle;
}

/** A text of another organisation becomes this one's. */
const belongingTo = (org: string, text: string): string =>
  /^mapping\s*:/m.test(text) ? text : text.replace(/^(org\s*:\s*)['"]?\w+['"]?/m, `$1${org}`);

const same = (row: SampleRow, given: Given): boolean =>
  JSON.stringify(bundled(row)) === JSON.stringify(bundled({ ...row, ...given }));

function stateOf(given: Given, rows: readonly SampleRow[]): 'new' | 'changed' | 'same' {
  const row = rows.find((r) => r.definition === given.definition && r.name === given.name);
  return !row ? 'new' : same(row, given) ? 'same' : 'changed';
}

type Pairs = Readonly<Record<string, string>>;

function tableState(
  table: Bundle['tables'][number],
  pairs: Pairs | undefined,
): Outcome['items'][number]['state'] {
  if (!pairs) return 'new';
  if (table.entries.some((e) => pairs[e.from] === undefined)) return 'changed';
  return table.entries.some((e) => pairs[e.from] !== e.to) ? 'kept' : 'same';
}

/** The tables as they will be: what is there stays, what is not comes in. */
const tablesAdded = (bundle: Bundle, pairs: Readonly<Record<string, Pairs>>) =>
  Object.fromEntries(
    bundle.tables.map((t) => [
      t.code,
      { ...Object.fromEntries(t.entries.map((e) => [e.from, e.to])), ...pairs[t.code] },
    ]),
  );

async function tried(
  hub: WorkshopHub,
  call: Call,
  changed: readonly { code: string; text: string }[],
  extra: Extra,
): Promise<{ problems: Outcome['problems']; checks: SampleCheck[] }> {
  if (changed.length === 0) return { problems: [], checks: [] };
  const trial = await tryTexts(
    hub,
    call,
    changed.map((c) => c.text),
    extra,
  );
  const problems = trial.problems.flatMap((list, i) =>
    list.map((p) => ({ code: changed[i]!.code, reason: `${p.line}:${p.column} ${p.path} ${p.reason}` })),
  );
  return { problems, checks: await checksOf(hub, trial, extra) };
}

async function keepSamples(work: Work, samples: readonly Given[]): Promise<void> {
  if (samples.length === 0) return;
  const rows = await work.load(goldenSampleRecord, {
    definition: [...new Set(samples.map((s) => s.definition))],
    voidedAt: null,
  });
  for (const given of samples) {
    const row = rows.find((r) => r.definition === given.definition && r.name === given.name);
    const values = { ...given, size: Buffer.from(given.bytes, 'base64').byteLength };
    if (row) work.update(goldenSampleRecord, row, values, 'import');
    else work.insert(goldenSampleRecord, { ...values, origin: 'import', originId: '' });
  }
}
