import { describe, expect, test } from '@jest/globals';
import { offersAt, pathOf, type Words } from './completion.ts';

const words = {
  schemas: {
    in: {
      properties: {
        channel: { type: 'string', description: '唯一标识 · Unique id' },
        source: { type: 'object', properties: { endpoint: { type: 'string' } } },
        targets: {
          type: 'array',
          items: { properties: { endpoint: {}, ambiguous: { enum: ['resend', 'ask'] } } },
        },
      },
    },
    endpoint: { properties: { ack: { type: 'object', properties: { mode: { enum: ['auto', 'none'] } } } } },
    mappingIn: { properties: { messages: { type: 'array' } } },
  },
  adapters: { mllp: { listen: { properties: { port: { type: 'integer' } } } } },
  steps: [{ name: 'code', zh: '按代码表', en: 'By table' }],
  canonical: { OrderPlaced: ['patient', 'patient.name', 'order', 'order.code'] },
  endpoints: ['his'],
  mappings: ['his-adt'],
  tables: ['sex'],
  formats: ['hl7v2'],
  calls: ['donor.receive'],
  events: ['order.statusChanged'],
} as unknown as Words;
const segments = [{ name: 'PID', raw: '', fields: [{ position: 'PID-5', value: '测试', null: false }] }];
const at = (text: string) => {
  const cut = text.lastIndexOf('\n') + 1;
  return offersAt(words, text, segments, { above: text.slice(0, cut), before: text.slice(cut) }).map(
    (o) => o.label,
  );
};

describe('completion', () => {
  test('knows the keys that lead to the cursor', () => {
    expect(pathOf('a:\n  b:\n    - c: 1\n', '      ')).toEqual(['a', 'b', '-']);
    expect(pathOf('a:\n  b: 1\nc:\n', '  ')).toEqual(['c']);
    expect(pathOf('a:\n', '')).toEqual([]);
    expect(pathOf('a:\n  - b: 1\n', '  - ')).toEqual(['a', '-']);
  });

  test('offers keys of the schema, names that exist and words of a choice', () => {
    expect(at('channel: x\n')).toEqual(['channel', 'source', 'targets']);
    expect(at('channel: x\nsource:\n  endpoint: ')).toEqual(['his']);
    expect(at('channel: x\nmap: ')).toEqual(['his-adt']);
    expect(at('channel: x\ntargets:\n  - endpoint: his\n    ')).toEqual(['endpoint', 'ambiguous']);
    expect(at('channel: x\ntargets:\n  - ambiguous: ')).toEqual(['resend', 'ask']);
    expect(at('endpoint: x\nadapter: mllp\nlisten:\n  ')).toEqual(['port']);
    expect(at('endpoint: x\nack:\n  mode: ')).toEqual(['auto', 'none']);
  });

  test('offers canonical fields, steps, tables and the positions of the sample in a mapping', () => {
    const head = 'mapping: x\ndirection: in\nmessages:\n  - type: OrderPlaced\n    fields:\n      ';
    expect(at(head).slice(0, 2)).toEqual(['patient', 'order']);
    expect(at(`${head}patient:\n        object:\n          `)[0]).toBe('name');
    expect(at(`${head}patient: { from: `)).toEqual(['PID-5']);
    expect(at(`${head}patient: { from: PID-5, do: [{ `)).toEqual(['code']);
    expect(at(`${head}patient: { from: PID-5, do: [{ code: `)).toEqual(['sex']);
  });
});
