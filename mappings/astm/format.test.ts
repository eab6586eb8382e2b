import { describe, expect, test } from '@jest/globals';
import type { EndpointDef } from '../../contracts/channel/endpoint.schema.ts';
import type { InMapping, OutMapping } from '../../contracts/mapping/shape.ts';
import { seeded } from '../../test/peers/his/random.ts';
import { codeLookupOf } from '../engine/codes.ts';
import { compileMapping } from '../engine/compile.ts';
import type { InMappingCompiled, OutMappingCompiled } from '../engine/compiled.ts';
import { encodeText } from '../hl7v2/charset-encode.ts';
import { format } from './format.ts';
import { AstmMessage } from './message.ts';

const endpoint = (more: Partial<EndpointDef> = {}): EndpointDef => ({
  endpoint: 'counter',
  title: { zh: 'a', en: 'a' },
  org: 'HY',
  adapter: 'astm',
  format: 'astm',
  decode: { mode: 'auto', charset: 'GB18030' },
  lane: 'specimen',
  retainDays: 30,
  ...more,
});
const lines = (...records: string[]): string => `${records.join('\r')}\r`;
const result = lines(
  'H|\\^&|M-7||XN-L^SYS^01|||||LIS||P|LIS2-A2|20261127083005',
  'P|1|MR100|LAB77||陶^弢||19800101|M',
  'C|1|I|fasting|G',
  'O|1|S-501^1^2||^^^CBC|R|20261127080000||||||||20261127081000|WB',
  'R|1|^^^WBC^1|5.4|10*9/L|3.5^9.5|N||F||op1||20261127083000',
  'C|1|I|checked|G',
  'R|2|^^^NEU%^1|61.2|%||||F',
  'O|2|S-502||^^^CBC',
  'R|1|^^^WBC^1|11.8|10*9/L||H||F',
  'L|1|N',
);
const read = (text: string | Uint8Array, def = endpoint(), charset: 'UTF-8' | 'GB18030' = 'UTF-8') => {
  const encoded = typeof text === 'string' ? encodeText(text, charset) : { bytes: text };
  const { bytes } = encoded as { bytes: Uint8Array };
  return format.read({ bytes, oddities: [] }, def).messages[0]!;
};

