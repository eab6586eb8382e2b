import { createHash, randomBytes } from 'node:crypto';
import { sessionTable } from '../../contracts/user/user.record.ts';
import { tableCode } from '../kit/db/rows.ts';
import { iso } from '../kit/ids.ts';
import type { Kit } from '../kit/kit.ts';
import type { Work } from '../kit/work.ts';

const minute = 60_000;
/** A session ends 12 h after sign-in, or after 60 min without a request. */
export const lifetime = { absoluteMs: 12 * 60 * minute, idleMs: 60 * minute, touchMs: minute };

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
