import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { generateSync } from 'otplib';
import { accountActions } from '../../contracts/user/account.actions.ts';
import { type Session, userActions } from '../../contracts/user/user.actions.ts';
import { userAdminActions } from '../../contracts/user/user-admin.actions.ts';
import { seedMeta } from '../kit/seed.ts';
import { secretOf, writeSecret } from './secret.ts';
import { userMesh, withSession } from './testing.ts';
import { demoPassword } from './user.demo.ts';

let mesh: Awaited<ReturnType<typeof userMesh>>;
let serial = 0;
beforeAll(async () => {
  mesh = await userMesh();
  await mesh.seed();
});
afterAll(() => mesh.close());

const key = () => ({ idempotencyKey: `account-test-${++serial}` });
const second = 'Another#Lantern-77';
const policy = async (changes: object) => {
  const { version } = await mesh.call(userAdminActions.policy, {});
  return mesh.call(userAdminActions.changePolicy, { version, reason: '测试', ...changes }, key());
};
const signIn = (username: string, more: object = {}) =>
  mesh.call(userActions.login, { username, password: demoPassword, ...more }, { address: '10.0.0.7' });
const codeAt = (secret: string, ms: number) => generateSync({ secret, epoch: Math.floor(ms / 1000) });

describe('[EVA-03] MLPS 8.1.4.1 a: passwords', () => {
  test('a new one is strong, without the user name, and not one of the last five', async () => {
    const { token, session } = await signIn('planner');
    const change = (newPassword: string, password = demoPassword) =>
      mesh.call(accountActions.changePassword, { password, newPassword }, withSession(token, session));
    for (const [weak, why] of [
      ['Short#1', 'fewer than 12'],
      ['onlylowercase-here', 'fewer than 3'],
      ['My-planner-2026', 'user name'],
      [demoPassword, 'in use before'],
    ] as const)
      await expect(change(weak)).rejects.toMatchObject({
        code: 'user.password.weak',
        data: { reason: expect.stringContaining(why) },
      });
    await expect(change(second, 'Wrong#Password1')).rejects.toMatchObject({ code: 'user.login.failed' });
    expect(await change(second)).toEqual({ done: true });
    await expect(change(demoPassword, second)).rejects.toMatchObject({ code: 'user.password.weak' });
    await expect(signIn('planner')).rejects.toMatchObject({ code: 'user.login.failed' });
    await signIn('planner', { password: second });
  });

  test('a change ends the other sessions and not the one in use', async () => {
    const [one, two] = [await signIn('qc'), await signIn('qc')];
    await mesh.call(
      accountActions.changePassword,
      { password: demoPassword, newPassword: second },
      withSession(two.token, two.session),
    );
    await expect(mesh.resolve(one.token)).rejects.toMatchObject({ code: 'user.session.expired' });
    expect((await mesh.resolve(two.token)).username).toBe('qc');
  });

  test('one that has run out is replaced at sign-in, and only then the person is in', async () => {
    await policy({ maxAgeDays: 90 });
    mesh.clock.advance(91 * 86_400_000);
    await expect(signIn('reviewer')).rejects.toMatchObject({ code: 'user.password.expired' });
    await expect(signIn('reviewer', { newPassword: 'short' })).rejects.toMatchObject({
      code: 'user.password.weak',
    });
    await expect(
      signIn('reviewer', { password: 'Wrong#Password1', newPassword: second }),
    ).rejects.toMatchObject({
      code: 'user.login.failed',
    });
    expect((await signIn('reviewer', { newPassword: second })).session.username).toBe('reviewer');
    await signIn('reviewer', { password: second });
    await policy({ maxAgeDays: 0 });
  });
});

