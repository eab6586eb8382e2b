import { Buffer, isAscii, isUtf8 } from 'node:buffer';
import { firstInvalid, strictDecode } from './charset-decode.ts';
import { type Charset, charsetOf, isVagueUnicode } from './charset-names.ts';
import { declaredCharsets } from './charset-probe.ts';

/** How an endpoint's bytes become text. `charset` is the forced one, or in `auto` the last resort (GB18030 by default). */
export interface DecodePolicy {
  readonly mode: 'auto' | 'forced';
  readonly charset?: string;
}

/** What was odd about the encoding; for the ledger, without any content of the message. */
export interface CharsetWarning {
  readonly code:
    | 'bom-conflict'
    | 'declared-unknown'
    | 'declared-refuted'
    | 'also-utf-8'
    | 'fallback-used'
    | 'replacement-character';
  /** Charset names concerned. */
  readonly detail: string;
}

export interface DecodedText {
  readonly text: string;
  /** The charset used; for pure ASCII the declared or configured one, which a reply may use. */
  readonly charset: Charset;
  /** A byte order mark was there (and is not part of `text`). */
  readonly bom: boolean;
  /** MSH-18 as it was sent, all repetitions. */
  readonly declared: readonly string[];
  readonly warnings: readonly CharsetWarning[];
  readonly problem?: undefined;
}

/** The bytes are in no allowed charset; `offset` is the first byte that cannot be decoded as `charset`. */
export interface Undecodable {
  readonly problem: { readonly offset: number; readonly charset: Charset };
}

export type Decoded = DecodedText | Undecodable;

const NONE: readonly string[] = [];
const QUIET: readonly CharsetWarning[] = [];

/**
 * Decodes a message before it is split (HL7 v2.9 §2.14.9.18 is about characters, not bytes). Never yields U+FFFD for bad
 * bytes and never falls back to Latin-1. Order in `auto`: byte order mark, UTF-16 by its NUL bytes, MSH-18 where the
 * bytes are valid in it, strict UTF-8, the fallback. `forced` beats MSH-18; only a byte order mark beats `forced`.
 */
export function decodeBytes(bytes: Uint8Array, policy: DecodePolicy): Decoded {
  const buffer = Buffer.isBuffer(bytes)
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const configured = configuredCharset(policy);
  if (
    isAscii(buffer) &&
    buffer.indexOf(0) < 0 &&
    buffer.indexOf(0x1b) < 0 &&
    !configured.startsWith('UTF-16')
  )
    return asciiText(buffer, policy, configured);
  return decodeOther(buffer, policy, configured);
}

function configuredCharset(policy: DecodePolicy): Charset {
  return (policy.charset === undefined ? undefined : charsetOf(policy.charset)) ?? 'GB18030';
}

function asciiText(buffer: Buffer, policy: DecodePolicy, configured: Charset): Decoded {
  const text = buffer.toString('latin1');
  const declared = declaredCharsets(text, false);
  if (policy.mode === 'forced' || declared.length === 0)
    return { text, charset: configured, bom: false, declared, warnings: QUIET };
  const named = charsetOf(declared[0]!);
  const usable = named !== undefined && !named.startsWith('UTF-16');
  const warnings: readonly CharsetWarning[] =
    named === undefined && declared[0] !== '' ? [{ code: 'declared-unknown', detail: 'MSH-18' }] : QUIET;
  return { text, charset: usable ? named : configured, bom: false, declared, warnings };
}

function decodeOther(buffer: Buffer, policy: DecodePolicy, configured: Charset): Decoded {
  const warnings: CharsetWarning[] = [];
  const marked = byteOrderMark(buffer);
  const wide = marked ?? (policy.mode === 'auto' ? nulPattern(buffer) : undefined);
  if (wide !== undefined) {
    const text = strictDecode(buffer.subarray(wide.skip), wide.charset);
    if (text === undefined)
      return {
        problem: {
          offset: wide.skip + firstInvalid(buffer.subarray(wide.skip), wide.charset),
          charset: wide.charset,
        },
      };
    const declared = declaredCharsets(text, false);
    const claim = policy.mode === 'forced' ? configured : charsetOf(declared[0] ?? '');
    if (wide.skip > 0 && claim !== undefined && claim !== wide.charset)
      warnings.push({ code: 'bom-conflict', detail: `${claim} / ${wide.charset}` });
    return finish(text, wide.charset, wide.skip > 0, declared, warnings);
  }
  return policy.mode === 'forced'
    ? decodeForced(buffer, configured)
    : decodeAuto(buffer, configured, warnings);
}

