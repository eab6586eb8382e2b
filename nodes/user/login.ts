import type { Params, Result } from '../../contracts/kernel/action.ts';
import { Fault } from '../../contracts/kernel/fault.ts';
import type { Row } from '../../contracts/kernel/record.ts';
import type { userActions } from '../../contracts/user/user.actions.ts';
import { userRecord } from '../../contracts/user/user.record.ts';
import { groupOrg } from '../kit/caller.ts';
import { iso } from '../kit/ids.ts';
import type { Kit } from '../kit/kit.ts';
import type { Call } from '../kit/service.ts';
import { pick } from './access.ts';
import { type Accepted, acceptCode } from './factor.ts';
import { lockedMinutes, none, strike, type UnknownNames } from './lockout.ts';
import { hashPassword, nobodysHash, verifyPassword } from './password.ts';
import { type Policy, policyOf } from './policy.ts';
import {
  demandPassword,
  holdSecret,
  passwordIsOver,
  type Secret,
  secretOf,
  withNewHash,
  writeSecret,
} from './secret.ts';
import { digestOf, endOldest, issue } from './session.store.ts';
import type { Sessions } from './sessions.ts';
import { type Client, clientOf, doorMeta, note } from './trail.ts';

export type User = Row<typeof userRecord>;
type Login = Params<typeof userActions.login>;

/** User names are compared without regard to case and width. */
export const plainName = (text: string): string => text.normalize('NFKC').trim().toLowerCase();

/**
 * Signs in: password, second factor where there is one, a new password where the old one has run out. Unknown user, wrong password
 * and disabled user look and cost the same. Guesses are counted one by one under the row's lock, so that many at once win nothing.
 */
export async function login(
  params: Login,
  call: Call,
  { sessions, unknown }: { readonly sessions: Sessions; readonly unknown: UnknownNames },
): Promise<Result<typeof userActions.login>> {
  const { kit } = call;
  const client = clientOf(call);
  const name = plainName(params.username);
  const [user, policy] = await Promise.all([userNamed(kit, name), policyOf(kit)]);
  const secret = user && (await secretOf(kit, user.id));
  const locked = secret ? lockedMinutes(secret, kit.clock()) : unknown.lockedMinutes(name, kit.clock());
  if (locked > 0) {
    await refusal(call, user, name, { ...client, reason: 'locked' });
    throw new Fault('user.login.locked', { minutes: locked });
  }
  const right = await verifyPassword(params.password, secret?.hash ?? nobodysHash);
  if (!user || !secret || !right || user.disabled) {
    if (!user) unknown.strike(name, kit.clock(), policy);
    const reason = !user ? 'unknown' : right ? 'disabled' : 'password';
    await refusal(call, user, name, { ...client, reason });
    throw new Fault('user.login.failed');
  }
  if (secret.totp && !params.code) throw new Fault('user.factor.required');
  if (secret.totp && !acceptCode(secret.totp, params.code!, { secret, now: kit.clock(), vault: kit.vault })) {
    await refusal(call, user, name, { ...client, reason: 'factor' });
    throw new Fault('user.factor.wrong');
  }
  const renewed = await renewal(params, { user, secret, policy, now: kit.clock() });
  return open(call, { user, policy, params, client, ...(renewed ? { hash: renewed } : {}) }, sessions);
}

export async function userNamed(kit: Kit, name: string): Promise<User | undefined> {
  const [user] = await kit.find(userRecord, 'system', { username: name, voidedAt: null });
  return user?.username === name ? user : undefined;
}

/** Hash of the new password where one is asked for; throws where it is missing or does not do. */
async function renewal(
  params: Login,
  { user, secret, policy, now }: { user: User; secret: Secret; policy: Policy; now: number },
): Promise<string | undefined> {
  if (!passwordIsOver(secret, policy, now)) return undefined;
  if (!params.newPassword) throw new Fault('user.password.expired');
  await demandPassword(params.newPassword, { username: user.username, secret, policy });
  return hashPassword(params.newPassword);
}

/** Counts and records a refusal. A name nobody has is kept sealed: people type passwords there. */
export async function refusal(
  call: Call,
  user: User | undefined,
  name: string,
  facts: Client & { readonly reason: string },
): Promise<void> {
  const { kit } = call;
  const policy = await policyOf(kit);
  await kit.work(doorMeta(call, undefined, user?.homeOrgId), async (work) => {
    if (!user)
      return note(work, { id: 'unknown', orgId: groupOrg }, 'loginFailed', {
        ...facts,
        username: kit.vault.seal(name),
      });
    const secret = (await holdSecret(work, user.id)) ?? none;
    const counted = facts.reason === 'password' || facts.reason === 'factor';
    const after = counted ? strike(secret, kit.clock(), policy) : secret;
    const { failures, lockedUntil } = after;
    if (after !== secret) await writeSecret(work, user.id, { failures, lockedUntil });
    note(work, { id: user.id, orgId: user.homeOrgId }, 'loginFailed', { ...facts, failures, lockedUntil });
  });
}

interface Entering {
  readonly user: User;
  readonly policy: Policy;
  readonly params: Login;
  readonly client: Client;
  /** Of a new password. */
  readonly hash?: string;
}

async function open(
  call: Call,
  { user, policy, params, client, hash }: Entering,
  sessions: Sessions,
): Promise<Result<typeof userActions.login>> {
  const { kit } = call;
  const { orgs } = await sessions.signIn(user.id);
  const wanted = params.org;
  const org = wanted ? pick(orgs, wanted) : (orgs.find((o) => o.id === user.homeOrgId) ?? orgs[0]);
  if (!org) {
    await kit.work(doorMeta(call, user, user.homeOrgId), async (work) =>
      note(work, { id: user.id, orgId: user.homeOrgId }, 'orgRefused', { ...client, org: wanted ?? '' }),
    );
    throw new Fault('user.org.refused');
  }
  const opened = await kit.work(doorMeta(call, user, org.id), async (work) => {
    const now = kit.clock();
    const secret = await holdSecret(work, user.id);
    if (!secret) throw new Fault('user.login.failed');
    const locked = lockedMinutes(secret, now);
    if (locked > 0) return { locked };
    const accepted: Accepted | undefined = secret.totp
      ? acceptCode(secret.totp, params.code ?? '', { secret, now, vault: kit.vault })
      : { recovery: secret.recovery ?? [] };
    if (!accepted) return { replayed: true }; // another sign-in used this very code
    await writeSecret(work, user.id, {
      failures: 0,
      lockedUntil: null,
      ...(secret.totp ? accepted : {}),
      ...(hash ? withNewHash(secret, hash, policy, work.now) : {}),
    });
    if (hash) note(work, { id: user.id, orgId: org.id }, 'passwordChanged', client);
    const ended = await endOldest(work, user.id, policy.maxSessions);
    note(work, { id: user.id, orgId: org.id }, 'login', { ...client, org: org.code });
    const expiresAt = iso(now + policy.sessionHours * 3_600_000);
    return { ended, token: issue(work, { userId: user.id, orgId: org.id, expiresAt, ...client }) };
  });
  if (opened.replayed) throw new Fault('user.factor.wrong');
  if (!opened.token) throw new Fault('user.login.locked', { minutes: opened.locked ?? 0 });
  for (const id of opened.ended ?? []) sessions.ended(id);
  return { token: opened.token, session: await sessions.resolve(digestOf(opened.token)) };
}
