import { describe, expect, test } from '@jest/globals';
import { Compile } from 'typebox/compile';
import type { EndpointDef } from '../../contracts/channel/endpoint.schema.ts';
import type { InMapping } from '../../contracts/mapping/shape.ts';
import { codeLookup } from '../engine/codes.ts';
import { compileMapping } from '../engine/compile.ts';
import type { Answer, FrameToRead } from '../engine/format.ts';
import { encodeText } from '../hl7v2/charset-encode.ts';
import type { Charset } from '../hl7v2/charset-names.ts';
import { format } from './format.ts';

const endpoint = (read: Record<string, unknown> = {}, more: Partial<EndpointDef> = {}): EndpointDef => ({
  endpoint: 'lis',
  title: { zh: 'LIS', en: 'LIS' },
  org: 'HY',
  adapter: 'http',
  format: 'xml',
  listen: {},
  read,
  decode: { mode: 'auto', charset: 'GB18030' },
  ack: { mode: 'auto', unrouted: 'accept' },
  lane: 'patient',
  retainDays: 30,
  ...more,
});
const bytesOf = (text: string, charset: Charset = 'UTF-8'): Uint8Array => {
  const encoded = encodeText(text, charset);
  if (encoded.problem) throw new Error('not encodable');
  return encoded.bytes;
};
const frame = (bytes: Uint8Array | string, more: Partial<FrameToRead> = {}): FrameToRead => ({
  bytes: typeof bytes === 'string' ? bytesOf(bytes) : bytes,
  oddities: [],
  ...more,
});
const text = (bytes: Uint8Array | undefined): string | undefined =>
  bytes && Buffer.from(bytes).toString('utf8');
const order =
  '<order no="R1"><patient id=" P1 "><name>赵明远</name></patient><bar>B1</bar><bar>B2</bar></order>';
const settings = {
  control: '@no',
  keys: [
    { kind: 'patient', path: 'patient@id' },
    { kind: 'specimen', path: 'bar' },
  ],
};

