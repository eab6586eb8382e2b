import type { Text } from '../../../contracts/kernel/text.ts';
import type { MappingDef } from '../../../contracts/mapping/shape.ts';
import { canonical } from '../../../contracts/message/canonical.ts';
import type { Endpoint, InChannel, OutChannel } from '../book.ts';
import type { Block, Paper } from './blocks.ts';
import { examplesIn, examplesOut } from './examples.ts';
import { type Fact, rulesIn } from './facts.ts';
import { faultRows } from './faults.ts';
import { type Field, fieldsIn, fieldsOut } from './fields.ts';
import { bothOf } from './meaning.ts';

/** A table a mapping translates by: partner's codes with our meaning, or ours with the partner's. */
export interface SpecTable {
  readonly title: Text;
  /** Code, what it is translated to, note. */
  readonly pairs: readonly (readonly [from: string, to: string, note: string])[];
}

export interface SpecEndpoint {
  readonly endpoint: Endpoint;
  readonly protocol: Text;
  /** Where the partner calls us, or where we call it. */
  readonly address: Text;
  readonly facts: readonly Fact[];
}

export interface SpecInput {
  readonly title: Text;
  readonly version: number;
  readonly org: Text;
  readonly endpoints: readonly SpecEndpoint[];
  readonly channels: readonly (InChannel | OutChannel)[];
  readonly mapping: (id: string) => MappingDef | undefined;
  readonly table: (id: string) => SpecTable | undefined;
}

const need = {
  always: { zh: '必填', en: 'required' },
  if: { zh: '视情况', en: 'conditional' },
  optional: { zh: '可选', en: 'optional' },
} as const;

