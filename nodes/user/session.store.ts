import { createHash, randomBytes } from 'node:crypto';
import type { Row as RowOf } from '../../contracts/kernel/record.ts';
import { sessionTable } from '../../contracts/user/user.record.ts';
import { tableCode } from '../kit/db/rows.ts';
import { iso } from '../kit/ids.ts';
import type { Kit } from '../kit/kit.ts';
import type { Work } from '../kit/work.ts';

const minute = 60_000;
/** A request is noted at most once in this time. When sessions end is said by the policy. */
export const touchMs = minute;

/** The id under which a token's session is kept. The token itself is stored nowhere. */
export const digestOf = (token: string): string => createHash('sha256').update(token).digest('hex');

export interface NewSession {
  readonly userId: string;
  readonly orgId: string;
  /** ISO time; a switched session ends when the one before would have. */
  readonly expiresAt: string;
  readonly address: string;
  readonly agent: string;
}

/** Adds a session to the work; gives its token, to be told once. */
export function issue(work: Work, session: NewSession): string {
  const token = randomBytes(32).toString('base64url');
  work.add(sessionTable, {
    ...session,
    id: digestOf(token),
    createdAt: work.now,
    seenAt: work.now,
    revokedAt: null,
    address: session.address.slice(0, 64),
    agent: session.agent.slice(0, 191),
  });
  return token;
}

/** True where this work is the one that ended it. */
export async function revoke(work: Work, id: string): Promise<boolean> {
  const code = tableCode(sessionTable, work.sql);
  const at = code.name('revokedAt');
  const changed = await work.sql.execute(
    `UPDATE ${code.table} SET ${at} = ? WHERE ${code.name('id')} = ? AND ${at} IS NULL`,
    [work.now, id],
  );
  return changed === 1;
}

type Row = RowOf<typeof sessionTable>;

/** Sessions of a person that stand, oldest first. */
export async function openSessions(kit: Kit, userId: string, idleMinutes: number): Promise<Row[]> {
  const now = kit.clock();
  const rows = await kit.find(
    sessionTable,
    'system',
    { userId, revokedAt: null },
    { orderBy: 'createdAt', limit: 500 },
  );
  return rows.filter(
    (r) => Date.parse(r.expiresAt) > now && now - Date.parse(r.seenAt) < idleMinutes * minute,
  );
}

/** Ends all sessions of a person but one; gives their ids. */
export async function endAll(work: Work, userId: string, but = ''): Promise<string[]> {
  const rows = await work.load(sessionTable, { userId, revokedAt: null }, { scope: 'system' });
  const ended: string[] = [];
  for (const { id } of rows) if (id !== but && (await revoke(work, id))) ended.push(id);
  return ended;
}

/** Makes room for one more session where `most` may stand at a time (0: any number); gives the ids that ended. */
export async function endOldest(work: Work, userId: string, most: number): Promise<string[]> {
  if (most === 0) return [];
  const rows = await work.load(
    sessionTable,
    { userId, revokedAt: null },
    { scope: 'system', orderBy: 'createdAt' },
  );
  const standing = rows.filter((r) => r.expiresAt > work.now);
  const ended: string[] = [];
  for (const { id } of standing.slice(0, Math.max(0, standing.length - most + 1)))
    if (await revoke(work, id)) ended.push(id);
  return ended;
}

/** Notes a request, so that the idle time begins anew. */
export async function touch(kit: Kit, id: string, now: number): Promise<void> {
  await kit.databases.main.tx((sql) => {
    const code = tableCode(sessionTable, sql);
    const seen = code.name('seenAt');
    return sql.execute(`UPDATE ${code.table} SET ${seen} = ? WHERE ${code.name('id')} = ? AND ${seen} < ?`, [
      iso(now),
      id,
      iso(now),
    ]);
  });
}

/** Drops sessions that ended a week ago; the trail keeps who signed in. */
export async function pruneSessions(kit: Kit, olderThanMs = 7 * 24 * 60 * minute): Promise<void> {
  await kit.databases.main.tx((sql) => {
    const code = tableCode(sessionTable, sql);
    return sql.execute(`DELETE FROM ${code.table} WHERE ${code.name('expiresAt')} < ?`, [
      iso(kit.clock() - olderThanMs),
    ]);
  });
}