describe('reading', () => {
  test('results, with their specimens, patient and analyser as keys', () => {
    const one = read(result);
    expect(one).toMatchObject({
      type: 'RESULT',
      controlId: 'M-7',
      charset: 'UTF-8',
      lanes: ['S-501', 'S-502'],
      warnings: [],
    });
    expect(one.keys).toEqual([
      { kind: 'control', value: 'M-7' },
      { kind: 'device', value: 'XN-L' },
      { kind: 'patient', value: 'LAB77' },
      { kind: 'patient', value: 'MR100' },
      { kind: 'specimen', value: 'S-501' },
      { kind: 'specimen', value: 'S-502' },
    ]);
    expect(one.unsound).toBeUndefined();
    expect(one.owed('AA')).toEqual({ code: '' });
  });

  test('in GB18030 a name whose bytes hold delimiters is a name', () => {
    // 弢 is 8F 7C: its second byte is the field separator.
    const one = read(result, endpoint(), 'GB18030');
    expect(one.charset).toBe('GB18030');
    const message = one.message as AstmMessage;
    expect(message.read(message.find('P', 1), 6)).toBe('陶^弢');
    expect(message.read(message.find('P', 1), 6, 2)).toBe('弢');
  });

  test.each([
    ['QUERY', ['Q|1|^S-9||ALL||||||||O', 'L|1|N']],
    ['QUERY-CANCEL', ['Q|1|^S-9||ALL||||||||A', 'L|1|N']],
    ['QC', ['P|1', 'O|1|QC-L1||^^^WBC|||||||Q', 'R|1|^^^WBC|5.1', 'L|1|N']],
    ['RESULT', ['O|1|QC-L1||^^^WBC|||||||Q', 'R|1|^^^WBC|5.1', 'O|2|S-1', 'R|1|^^^WBC|5', 'L|1|N']],
    ['ORDER', ['P|1', 'O|1|S-1||^^^WBC|R', 'L|1|N']],
    ['ASTM', ['M|1|maintenance', 'L|1|N']],
  ])('%s', (type, records) => {
    expect(read(lines('H|\\^&', ...records)).type).toBe(type);
  });

  test('a query names its specimen', () => {
    expect(read(lines('H|\\^&', 'Q|1|P1^S-9\\P2^S-10||ALL', 'L|1|N')).lanes).toEqual(['S-9', 'S-10']);
  });

  test.each([
    ['no header', 'P|1\rL|1|N\r', 'no-header'],
    ['nothing', '', 'no-header'],
    ['no delimiters', 'H|\rL|1\r', 'no-delimiters'],
    ['the same delimiter twice', 'H|^^&\rL|1\r', 'delimiters-not-distinct'],
    ['a header alone', 'H|\\^&\r', 'no record but the header'],
    ['a message the sender gave up', 'H|\\^&\rR|1|^^^A|1\rL|1|T\r', 'ended it with T'],
    ['two headers', 'H|\\^&\rO|1|S\rH|\\^&\rL|1|N\r', 'second header'],
    ['a line that is no record', 'H|\\^&\rhello\rL|1|N\r', 'not-a-record-type'],
  ])('%s is refused with its place', (_, text, reason) => {
    const one = read(text);
    expect(one.unsound).toMatchObject({
      code: 'hub.message.unsound',
      data: { reason: expect.stringContaining(reason) },
    });
    expect(one.lanes).toEqual([]);
  });

  test('without a terminator it is read, with a warning; broken and undecodable bytes are kept and refused', () => {
    expect(read('H|\\^&\rO|1|S-1\rR|1|^^^A|1\r').warnings).toEqual(['no-terminator']);
    expect(read(Buffer.from([0x48, 0x7c, 0xff, 0xff])).unsound).toMatchObject({
      code: 'hub.charset.undecodable',
    });
    const broken = { code: 'hub.frame.broken', reason: 'no end' } as const;
    expect(
      format.read({ bytes: Buffer.from('H'), oddities: [], broken }, endpoint()).messages[0]!.unsound,
    ).toMatchObject({ code: 'hub.frame.broken' });
  });

  test('escapes are undone after the message is split, other delimiters are taken as declared', () => {
    const message = new AstmMessage('H|\\^&\rC|1|I|a&F&b&S&c&R&d&E&e&X41&&H&f&N& 5&6 &|G\rL|1|N\r', 'UTF-8');
    expect(message.read(message.find('C', 1), 4)).toBe('a|b^c\\d&eAf 5&6 &');
    const other = new AstmMessage('H!~*$\rO!1!S*1~T*2\rL!1!N\r', 'UTF-8');
    const [order] = other.all('O');
    expect(other.repetitions(order!, 3).map((r) => other.value(r, 1))).toEqual(['S', 'T']);
    expect(other.value('""')).toBeNull();
  });

  test('the same bytes are the same message; by control id time and number count; a query is never a repetition', () => {
    expect(read(lines('H|\\^&', 'Q|1|^S-9||ALL', 'L|1|N')).identity).toBe('');
    expect(read(result).identity).toEqual(Buffer.from(result));
    expect(read(result, endpoint({ duplicate: { match: 'control-id' } })).identity).toBe(
      '20261127083005\nM-7',
    );
  });
});

