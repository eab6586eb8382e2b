import { check37, check37Value } from './check-character.ts';
import { type Structure, unreadable } from './reading.ts';

const din = /^[A-NP-Z1-9][A-NP-Z0-9]{2}\d{2}\d{2}\d{6}$/;
const flagsForm = /^[0-9A-HJ-NPR-Y]{2}$/;

const flagMeanings: Readonly<Record<string, string>> = {
  '00': '',
  '05': 'repeated label',
  '06': 'pilot tube',
  '07': 'test tube',
  '08': 'donor record',
  '09': 'sample tube for NAT',
  '10': 'samples for bacterial testing',
  '11': 'match-with-unit label',
  '12': 'affixed partial label',
  '13': 'attached label',
};

/** Flag characters of a DIN, ISBT 128 ST-001 table 3. */
function flagsOf(number: string, flags: string): Record<string, string> {
  if (!flagsForm.test(flags))
    throw unreadable(`标志字符 ${flags} 不合规`, `flag characters ${flags} are not allowed`);
  const value = Number(flags);
  if (value >= 60 && value <= 96) {
    if (value - 60 !== check37Value(number))
      throw unreadable(
        '标志字符与编号不符，请重新扫描',
        'the check value in the flags does not fit; scan again',
      );
    return { flags, check: 'flags' };
  }
  if ((value >= 1 && value <= 4) || (value >= 15 && value <= 19))
    return { flags, container: String(value <= 4 ? value : value - 10) };
  if (value >= 20 && value <= 59) return { flags, local: flags };
  const meaning = flagMeanings[flags];
  if (meaning === undefined)
    throw unreadable(`标志字符 ${flags} 为保留值`, `flag characters ${flags} are reserved`);
  return meaning === '' ? { flags } : { flags, label: meaning };
}

/** Donation Identification Number, data structure 001, from its 13 characters and flags. */
export function dinStructure(number: string, flags = '00'): Structure {
  if (!din.test(number))
    throw unreadable(
      /[OI]/.test(number)
        ? '供者识别码中没有字母 O，日期与流水只有数字：是否为 0 或 1？'
        : '不是供者识别码：5 位机构、2 位年份、6 位流水',
      /[OI]/.test(number)
        ? 'a donation number has no letter O, and digits in year and sequence: is it a 0 or a 1?'
        : 'no donation number: facility of 5, year of 2, sequence of 6 characters',
    );
  return {
    kind: 'din',
    standard: 'ISBT 128 DS 001',
    value: number,
    parts: {
      facility: number.slice(0, 5),
      year: number.slice(5, 7),
      sequence: number.slice(7),
      checkCharacter: check37(number),
      ...flagsOf(number, flags),
    },
  };
}

/**
 * A donation number typed by hand: spaces, `=` and a boxed check character are taken as they come; the check character is required
 * (ST-001, 2.4.1: 14 characters). Undefined where the text has no such form.
 */
export function typedDin(text: string): Structure | undefined {
  const plain = text
    .toUpperCase()
    .replace(/[\s[\]()]/g, '')
    .replace(/^=/, '');
  if (!/^[A-Z1-9][A-Z0-9]{2}[0-9OI]{10}[0-9A-Z*]?$/.test(plain)) return undefined;
  const found = dinStructure(plain.slice(0, 13));
  const given = plain.slice(13);
  if (given === '')
    throw unreadable('手工输入须带方框中的校验位', 'typed by hand, the boxed check character has to follow');
  if (given !== found.parts.checkCharacter)
    throw unreadable('校验位不符，请核对后重新输入', 'the check character does not fit; look and type again');
  return found;
}
