import { Fault } from '../../contracts/kernel/fault.ts';
import type { OrgEntry } from '../../contracts/org/org.actions.ts';
import { sessionEnded } from '../../contracts/user/session.meta.ts';
import type { Session } from '../../contracts/user/user.actions.ts';
import { assignmentTable, sessionTable, userRecord } from '../../contracts/user/user.record.ts';
import type { Kit } from '../kit/kit.ts';
import { reach, rightsIn } from './access.ts';
import type { Directory } from './directory.ts';
import { lifetime, touch } from './session.store.ts';

const cacheMs = 1000;
const cacheSize = 10_000;

export const orgChoice = ({ id, code, name, nameEn }: OrgEntry) => ({ id, code, name, nameEn });

/** Who a session belongs to and what it allows. Asked for every request, so answers are kept for a second. */
export class Sessions {
  private readonly kit: Kit;
  private readonly directory: Directory;
  private readonly cache = new Map<string, { readonly until: number; readonly session: Promise<Session> }>();

  constructor(kit: Kit, directory: Directory) {
    this.kit = kit;
    this.directory = directory;
  }

  /** Fails with `user.session.missing` for an id that never was, `user.session.expired` for one that is over. */
  resolve(id: string): Promise<Session> {
    const now = this.kit.clock();
    const kept = this.cache.get(id);
    if (kept && kept.until > now) return kept.session;
    if (this.cache.size >= cacheSize) this.cache.clear();
    const asked = { until: now + cacheMs, session: this.load(id, now) };
    this.cache.set(id, asked);
    asked.session.catch(() => {
      if (this.cache.get(id) === asked) this.cache.delete(id);
    });
    return asked.session;
  }

  forget(id: string): void {
    this.cache.delete(id);
  }

  /** The session is over: no node answers from memory any more. */
  ended(id: string): void {
    this.forget(id);
    this.kit.broadcast(sessionEnded, { id });
  }

  /** The user's sign-in as it stands, with the organisations they may enter. */
  async signIn(userId: string) {
    const [[user], assignments, tree] = await Promise.all([
      this.kit.find(userRecord, 'system', { id: userId }),
      this.kit.find(assignmentTable, 'system', { userId }),
      this.directory.read(),
    ]);
    if (!user || user.disabled || user.voidedAt) throw new Fault('user.session.expired');
    return { user, assignments, tree, orgs: reach(assignments, tree) };
  }

  private async load(id: string, now: number): Promise<Session> {
    const [row] = await this.kit.find(sessionTable, 'system', { id });
    if (!row) throw new Fault('user.session.missing');
    const idle = now - Date.parse(row.seenAt);
    if (row.revokedAt || now >= Date.parse(row.expiresAt) || idle >= lifetime.idleMs)
      throw new Fault('user.session.expired');
    const { user, assignments, tree, orgs } = await this.signIn(row.userId);
    const org = orgs.find((o) => o.id === row.orgId);
    if (!org) throw new Fault('user.session.expired');
    if (idle >= lifetime.touchMs) await this.touch(id, now);
    return {
      userId: user.id,
      username: user.username,
      name: user.name,
      org: orgChoice(org),
      orgs: orgs.map(orgChoice),
      ...rightsIn(assignments, org.id, tree),
      expiresAt: row.expiresAt,
    };
  }

  /** A note that is lost comes with the next request. */
  private touch(id: string, now: number): Promise<void> {
    return touch(this.kit, id, now).catch((error: unknown) =>
      this.kit.log.warn('a session could not be noted as seen', {
        faultCode: (error as { code?: string }).code,
      }),
    );
  }
}
