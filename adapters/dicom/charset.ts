import { isUtf8 } from 'node:buffer';

/** Text of data sets: Specific Character Set (0008,0005), PS3.3 §C.12.1.1.2 and PS3.5 §6.1. */

/** Terms without code extensions, as a decoder knows them; written without spaces, underscores and hyphens. */
const single: Readonly<Record<string, string>> = {
  ISOIR6: '',
  ISOIR13: 'shift_jis',
  ISOIR58: 'gb18030',
  ISOIR100: 'latin1',
  ISOIR101: 'iso-8859-2',
  ISOIR109: 'iso-8859-3',
  ISOIR110: 'iso-8859-4',
  ISOIR126: 'iso-8859-7',
  ISOIR127: 'iso-8859-6',
  ISOIR138: 'iso-8859-8',
  ISOIR144: 'iso-8859-5',
  ISOIR148: 'windows-1254',
  ISOIR149: 'euc-kr',
  ISOIR166: 'windows-874',
  ISOIR192: 'utf-8',
  ISOIR203: 'iso-8859-15',
  GB18030: 'gb18030',
  GBK: 'gb18030',
  GB2312: 'gb18030',
  UTF8: 'utf-8',
};

/** Sets that an escape sequence brings in (PS3.3 table C.12-3 and C.12-4), by the characters behind ESC. */
const escapes: Readonly<Record<string, { readonly side: 'low' | 'high'; readonly label: string }>> = {
  '(B': { side: 'low', label: '' },
  '(J': { side: 'low', label: '' },
  $B: { side: 'low', label: 'jis' },
  '$@': { side: 'low', label: 'jis' },
  '$(D': { side: 'low', label: 'jis212' },
  '$)A': { side: 'high', label: 'gb18030' },
  '$)C': { side: 'high', label: 'euc-kr' },
  ')I': { side: 'high', label: 'shift_jis' },
  '-A': { side: 'high', label: 'latin1' },
  '-B': { side: 'high', label: 'iso-8859-2' },
  '-C': { side: 'high', label: 'iso-8859-3' },
  '-D': { side: 'high', label: 'iso-8859-4' },
  '-L': { side: 'high', label: 'iso-8859-5' },
  '-G': { side: 'high', label: 'iso-8859-6' },
  '-F': { side: 'high', label: 'iso-8859-7' },
  '-H': { side: 'high', label: 'iso-8859-8' },
  '-M': { side: 'high', label: 'windows-1254' },
  '-T': { side: 'high', label: 'windows-874' },
  '-b': { side: 'high', label: 'iso-8859-15' },
};

export type AssumedCharset = 'UTF-8' | 'GB18030';

export interface CharsetSettings {
  /** For text whose charset is not named and that is no valid UTF-8. */
  readonly assume: AssumedCharset;
  /** Devices that name one charset and write another: what they name is passed over. */
  readonly force?: AssumedCharset | undefined;
}

/** Decodes the text of one data set and notes what was odd about it. */
export class TextReader {
  /** `charset-guessed`, `charset-unknown`, `charset-invalid` */
  readonly oddities = new Set<string>();
  private readonly first: string;
  private readonly extended: boolean;
  private readonly settings: CharsetSettings;

  constructor(terms: readonly string[], settings: CharsetSettings) {
    this.settings = settings;
    const plain = terms.map((term) => term.toUpperCase().replace(/[ _-]/g, ''));
    this.extended = plain.length > 1 || (plain[0] ?? '').startsWith('ISO2022');
    const own = (plain[0] ?? '').replace('ISO2022', 'ISO').replace(/^ISOIR0+/, 'ISOIR');
    const label = single[own];
    if (own !== '' && label === undefined) this.oddities.add('charset-unknown');
    this.first = settings.force?.toLowerCase() ?? label ?? '';
  }

  text(bytes: Buffer): string {
    if (bytes.every((byte) => byte < 0x80 && byte !== 0x1b)) return bytes.toString('latin1');
    if (this.settings.force !== undefined) return this.decode(this.first, bytes);
    if (this.extended && bytes.includes(0x1b)) return this.escaped(bytes);
    if (this.first === '') {
      this.oddities.add('charset-guessed');
      return this.decode(isUtf8(bytes) ? 'utf-8' : this.settings.assume.toLowerCase(), bytes);
    }
    return this.decode(this.first, bytes);
  }

  /** Code extensions of ISO 2022: each stretch in the sets its escape sequences chose. */
  private escaped(bytes: Buffer): string {
    let low = '';
    let high = this.first;
    let text = '';
    let from = 0;
    const flush = (to: number): void => {
      if (to > from) text += this.stretch(bytes.subarray(from, to), low, high);
    };
    for (let at = 0; at < bytes.length; at++) {
      if (bytes[at] !== 0x1b) continue;
      const found = [3, 2].find((length) => bytes.toString('latin1', at + 1, at + 1 + length) in escapes);
      if (found === undefined) {
        this.oddities.add('charset-unknown');
        continue;
      }
      flush(at);
      const { side, label } = escapes[bytes.toString('latin1', at + 1, at + 1 + found)]!;
      if (side === 'low') low = label;
      else high = label;
      at += found;
      from = at + 1;
    }
    flush(bytes.length);
    return text;
  }

  private stretch(bytes: Buffer, low: string, high: string): string {
    if (low === 'jis') return this.decode('euc-jp', bytes.map((byte) => byte | 0x80) as Buffer);
    if (low === 'jis212') {
      const pairs = Array.from({ length: bytes.length >> 1 }, (_, i) => [
        0x8f,
        bytes[2 * i]! | 0x80,
        bytes[2 * i + 1]! | 0x80,
      ]);
      return this.decode('euc-jp', Buffer.from(pairs.flat()));
    }
    return this.decode(high === '' ? this.settings.assume.toLowerCase() : high, bytes);
  }

  private decode(label: string, bytes: Buffer): string {
    if (label === 'latin1') return bytes.toString('latin1');
    try {
      return new TextDecoder(label, { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch {
      this.oddities.add('charset-invalid');
      return new TextDecoder(label, { ignoreBOM: true }).decode(bytes);
    }
  }
}
