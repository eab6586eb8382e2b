import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { assignmentTable, userRecord, userSecretTable } from '../../contracts/user/user.record.ts';
import { userMesh } from './testing.ts';

let mesh: Awaited<ReturnType<typeof userMesh>>;
beforeEach(async () => {
  mesh = await userMesh();
});
afterEach(() => mesh.close());

const refused = (problem: RegExp) => ({
  code: 'kernel.config.invalid',
  message: expect.stringMatching(problem) as unknown,
});
const admin = { demo: false, adminPassword: 'Harbour-lantern-7' };

describe('[ARC-09] the first users', () => {
  test('demo: ten people, each with a secret of their own, made once', async () => {
    await mesh.seed();
    const secrets = await mesh.kit.find(userSecretTable, 'system', {});
    expect(new Set(secrets.map((s) => s.hash)).size).toBe(10);
    expect(await mesh.kit.find(assignmentTable, 'system', {})).toHaveLength(22);
    const before = await mesh.audits();
    await mesh.seed();
    expect(await mesh.audits()).toEqual(before);
    expect(await mesh.kit.find(userSecretTable, 'system', {})).toEqual(secrets);
  });

  test('production: one administrator of the whole group, with the password that was given', async () => {
    await mesh.seed(admin);
    await mesh.seed({ demo: false });
    expect((await mesh.kit.find(userRecord, 'system', {})).map((u) => u.username)).toEqual(['admin']);
    const { session } = await mesh.login('admin', { password: admin.adminPassword });
    expect(session.org.code).toBe('HYG');
    expect(session.orgs.map((o) => o.code)).toContain('FH');
  });

  test('production does not begin without a password, nor with a weak or published one', async () => {
    await expect(mesh.seed({ demo: false })).rejects.toMatchObject(
      refused(/CYTOMESH_ADMIN_PASSWORD is not set/),
    );
    for (const adminPassword of ['Short#1', 'alllowercase123', 'Cytomesh#Demo1'])
      await expect(mesh.seed({ demo: false, adminPassword })).rejects.toMatchObject(
        refused(/^Configuration error: CYTOMESH_ADMIN_PASSWORD (has|is)/),
      );
    expect(await mesh.kit.find(userRecord, 'system', {})).toEqual([]);
  });

  test('production does not begin over the demo’s users, and the demo adds none to real ones', async () => {
    await mesh.seed();
    await expect(mesh.seed(admin)).rejects.toMatchObject(refused(/demo users/));
    const real = await userMesh();
    await real.seed(admin);
    await real.seed({ demo: true });
    expect(await real.kit.find(userRecord, 'system', {})).toHaveLength(1);
    await real.close();
  });
});
