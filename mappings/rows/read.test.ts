import { describe, expect, test } from '@jest/globals';
import type { EndpointDef } from '../../contracts/channel/endpoint.schema.ts';
import { encodeText } from '../hl7v2/charset-encode.ts';
import type { Charset } from '../hl7v2/charset-names.ts';
import { format } from './format.ts';
import type { RowsMessage } from './message.ts';
import type { RowsSettings } from './settings.ts';

const endpoint = (read: RowsSettings = {}, more: Partial<EndpointDef> = {}): EndpointDef => ({
  endpoint: 'lis',
  title: { zh: '试', en: 'Probe' },
  org: 'HY',
  adapter: 'file',
  listen: {},
  format: 'rows',
  read,
  decode: { mode: 'auto', charset: 'GB18030' },
  lane: 'patient',
  retainDays: 1,
  ...more,
});

const bytesIn = (text: string, charset: Charset): Uint8Array => {
  const encoded = encodeText(text, charset);
  if (encoded.problem) throw new Error('not encodable');
  return encoded.bytes;
};

function read(given: string | Uint8Array, settings: RowsSettings = {}, more: Partial<EndpointDef> = {}) {
  const bytes = typeof given === 'string' ? Buffer.from(given) : given;
  return format.read({ bytes, oddities: [], meta: { file: 'a.csv' } }, endpoint(settings, more)).messages;
}
const cells = (given: string | Uint8Array, settings?: RowsSettings, more?: Partial<EndpointDef>) =>
  read(given, settings, more).map((m) =>
    m.unsound
      ? [m.unsound.data.segment, m.unsound.data.field, m.unsound.data.reason].join('|')
      : (m.message as RowsMessage).rows.map((row) => ({ ...row.cells })),
  );

