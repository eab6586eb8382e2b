import type { InChannel } from '../book.ts';
import { examplesIn } from './examples.ts';
import { jsonSchema, parsed, stable } from './openapi.ts';
import type { SpecInput } from './paper.ts';

type Json = Record<string, unknown>;

/** AsyncAPI 3.0 of the topics that devices publish to (MQTT). */
export function asyncApi(input: SpecInput, language: 'zh' | 'en'): string {
  const servers: Json = {};
  const channels: Json = {};
  const operations: Json = {};
  for (const { endpoint, address } of input.endpoints) {
    if (endpoint.def.adapter !== 'mqtt' || !endpoint.def.listen) continue;
    servers[endpoint.code] = {
      host: address[language].replace(/^\w+:\/\//, ''),
      protocol: 'mqtt',
      description: endpoint.def.title[language],
    };
    const taking = input.channels.filter(
      (c): c is InChannel => c.kind === 'in' && c.def.source.endpoint === endpoint.code,
    );
    const media = endpoint.format.mediaType(endpoint.def).split(';')[0];
    for (const [i, { topic, kind }] of topicsOf(endpoint.def.listen).entries()) {
      const mine = kind === undefined ? taking : taking.filter((c) => c.accepts(kind, undefined));
      const levels = [...topic.matchAll(/\{(\w+)\}/g)].map(([, name]) => [name, {}]);
      const id = `${endpoint.code}-${i + 1}`;
      const message = `${id}-message`;
      channels[id] = {
        address: topic,
        ...(levels.length > 0 && { parameters: Object.fromEntries(levels) as Json }),
        servers: [{ $ref: `#/servers/${endpoint.code}` }],
        messages: {
          [message]: {
            contentType: media,
            title: mine.map((c) => c.def.title[language]).join(', '),
            payload: media?.includes('json') ? jsonSchema(mine, input, language) : { type: 'string' },
            examples: mine.flatMap((c) =>
              c.def.map === undefined
                ? []
                : examplesIn(c.def.map, endpoint, () => true)
                    .filter((e) => e.good)
                    .map((e) => ({ name: e.name, payload: parsed(e.text) })),
            ),
          },
        },
      };
      operations[`take-${id}`] = {
        action: 'receive',
        channel: { $ref: `#/channels/${id}` },
        messages: [{ $ref: `#/channels/${id}/messages/${message}` }],
      };
    }
  }
  return stable({
    asyncapi: '3.0.0',
    info: { title: input.title[language], version: String(input.version) },
    servers,
    channels,
    operations,
  });
}

/** Topics that are messages for us, as the adapter's settings list them; without a list every topic is. */
const topicsOf = ({ intake }: Record<string, unknown>): readonly { topic: string; kind?: string }[] =>
  (intake as { topic: string; kind?: string }[] | undefined) ?? [{ topic: '#' }];