describe('[INT-02] a frame of XML', () => {
  test('is typed, keyed and laned by the paths of its endpoint', () => {
    const { messages } = format.read(frame(order), endpoint(settings));
    expect(messages).toHaveLength(1);
    expect(messages[0]).toMatchObject({
      type: 'order',
      controlId: 'R1',
      charset: 'UTF-8',
      keys: [
        { kind: 'control', value: 'R1' },
        { kind: 'patient', value: 'P1' },
        { kind: 'specimen', value: 'B1' },
        { kind: 'specimen', value: 'B2' },
      ],
      lanes: ['P1'],
      warnings: [],
    });
    expect(messages[0]).not.toHaveProperty('unsound');
    const lane = (more: object, def: Partial<EndpointDef> = {}) =>
      format.read(frame(order), endpoint({ ...settings, ...more }, def)).messages[0]?.lanes;
    expect(lane({ lane: 'bar' })).toEqual(['B1', 'B2']);
    expect(lane({}, { lane: 'endpoint' })).toEqual(['lis']);
    expect(lane({}, { lane: 'order' })).toEqual([]);
  });

  test('its type is the root, what the protocol says, or a value', () => {
    const type = (setting: string, meta?: Record<string, string>) =>
      format.read(frame(order, meta ? { meta } : {}), endpoint({ type: setting })).messages[0]?.type;
    expect(type('root')).toBe('order');
    expect(type('meta:action', { action: 'NewOrder' })).toBe('NewOrder');
    expect(type('meta:action')).toBe('order');
    expect(type('patient/name')).toBe('赵明远');
  });

  test('each element of a list is a message, read again as it was', () => {
    const list = `<list xmlns="urn:a" xmlns:b="urn:b" at="1">${order}<order no="R2" b:x="y &amp; z"/></list>`;
    const def = endpoint({ ...settings, each: 'order' });
    const read = format.read(frame(list), def);
    expect(read.messages.map((m) => [m.type, m.controlId, m.lanes])).toEqual([
      ['order', 'R1', ['P1']],
      ['order', 'R2', []],
    ]);
    const again = read.messages.map((m) => format.parse(m.bytes, { charset: m.charset, meta: {} }, def));
    const valueIn = (message: unknown, path: string) => {
      const compiled = format.source.value(path);
      return 'get' in compiled ? compiled.get(format.source.open(message)) : compiled.bad;
    };
    for (const path of ['@no', 'patient/name', '{urn:a}bar', '@x', '@{urn:b}x', '../@at'])
      expect(again.map((m) => valueIn(m, path))).toEqual(read.messages.map((m) => valueIn(m.message, path)));
    expect(valueIn(again[1], '@x')).toBe('y & z');
    expect(format.read(frame('<list/>'), def).messages[0]?.unsound?.data).toMatchObject({
      reason: 'no-message',
    });
  });

  test('two arrivals are the same by their bytes, or by control id, and by what the protocol says', () => {
    const same = (a: FrameToRead, b: FrameToRead, def: EndpointDef) =>
      String(format.read(a, def).messages[0]?.identity) === String(format.read(b, def).messages[0]?.identity);
    const other = order.replace('明', '民');
    expect(same(frame(order), frame(order), endpoint(settings))).toBe(true);
    expect(same(frame(order), frame(other), endpoint(settings))).toBe(false);
    const byControl = endpoint(settings, { duplicate: { match: 'control-id' } });
    expect(same(frame(order), frame(other), byControl)).toBe(true);
    const withAction = endpoint({ ...settings, meta: ['action'] });
    const [add, update] = ['Add', 'Update'].map((action) => frame(order, { meta: { action } }));
    expect(same(add!, update!, withAction)).toBe(false);
    expect(same(add!, add!, withAction)).toBe(true);
  });

  test.each<[string, FrameToRead, string, object]>([
    [
      'broken on the wire',
      frame('<a/>', { broken: { code: 'hub.frame.broken', reason: 'cut' } }),
      'hub.frame.broken',
      { reason: 'cut' },
    ],
    [
      'in no charset',
      frame(Buffer.from([0x3c, 0x61, 0xff, 0xff, 0x3e])),
      'hub.charset.undecodable',
      { offset: 2 },
    ],
    [
      'not well-formed',
      frame('<a>'),
      'hub.message.unsound',
      { segment: 'XML', field: '1:4', reason: 'element-not-closed' },
    ],
    ['empty', frame(''), 'hub.message.unsound', { reason: 'no-element' }],
    ['with a DTD', frame('<!DOCTYPE a><a/>'), 'hub.message.unsound', { reason: 'dtd-refused' }],
  ])('%s is refused with its reason', (_, given, code, data) => {
    const { messages } = format.read(given, endpoint(settings));
    expect(messages[0]?.unsound).toMatchObject({ code, data, answer: 'AR' });
    expect(messages[0]?.bytes).toBe(given.bytes);
    expect(messages[0]?.lanes).toEqual([]);
  });
});