describe('separated text', () => {
  const rows = [[{ id: 'M1', name: '张三' }], [{ id: 'M2', name: '李四' }]];

  test.each([
    ['LF', 'id,name\nM1,张三\nM2,李四\n'],
    ['CRLF', 'id,name\r\nM1,张三\r\nM2,李四\r\n'],
    ['CR alone, and none at the end', 'id,name\rM1,张三\rM2,李四'],
    ['blank rows between', '\n\nid,name\n\nM1,张三\n,\n"",\nM2,李四\n\n\u001a'.slice(0, -1)],
    ['quotes', '"id","name"\n"M1","张三"\n "M2" , 李四 \n'],
    ['a byte order mark', '\ufeffid,name\nM1,张三\nM2,李四\n'],
    ['the separator line of a spreadsheet', 'sep=;\r\nid;name\r\nM1;张三\r\nM2;李四\r\n'],
    ['guarded text', 'id,name\n="M1",张三\n="M2",李四\n'],
    ['trailing separators', 'id,name,,\nM1,张三,,\nM2,李四\n'],
  ])('%s', (_, text) => {
    expect(cells(text)).toEqual(rows);
  });

  test.each<Charset>(['GBK', 'GB18030', 'UTF-8', 'UTF-16LE', 'UTF-16BE'])('[INT-03] in %s', (charset) => {
    const text = `${charset.startsWith('UTF-16') ? '\ufeff' : ''}id,name\r\nM1,张三\r\nM2,李四\r\n`;
    expect(cells(bytesIn(text, charset), {}, { decode: { mode: 'auto', charset: 'GB18030' } })).toEqual(rows);
  });

  test('characters whose second byte is a separator, quote or backslash in GBK', () => {
    const text = 'id|name\nM1|陶喆\nM2|許\\功\n';
    expect(cells(bytesIn(text, 'GBK'), { separator: '|' })).toEqual([
      [{ id: 'M1', name: '陶喆' }],
      [{ id: 'M2', name: '許\\功' }],
    ]);
  });

  test('other separators and quotes, line breaks and quotes inside cells', () => {
    expect(
      cells("id\tnote\nM1\t'a\tb'\nM2\t'it''s\r\ntwo lines'\n", { separator: '\t', quote: "'" }),
    ).toEqual([[{ id: 'M1', note: 'a\tb' }], [{ id: 'M2', note: "it's\r\ntwo lines" }]]);
    expect(cells('id,note\nM1,5" tube\nM2,"5" tube",\nM3,"say ""hi"""\n', { ragged: 'pad' })).toEqual([
      [{ id: 'M1', note: '5" tube' }],
      [{ id: 'M2', note: '5" tube' }],
      [{ id: 'M3', note: 'say "hi"' }],
    ]);
    expect(cells('id,note\nM1,"a"\n', { quote: '' })).toEqual([[{ id: 'M1', note: '"a"' }]]);
  });

  test('row numbers are lines of the file', () => {
    const found = read('x\nid,note\nM1,"a\nb\r\nc"\n\nM2,d\n', { skip: 1 });
    expect(found.map((m) => (m.message as RowsMessage).rows[0]!.row)).toEqual([3, 7]);
  });

  test('a quote that is not closed spoils its own line and no other', () => {
    expect(cells('id,note\nM1,"open\nM2,b\n')).toEqual([
      '第 2 行 · row 2||引号没有结束 · a quote is not closed',
      [{ id: 'M2', note: 'b' }],
    ]);
    expect(cells('id,note\nM1,"open\nM2,"b" c"\nM3,d\n').at(-1)).toEqual([{ id: 'M3', note: 'd' }]);
    const [spoiled] = read('id,note\nM1,"open\nM2,b\n');
    expect(Buffer.from(spoiled!.bytes).toString()).toBe(
      '{"rows":[{"row":2,"cells":{},"line":"M1,\\"open"}]}',
    );
  });

  test('ragged rows: too many cells are refused, too few unless they may be filled up', () => {
    const text = 'id,name,value\nM1,a\nM2,b,1,2\nM3,c,3\n';
    expect(cells(text)).toEqual([
      '第 2 行 · row 2||只有 2 列，应为 3 · 2 cells instead of 3',
      '第 3 行 · row 3||多于 3 列 · more than 3 cells',
      [{ id: 'M3', name: 'c', value: '3' }],
    ]);
    expect(cells(text, { ragged: 'pad' })[0]).toEqual([{ id: 'M1', name: 'a' }]);
    expect(
      cells('M1,a,1\nM2,b,2,3\nM3,c\n', { header: false, columns: { id: 1, value: 3 } }).slice(1),
    ).toEqual([
      '第 2 行 · row 2||多于 3 列 · more than 3 cells',
      '第 3 行 · row 3||只有 2 列，应为 3 · 2 cells instead of 3',
    ]);
  });

  test('columns by header text, alias, position; width, case and blanks make no difference', () => {
    const columns = {
      id: ['病历号', 'MRN'],
      value: '结果(mg/L)',
      unit: { position: 4 },
      note: { header: '备注', optional: true },
    };
    expect(cells('mrn , 结果（ＭＧ/Ｌ）,x,\nM1,1,2,g\n', { columns })).toEqual([
      [{ id: 'M1', value: '1', unit: 'g' }],
    ]);
  });

  test.each<[string, string, RowsSettings, string]>([
    [
      'a missing column',
      'a,b\n1,2\n',
      { columns: { id: '病历号' } },
      '表头缺少列 病历号 · the header lacks the column id',
    ],
    [
      'a column twice',
      'a,b,a\n1,2,3\n',
      { columns: { id: 'a' } },
      '表头有多个列 a · the header has the column id twice',
    ],
    ['a header twice', 'a,b,a\n1,2,3\n', {}, '表头有重复的列 a · the header has the column a twice'],
    [
      'one place for two',
      'a,b\n1,2\n',
      { columns: { x: 'a', y: 1 } },
      '两个列名指向同一列 y · two columns stand in one place: y',
    ],
    [
      'no columns and no header',
      '1,2\n',
      { header: false },
      '没有表头时须设 columns · without a header the setting columns is needed',
    ],
    [
      'an empty file',
      '',
      { columns: { id: '病历号' } },
      '表头缺少列 病历号 · the header lacks the column id',
    ],
    [
      'a key that is no column',
      'a\n1\n',
      { keys: { patient: 'b' } },
      '设置中的列 b 不存在 · the settings name a column b, which is not there',
    ],
    ['too many rows', 'a\n1\n2\n3\n', { maxRows: 2 }, '超过 2 行 · more than 2 rows'],
    ['a workbook', 'PK\u0003\u0004', {}, '是工作簿而不是文本 · a workbook, where text is expected'],
    ['binary', 'a,b\n1,\u00002\n', {}, '第 7 个字符是 NUL，不是文本 · character 7 is NUL: not text'],
  ])('%s refuses the file as a whole', (_, text, settings, reason) => {
    const found = read(text, settings);
    expect(found.map((m) => m.unsound?.data.reason)).toEqual([reason]);
    expect(Buffer.from(found[0]!.bytes).toString()).toBe(text);
  });

  test('bytes in no allowed charset are refused with their place, never guessed', () => {
    const [message] = read(
      bytesIn('id,name\nM1,张三\n', 'GBK'),
      {},
      { decode: { mode: 'forced', charset: 'UTF-8' } },
    );
    expect(message!.unsound).toMatchObject({
      code: 'hub.charset.undecodable',
      data: { offset: 11, charset: 'UTF-8' },
    });
  });

  test('a file without rows has no messages', () => {
    expect(read('id,name\n')).toEqual([]);
  });

  test('names of columns may be anything', () => {
    const found = read('constructor,__proto__,结果 值\na,b,c\n')[0]!;
    const again = format.parse(found.bytes, { charset: 'UTF-8', meta: {} }, undefined);
    for (const message of [found.message, again]) {
      const scope = format.source.open(message);
      const value = (path: string) => {
        const way = format.source.value(path);
        return 'bad' in way ? way.bad : way.get(scope);
      };
      expect(['constructor', '__proto__', '结果 值', 'toString'].map(value)).toEqual([
        'a',
        'b',
        'c',
        undefined,
      ]);
    }
  });
});

