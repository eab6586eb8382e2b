import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { codeSheetActions } from '../../contracts/codeset/code-sheet.actions.ts';
import { codesetActions } from '../../contracts/codeset/codeset.actions.ts';
import { codeEntryRecord, codeTableRecord } from '../../contracts/codeset/codeset.record.ts';
import { kitForTests, type TestKit } from '../kit/testing/kit-for-tests.ts';
import { codesetService } from './codeset.service.ts';
import { csvLine, sheetLines } from './sheet-lines.ts';

let mesh: TestKit;
let id: string;
beforeAll(async () => {
  mesh = await kitForTests([codesetService]);
  const entries = [
    { from: 'M', to: '1' },
    { from: 'F', to: '2', note: '女' },
  ];
  await mesh.call(codesetActions.load, {
    tables: [{ code: 'sex', name: '性别', nameEn: 'Sex', source: 'HIS', target: 'GB', entries }],
  });
  id = (await mesh.kit.find(codeTableRecord, 'system', { code: 'sex' }))[0]!.id;
});
afterAll(() => mesh.close());

const pairs = async () => (await mesh.call(codesetActions.snapshot, {})).tables.sex!;
const take = (text: string, check = false) => mesh.call(codeSheetActions.import, { id, text, check });
const entry = async (from: string) => (await mesh.kit.find(codeEntryRecord, 'system', { from }))[0]!;

describe('lines of a sheet', () => {
  test.each<[string, string, string[][]]>([
    [
      'tabs of a spreadsheet',
      'A\t1\n"B ""x"""\t2\r\n',
      [
        ['A', '1'],
        ['B "x"', '2'],
      ],
    ],
    [
      'a CSV with a byte order mark, a head and a cell over two lines',
      '\uFEFFfrom,to,note\r\nA,1,"x\ny"\r\n',
      [['A', '1', 'x\ny']],
    ],
    ['semicolons', 'A;1,5\n\n;\n', [['A', '1,5']]],
    ['no end of line', 'A,1', [['A', '1']]],
  ])('are read from %s', (_, text, wanted) => {
    expect(sheetLines(text).map((l) => l.cells)).toEqual(wanted);
  });

  test('are counted from 1 as an editor counts, over quoted line ends too', () => {
    expect(sheetLines('A,"x\ny"\nB,2\n').map((l) => l.line)).toEqual([1, 3]);
  });

  test('a cell a spreadsheet would calculate is led by an apostrophe, a negative number is not', () => {
    expect(csvLine(['=1+1', '-5', '-x', 'a,b'])).toBe('\'=1+1,-5,\'-x,"a,b"\r\n');
  });
});

describe('[ARC-15] importing a sheet', () => {
  test('tells first what would change, then changes it, and what is not in it stays', async () => {
    const text = '源代码\t目标代码\nM\t1\nF\t3\nU\t9\t未知';
    const told = { added: 1, changed: 1, same: 1, problems: [] };
    expect(await take(text, true)).toEqual(told);
    expect(await pairs()).toEqual({ M: '1', F: '2' });
    expect(await take(text)).toEqual(told);
    expect(await pairs()).toEqual({ M: '1', F: '3', U: '9' });
    expect((await mesh.audits('codeEntry.import')).length).toBeGreaterThan(0);
  });

  test('is refused as a whole where a line is wrong, with the line and why', async () => {
    const text = 'X\t1\nonly\nY\t2\nY\t3\n\t5';
    expect((await take(text, true)).problems).toEqual([
      { line: 2, kind: 'columns' },
      { line: 4, kind: 'twice' },
      { line: 5, kind: 'source' },
    ]);
    await expect(take(text)).rejects.toMatchObject({
      code: 'codeset.sheet.invalid',
      data: { line: 2, count: 3 },
    });
    expect(await pairs()).not.toHaveProperty('X');
  });

  test('answers open misses and sets their messages free', async () => {
    await mesh.call(codesetActions.miss, {
      items: [{ table: 'sex', code: 'Q', channel: 'c', messageId: 'm-1' }],
    });
    await take('Q,9\nR,9');
    expect((await mesh.call(codesetActions.misses.list, { filter: { code: 'Q' } })).items).toMatchObject([
      { state: 'MAPPED' },
    ]);
    expect((await mesh.events('codeEntry.mapped')).at(-1)).toMatchObject({
      payload: { table: 'sex', from: 'Q' },
    });
  });

  test('what was exported changes nothing when it is imported', async () => {
    await mesh.call(codesetActions.map, { table: 'sex', from: '=A,"b"', to: '-x', note: ' 备注 ' });
    const { text, name } = await mesh.call(codeSheetActions.export, { id });
    expect(name).toBe('sex.csv');
    expect(await take(text)).toMatchObject({ added: 0, changed: 0, problems: [] });
  });

  test('[ARC-01] another organisation sees and changes nothing of it', async () => {
    const as = { orgId: 'org-mh' };
    const missing = { code: 'kernel.record.missing' };
    await expect(mesh.call(codeSheetActions.export, { id }, { as })).rejects.toMatchObject(missing);
    await expect(
      mesh.call(codeSheetActions.import, { id, text: 'A,1', check: true }, { as }),
    ).rejects.toMatchObject(missing);
    const { id: one, version } = await entry('M');
    await expect(
      mesh.call(codeSheetActions.end, { id: one, version, reason: 'x' }, { as }),
    ).rejects.toMatchObject(missing);
    expect((await mesh.call(codeSheetActions.overview, {}, { as })).items).toEqual([]);
  });
});

