import { describe, expect, test } from '@jest/globals';
import { formats } from '../formats.generated.ts';
import { Hl7Message } from '../hl7v2/message.ts';
import { codeLookupOf } from './codes.ts';
import { parseChannel, parseCodeTable, parseEndpoint, parseMapping } from './documents.ts';
import { canonicalSource, compileAccept, compileFilter } from './filter.ts';
import { hl7v2 } from './hl7v2.binding.ts';
import { readProfile } from './profile.ts';

const lines = (...text: string[]) => text.join('\n');
const table = (...entries: string[]) =>
  parseCodeTable(
    lines('table: t', 'title: { zh: 表, en: Table }', 'source: a', 'target: b', 'entries:', ...entries),
  );
const endpoint = (...more: string[]) =>
  lines(
    'endpoint: his',
    'title: { zh: 端点, en: Endpoint }',
    'org: HY',
    'adapter: mllp',
    'lane: patient',
    'retainDays: 30',
    'decode: { mode: auto, charset: GB18030 }',
    ...more,
  );
const channelIn = (...more: string[]) =>
  lines(
    'channel: in',
    'title: { zh: 入, en: In }',
    'org: HY',
    'source: { endpoint: his }',
    'accept: [ADT^A01]',
    ...more,
  );
const channelOut = (...more: string[]) =>
  lines(
    'channel: out',
    'title: { zh: 出, en: Out }',
    'org: HY',
    'source: { event: order.statusChanged }',
    'map: m',
    ...more,
  );

describe('code tables', () => {
  test('codes are text as written: 01 stays 01, no stays no', () => {
    const read = table('  - { from: 01, to: 1 }', '  - { from: no, to: ~ }', '  - { from: 1.50, to: true }');
    expect('def' in read && read.def.entries).toEqual([
      { from: '01', to: '1' },
      { from: 'no', to: '~' },
      { from: '1.50', to: 'true' },
    ]);
  });

  test('a code that stands twice is refused with its line', () => {
    expect(table('  - { from: a, to: b }', '  - { from: a, to: c }')).toEqual({
      problems: [
        {
          path: 'entries[1].from',
          line: 7,
          column: 7,
          reason: 'this code stands in the table already; keep one entry',
        },
      ],
    });
  });

  test('names of the language are no codes', () => {
    const read = table('  - { from: a, to: b }');
    const codes = codeLookupOf('def' in read ? [read.def] : []);
    expect([
      codes.find('t', 'a'),
      codes.find('t', 'constructor'),
      codes.find('t', '__proto__'),
      codes.has('toString'),
    ]).toEqual(['b', undefined, undefined, false]);
  });
});

describe('text that is no document', () => {
  test.each<[string, string, number, string]>([
    ['broken YAML', 'a: [1', 1, 'not valid YAML'],
    ['a key that stands twice', 'endpoint: his\nendpoint: lis', 2, 'not valid YAML: Map keys must be unique'],
    ['two documents', 'a: 1\n---\nb: 2', 2, 'not valid YAML'],
    ['an alias without anchor', 'a: *b', 1, 'an alias (*name) has no anchor'],
    ['nothing', '', 1, 'must be of type object'],
  ])('%s', (_, text, line, reason) => {
    const read = parseEndpoint(text, formats);
    const [first] = 'problems' in read ? read.problems : [];
    expect(first?.reason.startsWith(reason) ? first.line : first).toBe(line);
  });

  test('aliases that expand without end are refused', () => {
    const bomb = ['a0: &a0 [x, x, x, x, x, x, x, x, x]'];
    for (let i = 1; i < 9; i++)
      bomb.push(
        `a${i}: &a${i} [${Array(9)
          .fill(`*a${i - 1}`)
          .join(', ')}]`,
      );
    expect(parseEndpoint(bomb.join('\n'), formats)).toMatchObject({
      problems: [{ reason: expect.stringContaining('alias') }],
    });
  });
});

describe('endpoints', () => {
  const reasons = (text: string) => {
    const read = parseEndpoint(text, formats);
    return 'problems' in read
      ? read.problems.map(({ path, line, reason }) => `${line} ${path}: ${reason}`)
      : [];
  };
  test.each<[string, string[], string]>([
    ['neither way', [], '4 adapter: the endpoint needs "listen" (they call) or "send" (we call)'],
    ['listening without ack', ['listen: { port: 1 }'], '8 listen: an endpoint that listens needs "ack"'],
    ['an unknown key', ['send: {}', 'lanes: patient'], '9 lanes: unknown key "lanes"'],
    [
      'an unknown key inside',
      ['send: {}', 'duplicate:', '  bytes: 3'],
      '10 duplicate.bytes: unknown key "bytes"',
    ],
    [
      'a wrong word',
      ['listen: {}', 'ack: { mode: both, unrouted: accept }'],
      '9 ack.mode: must be one of auto, original, enhanced, none',
    ],
  ])('%s is refused with line and place', (_, more, expected) => {
    const found = reasons(endpoint(...more));
    expect(found.some((reason) => reason.startsWith(expected)) || found).toBe(true);
  });
});

test('a mapping of a format there is not', () => {
  const read = parseMapping('mapping: m\nformat: edifact', formats);
  expect('problems' in read && read.problems[0]).toMatchObject({
    line: 2,
    path: 'format',
    reason: expect.stringMatching(/^must be one of .*hl7v2/),
  });
});