describe('fixed width', () => {
  const columns = {
    id: { start: 1, length: 4 },
    name: { start: 5, length: 8 },
    value: { start: 13, length: 5 },
  };

  test('[INT-03] in bytes of the charset, and in characters', () => {
    expect(
      cells(bytesIn('M001张三      5.6\r\nM002欧阳明月  7\r\n', 'GBK'), { kind: 'fixed', columns }),
    ).toEqual([[{ id: 'M001', name: '张三', value: '5.6' }], [{ id: 'M002', name: '欧阳明月', value: '7' }]]);
    expect(cells('M001张三      5.6\n', { kind: 'fixed', columns, unit: 'characters' })).toEqual([
      [{ id: 'M001', name: '张三', value: '5.6' }],
    ]);
  });

  test('a place that cuts a character in two refuses its row', () => {
    expect(cells(bytesIn('M01张三      5.6\nM002李四      5\n', 'GBK'), { kind: 'fixed', columns })).toEqual([
      '第 1 行 · row 1||id：列边界切断了一个字 · its place cuts a character in two',
      [{ id: 'M002', name: '李四', value: '5' }],
    ]);
  });

  test('header and title lines are left out; columns need their places', () => {
    expect(cells('t\nh\nM001a       1\n', { kind: 'fixed', columns, skip: 1, header: true })).toEqual([
      [{ id: 'M001', name: 'a', value: '1' }],
    ]);
    expect(cells('M001', { kind: 'fixed', columns: { id: 1 } })[0]).toContain(
      'column id has no start and length',
    );
    expect(cells('M001', { kind: 'fixed' })[0]).toContain('fixed width needs the setting columns');
  });
});

