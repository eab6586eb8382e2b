import { deflateRawSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import excel from 'exceljs';
import type { EndpointDef } from '../../contracts/channel/endpoint.schema.ts';
import { format } from './format.ts';
import type { RowsMessage } from './message.ts';
import { serialToIso } from './serial.ts';
import type { RowsSettings } from './settings.ts';
import { readXlsx } from './xlsx-read.ts';

const options = { sheet: undefined, skip: 0, maxRows: 1000 };

async function workbook(build: (book: excel.Workbook, sheet: excel.Worksheet) => void): Promise<Uint8Array> {
  const book = new excel.Workbook();
  build(book, book.addWorksheet('结果'));
  return new Uint8Array(await book.xlsx.writeBuffer());
}

const table = (bytes: Uint8Array, more: Partial<typeof options> | { sheet: string | number } = {}) => {
  const found = readXlsx(bytes, { ...options, ...more });
  return 'bad' in found ? found.bad : found.rows.map(({ cells }) => cells);
};

/** A ZIP file of the parts, packed; `tamper` may change what its directory says. */
function zip(parts: Record<string, string>, tamper: (central: Buffer) => void = () => undefined): Uint8Array {
  const locals: Buffer[] = [];
  const centrals: Buffer[] = [];
  let offset = 0;
  for (const [name, text] of Object.entries(parts)) {
    const packed = deflateRawSync(Buffer.from(text));
    const local = Buffer.alloc(30 + name.length);
    local.writeUInt32LE(0x04034b50);
    local.writeUInt16LE(8, 8);
    local.writeUInt16LE(name.length, 26);
    local.write(name, 30);
    const central = Buffer.alloc(46 + name.length);
    central.writeUInt32LE(0x02014b50);
    central.writeUInt16LE(8, 10);
    central.writeUInt32LE(packed.length, 20);
    central.writeUInt32LE(Buffer.byteLength(text), 24);
    central.writeUInt16LE(name.length, 28);
    central.writeUInt32LE(offset, 42);
    central.write(name, 46);
    tamper(central);
    locals.push(local, packed);
    centrals.push(central);
    offset += local.length + packed.length;
  }
  const directory = Buffer.concat(centrals);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50);
  end.writeUInt16LE(centrals.length, 10);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, directory, end]);
}

const book = (sheet: string, more: Record<string, string> = {}) => ({
  'xl/workbook.xml':
    '<workbook xmlns:r="r"><workbookPr/><sheets><sheet name="A" sheetId="1" r:id="rId1"/></sheets></workbook>',
  'xl/worksheets/sheet1.xml': sheet,
  ...more,
});

describe('[INT-03] workbooks as exceljs writes them', () => {
  test('texts, numbers, dates, formulas, errors, truth, rich text, merged cells', async () => {
    const bytes = await workbook((_, sheet) => {
      sheet.addRow(['姓名', '数值', '日期', '时间', '公式', '编号', '说明']);
      const row = sheet.addRow(['张三 & <b>', 5.6, new Date('2026-01-02'), new Date('2026-01-02T03:04:05Z')]);
      row.getCell(3).numFmt = 'yyyy"年"m"月"d"日"';
      row.getCell(4).numFmt = 'yyyy/m/d h:mm';
      row.getCell(5).value = { formula: 'B2*2', result: 0.1 + 0.2 };
      row.getCell(6).value = 123;
      row.getCell(6).numFmt = '00000';
      row.getCell(7).value = { richText: [{ text: '红' }, { text: '色', font: { bold: true } }] };
      sheet.getCell('A3').value = '合并';
      sheet.getCell('B3').value = 1e17;
      sheet.getCell('B4').value = true;
      sheet.getCell('C4').value = { error: '#N/A' };
      sheet.mergeCells('A3:A4');
    });
    const found = readXlsx(bytes, options);
    if ('bad' in found) throw new Error(found.bad);
    expect(found.rows.map(({ cells }) => cells)).toEqual([
      ['姓名', '数值', '日期', '时间', '公式', '编号', '说明'],
      ['张三 & <b>', '5.6', '2026-01-02', '2026-01-02T03:04:05', '0.3', '00123', '红色'],
      ['合并', '1e+17'],
      ['合并', 'TRUE', '#N/A'],
    ]);
    expect([...found.rows[3]!.faults!.keys()]).toEqual([2]);
  });

  test('a sheet by name or number; rows keep their numbers', async () => {
    const bytes = await workbook((all, sheet) => {
      sheet.addRow(['first']);
      const second = all.addWorksheet('第二页');
      second.getCell('B5').value = 'x';
    });
    expect(table(bytes)).toEqual([['first']]);
    expect(table(bytes, { sheet: '第二页' })).toEqual([['', 'x']]);
    expect(table(bytes, { sheet: 2 })).toEqual([['', 'x']]);
    expect(table(bytes, { sheet: 3 })).toBe('没有工作表 3 · no sheet 3');
    expect(table(bytes, { sheet: '第三页' })).toBe('没有工作表 第三页 · no sheet 第三页');
    expect(readXlsx(bytes, { ...options, sheet: 2 })).toMatchObject({ rows: [{ number: 5 }] });
  });

  test('rows of a workbook as messages; the error in a column that is used refuses its row', async () => {
    const bytes = await workbook((_, sheet) => {
      sheet.addRow(['标题']);
      sheet.addRow(['病历号', '结果', '其他']);
      sheet.addRow(['M1', 1, { error: '#DIV/0!' }]);
      sheet.addRow(['M2', { error: '#DIV/0!' }]);
      sheet.addRow([440_101_198_001_011_234_567n.toString(), 2]);
      sheet.addRow([4.4e17, 2]);
    });
    const read: RowsSettings = {
      kind: 'xlsx',
      skip: 1,
      columns: { mrn: '病历号', value: '结果' },
      keys: { patient: 'mrn' },
    };
    const endpoint = {
      endpoint: 'x',
      lane: 'patient',
      decode: { mode: 'auto', charset: 'UTF-8' },
      read,
    } as unknown as EndpointDef;
    const { messages } = format.read({ bytes, oddities: [] }, endpoint);
    expect(messages.map((m) => m.unsound?.data.reason ?? (m.message as RowsMessage).rows[0]!.cells)).toEqual([
      { mrn: 'M1', value: '1' },
      '单元格是错误值 #DIV/0! · the cell holds the error #DIV/0!',
      { mrn: '440101198001011234567', value: '2' },
      '号码被表格软件改成了科学计数 · an identifier that a spreadsheet turned into 1.2E+17',
    ]);
  });

  test('five thousand rows in little time', async () => {
    const bytes = await workbook((_, sheet) => {
      for (let i = 0; i < 5000; i++) sheet.addRow([`M${i}`, i, 'x', i / 10, `text ${i}`]);
    });
    const began = performance.now();
    expect(table(bytes, { maxRows: 5000 })).toHaveLength(5000);
    expect(performance.now() - began).toBeLessThan(1500);
  });
});

