import { expect, test } from '@jest/globals';
import { packRows, unpackRows } from './packed-rows.ts';

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);
const crossed = (rows: unknown[][]): unknown[][] =>
  Array.from(unpackRows(structuredClone(packRows(rows))), (row) =>
    row.map((v) => (ArrayBuffer.isView(v) ? Uint8Array.from(v as Uint8Array) : v)),
  );

test('rows come out as they went in', () => {
  const rows = [
    ['a', 1, null, 'same', bytes(1, 2), bytes(), null],
    ['b', 1, 'x', 'same', null, bytes(9), bytes(7)],
    ['c', 1, null, 'same', bytes(3), bytes(8, 8, 8), 'text'],
  ];
  expect(crossed(rows)).toEqual(rows);
});

test('numbers beside bytes in one column stay numbers of bytes only where bytes were given', () => {
  const rows = [
    [5, bytes(1)],
    [6, bytes(2, 3)],
  ];
  expect(crossed(rows)).toEqual(rows);
});

test('one row, no rows, and rows without columns', () => {
  expect(crossed([['only', bytes(1)]])).toEqual([['only', bytes(1)]]);
  expect(crossed([])).toEqual([]);
  expect(crossed([[], []])).toEqual([[], []]);
});

test('a slice of a large buffer crosses with its own bytes', () => {
  const large = Buffer.alloc(100_000, 1);
  large[500] = 42;
  const packed = packRows([[large.subarray(500, 502)], [large.subarray(0, 1)]]);
  expect(packed.bytes?.byteLength).toBe(3);
  expect(crossed([[large.subarray(500, 502)]])).toEqual([[bytes(42, 1)]]);
});
