import { describe, expect, test } from '@jest/globals';
import { isBad } from '../engine/format.ts';
import { jsonDates } from './dates.ts';
import { readJson } from './reader.ts';
import { jsonSource } from './source.ts';
import { jsonTarget } from './target.ts';
import { plainNumber, stringify } from './value.ts';

const rootOf = (text: string) => {
  const read = readJson(text);
  if (!('root' in read)) throw new Error(read.reason);
  return read.root;
};
const valueIn = (text: string, path: string, meta = {}) => {
  const found = jsonSource.value(path);
  if (isBad(found)) throw new Error(found.bad);
  return found.get(jsonSource.open({ root: rootOf(text), meta }));
};

describe('strict reading', () => {
  test.each([
    '01',
    '1.',
    '.5',
    '+1',
    '1e',
    '-',
    'NaN',
    'Infinity',
    '0x10',
    "{'a':1}",
    '{a:1}',
    '[1,]',
    '{"a":1,}',
    '[1 2]',
    '{"a" 1}',
    '"a\nb"',
    '"\\x41"',
    '"\\u12"',
    'tru',
    'nullx',
    '\u00a01',
    '1 // x',
    ']',
    '"',
  ])('%j is no JSON', (text) => {
    expect(readJson(text)).toMatchObject({ reason: expect.any(String), line: 1 });
  });

  test('what is JSON comes back as it was written', () => {
    const text =
      '{"b":1.50,"a":[90071992547409931234,-0.0,1E+2,true,null,""],"2":{},"1":[],"__proto__":"张\\n\\u0001"}';
    expect(stringify(rootOf(text))).toBe(text);
    expect(stringify(rootOf(' \t\r\n"😀 \\ud83d\\ude00\\/" '))).toBe('"😀 😀/"');
  });

  test('the place of a mistake counts lines of any kind', () => {
    expect(readJson('{\r\n"a":1,\r\n  "b":x}')).toEqual({
      reason: 'unexpected-character',
      line: 3,
      column: 7,
    });
  });

  test('depth and number of values are bounded, in no time', () => {
    const began = performance.now();
    expect(readJson('['.repeat(100_000))).toMatchObject({ reason: 'too-deep' });
    expect(readJson(`[${'0,'.repeat(1_000_001)}0]`)).toMatchObject({ reason: 'too-many-values' });
    expect(readJson(`{"${'n'.repeat(1001)}":1}`)).toMatchObject({ reason: 'name-too-long' });
    expect(performance.now() - began).toBeLessThan(2000);
  });

  test('of a name that comes twice the last value counts, with a warning that quotes no content', () => {
    expect(readJson('{"a":1,"a":2,"张三":1,"张三":2}')).toMatchObject({
      warnings: ['duplicate-name a', 'duplicate-name ?'],
    });
    expect(valueIn('{"a":1,"a":2}', 'a')).toBe('2');
  });

  test.each([
    ['1.2e3', '1200'],
    ['1.5E-3', '0.0015'],
    ['-1e0', '-1'],
    ['12.50', '12.50'],
    ['0e5', '0'],
    ['1e400', '1e400'],
    ['1e-61', '1e-61'],
  ])('the number %s is read as %s', (text, plain) => {
    expect(plainNumber(text)).toBe(plain);
  });
});

