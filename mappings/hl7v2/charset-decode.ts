import { Buffer, isAscii, isUtf8 } from 'node:buffer';
import type { Charset } from './charset-names.ts';

/** Label of the platform's decoder; ISO-8859-1 and US-ASCII are done by hand because the platform reads them as cp1252. */
const label = (charset: Charset): string =>
  charset === 'GBK' || charset === 'GB18030' ? 'gb18030' : charset.toLowerCase();

const decoders = new Map<Charset, TextDecoder>();

function decoder(charset: Charset): TextDecoder {
  let found = decoders.get(charset);
  if (found === undefined) decoders.set(charset, (found = fresh(charset)));
  return found;
}

const fresh = (charset: Charset): TextDecoder =>
  new TextDecoder(label(charset), { fatal: true, ignoreBOM: true });

/** Text of the bytes, or undefined where one byte is not valid in the charset. Nothing is replaced or skipped. */
export function strictDecode(bytes: Uint8Array, charset: Charset): string | undefined {
  const buffer = Buffer.isBuffer(bytes)
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  switch (charset) {
    case 'UTF-8':
      return isUtf8(buffer) ? buffer.toString('utf8') : undefined;
    case 'US-ASCII':
      return isAscii(buffer) ? buffer.toString('latin1') : undefined;
    case 'ISO-8859-1':
      return buffer.toString('latin1');
    default:
      try {
        return decoder(charset).decode(buffer);
      } catch {
        decoders.delete(charset);
        return undefined;
      }
  }
}

/** Offset of the first character that is not valid; 0 where all are. Linear, for the refusal only. */
export function firstInvalid(bytes: Uint8Array, charset: Charset): number {
  if (charset === 'US-ASCII')
    return Math.max(
      0,
      bytes.findIndex((byte) => byte > 0x7f),
    );
  const chunk = 4096;
  let at = 0;
  const scan = fresh(charset);
  try {
    for (; at < bytes.length; at += chunk) scan.decode(bytes.subarray(at, at + chunk), { stream: true });
    scan.decode();
  } catch {
    return byteByByte(bytes, Math.max(0, Math.min(at, bytes.length) - chunk), charset);
  }
  return 0;
}

/** `from` may be in the middle of a character; the preceding text is decoded first to have the right state. */
function byteByByte(bytes: Uint8Array, from: number, charset: Charset): number {
  const scan = fresh(charset);
  scan.decode(bytes.subarray(0, from), { stream: true });
  let start = from;
  try {
    for (let at = from; at < bytes.length; at++)
      if (scan.decode(bytes.subarray(at, at + 1), { stream: true }).length > 0) start = at + 1;
    scan.decode();
  } catch {
    return start;
  }
  return start;
}
