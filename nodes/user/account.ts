import type { Result } from '../../contracts/kernel/action.ts';
import { Fault } from '../../contracts/kernel/fault.ts';
import { accountActions } from '../../contracts/user/account.actions.ts';
import { sessionTable, userRecord } from '../../contracts/user/user.record.ts';
import type { Kit } from '../kit/kit.ts';
import { type Call, type Handler, handle } from '../kit/service.ts';
import { acceptCode, newFactor } from './factor.ts';
import { lockedMinutes } from './lockout.ts';
import { refusal, type User } from './login.ts';
import { hashPassword, verifyPassword } from './password.ts';
import { type Policy, policyOf } from './policy.ts';
import {
  demandPassword,
  holdSecret,
  recoveryCodes,
  type Secret,
  secretOf,
  withNewHash,
  writeSecret,
} from './secret.ts';
import { endAll, openSessions, revoke } from './session.store.ts';
import type { Sessions } from './sessions.ts';
import { sessionIdOf } from './switch-org.ts';
import { clientOf, note } from './trail.ts';

interface Own {
  readonly user: User;
  readonly secret: Secret;
  readonly policy: Policy;
  readonly sessionId: string;
}

async function own(call: Call): Promise<Own> {
  const { kit, meta } = call;
  const sessionId = sessionIdOf(call);
  const [[user], secret, policy] = await Promise.all([
    kit.find(userRecord, 'system', { id: meta.caller.userId }),
    secretOf(kit, meta.caller.userId),
    policyOf(kit),
  ]);
  if (!user || !secret) throw new Fault('user.session.missing');
  return { user, secret, policy, sessionId };
}

/** The person types the password again before what a found tablet must not do. */
async function demandOwnPassword(call: Call, { user, secret }: Own, password: string): Promise<void> {
  const minutes = lockedMinutes(secret, call.kit.clock());
  if (minutes > 0) throw new Fault('user.login.locked', { minutes });
  if (await verifyPassword(password, secret.hash)) return;
  await refusal(call, user, user.username, { ...clientOf(call), reason: 'password' });
  throw new Fault('user.login.failed');
}

export async function sessionsOf(kit: Kit, userId: string, current = '') {
  const policy = await policyOf(kit);
  const rows = await openSessions(kit, userId, policy.idleMinutes);
  return rows.map(({ id, orgId, createdAt, seenAt, expiresAt, address, agent }) => ({
    id,
    current: id === current,
    orgId,
    createdAt,
    seenAt,
    expiresAt,
    address,
    agent,
  }));
}

export const accountHandlers = (sessions: Sessions): Handler[] => [
  handle(accountActions.account, async (_, call) => {
    const { secret, sessionId } = await own(call);
    const { roles } = await sessions.resolve(sessionId);
    return {
      secondFactor: secret.totp !== null,
      secondFactorRequired: (await policyOf(call.kit)).secondFactorRoles.some((r) => roles.includes(r)),
      recoveryCodes: secret.recovery?.length ?? 0,
      passwordChangedAt: secret.changedAt,
      sessions: await sessionsOf(call.kit, call.meta.caller.userId, sessionId),
    };
  }),
  handle(accountActions.changePassword, async ({ password, newPassword }, call) => {
    const me = await own(call);
    await demandOwnPassword(call, me, password);
    await demandPassword(newPassword, { username: me.user.username, ...me });
    const hash = await hashPassword(newPassword);
    const ended = await call.kit.work(call.meta, async (work) => {
      const secret = await holdSecret(work, me.user.id);
      await writeSecret(work, me.user.id, withNewHash(secret ?? me.secret, hash, me.policy, work.now));
      note(work, { id: me.user.id, orgId: call.meta.caller.orgId }, 'passwordChanged', clientOf(call));
      return endAll(work, me.user.id, me.sessionId);
    });
    for (const id of ended) sessions.ended(id);
    return { done: true };
  }),
  handle(accountActions.beginFactor, async ({ password }, call) => {
    const me = await own(call);
    await demandOwnPassword(call, me, password);
    const made = newFactor(me.user.username);
    await call.kit.work(call.meta, (work) =>
      writeSecret(work, me.user.id, { pendingTotp: call.kit.vault.seal(made.secret) }),
    );
    return made;
  }),
  handle(accountActions.confirmFactor, ({ code }, call) => confirmFactor(code, call, sessions)),
  handle(accountActions.dropFactor, async ({ password, code }, call) => {
    const me = await own(call);
    if (!me.secret.totp) throw new Fault('user.factor.missing');
    const { roles } = await sessions.resolve(me.sessionId);
    if (me.policy.secondFactorRoles.some((r) => roles.includes(r))) throw new Fault('user.factor.needed');
    await demandOwnPassword(call, me, password);
    const { secret } = me;
    if (!acceptCode(me.secret.totp, code, { secret, now: call.kit.clock(), vault: call.kit.vault })) {
      await refusal(call, me.user, me.user.username, { ...clientOf(call), reason: 'factor' });
      throw new Fault('user.factor.wrong');
    }
    await call.kit.work(call.meta, async (work) => {
      await writeSecret(work, me.user.id, { totp: null, pendingTotp: null, totpStep: null, recovery: [] });
      note(work, { id: me.user.id, orgId: call.meta.caller.orgId }, 'factorRemoved', clientOf(call));
    });
    return { done: true };
  }),
  handle(accountActions.endSession, async ({ session }, call) => {
    const { user } = await own(call);
    const [row] = await call.kit.find(sessionTable, 'system', { id: session, userId: user.id });
    if (!row) throw new Fault('user.session.missing');
    const done = await call.kit.work(call.meta, async (work) => {
      const mine = await revoke(work, session);
      if (mine) note(work, { id: user.id, orgId: row.orgId }, 'sessionEnded', clientOf(call));
      return mine;
    });
    sessions.ended(session);
    return { done };
  }),
];

async function confirmFactor(
  code: string,
  call: Call,
  sessions: Sessions,
): Promise<Result<typeof accountActions.confirmFactor>> {
  const me = await own(call);
  const { codes, digests } = recoveryCodes();
  const { kit } = call;
  await kit.work(call.meta, async (work) => {
    const secret = await holdSecret(work, me.user.id);
    if (!secret?.pendingTotp) throw new Fault('user.factor.missing');
    const fresh = { ...secret, totpStep: null, recovery: [] };
    const accepted = acceptCode(secret.pendingTotp, code, {
      secret: fresh,
      now: kit.clock(),
      vault: kit.vault,
    });
    if (!accepted || !('totpStep' in accepted)) throw new Fault('user.factor.wrong');
    await writeSecret(work, me.user.id, {
      totp: secret.pendingTotp,
      pendingTotp: null,
      totpStep: accepted.totpStep,
      recovery: digests,
    });
    note(work, { id: me.user.id, orgId: call.meta.caller.orgId }, 'factorSet', clientOf(call));
  });
  sessions.changed(me.sessionId);
  return { recoveryCodes: codes };
}