describe('paths', () => {
  const text = JSON.stringify({
    患者: { 'first name': '张', 'a.b': 'dot', $type: 'T', id: 7 },
    items: [{ code: 'A', parts: [{ no: 1 }, { no: 2 }] }, { code: 'B', parts: [] }, null],
    grid: [[1, 2], [3]],
    lone: { code: 'L' },
    none: null,
    empty: '',
    no: false,
  });

  test.each([
    ['患者."first name"', '张'],
    ['患者."a.b"', 'dot'],
    ['患者."$type"', 'T'],
    ['患者.id', '7'],
    ['items(2).code', 'B'],
    ['items.code', 'A'],
    ['items(1).parts(2).no', '2'],
    ['items(4).code', undefined],
    ['grid(2)(1)', '3'],
    ['grid(1)', '[1,2]'],
    ['lone(1).code', 'L'],
    ['lone(2).code', undefined],
    ['none', null],
    ['none.x', undefined],
    ['empty', undefined],
    ['no', false],
    ['constructor', undefined],
    ['__proto__.x', undefined],
    ['lone', '{"code":"L"}'],
    ['items(2).parts', undefined],
    ['meta:topic', 'lab/1'],
    ['meta:none', undefined],
    ['meta:constructor', undefined],
  ])('%s reads %p', (path, value) => {
    expect(valueIn(text, path, { topic: 'lab/1' })).toBe(value);
  });

  test('inside each: paths with a dot read the item, others the message', () => {
    const each = jsonSource.each('items');
    if (isBad(each)) throw new Error(each.bad);
    const scopes = each.items(jsonSource.open({ root: rootOf(text), meta: {} }));
    const get = (path: string) => {
      const found = each.inner.value(path);
      if (isBad(found)) throw new Error(found.bad);
      return scopes.map((scope) => found.get(scope));
    };
    expect(get('.code')).toEqual(['A', 'B', undefined]);
    expect(get('患者.id')).toEqual(['7', '7', '7']);
    const parts = each.inner.each('.parts');
    expect(!isBad(parts) && scopes.map((scope) => parts.items(scope).length)).toEqual([2, 0, 0]);
  });

  test('a list of texts, an object in place of a list, a message that is a list', () => {
    const count = (json: string, path: string) => {
      const each = jsonSource.each(path);
      if (isBad(each)) throw new Error(each.bad);
      const own = each.inner.value('.');
      if (isBad(own)) throw new Error(own.bad);
      return each.items(jsonSource.open({ root: rootOf(json), meta: {} })).map(own.get);
    };
    expect(count('{"a":["x","y"]}', 'a')).toEqual(['x', 'y']);
    expect(count('{"a":{"b":1}}', 'a')).toEqual(['{"b":1}']);
    expect(count('{"a":[{"b":["x"]},{"b":["y","z"]}]}', 'a.b')).toEqual(['x', 'y', 'z']);
    expect(count('[1,2]', '.')).toEqual(['1', '2']);
    expect(count('{"a":null}', 'a')).toEqual([]);
    expect(valueIn('[{"x":1},{"x":2}]', '(2).x')).toBe('2');
  });

  test.each(['', 'a..b', 'a.', 'a(0)', 'a(x)', 'a[1]', '$x', '"a', 'a b"', '()', 'a()'])(
    '%j is no path',
    (path) => {
      expect(isBad(jsonSource.value(path))).toBe(true);
    },
  );
});

