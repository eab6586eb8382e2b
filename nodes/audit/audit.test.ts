import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { auditActions } from '../../contracts/audit/audit.actions.ts';
import { donorRecord } from '../../contracts/donor/donor.record.ts';
import { sealAudit } from '../kit/audit.ts';
import { systemCaller } from '../kit/caller.ts';
import { signedBy } from '../kit/signer.ts';
import { kitForTests, type TestKit } from '../kit/testing/kit-for-tests.ts';
import { orgService } from '../org/org.service.ts';
import { roleService } from '../role/role.service.ts';
import { userService } from '../user/user.service.ts';
import { auditService } from './audit.service.ts';

let mesh: TestKit;
const people = ['user-demo-planner', 'user-demo-qa'];
const seal = async () => {
  while (await sealAudit({ ...mesh.databases, vault: mesh.kit.vault, leases: mesh.kit.leases }));
};
const work = (orgId: string, userId: string, requestId: string, change: (n: string) => string) =>
  mesh.kit.work(
    { caller: { ...systemCaller('x', orgId), userId, station: 'pad-7' }, requestId },
    async (w) => {
      const donor = w.insert(donorRecord, {
        number: `D-${requestId}`,
        name: '张三丰',
        identifiers: [{ number: 'P1', authority: 'HIS' }],
        status: 'ACTIVE',
      } as never);
      w.update(donorRecord, donor, { number: change(donor.number) } as never, 'change', '录入错误');
    },
  );
const list = (filter: Record<string, string> = {}, more: object = {}, as: object = { orgId: 'org-hy' }) =>
  mesh.call(auditActions.list, { filter, ...more }, { as });

beforeAll(async () => {
  mesh = await kitForTests([orgService, roleService, userService, auditService]);
  await mesh.seed();
  await work('org-hy', people[0]!, 'req-1', (n) => `${n}-b`);
  await seal();
  mesh.clock.advance(86_400_000);
  await work('org-mh', people[1]!, 'req-2', (n) => `${n}-c`);
  await seal();
  await work('org-hy', people[1]!, 'req-3', (n) => `${n}-d`); // waits to be sealed
});
afterAll(() => mesh.close());

test('[EVA-05] entries are found by operator, time and type, newest first, sealed or waiting', async () => {
  const all = await list({ record: 'donor' });
  expect(all.items.map((e) => [e.requestId, e.action, e.actorName, e.seq === null])).toEqual([
    ['req-3', 'donor.change', '宋雨辰', true],
    ['req-3', 'donor.create', '宋雨辰', true],
    ['req-1', 'donor.change', '沈清和', false],
    ['req-1', 'donor.create', '沈清和', false],
  ]);
  expect(all.total).toBe(4);
  expect((await list({ actor: people[0]! })).items.map((e) => e.requestId)).toEqual(['req-1', 'req-1']);
  expect((await list({ action: 'donor.change', record: 'donor' })).total).toBe(2);
  expect((await list({ at: '2026-03-03..', record: 'donor' })).items.map((e) => e.requestId)).toEqual([
    'req-3',
    'req-3',
  ]);
  expect((await list({ at: '..2026-03-02T12:00:00Z', record: 'donor' })).total).toBe(2);
  expect((await list({ requestId: 'req-1' })).total).toBe(2);
  const [first] = all.items;
  expect((await list({}, { q: first!.recordId })).items).toHaveLength(2);
});

test('[EVA-05] pages do not overlap, over what waits and what is sealed', async () => {
  const pages = await Promise.all([1, 2, 3].map((page) => list({ record: 'donor' }, { page, pageSize: 2 })));
  expect(pages.map((p) => p.items.length)).toEqual([2, 2, 0]);
  expect(new Set(pages.flatMap((p) => p.items.map((e) => e.id))).size).toBe(4);
});

