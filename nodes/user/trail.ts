import type { SessionMeta } from '../../contracts/user/session.meta.ts';
import { userRecord } from '../../contracts/user/user.record.ts';
import type { CallMeta } from '../kit/caller.ts';
import { groupOrg } from '../kit/caller.ts';
import type { Call } from '../kit/service.ts';
import type { Work } from '../kit/work.ts';

export type Client = Required<Pick<SessionMeta, 'address' | 'agent'>>;

export function clientOf(call: Call): Client {
  const meta = call.meta as Partial<CallMeta> & SessionMeta;
  return { address: meta.address ?? meta.caller?.station ?? '', agent: meta.agent ?? '' };
}

/** The meta of a work done at the door, where nobody is signed in yet. */
export function doorMeta(call: Call, user?: { id: string; name: string }, orgId = groupOrg): CallMeta {
  const caller = { userId: user?.id ?? 'anonymous', name: user?.name ?? '', orgId, permissions: [] };
  const station = (call.meta as Partial<CallMeta>).caller?.station;
  return {
    caller: station === undefined ? caller : { ...caller, station },
    requestId: call.meta.requestId ?? call.kit.id(),
  };
}

/** Something that happened at the door, in the trail. Never carries a password or a token. */
export function note(
  work: Work,
  user: { id: string; orgId: string },
  event:
    | 'login'
    | 'loginFailed'
    | 'logout'
    | 'switchOrg'
    | 'orgRefused'
    | 'passwordChanged'
    | 'factorSet'
    | 'factorRemoved'
    | 'sessionEnded',
  facts: Readonly<Record<string, unknown>>,
): void {
  work.audit(userRecord, user, event, null, JSON.stringify(facts));
}
