import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { Fault } from '../../../contracts/kernel/fault.ts';
import { decodeBytes } from '../../../mappings/hl7v2/charset.ts';
import { Hl7Message } from '../../../mappings/hl7v2/message.ts';
import type { Hub } from '../hub.ts';

const folder = join(import.meta.dirname, '../../../mappings');

/** Runs the golden samples of a mapping with the code tables in force; the first that differs refuses the publication. */
export function runSamples(hub: Hub, orgId: string, mapping: string): void {
  const compiled = [...hub.book.inbound, ...hub.book.outbound].find(
    (c) => c.orgId === orgId && c.map?.id === mapping,
  )?.map;
  if (compiled?.direction !== 'in') return;
  for (const profile of readdirSync(folder)) {
    const samples = join(folder, profile, 'samples', mapping);
    if (!existsSync(samples)) continue;
    for (const file of readdirSync(samples).filter((f) => f.endsWith('.hl7'))) {
      const expected = join(samples, file.replace(/\.hl7$/, '.canonical.json'));
      if (!existsSync(expected)) continue;
      const decoded = decodeBytes(readFileSync(join(samples, file)), { mode: 'auto' });
      if (decoded.problem) throw new Fault('channel.sample.failed', { sample: file, path: 'charset' });
      const result = compiled.toCanonical(Hl7Message.parse(decoded.text, { charset: decoded.charset }));
      const wanted = JSON.parse(readFileSync(expected, 'utf8')) as unknown;
      if (!('messages' in result))
        throw new Fault('channel.sample.failed', { sample: file, path: result.problems[0]?.path ?? '' });
      if (!isDeepStrictEqual(JSON.parse(JSON.stringify(result.messages)), wanted))
        throw new Fault('channel.sample.failed', { sample: file, path: 'result' });
    }
  }
}