describe('[EVA-03] MLPS 8.1.4.1 d: the second factor', () => {
  let session: Session;
  let token: string;
  let secret: string;
  const as = () => withSession(token, session);

  test('is set up with the password and confirmed by its first code', async () => {
    ({ token, session } = await signIn('keeper'));
    await expect(mesh.call(accountActions.confirmFactor, { code: '123456' }, as())).rejects.toMatchObject({
      code: 'user.factor.missing',
    });
    const begun = await mesh.call(accountActions.beginFactor, { password: demoPassword }, as());
    secret = begun.secret;
    expect(begun.uri).toContain('otpauth://totp/Cytomesh:keeper');
    expect(begun.qr).toContain('<svg');
    await expect(mesh.call(accountActions.confirmFactor, { code: '000000' }, as())).rejects.toMatchObject({
      code: 'user.factor.wrong',
    });
    expect((await signIn('keeper')).session.username).toBe('keeper'); // not in force yet
    const { recoveryCodes } = await mesh.call(
      accountActions.confirmFactor,
      { code: codeAt(secret, mesh.clock.now) },
      as(),
    );
    expect(new Set(recoveryCodes).size).toBe(8);
    const row = await secretOf(mesh.kit, 'user-demo-keeper');
    expect(JSON.stringify(row)).not.toContain(secret);
    expect(JSON.stringify(row)).not.toContain(recoveryCodes[0]);
    expect(await mesh.call(accountActions.account, {}, as())).toMatchObject({
      secondFactor: true,
      secondFactorRequired: false,
      recoveryCodes: 8,
    });
    mesh.clock.advance(60_000);
    await expect(signIn('keeper')).rejects.toMatchObject({ code: 'user.factor.required' });
    await signIn('keeper', { code: recoveryCodes[3] });
    await expect(signIn('keeper', { code: recoveryCodes[3] })).rejects.toMatchObject({
      code: 'user.factor.wrong',
    });
  });

  test('a code works once, also for two who send it at the same time, and with a clock that is off by one step', async () => {
    const code = codeAt(secret, mesh.clock.now - 30_000);
    const both = await Promise.allSettled([signIn('keeper', { code }), signIn('keeper', { code })]);
    expect(both.map((b) => b.status).sort()).toEqual(['fulfilled', 'rejected']);
    await expect(signIn('keeper', { code })).rejects.toMatchObject({ code: 'user.factor.wrong' });
    await expect(signIn('keeper', { code: codeAt(secret, mesh.clock.now - 120_000) })).rejects.toMatchObject({
      code: 'user.factor.wrong',
    });
  });

  test('wrong codes lock like wrong passwords', async () => {
    mesh.clock.advance(3_600_000);
    await signIn('keeper', { code: codeAt(secret, mesh.clock.now) });
    for (let i = 0; i < 5; i++)
      await expect(signIn('keeper', { code: `00000${i}` })).rejects.toMatchObject({
        code: 'user.factor.wrong',
      });
    await expect(signIn('keeper', { code: codeAt(secret, mesh.clock.now) })).rejects.toMatchObject({
      code: 'user.login.locked',
    });
    mesh.clock.advance(16 * 60_000);
  });

  test('who has a role that needs one has no right until it is set up, and cannot take it away', async () => {
    await policy({ secondFactorRoles: ['qa', 'keeper'] });
    const qa = await signIn('qa');
    expect(qa.session).toMatchObject({ permissions: [], pending: 'second-factor' });
    const mine = withSession(qa.token, qa.session);
    const begun = await mesh.call(accountActions.beginFactor, { password: demoPassword }, mine);
    await mesh.call(accountActions.confirmFactor, { code: codeAt(begun.secret, mesh.clock.now) }, mine);
    expect(await mesh.resolve(qa.token)).toMatchObject({ permissions: ['qa.read'], pending: '' });
    const next = codeAt(begun.secret, mesh.clock.now + 30_000);
    await expect(
      mesh.call(accountActions.dropFactor, { password: demoPassword, code: next }, mine),
    ).rejects.toMatchObject({ code: 'user.factor.needed' });
    await policy({ secondFactorRoles: [] });
    expect(await mesh.call(accountActions.dropFactor, { password: demoPassword, code: next }, mine)).toEqual({
      done: true,
    });
    await signIn('qa');
  });
});

describe('[EVA-03] MLPS 8.1.4.1 b: sessions', () => {
  test('one more than may stand ends the oldest', async () => {
    await policy({ maxSessions: 2 });
    const tokens: string[] = [];
    for (let i = 0; i < 3; i++) {
      mesh.clock.advance(1000);
      tokens.push((await signIn('engineer')).token);
    }
    await expect(mesh.resolve(tokens[0]!)).rejects.toMatchObject({ code: 'user.session.expired' });
    expect((await mesh.resolve(tokens[1]!)).username).toBe('engineer');
    await policy({ maxSessions: 0 });
  });

  test('people see their sessions and end one; nobody ends another’s', async () => {
    const [one, two, foreign] = [await signIn('operator'), await signIn('operator'), await signIn('auditor')];
    const as = withSession(two.token, two.session);
    const { sessions } = await mesh.call(accountActions.account, {}, as);
    expect(sessions.filter((s) => s.current)).toHaveLength(1);
    const other = sessions.find((s) => !s.current)!;
    expect(other).toMatchObject({ address: '10.0.0.7', orgId: 'org-hy' });
    const end = (session: string) => mesh.call(accountActions.endSession, { session }, as);
    expect(await end(other.id)).toEqual({ done: true });
    await expect(mesh.resolve(one.token)).rejects.toMatchObject({ code: 'user.session.expired' });
    const { sessions: theirs } = await mesh.call(
      accountActions.account,
      {},
      withSession(foreign.token, foreign.session),
    );
    await expect(end(theirs[0]!.id)).rejects.toMatchObject({ code: 'user.session.missing' });
  });

  test('an idle one ends after the minutes of the policy', async () => {
    await policy({ idleMinutes: 10 });
    const { token } = await signIn('operator');
    mesh.clock.advance(9 * 60_000);
    await mesh.resolve(token);
    mesh.clock.advance(10 * 60_000);
    await expect(mesh.resolve(token)).rejects.toMatchObject({ code: 'user.session.expired' });
    await policy({ idleMinutes: 60 });
  });
});

