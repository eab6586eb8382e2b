import { blobTable } from '../../../contracts/message/message.record.ts';
import type { Kit } from '../../kit/kit.ts';
import { find } from '../../kit/store.ts';

/**
 * What leaves in place of a body that only names it: the image of a DICOM header, the file of a report. Undefined where the
 * field names none, or it is no longer kept.
 */
export async function contentsNamed(
  { databases, vault }: Kit,
  body: Uint8Array,
  field: string,
): Promise<{ readonly bytes: Uint8Array; readonly mediaType: string } | undefined> {
  const id = digestIn(body, field);
  if (id === undefined) return undefined;
  const [found] = await find(databases.media.read, vault, blobTable, 'system', { id }, { limit: 1 });
  return found;
}

function digestIn(body: Uint8Array, field: string): string | undefined {
  try {
    const value = (JSON.parse(Buffer.from(body).toString('utf8')) as Record<string, unknown> | null)?.[field];
    return typeof value === 'string' && /^[0-9a-f]{64}$/.test(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
