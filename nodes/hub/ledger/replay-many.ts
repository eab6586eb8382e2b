import type { Params, Result } from '../../../contracts/kernel/action.ts';
import { Fault, isFault } from '../../../contracts/kernel/fault.ts';
import { replayTable } from '../../../contracts/message/delivery.record.ts';
import type { messageActions } from '../../../contracts/message/message.actions.ts';
import { messageBodyTable, messageTable } from '../../../contracts/message/message.record.ts';
import { systemCaller } from '../../kit/caller.ts';
import { tableCode } from '../../kit/db/rows.ts';
import type { Call } from '../../kit/service.ts';
import type { Work } from '../../kit/work.ts';
import { Afterwards } from './afterwards.ts';
import type { HubForMessages } from './hub-for-messages.ts';
import { replayOne } from './replay.ts';
import { measure, nextOf, type Replay, type Selection } from './replay-select.ts';

/**
 * Counts what a selection has, and unless this is a dry run begins to replay it. Selected is what was handled at this moment:
 * DONE, FILTERED and PARKED ones, or those of the state given. The rest is the runner's.
 */
export async function replayMany(
  hub: HubForMessages,
  { selection, reason, dryRun }: Params<typeof messageActions.replayMany>,
  call: Call,
): Promise<Result<typeof messageActions.replayMany>> {
  const { kit, meta } = call;
  const { orgId } = meta.caller;
  const createdAt = new Date(kit.clock()).toISOString();
  const { total, first, last } = await measure(kit.databases.main.read, orgId, selection, createdAt);
  if (dryRun) return { total, replay: null };
  const chosen: Selection = { ...selection, first, last };
  const replay: Replay = {
    id: kit.id(),
    orgId,
    createdAt,
    createdBy: meta.caller.userId,
    reason,
    selection: chosen,
    state: total === 0 ? 'DONE' : 'RUNNING',
    total,
    done: 0,
    cursor: Math.max(0, first - 1),
  };
  const result = await call.write(async (work) => {
    work.add(replayTable, replay);
    work.audit(replayTable, replay, 'start', null, JSON.stringify({ total, ...chosen }), reason);
    return { total, replay };
  });
  hub.replays.wake();
  return result;
}

export async function replayStatus(call: Call, id: string): Promise<Replay> {
  const [row] = await call.kit.find(replayTable, call.meta.caller, { id });
  if (!row) throw new Fault('kernel.record.missing', { record: 'replay', id });
  return row;
}

/** Takes effect before the next step; what was replayed stays. */
export async function stopReplay(hub: HubForMessages, id: string, call: Call): Promise<Replay> {
  const stopped = await call.write(async (work) => {
    const row = await work.loadOne(replayTable, id);
    if (row.state !== 'RUNNING') throw new Fault('message.state.refused', { state: row.state });
    await change(work, row, { state: 'STOPPED' });
    work.audit(
      replayTable,
      row,
      'stop',
      JSON.stringify({ done: row.done }),
      JSON.stringify({ state: 'STOPPED' }),
    );
    return { ...row, state: 'STOPPED' as const };
  });
  tell(hub, stopped);
  return stopped;
}

async function change(
  work: Work,
  row: Replay,
  changes: Partial<Pick<Replay, 'state' | 'done' | 'cursor'>>,
): Promise<void> {
  const code = tableCode(replayTable, work.sql);
  const fields = Object.keys(changes) as (keyof typeof changes)[];
  await work.sql.execute(
    `UPDATE ${code.table} SET ${fields.map((f) => `${code.name(f)} = ?`).join(', ')} WHERE ${code.name('id')} = ?`,
    [...fields.map((f) => changes[f]), row.id],
  );
}

const tell = ({ kit }: HubForMessages, { orgId, id, state, total, done }: Replay): void =>
  kit.broadcast('live', { topic: 'message', orgId, name: 'replay', key: id, data: { state, total, done } });

interface Pace {
  /** Messages in one transaction. */
  readonly step: number;
  /** Between two steps, so that live traffic keeps its way. */
  readonly pauseMs: number;
  /** How soon a node takes over the replays of one that died. */
  readonly pollMs: number;
}

const lease = 'message-replays';
const leaseMs = 15_000;

/** Works through bulk replays, one step at a time on one node of the cluster. */
export class ReplayRunner {
  private readonly hub: HubForMessages;
  private readonly pace: Pace;
  private running: Promise<void> | undefined;
  private timer: NodeJS.Timeout | undefined;
  private stopped = true;

  constructor(hub: HubForMessages, pace: Partial<Pace> = {}) {
    this.hub = hub;
    this.pace = { step: 50, pauseMs: 250, pollMs: 10_000, ...pace };
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

  /** A replay was begun. */
  wake(): void {
    if (this.stopped || this.running) return;
    clearTimeout(this.timer);
    this.running = this.step()
      .catch((error: unknown) => {
        this.hub.kit.log.warn('bulk replays will go on after a pause', {
          faultCode: (error as { code?: string }).code,
        });
        return false;
      })
      .then((more) => {
        this.running = undefined;
        if (this.stopped) return;
        this.timer = setTimeout(() => this.wake(), more ? this.pace.pauseMs : this.pace.pollMs);
      });
  }

  /** One step of the oldest replay under way. False where there is nothing to do here. */
  async step(): Promise<boolean> {
    const { kit } = this.hub;
    const [next] = await kit.find(
      replayTable,
      'system',
      { state: 'RUNNING' },
      { orderBy: 'createdAt', limit: 1 },
    );
    if (!next || !(await kit.leases.take(lease, leaseMs))) return false;
    const after = new Afterwards();
    const meta = { caller: systemCaller('replay', next.orgId), requestId: next.id };
    const now = await kit.work(meta, async (work) => {
      after.clear();
      const [row] = await work.load(replayTable, { id: next.id, state: 'RUNNING' });
      return row && this.advance(work, row, after);
    });
    if (now) {
      after.tell(this.hub);
      tell(this.hub, now);
    }
    return true;
  }

  /** Copies and cursor in one transaction: a process that dies leaves neither or both. */
  private async advance(work: Work, row: Replay, after: Afterwards): Promise<Replay> {
    const { seqs, cursor, end } = await nextOf(work.sql, row, this.pace.step);
    const messages = seqs.length ? await work.load(messageTable, { seq: seqs }, { orderBy: 'seq' }) : [];
    const ids = messages.map((m) => m.id);
    const kept = new Set(
      ids.length
        ? (await work.load(messageBodyTable, { id: ids }, { scope: 'system' })).map((b) => b.id)
        : [],
    );
    let { done } = row;
    for (const message of messages) {
      if (!kept.has(message.id)) continue; // pruned meanwhile
      try {
        await replayOne(this.hub, work, message, row.reason, after);
        done++;
      } catch (error) {
        if (!isFault(error) || error.kind !== 'rejected') throw error;
      }
    }
    const changes = { cursor, done, state: end ? ('DONE' as const) : row.state };
    await change(work, row, changes);
    return { ...row, ...changes };
  }
}
