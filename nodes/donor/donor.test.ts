import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { donorActions } from '../../contracts/donor/donor.actions.ts';
import { donorIdentifierTable, donorRecord } from '../../contracts/donor/donor.record.ts';
import type { Patient } from '../../contracts/message/canonical.parts.ts';
import type { Canonical } from '../../contracts/message/canonical.ts';
import { kitForTests, type TestKit } from '../kit/testing/kit-for-tests.ts';
import { donorService } from './donor.service.ts';

let mesh: TestKit;
beforeAll(async () => {
  mesh = await kitForTests([donorService]);
});
afterAll(() => mesh.close());

const mr = (number: string, authority = 'HIS') => ({ number, authority, type: 'MR' });
const registered = (patient: Patient): Canonical => ({ type: 'PatientRegistered', patient });
const merged = (patient: Patient, ...prior: string[]): Canonical => ({
  type: 'PatientMerged',
  patient,
  prior: prior.map((n) => mr(n)),
});
const ordered = (patient: Patient): Canonical => ({
  type: 'OrderPlaced',
  control: 'new',
  patient,
  order: { placerNumber: { number: 'P-1' }, code: 'X' },
});

let serial = 0;
const send = async (...messages: Canonical[]) =>
  (
    await mesh.call(donorActions.receive, {
      items: messages.map((message) => ({ id: `m-${++serial}`, message, context: {} })),
    })
  ).outcomes;
const idOf = async (number: string) =>
  (await send(ordered({ identifiers: [mr(number)] })))[0]!.context.donorId!;
const donor = async (id: string) => (await mesh.kit.find(donorRecord, { orgId: 'org-hy' }, { id }))[0]!;
const links = async (donorId: string) =>
  (await mesh.kit.find(donorIdentifierTable, { orgId: 'org-hy' }, { donorId })).map((l) => l.number).sort();

