import { Buffer } from 'node:buffer';
import iconv from 'iconv-lite';
import type { Charset } from './charset-names.ts';

/** Bytes of a text, or the index of the first UTF-16 unit that the charset cannot express. Nothing is replaced. */
export type Encoded =
  | { readonly bytes: Uint8Array; readonly problem?: undefined }
  | { readonly problem: { readonly index: number; readonly charset: Charset } };

/** Encodes a text for the wire, without a byte order mark. */
export function encodeText(text: string, charset: Charset): Encoded {
  switch (charset) {
    case 'UTF-8':
      return wellFormed(text, charset) ?? { bytes: Buffer.from(text, 'utf8') };
    case 'UTF-16LE':
      return wellFormed(text, charset) ?? { bytes: Buffer.from(text, 'utf16le') };
    case 'UTF-16BE':
      return wellFormed(text, charset) ?? { bytes: Buffer.from(text, 'utf16le').swap16() };
    case 'US-ASCII':
      return limited(text, 0x7f, charset);
    case 'ISO-8859-1':
      return limited(text, 0xff, charset);
    case 'GBK':
    case 'GB18030':
      return encodeGb(text, charset);
    default:
      return encodeByTable(text, charset);
  }
}

/** A lone surrogate is no character and has no UTF-8 form. */
function wellFormed(text: string, charset: Charset): Encoded | undefined {
  if (text.isWellFormed()) return undefined;
  let index = 0;
  for (const character of text) {
    if (!character.isWellFormed()) break;
    index += character.length;
  }
  return { problem: { index, charset } };
}

function limited(text: string, max: number, charset: Charset): Encoded {
  for (let i = 0; i < text.length; i++)
    if (text.charCodeAt(i) > max) return { problem: { index: i, charset } };
  return { bytes: Buffer.from(text, 'latin1') };
}

let gbTable: Uint16Array | undefined;

/** Two-byte codes by character, taken from the platform's decoder so that reading and writing agree (GB18030-2022). */
function gb(): Uint16Array {
  if (gbTable !== undefined) return gbTable;
  const table = new Uint16Array(0x10000);
  const decoder = new TextDecoder('gb18030', { fatal: true });
  const pair = new Uint8Array(2);
  for (let lead = 0x81; lead <= 0xfe; lead++)
    for (let trail = 0x40; trail <= 0xfe; trail++) {
      if (trail === 0x7f) continue;
      pair[0] = lead;
      pair[1] = trail;
      const unit = decoder.decode(pair).charCodeAt(0);
      if (table[unit] === 0) table[unit] = (lead << 8) | trail;
    }
  gbTable = table;
  return table;
}

function encodeGb(text: string, charset: Charset): Encoded {
  const table = gb();
  const out = Buffer.allocUnsafe(text.length * 4);
  let n = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) {
      out[n++] = unit;
      continue;
    }
    const code = table[unit]!;
    if (code !== 0) {
      out[n++] = code >> 8;
      out[n++] = code & 0xff;
      continue;
    }
    const point = text.codePointAt(i)!;
    if (charset === 'GBK' || (point >= 0xd800 && point <= 0xdfff)) return { problem: { index: i, charset } };
    const four = iconv.encode(String.fromCodePoint(point), 'gb18030');
    if (four.length !== 4) return { problem: { index: i, charset } };
    n += four.copy(out, n);
    if (point > 0xffff) i++;
  }
  return { bytes: out.subarray(0, n) };
}

function encodeByTable(text: string, charset: Charset): Encoded {
  if (!iconv.encodingExists(charset)) return limited(text, 0x7f, charset);
  const bytes = iconv.encode(text, charset);
  const back = iconv.decode(bytes, charset);
  if (back === text) return { bytes };
  let index = 0;
  while (index < text.length && text[index] === back[index]) index++;
  return { problem: { index, charset } };
}
