import { shadowResultTable, shadowRunTable } from '../../../contracts/channel/shadow-run.record.ts';
import type { Difference, TrialResult } from '../../../contracts/channel/trial.schema.ts';
import type { Row } from '../../../contracts/kernel/record.ts';
import { messageBodyTable, messageTable } from '../../../contracts/message/message.record.ts';
import { systemCaller } from '../../kit/caller.ts';
import { tableCode } from '../../kit/db/rows.ts';
import { Call } from '../../kit/service.ts';
import type { Work } from '../../kit/work.ts';
import type { Book } from '../book.ts';
import type { MessageRow } from '../ledger/journal.ts';
import { valueDifferences } from './differences.ts';
import { sentDifferences } from './expected.ts';
import { runTrial, type Tried } from './run.ts';
import { formatIn } from './samples.ts';
import { tryTexts } from './trial.ts';
import type { WorkshopHub } from './workshop-hub.ts';

export type ShadowRun = Row<typeof shadowRunTable>;
type Outcome = Row<typeof shadowResultTable>['outcome'];

/** A run's two sides: the text tried, and what is in force. */
interface Sides {
  readonly before: Book;
  readonly after: Book;
}

export async function sidesOf(hub: WorkshopHub, run: ShadowRun): Promise<Sides | undefined> {
  const meta = { caller: systemCaller('shadow', run.orgId), requestId: run.id };
  const { book } = await tryTexts(hub, new Call(hub.kit, meta), [run.text]);
  return book && { before: hub.book, after: book };
}

/** One stored message under both. */
export function compareSides(
  { before, after }: Sides,
  message: MessageRow,
  raw: Uint8Array,
): { before: TrialResult; after: TrialResult; differences: Difference[]; outcome: Outcome } {
  const { orgId } = message;
  const tried: Tried = {
    bytes: raw,
    meta: message.meta ?? {},
    charset: message.direction === 'in' ? message.charset : 'UTF-8',
    messageType: message.messageType,
    endpoint: message.endpoint,
  };
  const was = runTrial(before, orgId, message.channel, tried);
  const is = runTrial(after, orgId, message.channel, tried);
  const formatOf = formatIn(after, orgId, message.channel);
  const most = Math.max(was.sends.length, is.sends.length);
  const differences = [
    ...valueDifferences(was.outcome, is.outcome, 'outcome'),
    ...valueDifferences(plain(was.canonical), plain(is.canonical)),
    ...valueDifferences(was.calls, is.calls, 'calls'),
    ...valueDifferences(
      was.problems.map((p) => p.path).sort(),
      is.problems.map((p) => p.path).sort(),
      'problems',
    ),
    ...Array.from({ length: most }, (_, i) => sentDifferences(was.sends[i], is.sends[i], formatOf)).flat(),
  ];
  return { before: was, after: is, differences, outcome: outcomeOf(was, is, differences.length > 0) };
}

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
const fails = ({ outcome }: TrialResult): boolean => outcome === 'refused' || outcome === 'unread';

function outcomeOf(was: TrialResult, is: TrialResult, differs: boolean): Outcome {
  if (fails(is) && !fails(was)) return 'failedNow';
  if (fails(was) && !fails(is)) return 'mended';
  return differs ? 'different' : 'same';
}

/** `[0].patient.name` and `[1].patient.name` are one field of messages. */
const fieldOf = (path: string): string => path.replace(/\[\d+\]/g, '[]').replace(/\(\d+\)/g, '()');

const lease = 'shadow-runs';
const step = 25;
const mostFields = 200;

/** Works through shadow runs in the background, one step at a time on one node of the cluster. */
export class ShadowRunner {
  private readonly hub: WorkshopHub;
  private readonly sides = new Map<string, Sides>();
  private running: Promise<void> | undefined;
  private timer: NodeJS.Timeout | undefined;
  private stopped = true;

  constructor(hub: WorkshopHub) {
    this.hub = hub;
  }

  start(): void {
    this.stopped = false;
    this.wake();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.running;
    await this.hub.kit.leases.release([lease]).catch(() => undefined);
  }

