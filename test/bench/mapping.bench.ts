import { readdirSync, readFileSync } from 'node:fs';
import { codeLookupOf } from '../../mappings/engine/codes.ts';
import { compileMapping } from '../../mappings/engine/compile.ts';
import { hl7v2 } from '../../mappings/engine/hl7v2.binding.ts';
import { readProfile } from '../../mappings/engine/profile.ts';
import { formats } from '../../mappings/formats.generated.ts';
import { Hl7Message } from '../../mappings/hl7v2/message.ts';

/**
 * Orders of the HIS to canonical messages: transforms a second on one core, with and without parsing the text, each with
 * its ratio to `JSON.parse` of the result, measured in the same run. `node test/bench/mapping.bench.ts`
 */
const root = new URL('../../mappings/', import.meta.url);
const filesIn = (folder: string) =>
  readdirSync(new URL(folder, root))
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => ({ name, text: readFileSync(new URL(folder + name, root), 'utf8') }));

const profile = readProfile([...filesIn('codes/'), ...filesIn('his-hl7/')], formats);
const codes = codeLookupOf(profile.tables.map(({ def }) => def));
const orders = profile.mappings.map(({ def }) => def).find(({ mapping }) => mapping === 'his-orders');
if (orders?.direction !== 'in') throw new Error('his-orders is not among the mappings');
const mapping = compileMapping(orders, codes, hl7v2);

const text = readFileSync(new URL('his-hl7/samples/his-orders/orm-new-rich.hl7', root), 'utf8').replaceAll(
  '\n',
  '\r',
);
const parsed = Hl7Message.parse(text);
const json = JSON.stringify(mapping.toCanonical(parsed));
let kept: unknown;

const baseline = 'JSON.parse of the result';
const probes: [string, () => unknown][] = [
  [baseline, () => JSON.parse(json)],
  ['map', () => mapping.toCanonical(parsed)],
  ['parse and map', () => mapping.toCanonical(Hl7Message.parse(text))],
];

/** Microseconds a call: the best of several rounds that take turns, so that other work on the machine counts less. */
const best = new Map<string, number>();
const calls = 5_000;
for (let round = 0; round < 40; round++) {
  for (const [name, call] of probes) {
    const started = process.hrtime.bigint();
    for (let i = 0; i < calls; i++) kept = call();
    const us = Number(process.hrtime.bigint() - started) / 1000 / calls;
    best.set(name, Math.min(us, best.get(name) ?? us));
  }
}

for (const [name, us] of best) {
  if (name === baseline) continue;
  const perSecond = Math.round(1_000_000 / us).toLocaleString('en');
  const ratio = (us / best.get(baseline)!).toFixed(1);
  console.log(`mapping  his-orders ${name}: ${perSecond}/s (${us.toFixed(1)} µs), ${ratio} × ${baseline}`);
}
if (kept === undefined) throw new Error('nothing was measured');
