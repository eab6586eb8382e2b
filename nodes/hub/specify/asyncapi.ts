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
    for (const [i, topic] of topicsOf(endpoint.def.listen).entries()) {
      const id = `${endpoint.code}-${i + 1}`;
      const message = `${id}-message`;
      channels[id] = {
        address: topic,
        servers: [{ $ref: `#/servers/${endpoint.code}` }],
        messages: {
          [message]: {
            contentType: media,
            title: taking.map((c) => c.def.title[language]).join(', '),
            payload: media?.includes('json') ? jsonSchema(taking, input, language) : { type: 'string' },
            examples: taking.flatMap((c) =>
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

/** Topics and topic filters anywhere in the settings, in their order. */
function topicsOf(settings: unknown): string[] {
  const found: string[] = [];
  const look = (value: unknown, name: string): void => {
    if (typeof value === 'string') {
      if (/^(topics?|publish|subscribe|filters?)$/.test(name)) found.push(value);
    } else if (Array.isArray(value)) for (const one of value) look(one, name);
    else if (typeof value === 'object' && value !== null)
      for (const [key, one] of Object.entries(value)) look(one, key);
  };
  look(settings, '');
  return [...new Set(found)];
}
