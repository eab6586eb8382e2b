import { shadowRunActions } from '../../../contracts/channel/shadow-run.actions.ts';
import { shadowResultTable, shadowRunTable } from '../../../contracts/channel/shadow-run.record.ts';
import type { Params, Result } from '../../../contracts/kernel/action.ts';
import { Fault, isFault } from '../../../contracts/kernel/fault.ts';
import { messageBodyTable, messageTable } from '../../../contracts/message/message.record.ts';
import { tableCode } from '../../kit/db/rows.ts';
import { type Call, type Handler, handle } from '../../kit/service.ts';
import type { Work } from '../../kit/work.ts';
import { listMessages } from '../ledger/query.ts';
import { invalidText } from '../supervise/definitions.ts';
import { change, compareSides, type ShadowRun, sidesOf } from './shadow.ts';
import { tryTexts } from './trial.ts';
import type { WorkshopHub } from './workshop-hub.ts';

export const shadowHandlers = (hub: WorkshopHub): Handler[] => [
  handle(shadowRunActions.list, async ({ definition }, { kit, meta }) => {
    const where = definition === undefined ? {} : { code: definition };
    const options = { orderBy: 'createdAt', descending: true, limit: 50 };
    return { items: (await kit.find(shadowRunTable, meta.caller, where, options)).map(headOf) };
  }),
  handle(shadowRunActions.start, (params, call) => start(hub, params, call)),
  handle(shadowRunActions.get, async ({ id }, call) => headOf(await one(call, id))),
  handle(shadowRunActions.stop, ({ id }, call) =>
    call.write(async (work) => {
      const row = await work.loadOne(shadowRunTable, id);
      if (row.state !== 'RUNNING') return headOf(row);
      await change(work, id, { state: 'STOPPED' });
      work.audit(shadowRunTable, row, 'stop', null, null);
      return headOf({ ...row, state: 'STOPPED' });
    }),
  ),
  handle(shadowRunActions.results, async ({ id, outcome, path }, call) => {
    await one(call, id);
    const where = { runId: id, ...(outcome ? { outcome } : {}) };
    const items = await call.kit.find(shadowResultTable, 'system', where, { orderBy: 'place', limit: 1000 });
    return { items: path === undefined ? items : items.filter((r) => r.paths.includes(path)) };
  }),
  handle(shadowRunActions.compare, (params, call) => compare(hub, params, call)),
];

const headOf = ({
  messages: _messages,
  text: _text,
  ...head
}: ShadowRun): Result<typeof shadowRunActions.get> => head;

async function one({ kit, meta }: Call, id: string): Promise<ShadowRun> {
  const [run] = await kit.find(shadowRunTable, meta.caller, { id });
  if (!run) throw new Fault('kernel.record.missing', { record: 'shadowRun', id });
  return run;
}

/** The last messages of the channels that the text touches. */
async function start(
  hub: WorkshopHub,
  { text, last }: Params<typeof shadowRunActions.start>,
  call: Call,
): Promise<Result<typeof shadowRunActions.start>> {
  const { kit, meta } = call;
  const trial = await tryTexts(hub, call, [text]);
  const [read] = trial.reads;
  if (!trial.book || !read) throw invalidText(trial.problems[0] ?? []);
  const channels = trial.touched.filter((code) => trial.book!.channel(trial.orgId, code));
  const messages = await lastMessages(call, channels, last);
  const run: ShadowRun = {
    id: kit.id(),
    orgId: meta.caller.orgId,
    createdAt: new Date(kit.clock()).toISOString(),
    createdBy: meta.caller.userId,
    code: read.code,
    against: hub.inForce.rows.find((r) => r.orgId === trial.orgId && r.code === read.code)?.published ?? 0,
    text,
    state: messages.length ? 'RUNNING' : 'DONE',
    total: messages.length,
    done: 0,
    same: 0,
    different: 0,
    failedNow: 0,
    mended: 0,
    fields: [],
    messages,
  };
  await call.write(async (work) => {
    await dropOld(work);
    work.add(shadowRunTable, run);
    work.audit(
      shadowRunTable,
      { ...run },
      'start',
      null,
      JSON.stringify({ code: run.code, total: run.total }),
    );
    return headOf(run);
  });
  hub.shadows.wake();
  return headOf(run);
}

/** An organisation keeps its last runs. */
const kept = 30;

async function dropOld(work: Work): Promise<void> {
  const runs = await work.load(shadowRunTable, {}, { orderBy: 'createdAt', descending: true, lock: false });
  const ids = runs.slice(kept - 1).flatMap((r) => (r.state === 'RUNNING' ? [] : [r.id]));
  for (const [table, field] of [
    [shadowResultTable, 'runId'],
    [shadowRunTable, 'id'],
  ] as const) {
    const code = tableCode(table, work.sql);
    for (const id of ids)
      await work.sql.execute(`DELETE FROM ${code.table} WHERE ${code.name(field)} = ?`, [id]);
  }
}

async function lastMessages(
  { kit, meta }: Call,
  channels: readonly string[],
  last: number,
): Promise<string[]> {
  const ids: string[] = [];
  if (channels.length === 0) return ids;
  for (let page = 1; ids.length < last; page++) {
    try {
      const { items } = await listMessages(kit, meta.caller.orgId, {
        filter: { channel: channels.join(',') },
        page,
        pageSize: 200,
      });
      ids.push(...items.map((m) => m.id));
      if (items.length < 200) break;
    } catch (error) {
      if (!isFault(error) || error.code !== 'message.search.wide') throw error;
      break; // as far back as a search looks
    }
  }
  return ids.slice(0, last);
}

async function compare(
  hub: WorkshopHub,
  { id, message: messageId }: Params<typeof shadowRunActions.compare>,
  call: Call,
): Promise<Result<typeof shadowRunActions.compare>> {
  const run = await one(call, id);
  const [message] = await call.kit.find(messageTable, call.meta.caller, { id: messageId });
  if (!message || !run.messages.includes(messageId))
    throw new Fault('kernel.record.missing', { record: 'message', id: messageId });
  const [body] = await call.kit.find(messageBodyTable, 'system', { id: messageId });
  if (!body) throw new Fault('message.body.pruned');
  const sides = await sidesOf(hub, run);
  if (!sides) throw invalidText([]);
  await call.kit.work(call.meta, async (work) => work.audit(messageTable, message, 'view', null, null));
  const { before, after, differences } = compareSides(sides, message, body.raw);
  return { before, after, differences };
}