describe('workbooks as others write them', () => {
  test('inline strings, no references, prefixes, reading aids, CDATA, escapes of characters', () => {
    const sheet =
      '<?xml version="1.0"?><!-- a --><x:worksheet><x:sheetData><x:row><x:c t="inlineStr"><x:is><x:t>a&#x4E2D;</x:t>' +
      '<x:rPh><x:t>no</x:t></x:rPh></x:is></x:c><x:c><x:v>1</x:v></x:c></x:row><x:row r="7"><x:c r="C7" t="str"><x:f>A1</x:f>' +
      '<x:v><![CDATA[<b>]]>_x000D_</x:v></x:c><x:c r="AA7" t="d"><x:v>2026-01-02</x:v></x:c></x:row></x:sheetData></x:worksheet>';
    const rows = table(zip(book(sheet))) as string[][];
    expect(rows[0]).toEqual(['a中', '1']);
    expect([rows[1]![2], rows[1]![26], rows[1]!.length]).toEqual(['<b>\r', '2026-01-02', 27]);
  });

  test('days counted from 1904', () => {
    const parts = book('<sheetData><row><c s="0"><v>0</v></c></row></sheetData>', {
      'xl/styles.xml': '<styleSheet><cellXfs><xf numFmtId="14"/></cellXfs></styleSheet>',
    });
    expect(table(zip(parts))).toEqual([['00:00:00']]);
    parts['xl/workbook.xml'] = parts['xl/workbook.xml'].replace(
      '<workbookPr/>',
      '<workbookPr date1904="1"/>',
    );
    expect(table(zip(parts))).toEqual([['1904-01-01']]);
  });
});

describe('what is no workbook, or a trap', () => {
  const sheet = '<sheetData/>';
  test.each<[string, Uint8Array, string]>([
    ['an old .xls', Buffer.from('d0cf11e0a1b11ae100', 'hex'), '旧版 .xls 或加密的工作簿，请另存为 .xlsx'],
    ['a cut one', zip(book(sheet)).subarray(0, 200), '不是完整的 .xlsx 文件'],
    ['another ZIP file', zip({ 'a.txt': 'x' }), '不是 .xlsx 工作簿'],
    ['one with a password', zip(book(sheet), (c) => c.writeUInt16LE(1, 8)), '工作簿已加密'],
    [
      'a part larger than said',
      zip(book(`${sheet}${' '.repeat(5000)}`), (c) => c.writeUInt32LE(100, 24)),
      '解压后过大',
    ],
    [
      'a part that claims gigabytes',
      zip(book(sheet), (c) => c.writeUInt32LE(3_000_000_000, 24)),
      '解压后过大',
    ],
    ['an offset outside', zip(book(sheet), (c) => c.writeUInt32LE(9_000_000, 42)), '不是完整的 .xlsx 文件'],
    ['another way of packing', zip(book(sheet), (c) => c.writeUInt16LE(12, 10)), '不是完整的 .xlsx 文件'],
  ])('%s is refused with the reason', (_, bytes, reason) => {
    expect(String(table(bytes))).toContain(reason);
  });

  test('a bomb is not unpacked', () => {
    const bomb = zip(book(' '.repeat(200 * 1024 * 1024)));
    expect(bomb.length).toBeLessThan(400_000);
    expect(table(bomb)).toContain('解压后过大');
  });

  test('too many rows, and entities that would expand', () => {
    const rows = Array.from({ length: 12 }, (_, i) => `<row r="${i + 1}"><c><v>${i}</v></c></row>`).join('');
    expect(table(zip(book(`<sheetData>${rows}</sheetData>`)), { maxRows: 10 })).toContain('超过 10 行');
    const entity =
      '<!DOCTYPE x [<!ENTITY a "aaaa">]><sheetData><row><c t="str"><v>&a;</v></c></row></sheetData>';
    expect(String(table(zip(book(entity))))).not.toContain('aaaa');
  });
});

test.each<[number, string | undefined]>([
  [1, '1900-01-01'],
  [59, '1900-02-28'],
  [60, undefined],
  [61, '1900-03-01'],
  [46024, '2026-01-02'],
  [46024.5, '2026-01-02T12:00:00'],
  [46023.999999, '2026-01-02'],
  [0.25, '06:00:00'],
  [2958465, '9999-12-31'],
  [2958466, undefined],
  [-1, undefined],
])('day %s of a spreadsheet', (serial, expected) => {
  expect(serialToIso(serial)).toBe(expected);
});