describe('channels', () => {
  const reasons = (text: string) => {
    const read = parseChannel(text, () => hl7v2.source);
    return 'problems' in read
      ? read.problems.map(({ line, column, path, reason }) => `${line}:${column} ${path}: ${reason}`)
      : [];
  };
  test.each<[string, string, string]>([
    ['one that does nothing', channelIn(), '1:1 (document): the channel does nothing'],
    [
      'calls without a mapping',
      channelIn('calls: [donor.receive]'),
      '6:1 calls: calls take canonical messages',
    ],
    [
      'a wrong message type',
      channelIn('map: m', 'calls: [a.b]').replace('ADT^A01', '9 9'),
      '5:10 accept[0]: must match',
    ],
    [
      'a filter with a bad path',
      channelIn('map: m', 'calls: [a.b]', 'filter: { path: PID3, present: true }'),
      '8:11 filter.path: "PID3" is not a path',
    ],
    [
      'a filter with an unknown key',
      channelIn('map: m', 'calls: [a.b]', 'filter: { path: PID-3, equals: x }'),
      '8:24 filter.equals: unknown key',
    ],
    ['an outbound one without targets', channelOut(), 'targets: is required and missing'],
    [
      'a retry that shrinks',
      channelOut(
        'targets:',
        '  - endpoint: o',
        '    retry: { firstSeconds: 9, factor: 2, maxSeconds: 3, giveUpAfterHours: 1 }',
      ),
      '8:42 targets[0].retry.maxSeconds: must not be less',
    ],
    [
      'a calendar that ends before it begins',
      channelIn(
        'map: m',
        'calls: [a.b]',
        "expect: [{ days: [mon], from: '18:00', to: '08:00', atLeast: 1, everyMinutes: 5 }]",
      ),
      'expect[0].to: must be later',
    ],
  ])('%s is refused with line and column', (_, text, expected) => {
    const found = reasons(text);
    expect(found.some((reason) => reason.includes(expected)) || found).toBe(true);
  });

  test('what a channel names must exist and fit', () => {
    const { problems, channels } = readProfile(
      [
        { name: 'his.endpoint.yaml', text: endpoint('send: {}') },
        {
          name: 'in.channel.yaml',
          text: channelIn('map: nope', 'calls: [a.b]', 'targets: [{ endpoint: gone }]'),
        },
        { name: 'other.channel.yaml', text: channelOut('targets: [{ endpoint: his }]') },
      ],
      formats,
    );
    expect(channels).toEqual([]);
    expect(problems.map(({ file, path, reason }) => `${file} ${path}: ${reason}`)).toEqual([
      'other.channel.yaml channel: must be "other", as the file is named',
      'in.channel.yaml map: no mapping named "nope"',
      'in.channel.yaml targets[0].endpoint: no endpoint named "gone"',
    ]);
  });

  test('the filter of an outbound channel is checked against the canonical message its mapping reads', () => {
    const mapping = lines(
      'mapping: m',
      'title: { zh: 出, en: Out }',
      'direction: out',
      'format: hl7v2',
      'reads: StatusChanged',
      'segments: [{ segment: ORC, fields: { ORC-1: status } }]',
    );
    const { problems } = readProfile(
      [
        { name: 'his.endpoint.yaml', text: endpoint('send: {}') },
        { name: 'm.map.yaml', text: mapping },
        {
          name: 'out.channel.yaml',
          text: channelOut('filter: { path: state, is: X }', 'targets: [{ endpoint: his }]'),
        },
      ],
      formats,
    );
    expect(problems).toMatchObject([
      { file: 'out.channel.yaml', path: 'filter.path', reason: expect.stringContaining('no "state"') },
    ]);
  });
});

test('a path such as .1 stays text in a mapping', () => {
  const read = parseMapping(
    lines(
      'mapping: m',
      'title: { zh: 入, en: In }',
      'direction: in',
      'format: hl7v2',
      'messages:',
      '  - type: PatientRegistered',
      '    fields:',
      '      patient:',
      '        object:',
      '          identifiers: { each: PID-3, map: { object: { number: .1, authority: .4.1 } } }',
    ),
    formats,
  );
  expect(read).toHaveProperty('def');
});

describe('filters', () => {
  test('read a source message or a canonical one', () => {
    const source = compileFilter({ path: 'PV1-2', is: 'I' }, hl7v2.source);
    expect(source(Hl7Message.parse('MSH|^~\\&|\rPV1||I'))).toBe(true);
    const status = compileFilter({ path: 'status', is: ['ACCEPTED'] }, canonicalSource('StatusChanged'));
    expect([status({ status: 'ACCEPTED' }), status({ status: 'CLOSED' })]).toEqual([true, false]);
    expect(() => compileFilter({ path: 'state', is: 'x' }, canonicalSource('StatusChanged'))).toThrow(
      /filter/,
    );
  });

  test('accept takes a type and trigger exactly, any trigger, or a type without one', () => {
    const accepts = compileAccept(['ADT^A01', 'ORM^*', 'ORU']);
    expect(accepts('ADT', 'A01')).toBe(true);
    expect(accepts('ADT', 'A02')).toBe(false);
    expect(accepts('ADT', undefined)).toBe(false);
    expect(accepts('ORM', 'O01')).toBe(true);
    expect(accepts('ORM', null)).toBe(true);
    expect(accepts('ORU', undefined)).toBe(true);
    expect(accepts('ORU', 'R01')).toBe(false);
  });
});
