import type { Params, Result } from '../../contracts/kernel/action.ts';
import { Fault } from '../../contracts/kernel/fault.ts';
import type { Row } from '../../contracts/kernel/record.ts';
import type { userActions } from '../../contracts/user/user.actions.ts';
import { userRecord, userSecretTable } from '../../contracts/user/user.record.ts';
import { groupOrg } from '../kit/caller.ts';
import { iso } from '../kit/ids.ts';
import type { Kit } from '../kit/kit.ts';
import type { Call } from '../kit/service.ts';
import { pick } from './access.ts';
import { holdSecret, lockedMinutes, none, strike, type UnknownNames, writeStrikes } from './lockout.ts';
import { nobodysHash, verifyPassword } from './password.ts';
import { digestOf, issue, lifetime } from './session.store.ts';
import type { Sessions } from './sessions.ts';
import { type Client, clientOf, doorMeta, note } from './trail.ts';

type User = Row<typeof userRecord>;

/** User names are compared without regard to case and width. */
export const plainName = (text: string): string => text.normalize('NFKC').trim().toLowerCase();

/**
 * Signs in. Unknown user, wrong password and disabled user look and cost the same. Guesses are counted one by one under the
 * row's lock, so that many at once win nothing.
 */
export async function login(
  { username, password, org }: Params<typeof userActions.login>,
  call: Call,
  { sessions, unknown }: { readonly sessions: Sessions; readonly unknown: UnknownNames },
): Promise<Result<typeof userActions.login>> {
  const { kit } = call;
  const client = clientOf(call);
  const name = plainName(username);
  const user = await userNamed(kit, name);
  const [secret] = user ? await kit.find(userSecretTable, 'system', { id: user.id }) : [];
  const locked = secret ? lockedMinutes(secret, kit.clock()) : unknown.lockedMinutes(name, kit.clock());
  if (locked > 0) {
    await refusal(call, user, name, { ...client, reason: 'locked' });
    throw new Fault('user.login.locked', { minutes: locked });
  }
  const right = await verifyPassword(password, secret?.hash ?? nobodysHash);
  if (!user || !right || user.disabled) {
    if (!user) unknown.strike(name, kit.clock());
    const reason = !user ? 'unknown' : right ? 'disabled' : 'password';
    await refusal(call, user, name, { ...client, reason });
    throw new Fault('user.login.failed');
  }
  return open(call, user, org, client, sessions);
}

async function userNamed(kit: Kit, name: string): Promise<User | undefined> {
  const [user] = await kit.find(userRecord, 'system', { username: name, voidedAt: null });
  return user?.username === name ? user : undefined;
}

/** Counts and records a refusal. A name nobody has is kept sealed: people type passwords there. */
async function refusal(
  call: Call,
  user: User | undefined,
  name: string,
  facts: Client & { readonly reason: string },
): Promise<void> {
  const { kit } = call;
  await kit.work(doorMeta(call, undefined, user?.homeOrgId), async (work) => {
    if (!user)
      return note(work, { id: 'unknown', orgId: groupOrg }, 'loginFailed', {
        ...facts,
        username: kit.vault.seal(name),
      });
    const secret = (await holdSecret(work, user.id)) ?? none;
    const after = facts.reason === 'password' ? strike(secret, kit.clock()) : secret;
    if (after !== secret) await writeStrikes(work, user.id, after);
    note(work, { id: user.id, orgId: user.homeOrgId }, 'loginFailed', {
      ...facts,
      failures: after.failures,
      lockedUntil: after.lockedUntil,
    });
  });
}

async function open(
  call: Call,
  user: User,
  wanted: string | undefined,
  client: Client,
  sessions: Sessions,
): Promise<Result<typeof userActions.login>> {
  const { kit } = call;
  const { orgs } = await sessions.signIn(user.id);
  const org = wanted ? pick(orgs, wanted) : (orgs.find((o) => o.id === user.homeOrgId) ?? orgs[0]);
  if (!org) {
    await kit.work(doorMeta(call, user, user.homeOrgId), async (work) =>
      note(work, { id: user.id, orgId: user.homeOrgId }, 'orgRefused', { ...client, org: wanted ?? '' }),
    );
    throw new Fault('user.org.refused');
  }
  const opened = await kit.work(doorMeta(call, user, org.id), async (work) => {
    const now = kit.clock();
    const secret = (await holdSecret(work, user.id)) ?? none;
    const locked = lockedMinutes(secret, now);
    if (locked > 0) return { locked };
    if (secret.failures > 0 || secret.lockedUntil) await writeStrikes(work, user.id, none);
    note(work, { id: user.id, orgId: org.id }, 'login', { ...client, org: org.code });
    const expiresAt = iso(now + lifetime.absoluteMs);
    return { token: issue(work, { userId: user.id, orgId: org.id, expiresAt, ...client }) };
  });
  if (!opened.token) throw new Fault('user.login.locked', { minutes: opened.locked ?? 0 });
  return { token: opened.token, session: await sessions.resolve(digestOf(opened.token)) };
}