test('[EVA-05] [ARC-11] an entry shows before and after side by side with its reason; personal data is not shown', async () => {
  const { items } = await list({ record: 'donor', action: 'donor.change', actor: people[0]! });
  const { entry, changes, hash } = await mesh.call(auditActions.get, { id: items[0]!.id });
  expect(entry).toMatchObject({ reason: '录入错误', station: 'pad-7', actorName: '沈清和' });
  expect(hash).toMatch(/^[0-9a-f]{64}$/);
  expect(changes).toEqual([
    expect.objectContaining({ field: 'number', before: 'D-req-1', after: 'D-req-1-b', personal: false }),
  ]);
  const created = await list({ record: 'donor', action: 'donor.create', actor: people[0]! });
  const { changes: made } = await mesh.call(auditActions.get, { id: created.items[0]!.id });
  expect(made.find((c) => c.field === 'name')).toMatchObject({ before: null, after: '•••', personal: true });
  expect(JSON.stringify(made)).not.toContain('张三丰');
});

test('[ARC-01] another organisation’s entries are not there, but for the group itself', async () => {
  expect((await list({ record: 'donor' }, {}, { orgId: 'org-mh' })).items.map((e) => e.requestId)).toEqual([
    'req-2',
    'req-2',
  ]);
  const [foreign] = (await list({ requestId: 'req-2' }, {}, { orgId: 'org-mh' })).items;
  await expect(mesh.call(auditActions.get, { id: foreign!.id })).rejects.toMatchObject({
    code: 'kernel.record.missing',
  });
  expect((await list({ record: 'donor' }, {}, { orgId: 'group' })).total).toBe(6);
});

test('what cannot be searched is refused with its name', async () => {
  for (const params of [
    { filter: { before: 'x' } },
    { filter: { at: 'yesterday' } },
    { filter: { at: '2026-02-31..2026-99-01' } },
    { sort: 'actor' },
    { page: 201, pageSize: 50 },
  ])
    await expect(mesh.call(auditActions.list, params)).rejects.toMatchObject({
      code: 'kernel.params.invalid',
    });
});

test('[EVA-06] a signed archive holds the span of the organisation, and that it was taken is an entry', async () => {
  await seal();
  const span = { from: '2026-03-01T00:00:00.000Z', to: '2026-03-10T00:00:00.000Z' };
  const made = await mesh.call(auditActions.archive, span, { idempotencyKey: 'archive-one-1' });
  const lines = gunzipSync(Buffer.from(made.content, 'base64')).toString('utf8').trimEnd().split('\n');
  const { archive } = JSON.parse(lines.at(-1)!) as { archive: Record<string, string> };
  const body = lines
    .slice(0, -1)
    .map((line) => `${line}\n`)
    .join('');
  expect(made.count).toBe(lines.length - 1);
  expect(archive).toMatchObject({
    ...span,
    orgId: 'org-hy',
    digest: createHash('sha256').update(body).digest('hex'),
  });
  expect(signedBy(made.publicKey, made.digest, made.signature)).toBe(true);
  expect(
    signedBy(made.publicKey, createHash('sha256').update(`${body} `).digest('hex'), made.signature),
  ).toBe(false);
  expect(body).not.toContain('req-2');
  expect(await mesh.audits('audit_sealed.archive')).toHaveLength(1);
});

test('[EVA-05] the chain is verified in parts, and a changed entry is named', async () => {
  await seal();
  const good = await mesh.call(auditActions.verify, {});
  expect(good).toMatchObject({ ok: true, done: true, brokenAt: null, checked: good.total });
  expect(await mesh.call(auditActions.verify, { from: 3 })).toMatchObject({
    ok: true,
    checked: good.total - 2,
  });
  await mesh.databases.log.tx((sql) => sql.execute("UPDATE audit_sealed SET reason = '改' WHERE seq = 4"));
  expect(await mesh.call(auditActions.verify, {})).toMatchObject({ ok: false, brokenAt: 4, done: true });
});