  /** A run was begun. */
  wake(): void {
    if (this.stopped || this.running) return;
    clearTimeout(this.timer);
    this.running = this.step()
      .catch((error: unknown) => {
        this.hub.kit.log.warn('shadow runs will go on after a pause', { error });
        return false;
      })
      .then((more) => {
        this.running = undefined;
        if (!this.stopped) this.timer = setTimeout(() => this.wake(), more ? 20 : 10_000);
      });
  }

  /** Some messages of the oldest run under way. False where there is nothing to do here. */
  async step(): Promise<boolean> {
    const { kit } = this.hub;
    const [run] = await kit.find(
      shadowRunTable,
      'system',
      { state: 'RUNNING' },
      { orderBy: 'createdAt', limit: 1 },
    );
    if (!run || !(await kit.leases.take(lease, 15_000))) return false;
    const sides = this.sides.get(run.id) ?? (await sidesOf(this.hub, run));
    const meta = { caller: systemCaller('shadow', run.orgId), requestId: run.id };
    if (!sides) {
      await kit.work(meta, (work) => change(work, run.id, { state: 'FAILED' }));
      return true;
    }
    this.sides.set(run.id, sides);
    const ids = run.messages.slice(run.done, run.done + step);
    const results = await this.compareAll(sides, run, ids);
    await kit.work(meta, async (work) => {
      const [now] = await work.load(shadowRunTable, { id: run.id, state: 'RUNNING', done: run.done });
      if (!now) return;
      for (const r of results) work.add(shadowResultTable, r);
      await change(work, run.id, progress(now, results, ids.length));
    });
    if (run.done + ids.length >= run.total) this.sides.delete(run.id);
    kit.broadcast('live', { topic: 'channel', orgId: run.orgId, name: 'shadow', key: run.id, data: {} });
    return true;
  }

  private async compareAll(sides: Sides, run: ShadowRun, ids: readonly string[]) {
    const { kit } = this.hub;
    if (ids.length === 0) return [];
    const [messages, bodies] = await Promise.all([
      kit.find(messageTable, { orgId: run.orgId }, { id: ids }),
      kit.find(messageBodyTable, 'system', { id: ids }),
    ]);
    return ids.flatMap((id, i) => {
      const message = messages.find((m) => m.id === id);
      const body = bodies.find((b) => b.id === id);
      if (!message || !body) return []; // pruned meanwhile
      const { outcome, differences } = compareSides(sides, message, body.raw);
      const paths = [...new Set(differences.map((d) => fieldOf(d.path)))].slice(0, 100);
      const place = run.done + i;
      return [{ id: `${run.id}#${place}`, runId: run.id, place, messageId: id, outcome, paths }];
    });
  }
}

type Results = readonly Pick<Row<typeof shadowResultTable>, 'messageId' | 'outcome' | 'paths'>[];

function progress(run: ShadowRun, results: Results, taken: number): Partial<ShadowRun> {
  const fields = new Map(run.fields.map((f) => [f.path, { ...f }]));
  for (const { messageId, paths } of results)
    for (const path of paths) {
      const known = fields.get(path);
      if (known) known.count++;
      else if (fields.size < mostFields * 2) fields.set(path, { path, count: 1, example: messageId });
    }
  const count = (outcome: Outcome) => run[outcome] + results.filter((r) => r.outcome === outcome).length;
  const done = run.done + taken;
  return {
    done,
    same: count('same'),
    different: count('different'),
    failedNow: count('failedNow'),
    mended: count('mended'),
    fields: [...fields.values()].sort((a, b) => b.count - a.count).slice(0, mostFields),
    state: done >= run.total ? 'DONE' : 'RUNNING',
  };
}

export async function change(work: Work, id: string, changes: Partial<ShadowRun>): Promise<void> {
  const code = tableCode(shadowRunTable, work.sql);
  const names = Object.keys(changes) as (keyof ShadowRun)[];
  const values = names.map((n) => (n === 'fields' ? JSON.stringify(changes[n]) : changes[n]));
  await work.sql.execute(
    `UPDATE ${code.table} SET ${names.map((n) => `${code.name(n)} = ?`).join(', ')} WHERE ${code.name('id')} = ?`,
    [...values, id],
  );
}
