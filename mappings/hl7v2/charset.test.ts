import { describe, expect, test } from '@jest/globals';
import { acknowledgement, acknowledgementBytes, salvageHeader } from './ack.ts';
import { type DecodePolicy, decodeBytes } from './charset.ts';
import { encodeText } from './charset-encode.ts';
import { type Charset, charsetOf } from './charset-names.ts';
import { Hl7Message } from './message.ts';
import { compilePath } from './path.ts';

const auto: DecodePolicy = { mode: 'auto' };

function bytesOf(text: string, charset: Charset): Buffer {
  const encoded = encodeText(text, charset);
  if (encoded.problem !== undefined) throw new Error(`not in ${charset}`);
  return Buffer.from(encoded.bytes);
}

function textOf(bytes: Uint8Array, policy = auto) {
  const decoded = decodeBytes(bytes, policy);
  if (decoded.problem !== undefined) throw new Error(`undecodable at ${decoded.problem.offset}`);
  return { ...decoded, codes: decoded.warnings.map(({ code }) => code) };
}

const adt = (name: string, msh18 = '', sender = 'HIS'): string =>
  `MSH|^~\\&|${sender}|H|CYTO|LAB|20260101||ADT^A04|7|P|2.4||||||${msh18}\rPID|1||P1^^^HIS||${name}^^^^^^L\r`;
const PID5 = compilePath('PID-5.1');
const read = (text: string, charset: Charset): string | null | undefined =>
  Hl7Message.parse(text, { charset }).read(PID5);

/** Every GBK character whose second byte is a delimiter of HL7. */
function dangerous(trail: number): string[] {
  const decoder = new TextDecoder('gb18030', { fatal: true });
  const found: string[] = [];
  for (let lead = 0x81; lead <= 0xfe; lead++) {
    const character = decoder.decode(Uint8Array.of(lead, trail));
    if (!/[\ue000-\uf8ff]/.test(character)) found.push(character);
  }
  return found;
}

const famous: [string, string][] = [
  ['弢', '8f7c'],
  ['珅', 'ab7c'],
  ['瓅', 'ad7c'],
  ['瑋', 'ac7c'],
  ['質', 'd97c'],
  ['億', '837c'],
  ['頫', 'ee5c'],
  ['昞', '955c'],
  ['誠', 'd55c'],
  ['運', 'df5c'],
  ['區', '855e'],
  ['絕', 'bd5e'],
  ['銅', 'e37e'],
];

