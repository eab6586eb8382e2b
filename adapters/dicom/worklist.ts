import type { ListenContext } from '../../contracts/adapter/port.ts';
import { isFault } from '../../contracts/kernel/fault.ts';
import { type Dataset, readDataset } from './dataset.ts';
import { charsetTerm, type NewElement, writeDataset } from './dataset-write.ts';
import { Values } from './header.ts';
import { type Answer, status } from './status.ts';
import { tag } from './syntax.ts';
import { explicitLittle } from './uid.ts';
import { type Entry, entryOf, type WorklistItem } from './worklist-entry.ts';
import {
  isUniversal,
  type Moments,
  matchesDate,
  matchesName,
  matchesText,
  matchesTime,
  momentsOf,
  wild,
  within,
} from './worklist-match.ts';
import type { WorklistSettings } from './worklist-settings.ts';

export interface FindResult {
  /** Answers that are pending, in order; then the final one. */
  readonly found: readonly { readonly status: number; readonly dataset: Buffer }[];
  readonly final: Answer;
}

/** What a modality may ask for: keys by tag, of the item and of its scheduled procedure step. */
interface Keys {
  readonly root: ReadonlyMap<number, string>;
  readonly step: ReadonlyMap<number, string>;
}

/** Most that the reader of orders gives at once. */
const MOST = 500;

const nothing = (code: number, comment: string): FindResult => ({
  found: [],
  final: { status: code, comment },
});

/** C-FIND of the modality worklist (PS3.4 Annex K). Never a part of the list: more than the limit is refused, so it is narrowed. */
export async function findWorklist(
  context: ListenContext,
  settings: WorklistSettings,
  identifier: Buffer,
  about: { readonly syntax: string; readonly calling: string },
): Promise<FindResult> {
  const asked = readDataset(identifier, about.syntax, { keep: () => true, last: 0xffffffff });
  if ('problem' in asked) return nothing(status.cannotUnderstand, asked.problem);
  const values = new Values(asked, { assume: 'GB18030' });
  const keys = keysOf(asked, values);
  if (excessive(keys)) return nothing(status.cannotUnderstand, 'too many or too long keys');
  const { limit = 200 } = settings;
  const moments = momentsOf(keys.step.get(tag.startDate) ?? '', keys.step.get(tag.startTime) ?? '');
  const params = paramsOf(keys, moments, settings);
  let items: readonly WorklistItem[];
  try {
    items = itemsOf(await context.query('order.worklist', { ...params }));
  } catch (error) {
    const transient = !isFault(error) || error.kind !== 'rejected';
    return nothing(
      transient ? status.outOfResources : status.cannotUnderstand,
      isFault(error) ? error.code : 'the worklist cannot be read now',
    );
  }
  const { patientId } = params;
  const entries = items
    .flatMap((item) => entryOf(patientId ? { ...item, patientId } : item, settings, about.calling) ?? [])
    .filter((entry) => fits(entry, keys, moments));
  if (items.length >= MOST || entries.length > limit)
    return nothing(status.outOfResources, `more than ${Math.min(limit, MOST)} match, narrow the query`);
  const explicit = about.syntax === explicitLittle;
  const { charset = 'UTF-8' } = settings;
  const code = unused(asked, keys) ? status.pendingPartly : status.pending;
  return {
    found: entries.map((entry) => ({
      status: code,
      dataset: writeDataset(
        [{ tag: tag.charset, vr: 'CS', value: charsetTerm(charset) }, ...answered(asked, entry)],
        explicit,
        charset,
      ),
    })),
    final: { status: status.success },
  };
}

function keysOf(asked: Dataset, values: Values): Keys {
  const read = (dataset: Dataset): Map<number, string> =>
    new Map(
      [...dataset.values()]
        .filter((element) => element.items === undefined && element.tag !== tag.charset)
        .map((element) => [element.tag, values.whole(element).replace(/\0/g, '').trim()]),
    );
  const step = asked.get(tag.steps)?.items?.[0];
  return { root: read(asked), step: step === undefined ? new Map() : read(step) };
}

/** More than a modality has to ask; it would cost time for every order. */
const excessive = ({ root, step }: Keys): boolean =>
  [root, step].some((level) => level.size > 250 || [...level.values()].some((key) => key.length > 250));

interface Params {
  readonly accession?: string;
  /** Any identifier of the patient: the one asked for is then the one answered. */
  readonly patientId?: string;
  readonly from?: string;
  readonly to?: string;
  readonly limit: number;
}