function decodeForced(buffer: Buffer, charset: Charset): Decoded {
  const text = strictDecode(buffer, charset);
  if (text === undefined) return { problem: { offset: firstInvalid(buffer, charset), charset } };
  const warnings: CharsetWarning[] = [];
  noteDoubleMeaning(buffer, charset, warnings);
  return finish(text, charset, false, declaredCharsets(text, false), warnings);
}

function decodeAuto(buffer: Buffer, fallback: Charset, warnings: CharsetWarning[]): Decoded {
  const utf8 = isUtf8(buffer);
  const declared = utf8
    ? declaredCharsets(buffer.toString('latin1', 0, 4096), false)
    : declaredInDoubleBytes(buffer.toString('latin1', 0, 4096));
  const first = declared[0] ?? '';
  const named = charsetOf(first);
  if (named !== undefined && !named.startsWith('UTF-16')) {
    const text = plausible(buffer, named) ? strictDecode(buffer, named) : undefined;
    if (text !== undefined) {
      noteDoubleMeaning(buffer, named, warnings);
      return finish(text, named, false, declared, warnings);
    }
    warnings.push({ code: 'declared-refuted', detail: named });
  } else if (first !== '') {
    const refuted = named !== undefined || isVagueUnicode(first);
    warnings.push({
      code: refuted ? 'declared-refuted' : 'declared-unknown',
      detail: refuted ? 'UTF-16' : 'MSH-18',
    });
  }
  if (utf8) return finish(buffer.toString('utf8'), 'UTF-8', false, declared, warnings);
  for (const other of declared.slice(1)) {
    const charset = charsetOf(other);
    const text =
      charset === undefined || !plausible(buffer, charset) ? undefined : strictDecode(buffer, charset);
    if (charset !== undefined && text !== undefined) return finish(text, charset, false, declared, warnings);
  }
  const text = strictDecode(buffer, fallback);
  if (text === undefined) {
    const charset = named !== undefined && named !== 'US-ASCII' ? named : fallback;
    return { problem: { offset: firstInvalid(buffer, charset), charset } };
  }
  warnings.push({ code: 'fallback-used', detail: fallback });
  return finish(text, fallback, false, declared, warnings);
}

/** Printable text has no C1 controls: their presence refutes a declared ISO 8859 (it is code page 1252, or not Latin at all). */
function plausible(buffer: Buffer, charset: Charset): boolean {
  if (!charset.startsWith('ISO-8859-')) return true;
  for (const byte of buffer) if (byte >= 0x80 && byte < 0xa0) return false;
  return true;
}

/** MSH-18 counted with double-byte characters in mind, then plainly; the first that names a known charset counts. */
function declaredInDoubleBytes(header: string): readonly string[] {
  const paired = declaredCharsets(header, true);
  if (charsetOf(paired[0] ?? '') !== undefined) return paired;
  const plain = declaredCharsets(header, false);
  return charsetOf(plain[0] ?? '') !== undefined ? plain : paired;
}

/** UTF-8 read as GBK gives 寮犱笁 for 张三: worth a hint to the engineer. */
function noteDoubleMeaning(buffer: Buffer, charset: Charset, warnings: CharsetWarning[]): void {
  if (charset !== 'UTF-8' && charset !== 'US-ASCII' && charset !== 'ISO-2022-JP' && isUtf8(buffer))
    warnings.push({ code: 'also-utf-8', detail: charset });
}

function finish(
  text: string,
  charset: Charset,
  bom: boolean,
  declared: readonly string[],
  warnings: CharsetWarning[],
): Decoded {
  if (text.includes('\ufffd')) warnings.push({ code: 'replacement-character', detail: charset });
  return { text, charset, bom, declared: declared.length === 0 ? NONE : declared, warnings };
}

interface Mark {
  readonly charset: Charset;
  readonly skip: number;
}

function byteOrderMark(b: Buffer): Mark | undefined {
  if (b[0] === 0xef && b[1] === 0xbb && b[2] === 0xbf) return { charset: 'UTF-8', skip: 3 };
  if (b[0] === 0xff && b[1] === 0xfe) return { charset: 'UTF-16LE', skip: 2 };
  if (b[0] === 0xfe && b[1] === 0xff) return { charset: 'UTF-16BE', skip: 2 };
  return undefined;
}

/** `M 00 S 00 H 00` or `00 M 00 S 00 H`. */
function nulPattern(b: Buffer): Mark | undefined {
  if (b.length < 8) return undefined;
  if (b[1] === 0 && b[3] === 0 && b[5] === 0 && b[0] !== 0) return { charset: 'UTF-16LE', skip: 0 };
  if (b[0] === 0 && b[2] === 0 && b[4] === 0 && b[1] !== 0) return { charset: 'UTF-16BE', skip: 0 };
  return undefined;
}
