import { describe, expect, test } from '@jest/globals';
import type { EndpointDef } from '../../contracts/channel/endpoint.schema.ts';
import { compileMapping } from '../engine/compile.ts';
import { encodeText } from '../hl7v2/charset-encode.ts';
import { charsetOf } from '../hl7v2/charset-names.ts';
import { format } from './format.ts';

const endpoint = (read: object = {}, more: object = {}): EndpointDef =>
  ({
    endpoint: 'lis',
    decode: { mode: 'auto', charset: 'UTF-8' },
    ack: { mode: 'auto', unrouted: 'accept' },
    lane: 'patient',
    read,
    ...more,
  }) as unknown as EndpointDef;
const frame = (text: string | Uint8Array, meta?: Record<string, string>) => ({
  bytes: typeof text === 'string' ? Buffer.from(text, 'utf8') : text,
  oddities: [],
  ...(meta ? { meta } : {}),
});
const gb = (text: string): Uint8Array => {
  const encoded = encodeText(text, charsetOf('GB18030')!);
  if (encoded.problem !== undefined) throw new Error('not encodable');
  return encoded.bytes;
};
const lis = endpoint({
  type: 'kind',
  control: 'id',
  keys: [
    { kind: 'patient', path: 'patient.no' },
    { kind: 'specimen', path: 'specimens.barcode' },
  ],
});

describe('[INT-02] a JSON frame as it came', () => {
  test('type, control id, keys of every item, lane', () => {
    const text =
      '{"kind":"Result","id":7,"patient":{"no":"P1"},"specimens":[{"barcode":"S1"},{"barcode":"S2"}]}';
    const [one] = format.read(frame(text), lis).messages;
    expect(one).toMatchObject({ type: 'Result', controlId: '7', lanes: ['P1'], charset: 'UTF-8' });
    expect(one!.keys).toEqual([
      { kind: 'control', value: '7' },
      { kind: 'patient', value: 'P1' },
      { kind: 'specimen', value: 'S1' },
      { kind: 'specimen', value: 'S2' },
    ]);
  });

  test('Chinese in GB18030 is read where it is no UTF-8, and read again from the journal', () => {
    const bytes = gb('{"kind":"Result","name":"頫㐀王"}');
    const [one] = format.read(frame(bytes), {
      ...lis,
      decode: { mode: 'auto', charset: 'GB18030' },
    }).messages;
    expect(one!.charset).toBe('GB18030');
    expect(format.text(bytes, one!.charset)).toContain('頫㐀王');
    expect(format.parse(bytes, { charset: one!.charset, meta: {} }, lis)).toBeDefined();
  });

  test.each<[string, string, string, string]>([
    ['nothing', '', 'line 1', 'empty'],
    ['half', '{"a":', 'line 1', 'unexpected-end'],
    ['what follows', '{}\n{}', 'line 2', 'trailing-content'],
    ['a comment', '{\n // x\n}', 'line 2', 'unexpected-character'],
    ['too deep', '['.repeat(5000), 'line 1', 'too-deep'],
    ['a lone surrogate', '"\\ud800"', 'line 1', 'lone-surrogate'],
  ])('%s is refused with its place and kept', (_what, text, line, reason) => {
    const [one] = format.read(frame(text), lis).messages;
    expect(one!.unsound).toMatchObject({ code: 'hub.message.unsound', data: { segment: line, reason } });
    expect(one!.bytes).toEqual(Buffer.from(text));
  });

  test('names of the language are names like others', () => {
    const [one] = format.read(frame('{"__proto__":{"x":1},"constructor":2,"id":"1"}'), lis).messages;
    expect(one!.unsound).toBeUndefined();
    expect(({} as { x?: number }).x).toBeUndefined();
  });

  test('each item of a list is a message of its own, readable by itself', () => {
    const text = '{"rows":[{"id":1,"patient":{"no":"A"}},{"id":2,"patient":{"no":"B"}}]}';
    const { messages, reply } = format.read(frame(text), endpoint({ each: 'rows', control: 'id' }));
    expect(messages.map((m) => m.controlId)).toEqual(['1', '2']);
    expect(Buffer.from(messages[1]!.bytes).toString()).toBe('{"id":2,"patient":{"no":"B"}}');
    const answers = messages.map(() => ({ code: 'AA', outcome: 'AA' as const }));
    expect(JSON.parse(Buffer.from(reply(answers, 0)!).toString())).toMatchObject([{ id: '1' }, { id: '2' }]);
    expect(format.read(frame('{"rows":[]}'), endpoint({ each: 'rows' })).messages[0]!.unsound).toBeDefined();
  });

  test('the same control id is the same message where the endpoint says so', () => {
    const by = { ...lis, duplicate: { match: 'control-id' as const } };
    const identity = (text: string) => format.read(frame(text), by).messages[0]!.identity;
    expect(identity('{"id":1,"a":1}')).toEqual(identity('{"id":1,"a":2}'));
  });
});

