import { createInflateRaw } from 'node:zlib';

const ENOUGH = 1_048_576;

/** The beginning of a deflated data set (PS3.5 Annex A.5), never more than needed for its header; undefined where it is damaged. */
export async function inflatedHead(bytes: Buffer): Promise<Buffer | undefined> {
  const parts: Buffer[] = [];
  let size = 0;
  const inflate = createInflateRaw({ chunkSize: 65_536 });
  inflate.end(bytes);
  try {
    for await (const part of inflate) {
      parts.push(part as Buffer);
      size += (part as Buffer).length;
      if (size >= ENOUGH) break;
    }
  } catch {
    return undefined;
  }
  return Buffer.concat(parts);
}