describe('writing', () => {
  type Put = readonly [position: string, value: string | null, repetition?: number, component?: string];
  const written = (...segments: readonly (readonly [string, ...Put[]])[]): unknown => {
    const writer = jsonTarget.writer();
    for (const [segment, ...puts] of segments) {
      const bad = jsonTarget.segment(segment);
      if (bad) throw new Error(bad.bad);
      writer.segment(segment);
      for (const [path, value, repetition = 1, component] of puts) {
        const found = jsonTarget.position(segment, path, component);
        if (isBad(found)) throw new Error(found.bad);
        writer.set(found.position, repetition, value);
      }
    }
    return JSON.parse(writer.text());
  };

  test('numbers, booleans, null, and what is neither stays text', () => {
    const values: Put[] = [
      ['n:number', '1.50'],
      ['m:number', '+007'],
      ['x:number', 'about 5'],
      ['t:boolean', 'true'],
      ['f:boolean', '0'],
      ['u:boolean', 'maybe'],
      ['z', null],
      ['s', '5'],
    ];
    expect(written(['.', ...values])).toEqual({
      n: 1.5,
      m: 7,
      x: 'about 5',
      t: true,
      f: false,
      u: 'maybe',
      z: null,
      s: '5',
    });
    const writer = jsonTarget.writer();
    writer.segment('.');
    const big = jsonTarget.position('.', 'id:number');
    if (!isBad(big)) writer.set(big.position, 1, '90071992547409931234');
    expect(writer.text()).toBe('{\n  "id": 90071992547409931234\n}');
  });

  test('objects and lists grow by their paths', () => {
    expect(
      written(
        ['.', ['id', '1'], ['patient.name', '张']],
        ['patient', ['sex', 'F']],
        ['orders()', ['no', 'O1']],
        ['orders.items()', ['code', 'A']],
        ['orders.items()', ['code', 'B']],
        ['orders()', ['no', 'O2']],
        ['orders.items()', ['code', 'C']],
      ),
    ).toEqual({
      id: '1',
      patient: { name: '张', sex: 'F' },
      orders: [
        { no: 'O1', items: [{ code: 'A' }, { code: 'B' }] },
        { no: 'O2', items: [{ code: 'C' }] },
      ],
    });
    expect(written(['()', ['a', '1']], ['()', ['a', '2']])).toEqual([{ a: '1' }, { a: '2' }]);
    expect(written()).toEqual({});
  });

  test('repetitions fill lists, gaps close, and a second value is never lost', () => {
    expect(
      written([
        '.',
        ['codes()', 'A', 1],
        ['codes()', 'C', 3],
        ['ids()', '1', 1, '.no'],
        ['ids()', 'MR', 1, 'type'],
        ['ids()', '2', 2, '.no'],
        ['name', 'x', 1],
        ['name', 'y', 2],
        ['one()', 'z'],
      ]),
    ).toEqual({
      codes: ['A', 'C'],
      ids: [{ no: '1', type: 'MR' }, { no: '2' }],
      name: ['x', 'y'],
      one: ['z'],
    });
  });

  test('names of the language and names in quotes are names', () => {
    const text = written(['.', ['__proto__.x', '1'], ['"a.b"', '2'], ['constructor', '3']]);
    expect(Object.keys(text as object)).toEqual(['__proto__', 'a.b', 'constructor']);
    expect(({} as { x?: unknown }).x).toBeUndefined();
  });

  test.each(['', 'a..b', 'a[0]', 'a(1)', '$x', '.', '()', 'a:date', 'a b"'])(
    '%j is no place to write',
    (path) => {
      expect(isBad(jsonTarget.position('.', path))).toBe(true);
    },
  );
});

describe('dates', () => {
  test.each([
    ['19800203', '1980-02-03'],
    ['1980-02', '1980-02'],
    ['1980-2-3', '1980-02-03'],
    ['1980/02/03 00:00:00', '1980-02-03'],
    ['1980年2月3日', '1980-02-03'],
    ['1980-02-03T00:00:00.000+08:00', '1980-02-03'],
    ['318355200000', undefined],
    ['1764037800000', '2025-11-25'],
    ['/Date(318355200000+0800)/', '1980-02-03'],
    ['1980-02-30', undefined],
    ['yesterday', undefined],
  ])('the day %s is %s', (text, day) => {
    expect(jsonDates.day(text)).toBe(day);
  });

  test.each([
    ['20261123083000', '2026-11-23T08:30:00+08:00'],
    ['2026-11-23T08:30:00Z', '2026-11-23T08:30:00Z'],
    ['2026-11-23 08:30', '2026-11-23T08:30:00+08:00'],
    ['2026-11-23T08:30:00+0900', '2026-11-23T08:30:00+09:00'],
    ['2026/3/2 9:05:07', '2026-03-02T09:05:07+08:00'],
    ['2026-11-23', '2026-11-23T00:00:00+08:00'],
    ['1764037800000', '2025-11-25T10:30:00+08:00'],
    ['2026', undefined],
    ['2026-11-23 25:00', undefined],
  ])('the time %s is %s', (text, time) => {
    expect(jsonDates.time(text, '+08:00')).toBe(time);
  });

  test('what leaves is HL7 digits where the mapping says so', () => {
    expect(jsonDates.hl7('2026-11-23T08:30:00+08:00', '+08:00')).toBe('20261123083000');
    expect(jsonDates.hl7day('1980-02-03', '+08:00')).toBe('19800203');
  });
});
