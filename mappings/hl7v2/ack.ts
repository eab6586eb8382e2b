import { encodeText } from './charset-encode.ts';
import { type Charset, charsetOf, table0211 } from './charset-names.ts';
import { type Delimiters, defaultDelimiters, encodingCharacters } from './delimiters.ts';
import { escapeText } from './escape.ts';
import { Hl7Message } from './message.ts';

/** HL7 Table 0008. */
export type AckCode = 'AA' | 'AE' | 'AR' | 'CA' | 'CE' | 'CR';

/** HL7 Table 0357, the part that a hub has use for. */
export const errorTexts = {
  100: 'Segment sequence error',
  101: 'Required field missing',
  102: 'Data type error',
  103: 'Table value not found',
  200: 'Unsupported message type',
  201: 'Unsupported event code',
  202: 'Unsupported processing id',
  203: 'Unsupported version id',
  204: 'Unknown key identifier',
  205: 'Duplicate key identifier',
  206: 'Application record locked',
  207: 'Application internal error',
} as const;

export interface AckError {
  /** Segment and its position among those of its name (from 1), field position. */
  readonly segment?: string;
  readonly occurrence?: number;
  readonly field?: number;
  readonly component?: number;
  /** HL7 Table 0357; 207 by default. */
  readonly code?: keyof typeof errorTexts;
  /** For the partner's engineer. No patient data. */
  readonly text?: string;
  readonly severity?: 'E' | 'W' | 'I';
}

export interface AckInput {
  /** The message answered; absent where nothing of it could be read. */
  readonly message?: Hl7Message | undefined;
  readonly code: AckCode;
  /** Our own MSH-10. */
  readonly controlId: string;
  /** HL7 timestamp, e.g. `20260102150405+0800`. */
  readonly at: string;
  readonly error?: AckError | undefined;
  /** MSA-3 of a positive answer, e.g. `filtered`. */
  readonly warning?: string | undefined;
  /** MSH-9 as `ACK^<trigger>^ACK` (default from v2.4) or plain `ACK`, which some old peers insist on. */
  readonly trigger?: boolean | undefined;
  /** Charset the sender used, from `decodeBytes`; named in MSH-18 where the sender named one or a text needs it. */
  readonly charset?: Charset | undefined;
}

/** An acknowledgement in the sender's delimiters and version, parties swapped, MSA-2 equal to the sender's MSH-10 unit by unit. */
export function acknowledgement(input: AckInput): string {
  const header = input.message?.header;
  const usable = header !== undefined && input.message?.delimiterProblem === undefined;
  const d = usable ? input.message!.delimiters : defaultDelimiters;
  const field = (n: number): string => (usable ? (header.field(n) ?? '') : '');
  const control = field(10);
  const version = first(field(12), d) || '2.4';
  const code = control === '' || control === '""' ? uncorrelated(input.code) : input.code;
  const error =
    input.error ??
    (code === input.code
      ? undefined
      : { segment: 'MSH', field: 10, code: 101 as const, text: 'no control id' });
  const text = write(d, error?.text ?? input.warning ?? '').slice(0, 200);
  const msh = [
    `MSH${d.field}${encodingCharacters(d)}`,
    field(5),
    field(6),
    field(3),
    field(4),
    input.at,
    '',
    ackType(field(9), version, d, input.trigger),
    write(d, input.controlId),
    field(11) || 'P',
    field(12) || '2.4',
  ];
  const body =
    ['MSA', code, control, text].join(d.field).replace(trailing(d), '') +
    (error === undefined ? '' : `\r${errorSegment(error, version, d)}`);
  const named = charsetField(field(18), input.charset, body);
  if (named !== '') msh.push('', '', '', '', field(17), named);
  return `${msh.join(d.field)}\r${body}\r`;
}

/** The acknowledgement as bytes in the sender's charset; a text that it cannot express is left out of the answer. */
export function acknowledgementBytes(input: AckInput): Uint8Array {
  const charset = input.charset ?? 'US-ASCII';
  const encoded = encodeText(acknowledgement(input), charset);
  if (encoded.problem === undefined) return encoded.bytes;
  const { text: _, ...error } = input.error ?? {};
  const plain = encodeText(
    acknowledgement({ ...input, error: input.error && error, warning: undefined }),
    charset,
  );
  if (plain.problem === undefined) return plain.bytes;
  const utf8 = encodeText(acknowledgement({ ...input, charset: 'UTF-8' }), 'UTF-8');
  return utf8.problem === undefined ? utf8.bytes : new Uint8Array();
}