describe('a pair holds for a time', () => {
  const at = (ms: number) => new Date(mesh.clock.now + ms).toISOString();

  test('one that begins later is no answer yet; the snapshot says when it changes', async () => {
    const validFrom = at(60_000);
    await mesh.call(codesetActions.miss, {
      items: [{ table: 'sex', code: 'L', channel: 'c', messageId: 'm-2' }],
    });
    await mesh.call(codesetActions.map, { table: 'sex', from: 'L', to: '7', validFrom });
    expect(await pairs()).not.toHaveProperty('L');
    expect((await mesh.call(codesetActions.snapshot, {})).until).toBe(validFrom);
    expect(
      await mesh.call(codesetActions.miss, {
        items: [{ table: 'sex', code: 'L', channel: 'c', messageId: 'm-3' }],
      }),
    ).toEqual({ open: 1 });
    mesh.clock.advance(60_000);
    expect(await pairs()).toMatchObject({ L: '7' });
    expect((await mesh.call(codesetActions.snapshot, {})).until).toBeNull();
  });

  test('[EVA-05] one that was ended holds no more, stays in the trail with the reason, and its code is a miss again', async () => {
    const before = await entry('M');
    const ended = await mesh.call(codeSheetActions.end, {
      id: before.id,
      version: before.version,
      reason: '停用',
    });
    expect(ended.validUntil).toBe(at(0));
    expect(await pairs()).not.toHaveProperty('M');
    expect((await mesh.audits('codeEntry.end')).at(-1)).toMatchObject({
      recordId: before.id,
      reason: '停用',
    });
    expect(
      await mesh.call(codesetActions.miss, {
        items: [{ table: 'sex', code: 'M', channel: 'c', messageId: 'm-4' }],
      }),
    ).toEqual({ open: 1 });
    await expect(
      mesh.call(codeSheetActions.end, { id: before.id, version: before.version, reason: 'x' }),
    ).rejects.toMatchObject({ code: 'kernel.record.stale' });
  });

  test('a span that ends before it begins is refused', async () => {
    await expect(
      mesh.call(codesetActions.map, {
        table: 'sex',
        from: 'Z',
        to: '1',
        validFrom: at(10),
        validUntil: at(5),
      }),
    ).rejects.toMatchObject({ code: 'codeset.span.empty' });
  });

  test('the overview counts what holds and what waits', async () => {
    const { items } = await mesh.call(codeSheetActions.overview, {});
    expect(items[0]!.entries).toBe(Object.keys(await pairs()).length);
    expect(items[0]!.misses).toBe(2);
  });

  test('name and owner of a table change by its version', async () => {
    const [table] = await mesh.kit.find(codeTableRecord, 'system', { id });
    const changed = await mesh.call(codeSheetActions.change, {
      id,
      version: table!.version,
      name: '性别代码',
      nameEn: 'Sex',
      owner: '信息科',
    });
    expect(changed).toMatchObject({ owner: '信息科', version: table!.version + 1 });
  });
});
