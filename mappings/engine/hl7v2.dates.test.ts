import { describe, expect, test } from '@jest/globals';
import { hl7Dates } from './hl7v2.dates.ts';

const zone = '+08:00';

describe('time of HL7 to ISO 8601 with offset', () => {
  test.each<[string, string | undefined]>([
    ['20260302081530', '2026-03-02T08:15:30+08:00'],
    ['202603020815', '2026-03-02T08:15:00+08:00'],
    ['20260302', '2026-03-02T00:00:00+08:00'],
    ['20260331235959', '2026-03-31T23:59:59+08:00'],
    ['20260302081530+0000', '2026-03-02T08:15:30+00:00'],
    ['20260302081530.1234-0330', '2026-03-02T08:15:30.1234-03:30'],
    ['202603020815+0900', '2026-03-02T08:15:00+09:00'],
    ['20260302240000', '2026-03-03T00:00:00+08:00'],
    ['20240229120000', '2024-02-29T12:00:00+08:00'],
    ['20260229120000', undefined],
    ['20260230', undefined],
    ['20261301', undefined],
    ['20260302250000', undefined],
    ['20260302086000', undefined],
    ['202603', undefined],
    ['2026', undefined],
    ['00000000', undefined],
    ['dd', undefined],
  ])('%s', (text, expected) => {
    expect(hl7Dates.time(text, zone)).toBe(expected);
  });
});

describe('day', () => {
  test.each<[string, string | undefined]>([
    ['19800203', '1980-02-03'],
    ['19800203101500', '1980-02-03'],
    ['198002', '1980-02'],
    ['1980', '1980'],
    ['19800230', undefined],
    ['张三', undefined],
  ])('%s', (text, expected) => {
    expect(hl7Dates.day(text)).toBe(expected);
  });
});

test('times leave in the zone of the mapping, days as precise as they are', () => {
  expect(hl7Dates.hl7('2026-03-02T16:30:05.999Z', zone)).toBe('20260303003005');
  expect(hl7Dates.hl7zone('2026-03-02T16:30:05Z', zone)).toBe('20260303003005+0800');
  expect(hl7Dates.hl7('2026-03-02T16:30:05+08:00', '-03:30')).toBe('20260302050005');
  expect(hl7Dates.hl7('2026-03-02', zone)).toBeUndefined();
  expect(hl7Dates.hl7('2026-03-02T16:30:05', zone)).toBeUndefined();
  expect(hl7Dates.hl7day('1980-02-03', zone)).toBe('19800203');
  expect(hl7Dates.hl7day('1980-02', zone)).toBe('198002');
  expect(hl7Dates.hl7day('2026-03-02T16:30:05Z', zone)).toBe('20260303');
  expect(hl7Dates.hl7day('yesterday', zone)).toBeUndefined();
});
