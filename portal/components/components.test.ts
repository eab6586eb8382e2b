import { expect, test } from '@jest/globals';
import { machines } from '../api/meta.generated.ts';
import { tokens } from './json/tokens.ts';
import { machinePicture, mainPath } from './machine/machine-path.ts';
import { cleanScan } from './search/scan.ts';
import { sparkPath } from './spark/spark-path.ts';
import { nextSort, sortOf } from './table/column.ts';

test('the main way of an order is its way from draft to closed', () => {
  expect(mainPath(machines.order)).toEqual([
    'DRAFT',
    'SUBMITTED',
    'ACCEPTED',
    'IN_EXECUTION',
    'FULFILLED',
    'CLOSED',
  ]);
});

test('a held order stands under the state it was held in, and no two side states share a place', () => {
  const { side } = machinePicture(machines.order, 'ON_HOLD', 'ACCEPTED');
  expect(side.find((s) => s.state === 'ON_HOLD')?.under).toBe(2);
  expect(new Set(side.map((s) => s.under)).size).toBe(side.length);
});

test('coloured pieces joined are the line again', () => {
  const lines = [
    '  service: { table: his-service, onMiss: park } # 说明',
    'hours: "07:00-22:00"',
    "on-timeout: 'x # y'",
    '- 12',
    '',
  ];
  for (const line of lines)
    expect(
      tokens(line, 'yaml')
        .map((t) => t.text)
        .join(''),
    ).toBe(line);
  expect(tokens('attempts: 8 # tries', 'yaml').filter((t) => t.kind !== 'plain')).toEqual([
    { kind: 'key', text: 'attempts' },
    { kind: 'number', text: '8' },
    { kind: 'comment', text: '# tries' },
  ]);
  expect(tokens('  "name": "欧阳弢",', 'json').filter((t) => t.kind !== 'plain')).toEqual([
    { kind: 'key', text: '"name"' },
    { kind: 'string', text: '"欧阳弢"' },
  ]);
});

test('a scan loses its prefix, control characters and full-width forms', () => {
  expect(cleanScan(']C1P20261123\u001d\r')).toBe('P20261123');
  expect(cleanScan('Ｐ２０２６　')).toBe('P2026');
});

test('a line needs two values; zero lies on the ground', () => {
  expect(sparkPath([1], 100, 20)).toEqual({ line: '', area: '' });
  expect(sparkPath([0, 2], 100, 20).line).toBe('M0.0 19.0L100.0 2.0');
});

test('a column sorts downwards first, then upwards', () => {
  expect([nextSort('', 'at'), nextSort('-at', 'at'), nextSort('at', 'at')]).toEqual(['-at', 'at', '-at']);
  expect([sortOf('-at', 'at'), sortOf('at', 'at'), sortOf('x', 'at')]).toEqual([
    'descending',
    'ascending',
    undefined,
  ]);
});
