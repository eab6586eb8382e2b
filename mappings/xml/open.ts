import type { FrameToRead, ReadMessage } from '../engine/format.ts';
import { decodeXml } from './decode.ts';
import type { XmlElement } from './element.ts';
import { readXml } from './reader.ts';

export type Unsound = NonNullable<ReadMessage['unsound']>;

/** A frame as a document, or why it is none. */
export type Opened =
  | { readonly root: XmlElement; readonly charset: string; readonly warnings: readonly string[] }
  | { readonly unsound: Unsound; readonly charset: string; readonly warnings: readonly string[] };

interface Decoding {
  readonly mode: 'auto' | 'forced';
  readonly charset: string;
}

export function openXml(frame: FrameToRead, decode: Decoding): Opened {
  const { bytes, broken, oddities, meta } = frame;
  if (broken) return no({ code: broken.code, data: { reason: broken.reason }, answer: 'AR' }, '', oddities);
  const decoded = decodeXml(bytes, decode, meta?.charset);
  if (decoded.problem)
    return no({ code: 'hub.charset.undecodable', data: { ...decoded.problem }, answer: 'AR' }, '', oddities);
  const { charset } = decoded;
  const warnings = [...oddities, ...decoded.warnings];
  const read = readXml(decoded.text);
  if ('root' in read) return { root: read.root, charset, warnings: [...warnings, ...read.warnings] };
  return no(unsound('XML', `${read.line}:${read.column}`, read.reason, 'AR'), charset, warnings);
}

const no = (why: Unsound, charset: string, warnings: readonly string[]): Opened => ({
  unsound: why,
  charset,
  warnings,
});

/** Sound bytes that are not a sound message: where, and why. */
export const unsound = (segment: string, field: string, reason: string, answer: 'AE' | 'AR'): Unsound => ({
  code: 'hub.message.unsound',
  data: { segment, field, reason },
  answer,
});