describe('[CUS-2.1.2] registration', () => {
  test('a patient becomes a donor with a number of ours, and is found by each identifier', async () => {
    const [one] = await send(
      registered({
        identifiers: [mr('R1'), mr('R1', 'LIS')],
        name: '王芳',
        sex: 'F',
        birthDate: '1980-02-29',
      }),
    );
    expect(one).toMatchObject({ status: 'applied' });
    const row = await donor(one!.context.donorId!);
    expect(row).toMatchObject({
      name: '王芳',
      sex: 'F',
      birthDate: '1980-02-29',
      phone: null,
      status: 'ACTIVE',
    });
    expect(row.number).toMatch(/^D26-\d{6}$/);
    expect(await links(row.id)).toEqual(['R1', 'R1']);
    expect(await mesh.events('donor.registered')).toMatchObject([
      { key: row.id, payload: { donorId: row.id, number: row.number } },
    ]);
  });

  test('the same number of another authority, and of another organisation, is another person', async () => {
    const a = await idOf('S1');
    const [b] = await send(registered({ identifiers: [mr('S1', 'OTHER')] }));
    const { outcomes } = await mesh.call(
      donorActions.receive,
      { items: [{ id: 'm-mh', message: registered({ identifiers: [mr('S1')] }), context: {} }] },
      { as: { orgId: 'org-mh' } },
    );
    expect(new Set([a, b!.context.donorId, outcomes[0]!.context.donorId]).size).toBe(3);
  });

  test('a registration overwrites what it states and leaves the rest', async () => {
    const id = await idOf('U1');
    await send(registered({ identifiers: [mr('U1')], name: '李四', phone: '13800138000' }));
    await send(registered({ identifiers: [mr('U1'), mr('U2')], name: '李思' }));
    expect(await donor(id)).toMatchObject({ name: '李思', phone: '13800138000' });
    expect(await links(id)).toEqual(['U1', 'U2']);
    const { version } = await donor(id);
    await send(registered({ identifiers: [mr('U2')], name: '李思' }));
    expect((await donor(id)).version).toBe(version);
  });

  test('the patient of an order fills what is not known and changes nothing that is', async () => {
    const id = await idOf('O1');
    await send(registered({ identifiers: [mr('O1')], name: '赵六' }));
    await send(ordered({ identifiers: [mr('O1')], name: '赵陆', phone: '13700137000', cleared: ['name'] }));
    expect(await donor(id)).toMatchObject({ name: '赵六', phone: '13700137000' });
  });

  test('what the keeper of the data cleared is cleared; absent is not cleared', async () => {
    const id = await idOf('C1');
    await send(registered({ identifiers: [mr('C1')], name: '钱七', phone: '1', address: '佛山' }));
    await send(registered({ identifiers: [mr('C1')], cleared: ['phone', 'nothing'] }));
    expect(await donor(id)).toMatchObject({ name: '钱七', phone: null, address: '佛山' });
    expect((await mesh.events('donor.changed')).at(-1)!.payload).toMatchObject({ fields: ['phone'] });
  });

  test('two messages for the same new patient in one batch make one donor', async () => {
    const [a, b] = await send(
      registered({ identifiers: [mr('B1')], name: '孙八' }),
      registered({ identifiers: [mr('B1'), mr('B2')], phone: '2' }),
    );
    expect(b!.context).toEqual(a!.context);
    expect(await donor(a!.context.donorId!)).toMatchObject({ name: '孙八', phone: '2', version: 2 });
    expect(await links(a!.context.donorId!)).toEqual(['B1', 'B2']);
  });

  test('numbers have no gaps although some items of a batch are refused', async () => {
    const before = (await donor(await idOf('N0'))).number;
    await send(
      registered({ identifiers: [{ number: ' ' }] }),
      registered({ identifiers: [mr('N1')] }),
      registered({ identifiers: [mr('N1')] }),
      registered({ identifiers: [mr('N2')] }),
    );
    const numberOf = async (n: string) => Number((await donor(await idOf(n))).number.slice(4));
    expect([await numberOf('N1'), await numberOf('N2')]).toEqual([
      Number(before.slice(4)) + 1,
      Number(before.slice(4)) + 2,
    ]);
  });

  test('identifiers of two donors are a conflict; the others of the batch are applied', async () => {
    const [x, y] = [await idOf('X1'), await idOf('X2')];
    const outcomes = await send(
      registered({ identifiers: [mr('X1')], name: '前' }),
      registered({ identifiers: [mr('X1'), mr('X2')], name: '中' }),
      registered({ identifiers: [mr('X2')], name: '后' }),
    );
    expect(outcomes.map((o) => o.status)).toEqual(['applied', 'refused', 'applied']);
    expect(outcomes[1]!.fault).toMatchObject({ code: 'donor.identity.conflict', kind: 'rejected' });
    expect([(await donor(x)).name, (await donor(y)).name]).toEqual(['前', '后']);
  });

  test('the same message twice is a duplicate with the first result, in a batch and later', async () => {
    const item = { id: 'again', message: registered({ identifiers: [mr('A1')], name: '周九' }), context: {} };
    const { outcomes } = await mesh.call(donorActions.receive, { items: [item, item] });
    expect(outcomes.map((o) => o.status)).toEqual(['applied', 'duplicate']);
    await send(registered({ identifiers: [mr('A1')], name: '周玖' }));
    const later = await mesh.call(donorActions.receive, { items: [item] });
    expect(later.outcomes).toEqual([{ id: 'again', status: 'duplicate', context: outcomes[0]!.context }]);
    expect((await donor(outcomes[0]!.context.donorId!)).name).toBe('周玖');
  });

  test('the same batch from two nodes at once is applied once', async () => {
    const items = [{ id: 'twice', message: registered({ identifiers: [mr('T1')] }), context: {} }];
    const results = await Promise.all([1, 2, 3].map(() => mesh.call(donorActions.receive, { items })));
    expect(new Set(results.map((r) => r.outcomes[0]!.context.donorId)).size).toBe(1);
    expect(results.flatMap((r) => r.outcomes.map((o) => o.status)).sort()).toEqual([
      'applied',
      'duplicate',
      'duplicate',
    ]);
  });

  test('an identifier as long as the contract allows is told from others that begin alike', async () => {
    const long = (end: string) => ({ number: 'n'.repeat(63) + end, authority: 'a'.repeat(64) });
    const [a] = await send(registered({ identifiers: [long('1')] }));
    const [b] = await send(registered({ identifiers: [long('2')] }));
    expect(a!.context.donorId).not.toBe(b!.context.donorId);
    expect((await send(registered({ identifiers: [long('1')] })))[0]!.context).toEqual(a!.context);
  });
});

