import { describe, expect, test } from '@jest/globals';
import { Hl7Message } from './message.ts';
import { checkSoundness, firstFatal } from './sound.ts';

const MSH = 'MSH|^~\\&|A|B|C|D|2026||ADT^A01|1|P|2.4\r';
const check = (text: string) => checkSoundness(Hl7Message.parse(text));
const reasons = (text: string) => check(text).map(({ reason, index }) => `${index}:${reason}`);

describe('[INT-02] soundness', () => {
  test.each(['2.2', '2.3.1', '2.4', '2.5', '2.5.1', '2.6', '2.7', '2.8', '2.8.2'])(
    'a v%s message of any type passes',
    (v) => {
      for (const type of ['ADT^A01', 'ORM^O01^ORM_O01', 'MDM^T02', 'QRY^A19', 'ZZZ^Z99', 'ACK'])
        expect(check(`MSH|^~\\&|A|B|C|D|2026||${type}|1|P|${v}\rPID|1\rZPI|1\r`)).toEqual([]);
    },
  );

  test.each([
    ['', 'empty'],
    ['PID|1\r', 'no-header'],
    ['hello', 'no-header'],
    ['MSH', 'no-delimiters'],
    ['MSH|', 'no-delimiters'],
    ['MSH|abc\\|A', 'delimiter-not-usable'],
    ['MSH|^^\\&|A', 'delimiters-not-distinct'],
  ])('AR: %j is no message', (text, reason) => {
    expect(firstFatal(check(text))).toMatchObject({ reason, answer: 'AR', index: 1 });
  });

  test('P7 AE: a header without type or control id names the fields', () => {
    expect(check('MSH|^~\\&\r').filter(({ fatal }) => fatal)).toEqual([
      { segment: 'MSH', index: 1, field: 9, reason: 'field-required', fatal: true, answer: 'AE' },
      { segment: 'MSH', index: 1, field: 10, reason: 'field-required', fatal: true, answer: 'AE' },
    ]);
  });

  test('P3 a raw CR inside a field is fatal with the index of the segment', () => {
    for (const rest of ['the rest of the note|x', '继续的文字', 'end', 'NORMAL|||F', ' x'])
      expect(firstFatal(check(`${MSH}PID|1\rNTE|1||first\r${rest}\rPV1|1\r`))).toMatchObject({
        index: 4,
        reason: 'segment-name-invalid',
        answer: 'AE',
      });
  });

  test('P15 odd, unknown and repeated segments pass with a warning', () => {
    const text = `${MSH}pid|1\rZZ|1\r|blank\rXYZ|1\rMSH|^~\\&|x\rZPID|1\rZX1|fine\r`;
    expect(reasons(text)).toEqual([
      '2:segment-name-odd',
      '3:segment-name-odd',
      '4:segment-name-odd',
      '5:segment-name-unknown',
      '6:header-repeated',
      '7:segment-name-odd',
    ]);
    expect(firstFatal(check(text))).toBeUndefined();
  });

  test('P16 OBX-2 that is missing, wrong or in lower case passes with a warning and is read as text', () => {
    expect(reasons(`${MSH}OBX|1||X||5\rOBX|2|nm|X||5\rOBX|3|12|X||5\rOBX|4|NM|X||5\rOBX|5||X||\r`)).toEqual([
      '2:value-type-odd',
      '3:value-type-odd',
      '4:value-type-odd',
    ]);
  });

  test('P18 leading bytes and P1 mixed terminators are warnings', () => {
    expect(reasons(`\ufeff${MSH}PID|1\nPV1|1\r`)).toEqual(['1:leading-bytes', '1:mixed-terminators']);
  });
});
