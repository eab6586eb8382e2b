import { describe, expect, test } from '@jest/globals';
import { DOMParser } from '@xmldom/xmldom';
import { attributeOf, descendants, type XmlElement } from './element.ts';
import { readXml } from './reader.ts';
import { serialized } from './serialize.ts';

const rootOf = (text: string): XmlElement => {
  const read = readXml(text);
  if (!('root' in read)) throw new Error(`${read.reason} ${read.line}:${read.column}`);
  return read.root;
};
const reason = (text: string): string => {
  const read = readXml(text);
  return 'root' in read ? 'read' : `${read.reason} ${read.line}:${read.column}`;
};

describe('[INT-02] what is XML', () => {
  test('elements, attributes, text, CDATA, references, comments, instructions, Chinese names', () => {
    const root = rootOf(`<?xml version="1.0" encoding="UTF-8" standalone='yes' ?>
<!-- a - comment --><?style x?>
<申请单 编号='A&amp;1' b="2&#x20;3"  >
  <患者><姓名>赵&#26126;远</姓名><note><![CDATA[<b> & ]] > ]]>&lt;c&gt;</note></患者><空/><a.b-c_d/>
</申请单>
<!--end-->
`);
    expect(root.name).toBe('申请单');
    expect(root.attributes.map(({ name, value }) => [name, value])).toEqual([
      ['编号', 'A&1'],
      ['b', '2 3'],
    ]);
    expect([...descendants(root)].map(({ name, text }) => [name, text])).toEqual([
      ['申请单', ''],
      ['患者', ''],
      ['姓名', '赵明远'],
      ['note', '<b> & ]] > <c>'],
      ['空', ''],
      ['a.b-c_d', ''],
    ]);
  });

  test('lines end as the standard says, white space around text is no text, inside it is', () => {
    const root = rootOf('<a x="1\r\n2\t3">\r\n  one\r\n two <b/> three\u3000\r</a>');
    expect(root.attributes[0]?.value).toBe('1 2 3');
    expect(root.text).toBe('one\n two  three\u3000');
  });

  test('namespaces: defaults, prefixes, their ends, attributes in none', () => {
    const root = rootOf(
      '<p:a xmlns:p="u1" xmlns="u2" p:x="1" x="2"><b><c xmlns="" /></b><p:b xmlns:p="u3"/></p:a>',
    );
    expect([...descendants(root)].map(({ name, namespace }) => `${namespace}|${name}`)).toEqual([
      'u1|a',
      'u2|b',
      '|c',
      'u3|b',
    ]);
    expect(attributeOf(root, 'x')?.value).toBe('2');
    expect(attributeOf(root, 'x', 'u1')?.value).toBe('1');
    expect(attributeOf(root, 'x', 'u9')).toBeUndefined();
  });

  test('what the field gets wrong without doubt is read, with a warning', () => {
    expect(readXml('\n <?xml version="1.0"?><a/>')).toMatchObject({
      warnings: ['space-before-declaration'],
    });
    const stripped = readXml('<a><name xsi:type="BAG_EN" type="1"/><q:b/></a>');
    expect(stripped).toMatchObject({ warnings: ['prefix-undeclared xsi', 'prefix-undeclared q'] });
    expect('root' in readXml(serialized((stripped as { root: XmlElement }).root))).toBe(true);
  });
});

