import iconv from 'iconv-lite';

/** Makes DICOM instances by hand, in the charsets and with the oddities of real devices; independent of the product. */

export const syntaxes = {
  implicit: '1.2.840.10008.1.2',
  explicit: '1.2.840.10008.1.2.1',
  big: '1.2.840.10008.1.2.2',
  jpeg: '1.2.840.10008.1.2.4.50',
} as const;

/** VL Microscopic, Secondary Capture, CT. */
export const classes = {
  microscopy: '1.2.840.10008.5.1.4.1.1.77.1.2',
  capture: '1.2.840.10008.5.1.4.1.1.7',
  ct: '1.2.840.10008.5.1.4.1.1.2',
} as const;

export interface InstanceOptions {
  readonly sopClass?: string;
  readonly sopInstance?: string;
  readonly syntax?: string;
  /** Text of (0008,0005); undefined leaves it out. */
  readonly charset?: string;
  /** How texts become bytes; a name of iconv-lite. */
  readonly encoding?: string;
  readonly patientName?: string | Buffer;
  readonly patientId?: string;
  readonly accession?: string;
  readonly specimens?: readonly string[];
  readonly modality?: string;
  readonly description?: string;
  readonly pixelBytes?: number;
  /** More elements, in ascending order of tags, e.g. private ones. */
  readonly more?: readonly Buffer[];
}

export interface Instance {
  readonly sopClass: string;
  readonly sopInstance: string;
  readonly syntax: string;
  readonly dataset: Buffer;
  /** The same as a file (PS3.10). */
  readonly file: Buffer;
}

const LONG = new Set(['OB', 'OW', 'SQ', 'UN', 'UT']);

/** One element in explicit VR, or implicit where `explicit` is false. */
export function element(
  tag: string,
  vr: string,
  value: Buffer | string,
  { explicit = true, big = false, encoding = 'latin1' } = {},
): Buffer {
  const raw = typeof value === 'string' ? iconv.encode(value, encoding) : value;
  const bytes =
    raw.length % 2 ? Buffer.concat([raw, Buffer.from(vr === 'UI' || vr === 'OB' ? '\0' : ' ')]) : raw;
  const head = Buffer.alloc(explicit && LONG.has(vr) ? 12 : 8);
  const [group, number] = [Number.parseInt(tag.slice(0, 4), 16), Number.parseInt(tag.slice(4), 16)];
  const u16 = (n: number, at: number) => (big ? head.writeUInt16BE(n, at) : head.writeUInt16LE(n, at));
  const u32 = (n: number, at: number) => (big ? head.writeUInt32BE(n, at) : head.writeUInt32LE(n, at));
  u16(group, 0);
  u16(number, 2);
  if (explicit) head.write(vr, 4, 'latin1');
  if (explicit && !LONG.has(vr)) u16(bytes.length, 6);
  else u32(bytes.length, head.length - 4);
  return Buffer.concat([head, bytes]);
}

const mark = (number: number, length: number): Buffer => {
  const bytes = Buffer.from([0xfe, 0xff, number & 0xff, number >> 8, 0, 0, 0, 0]);
  bytes.writeUInt32LE(length, 4);
  return bytes;
};

/** Pixel data of a compressed syntax: an empty offset table and one fragment (PS3.5 §A.4). */
function encapsulated(fragment: Buffer): Buffer {
  const open = element('7FE00010', 'OB', Buffer.alloc(0));
  open.writeUInt32LE(0xffffffff, open.length - 4);
  return Buffer.concat([open, mark(0xe000, 0), mark(0xe000, fragment.length), fragment, mark(0xe0dd, 0)]);
}

/** A sequence whose items and itself end by delimiters. */
export function sequence(tag: string, items: readonly Buffer[], explicit = true): Buffer {
  const open = element(tag, 'SQ', Buffer.alloc(0), { explicit });
  open.writeUInt32LE(0xffffffff, open.length - 4);
  const inner = items.flatMap((item) => [mark(0xe000, 0xffffffff), item, mark(0xe00d, 0)]);
  return Buffer.concat([open, ...inner, mark(0xe0dd, 0)]);
}

let made = 0;

export function makeInstance(options: InstanceOptions = {}): Instance {
  const { sopClass = classes.microscopy, syntax = syntaxes.explicit, encoding = 'latin1' } = options;
  const sopInstance = options.sopInstance ?? `1.2.826.0.1.3680043.10.1.${process.pid}.${++made}`;
  const explicit = syntax !== syntaxes.implicit;
  const big = syntax === syntaxes.big;
  const text = (tag: string, vr: string, value: Buffer | string | undefined) =>
    value === undefined ? [] : [element(tag, vr, value, { explicit, big, encoding })];
  const specimens = (options.specimens ?? []).map((id) => Buffer.concat(text('00400551', 'LO', id)));
  const dataset = Buffer.concat([
    ...text('00080005', 'CS', options.charset),
    ...text('00080016', 'UI', sopClass),
    ...text('00080018', 'UI', sopInstance),
    ...text('00080020', 'DA', '20260301'),
    ...text('00080023', 'DA', '20260302'),
    ...text('00080030', 'TM', '081500'),
    ...text('00080033', 'TM', '083015.25'),
    ...text('00080050', 'SH', options.accession),
    ...text('00080060', 'CS', options.modality ?? 'SM'),
    ...text('00081030', 'LO', options.description),
    ...text('00100010', 'PN', options.patientName ?? 'Zhang^San'),
    ...text('00100020', 'LO', options.patientId ?? 'P0001'),
    ...text('00100030', 'DA', '19800203'),
    ...text('00100040', 'CS', 'F'),
    ...text('0020000D', 'UI', '1.2.826.0.1.3680043.10.1.9'),
    ...text('0020000E', 'UI', '1.2.826.0.1.3680043.10.1.9.1'),
    ...text('00200013', 'IS', '7'),
    ...(options.more ?? []),
    ...(specimens.length && !big ? [sequence('00400560', specimens, explicit)] : []),
    syntax === syntaxes.jpeg
      ? encapsulated(pixels(options.pixelBytes ?? 64))
      : element('7FE00010', 'OB', pixels(options.pixelBytes ?? 64), { explicit, big }),
  ]);
  return { sopClass, sopInstance, syntax, dataset, file: fileOf(sopClass, sopInstance, syntax, dataset) };
}

function pixels(length: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let i = 0; i < length; i += 4093) bytes[i] = i & 0xff;
  return bytes;
}

export function fileOf(sopClass: string, sopInstance: string, syntax: string, dataset: Buffer): Buffer {
  const meta = Buffer.concat([
    element('00020001', 'OB', Buffer.from([0, 1])),
    element('00020002', 'UI', sopClass),
    element('00020003', 'UI', sopInstance),
    element('00020010', 'UI', syntax),
    element('00020012', 'UI', '1.2.826.0.1.3680043.10.1'),
  ]);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(meta.length);
  return Buffer.concat([
    Buffer.alloc(128),
    Buffer.from('DICM'),
    element('00020000', 'UL', length),
    meta,
    dataset,
  ]);
}
