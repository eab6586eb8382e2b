import { expect, test } from '@jest/globals';
import iconv from 'iconv-lite';
import { decoderName, fromBase64, hexRows } from './hex-rows.ts';

const text = (bytes: Uint8Array, charset: string, width?: number) =>
  hexRows(bytes, charset, width).map((row) => row.text.map((cell) => cell.char).join(''));

test('a GBK character whose second byte is a delimiter stands as one character at its first byte', () => {
  const bytes = iconv.encode('弢|珅', 'gbk');
  const [row] = hexRows(bytes, 'GBK');
  expect(row?.hex).toEqual(['8f', '7c', '7c', 'ab', '7c']);
  expect(row?.text.map((c) => c.char)).toEqual(['弢', '', '|', '珅', '']);
});

test('a character over the end of a line is shown where it begins, four-byte ones too', () => {
  expect(text(iconv.encode('ab中', 'gbk'), 'GB18030', 3)).toEqual(['ab中', '']);
  expect(text(iconv.encode('㐀x', 'gb18030'), 'GB18030')).toEqual(['㐀x']);
});

test('UTF-8 is read whole, broken bytes one by one', () => {
  expect(text(new TextEncoder().encode('a中'), 'UNICODE UTF-8')).toEqual(['a中']);
  expect(hexRows(Uint8Array.of(0xe4, 0x41), 'UTF-8')[0]?.text.map((c) => c.char)).toEqual(['\ufffd', 'A']);
});

test('control bytes are marked and never printed', () => {
  const row = hexRows(Uint8Array.of(0x0b, 0x4d, 0x0d), 'UTF-8')[0];
  expect(row?.text).toEqual([
    { char: '·', control: true },
    { char: 'M', control: false },
    { char: '↵', control: true },
  ]);
});

test('charsets are known by the names the hub and HL7 give them', () => {
  expect(['GB 18030-2000', 'GBK', 'UNICODE UTF-8', '8859/1', 'UTF-16BE', ''].map(decoderName)).toEqual([
    'gb18030',
    'gb18030',
    'utf-8',
    'windows-1252',
    'utf-16be',
    'utf-8',
  ]);
});

test('text that is no base64 gives no bytes', () => {
  expect(fromBase64('***')).toHaveLength(0);
});
