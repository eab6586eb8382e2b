import { expect, test } from '@jest/globals';
import iconv from 'iconv-lite';
import { profileOf } from '../../test/profile.ts';

const his = profileOf('his-file');

test('the profile is accepted as it stands', () => {
  expect(his.profile.problems).toEqual([]);
  expect(his.ids()).toEqual([
    ['his-file-orders-in', 'his-file-patients-in', 'his-file-status-out'],
    ['his-file-orders', 'his-file-patients', 'his-file-status'],
  ]);
});

test.each([
  ['his-patient-files', 'his-file-patients', 'inpatient.csv'],
  ['his-patient-files', 'his-file-patients', 'minimal.csv'],
  ['his-order-files', 'his-file-orders', 'placed.xlsx'],
  ['his-order-files', 'his-file-orders', 'cancelled.xlsx'],
])('[INT-02] [INT-03] a row is a canonical message: %s %s %s', (endpoint, map, file) => {
  const [one, ...more] = his.read(endpoint, his.sample(`${map}/${file}`));
  expect([one!.unsound, more]).toEqual([undefined, []]);
  const golden = `${map}/${file.replace(/\.\w+$/, '.canonical.json')}`;
  expect(his.canonical(map, one!.message)).toEqual(his.golden(golden));
});

test('[INT-03] an order without patient and item is not mapped, and says why', () => {
  const [one] = his.read('his-order-files', his.sample('his-file-orders/refused.xlsx'));
  expect({ problems: his.canonical('his-file-orders', one!.message) }).toEqual(
    his.golden('his-file-orders/refused.canonical.json'),
  );
});

test('[INT-03] a patient number that a spreadsheet spoiled refuses its row alone', () => {
  const file = '病历号,姓名,性别,出生日期\r\n1.10101E+16,甲,男,1990-1-1\r\n0002,乙,女,1991-2-2\r\n';
  const [spoiled, sound] = his.read('his-patient-files', Buffer.from(file));
  expect(spoiled!.unsound?.data).toMatchObject({ segment: '第 2 行 · row 2', field: 'patient' });
  expect([sound!.unsound, sound!.lanes]).toEqual([undefined, ['0002']]);
});

test.each(['accepted', 'rejected'])(
  '[INT-02] [INT-03] a change of state becomes a file in GB18030: %s',
  (name) => {
    const text = his.written('his-file-status', his.golden(`his-file-status/${name}.canonical.json`));
    expect(text).toBe(his.sample(`his-file-status/${name}.rows`).toString('utf8'));
    const { bytes } = his.bytes('his-file-out', text) as { bytes: Uint8Array };
    const [header, row] = iconv.decode(Buffer.from(bytes), 'gb18030').split('\r\n');
    expect(header).toBe('申请单号,订单号,病历号,项目代码,状态,原因,操作人,时间');
    expect(row).toBe(
      name === 'accepted'
        ? 'A20260302001,O26-000001,0001234567,NK-P,ACCEPTED,,张计划,20260302083000'
        : 'A20260302001,O26-000001,0001234567,NK-P,REJECTED,"标本量不足, ""请重采""",张计划,20260302083000',
    );
  },
);
