import type { SampleCheck } from '../../../contracts/channel/trial.schema.ts';
import { Fault } from '../../../contracts/kernel/fault.ts';
import type { Call } from '../../kit/service.ts';
import { invalidText, type Read } from '../supervise/definitions.ts';
import { checkSamples, gateCodes, samplesOf } from './samples.ts';
import { type Extra, type Trial, tryTexts } from './trial.ts';
import type { WorkshopHub } from './workshop-hub.ts';

/** Texts that may come into force, as far as reading and samples go. */
export interface Passed {
  readonly reads: readonly Read[];
  readonly checks: readonly SampleCheck[];
}

/** Samples of all that a sound trial touches. */
export async function checksOf(hub: WorkshopHub, trial: Trial, extra: Extra = {}): Promise<SampleCheck[]> {
  if (!trial.book) return [];
  const codes = gateCodes(trial.book, trial.orgId, trial.touched);
  const more = (extra.samples ?? []).filter((s) => codes.includes(s.definition));
  const kept = (await samplesOf(hub, trial.orgId, codes)).filter(
    (s) => !more.some((m) => m.definition === s.definition && m.name === s.name),
  );
  return checkSamples(trial.book, trial.orgId, [...kept, ...more]);
}

/** Refuses texts with mistakes, and with `despite` unset those whose samples are red. */
export async function passGate(
  hub: WorkshopHub,
  call: Call,
  texts: readonly string[],
  { despite = false, extra = {} }: { despite?: boolean | undefined; extra?: Extra } = {},
): Promise<Passed> {
  const trial = await tryTexts(hub, call, texts, extra);
  const wrong = trial.problems.find((p) => p.length > 0);
  if (wrong) throw invalidText(wrong);
  const reads = trial.reads.map((r) => r!);
  const twice = reads.find((r, i) => reads.findIndex((o) => o.code === r.code) !== i);
  if (twice) throw new Fault('channel.text.invalid', { problem: `"${twice.code}" is given twice` });
  const checks = await checksOf(hub, trial, extra);
  const red = checks.filter((c) => c.state === 'red');
  if (red.length && !despite) throw redSamples(red);
  return { reads, checks };
}

/** Names the samples and fields; values stay inside. */
function redSamples(red: readonly SampleCheck[]): Fault {
  const [first] = red;
  return new Fault('channel.sample.failed', {
    sample: `${first!.definition}/${first!.name}`,
    path: first!.differences[0]?.path ?? '',
    samples: red.slice(0, 50).map(({ definition, name, differences }) => ({
      definition,
      name,
      paths: differences.slice(0, 20).map((d) => d.path),
    })),
  });
}