describe('[CUS-2.1.2] merge', () => {
  test('the prior registration ends in the surviving one, which keeps what it knows and gains the rest', async () => {
    const [a, b] = [await idOf('M1'), await idOf('M2')];
    await send(
      registered({ identifiers: [mr('M1')], name: '甲', phone: '1', idNumber: '440101' }),
      registered({ identifiers: [mr('M2')], name: '乙' }),
      merged({ identifiers: [mr('M2')] }, 'M1'),
    );
    expect(await donor(a)).toMatchObject({ status: 'MERGED', mergedInto: b });
    expect(await donor(b)).toMatchObject({ status: 'ACTIVE', name: '乙', phone: '1', idNumber: '440101' });
    expect(await links(b)).toEqual(['M1', 'M2']);
    expect(await idOf('M1')).toBe(b);
    expect((await mesh.events('donor.merged')).at(-1)).toMatchObject({
      key: b,
      payload: { donorId: a, into: b },
    });
    const { patients } = await mesh.call(donorActions.patients, { ids: [a] });
    expect(patients).toMatchObject([{ donorId: a, status: 'ACTIVE', number: (await donor(b)).number }]);
    const found = await mesh.call(donorActions.list, { q: '440101' });
    expect(found.items.map((d) => d.id)).toContain(b);
  });

  test('twice changes nothing more', async () => {
    const [a, b] = [await idOf('MM1'), await idOf('MM2')];
    await send(merged({ identifiers: [mr('MM2')] }, 'MM1'));
    const events = (await mesh.events('donor.merged')).length;
    const [again, backwards] = await send(
      merged({ identifiers: [mr('MM2')] }, 'MM1'),
      merged({ identifiers: [mr('MM1')] }, 'MM2'),
    );
    expect([again!.context.donorId, backwards!.context.donorId]).toEqual([b, b]);
    expect(await mesh.events('donor.merged')).toHaveLength(events);
    expect(await donor(a)).toMatchObject({ status: 'MERGED', mergedInto: b });
  });

  test('of patients made in the same batch: their numbers lead to the surviving one ever after', async () => {
    const [, made] = await send(
      registered({ identifiers: [mr('Q1')], name: '甲' }),
      registered({ identifiers: [mr('Q2')], name: '乙' }),
      merged({ identifiers: [mr('Q2')] }, 'Q1'),
    );
    const survivor = made!.context.donorId!;
    expect(await links(survivor)).toEqual(['Q1', 'Q2']);
    expect(await idOf('Q1')).toBe(survivor);
    const [later] = await send(registered({ identifiers: [mr('Q1')], name: '丙' }));
    expect(later!.context.donorId).toBe(survivor);
    expect((await donor(survivor)).name).toBe('丙');
  });

  test('a chain ends where the last merge leads, in one batch or in several', async () => {
    const [a, b, c] = [await idOf('K1'), await idOf('K2'), await idOf('K3')];
    await send(merged({ identifiers: [mr('K2')] }, 'K1'));
    await send(merged({ identifiers: [mr('K3')] }, 'K2'));
    for (const id of [a, b]) expect(await donor(id)).toMatchObject({ status: 'MERGED', mergedInto: c });
    expect(await links(c)).toEqual(['K1', 'K2', 'K3']);
    const [x] = await send(
      ordered({ identifiers: [mr('L1')] }),
      ordered({ identifiers: [mr('L2')] }),
      merged({ identifiers: [mr('L2')] }, 'L1'),
      merged({ identifiers: [mr('L3')] }, 'L2'),
    );
    const end = await idOf('L1');
    expect(await idOf('L2')).toBe(end);
    expect(await idOf('L3')).toBe(end);
    expect(await donor(x!.context.donorId!)).toMatchObject({ status: 'MERGED', mergedInto: end });
    expect(await donor(end)).toMatchObject({ status: 'ACTIVE' });
  });

  test('of a patient nobody knew: the number leads to the surviving one from then on', async () => {
    const id = await idOf('W1');
    await send(merged({ identifiers: [mr('W1')] }, 'W-unknown'));
    expect(await idOf('W-unknown')).toBe(id);
    const [both] = await send(merged({ identifiers: [mr('W3')], name: '新' }, 'W4'));
    expect(await links(both!.context.donorId!)).toEqual(['W3', 'W4']);
  });

  test('without a prior identifier, or with two persons on one side, it is refused and changes nothing', async () => {
    const ids = [await idOf('V1'), await idOf('V2'), await idOf('V3')];
    const outcomes = await send(
      merged({ identifiers: [mr('V1')], name: '不' }),
      merged({ identifiers: [mr('V1'), mr('V2')], name: '不' }, 'V3'),
      merged({ identifiers: [mr('V3')], name: '不' }, 'V1', 'V2'),
    );
    expect(outcomes.map((o) => o.fault?.code)).toEqual([
      'donor.merge.missing',
      'donor.identity.conflict',
      'donor.identity.conflict',
    ]);
    for (const id of ids) expect(await donor(id)).toMatchObject({ status: 'ACTIVE', name: null });
  });

  test('both changes are in the audit trail', async () => {
    const [a, b] = [await idOf('Y1'), await idOf('Y2')];
    await send(merged({ identifiers: [mr('Y2')] }, 'Y1'));
    const of = async (id: string, action: string) =>
      (await mesh.audits(`donor.${action}`)).filter((r) => r.recordId === id);
    expect(await of(a, 'merge')).toHaveLength(1);
    expect(await of(b, 'absorb')).toHaveLength(1);
  });
});

