import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { userActions } from '../../contracts/user/user.actions.ts';
import {
  assignmentTable,
  sessionTable,
  userRecord,
  userSecretTable,
} from '../../contracts/user/user.record.ts';
import { seedMeta } from '../kit/seed.ts';
import { strike } from './lockout.ts';
import { writeSecret } from './secret.ts';
import { digestOf } from './session.store.ts';
import { userMesh, withSession } from './testing.ts';

let mesh: Awaited<ReturnType<typeof userMesh>>;
beforeAll(async () => {
  mesh = await userMesh();
  await mesh.seed();
});
afterAll(() => mesh.close());

const rule = { lockFailures: 5, lockMinutes: 15 };
const failed = { code: 'user.login.failed', kind: 'denied' };
const wrong = { password: 'Wrong#Password1' };

async function disable(username: string, disabled: boolean): Promise<void> {
  const [row] = await mesh.kit.find(userRecord, 'system', { username });
  await mesh.kit.work(seedMeta(mesh.kit), async (work) => work.update(userRecord, row!, { disabled }));
}

describe('[ARC-09] signing in', () => {
  test('gives a token, the session of the home organisation, and keeps only the token’s digest', async () => {
    const { token, session } = await mesh.login('planner');
    expect(session).toMatchObject({
      userId: 'user-demo-planner',
      org: { id: 'org-hy', code: 'HY' },
      roles: ['planner'],
      permissions: ['planner.read'],
      expiresAt: '2026-03-02T13:00:00.000Z',
    });
    expect(session.orgs.map((o) => o.code)).toEqual(['HY', 'IMC', 'MH']);
    expect(Buffer.from(token, 'base64url')).toHaveLength(32);
    const rows = await mesh.kit.find(sessionTable, 'system', { userId: 'user-demo-planner' });
    expect(rows).toMatchObject([{ id: digestOf(token), address: '10.0.0.7', revokedAt: null }]);
    expect(JSON.stringify(rows)).not.toContain(token);
  });

  test('takes the user name in any case and width', async () => {
    expect((await mesh.login(' Ｐlanner ')).session.username).toBe('planner');
  });

  test('wrong password, unknown name and disabled user look the same', async () => {
    await disable('keeper', true);
    const answers = await Promise.all(
      [mesh.login('keeper'), mesh.login('operator', wrong), mesh.login('nobody-here')].map((p) =>
        p.then(
          () => 'in',
          (e: { toJSON(): unknown }) => JSON.stringify(e.toJSON()),
        ),
      ),
    );
    expect(new Set(answers).size).toBe(1);
    await expect(mesh.login('keeper')).rejects.toMatchObject(failed);
    await disable('keeper', false);
    await mesh.login('keeper');
  });

  test('a disabled user’s session is refused', async () => {
    const { token } = await mesh.login('keeper');
    await disable('keeper', true);
    await expect(mesh.resolve(token)).rejects.toMatchObject({ code: 'user.session.expired' });
    await disable('keeper', false);
  });

  test('lists of users carry no secret', async () => {
    const { items } = await mesh.call(userActions.list, {});
    expect(items).toHaveLength(10);
    expect(JSON.stringify(items)).not.toMatch(/scrypt|hash|failures/i);
  });
});

describe('[ARC-09] lockout', () => {
  const fail = (username: string, times: number) =>
    Promise.allSettled(Array.from({ length: times }, () => mesh.login(username, wrong)));

  test('five failures in a row lock for 15 minutes, for the right password too', async () => {
    for (let i = 0; i < rule.lockFailures; i++)
      await expect(mesh.login('qa', wrong)).rejects.toMatchObject(failed);
    await expect(mesh.login('qa')).rejects.toMatchObject({
      code: 'user.login.locked',
      data: { minutes: 15 },
    });
    mesh.clock.advance(14 * 60_000 + 1);
    await expect(mesh.login('qa')).rejects.toMatchObject({ data: { minutes: 1 } });
    mesh.clock.advance(60_000);
    await expect(mesh.login('qa', wrong)).rejects.toMatchObject(failed);
    await mesh.login('qa');
  });

  test('a success begins the count anew', async () => {
    await fail('reviewer', 4);
    await mesh.login('reviewer');
    await fail('reviewer', 4);
    await mesh.login('reviewer');
  });

  test('guesses made at once are counted one by one, on every node', async () => {
    const guess = (node: { call: typeof mesh.call }) =>
      node.call(userActions.login, { username: 'auditor', ...wrong });
    await Promise.allSettled([mesh, mesh.node2, mesh, mesh.node2, mesh, mesh.node2, mesh].map(guess));
    const [secret] = await mesh.kit.find(userSecretTable, 'system', { id: 'user-demo-auditor' });
    expect(secret!.failures).toBe(rule.lockFailures);
    await expect(mesh.login('auditor')).rejects.toMatchObject({ code: 'user.login.locked' });
  });

  test('a lock that falls while a right password is being checked holds', async () => {
    const others = Array.from({ length: 4 }, (_, i) => mesh.login(`queued-before-${i}`));
    const going = Promise.allSettled([...others, mesh.login('operator')]);
    await mesh.kit.work(seedMeta(mesh.kit), async (work) =>
      writeSecret(work, 'user-demo-operator', {
        ...strike({ failures: 4, lockedUntil: null }, mesh.clock.now, rule),
      }),
    );
    expect((await going).at(-1)).toMatchObject({ reason: { code: 'user.login.locked' } });
  });

  test('a name nobody has locks like a real one', async () => {
    await fail('ghost', 5);
    await expect(mesh.login('ghost')).rejects.toMatchObject({
      code: 'user.login.locked',
      data: { minutes: 15 },
    });
  });
});

