import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { codeLookupOf } from '../engine/codes.ts';
import { compileMapping } from '../engine/compile.ts';
import type { InMappingCompiled } from '../engine/compiled.ts';
import { hl7v2 } from '../engine/hl7v2.binding.ts';
import { readProfile } from '../engine/profile.ts';
import { formats } from '../formats.generated.ts';
import { Hl7Message } from '../hl7v2/message.ts';

const here = new URL('.', import.meta.url);
const filesIn = (folder: URL) =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => ({ name, text: readFileSync(new URL(name, folder), 'utf8') }));
const profile = readProfile([...filesIn(new URL('../codes/', here)), ...filesIn(here)], formats);
const codes = codeLookupOf(profile.tables.map(({ def }) => def));

function reasons(mapping: string, ...segments: string[]) {
  const def = profile.mappings.find((one) => one.def.mapping === mapping)!.def;
  const result = (compileMapping(def, codes, hl7v2) as InMappingCompiled).toCanonical(
    Hl7Message.parse(segments.join('\r')),
  );
  return 'problems' in result
    ? result.problems.map(({ group, path, source, reason }) => [group, path, source, reason].join(' | '))
    : result;
}
const adt = 'MSH|^~\\&|HIS|HY|||20260302||ADT^A04|1|P|2.4';
const orm = 'MSH|^~\\&|HIS|HY|||20260302||ORM^O01|1|P|2.4';
const pid = 'PID|||M1||赵';

test.each<[string, string, string[], string]>([
  ['no patient', 'his-adt', [adt], ' | message | PID | the message has no PID'],
  [
    'no identifier',
    'his-adt',
    [adt, 'PID|||||赵'],
    'PID(1) | patient.identifiers | firstOf | 没有患者标识 · no patient identifier',
  ],
  [
    'an identifier cleared',
    'his-adt',
    [adt, 'PID|||""||赵'],
    'PID(1) | patient.identifiers | firstOf | 没有患者标识 · no patient identifier',
  ],
  [
    'a merge without prior',
    'his-adt',
    [adt.replace('A04', 'A40'), pid],
    'PID(1) | prior | firstOf | 合并消息没有被合并的标识 · the merge names no prior identifier',
  ],
  [
    'an event no entry wants',
    'his-adt',
    [adt.replace('A04', 'A99'), pid],
    'PID(1) | message | MSH-9.2 | no entry of the mapping applies',
  ],
  [
    'an order without ORC',
    'his-orders',
    [orm, pid, 'OBR||1||NK-P'],
    ' | message | ORC | the message has no ORC',
  ],
  [
    'a control code not taken',
    'his-orders',
    [orm, pid, 'ORC|HD|1', 'OBR||1||NK-P'],
    'ORC(1) | message | ORC-1 | no entry of the mapping applies',
  ],
  [
    'an order without number',
    'his-orders',
    [orm, pid, 'ORC|NW', 'OBR||||NK-P'],
    'ORC(1) | order.placerNumber | number, authority | 没有申请单号 · no placer order number',
  ],
  [
    'an unknown item',
    'his-orders',
    [orm, pid, 'ORC|NW|1', 'OBR||1||ZZ'],
    'ORC(1) | order.code | OBR-4.1 | is not in code table product',
  ],
  [
    'no item',
    'his-orders',
    [orm, pid, 'ORC|NW|1'],
    'ORC(1) | order.code | OBR-4.1 | 没有项目代码 · no service code',
  ],
  [
    'a quantity that is no number',
    'his-orders',
    [orm, pid, 'ORC|NW|1|||||两袋', 'OBR||1||NK-P'],
    'ORC(1) | order.quantity | TQ1-2.1, ORC-7.1.1, OBR-27.1.1 | is not a decimal number',
  ],
  [
    'several OBR under one ORC',
    'his-orders',
    [orm, pid, 'ORC|NW|1', 'OBR||1||NK-P', 'OBR||2||THAW'],
    'ORC(1) | message | OBR[2] | 一个 ORC 下有多个 OBR，只能各带一个 · several OBR under one ORC; each needs its own ORC',
  ],
])('%s is refused as a whole, with group, target, source and reason', (_, mapping, segments, expected) => {
  expect(reasons(mapping, ...segments)).toEqual([expected]);
});
