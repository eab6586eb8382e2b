import { Buffer } from 'node:buffer';
import { Fault } from '../../contracts/kernel/fault.ts';
import { strictDecode } from './charset-decode.ts';
import type { Charset } from './charset-names.ts';
import type { Delimiters } from './delimiters.ts';

/** What was odd about an escape; told without the value, which may be a patient's. */
export type EscapeOddity = 'stray-escape' | 'bad-hex';

/**
 * Decodes the escape sequences of one already split value (HL7 v2.9 §2.7), once. Formatting commands become line breaks
 * or nothing; `\H\ \N\ \Cxxyy\ \Mxxyyzz\ \Z..\` and whatever is no escape stay as they are.
 */
export function unescapeText(
  value: string,
  d: Delimiters,
  charset: Charset,
  odd?: (oddity: EscapeOddity) => void,
): string {
  const e = d.escape;
  let at = e === '' ? -1 : value.indexOf(e);
  if (at < 0) return value;
  let out = '';
  let from = 0;
  while (at >= 0) {
    const end = value.indexOf(e, at + 1);
    if (end < 0) {
      odd?.('stray-escape');
      break;
    }
    const body = value.slice(at + 1, end);
    let next = end + 1;
    let text: string | undefined;
    if (isHex(body)) {
      let digits = body.slice(1);
      text = unitText(digits);
      for (let more = text === undefined ? hexAt(value, next, e) : undefined; more !== undefined; ) {
        digits += more.digits;
        next = more.end;
        more = hexAt(value, next, e);
      }
      text ??= hexText(digits, charset);
      if (text === undefined) {
        odd?.('bad-hex');
        text = value.slice(at, next);
      }
    } else text = decoded(body, d);
    if (text === undefined) {
      odd?.('stray-escape');
      next = at + 1;
      text = e;
    }
    out += value.slice(from, at) + text;
    from = next;
    at = value.indexOf(e, next);
  }
  return out + value.slice(from);
}

/** The text of one escape body; undefined where it is no escape at all. */
function decoded(body: string, d: Delimiters): string | undefined {
  switch (body) {
    case 'F':
      return d.field;
    case 'S':
      return d.component;
    case 'T':
      return d.subcomponent || '&';
    case 'R':
      return d.repetition || '~';
    case 'E':
      return d.escape;
    case 'P':
      return d.truncation || '#';
    case '.br':
      return '\n';
    default:
      break;
  }
  const command = /^\.(br|sp|sk|in|ti|fi|nf|ce)\s?([+-]?\d{0,3})$/.exec(body);
  if (command !== null) return layout(command[1]!, Number(command[2] || 1));
  return /^(?:H|N|C[0-9A-Fa-f]{4}|M[0-9A-Fa-f]{4}(?:[0-9A-Fa-f]{2})?|Z[^\r\n]{0,60})$/.test(body)
    ? d.escape + body + d.escape
    : undefined;
}

function layout(command: string, count: number): string {
  switch (command) {
    case 'br':
    case 'sp':
      return '\n'.repeat(Math.max(1, Math.min(count, 100)));
    case 'ce':
      return '\n';
    case 'sk':
      return ' '.repeat(Math.max(1, Math.min(count, 100)));
    default:
      return '';
  }
}

const isHex = (body: string): boolean => body[0] === 'X' && /^X(?:[0-9A-Fa-f]{2})+$/.test(body);

function hexAt(value: string, at: number, e: string): { digits: string; end: number } | undefined {
  if (value[at] !== e || value[at + 1] !== 'X') return undefined;
  const end = value.indexOf(e, at + 1);
  const body = end < 0 ? '' : value.slice(at + 1, end);
  return isHex(body) ? { digits: body.slice(1), end: end + 1 } : undefined;
}

/** `000D`, as some engines write, is one two-byte unit and not a NUL before the character. */
function unitText(digits: string): string | undefined {
  if (!/^(?:00[0-9A-Fa-f]{2})+$/.test(digits)) return undefined;
  return digits.replace(/00(..)/g, (_, unit: string) => String.fromCharCode(Number.parseInt(unit, 16)));
}

/** Back-to-back escapes are one run of bytes: a character may be spread over them. */
function hexText(digits: string, charset: Charset): string | undefined {
  return strictDecode(Buffer.from(digits, 'hex'), charset);
}

export interface EscapeOptions {
  /** How a line break leaves: as hexadecimal bytes (default, exact) or as the formatting command of FT and TX. */
  readonly lineBreak?: 'hex' | '.br';
  /** Leave `\H\`, `\N\` and the other commands in the value as commands. Off: every escape character is data. */
  readonly commands?: boolean;
}

const patterns = new Map<string, RegExp>();

function special(d: Delimiters): RegExp {
  const key = d.field + d.component + d.repetition + d.escape + d.subcomponent + d.truncation;
  let found = patterns.get(key);
  if (found === undefined) {
    const set = [...key].map((c) => `\\u{${c.codePointAt(0)!.toString(16)}}`).join('');
    patterns.set(key, (found = new RegExp(`[${set}\\u0000-\\u0008\\u000a-\\u001f\\u007f]`, 'u')));
  }
  return found;
}

/**
 * Escapes a value for one position (HL7 v2.9 §2.7): delimiters, the escape character, line breaks and control characters
 * other than TAB. Throws `hub.mapping.failed` where the message has no escape character to say it with.
 */
export function escapeText(value: string, d: Delimiters, options: EscapeOptions = {}): string {
  if (!special(d).test(value)) return value;
  if (d.escape === '')
    throw new Fault('hub.mapping.failed', { path: 'MSH-2', reason: 'no escape character' });
  let out = '';
  for (let i = 0; i < value.length; i++) {
    const c = value[i]!;
    if (c === d.escape && options.commands === true) {
      const kept = commandAt(value, i, d);
      if (kept !== undefined) {
        out += kept;
        i += kept.length - 1;
        continue;
      }
    }
    const code = c.charCodeAt(0);
    if ((code === 13 || code === 10) && options.lineBreak === '.br') {
      if (code === 13 && value[i + 1] === '\n') i++;
      out += `${d.escape}.br${d.escape}`;
    } else out += escaped(c, code, d);
  }
  return out;
}

function escaped(c: string, code: number, d: Delimiters): string {
  const e = d.escape;
  if ((code < 32 && code !== 9) || code === 127)
    return `${e}X${code.toString(16).toUpperCase().padStart(2, '0')}${e}`;
  const letter = letterOf(c, d);
  return letter === undefined ? c : e + letter + e;
}

function letterOf(c: string, d: Delimiters): string | undefined {
  if (c === d.field) return 'F';
  if (c === d.component) return 'S';
  if (c === d.subcomponent) return 'T';
  if (c === d.repetition) return 'R';
  if (c === d.escape) return 'E';
  return c === d.truncation ? 'P' : undefined;
}

function commandAt(value: string, at: number, d: Delimiters): string | undefined {
  const end = value.indexOf(d.escape, at + 1);
  if (end < 0) return undefined;
  const body = value.slice(at + 1, end);
  return body.length > 1 || body === 'H' || body === 'N'
    ? decoded(body, d) === undefined
      ? undefined
      : value.slice(at, end + 1)
    : undefined;
}
