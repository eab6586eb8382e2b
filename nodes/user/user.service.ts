import { streamWatcher } from '../../contracts/user/session.meta.ts';
import { userActions } from '../../contracts/user/user.actions.ts';
import { userRecord } from '../../contracts/user/user.record.ts';
import { defineService, handle, readHandlers } from '../kit/service.ts';
import { accountHandlers } from './account.ts';
import { adminHandlers } from './admin.ts';
import { Directory } from './directory.ts';
import { UnknownNames } from './lockout.ts';
import { login } from './login.ts';
import { policyHandlers, seedPolicy } from './policy.ts';
import { digestOf, pruneSessions } from './session.store.ts';
import { Sessions } from './sessions.ts';
import { logout, sessionIdOf, switchOrg } from './switch-org.ts';
import { seedUsers } from './user.seed.ts';

/** People who sign in, their sessions and what these allow. */
export const userService = defineService('user', (kit) => {
  const directory = new Directory(kit);
  const sessions = new Sessions(kit, directory);
  const unknown = new UnknownNames();
  return {
    handlers: [
      ...readHandlers(userRecord, userActions),
      handle(userActions.login, (params, call) => login(params, call, { sessions, unknown })),
      handle(userActions.logout, (_, call) => logout(call, sessions)),
      handle(userActions.session, async (_, call) => sessions.resolve(sessionIdOf(call))),
      handle(userActions.switchOrg, (params, call) => switchOrg(params, call, sessions)),
      ...accountHandlers(sessions),
      ...adminHandlers(sessions, directory),
      ...policyHandlers,
      handle(userActions.resolve, ({ token }, { meta }) =>
        meta.caller.userId === streamWatcher
          ? sessions.peek(digestOf(token))
          : sessions.resolve(digestOf(token)),
      ),
    ],
    seed: async (kit, options) => {
      await seedPolicy(kit, options.demo);
      await seedUsers(kit, options);
    },
    started: async () => kit.scheduler.every('user.sessions', 3_600_000, () => pruneSessions(kit)),
  };
});