describe('[INT-02] bytes and charsets of XML', () => {
  const named = (encoding: string) => `<?xml version="1.0" encoding="${encoding}"?><a n="弢珅瑋質𠮷">赵</a>`;
  const read = (bytes: Uint8Array, def: Partial<EndpointDef> = {}, meta?: Record<string, string>) => {
    const [message] = format.read(
      frame(bytes, meta ? { meta } : {}),
      endpoint({ control: '@n' }, def),
    ).messages;
    return [message?.charset, message?.controlId, message?.warnings];
  };
  const value = '弢珅瑋質𠮷';

  test.each<[string, Uint8Array, Charset, string[]]>([
    ['declared', bytesOf(named('GB18030'), 'GB18030'), 'GB18030', []],
    ['declared by an alias', bytesOf(named('gb2312'), 'GB18030'), 'GBK', []],
    ['declared UTF-8', bytesOf(named('utf-8')), 'UTF-8', []],
    ['undeclared UTF-8', bytesOf('<a n="弢珅瑋質𠮷"/>'), 'UTF-8', []],
    [
      'undeclared, of the endpoint',
      bytesOf('<a n="弢珅瑋質𠮷"/>', 'GB18030'),
      'GB18030',
      ['fallback-used GB18030'],
    ],
    ['.NET’s utf-16 that left as UTF-8', bytesOf(named('utf-16')), 'UTF-8', ['charset-refuted UTF-16']],
    [
      'declared Latin-1, in truth UTF-8',
      bytesOf(named('ISO-8859-1')),
      'UTF-8',
      ['charset-refuted ISO-8859-1'],
    ],
    [
      'declared UTF-8, in truth GBK',
      bytesOf(named('UTF-8'), 'GB18030'),
      'GB18030',
      ['charset-refuted UTF-8', 'fallback-used GB18030'],
    ],
    ['declared as nobody knows', bytesOf(named('x-nothing')), 'UTF-8', ['charset-unknown']],
    ['UTF-16LE without a mark', bytesOf('<a n="弢珅瑋質𠮷"/>', 'UTF-16LE'), 'UTF-16LE', []],
    ['UTF-16BE with a mark', bytesOf(`\ufeff${named('UTF-16')}`, 'UTF-16BE'), 'UTF-16BE', []],
    ['UTF-8 with a mark that beats its declaration', bytesOf(`\ufeff${named('GBK')}`), 'UTF-8', []],
  ])('%s', (_, bytes, charset, warnings) => {
    expect(read(bytes)).toEqual([charset, value, warnings]);
  });

  test('the transport’s word beats the declaration; forced beats both', () => {
    const bytes = bytesOf(named('GBK'));
    expect(read(bytes, {}, { charset: 'utf-8' })).toEqual(['UTF-8', value, []]);
    expect(read(bytes, { decode: { mode: 'forced', charset: 'UTF-8' } })).toEqual(['UTF-8', value, []]);
    const [charset, , warnings] = read(bytesOf('<?xml version="1.0" encoding="GBK"?><a n="张三李四"/>'));
    expect([charset, warnings]).toEqual(['GBK', ['also-utf-8 GBK']]);
  });

  test('is written in the charset of the endpoint with its declaration; what that lacks as references', () => {
    const written = (charset: EndpointDef['decode']['charset'], more: object = {}) => {
      const def = endpoint({ control: '@n', ...more }, { decode: { mode: 'forced', charset } });
      const result = format.write('<a n="𠮷赵">质</a>', def);
      if ('bad' in result) throw new Error(result.bad);
      const [message] = format.read(frame(result.bytes), endpoint({ control: '@n' })).messages;
      return [
        Buffer.from(result.bytes).toString('latin1', 0, 40),
        result.controlId,
        message?.controlId,
        format.mediaType(def),
      ];
    };
    expect(written('UTF-8')).toEqual([
      '<?xml version="1.0" encoding="UTF-8"?>\n<',
      '𠮷赵',
      '𠮷赵',
      'text/xml; charset=utf-8',
    ]);
    expect(written('GBK')).toEqual([
      '<?xml version="1.0" encoding="GBK"?>\n<a ',
      '𠮷赵',
      '𠮷赵',
      'text/xml; charset=gbk',
    ]);
    expect(written('US-ASCII').slice(1, 3)).toEqual(['𠮷赵', '𠮷赵']);
    expect(written('UTF-16LE').slice(1)).toEqual(['𠮷赵', '𠮷赵', 'text/xml; charset=utf-16']);
    expect(written('UTF-8', { declaration: false })[0]).toMatch(/^<a n=/);
    expect(format.write('<a>', endpoint())).toMatchObject({ bad: expect.stringContaining('no XML') });
  });

  test('an edited text keeps its charset, and its declaration tells it', () => {
    const edited = format.edit('<?xml version="1.0" encoding="utf-8"?><a>质𠮷</a>', 'GBK', endpoint());
    if ('bad' in edited) throw new Error(edited.bad);
    expect(edited.charset).toBe('GBK');
    expect(format.text(edited.bytes, 'GBK')).toBe('<?xml version="1.0" encoding="GBK"?><a>质&#134071;</a>');
    expect(format.edit('<a>\ud800</a>', 'UTF-8', endpoint())).toHaveProperty('bad');
    expect(format.text(Buffer.from([0xff, 0xff]), 'UTF-8')).toBeUndefined();
  });
});

