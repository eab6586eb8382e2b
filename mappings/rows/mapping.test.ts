import { describe, expect, test } from '@jest/globals';
import type { EndpointDef } from '../../contracts/channel/endpoint.schema.ts';
import type { InMapping, OutMapping } from '../../contracts/mapping/shape.ts';
import { codeLookup } from '../engine/codes.ts';
import { compileMapping, validateMapping } from '../engine/compile.ts';
import { compileFilter } from '../engine/filter.ts';
import { format } from './format.ts';
import type { RowsSettings } from './settings.ts';

const title = { zh: '试', en: 'Probe' };
const codes = codeLookup({ sex: { 男: 'M' } });
const endpoint = (read: RowsSettings, charset = 'UTF-8') =>
  ({ endpoint: 'lis', lane: 'patient', decode: { mode: 'forced', charset }, read }) as unknown as EndpointDef;

const inMapping: InMapping = {
  mapping: 'probe',
  title,
  direction: 'in',
  format: 'rows',
  messages: [
    {
      type: 'ResultReported',
      fields: {
        occurredAt: { from: '报告时间', do: [{ date: 'time' }] },
        sender: '@file',
        patient: {
          object: {
            identifiers: { list: [{ object: { number: 'mrn' } }] },
            sex: { from: '性别', do: [{ code: 'sex' }] },
          },
        },
        code: 'panel',
        status: { value: 'final' },
        observations: {
          each: 'rows',
          where: { path: 'item', present: true },
          map: {
            object: {
              code: 'item',
              value: { from: 'value', do: [{ default: '' }] },
              kind: { value: 'text' },
            },
          },
        },
      },
    },
  ],
};

describe('rows in', () => {
  const read: RowsSettings = { group: ['mrn', 'panel'] };
  const text =
    'mrn,性别,panel,报告时间,item,value\nM1,男,CBC,2026/1/2 3:04,WBC,5\nM1,男,CBC,2026/1/2 3:04,RBC,4\n';

  test('a group is one canonical message with its lines', () => {
    const [message] = format.read(
      { bytes: Buffer.from(text), oddities: [], meta: { file: 'r.csv' } },
      endpoint(read),
    ).messages;
    const result = compileMapping(inMapping, codes, format).toCanonical(message!.message);
    expect(result).toEqual({
      messages: [
        {
          type: 'ResultReported',
          occurredAt: '2026-01-02T03:04:00+08:00',
          sender: 'r.csv',
          patient: { identifiers: [{ number: 'M1' }], sex: 'M' },
          code: 'CBC',
          status: 'final',
          observations: [
            { code: 'WBC', value: '5', kind: 'text' },
            { code: 'RBC', value: '4', kind: 'text' },
          ],
        },
      ],
      misses: [],
    });
  });

  test('filters read columns; paths that are none are refused', () => {
    const [message] = format.read({ bytes: Buffer.from(text), oddities: [] }, endpoint(read)).messages;
    expect(compileFilter({ path: 'panel', is: 'CBC' }, format.source)(message!.message)).toBe(true);
    const wrong = (source: string) =>
      validateMapping(
        { ...inMapping, each: 'rows', messages: [{ type: 'ResultReported', fields: { code: source } }] },
        format,
      )
        .map(({ reason }) => reason)
        .find((reason) => reason.startsWith('"'));
    expect(['.item', '@column', ' x'].map(wrong)).toEqual([
      '".item" is not a path; write the name of a column, @row or @file',
      '"@column" is not a path; write the name of a column, @row or @file',
      '" x" is not a path; write the name of a column, @row or @file',
    ]);
    expect(validateMapping({ ...inMapping, each: 'PID' }, format)[0]!.reason).toBe(
      '"PID" cannot be repeated; only rows can',
    );
  });
});

const outMapping: OutMapping = {
  mapping: 'probe-out',
  title,
  direction: 'out',
  format: 'rows',
  reads: 'StatusChanged',
  segments: [
    {
      segment: 'row',
      each: 'patient.identifiers',
      fields: {
        mrn: '.number',
        name: 'patient.name',
        order: 'placerNumber.number',
        at: { from: 'occurredAt', do: [{ date: 'hl7' }] },
        control: '$controlId',
      },
    },
  ],
};
const environment = {
  controlId: 'C1',
  time: '2026-01-02T03:04:05Z',
  sendingApplication: '',
  sendingFacility: '',
};

const written = (name: string, read: RowsSettings, charset?: string) => {
  const result = compileMapping(outMapping, codes, format).fromCanonical(
    {
      type: 'StatusChanged',
      occurredAt: '2026-01-02T03:04:05Z',
      patient: { identifiers: [{ number: 'M1' }, { number: 'M2' }], name },
      placerNumber: { number: 'P1' },
      fillerNumber: { number: 'F1' },
      code: 'X',
      status: 'ACCEPTED',
    },
    environment,
  );
  if (!('text' in result)) throw new Error(JSON.stringify(result));
  return format.write(result.text, endpoint(read, charset));
};
const textOf = (made: ReturnType<typeof written>, charset = 'utf-8') =>
  'bad' in made ? made.bad : new TextDecoder(charset).decode(made.bytes);

