import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A golden sample of a mapping: the partner's message and what it means, both as files. */
export interface Golden {
  readonly mapping: string;
  readonly name: string;
  /** The partner's message. */
  readonly bytes: Uint8Array;
  readonly meta: Readonly<Record<string, string>>;
  /** Canonical messages of an inbound sample, or why it is refused; the one canonical message of an outbound one. */
  readonly expected: unknown;
  /** What `$name` stands for in an outbound sample. */
  readonly environment: Readonly<Record<string, string>>;
}

const folder = join(import.meta.dirname, '../../../mappings');
const json = (path: string): unknown => (existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : {});

/** The samples a mapping is shipped with, by name. */
export function goldenOf(mapping: string): Golden[] {
  return readdirSync(folder).flatMap((profile) => {
    const samples = join(folder, profile, 'samples');
    const at = join(samples, mapping);
    if (!existsSync(at)) return [];
    const files = readdirSync(at).sort();
    const environment = json(join(samples, 'environment.json')) as Record<string, string>;
    return files
      .filter((file) => file.endsWith('.canonical.json'))
      .flatMap((file): Golden[] => {
        const name = file.slice(0, -'.canonical.json'.length);
        const own = files.find(
          (f) => f.startsWith(`${name}.`) && !/\.(canonical|meta)\.json$|\.inner\.\w+$/.test(f),
        );
        if (own === undefined) return [];
        const meta = json(join(at, `${name}.meta.json`)) as Record<string, string>;
        return [
          {
            mapping,
            name,
            bytes: readFileSync(join(at, own)),
            meta: profile === 'hip' ? { action: name.split('-')[0]!, ...meta } : meta,
            expected: json(join(at, file)),
            environment,
          },
        ];
      });
  });
}
