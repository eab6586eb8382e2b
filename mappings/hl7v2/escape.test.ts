import { describe, expect, test } from '@jest/globals';
import type { Charset } from './charset-names.ts';
import { defaultDelimiters as d } from './delimiters.ts';
import { escapeText, unescapeText } from './escape.ts';
import { Hl7Message } from './message.ts';
import { compilePath } from './path.ts';

const un = (text: string, charset: Charset = 'UTF-8'): string => unescapeText(text, d, charset);

function oddities(text: string): string[] {
  const seen: string[] = [];
  unescapeText(text, d, 'UTF-8', (oddity) => seen.push(oddity));
  return seen;
}

describe('[INT-02] HL7 v2 escapes', () => {
  test('E1 the five letters are decoded and written again', () => {
    const value = 'a|b^c&d~e\\f';
    expect(escapeText(value, d)).toBe('a\\F\\b\\S\\c\\T\\d\\R\\e\\E\\f');
    expect(un(escapeText(value, d))).toBe(value);
  });

  test('E1 a custom escape character', () => {
    expect(unescapeText('a!F!b\\F\\', { ...d, escape: '!' }, 'UTF-8')).toBe('a|b\\F\\');
  });

  test('E2 formatting commands are line breaks to read and their own bytes to send on', () => {
    expect(un('a\\.br\\b\\.sp2\\c\\.ce\\d\\.in+4\\e\\.ti-2\\f\\.fi\\g\\.nf\\h\\.sk3\\i')).toBe(
      'a\nb\n\nc\ndefgh   i',
    );
    const text = 'MSH|^~\\&|A\rNTE|1||a\\.br\\b\rPID|1\r';
    const message = Hl7Message.parse(text);
    expect(message.read(compilePath('NTE-3'))).toBe('a\nb');
    message.set(compilePath('PID-3'), '7');
    expect(message.toString()).toContain('NTE|1||a\\.br\\b\r');
  });

  test('E3 doubly escaped text is decoded once only', () => {
    expect(un('\\E\\.br\\E\\')).toBe('\\.br\\');
    expect(un('\\E\\T\\E\\')).toBe('\\T\\');
  });

  test('E4 back-to-back escapes are two', () => {
    expect(un('a\\X0D\\\\X0A\\b')).toBe('a\r\nb');
    expect(un('\\F\\\\S\\\\E\\\\T\\')).toBe('|^\\&');
  });

  test('E5 hexadecimal: any number of pairs, either case, two-byte units', () => {
    expect(['\\X0A\\', '\\X000a\\', '\\X0D0A\\', '\\X000d\\', '\\X0d\\'].map((t) => un(t))).toEqual([
      '\n',
      '\n',
      '\r\n',
      '\r',
      '\r',
    ]);
  });

  test('E5 hexadecimal bytes are in the charset of the message, also spread over escapes', () => {
    expect(un('\\XB5E7C4D4\\', 'GBK')).toBe('电脑');
    expect(un('\\XB5\\\\XE7\\\\XC4D4\\', 'GB18030')).toBe('电脑');
    expect(un('\\XE5BCA0\\', 'UTF-8')).toBe('张');
    expect(un('\\XE9\\', 'ISO-8859-1')).toBe('é');
    expect(un('\\X8F7C\\|', 'GBK')).toBe('弢|');
  });

  test('E5 hexadecimal that is odd or not in the charset stays as it is, with a warning', () => {
    for (const text of ['\\XABC\\', '\\XB5E7C4D4\\', '\\XZZ\\', '\\X\\']) {
      expect(un(text)).toBe(text);
      expect(oddities(text).length).toBeGreaterThan(0);
    }
  });

  test('E6 a CR never leaves raw', () => {
    expect(escapeText('a\rb\nc', d)).toBe('a\\X0D\\b\\X0A\\c');
    expect(escapeText('a\r\nb\rc\nd', d, { lineBreak: '.br' })).toBe('a\\.br\\b\\.br\\c\\.br\\d');
    expect(escapeText('tab\tvt\x0bfs\x1c', d)).toBe('tab\tvt\\X0B\\fs\\X1C\\');
  });

  test('E7 stray escape characters are kept, with a warning that has no value in it', () => {
    for (const text of ['4\\5', 'end\\', '\\', '\\\\', 'C:\\dir\\x', 'a\\unknown\\b'])
      expect(un(text)).toBe(text);
    expect(un('a\\F\\b\\')).toBe('a|b\\');
    expect(un('x\\y\\F\\z')).toBe('x\\y|z');
    expect(un('end\\E\\')).toBe('end\\');
    const message = Hl7Message.parse('MSH|^~\\&|A\rPID|1||4\\5\r');
    message.read(compilePath('PID-3'));
    message.read(compilePath('PID-3'));
    expect(message.warnings).toEqual([{ code: 'stray-escape', segment: 2, field: 3 }]);
  });

  test('E8 highlighting, charset switches and local escapes are preserved verbatim', () => {
    for (const text of ['\\H\\bold\\N\\', '\\C2842\\', '\\M2442\\x', '\\M244233\\', '\\Z01\\']) {
      expect(un(text)).toBe(text);
      expect(oddities(text)).toEqual([]);
      expect(escapeText(un(text), d, { commands: true })).toBe(text);
    }
    expect(un(escapeText('\\H\\', d))).toBe('\\H\\');
  });

  test('E9 escapes are decoded after splitting', () => {
    const message = Hl7Message.parse('MSH|^~\\&|A\rPID|1||a\\S\\b\\F\\c\\R\\d^e\r');
    expect(message.read(compilePath('PID-3.1'))).toBe('a^b|c~d');
    expect(message.read(compilePath('PID-3.2'))).toBe('e');
  });

  test('any text survives writing and reading', () => {
    const alphabet = [
      '|',
      '^',
      '~',
      '\\',
      '&',
      '\r',
      '\n',
      'X',
      '0',
      'D',
      'E',
      'F',
      '.',
      'br',
      '弢',
      '"',
      '\t',
      '#',
    ];
    let seed = 3;
    const random = (n: number): number => (seed = (seed * 1103515245 + 12345) & 0x7fffffff) % n;
    for (let i = 0; i < 3000; i++) {
      const value = Array.from({ length: random(12) }, () => alphabet[random(alphabet.length)]).join('');
      for (const delimiters of [d, { ...d, escape: '!' }, { ...d, truncation: '#' }])
        expect(unescapeText(escapeText(value, delimiters), delimiters, 'GB18030')).toBe(value);
    }
  });
});
