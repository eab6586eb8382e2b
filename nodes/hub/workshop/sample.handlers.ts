import { goldenSampleActions } from '../../../contracts/channel/golden-sample.actions.ts';
import { goldenSampleRecord } from '../../../contracts/channel/golden-sample.record.ts';
import type { Result } from '../../../contracts/kernel/action.ts';
import { Fault } from '../../../contracts/kernel/fault.ts';
import { type Call, type Handler, handle } from '../../kit/service.ts';
import { invalidText } from '../supervise/definitions.ts';
import { expectedOf } from './expected.ts';
import { runTrial } from './run.ts';
import { makeSample } from './sample-make.ts';
import { type Sample, type SampleRow, sampleById, samplesOf } from './samples.ts';
import { tryTexts } from './trial.ts';
import type { WorkshopHub } from './workshop-hub.ts';

type Head = Result<typeof goldenSampleActions.list>['items'][number];

export const sampleHandlers = (hub: WorkshopHub): Handler[] => [
  handle(goldenSampleActions.list, async ({ definition }, { kit, meta }) => {
    const { orgId } = meta.caller;
    if (definition !== undefined)
      return { items: (await samplesOf(hub, orgId, [definition])).map((s) => headOf(s, orgId)) };
    const rows = await kit.find(
      goldenSampleRecord,
      meta.caller,
      { voidedAt: null },
      { orderBy: 'definition', limit: 2000 },
    );
    return { items: rows.map((row) => headOfRow(row)) };
  }),
  handle(goldenSampleActions.create, (params, call) => makeSample(hub, params, call)),
  handle(goldenSampleActions.get, async ({ id }, { kit, meta }) => {
    const [row] = await kit.find(goldenSampleRecord, meta.caller, { id, voidedAt: null });
    if (!row) throw missing(id);
    if (!row.pseudonymised)
      await kit.work(meta, async (work) => work.audit(goldenSampleRecord, row, 'view', null, null));
    return row;
  }),
  handle(goldenSampleActions.accept, ({ id, texts, reason }, call) =>
    accept(hub, call, id, texts ?? [], reason ?? ''),
  ),
  handle(goldenSampleActions.remove, ({ id, reason }, call) =>
    call.write(async (work) => {
      const row = await work.loadOne(goldenSampleRecord, id);
      // Its name is free again.
      const name = `${row.name.slice(0, 60)} ~${row.id.slice(-12)}`;
      return work.update(goldenSampleRecord, row, { name, voidedAt: work.now }, 'void', reason);
    }),
  ),
];

const missing = (id: string): Fault => new Fault('kernel.record.missing', { record: 'goldenSample', id });

/** What the definition in force, or the texts instead, give with the sample is expected from now on. */
async function accept(
  hub: WorkshopHub,
  call: Call,
  id: string,
  texts: readonly string[],
  reason: string,
): Promise<SampleRow> {
  const { orgId } = call.meta.caller;
  const sample = await sampleById(hub, orgId, id);
  if (!sample) throw missing(id);
  let { book } = hub;
  if (texts.length) {
    const trial = await tryTexts(hub, call, texts);
    const wrong = trial.problems.find((p) => p.length > 0);
    if (wrong || !trial.book) throw invalidText(wrong ?? []);
    book = trial.book;
  }
  const expected = JSON.stringify(expectedOf(runTrial(book, orgId, sample.definition, sample.tried)));
  return call.write(async (work) => {
    if (sample.row) {
      const row = await work.loadOne(goldenSampleRecord, sample.row.id);
      return work.update(goldenSampleRecord, row, { expected }, 'accept', reason);
    }
    const row = work.insert(goldenSampleRecord, {
      ...rowOfShipped(sample),
      expected,
    });
    work.audit(goldenSampleRecord, row, 'accept', null, null, reason);
    return row;
  });
}

/** The organisation's own copy of a shipped sample. */
const rowOfShipped = ({ definition, name, tried }: Sample) => ({
  definition,
  name: name.slice(0, 80),
  note: '',
  endpoint: '',
  origin: 'upload' as const,
  originId: '',
  pseudonymised: true,
  charset: '',
  size: tried.bytes.byteLength,
  meta: { ...tried.meta },
  bytes: Buffer.from(tried.bytes).toString('base64'),
});

const headOf = (sample: Sample, orgId: string): Head =>
  sample.row
    ? headOfRow(sample.row)
    : {
        ...headOfRow({
          ...rowOfShipped(sample),
          id: sample.id,
          orgId,
          version: 0,
          createdAt: epoch,
          createdBy: '',
          updatedAt: epoch,
          updatedBy: '',
          voidedAt: null,
          expected: '',
        }),
        name: sample.name,
        shipped: true,
      };
const epoch = '1970-01-01T00:00:00.000Z';

function headOfRow({ bytes: _bytes, expected, ...row }: SampleRow): Head {
  return { ...row, shipped: false, expects: expected !== null };
}
