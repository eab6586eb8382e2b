import { Buffer, isAscii, isUtf8 } from 'node:buffer';
import { firstInvalid, strictDecode } from '../hl7v2/charset-decode.ts';
import { type Charset, charsetOf, isVagueUnicode } from '../hl7v2/charset-names.ts';

export interface XmlDecoded {
  readonly text: string;
  readonly charset: Charset;
  readonly warnings: readonly string[];
  readonly problem?: undefined;
}
export interface XmlUndecodable {
  readonly problem: { readonly offset: number; readonly charset: Charset };
}

interface Policy {
  readonly mode: 'auto' | 'forced';
  readonly charset: string;
}

/**
 * Bytes as text, strictly. A byte order mark beats all; then `forced`; else what the transport says (`meta.charset`), the two
 * forms of UTF-16, the XML declaration, UTF-8, the charset of the endpoint. A claim that the bytes refute is a warning: .NET
 * writes `utf-16` into declarations of text that leaves as UTF-8.
 */
export function decodeXml(bytes: Uint8Array, policy: Policy, transport = ''): XmlDecoded | XmlUndecodable {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const fallback = charsetOf(policy.charset) ?? 'GB18030';
  const marked = byteOrderMark(buffer);
  if (marked) return decoded(buffer.subarray(marked.skip), marked.charset, marked.skip, []);
  if (policy.mode === 'forced') return decoded(buffer, fallback, 0, noteDouble(buffer, fallback));
  const wide = wideForm(buffer);
  if (wide) return decoded(buffer, wide, 0, []);
  const warnings: string[] = [];
  for (const claim of [transport, declaredEncoding(buffer)]) {
    const charset = believed(buffer, claim, warnings);
    if (charset) return decoded(buffer, charset, 0, [...warnings, ...noteDouble(buffer, charset)]);
  }
  if (isUtf8(buffer)) return decoded(buffer, 'UTF-8', 0, warnings);
  return decoded(buffer, fallback, 0, [...warnings, `fallback-used ${fallback}`]);
}

function decoded(
  buffer: Buffer,
  charset: Charset,
  skipped: number,
  warnings: readonly string[],
): XmlDecoded | XmlUndecodable {
  const text = strictDecode(buffer, charset);
  if (text === undefined) return { problem: { offset: skipped + firstInvalid(buffer, charset), charset } };
  const odd = text.includes('\ufffd') ? ['replacement-character'] : [];
  return { text, charset, warnings: [...warnings, ...odd] };
}

/** The charset of a claim that the bytes bear out. Any bytes are Latin-1, so that name is no proof against UTF-8. */
function believed(buffer: Buffer, claim: string, warnings: string[]): Charset | undefined {
  if (claim === '') return undefined;
  const charset = charsetOf(claim);
  const latin = charset === 'windows-1252' || charset?.startsWith('ISO-8859-');
  const refuted =
    charset === undefined ||
    charset.startsWith('UTF-16') ||
    (latin && !isAscii(buffer) && isUtf8(buffer)) ||
    strictDecode(buffer, charset) === undefined;
  if (!refuted) return charset;
  const name = charset ?? (isVagueUnicode(claim) ? 'UTF-16' : undefined);
  warnings.push(name ? `charset-refuted ${name}` : 'charset-unknown');
  return undefined;
}

/** UTF-8 read as GBK gives 寮犱笁 for 张三: worth a hint to the engineer. */
const noteDouble = (buffer: Buffer, charset: Charset): string[] =>
  charset !== 'UTF-8' && !isAscii(buffer) && isUtf8(buffer) ? [`also-utf-8 ${charset}`] : [];

const declared = /^\s*<\?xml[^>]{0,200}?\sencoding\s*=\s*["']([A-Za-z][A-Za-z0-9._:-]{0,40})["']/;

function declaredEncoding(buffer: Buffer): string {
  return declared.exec(buffer.toString('latin1', 0, 400))?.[1] ?? '';
}

function byteOrderMark(b: Buffer): { charset: Charset; skip: number } | undefined {
  if (b[0] === 0xef && b[1] === 0xbb && b[2] === 0xbf) return { charset: 'UTF-8', skip: 3 };
  if (b[0] === 0xff && b[1] === 0xfe) return { charset: 'UTF-16LE', skip: 2 };
  if (b[0] === 0xfe && b[1] === 0xff) return { charset: 'UTF-16BE', skip: 2 };
  return undefined;
}

/** `<` as two bytes. */
function wideForm(b: Buffer): Charset | undefined {
  if (b[0] === 0x3c && b[1] === 0 && b[3] === 0) return 'UTF-16LE';
  return b[0] === 0 && b[1] === 0x3c && b[2] === 0 ? 'UTF-16BE' : undefined;
}
