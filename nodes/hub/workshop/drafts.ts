import { channelRecord } from '../../../contracts/channel/channel.record.ts';
import type { definitionActions } from '../../../contracts/channel/definition.actions.ts';
import { draftRecord } from '../../../contracts/channel/definition.record.ts';
import type { draftActions } from '../../../contracts/channel/draft.actions.ts';
import type { Params, Result } from '../../../contracts/kernel/action.ts';
import { Fault } from '../../../contracts/kernel/fault.ts';
import type { Row } from '../../../contracts/kernel/record.ts';
import type { Call } from '../../kit/service.ts';
import type { Work } from '../../kit/work.ts';
import { differencesTo } from './expected.ts';
import { versionOf } from './publish.ts';
import { runTrial, type Tried } from './run.ts';
import { formatIn, sampleById } from './samples.ts';
import { tryTexts } from './trial.ts';
import type { WorkshopHub } from './workshop-hub.ts';

/** Replaces the draft that the caller began with; one that somebody else has saved meanwhile stays. */
export function saveDraft(
  hub: WorkshopHub,
  { id, text, baseVersion, draft }: Params<typeof draftActions.saveDraft>,
  call: Call,
): Promise<Row<typeof draftRecord>> {
  return call.write(async (work) => {
    const [row] = await work.load(draftRecord, { code: id });
    if (!(await isKnown(hub, work, id, text)))
      throw new Fault('kernel.record.missing', { record: 'definition', id });
    const current = row && row.voidedAt === null ? row.version : 0;
    if (draft !== current) throw new Fault('kernel.record.stale', { current, by: row?.updatedBy ?? '' });
    return row
      ? work.update(draftRecord, row, { text, baseVersion, voidedAt: null })
      : work.insert(draftRecord, { code: id, text, baseVersion });
  });
}

/** There is a definition of the code, or the text begins one. */
async function isKnown({ shipped }: WorkshopHub, work: Work, code: string, text: string): Promise<boolean> {
  if (
    shipped.mappings.has(code) ||
    new RegExp(`^(endpoint|channel|mapping)\\s*:\\s*${code}\\s*$`, 'm').test(text)
  )
    return true;
  return (await work.load(channelRecord, { code, voidedAt: null })).length > 0;
}

export function dropDraft(hub: WorkshopHub, code: string, call: Call): Promise<{ dropped: boolean }> {
  return call.write(async (work) => {
    const [row] = await work.load(draftRecord, { code, voidedAt: null });
    if (row) work.update(draftRecord, row, { voidedAt: work.now });
    else if (!(await isKnown(hub, work, code, '')))
      throw new Fault('kernel.record.missing', { record: 'definition', id: code });
    return { dropped: row !== undefined };
  });
}

/** The first text with a sample: what it makes of it, and what differs from what is expected. */
export async function preview(
  hub: WorkshopHub,
  { texts, sample: id, bytes, meta, baseVersion }: Params<typeof definitionActions.preview>,
  call: Call,
): Promise<Result<typeof definitionActions.preview>> {
  const { orgId } = call.meta.caller;
  const trial = await tryTexts(hub, call, texts);
  const code = trial.reads[0]?.code;
  const [row] = code ? await call.kit.find(channelRecord, call.meta.caller, { code, voidedAt: null }) : [];
  const inForce = versionOf(row);
  const common = {
    problems: trial.problems.flat(),
    newerVersion: baseVersion !== undefined && inForce > baseVersion ? inForce : 0,
  };
  const sample = id === undefined ? undefined : await sampleById(hub, orgId, id);
  if (id !== undefined && !sample) throw new Fault('kernel.record.missing', { record: 'goldenSample', id });
  const given: Tried | undefined =
    sample?.tried ??
    (bytes === undefined
      ? undefined
      : { bytes: Buffer.from(bytes, 'base64'), meta: meta ?? {}, charset: '', endpoint: '' });
  if (!trial.book || !code || !given) return { ...common, result: null, differences: [], expected: false };
  const result = runTrial(trial.book, orgId, code, given);
  const expected = sample?.expected;
  return {
    ...common,
    result,
    differences: expected ? differencesTo(expected, result, formatIn(trial.book, orgId, code)) : [],
    expected: expected !== undefined,
  };
}
