/**
 * Canonical charset names of the codec. `GBK` and `GB2312` bytes are read with the GB18030 decoder, their superset;
 * a peer that says GB2312 runs code page 936 in practice, so GB2312 is an alias of GBK.
 */
export type Charset =
  | 'US-ASCII'
  | 'UTF-8'
  | 'UTF-16LE'
  | 'UTF-16BE'
  | 'GB18030'
  | 'GBK'
  | 'Big5'
  | 'Shift_JIS'
  | 'EUC-JP'
  | 'ISO-2022-JP'
  | 'EUC-KR'
  | 'windows-1252'
  | 'KOI8-R'
  | `ISO-8859-${number}`;

/** Spellings after `fold`: HL7 Table 0211 and what is seen in the field. */
const aliases: Readonly<Record<string, Charset>> = {
  ascii: 'US-ASCII',
  usascii: 'US-ASCII',
  isoir6: 'US-ASCII',
  utf8: 'UTF-8',
  unicodeutf8: 'UTF-8',
  isoir192: 'UTF-8',
  utf16le: 'UTF-16LE',
  unicodeutf16le: 'UTF-16LE',
  utf16be: 'UTF-16BE',
  unicodeutf16be: 'UTF-16BE',
  gb18030: 'GB18030',
  gb180302000: 'GB18030',
  gb180302005: 'GB18030',
  gb180302022: 'GB18030',
  gbk: 'GBK',
  cp936: 'GBK',
  ms936: 'GBK',
  windows936: 'GBK',
  936: 'GBK',
  gb2312: 'GBK',
  gb231280: 'GBK',
  gb23121980: 'GBK',
  euccn: 'GBK',
  isoir58: 'GBK',
  big5: 'Big5',
  cp950: 'Big5',
  cns116431992: 'Big5',
  shiftjis: 'Shift_JIS',
  sjis: 'Shift_JIS',
  windows31j: 'Shift_JIS',
  cp932: 'Shift_JIS',
  eucjp: 'EUC-JP',
  iso2022jp: 'ISO-2022-JP',
  isoir87: 'ISO-2022-JP',
  isoir14: 'ISO-2022-JP',
  isoir159: 'ISO-2022-JP',
  ksx1001: 'EUC-KR',
  ksc5601: 'EUC-KR',
  euckr: 'EUC-KR',
  cp949: 'EUC-KR',
  latin1: 'ISO-8859-1',
  cp1252: 'windows-1252',
  windows1252: 'windows-1252',
  win1252: 'windows-1252',
  koi8r: 'KOI8-R',
};

const latin = new Set([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 13, 14, 15, 16]);

/** Names that promise some UTF-16 but not which; only NUL bytes or a byte order mark can tell. */
const vague = new Set(['unicode', 'unicodeutf16', 'utf16', 'ucs2', 'unicodeutf32', 'utf32']);

const fold = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, '');

/** Canonical charset of a name in MSH-18 or in an endpoint's settings; undefined where the name is not known. */
export function charsetOf(name: string): Charset | undefined {
  const key = fold(name);
  const known = aliases[key];
  if (known !== undefined) return known;
  const part = /^(?:iso)?8859(\d{1,2})$/.exec(key);
  const number = part === null ? 0 : Number(part[1]);
  return latin.has(number) ? `ISO-8859-${number}` : undefined;
}

/** True for `UNICODE` and its like, which are never believed without NUL bytes. */
export function isVagueUnicode(name: string): boolean {
  return vague.has(fold(name));
}

const written: Partial<Record<Charset, string>> = {
  'US-ASCII': 'ASCII',
  'UTF-8': 'UNICODE UTF-8',
  'UTF-16LE': 'UNICODE UTF-16',
  'UTF-16BE': 'UNICODE UTF-16',
  GB18030: 'GB 18030-2000',
  GBK: 'GBK',
  Big5: 'BIG-5',
  'EUC-KR': 'KS X 1001',
  'ISO-2022-JP': 'ISO IR87',
};

/** How the charset is written in MSH-18 (HL7 Table 0211 where it has a name). */
export function table0211(charset: Charset): string {
  return written[charset] ?? charset.replace(/^ISO-8859-/, '8859/');
}