describe('messages', () => {
  const settings: RowsSettings = {
    type: 'LisResult',
    control: ['report', 'item'],
    group: 'report',
    keys: { patient: 'mrn', specimen: 'tube', report: 'report' },
    nulls: ['NULL'],
  };
  const text =
    'mrn,tube,report,item,value\nM1,T1,R1,WBC,5\nM1,T2,R1,RBC,NULL\nM2,T3,R2,WBC,6\nM3,,,WBC,7\nM3,,,WBC,7\n';

  test('consecutive rows of one group are one message with keys, lane and control id', () => {
    const found = read(text, settings, { duplicate: { match: 'control-id' } });
    expect(found.map((m) => [m.type, m.controlId, m.lanes, (m.message as RowsMessage).rows.length])).toEqual([
      ['LisResult', 'R1-WBC', ['M1'], 2],
      ['LisResult', 'R2-WBC', ['M2'], 1],
      ['LisResult', 'WBC', ['M3'], 1],
      ['LisResult', 'WBC', ['M3'], 1],
    ]);
    expect(found[0]!.keys).toEqual([
      { kind: 'control', value: 'R1-WBC' },
      { kind: 'patient', value: 'M1' },
      { kind: 'specimen', value: 'T1' },
      { kind: 'report', value: 'R1' },
      { kind: 'specimen', value: 'T2' },
    ]);
    expect(found[0]!.identity).toBe('LisResult\nR1-WBC');
    expect(JSON.parse(Buffer.from(found[0]!.bytes).toString()).rows[1]).toEqual({
      row: 3,
      cells: { mrn: 'M1', tube: 'T2', report: 'R1', item: 'RBC', value: null },
    });
  });

  test('what is repeated is the same row of the same file, not an equal row of another', () => {
    const policy = { duplicate: { match: 'content' } } as const;
    const identities = (given: string) => read(given, {}, policy).map((m) => String(m.identity));
    const one = identities('id\nM1\nM1\n');
    expect(one[0]).not.toBe(one[1]);
    expect(identities('id\nM1\nM1\n')).toEqual(one);
    expect(identities('id\nM1\nM2\n')[0]).not.toBe(one[0]);
    expect(read('id\nM1\n')[0]!.identity).toBe('');
  });

  test('lanes: by another column, by the endpoint, or none', () => {
    expect(read('a,b\n1,2\n', { lane: 'b' })[0]!.lanes).toEqual(['2']);
    expect(read('a,b\n1,2\n', {}, { lane: 'endpoint' })[0]!.lanes).toEqual(['lis']);
    expect(read('a,b\n1,2\n')[0]!.lanes).toEqual([]);
  });

  test('an identifier that a spreadsheet spoilt is refused; a value written so is not', () => {
    expect(cells('id,v\n4.40101E+17,1.0E+06\nM1,1.0E+06\n', { keys: { patient: 'id' } })).toEqual([
      '第 2 行 · row 2|id|号码被表格软件改成了科学计数 · an identifier that a spreadsheet turned into 1.2E+17',
      [{ id: 'M1', v: '1.0E+06' }],
    ]);
  });

  test('kept bytes read again give the same message; what is no message gives none', () => {
    const [found] = read(text, settings);
    const about = { charset: 'UTF-8', meta: { file: 'a.csv' } };
    expect(format.parse(found!.bytes, about, undefined)).toEqual(found!.message);
    for (const bad of [
      '',
      '{',
      'null',
      '[]',
      '{"rows":[]}',
      '{"rows":[{"row":1}]}',
      '{"rows":[{"row":1,"cells":{"a":1}}]}',
    ])
      expect([bad, format.parse(Buffer.from(bad), about, undefined)]).toEqual([bad, undefined]);
    expect('bad' in format.edit('{"rows":[]}', 'UTF-8', endpoint())).toBe(true);
    expect(format.edit('{"rows":[{"row":1,"cells":{}}]}', '', endpoint())).toMatchObject({
      charset: 'UTF-8',
    });
  });

  test('rows and cells for the eye', () => {
    const parts = [...format.view!(read(text, settings)[0]!.message)];
    expect(parts.map(({ name }) => name)).toEqual(['row 2', 'row 3']);
    expect([...parts[1]!.fields].at(-1)).toEqual({ position: 'value', value: '', null: true });
  });

  test('a frame that ended badly is refused as it is', () => {
    const broken = { code: 'hub.frame.large', reason: 'over 10 bytes' } as const;
    const { messages } = format.read({ bytes: Buffer.from('a'), oddities: ['cut'], broken }, endpoint());
    expect(messages).toMatchObject([{ unsound: { code: 'hub.frame.large' }, warnings: ['cut'] }]);
  });

  test('ten thousand rows are read well within a second; lines of open quotes do not slow it down', () => {
    const line = (i: number) => `M${i},T${i},R${i},WBC,${i}`;
    const many = `mrn,tube,report,item,value\n${Array.from({ length: 10_000 }, (_, i) => line(i)).join('\n')}`;
    const began = performance.now();
    expect(read(many, settings)).toHaveLength(10_000);
    expect(performance.now() - began).toBeLessThan(1500);
    const again = performance.now();
    expect(read(`a\n${'"x\n'.repeat(10_000)}`)).toHaveLength(10_000);
    expect(performance.now() - again).toBeLessThan(3000);
  });

  test('no bytes at all make it throw', () => {
    let seed = 7;
    const random = () => (seed = (seed * 1103515245 + 12345) & 0x7fffffff) / 0x7fffffff;
    for (let i = 0; i < 300; i++) {
      const bytes = Buffer.from(
        Array.from({ length: Math.floor(random() * 80) }, () => Math.floor(random() * 256)),
      );
      for (const kind of ['csv', 'fixed', 'xlsx'] as const)
        expect(() =>
          read(bytes, { kind, columns: { a: { position: 1, start: 1, length: 3 } } }),
        ).not.toThrow();
      expect(() =>
        read(Buffer.concat([Buffer.from('PK\u0003\u0004'), bytes]), { kind: 'xlsx' }),
      ).not.toThrow();
    }
  });
});