/**
 * What is known of a message that could not be decoded: its header line byte for byte (as ISO-8859-1), so that an AR can
 * be addressed and correlated. Undefined where the bytes do not begin with MSH.
 */
export function salvageHeader(bytes: Uint8Array): { message: Hl7Message; charset: Charset } | undefined {
  const head = bytes.subarray(0, 4096);
  const text = encodingOf(head);
  const start = text.search(/\S/);
  if (start < 0 || !text.startsWith('MSH', start)) return undefined;
  const line = text.slice(start).split(/[\r\n]/, 1)[0]!;
  return { message: Hl7Message.parse(line, { charset: 'ISO-8859-1' }), charset: 'ISO-8859-1' };
}

/** One character a byte; the NULs of UTF-16 are dropped. */
function encodingOf(bytes: Uint8Array): string {
  let out = '';
  for (const byte of bytes) if (byte !== 0) out += String.fromCharCode(byte);
  return out.replace(/^(?:\u00ef\u00bb\u00bf|\u00ff\u00fe|\u00fe\u00ff)/, '');
}

const uncorrelated = (code: AckCode): AckCode => (code === 'AA' ? 'AE' : code === 'CA' ? 'CE' : code);

const first = (field: string, d: Delimiters): string =>
  (d.component === '' ? field : field.split(d.component, 1)[0]!).trim();

/** True for v2.4 and later, by MSH-12.1. */
const atLeast = (version: string, minor: number): boolean => {
  const m = /^2\.(\d+)/.exec(version);
  return m !== null && Number(m[1]) >= minor;
};

function ackType(type: string, version: string, d: Delimiters, wanted: boolean | undefined): string {
  if (!(wanted ?? atLeast(version, 4)) || d.component === '') return 'ACK';
  const trigger = type.split(d.component)[1] ?? '';
  return trigger === '' ? 'ACK' : `ACK${d.component}${trigger}${d.component}ACK`;
}

/** v2.5 and later: ERR-2, 3, 4, 8 (§2.14.5); before: ERR-1 as ELD. */
function errorSegment(error: AckError, version: string, d: Delimiters): string {
  const code = error.code ?? 207;
  const c = d.component;
  const place = [error.segment ?? '', error.segment ? String(error.occurrence ?? 1) : '', error.field ?? ''];
  if (atLeast(version, 5)) {
    if (error.component !== undefined) place.push('', error.component);
    const coded = [code, errorTexts[code], 'HL70357'].join(c);
    const location = place.join(c).replace(/[^\w]+$/, '');
    return ['ERR', '', location, coded, error.severity ?? 'E', '', '', '', write(d, error.text ?? '')]
      .join(d.field)
      .replace(trailing(d), '');
  }
  const s = d.subcomponent || ' ';
  return `ERR${d.field}${[...place, [code, errorTexts[code], 'HL70357'].join(s)].join(c)}`;
}

/** Without an escape character in the sender's MSH-2 the delimiters in a text become blanks. */
function write(d: Delimiters, text: string): string {
  if (d.escape !== '') return escapeText(text, d);
  return text.replace(/[^\p{L}\p{N} .,;:()/_-]/gu, ' ');
}

const trails = new Map<string, RegExp>();

function trailing(d: Delimiters): RegExp {
  let found = trails.get(d.field);
  if (found === undefined)
    trails.set(d.field, (found = new RegExp(`\\u{${d.field.codePointAt(0)!.toString(16)}}+$`, 'u')));
  return found;
}

/** The sender's own spelling where it names the charset in use; our name for it where the answer needs one. */
function charsetField(sent: string, charset: Charset | undefined, body: string): string {
  if (charset === undefined) return sent;
  const declared = sent === '' || sent === '""' ? '' : sent.split('~', 1)[0]!;
  if (declared !== '' && charsetOf(declared) === charset) return declared;
  if (declared === '' && /^[\u0000-\u007f]*$/.test(body)) return '';
  return table0211(charset);
}
