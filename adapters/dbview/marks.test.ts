import { describe, expect, test } from '@jest/globals';
import { numberMarks, timeMarks } from './marks.ts';

describe('marks that are times keep the form of their column', () => {
  test.each([
    ['2026-03-01T00:00:30', '2026-02-28T23:59:30'],
    ['2026-03-01 00:00:30.5', '2026-02-28 23:59:30.5'],
    ['2026-03-01T00:00:30.123456', '2026-02-28T23:59:30.123000'],
    ['2026-03-01T00:00:30.25Z', '2026-02-28T23:59:30.25Z'],
    ['20260301000030', '20260228235930'],
    ['20260301000030123', '20260228235930123'],
    ['2026/03/01 00:00', '2026/02/28 23:59'],
    ['2026-03-01', '2026-02-28'],
    ['20260301', '20260228'],
  ])('%s less a minute is %s', (mark, less) => {
    expect(timeMarks.minus(mark, 60)).toBe(less);
    expect(timeMarks.compare(less, mark)).toBeLessThan(0);
    expect(timeMarks.compare(mark, mark)).toBe(0);
  });

  test('they are compared by what they mean, whatever digits a database leaves out', () => {
    expect(timeMarks.compare('2026-03-01T08:00:00', '2026-03-01T08:00:00.0')).toBe(0);
    expect(timeMarks.compare('2026-03-01T08:00:00.1', '2026-03-01T08:00:00.09')).toBeGreaterThan(0);
    expect(timeMarks.compare('2026-03-01', '2026-03-01T00:00:00')).toBe(0);
  });

  test('the clock of the other side bounds a mark, written as the mark is', () => {
    expect(timeMarks.notAfter('20990101000000', '2026-03-01 08:00:00')).toBe('20260301080000');
    expect(timeMarks.notAfter('2026-03-01T07:59:59', '2026-03-01 08:00:00')).toBe('2026-03-01T07:59:59');
    expect(timeMarks.notAfter('2026-03-01T09:00:00', undefined)).toBe('2026-03-01T09:00:00');
  });

  test('a start is written as the view writes its marks', () => {
    expect(timeMarks.like('2026-03-01 08:00:00.000', '2026-01-31T01:02:03')).toBe('2026-01-31 01:02:03.000');
    expect(timeMarks.like('20260301', '2026-01-31T01:02:03')).toBe('20260131');
    expect(timeMarks.like('2026-03-01', 'yesterday')).toBeUndefined();
  });

  test('what is no time has no place before it', () => {
    expect(timeMarks.minus('A0017', 60)).toBeUndefined();
    expect(timeMarks.minus('2026-13-40', 0)).toBeUndefined();
  });
});

describe('marks that are numbers', () => {
  test('are exact beyond 53 bits and in fractions', () => {
    expect(numberMarks.minus('9007199254740993', 1)).toBe('9007199254740992');
    expect(numberMarks.compare('9007199254740993', '9007199254740992')).toBeGreaterThan(0);
    expect(numberMarks.compare('10', '9')).toBeGreaterThan(0);
    expect(numberMarks.compare('1.50', '1.5')).toBe(0);
    expect(numberMarks.compare('-2', '-1')).toBeLessThan(0);
    expect(numberMarks.like('5', 'x')).toBeUndefined();
  });
});
