import { createHash } from 'node:crypto';
import type { InboundFrame } from '../../../contracts/adapter/port.ts';
import { Fault } from '../../../contracts/kernel/fault.ts';
import { blobTable } from '../../../contracts/message/message.record.ts';
import { insertRows } from '../../kit/db/rows.ts';
import { iso } from '../../kit/ids.ts';
import type { Kit } from '../../kit/kit.ts';

/** Keeps large contents under their digest; the same contents twice are kept once. One without a message harms nobody. */
export async function keepBlobs(kit: Kit, blobs: NonNullable<InboundFrame['blobs']>): Promise<void> {
  if (blobs.length === 0) return;
  const rows = blobs.map(({ digest, mediaType, bytes }) => {
    if (createHash('sha256').update(bytes).digest('hex') !== digest)
      throw new Fault('kernel.internal.error', {}, new Error('contents are not those of their digest'));
    return {
      id: digest,
      mediaType: mediaType.slice(0, 100),
      size: bytes.byteLength,
      at: iso(kit.clock()),
      bytes,
    };
  });
  await kit.databases.media.tx((sql) => insertRows(sql, blobTable, rows, kit.vault, 'ignore'));
}
