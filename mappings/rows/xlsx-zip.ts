import { Buffer } from 'node:buffer';
import { inflateRawSync } from 'node:zlib';
import { Fault } from '../../contracts/kernel/fault.ts';

/** Limits of a workbook: beyond them it is not a list of rows, or it is a bomb. */
export const zipLimits = { entries: 2000, partBytes: 128 * 1024 * 1024, totalBytes: 192 * 1024 * 1024 };

export interface Zip {
  /** A part as text (UTF-8); undefined where the workbook has none of that name. */
  text(name: string): string | undefined;
}

interface Entry {
  readonly method: number;
  readonly flags: number;
  readonly packed: number;
  readonly size: number;
  readonly offset: number;
}

const END = 0x06054b50;
const CENTRAL = 0x02014b50;
const LOCAL = 0x04034b50;

/** Why a file cannot be read as a workbook, in words for whoever made it. */
export const notAWorkbook = (reason: string): Fault =>
  new Fault('hub.message.unsound', { segment: 'xlsx', field: '', reason });

/** Reads the directory of a ZIP file (APPNOTE 6.3); parts are unpacked when asked for. Throws `hub.message.unsound`. */
export function openZip(bytes: Uint8Array): Zip {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (buffer.length >= 8 && buffer.readUInt32BE(0) === 0xd0cf11e0)
    throw notAWorkbook(
      '旧版 .xls 或加密的工作簿，请另存为 .xlsx · an old .xls or a workbook with a password; save it as .xlsx',
    );
  const entries = directory(buffer);
  let total = 0;
  return {
    text(name) {
      const entry = entries.get(name);
      if (entry === undefined) return undefined;
      const unpacked = unpack(buffer, entry);
      total += unpacked.length;
      if (total > zipLimits.totalBytes) throw tooLarge();
      return unpacked.toString('utf8');
    },
  };
}

function directory(buffer: Buffer): Map<string, Entry> {
  const end = endOfDirectory(buffer);
  const count = buffer.readUInt16LE(end + 10);
  let at = buffer.readUInt32LE(end + 16);
  if (count > zipLimits.entries) throw tooLarge();
  const entries = new Map<string, Entry>();
  for (let i = 0; i < count; i++) {
    if (at + 46 > buffer.length || buffer.readUInt32LE(at) !== CENTRAL) throw damaged();
    const nameLength = buffer.readUInt16LE(at + 28);
    const name = buffer.toString('utf8', at + 46, at + 46 + nameLength).replaceAll('\\', '/');
    entries.set(name, {
      flags: buffer.readUInt16LE(at + 8),
      method: buffer.readUInt16LE(at + 10),
      packed: buffer.readUInt32LE(at + 20),
      size: buffer.readUInt32LE(at + 24),
      offset: buffer.readUInt32LE(at + 42),
    });
    at += 46 + nameLength + buffer.readUInt16LE(at + 30) + buffer.readUInt16LE(at + 32);
  }
  return entries;
}

/** The end record stands before a comment of at most 64 KiB. */
function endOfDirectory(buffer: Buffer): number {
  for (let at = buffer.length - 22; at >= Math.max(0, buffer.length - 22 - 65_535); at--)
    if (buffer.readUInt32LE(at) === END) return at;
  throw damaged();
}

function unpack(buffer: Buffer, entry: Entry): Buffer {
  if ((entry.flags & 1) !== 0) throw notAWorkbook('工作簿已加密 · the workbook has a password');
  if (entry.size > zipLimits.partBytes) throw tooLarge();
  const { offset } = entry;
  if (offset + 30 > buffer.length || buffer.readUInt32LE(offset) !== LOCAL) throw damaged();
  const from = offset + 30 + buffer.readUInt16LE(offset + 26) + buffer.readUInt16LE(offset + 28);
  const packed = buffer.subarray(from, from + entry.packed);
  if (packed.length < entry.packed) throw damaged();
  if (entry.method === 0) return packed;
  if (entry.method !== 8) throw damaged();
  try {
    return inflateRawSync(packed, {
      maxOutputLength: Math.max(1, Math.min(entry.size, zipLimits.partBytes)),
    });
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE' ? tooLarge() : damaged();
  }
}

const tooLarge = () => notAWorkbook('解压后过大 · too large when unpacked');
const damaged = () => notAWorkbook('不是完整的 .xlsx 文件 · not a whole .xlsx file');
