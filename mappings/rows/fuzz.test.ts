import { deflateRawSync } from 'node:zlib';
import { expect, test } from '@jest/globals';
import iconv from 'iconv-lite';
import { Fault } from '../../contracts/kernel/fault.ts';
import { type Random, seeded } from '../../test/peers/his/random.ts';
import { profileOf } from '../../test/profile.ts';
import { format } from './format.ts';

/** Kept: a failure is found again by it. */
const seed = 846_0005;
const cases = 3000;

const lis = profileOf('lis-file');
const his = profileOf('his-file');
const text = lis.sample('lis-file-results/panel.csv').toString('utf8');
const rows = { ...lis.endpoint('lis-file'), lane: 'specimen' as const };
const sheet = his.endpoint('his-order-files');
const fixed = {
  ...rows,
  read: {
    kind: 'fixed',
    columns: {
      report: { start: 1, length: 10 },
      barcode: { start: 11, length: 12 },
      value: { start: 30, length: 8 },
    },
    keys: { report: 'report' },
  },
};
const sources = [
  { endpoint: rows, bytes: iconv.encode(text, 'gb18030') },
  { endpoint: rows, bytes: Buffer.from(`\ufeff${text}`) },
  { endpoint: rows, bytes: iconv.encode(text, 'utf-16le', { addBOM: true }) },
  {
    endpoint: fixed,
    bytes: iconv.encode('R000000001001234567890  文本   1.85    \r\n'.repeat(5), 'gb18030'),
  },
  { endpoint: sheet, bytes: his.sample('his-file-orders/placed.xlsx') },
];

const spice = [
  '"',
  '""',
  ',,,,,',
  '\r',
  '\n\n',
  '\u0000',
  '="',
  'sep=;\r\n',
  '1.23E+16',
  '\ufeff',
  '__proto__',
  ','.repeat(3000),
  '9'.repeat(70_000),
  '=cmd|calc',
].map((one) => Buffer.from(one));
const bytesOf = [
  Buffer.from('81', 'hex'),
  Buffer.from('ff', 'hex'),
  Buffer.from('504b0304', 'hex'),
  Buffer.from('504b0506', 'hex'),
];
/** A part of a workbook that is 40 MB when it is unpacked. */
const bomb = deflateRawSync(Buffer.alloc(40_000_000, '<c/>'));

function mutated(bytes: Buffer, chance: Random): Buffer {
  let out: Buffer = Buffer.from(bytes);
  for (let times = chance.int(1, 4); times > 0; times--) {
    const at = chance.int(0, out.length);
    const [before, after] = [out.subarray(0, at), out.subarray(at)];
    const way = chance.int(0, 6);
    if (way === 0) out = Buffer.from(before);
    else if (way === 1) out = Buffer.concat([before, after.subarray(chance.int(1, 60))]);
    else if (way === 2) out = Buffer.concat([before, chance.pick(spice), after]);
    else if (way === 3) out = Buffer.concat([before, chance.pick(bytesOf), after]);
    else if (way === 4) out = Buffer.concat([before, after.subarray(0, 200), after]);
    else if (way === 5 && chance.chance(0.02)) out = Buffer.concat([before, bomb, after]);
    else if (at < out.length) out[at] = out[at]! ^ (1 << chance.int(0, 7));
  }
  return out;
}

test(`[INT-03] ${cases} spoiled files of rows: each row is read or refused with its reason, never half, and nothing is thrown`, () => {
  const chance = seeded(seed);
  let refused = 0;
  let sound = 0;
  for (let i = 0; i < cases; i++) {
    const { endpoint, bytes } = chance.pick(sources);
    const { messages } = format.read({ bytes: mutated(bytes, chance), oddities: [] }, endpoint as never);
    for (const one of messages) {
      if (one.unsound) {
        refused++;
        const { message } = new Fault(one.unsound.code, one.unsound.data);
        expect([i, message]).toEqual([i, expect.not.stringMatching(/undefined|^\s*$/)]);
        continue;
      }
      sound++;
      expect(
        format.parse(one.bytes, { charset: 'UTF-8', meta: {} } as never, endpoint as never),
      ).toMatchObject({
        rows: (one.message as { rows: unknown }).rows,
      });
      expect(one.keys.every(({ value }) => value.length > 0 && value.length <= 64)).toBe(true);
    }
  }
  expect([refused > cases / 10, sound > cases / 10]).toEqual([true, true]);
}, 120_000);
