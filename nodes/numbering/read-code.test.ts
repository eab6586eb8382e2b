import { describe, expect, test } from '@jest/globals';
import { check10, check37 } from './check-character.ts';
import { readCode } from './read-code.ts';

const reasonOf = (text: string, typed?: boolean): string => {
  try {
    readCode(text, typed);
  } catch (error) {
    expect((error as { code: string }).code).toBe('numbering.code.unreadable');
    return String((error as { data: { reason: string } }).data.reason);
  }
  throw new Error(`${text} was read`);
};

describe('[CUS-2.1.1b] check characters', () => {
  test.each([
    ['G123498654321', 'H'],
    ['A999921123456', '3'],
    ['ABCDE27000069', 'C'],
    ['A999926000001', '8'],
    ['A999926000005', '0'],
    ['A999926000006', 'Z'],
    ['A999926000037', 'L'],
    ['A999926999999', 'N'],
    ['A999914123456', 'N'],
  ])('ISO/IEC 7064 MOD 37-2 of %s is %s', (din, k) => {
    expect(check37(din)).toBe(k);
  });

  test('every wrong single character and every swapped pair of a donation number is found', () => {
    const din = 'A999926000137';
    const k = check37(din);
    for (let i = 0; i < din.length; i++) {
      for (const c of '0123456789ABCDEFGHIJKLMNPQRSTUVWXYZ')
        if (c !== din[i]) expect(check37(din.slice(0, i) + c + din.slice(i + 1))).not.toBe(k);
      if (i > 0 && din[i] !== din[i - 1])
        expect(check37(din.slice(0, i - 1) + din[i] + din[i - 1] + din.slice(i + 1))).not.toBe(k);
    }
  });

  test('the GS1 check digit', () => {
    expect(check10('629104150021')).toBe('3');
    expect(check10('0950600013435')).toBe('2');
  });
});

describe('[CUS-2.1.1b] ISBT 128', () => {
  test('a scanned donation number, with its flags', () => {
    expect(readCode('=G12349865432100')).toEqual([
      {
        kind: 'din',
        standard: 'ISBT 128 DS 001',
        value: 'G123498654321',
        parts: { facility: 'G1234', year: '98', sequence: '654321', checkCharacter: 'H', flags: '00' },
      },
    ]);
    expect(readCode('=G12349865432177')[0]!.parts).toMatchObject({ flags: '77', check: 'flags' });
    expect(readCode('=A99992600000102\r\n')[0]!.parts).toMatchObject({ container: '2' });
    expect(reasonOf('=G12349865432176')).toContain('scan again');
    expect(reasonOf('=A99992600000114')).toContain('reserved');
    expect(reasonOf('=A999926000001')).toContain('cut off');
  });

  test('typed by hand: spaces, brackets and lower case are taken, the check character is required and must fit', () => {
    expect(readCode('a9999 26 000001 [8]', true)[0]).toMatchObject({ kind: 'din', value: 'A999926000001' });
    expect(reasonOf('A999926000001', true)).toContain('check character has to follow');
    expect(reasonOf('A9999260000019', true)).toContain('does not fit');
    expect(reasonOf('A9999260O00018', true)).toContain('no letter O');
    expect(reasonOf('O9999260000018', true)).toContain('no letter O');
  });

  test('a compound message counts its structures before any is used', () => {
    const compound = '=+04000=A99992600000100=<DM001V00&>0263652359&/CHA9999260000A1';
    expect(readCode(compound).map((s) => [s.kind, s.value])).toEqual([
      ['din', 'A999926000001'],
      ['product', 'DM001V00'],
      ['expiry', '0263652359'],
      ['coi', 'CHA9999260000A1'],
    ]);
    expect(readCode(compound)[1]!.parts).toEqual({ description: 'DM001', collection: 'V', division: '00' });
    expect(readCode(compound)[2]!.parts).toEqual({ date: '2026-12-31', time: '23:59' });
    expect(reasonOf(compound.replace('=+04', '=+05'))).toContain('5 structures were announced and 4 read');
    expect(reasonOf(compound.slice(0, -3))).toContain('040');
  });

  test.each([
    ["='A9999000123", 'staff'],
    ['&,1ABCDEF123456789012', 'mpho'],
    ['=$A999926000010102', 'consignment'],
    ['=)XX12345678', 'container'],
    ['&-0000LOT123', 'itemLot'],
    ['=,000123', 'divisions'],
  ])('%s is a %s', (text, kind) => {
    expect(readCode(text)[0]!.kind).toBe(kind);
  });

  test('days and times that there are not', () => {
    expect(reasonOf('&>0253662359')).toContain('2025 has no day 366');
    expect(reasonOf('&>0260002359')).toContain('no day 000');
    expect(reasonOf('&>0260012460')).toContain('time of day');
    expect(readCode('&>0243662359')[0]!.parts.date).toBe('2024-12-31');
  });
});

describe('GS1', () => {
  test('an element string with FNC1, as a scanner gives it', () => {
    expect(readCode(']d2010950600013435217261231101A-7\u001d21S99')).toEqual([
      { kind: 'gs1', standard: 'GS1 (01)', value: '09506000134352', parts: { name: 'gtin' } },
      { kind: 'gs1', standard: 'GS1 (17)', value: '261231', parts: { name: 'expiry', date: '2026-12-31' } },
      { kind: 'gs1', standard: 'GS1 (10)', value: '1A-7', parts: { name: 'lot' } },
      { kind: 'gs1', standard: 'GS1 (21)', value: 'S99', parts: { name: 'serial' } },
    ]);
  });

  test('as printed; the day 00 is the end of the month; weights have their decimals', () => {
    expect(readCode('(01)09506000134352(17)280200(3103)001250').map((s) => s.parts)).toEqual([
      { name: 'gtin' },
      { name: 'expiry', date: '2028-02-29' },
      { name: 'measure', amount: '1.25' },
    ]);
  });

  test('a trade item number alone', () => {
    expect(readCode('6291041500213')[0]).toMatchObject({ standard: 'GS1 (01)', value: '06291041500213' });
  });

  test.each([
    ['(01)09506000134353', 'check digit'],
    ['(17)261331', 'no date'],
    ['(05)1', 'no such application identifier'],
    ['(01)123', 'length'],
    ['(10)A(', 'brackets'],
    [']d2', 'no code'],
  ])('%s: %s', (text, reason) => {
    expect(reasonOf(text)).toContain(reason);
  });
});

describe('our own numbers and the rest', () => {
  test('say what they are, and are verified', () => {
    const number = `U-HY2600012-001${check37('U-HY2600012-001')}`;
    expect(readCode(number.toLowerCase())[0]).toMatchObject({
      kind: 'own',
      parts: { type: 'unit' },
      value: number,
    });
    expect(reasonOf(`${number.slice(0, -2)}9${number.at(-1)}`)).toContain('does not fit');
  });

  test('thousands of random texts are read or refused, nothing else', () => {
    let seed = 7;
    const random = (n: number) => (seed = (seed * 1103515245 + 12345) % 2147483648) % n;
    const letters = '=&<>*}()-$,;:/+\u001d]d2 []AIOXZ0123456789中';
    for (let i = 0; i < 4000; i++) {
      const text = Array.from({ length: 1 + random(40) }, () => letters[random(letters.length)]).join('');
      try {
        expect(readCode(text, i % 2 === 0).length).toBeGreaterThan(0);
      } catch (error) {
        expect((error as { code?: string }).code).toBe('numbering.code.unreadable');
      }
    }
  });
});
