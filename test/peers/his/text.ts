import { createRequire } from 'node:module';
import iconv from 'iconv-lite';

/**
 * The peer's own reading of HL7 v2: charset, control ids and acknowledgements from bytes, fields through hl7-standard.
 * hl7-standard is used for reading only and only with the usual delimiters: it knows no others and no escapes.
 */
export type Charset = 'GB18030' | 'GBK' | 'UTF-8' | 'UTF-16LE' | 'UTF-16BE' | 'ISO-8859-1' | 'ASCII';

/** What the peer writes into MSH-18 (table 0211 and, for GBK, what is met in practice). */
export const msh18: Record<Charset, string> = {
  GB18030: 'GB 18030-2000',
  GBK: 'GBK',
  'UTF-8': 'UNICODE UTF-8',
  'UTF-16LE': 'UNICODE UTF-16',
  'UTF-16BE': 'UNICODE UTF-16',
  'ISO-8859-1': '8859/1',
  ASCII: 'ASCII',
};

export function encode(text: string, charset: Charset): Buffer {
  return charset === 'UTF-8' ? Buffer.from(text) : iconv.encode(text, charset, { addBOM: false });
}

/** Charset of a message by byte order mark, NUL bytes, MSH-18, and last by whether it is sound UTF-8. */
export function charsetOf(bytes: Uint8Array): Charset {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'UTF-16LE';
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'UTF-16BE';
  if (bytes[0] === 0 && bytes[1] !== 0) return 'UTF-16BE';
  if (bytes[1] === 0 && bytes[0] !== 0) return 'UTF-16LE';
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 2000)).toString('latin1');
  const first = head.split(/[\r\n]/, 1)[0] ?? '';
  const declared =
    first
      .split(first[3] ?? '|')[17]
      ?.split('~')[0]
      ?.toUpperCase() ?? '';
  if (/18030/.test(declared)) return 'GB18030';
  if (/GBK|GB2312/.test(declared)) return 'GBK';
  if (/UTF-?8/.test(declared)) return 'UTF-8';
  if (/8859/.test(declared)) return 'ISO-8859-1';
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return 'UTF-8';
  } catch {
    return 'GB18030';
  }
}

/** Text of a message without byte order mark. */
export function decode(bytes: Uint8Array, charset: Charset = charsetOf(bytes)): string {
  return iconv.decode(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), charset);
}

/** One character per byte; UTF-16 folded so that ASCII stays readable. Enough for header fields, never for names. */
function skeleton(bytes: Uint8Array): string {
  const charset = charsetOf(bytes);
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  return charset.startsWith('UTF-16') ? iconv.decode(view, charset) : view.toString('latin1');
}

/** Control ids a reply may name: every MSH-10, and FHS-11 and BHS-11 of a batch. Empty when there is none. */
export function controlIdsOf(bytes: Uint8Array): string[] {
  const ids: string[] = [];
  for (const segment of skeleton(bytes).split(/[\r\n]+/)) {
    const name = segment.replace(/^[^A-Za-z]+/, '').slice(0, 3);
    if (name !== 'MSH' && name !== 'FHS' && name !== 'BHS') continue;
    const from = segment.indexOf(name);
    const separator = segment[from + 3];
    if (separator === undefined) continue;
    const id = segment.slice(from).split(separator)[name === 'MSH' ? 9 : 10];
    if (id) ids.push(id);
  }
  return ids;
}

export interface Acknowledgement {
  /** MSA-1. */
  code: string;
  /** MSA-2, as bytes read one to a character. */
  controlId: string;
}

/** Every MSA of a reply, in order: one in an ACK, several in a batch of them, none in something else. */
export function acknowledgementsOf(bytes: Uint8Array): Acknowledgement[] {
  const text = skeleton(bytes);
  const found: Acknowledgement[] = [];
  for (const match of text.matchAll(/(?:^|[\r\n])MSA(.)([^\r\n]*)/g)) {
    const [code = '', controlId = ''] = match[2]!.split(match[1]!);
    found.push({ code, controlId });
  }
  return found;
}

/** The part of hl7-standard the peer uses. */
export interface Hl7Reader {
  transform(): void;
  get(field: string, index?: number): unknown;
  getSegments(type?: string): unknown[];
}

const Hl7Standard = createRequire(import.meta.url)('hl7-standard') as new (text: string) => Hl7Reader;

/** The message read by hl7-standard. Throws where that library cannot read it (other delimiters, mixed terminators). */
export function readWithLibrary(text: string): Hl7Reader {
  const reader = new Hl7Standard(`${text.replace(/\r\n|\n/g, '\r').replace(/\r+$/, '')}\r`);
  reader.transform();
  return reader;
}

/** One field as text, e.g. `PID.5.1`; empty when absent. The first repetition where the field repeats. */
export function fieldOf(reader: Hl7Reader, path: string): string {
  const value = reader.get(path);
  const first = Array.isArray(value) ? value[0] : value;
  if (typeof first === 'string') return first;
  if (typeof first !== 'object' || first === null) return '';
  const parts = first as Record<string, unknown>;
  const whole = Object.values(parts)[0];
  return typeof whole === 'string' ? whole : '';
}

/** Error of the peer; `code` is `PEER_CLOSED`, `PEER_TIMEOUT` or `PEER_DOWN`. */
export interface PeerError extends Error {
  code: string;
}

export function peerError(code: string, message: string): PeerError {
  return Object.assign(new Error(message), { code });
}