test('settings that are no paths are refused', () => {
  const wrong = (read: object) => !Compile(format.settings!).Check(read);
  expect(
    wrong({ type: 'root', control: 'a/b@c', keys: [{ kind: 'order', path: 'a(2)/b' }], each: 'a' }),
  ).toBe(false);
  expect(wrong({ type: 'meta:action' })).toBe(false);
  for (const read of [
    { control: 'a//b' },
    { each: 'a:id' },
    { type: '' },
    { keys: [{ kind: 'order', path: '' }] },
    { other: 1 },
  ])
    expect(wrong(read)).toBe(true);
});

describe('[INT-02] answers', () => {
  const good: Answer = { code: 'AA', outcome: 'AA' };
  const bad: Answer = { code: 'AE', outcome: 'AE', reason: '没有"患者" & <标识>' };
  const reply = {
    good: '<Response><ResultCode>0</ResultCode><ID>{control}</ID></Response>',
    bad: '<Response><ResultCode>-1</ResultCode><ResultContent t="{time}" n="{failed}/{count}">{reason}{x}</ResultContent></Response>',
  };
  const now = Date.UTC(2026, 2, 2, 4);

  test('are written from templates, values escaped, in the sender’s charset', () => {
    const read = format.read(frame(order), endpoint({ ...settings, reply }));
    expect(read.messages[0]?.owed('AA').code).toBe('AA');
    expect(text(read.reply([good], now))).toBe('<Response><ResultCode>0</ResultCode><ID>R1</ID></Response>');
    expect(text(read.reply([bad], now))).toBe(
      '<Response><ResultCode>-1</ResultCode><ResultContent t="20260302120000" n="1/1">没有&quot;患者&quot; &amp; &lt;标识&gt;{x}</ResultContent></Response>',
    );
    const gbk = format.read(frame(bytesOf(order, 'GB18030')), endpoint({ reply })).reply([bad], now);
    expect(format.text(gbk!, 'GB18030')).toMatch(
      /^<\?xml version="1.0" encoding="GB18030"\?>\n<Response>.*患者/,
    );
  });

  test('there is none without a template, and none where the endpoint gives none; a query’s answer goes as it is', () => {
    const silent = format.read(frame(order), endpoint(settings));
    expect(silent.messages[0]?.owed('AA').code).toBe('');
    expect(silent.reply([good], now)).toBeUndefined();
    expect(text(silent.reply([{ ...good, text: '<found/>' }], now))).toBe('<found/>');
    const none = format.read(
      frame(order),
      endpoint({ reply }, { ack: { mode: 'none', unrouted: 'accept' } }),
    );
    expect(none.messages[0]?.owed('AE').code).toBe('');
    expect(none.reply([bad], now)).toBeUndefined();
  });

  test('of peers are read by their paths', () => {
    const said = { code: 'Body/ResultCode', good: ['0', 'AA'], busy: ['9'], reason: 'Body/ResultContent' };
    const of = (body: string | Uint8Array) =>
      format.said?.(typeof body === 'string' ? bytesOf(body) : body, endpoint({ said }));
    const answer = (code: string, why = '') =>
      `<Response><Body><ResultCode>${code}</ResultCode><ResultContent>${why}</ResultContent></Body></Response>`;
    expect(of(answer('0'))).toEqual({ verdict: 'good', code: '0', reason: '' });
    expect(of(answer('-1', '号码重复'))).toEqual({ verdict: 'negative', code: '-1', reason: '号码重复' });
    expect(of(answer('9'))).toMatchObject({ verdict: 'busy', code: '9' });
    expect(of(answer(''))).toMatchObject({ verdict: 'unclear' });
    expect(of('OK')).toMatchObject({ verdict: 'unclear', reason: 'the reply is no XML' });
    expect(of(Buffer.from([0x80, 0xff]))).toMatchObject({ verdict: 'unclear' });
    expect(format.said?.(bytesOf('anything'), endpoint())).toMatchObject({ verdict: 'good' });
  });
});

