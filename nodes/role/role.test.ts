import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { registry } from '../../contracts/registry.generated.ts';
import { roleActions } from '../../contracts/role/role.actions.ts';
import { roleRecord } from '../../contracts/role/role.record.ts';
import { may } from '../kit/caller.ts';
import { kitForTests, type TestKit } from '../kit/testing/kit-for-tests.ts';
import { roleService } from './role.service.ts';
import { shippedRoles } from './shipped.ts';

let mesh: TestKit;
beforeAll(async () => {
  mesh = await kitForTests([roleService]);
  await mesh.seed();
});
afterAll(() => mesh.close());

const rights = (code: string) => shippedRoles.find((r) => r.code === code)!.permissions;
const can = (code: string, permission: string) =>
  may({ userId: '', name: '', orgId: '', permissions: rights(code) }, permission);

const used = new Set([...registry.actions.values()].map((a) => a.permission));
for (const general of ['public', 'session', 'mesh']) used.delete(general);

describe('[ARC-09] shipped roles', () => {
  test('every right an action asks for is given by at least one role', () => {
    const nobody = [...used].filter((p) => !shippedRoles.some((r) => can(r.code, p)));
    expect(nobody).toEqual([]);
  });

  test('no role names a right that no action asks for', () => {
    // Rights over the trail are given before the word's first action, so that its reader is the auditor from then on.
    const ahead = new Set(['audit.*']);
    const words = new Set([...used].map((p) => `${p.split('.')[0]}.*`));
    const unknown = shippedRoles.flatMap((r) =>
      r.permissions.filter((p) => !used.has(p) && !words.has(p) && !ahead.has(p)),
    );
    expect(unknown).toEqual([]);
  });

  test('duties are apart: the administrator handles no order, the auditor changes nothing', () => {
    for (const p of ['order.plan', 'order.write', 'order.cancel', 'donor.reveal'])
      expect([p, can('admin', p)]).toEqual([p, false]);
    expect([...used].filter((p) => can('auditor', p) && !/\.(read|verify|export)$/.test(p))).toEqual([]);
    expect(shippedRoles.filter((r) => can(r.code, 'user.write')).map((r) => r.code)).toEqual(['security']);
  });

  test('a planner accepts orders, an engineer replays messages, neither does the other', () => {
    expect([can('planner', 'order.plan'), can('planner', 'message.operate')]).toEqual([true, false]);
    expect([can('engineer', 'order.plan'), can('engineer', 'message.operate')]).toEqual([false, true]);
  });
});

describe('seeding', () => {
  const load = async (code: string) => (await mesh.call(roleActions.list, { filter: { code } })).items[0]!;

  test('gives each role a stable id and finds its work done the second time', async () => {
    expect((await load('planner')).id).toBe('role-planner');
    const before = await mesh.audits();
    await mesh.seed();
    expect(await mesh.audits()).toEqual(before);
  });

  test('follows the release where no person changed the role, and keeps a person’s change', async () => {
    const change = async (code: string, userId: string, permissions: string[]) => {
      const caller = { userId, name: '', orgId: 'group', permissions: [] };
      const row = await load(code);
      await mesh.kit.work({ caller, requestId: 'r' }, async (work) => {
        work.update(roleRecord, row, { permissions });
      });
    };
    await change('keeper', 'system:seed', ['order.read']);
    await change('qc', 'user-demo-admin', ['order.read']);
    await mesh.seed();
    expect((await load('keeper')).permissions).toEqual(rights('keeper'));
    expect((await load('qc')).permissions).toEqual(['order.read']);
  });

  test('[ARC-09] a role cannot give what belongs to the system', async () => {
    const row = await load('operator');
    const caller = { userId: 'user-demo-admin', name: '', orgId: 'group', permissions: [] };
    await mesh.kit.work({ caller, requestId: 'r' }, async (work) => {
      work.update(roleRecord, row, { permissions: ['*', 'mesh', 'order.read'] });
    });
    const { roles } = await mesh.call(roleActions.snapshot, {});
    expect(roles.find((r) => r.code === 'operator')!.permissions).toEqual(['order.read']);
  });
});
