import { describe, expect, test } from '@jest/globals';
import { isBad } from '../engine/format.ts';
import { readXml } from './reader.ts';
import { xmlSource } from './source.ts';

const source = xmlSource({
  all: {
    argument: 'allowed',
    value: (elements, separator = ',') => elements.map((e) => e.text).join(separator),
  },
  kids: { argument: 'none', items: (elements) => elements.flatMap((e) => e.children) },
});
const text = `<r xmlns="u1" xmlns:o="u2" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
  <head><id root="x" extension="1"/><id root="y" extension=""/></head>
  <list>
    <item k="a"><name>甲</name><n/></item>
    <item k="b"><name xsi:nil="true">z</name><code v="7"><t>one</t></code></item>
    <item k="c"><name>丙</name><code v="9"/></item>
  </list>
  <o:item k="o"/><a.b><c>dot</c></a.b> mixed <b/> text
</r>`;
const read = readXml(text);
if (!('root' in read)) throw new Error(read.reason);
const scope = source.open({ root: read.root, meta: { action: 'Go', empty: '' } });

const value = (path: string, test = false) => {
  const compiled = source.value(path, test);
  return isBad(compiled) ? compiled.bad : compiled.get(scope);
};

describe('[INT-02] paths of XML', () => {
  test.each([
    ['head/id@extension', '1'],
    ['head/id/@extension', '1'],
    ['head/id(2)@root', 'y'],
    ['head/id[@root="y"]@extension', null],
    ["head/id[@root='y']/@extension", null],
    ['head/id[@root="z"]/@extension', undefined],
    ['head/id@nothing', undefined],
    ['list/item/name', '甲'],
    ['list/item(2)/name', null],
    ['list/item(1)/n', null],
    ['list/item(4)/name', undefined],
    ['list/item/code@v', '7'],
    ['list/item[name="丙"]/code@v', '9'],
    ['list/item[code@v="9"]@k', 'c'],
    ['list/item[@k!="a"](2)@k', 'c'],
    ['list/item[code]@k', undefined],
    ['list/item[code/t]@k', 'b'],
    ['list/item[code@v]@k', 'b'],
    ['list/item[.="x"]@k', undefined],
    ['list/*(3)@k', 'c'],
    ['list/item(2)/code', undefined],
    ['list', undefined],
    ['a.b/c', 'dot'],
    ['item@k', 'o'],
    ['{u2}item@k', 'o'],
    ['{u1}item@k', undefined],
    ['{u1}list/{u1}item@k', 'a'],
    ['list/item(2)/name@xsi:nil', 'true'],
    ['list/item(2)/name@{http://www.w3.org/2001/XMLSchema-instance}nil', 'true'],
    ['/list/item/name', '甲'],
    ['list/item(3)/../item/name', '甲'],
    ['../x', undefined],
    ['.', 'mixed  text'],
    ['meta:action', 'Go'],
    ['meta:empty', null],
    ['meta:nothing', undefined],
    ['list/item/name:all', '甲,z,丙'],
    ['list/item/name:all( + )', '甲 + z + 丙'],
  ])('%s', (path, expected) => {
    expect(value(path)).toBe(expected);
  });

  test('in a condition an element is present where anything stands in it', () => {
    expect(value('list', true)).toBe('');
    expect(value('list/item(2)/code', true)).toBe('');
    expect(value('list/item(1)/n', true)).toBeNull();
    expect(value('list/item(2)/name', true)).toBeNull();
    expect(value('nothing', true)).toBeUndefined();
  });

  test.each([
    ['', 'a name is missing'],
    ['a//b', '"//" is not known'],
    ['//b', '"//" is not known'],
    ['a/', 'a name is missing'],
    ['a(0)', 'positions count from 1'],
    ['a(x)', 'left over'],
    ['a[@b', '"[" is not closed'],
    ['a[@b=c]', '"[" is not closed'],
    ['p:a/b', 'left over'],
    ['a@', '"@" is not followed by a name'],
    ['a b', 'left over'],
    ['a:nothing', 'no reading ":nothing"; known here: all, kids'],
    ['a:constructor', 'no reading'],
    ['a:kids', 'gives a list'],
  ])('%j is no path, and the reason is said', (path, reason) => {
    expect(value(path)).toContain(reason);
  });

  test('each walks elements, with what is outside in reach', () => {
    const each = source.each('list/item');
    if (isBad(each)) throw new Error(each.bad);
    const get = (path: string) => {
      const inner = each.inner.value(path);
      return isBad(inner) ? inner.bad : each.items(scope).map((item) => inner.get(item));
    };
    expect(each.label).toBe('item');
    expect(get('@k')).toEqual(['a', 'b', 'c']);
    expect(get('./name')).toEqual(['甲', null, '丙']);
    expect(get('../../head/id@extension')).toEqual(['1', '1', '1']);
    expect(get('/head/id@extension')).toEqual(['1', '1', '1']);
    expect(get('meta:action')).toEqual(['Go', 'Go', 'Go']);
  });

  test('each takes a reading that gives elements, and refuses what cannot be repeated', () => {
    const kids = source.each('list/item:kids');
    expect(isBad(kids) ? kids : kids.items(scope).length).toBe(6);
    expect(source.each('list/item@k')).toMatchObject({ bad: expect.stringContaining('cannot be repeated') });
    expect(source.each('list/item:all')).toMatchObject({ bad: expect.stringContaining('one value') });
    expect(source.each('a//b')).toMatchObject({ bad: expect.stringContaining('not a path') });
  });
});