test('a message for the eye: every value at the path that reads it', () => {
  const [message] = format.read(frame(order), endpoint()).messages;
  const parts = [...(format.view?.(message?.message) ?? [])].map((p) => [
    p.name,
    [...p.fields].map((f) => [f.position, f.value, f.null]),
  ]);
  expect(parts).toEqual([
    ['order', [['@no', 'R1', false]]],
    [
      'patient',
      [
        ['patient@id', ' P1 ', false],
        ['patient/name', '赵明远', false],
      ],
    ],
    ['bar', [['bar(1)', 'B1', false]]],
    ['bar', [['bar(2)', 'B2', false]]],
  ]);
});

test('[INT-02] a vendor’s order becomes a canonical one, dates as people write them', () => {
  const mapping: InMapping = {
    mapping: 'vendor',
    title: { zh: '申请', en: 'Order' },
    direction: 'in',
    format: 'xml',
    each: 'item',
    messages: [
      {
        type: 'OrderPlaced',
        fields: {
          occurredAt: { from: '/@time', do: [{ date: 'time' }] },
          control: { value: 'new' },
          patient: {
            object: {
              identifiers: {
                each: '/patient/card',
                where: { path: '.', present: true },
                map: { object: { number: '.', type: '@type' } },
              },
              name: '/patient/name',
              birthDate: { from: '/patient/birth', do: [{ date: 'day' }] },
              cleared: { cleared: { phone: '/patient/phone', address: '/patient/address' } },
            },
          },
          order: {
            object: {
              placerNumber: { object: { number: '@no' } },
              code: 'code',
              quantity: { from: 'code@n', do: [{ number: true }] },
            },
          },
        },
      },
    ],
  };
  const xml =
    '<req time="2026/3/2 9:05"><patient><card type="MR">P1</card><card/><name>赵</name><birth>1980年2月3日</birth><phone/></patient>' +
    '<item no="R1"><code n="2">NK-P</code></item><item no="R2"><code>THAW</code></item></req>';
  const [message] = format.read(frame(xml), endpoint()).messages;
  const result = compileMapping(mapping, codeLookup({}), format).toCanonical(message?.message);
  const patient = {
    identifiers: [{ number: 'P1', type: 'MR' }],
    name: '赵',
    birthDate: '1980-02-03',
    cleared: ['phone'],
  };
  const common = { type: 'OrderPlaced', occurredAt: '2026-03-02T09:05:00+08:00', control: 'new', patient };
  expect(result).toMatchObject({
    messages: [
      { ...common, order: { placerNumber: { number: 'R1' }, code: 'NK-P', quantity: 2 } },
      { ...common, order: { placerNumber: { number: 'R2' }, code: 'THAW' } },
    ],
  });
  expect(format.dates.hl7('2026-03-02T09:05:00Z', '+08:00')).toBe('20260302170500');
  expect(format.dates.hl7('not a date', '+08:00')).toBeUndefined();
  expect(format.dates.time('2026-12-9 09:41:36.5', '+08:00')).toBe('2026-12-09T09:41:36+08:00');
});
