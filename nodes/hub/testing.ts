import type { InboundFrame, Sender, SendOptions, SendOutcome } from '../../contracts/adapter/port.ts';
import type { ChannelInDef, ChannelOutDef } from '../../contracts/channel/channel.schema.ts';
import type { EndpointDef } from '../../contracts/channel/endpoint.schema.ts';
import { formatOf } from '../../mappings/engine/documents.ts';
import { formats } from '../../mappings/formats.generated.ts';
import { Book, type Endpoint } from './book.ts';
import { readText } from './supervise/definitions.ts';
import { readShipped } from './supervise/profile.ts';

export const org = 'org-hy';
const shipped = readShipped();

/** Definitions in force made of their texts, with the shipped mappings and code tables. */
export function bookOf(...texts: string[]): Book {
  const codes: Record<string, Record<string, string>> = {};
  for (const t of shipped.tables) codes[t.table] = Object.fromEntries(t.entries.map((e) => [e.from, e.to]));
  const defs: EndpointDef[] = [];
  const read = texts.map((text) => {
    const one = readText(text, defs);
    if (one.kind === 'endpoint') defs.push(one.def);
    return one;
  });
  const common = (code: string) => ({ id: code, orgId: org, version: 1, enabled: true });
  return new Book(
    {
      endpoints: read.flatMap(({ kind, code, def }): Endpoint[] =>
        kind === 'endpoint'
          ? [
              {
                ...common(code),
                code,
                def: def as EndpointDef,
                format: formats.get(formatOf(def as EndpointDef))!,
              },
            ]
          : [],
      ),
      channels: read.flatMap(({ kind, code, def }) =>
        kind === 'endpoint' ? [] : [{ ...common(code), def: def as ChannelInDef | ChannelOutDef }],
      ),
    },
    shipped.mappings,
    new Map([[org, codes]]),
    {},
  );
}

/** The text of an endpoint; `more` are further lines. */
export const endpointText = (code: string, more: readonly string[] = []): string =>
  [
    `endpoint: ${code}`,
    `title: { zh: ${code}, en: ${code} }`,
    'org: HY',
    'adapter: mllp',
    'decode: { mode: auto, charset: GB18030 }',
    ...(more.some((l) => l.startsWith('lane:')) ? [] : ['lane: patient']),
    'retainDays: 30',
    ...more,
    '',
  ].join('\n');

/** An inbound channel that takes these types; `more` are further lines. */
export const channelText = (
  code: string,
  endpoint: string,
  accept: string,
  more: readonly string[] = [],
): string =>
  [
    `channel: ${code}`,
    `title: { zh: ${code}, en: ${code} }`,
    'org: HY',
    `source: { endpoint: ${endpoint} }`,
    `accept: [${accept}]`,
    ...more,
    '',
  ].join('\n');

export const shippedText = (code: string): string =>
  [...shipped.endpoints, ...shipped.channels].find(
    ({ def }) => ('endpoint' in def ? def.endpoint : def.channel) === code,
  )!.text;

let controls = 0;
export interface Given {
  readonly type?: string;
  readonly control?: string;
  readonly patient?: string;
  readonly msh15?: string;
  readonly msh16?: string;
  readonly more?: readonly string[];
}

/** A message with a patient, segments ended by CR. */
export const hl7 = ({
  type = 'ADT^A08',
  patient = '100001',
  msh15 = '',
  msh16 = '',
  more = [],
  ...g
}: Given = {}): string =>
  [
    `MSH|^~\\&|HIS|HOSP|LAB|CELL|20260302090000||${type}|${g.control ?? `C${++controls}`}|P|2.4|||${msh15}|${msh16}|CHN|UNICODE UTF-8`,
    ...(patient === '' ? [] : [`PID|1||${patient}^^^HIS^MR||测试^一||19800101|M`]),
    ...more,
    '',
  ].join('\r');

export const frameOf = (text: string | Uint8Array, more: Partial<InboundFrame> = {}): InboundFrame => ({
  bytes: typeof text === 'string' ? Buffer.from(text, 'utf8') : text,
  connection: 'his#1',
  peer: '10.0.0.1:4000',
  receivedAt: Date.UTC(2026, 2, 2, 1, 0, 0),
  oddities: [],
  ...more,
});

/** A peer that answers as it is told, and remembers what it was sent. */
export class FakeSender implements Sender {
  readonly sent: string[] = [];
  answer: (text: string, options: SendOptions) => SendOutcome | Promise<SendOutcome> = (text) =>
    this.acknowledge(text, 'AA');

  async send(bytes: Uint8Array, options: SendOptions): Promise<SendOutcome> {
    const text = Buffer.from(bytes).toString('utf8');
    this.sent.push(text);
    return this.answer(text, options);
  }

  acknowledge(text: string, code: string, more = ''): SendOutcome {
    const control = text.split('|')[9] ?? '';
    const reply = `MSH|^~\\&|X|Y|Z|W|20260302||ACK|1|P|2.4\rMSA|${code}|${control}\r${more}`;
    return { kind: 'replied', bytes: Buffer.from(reply), roundTripMs: 3, peer: 'p' };
  }

  connections = () => [];
  capture = () => [];
  close = async (): Promise<void> => undefined;
}
