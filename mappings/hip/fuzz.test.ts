import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import type { EndpointDef } from '../../contracts/channel/endpoint.schema.ts';
import type { Format } from '../engine/format.ts';
import { format as xml } from '../xml/format.ts';
import { readXml } from '../xml/reader.ts';
import { format as hip } from './format.ts';

/** Kept: a failure is found again by its number. */
const seed = 846_2024;
const cases = 3000;

const folder = new URL('samples/', import.meta.url);
const sources = readdirSync(folder, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .flatMap(({ name }) =>
    readdirSync(new URL(`${name}/`, folder))
      .filter((file) => file.endsWith('-t01-r2.xml'))
      .map((file) => ({
        action: file.split('-')[0]!,
        bytes: readFileSync(new URL(`${name}/${file}`, folder)),
      })),
  );

function chances(from: number): (n: number) => number {
  let state = from >>> 0;
  return (n) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 0x1_0000_0000) * n);
  };
}

const spice = [
  '<!DOCTYPE a [<!ENTITY x "y">]>',
  '&x;',
  '&#0;',
  '<![CDATA[',
  ']]>',
  '<!--',
  '<a '.repeat(200),
  '<a>'.repeat(300),
  '\u0000',
  '\ufffe',
  'xmlns="urn:other"',
  ' extension=""',
  `${'9'.repeat(70_000)}`,
  '<?xml version="1.0" encoding="utf-16"?>',
  '{{}}$`constructor',
].map((text) => Buffer.from(text));

function mutated(bytes: Buffer, chance: (n: number) => number): Buffer {
  let out: Buffer = bytes;
  for (let times = 1 + chance(3); times > 0; times--) {
    const at = chance(out.length + 1);
    const to = Math.min(out.length, at + chance(200));
    const way = chance(6);
    if (way === 0) out = out.subarray(0, at);
    else if (way === 1) out = Buffer.concat([out.subarray(0, at), out.subarray(to)]);
    else if (way === 2)
      out = Buffer.concat([out.subarray(0, at), spice[chance(spice.length)]!, out.subarray(at)]);
    else if (way === 3) out = Buffer.concat([out.subarray(0, to), out.subarray(at)]);
    else if (way === 4) {
      out = Buffer.from(out);
      for (let n = 0; n < 1 + chance(8) && out.length > 0; n++) out[chance(out.length)] = chance(256);
    } else
      out = Buffer.concat([
        out.subarray(0, at),
        Buffer.from([0x80 + chance(128), chance(256)]),
        out.subarray(at),
      ]);
  }
  return out;
}

const endpoint = (name: string, auto: boolean): EndpointDef =>
  ({
    endpoint: name,
    format: name,
    decode: auto ? { mode: 'auto', charset: 'GB18030' } : { mode: 'forced', charset: 'UTF-8' },
    ack: { mode: 'original', unrouted: 'accept' },
    lane: 'patient',
    read:
      name === 'xml'
        ? {
            control: 'id@extension',
            each: 'controlActProcess/*',
            reply: { good: '<ok>{control}</ok>', bad: '<no>{reason}</no>' },
          }
        : {},
  }) as unknown as EndpointDef;

/** Every outcome has an answer that is XML, or a reason; nothing throws, and what was read is read again. */
function check(format: Format, def: EndpointDef, bytes: Buffer, action: string): 'sound' | 'refused' {
  const frame = { bytes, oddities: [], meta: { action } };
  const read = format.read(frame, def);
  expect(read.messages.length).toBeGreaterThan(0);
  const answers = read.messages.map((m) => {
    const outcome = m.unsound?.answer ?? 'AA';
    return { code: m.owed(outcome).code, outcome, ...(m.unsound ? { reason: 'r & <r>' } : {}) } as const;
  });
  const reply = read.reply(answers, 1_800_000_000_000);
  if (reply) {
    const text = format.text(reply, read.messages[0]!.charset || 'UTF-8') ?? '';
    expect('root' in readXml(text)).toBe(true);
  }
  for (const m of read.messages) {
    expect(m.type.length).toBeLessThanOrEqual(40);
    expect(m.controlId.length).toBeLessThanOrEqual(191);
    for (const { value } of m.keys) expect(value.length > 0 && value.length <= 64).toBe(true);
    if (m.unsound?.data.segment === 'XML' || m.message === undefined) continue;
    expect(format.parse(m.bytes, { charset: m.charset, meta: frame.meta }, def)).toBeDefined();
    for (const part of format.view?.(m.message) ?? [])
      for (const field of part.fields) expect(field.position).not.toBe('');
  }
  format.said?.(bytes, def);
  format.matches?.(bytes, 'C1');
  return read.messages.some((m) => m.unsound) ? 'refused' : 'sound';
}

test.each<[string, Format, boolean]>([
  ['hip', hip, false],
  ['hip with charsets guessed', hip, true],
  ['xml', xml, true],
])('[EVA-01] %s stands whatever comes, and gives a reason for what it refuses', (_, format, auto) => {
  const chance = chances(seed);
  const def = endpoint(format.name, auto);
  const seen = { sound: 0, refused: 0 };
  const began = performance.now();
  for (let n = 0; n < cases; n++) {
    const source = sources[chance(sources.length)]!;
    try {
      seen[check(format, def, mutated(source.bytes, chance), source.action)]++;
    } catch (error) {
      throw new Error(`case ${n} of seed ${seed}`, { cause: error });
    }
  }
  expect(seen.sound).toBeGreaterThan(cases / 50);
  expect(seen.refused).toBeGreaterThan(cases / 5);
  expect(performance.now() - began).toBeLessThan(30_000);
});
