import type { AdapterDescriptor } from '../../../contracts/adapter/port.ts';
import type { EndpointDef } from '../../../contracts/channel/endpoint.schema.ts';
import type { Text } from '../../../contracts/kernel/text.ts';
import { bothOf } from './meaning.ts';

/** A fact of the connection: what it is, and what it is here. */
export interface Fact {
  readonly words: Text;
  readonly value: Text;
}

type Json = Readonly<Record<string, unknown>>;

/** Settings told with their default where the text leaves them out; all others only where they are set. */
const told = new Set([
  'startBytes',
  'endBytes',
  'maxFrameBytes',
  'maxBytes',
  'versions',
  'apiKeyHeader',
  'method',
  'namespace',
]);
/** What only we need to know. */
const ours = new Set([
  'captureBytes',
  'keepAliveMs',
  'maxPending',
  'maxPendingBytes',
  'host',
  'port',
  'path',
  'url',
  'wsdl',
  'address',
  'read',
]);
const secret = /password|secret|passphrase|apiKeys?$|^key$|bearer|token$|users|devices/i;
const apart: Text = { zh: '另行交付', en: 'handed over separately' };
const same = (text: string): Text => ({ zh: text, en: text });

/** What a partner must know of a listener or sender, from the adapter's own descriptions. Secrets and file names stay here. */
export function settingFacts(
  descriptor: AdapterDescriptor,
  way: 'listen' | 'send',
  given: Json,
  values: Json,
): Fact[] {
  const schema = descriptor[way] as unknown as Json | undefined;
  return schema ? factsOf(schema, given, values) : [];
}

function factsOf(schema: Json, given: Json, values: Json): Fact[] {
  const properties = (schema.properties ?? {}) as Readonly<Record<string, Json>>;
  return Object.entries(properties).flatMap(([name, one]): Fact[] => {
    const words = bothOf(String(one.description ?? name));
    const value = given[name] ?? (told.has(name) ? one.default : undefined);
    if (value === undefined || ours.has(name)) return [];
    if (secret.test(name)) return [{ words, value: apart }];
    if (name === 'tls')
      return [
        {
          words: { zh: '传输加密', en: 'Encryption' },
          value: (value as Json).clientCa
            ? { zh: 'TLS 1.2 以上，双向认证', en: 'TLS 1.2 or later, both sides show certificates' }
            : { zh: 'TLS 1.2 以上', en: 'TLS 1.2 or later' },
        },
      ];
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return factsOf(one, value as Json, values);
    const shown = Array.isArray(value) ? value.map((v) => plain(v, values)).join(', ') : plain(value, values);
    if (/[[{]object/.test(shown)) return [];
    return [
      {
        words,
        value:
          value === true ? { zh: '是', en: 'yes' } : value === false ? { zh: '否', en: 'no' } : same(shown),
      },
    ];
  });
}

function plain(value: unknown, values: Json): string {
  if (typeof value !== 'string' || !value.startsWith('$')) return String(value);
  const name = value.slice(1).replace(/\?$/, '');
  return name.startsWith('secret:') || secret.test(name) ? '***' : String(values[name] ?? '');
}

/** Rules of an inbound endpoint in sentences. */
export function rulesIn({ ack, decode, duplicate, lane }: EndpointDef): Text[] {
  const hours = duplicate?.withinHours ?? 72;
  return [
    decode.mode === 'forced'
      ? { zh: `字符集一律为 ${decode.charset}。`, en: `The character set is ${decode.charset} throughout.` }
      : {
          zh: `字符集按报文自身的声明读取（BOM、报文头），未声明时按 ${decode.charset}。`,
          en: `The character set is what the message itself declares (byte order mark, header); else ${decode.charset}.`,
        },
    ack?.mode === 'none'
      ? { zh: '不应答。', en: 'There is no acknowledgement.' }
      : ack?.when === 'handled'
        ? {
            zh: `处理完成后应答，最长 ${ack.waitSeconds ?? 20} 秒；超时按“已接收”应答，随后照常处理。`,
            en: `A message is answered when it has been handled, after ${ack.waitSeconds ?? 20} seconds at most; then as kept, and handled all the same.`,
          }
        : {
            zh: '报文可靠保存后立即应答；肯定应答表示本平台已负责，对方可以删除。',
            en: 'A message is answered as soon as it is durably kept; a positive answer means that this platform answers for it and the sender may forget it.',
          },
    ...(ack?.mode === 'auto'
      ? [
          {
            zh: '应答方式按 MSH-15、MSH-16：原始模式 AA/AE/AR，增强模式先 CA/CE/CR。',
            en: 'The kind of answer follows MSH-15 and MSH-16: AA/AE/AR in original mode, CA/CE/CR first in enhanced mode.',
          },
        ]
      : []),
    ack?.unrouted === 'reject'
      ? { zh: '未约定的报文类型被拒绝。', en: 'Types of message that were not agreed are refused.' }
      : {
          zh: '未约定的报文类型照常应答并保存，不处理。',
          en: 'Types of message that were not agreed are answered and kept, and not handled.',
        },
    duplicate === undefined || duplicate.match === 'never'
      ? {
          zh: '不判重：每次发送都会处理。',
          en: 'Nothing counts as a repetition: whatever is sent is handled.',
        }
      : duplicate.match === 'content'
        ? {
            zh: `${hours} 小时内内容完全相同的报文视为重发：照常应答，不再处理。没有收到应答时请原样重发。`,
            en: `A message with the same content within ${hours} hours is a repetition: it is answered as the first was and not handled again. Where no answer comes, send the same bytes again.`,
          }
        : {
            zh: `${hours} 小时内控制号相同的报文视为重发：照常应答，不再处理。没有收到应答时请用同一控制号重发。`,
            en: `A message with the same control id within ${hours} hours is a repetition: it is answered as the first was and not handled again. Where no answer comes, send it again with the same control id.`,
          },
    lane === 'endpoint'
      ? { zh: '全部报文按到达先后处理。', en: 'All messages are handled in the order of arrival.' }
      : {
          zh: `${laneWords[lane].zh}的报文按到达先后处理。`,
          en: `Messages of the same ${laneWords[lane].en} are handled in the order of arrival.`,
        },
  ];
}

const laneWords = {
  patient: { zh: '同一患者', en: 'patient' },
  order: { zh: '同一医嘱', en: 'order' },
  specimen: { zh: '同一标本', en: 'specimen' },
  device: { zh: '同一设备', en: 'device' },
} as const;