describe('[INT-02] what is refused, with its place', () => {
  test.each([
    ['', 'no-element 1:1'],
    ['  \n ', 'no-element 2:2'],
    ['text', 'content-before-root 1:1'],
    ['<a>', 'element-not-closed 1:4'],
    ['<a', 'tag-not-closed 1:3'],
    ['<a b="1"', 'tag-not-closed 1:9'],
    ['<a b="1', 'attribute-not-closed 1:6'],
    ['<a b=1/>', 'attribute-malformed 1:4'],
    ['<a b/>', 'attribute-malformed 1:4'],
    ['<a b="<"/>', 'attribute-malformed 1:6'],
    ['<a b="1"c="2"/>', 'tag-malformed 1:9'],
    ['<a b="1" b="2"/>', 'attribute-twice 1:10'],
    ['<a xmlns:p="u" xmlns:q="u" p:b="1" q:b="2"/>', 'attribute-twice 1:43'],
    ['<a xmlns:p=""/>', 'namespace-malformed 1:1'],
    ['<a>\n</b>', 'end-tag-mismatch 2:1'],
    ['<a></a >', 'read'],
    ['<a></ab>', 'end-tag-mismatch 1:4'],
    ['<a/><b/>', 'second-root 1:5'],
    ['<a/>x', 'content-after-root 1:5'],
    ['</a>', 'end-tag-mismatch 1:1'],
    ['<a>]]></a>', 'cdata-end-in-text 1:4'],
    ['<a>&nbsp;</a>', 'reference-not-known 1:4'],
    ['<a>&</a>', 'reference-not-known 1:4'],
    ['<a>&#0;</a>', 'reference-not-known 1:4'],
    ['<a>&#xD800;</a>', 'reference-not-known 1:4'],
    ['<a>&#99999999;</a>', 'reference-not-known 1:4'],
    ['<a b="&constructor;"/>', 'reference-not-known 1:6'],
    ['<a>\u0001</a>', 'character-not-allowed 1:4'],
    ['<a>\u0000</a>', 'character-not-allowed 1:4'],
    ['<1a/>', 'name-malformed 1:1'],
    ['<a:b:c/>', 'name-malformed 1:1'],
    [`<${'x'.repeat(201)}/>`, 'name-malformed 1:1'],
    ['<a><!-- -- --></a>', 'comment-malformed 1:4'],
    ['<a><![CDATA[x</a>', 'cdata-malformed 1:4'],
    ['<a><?xml version="1.0"?></a>', 'instruction-malformed 1:4'],
    ['<?xml version="2.0"?><a/>', 'declaration-malformed 1:1'],
    ['<?xml version="1.0" encoding=GBK?><a/>', 'declaration-malformed 1:1'],
    ['<!DOCTYPE a><a/>', 'dtd-refused 1:1'],
    ['<!doctype a><a/>', 'dtd-refused 1:1'],
    ['<a><!ENTITY b "c"></a>', 'markup-malformed 1:4'],
  ])('%j', (text, expected) => {
    expect(reason(text)).toBe(expected);
  });

  test('entities of any kind: billion laughs, files, parameter entities', () => {
    const bomb = `<?xml version="1.0"?>\n<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>\n<l>&b;</l>`;
    const file = '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>';
    const parameter = '<!DOCTYPE a [<!ENTITY % x SYSTEM "http://127.0.0.1/x.dtd"> %x;]><a/>';
    for (const text of [bomb, file, parameter]) expect(reason(text)).toMatch(/^dtd-refused/);
  });

  test('what is too deep, too many, too wide; and none of it takes long', () => {
    const began = performance.now();
    expect(reason('<a>'.repeat(129))).toBe('too-deep 1:385');
    expect(reason(`<a>${'<b/>'.repeat(200_000)}</a>`)).toMatch(/^too-many-elements/);
    expect(reason(`<a ${Array.from({ length: 201 }, (_, i) => `b${i}=""`).join(' ')}/>`)).toMatch(
      /^too-many-attributes/,
    );
    const spaces = Array.from({ length: 60 }, (_, i) => `<a xmlns:p${i}="u">`).join('');
    expect(reason(spaces)).toMatch(/^too-many-namespaces/);
    expect(reason(`<a>${'&amp;'.repeat(1_000_000)}`)).toMatch(/^element-not-closed/);
    expect(reason('<a '.repeat(500_000))).toMatch(/malformed/);
    expect(reason(`<a>${'<![CDATA[x]]> '.repeat(300_000)}</a>`)).toBe('read');
    expect(reason(`<a>${' <b>x</b> '.repeat(50_000)}</a>`)).toBe('read');
    expect(performance.now() - began).toBeLessThan(4000);
  });
});

test('agrees with another reader on well-formed documents, and what it writes reads the same', () => {
  let seed = 20260301;
  const chance = (n: number): number => {
    seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff;
    return (seed >>> 8) % n;
  };
  const pick = <T>(...list: T[]): T => list[chance(list.length)]!;
  const make = (depth: number): string => {
    const name = pick('a', 'p:b', '名', 'c');
    const attributes = pick('', ' x="1"', " p:y='\"&lt;'", ' z="&#10;a\tb"', ' xmlns="u3"');
    const inside = Array.from({ length: depth > 4 ? 0 : chance(4) }, () =>
      pick(
        () => make(depth + 1),
        () => pick('text &amp; ', '<![CDATA[<&>]]>', '<!--c-->', '&#x8d75;', '\r\n '),
        () => make(depth + 1),
      )(),
    ).join('');
    return `<${name}${attributes}>${inside}</${name}>`;
  };
  type Dom = { nodeType: number; localName: string | null; namespaceURI: string | null; data?: string };
  const shapeOfDom = (node: Dom & { attributes?: unknown; childNodes?: unknown }): unknown => {
    const children = [...(node.childNodes as Iterable<Dom>)];
    const attributes = [...(node.attributes as Iterable<{ name: string; value: string }>)];
    return [
      node.localName,
      node.namespaceURI ?? '',
      attributes.filter((a) => !a.name.startsWith('xmlns')).map((a) => a.value),
      children
        .filter((c) => c.nodeType === 3 || c.nodeType === 4)
        .map((c) => c.data)
        .join('')
        .replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, ''),
      children.filter((c) => c.nodeType === 1).map((c) => shapeOfDom(c)),
    ];
  };
  const shapeOf = (e: XmlElement): unknown => [
    e.name,
    e.namespace,
    e.attributes.map((a) => a.value),
    e.text,
    e.children.map(shapeOf),
  ];
  for (let i = 0; i < 400; i++) {
    const text = make(0).replace(/^<([^\s>]+)/, '<$1 xmlns:p="u1" xmlns:q="u2"');
    const root = rootOf(text);
    const dom = new DOMParser().parseFromString(text, 'text/xml').documentElement as unknown as Dom;
    expect(shapeOf(root)).toEqual(shapeOfDom(dom));
    expect(shapeOf(rootOf(serialized(root)))).toEqual(shapeOf(root));
    expect(shapeOf(rootOf(serialized(root, true)))).toEqual(shapeOf(root));
  }
});
