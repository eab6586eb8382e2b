import type { Bundle } from '../../../contracts/channel/bundle.schema.ts';
import { goldenSampleRecord } from '../../../contracts/channel/golden-sample.record.ts';
import type { SampleCheck } from '../../../contracts/channel/trial.schema.ts';
import type { Row } from '../../../contracts/kernel/record.ts';
import { formats } from '../../../mappings/formats.generated.ts';
import type { Kit } from '../../kit/kit.ts';
import type { Book } from '../book.ts';
import { differencesTo, type Expected } from './expected.ts';
import { runTrial, type Tried } from './run.ts';
import { shippedSamples } from './shipped-samples.ts';
import type { WorkshopHub } from './workshop-hub.ts';

export type SampleRow = Row<typeof goldenSampleRecord>;

/** A sample of either origin, ready to be tried. */
export interface Sample {
  /** Of its row; `shipped/<mapping>/<name>` for a shipped one. */
  readonly id: string;
  readonly definition: string;
  readonly name: string;
  readonly shipped: boolean;
  readonly row: SampleRow | undefined;
  readonly tried: Tried;
  readonly expected: Expected | undefined;
}

export const shippedId = (mapping: string, name: string): string => `shipped/${mapping}/${name}`;

/** Samples of definitions: the organisation's own, and the shipped ones that none of the same name stands for. */
export async function samplesOf(
  hub: Pick<WorkshopHub, 'kit' | 'shipped'>,
  orgId: string,
  codes: readonly string[],
): Promise<Sample[]> {
  const rows = await ownSamples(hub.kit, orgId, codes);
  const own = new Set(rows.map((r) => shippedId(r.definition, r.name)));
  const shipped = codes.flatMap((code): Sample[] => {
    const def = hub.shipped.mappings.get(code);
    if (!def) return [];
    return shippedSamples(def)
      .filter((s) => !own.has(shippedId(s.mapping, s.name)))
      .map(({ mapping, name, bytes, meta, environment, settings, expected }) => ({
        id: shippedId(mapping, name),
        definition: mapping,
        name,
        shipped: true,
        row: undefined,
        tried: {
          bytes,
          meta,
          charset: '',
          endpoint: '',
          environment,
          settings,
          utf8: def.format === 'hl7v2',
        },
        expected,
      }));
  });
  return [...rows.map((row) => ofRow(hub, row)), ...shipped];
}

/** One of the organisation by its id, or a shipped one. */
export async function sampleById(
  hub: Pick<WorkshopHub, 'kit' | 'shipped'>,
  orgId: string,
  id: string,
): Promise<Sample | undefined> {
  const [kind, mapping = '', name] = id.split('/');
  if (kind === 'shipped')
    return (await samplesOf(hub, orgId, [mapping])).find((s) => s.shipped && s.name === name);
  const [row] = await hub.kit.find(goldenSampleRecord, { orgId }, { id, voidedAt: null });
  return row && ofRow(hub, row);
}

const ownSamples = (kit: Kit, orgId: string, codes: readonly string[]): Promise<SampleRow[]> =>
  codes.length === 0
    ? Promise.resolve([])
    : kit.find(
        goldenSampleRecord,
        { orgId },
        { definition: codes, voidedAt: null },
        { orderBy: ['definition', 'name'] },
      );

function ofRow(hub: Pick<WorkshopHub, 'shipped'>, row: SampleRow): Sample {
  // A copy of a shipped one is read, and writes, as that does.
  const def = hub.shipped.mappings.get(row.definition);
  const original = def && shippedSamples(def).find((o) => o.name === row.name);
  return {
    id: row.id,
    definition: row.definition,
    name: row.name,
    shipped: false,
    row,
    tried: {
      bytes: Buffer.from(row.bytes, 'base64'),
      meta: row.meta,
      charset: row.charset,
      endpoint: row.endpoint,
      environment: original?.environment,
      settings: original?.settings,
      utf8:
        def?.format === 'hl7v2' &&
        original !== undefined &&
        Buffer.from(original.bytes).toString('base64') === row.bytes,
    },
    expected: row.expected === null ? undefined : (JSON.parse(row.expected) as Expected),
  };
}

/** A sample of a file that is not in yet. */
export const ofBundle = (given: Bundle['samples'][number]): Sample => ({
  id: '',
  definition: given.definition,
  name: given.name,
  shipped: false,
  row: undefined,
  tried: {
    bytes: Buffer.from(given.bytes, 'base64'),
    meta: given.meta,
    charset: given.charset,
    endpoint: given.endpoint,
  },
  expected: given.expected === null ? undefined : (JSON.parse(given.expected) as Expected),
});

/** Runs samples under a book: green, red with what differs, or without an expectation. */
export const checkSamples = (book: Book, orgId: string, samples: readonly Sample[]): SampleCheck[] =>
  samples.map((sample) => {
    const { id, definition, name, shipped, expected } = sample;
    const common = { id, definition, name, shipped };
    if (!expected) return { ...common, state: 'unset', differences: [] };
    const result = runTrial(book, orgId, definition, sample.tried);
    const differences = differencesTo(expected, result, formatIn(book, orgId, definition));
    return { ...common, state: differences.length ? 'red' : 'green', differences };
  });

/** How messages to a target are read: by its endpoint's format, or the mapping's own. */
export const formatIn = (book: Book, orgId: string, code: string) => (target: string) =>
  target === ''
    ? formats.get(book.mappingDef(orgId, code)?.format ?? '')
    : book.endpoint(orgId, target)?.format;

/** Definitions whose samples a change must pass: what it touches, and the mappings those channels use. */
export function gateCodes(book: Book, orgId: string, touched: readonly string[]): string[] {
  const codes = new Set(touched);
  for (const code of touched) {
    const channel = book.channel(orgId, code);
    for (const id of [channel?.map?.id, ...(channel?.targets ?? []).map((t) => t.map?.id)])
      if (id) codes.add(id);
  }
  return [...codes];
}
