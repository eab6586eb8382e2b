import { expect, test } from '@jest/globals';
import iconv from 'iconv-lite';
import { profileOf } from '../../test/profile.ts';

const lis = profileOf('lis-file');
const results = 'lis-file-results';

test('the profile is accepted as it stands', () => {
  expect(lis.profile.problems).toEqual([]);
  expect(lis.ids()).toEqual([
    ['lis-file-orders-out', 'lis-file-results-in'],
    ['lis-file-order', 'lis-file-results'],
  ]);
});

test.each(['panel', 'preliminary'])(
  '[INT-02] [INT-03] a CSV of Excel becomes one result a report: %s',
  (name) => {
    const [one, ...more] = lis.read('lis-file', lis.sample(`${results}/${name}.csv`));
    expect([one!.unsound, more]).toEqual([undefined, []]);
    expect(lis.canonical(results, one!.message)).toEqual(lis.golden(`${results}/${name}.canonical.json`));
  },
);

test('[INT-03] a result without value, with a status and a time nobody knows is not mapped, and says why', () => {
  const [one] = lis.read('lis-file', lis.sample(`${results}/refused.csv`));
  expect({ problems: lis.canonical(results, one!.message) }).toEqual(
    lis.golden(`${results}/refused.canonical.json`),
  );
});

test('[INT-03] a file without a column that must be there is refused as a whole', () => {
  const text = lis.sample(`${results}/preliminary.csv`).toString('utf8').replace('检验结果', '数值');
  const [one, ...more] = lis.read('lis-file', Buffer.from(text));
  expect(more).toEqual([]);
  expect(JSON.stringify(one!.unsound)).toContain('检验结果');
});

test.each(['accepted', 'cancelled'])(
  '[INT-02] [INT-03] an order becomes a row of a file in GB18030: %s',
  (name) => {
    const text = lis.written('lis-file-order', lis.golden(`lis-file-order/${name}.canonical.json`));
    expect(text).toBe(lis.sample(`lis-file-order/${name}.rows`).toString('utf8'));
    const { bytes } = lis.bytes('lis-file-out', text) as { bytes: Uint8Array };
    const [header, row, end] = iconv.decode(Buffer.from(bytes), 'gb18030').split('\r\n');
    expect(header).toBe('动作,申请单号,订单号,病历号,姓名,性别,出生日期,项目代码,项目名称,原因,时间');
    expect(row).toBe(
      name === 'accepted'
        ? '新增,A20260302001,O26-000001,0001234567,欧阳 若曦,F,19850309,NK-P,NK细胞制备,,20260302083000'
        : '取消,A20260302001,O26-000001,0001234567,欧阳 若曦,F,19850309,NK-P,NK细胞制备,患者放弃,20260302083000',
    );
    expect(end).toBe('');
  },
);
