import { describe, expect, test } from '@jest/globals';
import { day, hl7, hl7day, hl7Instant, hl7Time, parseHl7Time, time } from './date.ts';

describe('[INT-02] P22 dates', () => {
  test.each([
    ['2026', '2026', 'year'],
    ['202602', '2026-02', 'month'],
    ['20260228', '2026-02-28', 'day'],
    ['2026022813', '2026-02-28T13:00', 'hour'],
    ['202602281305', '2026-02-28T13:05', 'minute'],
    ['20260228130501', '2026-02-28T13:05:01', 'second'],
    ['20260228130501.1234+0800', '2026-02-28T13:05:01.1234+08:00', 'fraction'],
    ['20260228130501-0330', '2026-02-28T13:05:01-03:30', 'second'],
    ['202602282400', '2026-03-01T00:00', 'minute'],
    ['20261231240000+0800', '2027-01-01T00:00:00+08:00', 'second'],
    ['20240229', '2024-02-29', 'day'],
    ['2026-02-28 13:05:01', '2026-02-28T13:05:01', 'second'],
  ])('%s is %s to the %s, kept as sent', (raw, iso, precision) => {
    expect(parseHl7Time(raw)).toMatchObject({ raw, iso, precision });
  });

  test.each([
    '',
    'dd',
    '00000000',
    '20260231',
    '20230229',
    '20261301',
    '202602282460',
    '20260228240001',
    '20260228+9900',
    '2026022',
  ])('%j is a problem, kept as sent', (raw) =>
    expect(parseHl7Time(raw)).toMatchObject({ raw, problem: expect.any(String) }),
  );

  test('dates are written in HL7 with the precision they have', () => {
    expect(
      ['2026', '2026-02', '2026-02-28', '2026-02-28T13:05', '2026-02-28T13:05:01.123456Z'].map((iso) =>
        hl7Time(iso),
      ),
    ).toEqual(['2026', '202602', '20260228', '202602281305', '20260228130501.1234+0000']);
    expect(hl7Time('2026-02-28T13:05:01+08:00', 'minute')).toBe('202602281305+0800');
    expect(hl7Time('2026-02-28T13:05:01+08:00', 'day')).toBe('20260228');
    expect(hl7Time('nonsense')).toBeUndefined();
    expect(hl7Instant(Date.UTC(2026, 0, 1, 20), 480)).toBe('20260102040000+0800');
    expect(hl7Instant(Date.UTC(2026, 0, 1, 20), -210)).toBe('20260101163000-0330');
  });

  test('days and instants in the zone of the site', () => {
    expect([day('19800203'), day('1980'), day('x')]).toEqual(['1980-02-03', '1980', undefined]);
    expect(time('20261123083000', '+08:00')).toBe('2026-11-23T08:30:00+08:00');
    expect(time('20261123', '+08:00')).toBe('2026-11-23T00:00:00+08:00');
    expect(time('202611', '+08:00')).toBeUndefined();
    expect(hl7('2026-11-23T00:30:00Z', '+08:00')).toBe('20261123083000+0800');
    expect(hl7('2026-11-23', '+08:00')).toBe('20261123');
    expect(hl7day('2026-11-22T23:30:00Z', '+08:00')).toBe('20261123');
  });
});