test('[EVA-05] where the gateway tells no address, the caller’s station stands for it', async () => {
  const as = { userId: 'anonymous', orgId: '', permissions: [], station: '10.1.1.1' };
  await mesh.call(userActions.login, { username: 'planner', password: 'Cytomesh#Demo1' }, { as });
  const row = (await mesh.audits('user.login')).at(-1)!;
  expect(row.station).toBe('10.1.1.1');
  expect(JSON.parse(row.after!)).toMatchObject({ address: '10.1.1.1' });
});

describe('[EVA-05] the trail of sign-ins', () => {
  const facts = (row: { after: string | null }) => JSON.parse(row.after!) as Record<string, unknown>;

  test('success, failure, switch and sign-out stand in the audit with address and without the password', async () => {
    const before = (await mesh.audits()).length;
    await expect(mesh.login('engineer', wrong)).rejects.toMatchObject(failed);
    const { token, session } = await mesh.login('engineer');
    const switched = await mesh.call(userActions.switchOrg, { org: 'MH' }, withSession(token, session));
    await mesh.call(userActions.logout, {}, withSession(switched.token, switched.session));
    const rows = (await mesh.audits()).slice(before);
    expect(rows.map((r) => [r.action, r.actor, r.orgId, r.recordId])).toEqual([
      ['user.loginFailed', 'anonymous', 'org-hy', 'user-demo-engineer'],
      ['user.login', 'user-demo-engineer', 'org-hy', 'user-demo-engineer'],
      ['user.switchOrg', 'user-demo-engineer', 'org-mh', 'user-demo-engineer'],
      ['user.logout', 'user-demo-engineer', 'org-mh', 'user-demo-engineer'],
    ]);
    expect(facts(rows[0]!)).toMatchObject({ reason: 'password', failures: 1, address: '10.0.0.7' });
    expect(facts(rows[2]!)).toMatchObject({ from: 'HY', to: 'MH' });
    const text = JSON.stringify(rows);
    for (const secret of [wrong.password, 'Cytomesh#Demo1', token, switched.token])
      expect(text).not.toContain(secret);
  });

  test('an unknown name, which may be a password typed in the wrong field, is kept sealed', async () => {
    await expect(mesh.login('Cytomesh#Demo1x')).rejects.toMatchObject(failed);
    const row = (await mesh.audits('user.loginFailed')).at(-1)!;
    expect(row).toMatchObject({ actor: 'anonymous', recordId: 'unknown', orgId: 'group' });
    expect(mesh.kit.vault.open(facts(row).username as string)).toBe('cytomesh#demo1x');
  });
});

describe('[ARC-01] organisation of a sign-in', () => {
  test('is the one asked for by code or id, and only one the user belongs to', async () => {
    expect((await mesh.login('planner', { org: 'imc' })).session.org.id).toBe('org-imc');
    expect((await mesh.login('planner', { org: 'org-mh' })).session.org.id).toBe('org-mh');
    for (const org of ['FH', 'HYG', 'HY-QC', 'no-such-org'])
      await expect(mesh.login('planner', { org })).rejects.toMatchObject({ code: 'user.org.refused' });
    expect((await mesh.audits('user.orgRefused')).length).toBe(4);
  });

  test('is the first one they have where the home organisation gave them nothing', async () => {
    await mesh.kit.work(seedMeta(mesh.kit), async (work) => {
      work.insert(userRecord, {
        id: 'user-guest',
        username: 'guest',
        name: '',
        homeOrgId: 'org-fh',
        disabled: false,
      });
      const [secret] = await work.load(userSecretTable, { id: 'user-demo-planner' }, { scope: 'system' });
      work.add(userSecretTable, { ...secret!, id: 'user-guest' });
    });
    await expect(mesh.login('guest')).rejects.toMatchObject({ code: 'user.org.refused' });
    await mesh.kit.work(seedMeta(mesh.kit), async (work) => {
      for (const orgId of ['org-mh', 'org-imc', 'dept-hy-qc'])
        work.add(assignmentTable, { id: `a-${orgId}`, userId: 'user-guest', orgId, roleId: 'role-qc' });
    });
    const { session } = await mesh.login('guest');
    expect([session.org.code, session.orgs.map((o) => o.code)]).toEqual(['IMC', ['IMC', 'MH']]);
  });
});
