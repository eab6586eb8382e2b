import { expect, test } from '@jest/globals';
import { type Expect, expectedSince } from './expected.ts';

const morning: Expect = {
  days: ['mon', 'tue', 'wed', 'thu', 'fri'],
  from: '08:00',
  to: '18:00',
  atLeast: 1,
  everyMinutes: 60,
};
/** Beijing time. */
const at = (text: string): number => Date.parse(`${text}+08:00`);
const since = (text: string, expected = morning) => {
  const found = expectedSince(expected, at(text), 480);
  return found === undefined ? undefined : new Date(found).toISOString();
};

test.each([
  ['before the span has passed once', '2026-11-25T08:59:59', undefined],
  ['the first look, one span after the beginning', '2026-11-25T09:00:00', '2026-11-25T00:00:00.000Z'],
  ['in the middle of the day', '2026-11-25T12:30:00', '2026-11-25T03:30:00.000Z'],
  ['the last minute', '2026-11-25T18:00:00', '2026-11-25T09:00:00.000Z'],
  ['after the end', '2026-11-25T18:00:01', undefined],
  ['on a day that is not named', '2026-11-28T12:00:00', undefined],
])('%s', (_what, now, wanted) => {
  expect(since(now)).toBe(wanted);
});

test('the day is that of the hospital, not of the server: early Monday there is Sunday here', () => {
  const night: Expect = { ...morning, days: ['mon'], from: '00:00', to: '06:00', everyMinutes: 30 };
  expect(since('2026-11-23T00:29:00', night)).toBeUndefined();
  expect(since('2026-11-23T00:30:00', night)).toBe('2026-11-22T16:00:00.000Z');
});
