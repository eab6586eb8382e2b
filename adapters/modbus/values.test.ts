import { describe, expect, test } from '@jest/globals';
import { halves, plan } from './blocks.ts';
import { encodeRequest, readRequest, takeAnswer, writeRegisters } from './frames.ts';
import type { Point } from './point-schema.ts';
import { decodeRegisters, encodeRegisters, widthOf } from './values.ts';

const point = (more: Partial<Point>): Point => ({ point: 'p', table: 'holding', address: 0, ...more });
const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');
const value = (bytes: string, more: Partial<Point>) => decodeRegisters(point(more), hex(bytes)).value;

describe('values of registers', () => {
  test.each([
    ['00FF', { type: 'u16' }, 255],
    ['FFF6', { type: 's16' }, -10],
    ['FFF6', { type: 's16', scale: 0.1 }, -1],
    ['00EB', { type: 'u16', scale: 0.1 }, 23.5],
    ['0001 0002', { type: 'u32' }, 65538],
    ['0002 0001', { type: 'u32', order: 'CDAB' }, 65538],
    ['FFFF FFFE', { type: 's32' }, -2],
    ['D47A 43E8', { type: 'f32', order: 'CDAB' }, 465.65997],
    ['43E8 D47A', { type: 'f32' }, 465.65997],
    ['E843 7AD4', { type: 'f32', order: 'BADC' }, 465.65997],
    ['7AD4 E843', { type: 'f32', order: 'DCBA' }, 465.65997],
    ['0000 0000 0001 0000', { type: 'u64' }, 65536],
    ['FFFF FFFF FFFF FFFF', { type: 's64' }, -1],
    ['4037 0000 0000 0000', { type: 'f64' }, 23],
    ['1234', { type: 'bcd16' }, 1234],
    ['1234 5678', { type: 'bcd32' }, 12345678],
    ['0024', { mask: 0x0020 }, 1],
    ['0024', { mask: 0x0010 }, 0],
    ['0F00', { mask: 0x0f00 }, 15],
    ['8000 0000', { type: 'u32', mask: 0x80000000 }, 1],
    ['0064', { scale: 2, offset: -40 }, 160],
  ] as const)('%s as %j is %s', (bytes, more, wanted) => {
    expect(value(bytes, more as Partial<Point>)).toBeCloseTo(wanted, 2);
  });

  test('what a sensor says instead of a value is bad, and says why', () => {
    expect(decodeRegisters(point({ type: 's16', invalid: [0x8000] }), hex('8000'))).toEqual({
      raw: '0x8000',
      value: null,
      quality: 'bad',
      reason: 'invalid-value',
    });
    expect(decodeRegisters(point({ invalid: [0x7fff] }), hex('7fff'))).toMatchObject({ quality: 'bad' });
    expect(decodeRegisters(point({ type: 'f32' }), hex('7fc00000'))).toMatchObject({
      reason: 'not-a-number',
    });
    expect(decodeRegisters(point({ type: 'bcd16' }), hex('12A4'))).toMatchObject({ reason: 'not-bcd' });
    expect(decodeRegisters(point({ type: 's16', min: -40, max: 80 }), hex('0064'))).toMatchObject({
      value: 100,
      quality: 'uncertain',
      reason: 'out-of-range',
    });
  });

  test('text ends at its first NUL, and control characters do not pass', () => {
    expect(decodeRegisters(point({ type: 'ascii', length: 3 }), hex('53 4E 31 07 00 39'))).toMatchObject({
      raw: 'SN1?',
      value: null,
      quality: 'good',
    });
  });

  test('a single is the shortest decimal that is the same single', () => {
    const bytes = Buffer.alloc(4);
    for (const given of [23.1, 0.1, 1e-7, 123456.7, -0.3, 16777216]) {
      bytes.writeFloatBE(given);
      expect(value(bytes.toString('hex'), { type: 'f32' })).toBe(given);
    }
  });

  test('what is written reads back as it was', () => {
    for (const type of ['u16', 's16', 'u32', 's32', 'f32', 'f64'] as const)
      for (const order of ['ABCD', 'CDAB', 'BADC', 'DCBA'] as const) {
        const output = point({ type, order, scale: 0.5, offset: 1 });
        const bytes = encodeRegisters(output, 21)!;
        expect(bytes.length).toBe(widthOf(output) * 2);
        expect(decodeRegisters(output, bytes).value).toBe(21);
      }
    expect(encodeRegisters(point({ type: 'u16' }), -1)).toBeUndefined();
    expect(encodeRegisters(point({ type: 'u16' }), 65536)).toBeUndefined();
  });
});

