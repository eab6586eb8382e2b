import type { Text } from '../../../contracts/kernel/text.ts';
import type { Endpoint, InChannel } from '../book.ts';
import { examplesIn } from './examples.ts';
import { type Field, fieldsIn } from './fields.ts';
import type { SpecInput } from './paper.ts';

type Json = Record<string, unknown>;

const say = (text: Text, language: 'zh' | 'en'): string => text[language];

/** OpenAPI 3.1 of the paths partners call (HTTP in), with the golden samples as examples. */
export function openApi(input: SpecInput, language: 'zh' | 'en', server: string): string {
  const m = (zh: string, en: string): string => (language === 'zh' ? zh : en);
  const paths: Json = {};
  for (const { endpoint } of input.endpoints) {
    const { path, auth } = (endpoint.def.listen ?? {}) as { path?: string; auth?: Json };
    if (endpoint.def.adapter !== 'http' || !path) continue;
    const channels = input.channels.filter(
      (c): c is InChannel => c.kind === 'in' && c.def.source.endpoint === endpoint.code,
    );
    const media = endpoint.format.mediaType(endpoint.def).split(';')[0]!;
    const samples = channels.flatMap((c) => samplesOf(c, endpoint));
    const answers = (good: boolean) => samples.find((s) => s.good === good)?.answer ?? '';
    const reply = (zh: string, en: string, text: string): Json => ({
      description: m(zh, en),
      ...(text ? { content: { [mediaOf(text)]: { example: parsed(text) } } } : {}),
    });
    paths[`/in/${path}`] = {
      post: {
        operationId: endpoint.code.replace(/-(\w)/g, (_, c: string) => c.toUpperCase()),
        summary: say(endpoint.def.title, language),
        description: channels
          .map((c) => `- ${c.def.accept.join(', ')}: ${say(c.def.title, language)}`)
          .join('\n'),
        ...(auth
          ? { security: [Object.fromEntries(Object.keys(schemes(auth)).map((name) => [name, []]))] }
          : {}),
        requestBody: {
          required: true,
          content: {
            [media]: {
              schema: media.includes('json') ? jsonSchema(channels, input, language) : { type: 'string' },
              examples: Object.fromEntries(
                samples
                  .filter((s) => s.good)
                  .map((s) => [s.name.replace(/[^\w.-]/g, '_'), { summary: s.type, value: parsed(s.text) }]),
              ),
            },
          },
        },
        responses: {
          200: reply('已接收', 'Kept', answers(true)),
          401: reply('身份不符', 'Not authorised', ''),
          413: reply('超过大小上限', 'Too large', ''),
          422: reply('被拒绝，原因见应答', 'Refused, with the reason', answers(false)),
          429: reply('同时处理的请求过多，稍后重发', 'Too many requests at once: send again later', ''),
          503: reply('暂不能接收，稍后原样重发', 'Cannot be kept now: send the same again later', ''),
        },
      },
    };
  }
  const security = Object.assign(
    {},
    ...input.endpoints.map(({ endpoint }) =>
      schemes((endpoint.def.listen as { auth?: Json } | undefined)?.auth),
    ),
  );
  return stable({
    openapi: '3.1.0',
    info: { title: say(input.title, language), version: String(input.version) },
    servers: [{ url: server }],
    paths,
    ...(Object.keys(security).length > 0 ? { components: { securitySchemes: security } } : {}),
  });
}

export const stable = (value: Json): string => `${JSON.stringify(value, null, 2)}\n`;

const samplesOf = (channel: InChannel, endpoint: Endpoint) =>
  channel.def.map === undefined
    ? []
    : examplesIn(channel.def.map, endpoint, (type) => {
        const [name, trigger] = type.split('^');
        return channel.accepts(name ?? '', trigger);
      });

const mediaOf = (text: string): string =>
  /^\s*[[{]/.test(text) ? 'application/json' : /^\s*</.test(text) ? 'application/xml' : 'text/plain';

export function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function schemes(auth: Json | undefined): Json {
  if (!auth) return {};
  return {
    ...(auth.apiKeys
      ? { apiKey: { type: 'apiKey', in: 'header', name: String(auth.apiKeyHeader ?? 'x-api-key') } }
      : {}),
    ...(auth.basic ? { basic: { type: 'http', scheme: 'basic' } } : {}),
    ...(auth.hmac
      ? {
          signature: {
            type: 'apiKey',
            in: 'header',
            name: String((auth.hmac as Json).header ?? 'x-signature'),
          },
        }
      : {}),
    ...(auth.clientCertificate ? { certificate: { type: 'mutualTLS' } } : {}),
  };
}

/** The JSON document that the mappings read, as far as they read it. */
export function jsonSchema(
  channels: readonly InChannel[],
  input: Pick<SpecInput, 'mapping'>,
  language: 'zh' | 'en',
): Json {
  const root: Json = { type: 'object', properties: {} };
  for (const { def } of channels) {
    const mapping = def.map === undefined ? undefined : input.mapping(def.map);
    if (mapping?.direction !== 'in') continue;
    for (const { fields } of fieldsIn(mapping)) for (const field of fields) put(root, field, language);
  }
  return root;
}

function put(root: Json, field: Field, language: 'zh' | 'en'): void {
  if (/[@:/]/.test(field.path)) return;
  const parts = field.path.split('.').filter((p) => p !== '');
  let at = root;
  for (const [i, part] of parts.entries()) {
    const properties = (at.properties ??= {}) as Json;
    const last = i === parts.length - 1;
    const known = properties[part] as Json | undefined;
    if (last) {
      properties[part] ??= {
        description: [field.meaning[language], field.type[language]].filter(Boolean).join(' · '),
        ...(field.values.length > 0 ? { enum: [...field.values] } : {}),
      };
      return;
    }
    if (!known || !('properties' in known || 'items' in known))
      properties[part] = { ...known, type: 'object', properties: {} };
    at = properties[part] as Json;
  }
}
