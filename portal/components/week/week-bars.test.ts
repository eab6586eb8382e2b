import { expect, test } from '@jest/globals';
import { barsOf } from './week-bars.ts';

test('spans of a day stand where their hours are, and below one another where they overlap', () => {
  const spans = [
    { days: ['mon'], from: '12:00', to: '24:00', label: 'b' },
    { days: ['mon', 'tue'], from: '06:00', to: '18:00', label: 'a' },
    { days: ['mon'], from: '18:00', to: '20:00', label: 'c' },
  ];
  expect(barsOf(spans, 'mon')).toEqual([
    { label: 'a', left: 25, width: 50, row: 0 },
    { label: 'b', left: 50, width: 50, row: 1 },
    { label: 'c', left: 75, width: expect.closeTo(8.33, 1), row: 0 },
  ]);
  expect(barsOf(spans, 'sun')).toEqual([]);
});
