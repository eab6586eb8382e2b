import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import { claimName, isPassing, patternOf, readClaim } from './names.ts';
import { Bench, filesIn, moved } from './testing.ts';

const bench = new Bench();
afterEach(() => bench.clear());

/** 检验结果.csv as a Windows system writes it. */
const gbkName = Buffer.from('bcecd1e9bde1b9fb2e637376', 'hex');

test('[INT-03] a name in GBK is read, taken and given back in UTF-8; of two that read alike both are taken', async () => {
  const folder = bench.folder();
  writeFileSync(Buffer.concat([Buffer.from(`${folder}/`), gbkName]), 'gbk');
  writeFileSync(join(folder, '检验结果.csv'), 'utf8');
  writeFileSync(Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0xff, 0x2e, 0x63])]), 'neither');
  const { names, texts, incidents } = await bench.watch({ folder, results: false });
  await moved(folder, 3);
  expect(names().sort()).toEqual(['ÿ.c', '检验结果.csv', '检验结果.csv'].sort());
  expect(texts().sort()).toEqual(['gbk', 'neither', 'utf8']);
  expect(filesIn(folder)).toEqual(
    ['processed/DAY/ÿ.c', 'processed/DAY/检验结果.csv', 'processed/DAY/检验结果~2.csv'].sort(),
  );
  expect(incidents).toEqual([]);
});

test('[INT-03] names too long to be claimed as they are stay apart from one another', async () => {
  const folder = bench.folder();
  for (const last of ['甲', '乙']) writeFileSync(join(folder, `${'长'.repeat(80)}${last}.csv`), last);
  const { texts, incidents } = await bench.watch({ folder, results: false });
  await moved(folder, 2);
  expect([texts().sort(), incidents]).toEqual([['乙', '甲'], []]);
  expect(readClaim(claimName('abcdefgh', 'a b.csv'))).toEqual({ owner: 'abcdefgh', name: 'a b.csv' });
  expect(Buffer.byteLength(claimName('abcdefgh', '长'.repeat(85)))).toBeLessThan(255);
});

test.each([
  '.a',
  'a.tmp',
  'a.PART',
  '~$a.xlsx',
  'a.csv~',
  'Thumbs.db',
  'a.csv.filepart',
  '.claimed-abcdefgh~a',
])('a name of something else is passed over: %s', (name) => expect(isPassing(name)).toBe(true));

test('a pattern is matched whole, in any case, and its other characters stand for themselves', () => {
  const matches = patternOf('*.csv | R(1)-??.txt');
  expect(['a.csv', 'A.CSV', '结果.csv', 'r(1)-12.TXT', 'a.csv.x', 'R1-12.txt', 'acsv'].map(matches)).toEqual([
    true,
    true,
    true,
    true,
    false,
    false,
    false,
  ]);
});
