import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { Fault } from '../../../contracts/kernel/fault.ts';
import type { Hub } from '../hub.ts';

const folder = join(import.meta.dirname, '../../../mappings');

/** Runs the golden samples of a mapping with the code tables in force; the first that differs refuses the publication. */
export function runSamples(hub: Hub, orgId: string, mapping: string): void {
  const channel = hub.book.inbound.find((c) => c.orgId === orgId && c.map?.id === mapping);
  const endpoint = channel && hub.book.endpoint(orgId, channel.def.source.endpoint);
  const compiled = channel?.map;
  if (!compiled || !endpoint) return;
  for (const profile of readdirSync(folder)) {
    const samples = join(folder, profile, 'samples', mapping);
    if (!existsSync(samples)) continue;
    const files = readdirSync(samples);
    for (const file of files.filter((f) => !f.endsWith('.canonical.json') && !f.endsWith('.meta.json'))) {
      const stem = file.replace(/\.[^.]+$/, '');
      const expected = join(samples, `${stem}.canonical.json`);
      if (!existsSync(expected)) continue;
      const meta = files.includes(`${stem}.meta.json`)
        ? (JSON.parse(readFileSync(join(samples, `${stem}.meta.json`), 'utf8')) as Record<string, string>)
        : {};
      const bytes = readFileSync(join(samples, file));
      const [one] = endpoint.format.read({ bytes, oddities: [], meta }, endpoint.def).messages;
      if (!one || one.unsound) throw new Fault('channel.sample.failed', { sample: file, path: 'charset' });
      const result = compiled.toCanonical(one.message);
      const wanted = JSON.parse(readFileSync(expected, 'utf8')) as unknown;
      if (!('messages' in result))
        throw new Fault('channel.sample.failed', { sample: file, path: result.problems[0]?.path ?? '' });
      if (!isDeepStrictEqual(JSON.parse(JSON.stringify(result.messages)), wanted))
        throw new Fault('channel.sample.failed', { sample: file, path: 'result' });
    }
  }
}
