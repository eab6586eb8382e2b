import iconv from 'iconv-lite';
import { isLong, isSpoken } from './syntax.ts';

/** An element to be written: text, or the items of a sequence. */
export interface NewElement {
  readonly tag: number;
  readonly vr: string;
  readonly value: string | readonly (readonly NewElement[])[];
}

export type ReplyCharset = 'UTF-8' | 'GB18030';

/** The term of (0008,0005) for a charset. */
export const charsetTerm = (charset: ReplyCharset): string => (charset === 'UTF-8' ? 'ISO_IR 192' : charset);

const encoded = (text: string, charset: ReplyCharset): Buffer =>
  charset === 'UTF-8' ? Buffer.from(text, 'utf8') : iconv.encode(text, 'gb18030');

/** A data set in little endian, explicit or implicit VR (PS3.5 §7.1); tags in ascending order. */
export function writeDataset(
  elements: readonly NewElement[],
  explicit: boolean,
  charset: ReplyCharset,
): Buffer {
  const sorted = [...elements].sort((a, b) => a.tag - b.tag);
  return Buffer.concat(sorted.map((element) => written(element, explicit, charset)));
}

function written({ tag, vr, value }: NewElement, explicit: boolean, charset: ReplyCharset): Buffer {
  const bytes =
    typeof value === 'string' ? textBytes(vr, value, charset) : itemBytes(value, explicit, charset);
  const head = Buffer.alloc(explicit && isLong(vr) ? 12 : 8);
  head.writeUInt16LE(tag >>> 16, 0);
  head.writeUInt16LE(tag & 0xffff, 2);
  if (explicit) head.write(vr, 4, 'latin1');
  if (explicit && !isLong(vr)) head.writeUInt16LE(bytes.length, 6);
  else head.writeUInt32LE(bytes.length, head.length - 4);
  return Buffer.concat([head, bytes]);
}

function textBytes(vr: string, value: string, charset: ReplyCharset): Buffer {
  const bytes = isSpoken(vr) ? encoded(value, charset) : Buffer.from(value, 'latin1');
  return bytes.length % 2 ? Buffer.concat([bytes, Buffer.from(vr === 'UI' ? '\0' : ' ')]) : bytes;
}

function itemBytes(
  items: readonly (readonly NewElement[])[],
  explicit: boolean,
  charset: ReplyCharset,
): Buffer {
  return Buffer.concat(
    items.flatMap((item) => {
      const bytes = writeDataset(item, explicit, charset);
      const head = Buffer.from([0xfe, 0xff, 0x00, 0xe0, 0, 0, 0, 0]);
      head.writeUInt32LE(bytes.length, 4);
      return [head, bytes];
    }),
  );
}