/** What the reader of orders can use itself: exact keys and the time; the rest is matched here. */
function paramsOf({ root, step }: Keys, moments: Moments | undefined, settings: WorklistSettings): Params {
  const exact = (...found: (string | undefined)[]): string | undefined =>
    found.find((key) => key !== undefined && !isUniversal(key) && !wild.test(key) && !key.includes('\\'));
  const accession = exact(
    root.get(tag.accession),
    root.get(tag.procedureId),
    root.get(tag.fillerNumber),
    step.get(tag.stepId),
  );
  const patientId = exact(root.get(tag.patientId));
  const zone = settings.zone ?? '+08:00';
  const from = moments && instantOf(moments.from, zone, 0);
  const to = moments && instantOf(moments.to, zone, 999);
  return {
    ...(accession !== undefined && { accession: accession.slice(0, 64) }),
    ...(patientId !== undefined && { patientId: patientId.slice(0, 64) }),
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
    limit: MOST,
  };
}

/** `20260301083000` at `+08:00` → `2026-03-01T00:30:00.000Z`; undefined where it is no moment. */
function instantOf(moment: string, zone: string, ms: number): string | undefined {
  const found = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(moment);
  if (!found) return undefined;
  const at = Date.parse(`${found[1]}-${found[2]}-${found[3]}T${found[4]}:${found[5]}:${found[6]}${zone}`);
  return Number.isNaN(at) ? undefined : new Date(at + ms).toISOString();
}

function itemsOf(answer: unknown): readonly WorklistItem[] {
  const { items } = (answer ?? {}) as { items?: unknown };
  return Array.isArray(items) ? (items as WorklistItem[]) : [];
}

/** What the key asks for of an attribute we have; the moment is matched as a whole. */
const matchers: ReadonlyMap<number, (key: string, value: string) => boolean> = new Map([
  [tag.patientName, matchesName],
  [tag.birthDate, matchesDate],
]);
const ofMoment = new Set<number>([tag.startDate, tag.startTime]);

function fits(entry: Entry, keys: Keys, moments: Moments | undefined): boolean {
  const level = (wanted: ReadonlyMap<number, string>, own: Entry['root']): boolean =>
    [...wanted].every(([one, key]) => {
      const value = own.get(one)?.value;
      if (typeof value !== 'string' || ofMoment.has(one)) return true;
      return (matchers.get(one) ?? matchesText)(key, value);
    });
  const onTime =
    moments === undefined
      ? matchesTime(keys.step.get(tag.startTime) ?? '', entry.start.slice(8))
      : within(moments, entry.start);
  return onTime && level(keys.root, entry.root) && level(keys.step, entry.step);
}

/** True where a key with a value is of an attribute that orders do not have: it is passed over, and the answer says so. */
function unused(asked: Dataset, keys: Keys): boolean {
  const { root, step } = entryOf({ accession: '' }, {}, '')!;
  const extra = (wanted: ReadonlyMap<number, string>, own: Entry['root']): boolean =>
    [...wanted].some(([one, key]) => !own.has(one) && !isUniversal(key));
  const inside = [...asked.values()].some(
    ({ tag: one, items }) => items?.[0] !== undefined && one !== tag.steps && hasValue(items[0]),
  );
  return inside || extra(keys.root, root) || extra(keys.step, step);
}

const hasValue = (item: Dataset): boolean => [...item.values()].some(({ bytes }) => bytes.length > 0);

/** The attributes asked for, empty where we have no value; all of the step where its item is empty. */
function answered(asked: Dataset, entry: Entry): NewElement[] {
  const level = (wanted: Dataset, own: Entry['root']): NewElement[] =>
    [...wanted.values()]
      .filter(({ tag: one }) => one !== tag.charset && one !== tag.steps && (one & 0xffff) !== 0)
      .map(({ tag: one, vr, items }) => {
        const empty = items === undefined ? '' : [];
        return own.get(one) ?? { tag: one, vr: items === undefined ? vr : 'SQ', value: empty };
      });
  const steps = asked.get(tag.steps);
  if (steps === undefined) return level(asked, entry.root);
  const item = steps.items?.[0];
  const step = item === undefined || item.size === 0 ? [...entry.step.values()] : level(item, entry.step);
  return [...level(asked, entry.root), { tag: tag.steps, vr: 'SQ', value: [step] }];
}