/** The document for the other vendor, whole, in one language. */
export function paperOf(input: SpecInput, language: 'zh' | 'en'): Paper {
  const say = (text: Text): string => text[language];
  const m = (zh: string, en: string): string => (language === 'zh' ? zh : en);
  const blocks: Block[] = [];
  const heading = (level: 2 | 3, text: string) => blocks.push({ kind: 'heading', level, text });

  heading(2, m('概述', 'Overview'));
  blocks.push({
    kind: 'table',
    head: [
      m('接口', 'Interface'),
      m('方向', 'Direction'),
      m('报文类型', 'Types of message'),
      m('用途', 'Purpose'),
    ],
    rows: input.channels.map((c) => [
      c.code,
      c.kind === 'in'
        ? m('对方 → 本平台', 'partner → this platform')
        : m('本平台 → 对方', 'this platform → partner'),
      c.kind === 'in'
        ? c.def.accept.join('\n')
        : c.def.targets
            .map((t) => t.with?.action ?? input.mapping(c.def.map)?.title[language] ?? '')
            .join('\n'),
      say(c.def.title),
    ]),
    mono: [0, 2],
    widths: [24, 20, 26, 30],
  });

  for (const { endpoint, protocol, address, facts } of input.endpoints) {
    heading(2, `${m('连接：', 'Connection: ')}${say(endpoint.def.title)}`);
    blocks.push({
      kind: 'table',
      head: [m('项目', 'Item'), m('内容', 'Value')],
      rows: [
        [m('协议', 'Protocol'), say(protocol)],
        [m('地址', 'Address'), say(address)],
        [m('报文格式', 'Message format'), say(endpoint.format.title)],
        [
          m('字符集', 'Character set'),
          endpoint.def.names?.charset
            ? `${endpoint.def.decode.charset} (MSH-18 ${endpoint.def.names.charset})`
            : endpoint.def.decode.charset,
        ],
        ...facts.map((f) => [say(f.words), say(f.value)]),
      ],
      widths: [38, 62],
    });
    if (endpoint.def.listen) {
      heading(3, m('规则', 'Rules'));
      blocks.push({ kind: 'list', items: rulesIn(endpoint.def).map(say) });
    }
  }

  const tables = new Map<string, 'in' | 'out'>();
  for (const channel of input.channels) {
    heading(
      2,
      `${channel.kind === 'in' ? m('接收：', 'Received: ') : m('发送：', 'Sent: ')}${say(channel.def.title)}`,
    );
    if (channel.kind === 'in') inbound(channel);
    else outbound(channel);
  }

  if (tables.size > 0) heading(2, m('代码表', 'Code tables'));
  for (const [id, direction] of tables) {
    const table = input.table(id);
    if (!table) continue;
    heading(3, `${say(table.title)} (${id})`);
    blocks.push({
      kind: 'table',
      head:
        direction === 'in'
          ? [m('对方代码', 'Code to send'), m('含义', 'Meaning here'), m('说明', 'Note')]
          : [m('本平台的值', 'Our value'), m('发出的代码', 'Code sent'), m('说明', 'Note')],
      rows: table.pairs.map((pair) => [...pair]),
      mono: [0, 1],
      widths: [30, 30, 40],
    });
  }

  if (input.channels.some((c) => c.kind === 'in')) {
    heading(2, m('错误与处理', 'Errors and what to do'));
    blocks.push({
      kind: 'table',
      head: [m('代码', 'Code'), m('含义', 'Meaning'), m('对方应做', 'What the sender does')],
      rows: faultRows().map((f) => [f.code, say(f.text), say(f.todo)]),
      mono: [0],
      widths: [30, 35, 35],
    });
  }

  return {
    title: `${say(input.title)} ${m('接口规范', 'interface specification')}`,
    subtitle: `${say(input.org)} · Cytomesh · ${m(`第 ${input.version} 版定义`, `definition version ${input.version}`)}`,
    language,
    blocks,
  };

  function inbound(channel: InChannel): void {
    blocks.push({
      kind: 'text',
      text: `${m('报文类型：', 'Types of message: ')}${channel.def.accept.join(', ')}`,
    });
    const def = channel.def.map === undefined ? undefined : input.mapping(channel.def.map);
    if (def?.note) blocks.push({ kind: 'text', text: say(bothOf(def.note)) });
    if (def?.direction === 'in') {
      for (const refusal of def.refuse ?? [])
        blocks.push({ kind: 'list', items: [`${m('拒绝：', 'Refused: ')}${say(bothOf(refusal.reason))}`] });
      for (const { message, fields } of fieldsIn(def)) {
        const words = (canonical as unknown as Record<string, { description?: string }>)[message]
          ?.description;
        heading(3, words ? say(bothOf(words)) : message);
        fieldTable(fields, 'in');
      }
    }
    const endpoint = input.endpoints.find((e) => e.endpoint.code === channel.def.source.endpoint)?.endpoint;
    if (!endpoint || !channel.def.map) return;
    const takes = (type: string): boolean => {
      const [name, trigger] = type.split('^');
      return channel.accepts(name ?? '', trigger);
    };
    for (const example of examplesIn(channel.def.map, endpoint, takes)) {
      const label = example.good ? m('样例', 'Sample') : m('被拒绝的样例', 'Sample that is refused');
      blocks.push({
        kind: 'code',
        caption: `${label}${m('：', ': ')}${example.type} (${example.name})`,
        text: example.text,
      });
      if (example.answer) blocks.push({ kind: 'code', caption: m('应答', 'Answer'), text: example.answer });
    }
  }

  function outbound(channel: OutChannel): void {
    const def = input.mapping(channel.def.map);
    blocks.push({ kind: 'list', items: channel.def.targets.flatMap((target) => retryWords(target)) });
    if (def?.direction === 'out') {
      if (def.note) blocks.push({ kind: 'text', text: say(bothOf(def.note)) });
      fieldTable(fieldsOut(def), 'out');
    }
    for (const example of examplesOut(channel.def.map))
      blocks.push({ kind: 'code', caption: `${m('样例', 'Sample')} (${example.name})`, text: example.text });
  }

  function retryWords({ retry, timeoutMs, ambiguous }: OutChannel['def']['targets'][number]): string[] {
    const seconds = (timeoutMs ?? 30_000) / 1000;
    return [
      m(`等待应答 ${seconds} 秒。`, `We wait ${seconds} seconds for the answer.`),
      ambiguous === 'ask'
        ? m(
            '没有收到应答时由人工决定是否重发。',
            'Where no answer comes a person decides whether to send again.',
          )
        : m(
            '没有收到应答时用同一控制号重发；请按控制号判重。',
            'Where no answer comes the message is sent again with the same control id: recognise repetitions by it.',
          ),
      ...(retry
        ? [
            m(
              `连接失败或暂时不能处理时重试：首次 ${retry.firstSeconds} 秒后，逐次乘 ${retry.factor}，最长 ${retry.maxSeconds} 秒${retry.giveUpAfterHours ? `，${retry.giveUpAfterHours} 小时后转人工` : '，直到成功'}。`,
              `Where it cannot be delivered now it is tried again: first after ${retry.firstSeconds} s, each wait ${retry.factor} times the last, ${retry.maxSeconds} s at most, ${retry.giveUpAfterHours ? `for ${retry.giveUpAfterHours} hours; then a person decides` : 'until it succeeds'}.`,
            ),
          ]
        : []),
    ];
  }

  function fieldTable(fields: readonly Field[], direction: 'in' | 'out'): void {
    for (const field of fields) if (field.table) tables.set(field.table, direction);
    blocks.push({
      kind: 'table',
      head: [m('位置', 'Place'), m('含义', 'Meaning'), m('类型', 'Type'), m('要求', 'Need')],
      rows: fields.map((f) => [
        f.path,
        f.fixed !== undefined
          ? `${m('固定值：', 'Fixed: ')}${f.fixed === '' ? m('（空）', '(empty)') : f.fixed}`
          : [say(f.meaning), f.note ? `${m('缺则拒绝：', 'Refused without it: ')}${say(bothOf(f.note))}` : '']
              .filter(Boolean)
              .join('\n'),
        [say(f.type), f.table ? `${m('代码表', 'table')} ${f.table}` : '', f.values.join(' | ')]
          .filter(Boolean)
          .join('\n'),
        say(need[f.need]),
      ]),
      mono: [0],
      widths: [36, 28, 24, 12],
    });
  }
}