describe('what people see', () => {
  test('lists and records show personal data in part; the whole needs a right or a stated purpose', async () => {
    await send(
      registered({
        identifiers: [mr('Z1')],
        name: '诸葛明',
        idNumber: '440101198002291234',
        phone: '13800138000',
      }),
    );
    const id = await idOf('Z1');
    const masked = { name: '诸**', idNumber: '440****34', phone: '138****00' };
    const person = { as: { permissions: ['donor.read'] } };
    expect((await mesh.call(donorActions.list, { q: 'Z1' }, person)).items).toMatchObject([
      { id, ...masked },
    ]);
    expect(await mesh.call(donorActions.get, { id }, person)).toMatchObject(masked);
    expect(
      await mesh.call(donorActions.get, { id }, { as: { permissions: ['donor.read', 'donor.personal'] } }),
    ).toMatchObject({ name: '诸葛明' });
    await expect(mesh.call(donorActions.reveal, { id, reason: 'x' }, person)).rejects.toMatchObject({
      code: 'user.permission.missing',
    });
    const before = (await mesh.audits('donor.reveal')).length;
    const whole = await mesh.call(donorActions.reveal, { id, reason: '核对身份' });
    expect(whole).toMatchObject({ name: '诸葛明', idNumber: '440101198002291234' });
    expect((await mesh.audits('donor.reveal')).slice(before)).toMatchObject([
      { recordId: id, reason: '核对身份', actor: 'user-test', before: null, after: null },
    ]);
  });

  test('[ARC-01] nobody finds, gets or reveals a donor of another organisation', async () => {
    const id = await idOf('Z1');
    const as = { as: { orgId: 'org-mh' } };
    for (const q of ['Z1', '诸葛明', '440101198002291234'])
      expect((await mesh.call(donorActions.list, { q }, as)).items).toEqual([]);
    await expect(mesh.call(donorActions.get, { id }, as)).rejects.toMatchObject({
      code: 'kernel.record.missing',
    });
    await expect(mesh.call(donorActions.reveal, { id, reason: 'x' }, as)).rejects.toMatchObject({
      code: 'kernel.record.missing',
    });
    expect((await mesh.call(donorActions.patients, { ids: [id] }, as)).patients).toEqual([]);
  });
});
