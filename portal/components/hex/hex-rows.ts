/** A line of bytes for the eye. */
export interface HexRow {
  readonly offset: string;
  readonly hex: readonly string[];
  /** One entry for each byte: the character that begins there, `''` where one goes on. */
  readonly text: readonly { readonly char: string; readonly control: boolean }[];
}

/** Marks for the controls an engineer looks for; the rest is a dot. */
const controls: Record<number, string> = { 9: '→', 10: '↓', 13: '↵' };

/** Bytes of base64 text; an empty array where it is none. */
export function fromBase64(text: string): Uint8Array {
  try {
    return Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  } catch {
    return new Uint8Array();
  }
}

/** Name that TextDecoder understands for a charset as HL7 or the hub calls it. */
export function decoderName(charset: string): string {
  const name = charset.toLowerCase().replace(/[\s_]/g, '-');
  if (/gb-?18030|gb-?2312|gbk|cp936/.test(name)) return 'gb18030';
  if (/utf-?16-?be/.test(name)) return 'utf-16be';
  if (/utf-?16/.test(name)) return 'utf-16le';
  if (/8859[-/]?1|latin-?1/.test(name)) return 'windows-1252';
  return 'utf-8';
}

/** How many bytes the character at `at` has; 1 where the sequence is broken. */
function length(bytes: Uint8Array, at: number, decoder: string): number {
  const a = bytes[at]!;
  const b = bytes[at + 1];
  if (decoder === 'gb18030') {
    if (a < 0x81 || a > 0xfe || b === undefined) return 1;
    if (b >= 0x30 && b <= 0x39) return at + 3 < bytes.length ? 4 : 1;
    return b >= 0x40 && b <= 0xfe && b !== 0x7f ? 2 : 1;
  }
  if (decoder.startsWith('utf-16')) return b === undefined ? 1 : 2;
  if (decoder !== 'utf-8' || a < 0xc2) return 1;
  const want = a >= 0xf0 ? 4 : a >= 0xe0 ? 3 : 2;
  for (let i = 1; i < want; i++) {
    const c = bytes[at + i];
    if (c === undefined || (c & 0xc0) !== 0x80) return 1;
  }
  return want;
}

/** Lines of `width` bytes; a character of several bytes stands at its first byte, also over a line's end. */
export function hexRows(bytes: Uint8Array, charset: string, width = 16): HexRow[] {
  const name = decoderName(charset);
  const decoder = new TextDecoder(name);
  const cells: { char: string; control: boolean }[] = [];
  for (let at = 0; at < bytes.length; ) {
    const size = length(bytes, at, name);
    const byte = bytes[at]!;
    const control = size === 1 && (byte < 0x20 || byte === 0x7f);
    const char = control ? (controls[byte] ?? '·') : decoder.decode(bytes.subarray(at, at + size));
    cells.push({ char, control });
    for (let i = 1; i < size; i++) cells.push({ char: '', control: false });
    at += size;
  }
  const rows: HexRow[] = [];
  for (let at = 0; at < bytes.length; at += width) {
    rows.push({
      offset: at.toString(16).padStart(bytes.length > 0xffff ? 6 : 4, '0'),
      hex: Array.from(bytes.subarray(at, at + width), (b) => b.toString(16).padStart(2, '0')),
      text: cells.slice(at, at + width),
    });
  }
  return rows;
}