describe('requests', () => {
  const at = (address: number, more: Partial<Point> = {}): Point =>
    point({ point: `p${address}`, address, ...more });
  const spans = (points: readonly Point[], limits = {}) =>
    plan(points, limits).map((b) => `${b.table} ${b.address}+${b.count}`);

  test('registers near one another are read together, others apart', () => {
    expect(spans([at(0), at(1, { type: 'f32' }), at(5), at(40)])).toEqual(['holding 0+6', 'holding 40+1']);
    expect(spans([at(0), at(2)], { gap: 0 })).toEqual(['holding 0+1', 'holding 2+1']);
    expect(spans([at(5), at(5, { table: 'input' }), at(7, { table: 'coil' })])).toEqual([
      'coil 7+1',
      'input 5+1',
      'holding 5+1',
    ]);
  });

  test('no request is larger than the protocol or the device allows', () => {
    const many = Array.from({ length: 300 }, (_, i) => at(i));
    expect(spans(many)).toEqual(['holding 0+125', 'holding 125+125', 'holding 250+50']);
    expect(spans(many.slice(0, 20), { registers: 8 })).toEqual([
      'holding 0+8',
      'holding 8+8',
      'holding 16+4',
    ]);
    const coils = Array.from({ length: 2100 }, (_, i) => at(i, { table: 'coil' }));
    expect(spans(coils)).toEqual(['coil 0+2000', 'coil 2000+100']);
  });

  test('points that overlap, as bits of one register do, are read once', () => {
    expect(spans([at(3, { mask: 1 }), { ...at(3, { mask: 2 }), point: 'other' }, at(4)])).toEqual([
      'holding 3+2',
    ]);
  });

  test('a refused block is parted down to its points', () => {
    const [block] = plan([at(0), at(1), at(2)]);
    const [a, b] = halves(block!)!;
    expect([a.address, a.count, b.address, b.count]).toEqual([0, 2, 2, 1]);
    expect(halves(b)).toBeUndefined();
  });
});

describe('frames', () => {
  test('the published exchange of the Vaisala probe', () => {
    expect(encodeRequest('rtu-over-tcp', 1, 0xf0, readRequest('holding', 0, 2))).toEqual(
      hex('F0 03 00 00 00 02 D1 2A'),
    );
    const taken = takeAnswer('rtu-over-tcp', hex('F0 03 04 D4 7A 43 E8 33 AB 99'));
    expect(taken).toMatchObject({ answer: { unit: 0xf0 }, rest: hex('99') });
  });

  test('the request the Senseair sensor is published with', () => {
    expect(encodeRequest('rtu-over-tcp', 1, 0xfe, readRequest('input', 3, 1))).toEqual(
      hex('FE 04 00 03 00 01 D5 C5'),
    );
  });

  test('Modbus TCP', () => {
    expect(encodeRequest('tcp', 0x0102, 17, writeRegisters(1, hex('0003')))).toEqual(
      hex('0102 0000 0006 11 06 0001 0003'),
    );
    expect(writeRegisters(1, hex('000A 0102'))).toEqual(hex('10 0001 0002 04 000A 0102'));
    expect(takeAnswer('tcp', hex('0102 0000 0005 11 03 02 00'))).toBeUndefined();
    expect(takeAnswer('tcp', hex('4854 5450'))).toEqual({ garbage: 'not the protocol Modbus' });
    expect(takeAnswer('tcp', hex('0001 0000 0001 11'))).toMatchObject({ garbage: expect.any(String) });
    expect(takeAnswer('rtu-over-tcp', hex('0103 0200 0A00 00'))).toMatchObject({
      garbage: expect.any(String),
    });
  });
});
