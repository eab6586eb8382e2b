import { Fault } from '../../contracts/kernel/fault.ts';
import type { OrgEntry } from '../../contracts/org/org.actions.ts';
import { sessionChanged, sessionEnded } from '../../contracts/user/session.meta.ts';
import type { Session } from '../../contracts/user/user.actions.ts';
import { assignmentTable, sessionTable, userRecord } from '../../contracts/user/user.record.ts';
import type { Kit } from '../kit/kit.ts';
import { reach, rightsIn } from './access.ts';
import type { Directory } from './directory.ts';
import { policyOf } from './policy.ts';
import { secretOf } from './secret.ts';
import { touch, touchMs } from './session.store.ts';

export const orgChoice = ({ id, code, name, nameEn }: OrgEntry) => ({ id, code, name, nameEn });

/**
 * Who a session belongs to and what it allows, read anew each time: the gateway keeps answers for two seconds, and a second
 * memory here would let a withdrawn right live longer. Those who ask at the same time share one answer.
 */
export class Sessions {
  private readonly kit: Kit;
  private readonly directory: Directory;
  private readonly asking = new Map<string, Promise<Session>>();

  constructor(kit: Kit, directory: Directory) {
    this.kit = kit;
    this.directory = directory;
  }

  /** Fails with `user.session.missing` for an id that never was, `user.session.expired` for one that is over. */
  resolve(id: string): Promise<Session> {
    const asked = this.asking.get(id);
    if (asked) return asked;
    const asking = this.load(id, true).finally(() => {
      if (this.asking.get(id) === asking) this.asking.delete(id);
    });
    this.asking.set(id, asking);
    return asking;
  }

  /** The same without putting off the end of an idle session: for a connection that only stays open. */
  peek(id: string): Promise<Session> {
    return this.load(id, false);
  }

  /** The session is over: gateways drop what they remember and end its streams. */
  ended(id: string): void {
    this.asking.delete(id);
    this.kit.broadcast(sessionEnded, { id });
  }

  /** What the session allows has changed: those who remember it ask again. */
  changed(id: string): void {
    this.asking.delete(id);
    this.kit.broadcast(sessionChanged, { id });
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

  private async load(id: string, active: boolean): Promise<Session> {
    const now = this.kit.clock();
    const [[row], policy] = await Promise.all([
      this.kit.find(sessionTable, 'system', { id }),
      policyOf(this.kit),
    ]);
    if (!row) throw new Fault('user.session.missing');
    const idle = now - Date.parse(row.seenAt);
    if (row.revokedAt || now >= Date.parse(row.expiresAt) || idle >= policy.idleMinutes * 60_000)
      throw new Fault('user.session.expired');
    const { user, assignments, tree, orgs } = await this.signIn(row.userId);
    const org = orgs.find((o) => o.id === row.orgId);
    if (!org) throw new Fault('user.session.expired');
    if (active && idle >= touchMs) await this.touch(id, now);
    const rights = rightsIn(assignments, org.id, tree);
    const asked = policy.secondFactorRoles.some((role) => rights.roles.includes(role));
    const pending = asked && !(await secretOf(this.kit, user.id))?.totp;
    return {
      userId: user.id,
      username: user.username,
      name: user.name,
      org: orgChoice(org),
      orgs: orgs.map(orgChoice),
      roles: rights.roles,
      permissions: pending ? [] : rights.permissions,
      expiresAt: row.expiresAt,
      pending: pending ? 'second-factor' : '',
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
