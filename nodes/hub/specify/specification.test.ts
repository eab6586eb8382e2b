import { inflateRawSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import type { ChannelDef } from '../../../contracts/channel/channel.schema.ts';
import type { EndpointDef } from '../../../contracts/channel/endpoint.schema.ts';
import { adapters } from '../adapters.generated.ts';
import { library } from '../partner/library.ts';
import { goldenOf } from '../study/golden.ts';
import { readText } from '../supervise/definitions.ts';
import { readShipped } from '../supervise/profile.ts';
import { bookOf, org } from '../testing.ts';
import { asyncApi } from './asyncapi.ts';
import { settingFacts } from './facts.ts';
import { renderHtml } from './html.ts';
import { openApi } from './openapi.ts';
import { paperOf, type SpecInput } from './paper.ts';
import { renderWord } from './word.ts';

const shipped = readShipped();
const texts = library().all();
const endpoints: EndpointDef[] = [];
const channels: ChannelDef[] = [];
for (const text of texts.filter((t) => /^endpoint:/m.test(t)))
  endpoints.push(readText(text, []).def as EndpointDef);
for (const text of texts.filter((t) => /^channel:/m.test(t)))
  channels.push(readText(text, endpoints).def as ChannelDef);
const book = bookOf(
  ...texts.filter((t) => /^endpoint:/m.test(t)),
  ...texts.filter((t) => /^channel:/m.test(t)),
);

function inputOf(def: ChannelDef): SpecInput {
  const channel = book.channel(org, def.channel)!;
  const codes =
    channel.kind === 'in' ? [channel.def.source.endpoint] : channel.def.targets.map((t) => t.endpoint);
  return {
    title: def.title,
    version: 3,
    org: { zh: '医院', en: 'Hospital' },
    endpoints: codes.map((code) => {
      const endpoint = book.endpoint(org, code)!;
      const { descriptor } = adapters.get(endpoint.def.adapter)!;
      const given = endpoint.def.listen ?? endpoint.def.send ?? {};
      return {
        endpoint,
        protocol: descriptor.title,
        address: { zh: '地址', en: 'address' },
        facts: settingFacts(descriptor, endpoint.def.listen ? 'listen' : 'send', given, {
          labKey: 'NEVER-SHOWN',
        }),
      };
    }),
    channels: [channel],
    mapping: (id) => shipped.mappings.get(id),
    table: (id) => {
      const table = shipped.tables.find((t) => t.table === id)!;
      return { title: table.title, pairs: table.entries.map((e) => [e.from, e.to, e.note ?? ''] as const) };
    },
  };
}

describe('[ARC-15] the specification of every shipped channel', () => {
  test.each(channels.map((c) => [c.channel, c] as const))('%s is whole and the same each time', (_, def) => {
    const input = inputOf(def);
    const zh = paperOf(input, 'zh');
    const en = paperOf(input, 'en');
    expect(zh.blocks.map((b) => b.kind)).toEqual(en.blocks.map((b) => b.kind));
    const html = renderHtml(zh);
    expect(html).toBe(renderHtml(paperOf(inputOf(def), 'zh')));
    expect(html).not.toMatch(/undefined|\[object|NEVER-SHOWN/);
    expect(html).toContain(def.channel);
    const mapping = def.map ? shipped.mappings.get(def.map) : undefined;
    const fields = zh.blocks.flatMap((b) => (b.kind === 'table' && b.head.includes('要求') ? b.rows : []));
    if (mapping) {
      expect(fields.length).toBeGreaterThan(2);
      expect(new Set(fields.map((row) => row.length))).toEqual(new Set([4]));
      // Fields have words, or a fixed value.
      const bare = fields.filter(([, meaning]) => !meaning?.trim());
      expect(bare.length).toBeLessThanOrEqual(fields.length / 4);
      if (goldenOf(mapping.mapping).length > 0) expect(zh.blocks.some((b) => b.kind === 'code')).toBe(true);
    }
    for (const language of ['zh', 'en'] as const) {
      expect(() => JSON.parse(openApi(input, language, 'http://h:1'))).not.toThrow();
      expect(() => JSON.parse(asyncApi(input, language))).not.toThrow();
    }
  });

  test('tells an HL7 sender place, meaning, code table, sample and acknowledgements, good and bad', () => {
    const def = channels.find((c) => c.channel === 'his-orders-in')!;
    const html = renderHtml(paperOf(inputOf(def), 'en'));
    expect(html).toContain('<td class="m">PID-3.1</td>');
    expect(html).toContain('Service code (OBR-4.1)');
    expect(html).toContain('(product)');
    expect(html).toMatch(/MSA\|AA\|/);
    expect(html).toContain('codeset.code.unmapped');
    expect(html).toContain('Messages of the same patient are handled in the order of arrival.');
  });

  test('topics of MQTT are described as AsyncAPI, with the levels that are names and the samples of their kind', () => {
    const def = channels.find((c) => c.channel === 'iot-gateway-in')!;
    const api = JSON.parse(asyncApi(inputOf(def), 'en'));
    const described = Object.values(api.channels) as {
      address: string;
      parameters?: object;
      messages: object;
    }[];
    expect(described.map(({ address, parameters }) => [address, parameters])).toEqual([
      ['lab/{device}/telemetry', { device: {} }],
      ['lab/{device}/{point}/value', { device: {}, point: {} }],
      ['gateway/{device}/data', { device: {} }],
    ]);
    const examples = described.map(
      ({ messages }) => (Object.values(messages)[0] as { examples: unknown[] }).examples,
    );
    expect(examples.map((e) => e.length)).toEqual([0, 0, 1]);
  });

  test('a path of HTTP is described as OpenAPI with its key, samples and both answers', () => {
    const def = channels.find((c) => c.channel === 'lab-results-in')!;
    const api = JSON.parse(openApi(inputOf(def), 'en', 'http://lab.example'));
    const { post } = api.paths['/in/lab'];
    expect(post.security).toEqual([{ apiKey: [] }]);
    expect(api.components.securitySchemes.apiKey).toEqual({
      type: 'apiKey',
      in: 'header',
      name: 'x-api-key',
    });
    expect(post.requestBody.content['application/json'].examples.result.value).toMatchObject({
      kind: 'result',
    });
    expect(
      post.requestBody.content['application/json'].schema.properties.order.properties.placer.description,
    ).toContain('Placer number');
    expect(Object.keys(post.responses)).toEqual(['200', '401', '413', '422', '429', '503']);
  });

  test('a Word file holds the same words and is the same each time', async () => {
    const def = channels.find((c) => c.channel === 'hip-orders-in')!;
    const [one, two] = await Promise.all([
      renderWord(paperOf(inputOf(def), 'zh')),
      renderWord(paperOf(inputOf(def), 'zh')),
    ]);
    expect(one.subarray(0, 2).toString()).toBe('PK');
    const [a, b] = [documentOf(one), documentOf(two)];
    expect(a).toContain('平台医嘱接收');
    expect(a).toContain('OrderInfoAdd');
    expect(a).toBe(b);
  });
});

/** `word/document.xml` of a Word file. */
function documentOf(file: Buffer): string {
  const end = file.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'));
  let at = file.readUInt32LE(end + 16);
  for (let n = file.readUInt16LE(end + 10); n > 0; n--) {
    const [size, name, extra, comment] = [
      file.readUInt32LE(at + 20),
      file.readUInt16LE(at + 28),
      file.readUInt16LE(at + 30),
      file.readUInt16LE(at + 32),
    ];
    const local = file.readUInt32LE(at + 42);
    if (file.toString('utf8', at + 46, at + 46 + name) === 'word/document.xml') {
      const from = local + 30 + file.readUInt16LE(local + 26) + file.readUInt16LE(local + 28);
      return inflateRawSync(file.subarray(from, from + size)).toString('utf8');
    }
    at += 46 + name + extra + comment;
  }
  return '';
}
