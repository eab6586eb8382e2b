import { Buffer } from 'node:buffer';
import { strictDecode } from '../hl7v2/charset-decode.ts';
import type { Charset } from '../hl7v2/charset-names.ts';
import type { Delimiters } from './delimiters.ts';

/** Escapes of a value that was already split off (LIS2-A2 5.4.7); what is no escape stays as it is. */
export function unescaped(raw: string, d: Delimiters, charset: Charset): string {
  const e = d.escape;
  if (e === '' || !raw.includes(e)) return raw;
  let out = '';
  for (let at = 0; at < raw.length; ) {
    const begin = raw.indexOf(e, at);
    const end = begin < 0 ? -1 : raw.indexOf(e, begin + 1);
    if (end < 0) return out + raw.slice(at);
    const text = decoded(raw.slice(begin + 1, end), d, charset);
    // The second escape character may begin the next one.
    out += raw.slice(at, begin) + (text ?? e);
    at = text === undefined ? begin + 1 : end + 1;
  }
  return out;
}

function decoded(body: string, d: Delimiters, charset: Charset): string | undefined {
  switch (body) {
    case 'F':
      return d.field;
    case 'S':
      return d.component;
    case 'R':
      return d.repeat;
    case 'E':
      return d.escape;
    // Highlighting begins and ends: nothing of the value.
    case 'H':
    case 'N':
      return '';
    default:
      break;
  }
  const hex = /^X((?:[0-9A-Fa-f]{2})+)$/.exec(body)?.[1];
  return hex === undefined ? undefined : strictDecode(Buffer.from(hex, 'hex'), charset);
}

/** A value for one position; line ends and control characters as hexadecimal. */
export function escaped(value: string, d: Delimiters): string {
  const e = d.escape;
  return Array.from(value, (c) => {
    if (c === d.field) return `${e}F${e}`;
    if (c === d.component) return `${e}S${e}`;
    if (c === d.repeat) return `${e}R${e}`;
    if (c === e) return `${e}E${e}`;
    const code = c.codePointAt(0)!;
    return code < 32 || code === 127 ? `${e}X${code.toString(16).toUpperCase().padStart(2, '0')}${e}` : c;
  }).join('');
}
