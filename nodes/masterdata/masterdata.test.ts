import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { masterItemRecord } from '../../contracts/masterdata/master-item.record.ts';
import { masterdataActions } from '../../contracts/masterdata/masterdata.actions.ts';
import { systemCaller } from '../kit/caller.ts';
import { kitForTests, type TestKit } from '../kit/testing/kit-for-tests.ts';
import { masterdataService } from './masterdata.service.ts';

const org = 'org-hy';
let mesh: TestKit;
beforeAll(async () => {
  mesh = await kitForTests([masterdataService]);
});
afterAll(() => mesh.close());

const receive = (id: string, control: string, items: object[]) =>
  mesh.kit.call(
    masterdataActions.receive,
    {
      items: [{ id, context: {}, message: { type: 'MasterDataChanged', catalogue: 'term', control, items } }],
    },
    { caller: systemCaller('hub', org), requestId: id },
  );
const rows = () => mesh.kit.find(masterItemRecord, { orgId: org }, {}, { orderBy: 'code' });

test('[ARC-04] terms of another system are added, amended and disabled, each message once', async () => {
  await receive('m1', 'add', [
    { code: 'A', name: '甲', system: 'S' },
    { code: 'B', system: 'S', parent: 'A' },
  ]);
  expect(await rows()).toMatchObject([
    { code: 'A', name: '甲', active: true, version: 1 },
    { code: 'B', name: 'B', parent: 'A' },
  ]);
  await receive('m2', 'update', [{ code: 'A', name: '乙', system: 'S' }]);
  await receive('m2', 'update', [{ code: 'A', name: '丙', system: 'S' }]); // the same message again
  await receive('m3', 'disable', [{ code: 'B', system: 'S' }]);
  expect(await rows()).toMatchObject([
    { code: 'A', name: '乙', version: 2 },
    { code: 'B', name: 'B', parent: 'A', active: false },
  ]);
});

test('what is stated again changes nothing, and the same code of another system is another item', async () => {
  const before = await rows();
  await receive('m4', 'update', [{ code: 'A', name: '乙', system: 'S' }]);
  expect(await rows()).toEqual(before);
  await receive('m5', 'add', [{ code: 'A', name: '丁', system: 'T' }]);
  expect(await rows()).toHaveLength(3);
});