test('an answer is told in words of its own; the text of a query goes as it is', () => {
  const read = format.read(frame('{"id":"1"}'), lis);
  const reply = (answer: Parameters<typeof read.reply>[0][number]) =>
    Buffer.from(read.reply([answer], 0)!).toString();
  expect(JSON.parse(reply({ code: 'AE', outcome: 'AE', reason: '没有该患者' }))).toEqual({
    code: 'AE',
    outcome: 'refused',
    id: '1',
    reason: '没有该患者',
  });
  expect(reply({ code: 'AA', outcome: 'AA', text: '{"patients":[]}' })).toBe('{"patients":[]}');
  expect(
    format
      .read(frame('{}'), { ...lis, ack: { mode: 'none', unrouted: 'accept' } })
      .reply([{ code: '', outcome: 'AA' }], 0),
  ).toBeUndefined();
});

test('a reply is read by the codes of the endpoint', () => {
  const ours = endpoint({ said: { code: 'errcode', good: ['0'], busy: ['429'], reason: 'errmsg' } });
  const said = (text: string) => format.said!(Buffer.from(text), ours);
  expect(said('{"errcode":0}').verdict).toBe('good');
  expect(said('{"errcode":429,"errmsg":"later"}')).toEqual({ verdict: 'busy', code: '429', reason: 'later' });
  expect(said('{"errcode":"E1"}').verdict).toBe('negative');
  expect(said('<html>').verdict).toBe('unclear');
});

test('both ways through a mapping: what one writes, another reads', () => {
  const codes = { find: () => undefined, fallback: () => undefined, has: () => true };
  const out = compileMapping(
    {
      mapping: 'out',
      title: { zh: '出', en: 'out' },
      format: 'json',
      direction: 'out',
      reads: 'SpecimenCollected',
      segments: [
        {
          segment: '.',
          fields: { barcode: 'specimen', 'patient.no': 'patient.identifiers(1).number', status: 'status' },
        },
      ],
    },
    codes,
    format,
  );
  const message = {
    type: 'SpecimenCollected' as const,
    specimen: 'S"1',
    status: 'collected' as const,
    patient: { identifiers: [{ number: 'P1' }] },
  };
  const environment = {
    controlId: 'C',
    time: '2026-11-25T00:00:00Z',
    sendingApplication: '',
    sendingFacility: '',
  };
  const result = out.fromCanonical(message, environment);
  if (!('text' in result)) throw new Error(JSON.stringify(result.problems));
  const written = format.write(result.text, lis);
  if ('bad' in written) throw new Error(written.bad);
  expect(JSON.parse(Buffer.from(written.bytes).toString())).toEqual({
    barcode: 'S"1',
    patient: { no: 'P1' },
    status: 'collected',
  });
  const back = compileMapping(
    {
      mapping: 'in',
      title: { zh: '入', en: 'in' },
      format: 'json',
      direction: 'in',
      messages: [
        {
          type: 'SpecimenCollected',
          fields: {
            specimen: 'barcode',
            status: 'status',
            patient: { object: { identifiers: { list: [{ object: { number: 'patient.no' } }] } } },
          },
        },
      ],
    } as never,
    codes,
    format,
  ) as unknown as { toCanonical(m: unknown): { messages?: unknown[]; problems?: unknown } };
  expect(back.toCanonical(format.read(frame(written.bytes), lis).messages[0]!.message)).toMatchObject({
    messages: [message],
  });
});
