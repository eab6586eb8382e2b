import { Buffer } from 'node:buffer';
import type { AckCode } from './ack.ts';
import { Hl7Message } from './message.ts';
import { compilePath } from './path.ts';

/** What a peer answered. */
export interface Acknowledgement {
  /** `ack`: a general acknowledgement; `query-reply`: another message that carries an MSA (ORR, RSP, ADR, …); `unknown`: no MSA. */
  readonly kind: 'ack' | 'query-reply' | 'unknown';
  readonly code?: AckCode;
  /** MSA-2, decoded. */
  readonly controlId?: string;
  /** MSA-3, or the user message of ERR. */
  readonly text?: string;
  readonly error?: { readonly segment?: string; readonly field?: string; readonly code?: string };
}

const codes = new Set(['AA', 'AE', 'AR', 'CA', 'CE', 'CR']);
const at = {
  type: compilePath('MSH-9.1'),
  code: compilePath('MSA-1'),
  control: compilePath('MSA-2'),
  text: compilePath('MSA-3'),
  user: compilePath('ERR-8'),
  place: compilePath('ERR-2'),
  placeSegment: compilePath('ERR-2.1'),
  placeField: compilePath('ERR-2.3'),
  reason: compilePath('ERR-3.1'),
  oldSegment: compilePath('ERR-1.1'),
  oldField: compilePath('ERR-1.3'),
  oldReason: compilePath('ERR-1.4.1'),
} as const;

/** Reads a reply tolerantly: without a final CR, with LF, with frame bytes left on, or an MSA without its MSH. */
export function readAcknowledgement(text: string): Acknowledgement {
  const bare = text.replace(/^[\s\u000b\ufeff]+/, '').replace(/[\u001c\s]+$/, '');
  const message = Hl7Message.parse(bare.startsWith('MSA|') ? `MSH|^~\\&|\r${bare}` : bare);
  const read = (ref: keyof typeof at): string | undefined => message.read(at[ref]) ?? undefined;
  if (message.find('MSA') === undefined) return { kind: 'unknown' };
  const code = read('code')?.trim().toUpperCase();
  const type = read('type')?.toUpperCase();
  const known = code !== undefined && codes.has(code);
  const controlId = read('control');
  const shown = read('text') ?? read('user');
  const error = errorOf(message, read);
  return {
    kind: type !== undefined && type !== 'ACK' && type !== 'MCF' ? 'query-reply' : known ? 'ack' : 'unknown',
    ...(known && { code: code as AckCode }),
    ...(controlId !== undefined && { controlId }),
    ...(shown !== undefined && { text: shown }),
    ...(error !== undefined && { error }),
  };
}

function errorOf(
  message: Hl7Message,
  read: (ref: keyof typeof at) => string | undefined,
): Acknowledgement['error'] {
  if (message.find('ERR') === undefined) return undefined;
  const modern = read('place') !== undefined || read('reason') !== undefined;
  const segment = read(modern ? 'placeSegment' : 'oldSegment');
  const field = read(modern ? 'placeField' : 'oldField');
  const code = read(modern ? 'reason' : 'oldReason');
  return {
    ...(segment !== undefined && { segment }),
    ...(field !== undefined && { field }),
    ...(code !== undefined && { code }),
  };
}

/**
 * True where the reply is for our control id, which is ASCII: MSA-2 equals it, or the reply carries no MSA-2 at all (some peers do not
 * fill it, and there is one message in flight).
 */
export function replyMatches(reply: Uint8Array, controlId: string): boolean {
  const text = Buffer.from(reply.buffer, reply.byteOffset, Math.min(reply.byteLength, 65536)).toString(
    'latin1',
  );
  const told = readAcknowledgement(text.includes('\u0000') ? text.replaceAll('\u0000', '') : text).controlId;
  return told === undefined || told.trim() === controlId;
}