describe('mapping', () => {
  const codes = codeLookupOf([]);
  const into = (def: object) =>
    compileMapping(
      { mapping: 'm', title: { zh: 'a', en: 'a' }, format: 'astm', ...def } as InMapping,
      codes,
      format,
    ) as InMappingCompiled;

  test('a result finds the order, patient and comment it belongs to', () => {
    const mapping = into({
      direction: 'in',
      each: 'O',
      messages: [
        {
          type: 'ResultReported',
          fields: {
            specimen: 'O-3.1',
            patient: { object: { identifiers: { each: 'P-4', map: { object: { number: '.1' } } } } },
            code: 'O-5.4',
            status: { value: 'final' },
            observations: {
              each: 'R',
              map: {
                object: {
                  code: 'R-3.4',
                  value: 'R-4',
                  unit: 'R-5',
                  name: { from: 'C-4' },
                  range: { list: ['R-6.1', 'R-6.2'], do: [{ join: '-' }] },
                  kind: { value: 'number' },
                },
              },
            },
          },
        },
      ],
    });
    const out = mapping.toCanonical(new AstmMessage(result, 'UTF-8'));
    expect('messages' in out ? out.messages : out.problems).toMatchObject([
      {
        specimen: 'S-501',
        patient: { identifiers: [{ number: 'LAB77' }] },
        observations: [
          { code: 'WBC', value: '5.4', unit: '10*9/L', range: '3.5-9.5', name: 'checked' },
          { code: 'NEU%', value: '61.2' },
        ],
      },
      { specimen: 'S-502', observations: [{ code: 'WBC', value: '11.8' }] },
    ]);
  });

  test('paths that are none are refused', () => {
    for (const path of ['O-0', 'OBR-3', 'O3', '.1', 'O-3.1.2'])
      expect(() =>
        into({ direction: 'in', messages: [{ type: 'OrderQuery', fields: { specimen: path } }] }),
      ).toThrow();
  });

  test('orders are written with sequence numbers, delimiters and escapes of their own, and read back', () => {
    const mapping = compileMapping(
      {
        mapping: 'm',
        title: { zh: 'a', en: 'a' },
        format: 'astm',
        direction: 'out',
        reads: 'OrdersFound',
        segments: [
          {
            segment: 'H',
            fields: { 'H-5': '$sendingApplication', 'H-14': { from: '$time', do: [{ date: 'hl7' }] } },
          },
          { segment: 'P', fields: { 'P-6.1': 'orders(1).patient.name' } },
          {
            segment: 'O',
            each: 'orders',
            fields: { 'O-3.1': '.placerNumber.number', 'O-5.4': '.code', 'O-26': { value: 'O' } },
          },
          { segment: 'L', fields: { 'L-3': { value: 'N' } } },
        ],
      } as unknown as OutMapping,
      codes,
      format,
    ) as OutMappingCompiled;
    const order = (number: string, code: string) => ({
      patient: { identifiers: [{ number: '1' }], name: '张|三^&' },
      placerNumber: { number },
      fillerNumber: { number: 'F' },
      code,
      status: 'ACCEPTED',
    });
    const written = mapping.fromCanonical(
      { type: 'OrdersFound', orders: [order('A1', 'CBC'), order('A2', 'CD34')] },
      {
        sendingApplication: 'CYTOMESH',
        time: '2026-11-27T08:00:00+08:00',
        controlId: 'x',
        sendingFacility: '',
      },
    );
    const text = 'text' in written ? written.text : '';
    expect(text.split('\r')).toEqual([
      'H|\\^&|||CYTOMESH|||||||||20261127080000',
      'P|1||||张&F&三&S&&E&',
      `O|1|A1||^^^CBC${'|'.repeat(21)}O`,
      `O|2|A2||^^^CD34${'|'.repeat(21)}O`,
      'L|1|N',
      '',
    ]);
    const back = new AstmMessage(text, 'UTF-8');
    expect(back.read(back.find('P', 1), 6)).toBe('张|三^&');
    expect(format.write(text, endpoint())).toMatchObject({ type: 'ORDER', controlId: '' });
  });
});

test('for the eye, and edited', () => {
  const parts = [...format.view!(new AstmMessage(result, 'UTF-8'))].map(
    (p) => [p.name, [...p.fields]] as const,
  );
  expect(parts.map(([name]) => name).join('')).toBe('HPCORCRORL');
  expect(parts[4]![1]).toContainEqual({ position: 'R-3.4', value: 'WBC', null: false });
  expect(parts[0]![1][0]).toEqual({ position: 'H-2', value: '\\^&', null: false });
  expect(format.edit('H|\\^&\nL|1|N\n', 'GB18030', endpoint())).toEqual({
    bytes: Buffer.from('H|\\^&\rL|1|N\r'),
    charset: 'GB18030',
  });
  expect(format.mediaType(endpoint())).toBe('text/x-astm; charset=gb18030');
});

test('2,500 spoilt messages: each is read or refused, none throws, and what is shown is in it', () => {
  const random = seeded(20261127);
  const good = [...Buffer.from(result)];
  const wrong: number[] = [];
  for (let i = 0; i < 2500; i++) {
    const bytes = [...good];
    for (let n = random.int(1, 6); n > 0; n--) {
      const at = random.int(0, bytes.length - 1);
      const how = random.int(0, 3);
      if (how === 0) bytes[at] = random.int(0, 255);
      else if (how === 1) bytes.splice(at, random.int(1, 60));
      else if (how === 2) bytes.splice(at, 0, ...bytes.slice(0, random.int(1, 200)));
      else bytes.splice(at, 0, random.pick([13, 10, 0, 0x7c, 0x5c, 0x5e, 0x26, 0x48]));
      if (bytes.length === 0) bytes.push(0);
    }
    const one = read(Uint8Array.from(bytes));
    const shown = one.message ? [...format.view!(one.message)].flatMap((part) => [...part.fields]) : [];
    if (one.unsound === undefined && one.message === undefined) wrong.push(i);
    if (one.keys.some(({ value }) => value.length > 64 || value === '')) wrong.push(i);
    if (shown.some(({ value }) => value.includes('\r'))) wrong.push(i);
  }
  expect(wrong).toEqual([]);
});
