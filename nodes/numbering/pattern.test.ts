import { describe, expect, test } from '@jest/globals';
import { numberAt, readPattern, seriesOf } from './pattern.ts';

/** 2026-12-31 23:30 in Beijing. */
const now = Date.UTC(2026, 11, 31, 15, 30);
const filling = { org: 'HY', facility: 'A9999', scope: 'HY2600012', now };
const at = (pattern: string, place: number) => numberAt(readPattern(pattern, 'A9999'), filling, place);

describe('[CUS-2.1.1b] patterns', () => {
  test.each([
    ['{facility}{yy}{seq:6}', 1, 'A999926000001'],
    ['{facility}{yy}{seq:6}{check}', 1, 'A9999260000018'],
    ['{org}-{yyyy}{MM}{dd}-{seq:3}', 42, 'HY-20261231-042'],
    ['{yy}{ddd}/{seq:2}', 7, '26365/07'],
    ['U-{scope}-{seq:3}', 999, 'U-HY2600012-999'],
    ['{seq:12}{check:10}', 629104150021, '6291041500213'],
  ])('%s writes number %i as %s', (pattern, place, number) => {
    expect(at(pattern, place)).toBe(number);
  });

  test('days begin at midnight of the hospital, and a new day is a new series', () => {
    const pattern = readPattern('{yy}{MM}{dd}-{seq:3}{check}');
    expect(seriesOf(pattern, filling)).toBe('261231-#');
    expect(seriesOf(pattern, { ...filling, now: now + 1_800_000 })).toBe('270101-#');
  });

  test.each([
    ['HY-001', 'no {seq:digits}'],
    ['{seq:0}', 'no token'],
    ['{seq:13}', 'no token'],
    ['{seq:3}{seq:3}', 'twice'],
    ['{check}{seq:3}', 'comes last'],
    ['{seq:3', 'not paired'],
    ['号{seq:3}', 'characters'],
    ['{weather}{seq:3}', 'no token'],
  ])('%s is refused: %s', (pattern, reason) => {
    expect(() => readPattern(pattern)).toThrow(
      expect.objectContaining({ code: 'numbering.pattern.invalid' }),
    );
    try {
      readPattern(pattern);
    } catch (error) {
      expect((error as { data: { reason: string } }).data.reason).toContain(reason);
    }
  });

  test.each(['', 'A999', 'O9999', 'A99O9', '09999', 'A99999'])('“%s” is no facility number', (facility) => {
    expect(() => readPattern('{facility}{seq:6}', facility)).toThrow();
  });
});
