import { readdirSync, readFileSync } from 'node:fs';
import type { SelfTestSample } from '../../../mappings/hip/self-test.ts';

const folder = new URL('../../../mappings/hip/samples/', import.meta.url);

/** Registrations come before what speaks of the registered. */
const order = ['hip-patient', 'hip-patient-query', 'hip-organisation', 'hip-provider', 'hip-terminology'];
const rank = (name: string): number => (order.includes(name) ? order.indexOf(name) : order.length);

/** The pairs of sound and faulty messages that the profile ships, in both editions. */
export function pairs(): SelfTestSample[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort((a, b) => rank(a) - rank(b))
    .flatMap((mapping) =>
      readdirSync(new URL(`${mapping}/`, folder))
        .filter((file) => /-(t01|f01)-(r1|r2)\.xml$/.test(file))
        .sort()
        .map((file) => ({
          name: file.slice(0, -'.xml'.length),
          text: readFileSync(new URL(`${mapping}/${file}`, folder), 'utf8'),
        })),
    );
}
