import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { channelSecretActions } from '../../../contracts/channel/channel-secret.actions.ts';
import { channelSecretRecord } from '../../../contracts/channel/channel-secret.record.ts';
import { defineService } from '../../kit/service.ts';
import { kitForTests, type TestKit } from '../../kit/testing/kit-for-tests.ts';
import { loadSecrets, secretHandlers } from './secrets.ts';

let mesh: TestKit;
beforeAll(async () => {
  mesh = await kitForTests([defineService('message', () => ({ handlers: secretHandlers }))]);
});
afterAll(() => mesh.close());

const set = (value: string, orgId = 'org-hy') =>
  mesh.call(channelSecretActions.set, { code: 'his-key', value }, { as: { orgId } });

test('[ARC-01] a secret is of one organisation, replaced by the next, and given to the hub only', async () => {
  const named = await set('first-value-42');
  await set('second-value-42');
  await set('theirs-42', 'org-mh');
  expect(named).not.toHaveProperty('value');
  expect(JSON.stringify(await mesh.call(channelSecretActions.list, {}))).not.toMatch(/value-42/);
  expect([...(await loadSecrets(mesh.kit))]).toEqual([
    ['org-hy', { 'secret:his-key': 'second-value-42' }],
    ['org-mh', { 'secret:his-key': 'theirs-42' }],
  ]);
});

test('[EVA-05] the trail says who wrote it and when, and holds no value; the database holds it sealed', async () => {
  const trail = await mesh.audits('channelSecret.set');
  expect(trail.map((a) => [a.reason, a.before, a.after, a.actor])).toContainEqual([
    'his-key',
    null,
    null,
    'user-test',
  ]);
  const [row] = await mesh.kit.find(
    channelSecretRecord,
    { orgId: 'org-hy' },
    { code: 'his-key' },
    { personal: 'sealed' },
  );
  expect(JSON.stringify(row!.value)).not.toContain('second-value');
});

test('a secret needs the right to publish, and a code that a text can name', async () => {
  const as = { permissions: ['channel.read'] };
  await expect(mesh.call(channelSecretActions.list, {}, { as })).rejects.toMatchObject({
    code: 'user.permission.missing',
  });
  await expect(mesh.call(channelSecretActions.set, { code: 'Bad Code', value: 'x' })).rejects.toMatchObject({
    code: 'kernel.params.invalid',
  });
});