describe('rows out', () => {
  const columns = {
    order: '申请单',
    mrn: { header: ['病历号', 'MRN'] },
    name: '姓名',
    at: '时间',
    control: '控制号',
  };

  test('[INT-03] columns in their order, header, quotes where needed, charset of the endpoint', () => {
    const made = written('张,"三"', { columns, control: 'control', type: 'LisOrder' }, 'GB18030');
    expect(textOf(made, 'gb18030')).toBe(
      '申请单,病历号,姓名,时间,控制号\r\nP1,M1,"张,""三""",20260102110405,C1\r\nP1,M2,"张,""三""",20260102110405,C1\r\n',
    );
    expect(made).toMatchObject({ type: 'LisOrder', controlId: 'C1' });
    expect(format.mediaType(endpoint({}, 'GB18030'))).toBe('text/csv; charset=GB18030');
  });

  test('what is written reads the same', () => {
    const read: RowsSettings = { columns, separator: ';', lineEnd: 'lf', bom: true };
    for (const name of ['a;b', ' a ', 'a\r\nb', '"', 'x', "'"]) {
      const made = written(name, read);
      if ('bad' in made) throw new Error(made.bad);
      const [first] = format.read(
        { bytes: made.bytes, oddities: [] },
        endpoint({ ...read, trim: false }),
      ).messages;
      expect(first!.message).toMatchObject({ rows: [{ row: 2, cells: { name, mrn: 'M1' } }] });
    }
  });

  test('without columns the cells stand as they were mapped; positions leave gaps', () => {
    expect(textOf(written('a', {}))).toMatch(/^mrn,name,order,at,control\r\nM1,a,P1,/);
    const placed = { mrn: 4, name: 2, order: 1, at: 6, control: 7 };
    expect(textOf(written('a', { columns: placed, header: false })).split('\r\n')[0]).toBe(
      'P1,a,,M1,,20260102110405,C1',
    );
  });

  test('fixed width, in bytes of the charset', () => {
    const fixed: RowsSettings = {
      kind: 'fixed',
      columns: {
        mrn: { start: 1, length: 6, align: 'right', pad: '0' },
        name: { start: 7, length: 6 },
        order: { start: 14, length: 3 },
        at: { start: 17, length: 14 },
        control: { start: 31, length: 2 },
      },
    };
    expect(textOf(written('张三', fixed, 'GBK'), 'gbk').split('\r\n')[0]).toBe(
      '0000M1张三   P1 20260102110405C1',
    );
    expect(textOf(written('欧阳明月', fixed, 'GBK'))).toBe('column "name" takes 6 and the value is longer');
    expect(textOf(written('a\nb', fixed))).toBe('column "name" holds a line end');
    expect(textOf(written('a', { ...fixed, columns: { ...fixed.columns, name: 2 } }))).toBe(
      'column "name" has no start and length',
    );
    expect(
      textOf(written('a', { ...fixed, columns: { ...fixed.columns, name: { start: 6, length: 1 } } })),
    ).toBe('column "name" begins inside the one before');
  });

  test.each<[string, string, RowsSettings, string, string]>([
    ['a character the charset has not', '😀', {}, 'GBK', 'a character cannot be written in GBK'],
    [
      'a column the endpoint has not',
      'a',
      { columns: { mrn: 'x' } },
      'UTF-8',
      'the endpoint has no column "name"',
    ],
    [
      'a separator without quotes',
      'a,b',
      { quote: '' },
      'UTF-8',
      'a cell holds the separator or a line end, and the endpoint has no quotes',
    ],
    ['a workbook', 'a', { kind: 'xlsx' }, 'UTF-8', 'workbooks are read, not written; use kind: csv'],
  ])('%s is refused, never bent', (_, name, read, charset, reason) => {
    expect(textOf(written(name, read, charset))).toBe(reason);
  });

  test('only rows, and cells without parts', () => {
    const problems = (segment: object) =>
      validateMapping({ ...outMapping, segments: [segment] }, format).map(({ reason }) => reason);
    expect(problems({ segment: 'ORC', fields: {} })).toEqual(['must be row']);
    expect(problems({ segment: 'row', fields: { mrn: { object: { '.1': 'code' } } } })).toEqual([
      '"mrn.1": a cell has no parts',
    ]);
    expect(problems({ segment: 'row', fields: { $x: 'code' } })).toEqual(['"$x" is not a column name']);
    expect(format.write('[]', endpoint({}))).toEqual({ bad: 'no rows' });
  });
});