describe('[RES-7.1.1] [EVA-03] accounts', () => {
  const assign = (id: string, roles: [string, string][], version?: number) =>
    mesh.call(
      userAdminActions.assign,
      {
        id,
        reason: '岗位调整',
        assignments: roles.map(([orgId, roleId]) => ({ orgId, roleId })),
        ...(version ? { version } : {}),
      },
      key(),
    );
  const create = (username: string, more: object = {}) =>
    mesh.call(
      userAdminActions.create,
      {
        username,
        name: '新同事',
        homeOrgId: 'org-hy',
        assignments: [{ orgId: 'org-hy', roleId: 'role-qc' }],
        ...more,
      },
      key(),
    );

  test('a new user gets a password told once, changes it at the first sign-in, and has the roles given', async () => {
    const { user, password } = await create('li.ming');
    await expect(signIn('li.ming', { password })).rejects.toMatchObject({ code: 'user.password.expired' });
    const { session } = await signIn('li.ming', { password, newPassword: second });
    expect(session).toMatchObject({ userId: user.id, permissions: ['qc.read'] });
    await expect(create('li.ming')).rejects.toMatchObject({ code: 'kernel.record.duplicate' });
    await expect(create('wang', { homeOrgId: 'nowhere' })).rejects.toMatchObject({
      code: 'kernel.record.missing',
    });
    expect(JSON.stringify(await mesh.audits())).not.toContain(password);
  });

  test('system, security and audit administration exclude one another', async () => {
    const { user } = await create('zhao', { assignments: [{ orgId: 'org-hy', roleId: 'role-admin' }] });
    const both = assign(user.id, [
      ['org-hy', 'role-admin'],
      ['org-imc', 'role-auditor'],
    ]);
    await expect(both).rejects.toMatchObject({ code: 'user.role.excluded' });
    const next = await assign(user.id, [['org-imc', 'role-auditor']], user.version);
    expect((await mesh.call(userAdminActions.assignments, { id: user.id })).items).toEqual([
      { orgId: 'org-imc', roleId: 'role-auditor' },
    ]);
    await expect(assign(user.id, [], user.version)).rejects.toMatchObject({ code: 'kernel.record.stale' });
    expect(next.version).toBe(user.version + 1);
    expect((await mesh.audits('user.assign')).at(-1)).toMatchObject({
      reason: '岗位调整',
      before: expect.stringContaining('role-admin'),
      after: expect.stringContaining('role-auditor'),
    });
  });

  test('nobody gives rights to, disables or resets themselves', async () => {
    const me = { as: { userId: 'user-demo-admin' }, ...key() };
    const id = 'user-demo-admin';
    const self = { code: 'user.self.refused' };
    await expect(
      mesh.call(userAdminActions.assign, { id, reason: 'x', assignments: [] }, me),
    ).rejects.toMatchObject(self);
    await expect(
      mesh.call(userAdminActions.change, { id, disabled: true }, { ...me, ...key() }),
    ).rejects.toMatchObject(self);
    await expect(
      mesh.call(userAdminActions.resetPassword, { id, reason: 'x' }, { ...me, ...key() }),
    ).rejects.toMatchObject(self);
  });

  test('a reset ends sessions and lock, and takes a lost device away where asked', async () => {
    const { token } = await signIn('engineer');
    await mesh.kit.work(seedMeta(mesh.kit), (work) =>
      writeSecret(work, 'user-demo-engineer', {
        failures: 5,
        lockedUntil: '2099-01-01T00:00:00.000Z',
        totp: mesh.kit.vault.seal('X'),
      }),
    );
    const { password } = await mesh.call(
      userAdminActions.resetPassword,
      { id: 'user-demo-engineer', reason: '忘记口令', secondFactor: true },
      key(),
    );
    await expect(mesh.resolve(token)).rejects.toMatchObject({ code: 'user.session.expired' });
    expect((await signIn('engineer', { password, newPassword: second })).session.username).toBe('engineer');
  });

  test('disabling ends every session at once, and is told to all nodes', async () => {
    const { user, password } = await create('sun');
    const { token } = await signIn('sun', { password, newPassword: second });
    const before = mesh.ended.length;
    await mesh.call(userAdminActions.change, { id: user.id, disabled: true, version: user.version }, key());
    await expect(mesh.resolve(token)).rejects.toMatchObject({ code: 'user.session.expired' });
    expect(mesh.ended.length).toBeGreaterThan(before);
    await expect(signIn('sun', { password: second })).rejects.toMatchObject({ code: 'user.login.failed' });
  });

  test('the policy is one row of the group, changed with a reason', async () => {
    expect((await mesh.call(userAdminActions.policy, {}, { as: { orgId: 'org-mh' } })).orgId).toBe('group');
    await expect(policy({ minLength: 4 })).rejects.toMatchObject({ code: 'kernel.params.invalid' });
    expect((await mesh.audits('accessPolicy.change')).length).toBeGreaterThan(0);
  });
});
