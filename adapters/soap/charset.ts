import { t } from '../../contracts/kernel/text.ts';
import { SoapProblem } from './problem.ts';

/** Bytes of an XML document as text: byte order mark, HTTP header, XML declaration, default, in this order (RFC 7303). */

const decoders: Readonly<Record<string, string>> = {
  'utf-8': 'utf-8',
  utf8: 'utf-8',
  'us-ascii': 'utf-8',
  ascii: 'utf-8',
  gb2312: 'gb18030',
  'gb_2312-80': 'gb18030',
  gbk: 'gb18030',
  'x-gbk': 'gb18030',
  cp936: 'gb18030',
  ms936: 'gb18030',
  'windows-936': 'gb18030',
  gb18030: 'gb18030',
  'utf-16le': 'utf-16le',
  'utf-16be': 'utf-16be',
  'iso-8859-1': 'iso-8859-1',
  'windows-1252': 'windows-1252',
};

export interface Decoded {
  readonly text: string;
  readonly charset: string;
  /** What the sender said of its charset and did not keep. */
  readonly oddity?: string;
}

export function decodeXml(bytes: Uint8Array, header: string | undefined, fallback: string): Decoded {
  const mark = markOf(bytes);
  if (mark !== undefined) return decoded(bytes, mark) ?? undecodable(mark);
  const wide = wideOf(bytes);
  const said = header === undefined || header === '' ? undefined : header.toLowerCase();
  const own = wide ?? declarationOf(bytes);
  const tries = said !== undefined && anything.test(said) ? [own ?? 'utf-8', said] : [said, own];
  const wanted = tries.filter((charset) => charset !== undefined);
  if (wanted.length === 0) wanted.push(fallback.toLowerCase());
  for (const one of wanted) {
    const charset = one === 'utf-16' ? (wide ?? 'utf-16be') : one;
    const result = decoded(bytes, charset);
    if (result === undefined) continue;
    if (said === undefined || same(charset, said, result.text)) return result;
    return { ...result, oddity: `charset ${said} in the header, ${charset} in the document` };
  }
  return undecodable(wanted[0]!);
}

/** Charsets in which any bytes are text, written by libraries without being asked: the document knows better. */
const anything = /^(us-ascii|ascii|iso-8859-1|windows-1252)$/;

const same = (used: string, said: string, text: string): boolean =>
  used === said ||
  (said === 'utf-16' && used.startsWith('utf-16')) ||
  decoders[used] === decoders[said] ||
  /^[\0-\x7f]*$/.test(text);

function markOf([a, b, c]: Uint8Array): string | undefined {
  if (a === 0xef && b === 0xbb && c === 0xbf) return 'utf-8';
  if (a === 0xff && b === 0xfe) return 'utf-16le';
  return a === 0xfe && b === 0xff ? 'utf-16be' : undefined;
}

/** `<` in two bytes (XML 1.0, appendix F). */
function wideOf([a, b]: Uint8Array): string | undefined {
  if (a === 0x3c && b === 0) return 'utf-16le';
  return a === 0 && b === 0x3c ? 'utf-16be' : undefined;
}

function declarationOf(bytes: Uint8Array): string | undefined {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 256)).toString('latin1');
  return /^\s*<\?xml[^>]*?\sencoding\s*=\s*["']([\w.:-]+)["']/.exec(head)?.[1]?.toLowerCase();
}

function decoded(bytes: Uint8Array, charset: string): Decoded | undefined {
  const label = decoders[charset];
  if (label === undefined)
    throw new SoapProblem(t(`不支持的字符集：${charset}`, `Charset not supported: ${charset}`), {
      code: 'hub.charset.undecodable',
      kind: 'charset',
    });
  try {
    return { text: new TextDecoder(label, { fatal: true }).decode(bytes), charset };
  } catch {
    return undefined;
  }
}

function undecodable(charset: string): never {
  throw new SoapProblem(t(`不能按 ${charset} 解码`, `Not decodable as ${charset}`), {
    code: 'hub.charset.undecodable',
    kind: 'charset',
  });
}
