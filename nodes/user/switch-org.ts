import type { Params, Result } from '../../contracts/kernel/action.ts';
import { Fault } from '../../contracts/kernel/fault.ts';
import type { SessionMeta } from '../../contracts/user/session.meta.ts';
import type { userActions } from '../../contracts/user/user.actions.ts';
import type { CallMeta } from '../kit/caller.ts';
import type { Call } from '../kit/service.ts';
import { pick } from './access.ts';
import { digestOf, issue, revoke } from './session.store.ts';
import type { Sessions } from './sessions.ts';
import { clientOf, doorMeta, note } from './trail.ts';

/** Id of the session the call came with. */
export function sessionIdOf(call: Call): string {
  const { sessionId } = call.meta as CallMeta & SessionMeta;
  if (!sessionId) throw new Fault('user.session.missing');
  return sessionId;
}

/** Re-issues the session for another organisation: a new token with the end of the old one, which is over at once. */
export async function switchOrg(
  { org: wanted }: Params<typeof userActions.switchOrg>,
  call: Call,
  sessions: Sessions,
): Promise<Result<typeof userActions.switchOrg>> {
  const { kit } = call;
  const id = sessionIdOf(call);
  const client = clientOf(call);
  const session = await sessions.resolve(id);
  const user = { id: session.userId, name: session.name };
  const { orgs } = await sessions.signIn(user.id);
  const org = pick(orgs, wanted);
  const token = await kit.work(doorMeta(call, user, org?.id ?? session.org.id), async (work) => {
    if (!org) {
      note(work, { id: user.id, orgId: session.org.id }, 'orgRefused', { ...client, org: wanted });
      return undefined;
    }
    if (!(await revoke(work, id))) throw new Fault('user.session.expired');
    note(work, { id: user.id, orgId: org.id }, 'switchOrg', {
      ...client,
      from: session.org.code,
      to: org.code,
    });
    return issue(work, { userId: user.id, orgId: org.id, expiresAt: session.expiresAt, ...client });
  });
  if (!token) throw new Fault('user.org.refused');
  sessions.ended(id);
  return { token, session: await sessions.resolve(digestOf(token)) };
}

/** Ends the session in use. `done` is false where it was over already. */
export async function logout(call: Call, sessions: Sessions): Promise<{ done: boolean }> {
  const id = sessionIdOf(call);
  const { caller } = call.meta;
  const done = await call.kit.work(call.meta, async (work) => {
    const mine = await revoke(work, id);
    if (mine) note(work, { id: caller.userId, orgId: caller.orgId }, 'logout', clientOf(call));
    return mine;
  });
  sessions.ended(id);
  return { done };
}