describe('[INT-02] charsets', () => {
  test.each(famous)('C2 %s (%s) survives from bytes to value and from value to bytes', (name, hex) => {
    expect(bytesOf(name, 'GBK').toString('hex')).toBe(hex);
    const wire = bytesOf(adt(name, 'GBK'), 'GBK');
    const { text, charset } = textOf(wire);
    expect(charset).toBe('GBK');
    expect(read(text, charset)).toBe(name);
    const written = Hl7Message.create({ charset: 'GBK' });
    written.append('MSH');
    written.set(PID5, name);
    expect(bytesOf(written.toString(), 'GBK').toString('hex')).toContain(`7c${hex}`);
    expect(bytesOf(text, 'GBK')).toEqual(wire);
  });

  test.each([
    [0x5c, 117],
    [0x5e, 118],
    [0x7c, 117],
    [0x7e, 118],
  ])(
    'C1 all GBK characters with trail byte %p, at least %p, keep their fields apart, named and unnamed',
    (trail, atLeast) => {
      const characters = dangerous(trail);
      expect(characters.length).toBeGreaterThanOrEqual(atLeast);
      for (const character of characters)
        for (const msh18 of ['GBK', 'GB 18030-2000', '']) {
          const wire = bytesOf(adt(`王${character}`, msh18, `院${character}`), 'GB18030');
          const { text, charset } = textOf(wire);
          expect(read(text, charset)).toBe(`王${character}`);
          expect(bytesOf(text, charset)).toEqual(wire);
        }
    },
  );

  test('C1 in every GBK character the second byte is none of & CR LF VT FS', () => {
    for (const trail of [0x26, 0x0d, 0x0a, 0x0b, 0x1c])
      expect(() => new TextDecoder('gb18030', { fatal: true }).decode(Uint8Array.of(0xb0, trail))).toThrow();
  });

  test('C3 four-byte GB18030 names are read and written', () => {
    for (const name of ['𠀀', '㐀', '𬭚', '龴']) {
      const wire = bytesOf(adt(`张${name}`, 'GB 18030-2000'), 'GB18030');
      expect(read(textOf(wire).text, 'GB18030')).toBe(`张${name}`);
    }
    expect(bytesOf('𠀀', 'GB18030').toString('hex')).toBe('95328236');
  });

  test('every two-byte GB18030 code is read and written back as it was, but for the one that Unicode merges', () => {
    const decoder = new TextDecoder('gb18030', { fatal: true });
    const different: string[] = [];
    for (let lead = 0x81; lead <= 0xfe; lead++)
      for (let trail = 0x40; trail <= 0xfe; trail++) {
        if (trail === 0x7f) continue;
        const pair = Buffer.from([lead, trail]);
        if (!bytesOf(decoder.decode(pair), 'GB18030').equals(pair)) different.push(pair.toString('hex'));
      }
    expect(different).toEqual(['a3a0']);
  });

  test.each<[Charset, string, string]>([
    ['Big5', 'BIG-5', '許功蓋'],
    ['Shift_JIS', 'Shift_JIS', '表示能力'],
    ['EUC-KR', 'KS X 1001', '홍길동'],
  ])('C4 %s trail bytes that look like delimiters do not split', (charset, msh18, name) => {
    const wire = bytesOf(adt(name, msh18), charset);
    expect(read(textOf(wire).text, charset)).toBe(name);
  });

  test('C4 ISO-2022-JP is seven bits and still decoded before splitting', () => {
    const wire = Buffer.concat([
      Buffer.from(adt('@', 'ISO IR87').split('@')[0]!, 'latin1'),
      Buffer.from('1b24423b331b2842', 'hex'),
      Buffer.from('^^^\r', 'latin1'),
    ]);
    expect(read(textOf(wire).text, 'ISO-2022-JP')).toBe('山');
  });

  test.each([
    ['GB 18030-2000', 'GB18030'],
    ['GB18030', 'GB18030'],
    ['GBK', 'GBK'],
    ['GB2312', 'GBK'],
    ['gb-2312', 'GBK'],
    ['UNICODE UTF-8', 'UTF-8'],
    ['UTF-8', 'UTF-8'],
    ['utf8', 'UTF-8'],
    ['8859/1', 'ISO-8859-1'],
    ['8859-1', 'ISO-8859-1'],
    ['ISO8859-15', 'ISO-8859-15'],
    ['ASCII', 'US-ASCII'],
    ['BIG-5', 'Big5'],
    ['UNICODE', undefined],
    ['8859/12', undefined],
    ['', undefined],
  ])('C5 MSH-18 %p names %p', (name, charset) => {
    expect(charsetOf(name)).toBe(charset);
  });

  test('C6 MSH-18 is found behind names that are not ASCII', () => {
    const wire = bytesOf(adt('张三', 'GBK', '第一人民醫院質弢'), 'GBK');
    expect(textOf(wire)).toMatchObject({ charset: 'GBK', declared: ['GBK'], codes: [] });
  });

  test('C7 UNICODE without NUL bytes is not believed', () => {
    expect(textOf(bytesOf(adt('张三', 'UNICODE'), 'UTF-8'))).toMatchObject({
      charset: 'UTF-8',
      codes: ['declared-refuted'],
    });
    expect(textOf(bytesOf(adt('张三', 'UNICODE'), 'GBK'))).toMatchObject({
      charset: 'GB18030',
      codes: ['declared-refuted', 'fallback-used'],
    });
    expect(textOf(Buffer.from(adt('WANG', 'UNICODE'))).text).toBe(adt('WANG', 'UNICODE'));
  });

  test('C7 ASCII with Chinese names is refuted, and the policy of the endpoint beats MSH-18', () => {
    const wire = bytesOf(adt('张三', 'ASCII'), 'GBK');
    expect(textOf(wire)).toMatchObject({ charset: 'GB18030', text: adt('张三', 'ASCII') });
    const lying = bytesOf(adt('张三', '8859/1'), 'GBK');
    expect(textOf(lying, { mode: 'forced', charset: 'GBK' }).text).toBe(adt('张三', '8859/1'));
  });

  test('C7 UTF-16 with its NUL bytes is read, either way round', () => {
    for (const charset of ['UTF-16LE', 'UTF-16BE'] as const) {
      const wire = bytesOf(adt('张三', 'UNICODE'), charset);
      expect(textOf(wire)).toMatchObject({ charset, text: adt('张三', 'UNICODE'), bom: false });
    }
  });

  test('C8 a byte order mark wins over MSH-18, with a warning', () => {
    const wire = Buffer.concat([Buffer.from('efbbbf', 'hex'), bytesOf(adt('张三', 'GBK'), 'UTF-8')]);
    expect(textOf(wire)).toMatchObject({
      charset: 'UTF-8',
      bom: true,
      codes: ['bom-conflict'],
      text: adt('张三', 'GBK'),
    });
    const wide = Buffer.concat([Buffer.from('fffe', 'hex'), bytesOf(adt('张三'), 'UTF-16LE')]);
    expect(textOf(wide)).toMatchObject({ charset: 'UTF-16LE', bom: true, codes: [] });
  });

  test('C9 of a repeated MSH-18 the first is the default, a later one helps where the first is refuted', () => {
    expect(textOf(Buffer.from(adt('WANG', 'ASCII~GB 18030-2000')))).toMatchObject({
      charset: 'US-ASCII',
      declared: ['ASCII', 'GB 18030-2000'],
    });
    expect(textOf(bytesOf(adt('許功蓋', 'ASCII~BIG-5'), 'Big5')).charset).toBe('Big5');
  });

  test.each([
    ['UTF-8', 'forced'],
    ['GB18030', 'forced'],
    ['GB18030', 'auto'],
    ['US-ASCII', 'forced'],
  ] as const)('C10 an undecodable byte is a problem with its offset: %s %s', (charset, mode) => {
    const good = Buffer.from(adt('', charset === 'UTF-8' ? 'UTF-8' : ''));
    for (const cut of [60, good.length]) {
      const bad = Buffer.concat([good.subarray(0, cut), Buffer.from([0xff]), Buffer.from('\r')]);
      expect(decodeBytes(bad, { mode, charset })).toEqual({ problem: { offset: cut, charset } });
    }
  });

  test('C10 the offset is exact beyond the first block too', () => {
    const bad = Buffer.concat([bytesOf('张'.repeat(5001), 'UTF-8'), Buffer.from([0xc3, 0x28])]);
    expect(decodeBytes(bad, { mode: 'forced', charset: 'UTF-8' })).toMatchObject({
      problem: { offset: 15003 },
    });
  });

  test('C10 a replacement character that the sender itself sent is told', () => {
    expect(textOf(Buffer.from(adt('\ufffd'))).codes).toContain('replacement-character');
  });

  test('C11 writing is strict: a character outside the charset is a problem with its index', () => {
    expect(encodeText('ab𠀀', 'GBK')).toEqual({ problem: { index: 2, charset: 'GBK' } });
    expect(encodeText('a张', 'US-ASCII')).toEqual({ problem: { index: 1, charset: 'US-ASCII' } });
    expect(encodeText('许', 'Big5')).toEqual({ problem: { index: 0, charset: 'Big5' } });
    expect(encodeText('ok\ud800', 'UTF-8')).toEqual({ problem: { index: 2, charset: 'UTF-8' } });
  });

  test('C12 a reply leaves in the charset of the sender and says so', () => {
    const message = Hl7Message.parse(adt('张三', 'GB2312', '质弢'), { charset: 'GBK' });
    const input = {
      message,
      code: 'AE',
      controlId: '1',
      at: '2026',
      charset: 'GBK',
      error: { text: '缺少患者' },
    } as const;
    const decoded = textOf(acknowledgementBytes(input));
    expect(decoded).toMatchObject({ charset: 'GBK', declared: ['GB2312'], text: acknowledgement(input) });
    expect(decoded.text).toContain('缺少患者');
    expect(decoded.text).toContain('|质弢|');
  });

  test('C12 a text that the charset of the sender cannot say is left out, not replaced', () => {
    const message = Hl7Message.parse(adt('WANG', 'ASCII'));
    const bytes = acknowledgementBytes({
      message,
      code: 'AE',
      controlId: '1',
      at: '2026',
      charset: 'US-ASCII',
      error: { segment: 'PID', text: '缺少' },
    });
    expect(Buffer.from(bytes).toString()).toMatch(/MSA\|AE\|7\rERR\|PID\^1/);
  });

  test('C12 a message that could not be decoded is still answered with its own control id, byte for byte', () => {
    const bytes = Buffer.concat([
      Buffer.from(adt('', '').replace('|7|', '|@|').split('@')[0]!),
      Buffer.from([0xff, 0x41]),
      Buffer.from('|P|2.4\r'),
    ]);
    const { message, charset } = salvageHeader(bytes)!;
    const reply = Buffer.from(
      acknowledgementBytes({ message, charset, code: 'AR', controlId: 'K', at: '2026' }),
    );
    expect(reply.includes(Buffer.concat([Buffer.from('MSA|AR|'), Buffer.from([0xff, 0x41])]))).toBe(true);
    expect(salvageHeader(Buffer.from('garbage'))).toBeUndefined();
  });

  test('C13 UTF-8 that is also valid GBK is hinted at', () => {
    const wire = bytesOf(adt('张三', 'GBK'), 'UTF-8');
    expect(textOf(wire)).toMatchObject({
      charset: 'GBK',
      codes: ['also-utf-8'],
      text: expect.stringContaining('寮犱笁'),
    });
  });
});
