import { channelRecord } from '../../../contracts/channel/channel.record.ts';
import {
  type definitionKinds,
  draftRecord,
  publicationPolicyRecord,
  publicationRecord,
} from '../../../contracts/channel/definition.record.ts';
import { Fault } from '../../../contracts/kernel/fault.ts';
import type { Row } from '../../../contracts/kernel/record.ts';
import type { Call } from '../../kit/service.ts';
import type { Work } from '../../kit/work.ts';
import { addChannel, type ChannelRow, keepVersion, namesOf, type Read } from '../supervise/definitions.ts';
import { passGate } from './gate.ts';
import type { Extra } from './trial.ts';
import type { WorkshopHub } from './workshop-hub.ts';

export type Publication = Row<typeof publicationRecord>;
export type Kind = (typeof definitionKinds)[number];

/** A text on its way into force. */
export interface Change {
  readonly read: Read;
  readonly text: string;
  /** Version it was written for; undefined: whatever is in force. */
  readonly baseVersion: number | undefined;
}

/** Version in force: 0 where there is none, or the shipped mapping is. */
export const versionOf = (row: ChannelRow | undefined): number =>
  row && (row.kind !== 'mapping' || row.enabled) ? row.published : 0;

export async function needsSecondPerson({ kit, meta }: Call): Promise<boolean> {
  const [policy] = await kit.find(publicationPolicyRecord, meta.caller, {});
  return policy?.secondPerson ?? false;
}

/** Brings texts into force within the caller's transaction; their drafts are done with. */
export async function putInForce(
  work: Work,
  changes: readonly Change[],
  note: string,
  action = 'publish',
): Promise<ChannelRow[]> {
  const codes = changes.map((c) => c.read.code);
  const rows = await work.load(channelRecord, { code: codes });
  // Going back leaves what somebody is typing.
  const drafts = action === 'publish' ? await work.load(draftRecord, { code: codes, voidedAt: null }) : [];
  for (const draft of drafts) work.update(draftRecord, draft, { voidedAt: work.now });
  return changes.map(({ read, text, baseVersion }) => {
    const row = rows.find((r) => r.code === read.code);
    const current = versionOf(row);
    if (baseVersion !== undefined && baseVersion !== current)
      throw new Fault('kernel.record.stale', { current });
    if (!row) return addChannel(work, read, { text }, note);
    const changed = {
      text,
      published: row.published + 1,
      kind: read.kind,
      ...namesOf(read),
      ...(read.kind === 'mapping' ? { enabled: true } : {}),
    };
    const next = work.update(channelRecord, row, changed, action, note);
    keepVersion(work, next, note);
    return next;
  });
}

/** All nodes work by the new definitions; this one when it resolves. */
export async function announce(hub: WorkshopHub): Promise<void> {
  await hub.reload();
  hub.kit.broadcast('hub.changed', {});
}

/** Through the gate, and into force or before a second person. */
export async function submit(
  hub: WorkshopHub,
  call: Call,
  items: readonly { readonly text: string; readonly baseVersion: number }[],
  note: string,
  { also, extra }: { also?: (work: Work) => Promise<void>; extra?: Extra } = {},
): Promise<Publication> {
  const { reads } = await passGate(
    hub,
    call,
    items.map((i) => i.text),
    extra ? { extra } : {},
  );
  const second = await needsSecondPerson(call);
  const changes = items.map(({ text, baseVersion }, i) => ({ read: reads[i]!, text, baseVersion }));
  const made = await call.write(async (work) => {
    await also?.(work);
    const publication = work.insert(publicationRecord, {
      state: second ? 'PENDING' : 'PUBLISHED',
      code: reads[0]!.code,
      items: changes.map((c) => ({
        code: c.read.code,
        kind: c.read.kind,
        baseVersion: c.baseVersion,
        text: c.text,
      })),
      note,
      decidedAt: second ? null : work.now,
      decidedBy: second ? '' : call.meta.caller.userId,
      reason: '',
    });
    if (second) await refuseStale(work, changes);
    else await putInForce(work, changes, note);
    return publication;
  });
  if (!second) await announce(hub);
  return made;
}

async function refuseStale(work: Work, changes: readonly Change[]): Promise<void> {
  const rows = await work.load(channelRecord, { code: changes.map((c) => c.read.code) });
  for (const { read, baseVersion } of changes) {
    const current = versionOf(rows.find((r) => r.code === read.code));
    if (baseVersion !== undefined && baseVersion !== current)
      throw new Fault('kernel.record.stale', { current });
  }
}

/** A second person lets a publication into force: the gate again, by the samples and texts of now. */
export async function approve(
  hub: WorkshopHub,
  call: Call,
  id: string,
  reason: string,
): Promise<Publication> {
  const before = await pending(call, id);
  const { userId } = call.meta.caller;
  if (before.createdBy === userId) throw new Fault('channel.publication.own');
  const { reads } = await passGate(
    hub,
    call,
    before.items.map((i) => i.text),
  );
  const done = await call.write(async (work) => {
    const row = await loadPending(work, id);
    if (row.createdBy === userId) throw new Fault('channel.publication.own');
    const changes = row.items.map((item, i) => ({ ...item, read: reads[i]! }));
    await putInForce(work, changes, row.note);
    return decide(work, row, 'PUBLISHED', userId, reason);
  });
  await announce(hub);
  return done;
}

/** Rejected by another person, or withdrawn by the one who submitted it. */
export async function turnDown(
  call: Call,
  id: string,
  state: 'REJECTED' | 'WITHDRAWN',
  reason: string,
): Promise<Publication> {
  const { userId } = call.meta.caller;
  return call.write(async (work) => {
    const row = await loadPending(work, id);
    if (state === 'REJECTED' && row.createdBy === userId) throw new Fault('channel.publication.own');
    if (state === 'WITHDRAWN' && row.createdBy !== userId)
      throw new Fault('user.permission.missing', { permission: 'channel.publish' });
    return decide(work, row, state, userId, reason);
  });
}

async function pending({ kit, meta }: Call, id: string): Promise<Publication> {
  const [row] = await kit.find(publicationRecord, meta.caller, { id });
  if (!row) throw new Fault('kernel.record.missing', { record: 'publication', id });
  return refuseDecided(row);
}

async function loadPending(work: Work, id: string): Promise<Publication> {
  return refuseDecided(await work.loadOne(publicationRecord, id));
}

function refuseDecided(row: Publication): Publication {
  if (row.state !== 'PENDING') throw new Fault('channel.publication.decided', { state: row.state });
  return row;
}

const decide = (
  work: Work,
  row: Publication,
  state: Publication['state'],
  decidedBy: string,
  reason: string,
): Publication =>
  work.update(
    publicationRecord,
    row,
    { state, decidedAt: work.now, decidedBy, reason },
    { PUBLISHED: 'approve', REJECTED: 'reject', WITHDRAWN: 'withdraw', PENDING: '' }[state],
    reason,
  );
