import { readDataset } from './dataset.ts';
import { explicitLittle, implementationClass, implementationVersion } from './uid.ts';

/** The file format of PS3.10 §7.1: preamble, `DICM`, file meta information, data set. */

export interface Part10 {
  readonly sopClass: string;
  readonly sopInstance: string;
  readonly syntax: string;
  readonly dataset: Buffer;
}

const PREAMBLE = 128;
const meta = { sopClass: 0x00020002, sopInstance: 0x00020003, syntax: 0x00020010 };
const GROUP_LENGTH = PREAMBLE + 4;

const short = (element: number, vr: string, value: string): Buffer => {
  const padded = value.length % 2 ? `${value}${vr === 'UI' ? '\0' : ' '}` : value;
  const header = Buffer.from([2, 0, element, 0, ...Buffer.from(vr), 0, 0]);
  header.writeUInt16LE(padded.length, 6);
  return Buffer.concat([header, Buffer.from(padded, 'latin1')]);
};

/**
 * What stands before the data set in the file. It names nobody: the same data set from another application gives the same bytes
 * and so the same digest.
 */
export function fileHead(sopClass: string, sopInstance: string, syntax: string): Buffer {
  const elements = Buffer.concat([
    Buffer.from([2, 0, 1, 0, 0x4f, 0x42, 0, 0, 2, 0, 0, 0, 0, 1]),
    short(0x02, 'UI', sopClass),
    short(0x03, 'UI', sopInstance),
    short(0x10, 'UI', syntax),
    short(0x12, 'UI', implementationClass),
    short(0x13, 'SH', implementationVersion),
  ]);
  const length = Buffer.from([2, 0, 0, 0, 0x55, 0x4c, 4, 0, 0, 0, 0, 0]);
  length.writeUInt32LE(elements.length, 8);
  return Buffer.concat([Buffer.alloc(PREAMBLE), Buffer.from('DICM'), length, elements]);
}

/** Undefined where the bytes are no such file, or its meta information lacks what a sender needs. */
export function readPart10(bytes: Uint8Array): Part10 | undefined {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (file.length < GROUP_LENGTH + 12 || file.toString('latin1', PREAMBLE, GROUP_LENGTH) !== 'DICM')
    return undefined;
  if (file.readUInt32LE(GROUP_LENGTH) !== 0x00000002) return undefined;
  const end = GROUP_LENGTH + 12 + file.readUInt32LE(GROUP_LENGTH + 8);
  if (end > file.length) return undefined;
  const found = readDataset(file.subarray(GROUP_LENGTH, end), explicitLittle, {
    keep: (tag) => tag > 0x00020001,
    last: 0x0002ffff,
  });
  if ('problem' in found) return undefined;
  const uid = (tag: number): string =>
    (found.get(tag)?.bytes.toString('latin1') ?? '').replace(/[\0 ]+$/, '');
  const part = { sopClass: uid(meta.sopClass), sopInstance: uid(meta.sopInstance), syntax: uid(meta.syntax) };
  if (part.sopClass === '' || part.sopInstance === '' || part.syntax === '') return undefined;
  return { ...part, dataset: file.subarray(end) };
}
