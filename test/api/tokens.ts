import { ask } from './api.ts';
import type { SuiteTokens } from './contract.suite.ts';

interface Grant {
  readonly token: string;
  readonly session: { readonly permissions: readonly string[] };
}

/**
 * Tokens for the suite from people who share the rights among them: for each right somebody who has it in the home
 * organisation, somebody who has it in `otherOrg` (a code), and somebody who has not. Throws where nobody fits: most
 * people may read orders, so name one who may do nothing (`addBareUser`) too.
 */
export async function tokensOf(
  baseUrl: string,
  users: readonly string[],
  password: string,
  otherOrg: string,
): Promise<SuiteTokens> {
  const signIn = async (username: string, org?: string): Promise<Grant | undefined> => {
    const body = { username, password, ...(org ? { org } : {}) };
    const { status, json } = await ask(baseUrl, 'POST', '/auth/login', { body });
    return status === 200 ? (json as Grant) : undefined;
  };
  const grants = async (org?: string): Promise<Grant[]> => {
    const out: Grant[] = [];
    for (const user of users) {
      const grant = await signIn(user, org);
      if (grant) out.push(grant);
    }
    return out;
  };
  const home = await grants();
  const away = await grants(otherOrg);
  const pick = (from: readonly Grant[], right: string, wanted: boolean): string => {
    const found = from.find(({ session }) => has(session.permissions, right) === wanted);
    if (!found) throw new Error(`no user ${wanted ? 'with' : 'without'} the right ${right}`);
    return found.token;
  };
  return {
    full: (right) => pick(home, right, true),
    none: (right) => pick(home, right, false),
    other: (right) => pick(away, right, true),
  };
}

const has = (permissions: readonly string[], right: string): boolean =>
  !right.includes('.') || permissions.includes(right) || permissions.includes(`${right.split('.')[0]}.*`);
