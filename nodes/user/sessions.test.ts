import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { streamWatcher } from '../../contracts/user/session.meta.ts';
import { userActions } from '../../contracts/user/user.actions.ts';
import { assignmentTable, sessionTable } from '../../contracts/user/user.record.ts';
import { seedMeta } from '../kit/seed.ts';
import { digestOf, touchMs } from './session.store.ts';
import { userMesh, withSession } from './testing.ts';

let mesh: Awaited<ReturnType<typeof userMesh>>;
beforeAll(async () => {
  mesh = await userMesh();
  await mesh.seed();
});
afterAll(() => mesh.close());

const expired = { code: 'user.session.expired', kind: 'denied' };
const minutes = (n: number) => mesh.clock.advance(n * 60_000);

describe('[ARC-09] sessions', () => {
  test('a token is turned into who is calling; one that never was is refused', async () => {
    const { token, session } = await mesh.login('planner');
    expect(await mesh.resolve(token)).toEqual(session);
    await expect(mesh.resolve(`${token}x`)).rejects.toMatchObject({ code: 'user.session.missing' });
    await expect(
      mesh.call(userActions.resolve, { token }, { as: { permissions: ['user.*'] } }),
    ).rejects.toMatchObject({ code: 'user.permission.missing' });
  });

  test('the session in use is known by the meta, never by a parameter', async () => {
    const { token, session } = await mesh.login('planner');
    expect(await mesh.call(userActions.session, {}, withSession(token, session))).toEqual(session);
    await expect(mesh.call(userActions.session, {}, { as: { permissions: [] } })).rejects.toMatchObject({
      code: 'user.session.missing',
    });
  });

  test('ends after 60 minutes without a request, and a request begins the time anew', async () => {
    const { token } = await mesh.login('planner');
    for (let i = 0; i < 3; i++) {
      minutes(40);
      await mesh.resolve(token);
    }
    minutes(60);
    await expect(mesh.resolve(token)).rejects.toMatchObject(expired);
  });

  test('ends after 12 hours whatever happens', async () => {
    const { token } = await mesh.login('planner');
    for (let i = 0; i < 23; i++) {
      minutes(30);
      await mesh.resolve(token);
    }
    minutes(30);
    await expect(mesh.resolve(token)).rejects.toMatchObject(expired);
  });

  test('is noted as seen at most once a minute', async () => {
    const { token } = await mesh.login('planner');
    const seen = async () => {
      await mesh.resolve(token);
      return (await mesh.kit.find(sessionTable, 'system', { id: digestOf(token) }))[0]!.seenAt;
    };
    const first = await seen();
    mesh.clock.advance(touchMs - 1);
    expect(await seen()).toBe(first);
    mesh.clock.advance(1001);
    expect(Date.parse(await seen())).toBe(mesh.clock.now);
  });

  test('a stream that stays open does not put off the end of an idle session', async () => {
    const { token } = await mesh.login('planner');
    minutes(59);
    await mesh.call(userActions.resolve, { token }, { as: { userId: streamWatcher } });
    minutes(1);
    await expect(mesh.resolve(token)).rejects.toMatchObject(expired);
  });

  test('is over on every node after sign-out, and those who remember it are told', async () => {
    const { token, session } = await mesh.login('planner');
    const told = mesh.ended.length;
    expect(await mesh.call(userActions.logout, {}, withSession(token, session))).toEqual({ done: true });
    for (const node of [mesh, mesh.node2])
      await expect(node.call(userActions.resolve, { token })).rejects.toMatchObject(expired);
    expect(mesh.ended.slice(told)).toEqual([digestOf(token)]);
    expect(await mesh.call(userActions.logout, {}, withSession(token, session))).toEqual({ done: false });
  });

  test('requests at the same time share one answer', async () => {
    const { token } = await mesh.login('planner');
    const all = await Promise.all(Array.from({ length: 100 }, () => mesh.resolve(token)));
    expect(new Set(all).size).toBe(1);
    expect(await mesh.resolve(token)).not.toBe(all[0]);
  });

  test('a changed role counts from the next answer on', async () => {
    const { token } = await mesh.login('qc');
    await mesh.resolve(token);
    mesh.roles.find((r) => r.code === 'qc')!.permissions.push('order.read');
    expect((await mesh.resolve(token)).permissions).toEqual(['order.read', 'qc.read']);
  });

  test('rights are the union over the organisation and the root, and end with the assignment', async () => {
    const add = (id: string, orgId: string, roleId: string) =>
      mesh.kit.work(seedMeta(mesh.kit), async (work) =>
        work.add(assignmentTable, { id, userId: 'user-demo-keeper', orgId, roleId }),
      );
    await add('a1', 'group', 'role-auditor');
    await add('a2', 'org-hy', 'role-qa');
    await add('a3', 'org-mh', 'role-qc');
    const home = (await mesh.login('keeper')).session;
    expect(home.roles).toEqual(['auditor', 'keeper', 'qa']);
    expect(home.orgs.map((o) => o.code)).toEqual(['FH', 'HY', 'HYG', 'IMC', 'MH']);
    const { token, session } = await mesh.login('keeper', { org: 'FH' });
    expect(session.permissions).toEqual(['auditor.read']);
    await mesh.databases.main.tx((sql) => sql.execute("DELETE FROM user_assignments WHERE id = 'a1'"));
    await expect(mesh.resolve(token)).rejects.toMatchObject(expired);
  });

  test('old sessions are dropped a week after their end', async () => {
    const { token } = await mesh.login('planner');
    const kept = async () => (await mesh.kit.find(sessionTable, 'system', { id: digestOf(token) })).length;
    minutes(7 * 24 * 60);
    await mesh.scheduler.jobs.get('user.sessions')!();
    expect(await kept()).toBe(1);
    minutes(12 * 60 + 1);
    await mesh.scheduler.jobs.get('user.sessions')!();
    expect(await kept()).toBe(0);
  });
});

describe('[ARC-10] switching organisation', () => {
  test('re-issues the session without signing in again; the old token is over and the end stays', async () => {
    const first = await mesh.login('engineer');
    minutes(30);
    const next = await mesh.call(
      userActions.switchOrg,
      { org: 'MH' },
      withSession(first.token, first.session),
    );
    expect(next.session).toMatchObject({ org: { id: 'org-mh' }, expiresAt: first.session.expiresAt });
    expect(next.session.orgs).toEqual(first.session.orgs);
    await expect(mesh.resolve(first.token)).rejects.toMatchObject(expired);
    expect((await mesh.resolve(next.token)).org.code).toBe('MH');
    const back = await mesh.call(
      userActions.switchOrg,
      { org: 'org-hy' },
      withSession(next.token, next.session),
    );
    expect(back.session.org.code).toBe('HY');
  });

  test('is refused where the user has no assignment, and the session stays', async () => {
    const { token, session } = await mesh.login('operator');
    await expect(
      mesh.call(userActions.switchOrg, { org: 'MH' }, withSession(token, session)),
    ).rejects.toMatchObject({ code: 'user.org.refused' });
    expect((await mesh.resolve(token)).org.code).toBe('HY');
    expect((await mesh.audits('user.orgRefused')).at(-1)).toMatchObject({ actor: 'user-demo-operator' });
  });

  test('twice at once gives one session', async () => {
    const { token, session } = await mesh.login('engineer');
    const go = () => mesh.call(userActions.switchOrg, { org: 'MH' }, withSession(token, session));
    const answers = await Promise.allSettled([go(), go()]);
    expect(answers.map((a) => a.status).sort()).toEqual(['fulfilled', 'rejected']);
  });
});
