import { describe, expect, test } from '@jest/globals';
import { DOMParser, onErrorStopParsing } from '@xmldom/xmldom';
import { documentOf, textOf } from './xml-content.ts';
import { readXml, type XmlElement, type XmlLimits } from './xml-reader.ts';

const limits: XmlLimits = { depth: 64, elements: 10_000, attributes: 20, attributeChars: 100_000 };
const read = (text: string, keep = 10): XmlElement => readXml(text, limits, keep);
const reasonOf = (text: string): string => {
  try {
    read(text);
    return 'taken';
  } catch (error) {
    return (error as Error).message;
  }
};

describe('documents that are taken', () => {
  test('elements, namespaces and attributes are as XML says', () => {
    const root = read(
      `<?xml version='1.0' encoding="GBK" standalone='yes' ?>\n<!-- c --><a:x xmlns:a="urn:a" xmlns='urn:d' q='1 &lt;\n2' a:q="&#x4E2D;"><y/><a:z  >t</a:z ></a:x> <!-- end -->\n`,
    );
    expect([root.local, root.namespace]).toEqual(['x', 'urn:a']);
    expect(root.attributes).toEqual([
      { local: 'q', namespace: '', value: '1 < 2' },
      { local: 'q', namespace: 'urn:a', value: '中' },
    ]);
    expect(root.children.map((c) => [c.local, c.namespace])).toEqual([
      ['y', 'urn:d'],
      ['z', 'urn:a'],
    ]);
  });

  test('names may be Chinese, characters beyond the basic plane are whole', () => {
    const text = '<患者 姓名="𠮷野">𠮷&#x20BB7;</患者>';
    const root = read(text);
    expect([root.local, textOf(text, root), root.attributes[0]!.value]).toEqual(['患者', '𠮷𠮷', '𠮷野']);
  });

  test('a prefix declared again inside goes back to what it was', () => {
    const root = read('<p:a xmlns:p="1"><p:b xmlns:p="2"><p:c/></p:b><p:d/></p:a>');
    expect([root.children[0]!.children[0]!.namespace, root.children[1]!.namespace]).toEqual(['2', '1']);
  });

  test('elements below the wanted depth are checked and not kept', () => {
    expect(read('<a><b><c><d/></c></b></a>', 2).children[0]!.children).toEqual([]);
    expect(() => read('<a><b><c><d></c></b></a>', 2)).toThrow('</d> is missing');
  });
});

describe('text of an element', () => {
  const text = (inner: string): string => {
    const source = `<a>${inner}</a>`;
    return textOf(source, read(source));
  };
  test.each([
    ['', ''],
    ['a &lt;b&gt; &amp;amp; &#38;lt; &quot;&apos;', 'a <b> &amp; &lt; "\''],
    ['<![CDATA[<x>&amp;</x>]]>', '<x>&amp;</x>'],
    ['\n  <![CDATA[<x/>]]>\n', '<x/>'],
    ['\n  a<![CDATA[b]]>c', '\n  abc'],
    ['<![CDATA[a]]]]><![CDATA[>b]]>', 'a]]>b'],
    ['a<!-- &lt; -->b', 'ab'],
    ['MSH|a\r\nPID|&#13;', 'MSH|a\r\nPID|\r'],
    ['<![CDATA[]]>', ''],
    ['\n<![CDATA[a]]>&#13;<![CDATA[\nb]]>\n', 'a\r\nb'],
  ])('%j is read as %j', (inner, wanted) => {
    expect(text(inner)).toBe(wanted);
  });
});

test('a document standing inside keeps its characters and the namespaces it had from outside', () => {
  const inner = `<R xsi:type="v3:T"  a='1'><b xmlns="x">&#x4E2D;<![CDATA[<]]></b></R>`;
  const source = `<e xmlns="urn:d" xmlns:xsi="urn:xsi" xmlns:v3="urn:v3" xmlns:un="urn:u"><m xmlns:v3="urn:4">${inner}</m></e>`;
  const document = documentOf(source, read(source).children[0]!.children[0]!);
  expect(document).toBe(inner.replace('<R', '<R xmlns:v3="urn:4" xmlns="urn:d" xmlns:xsi="urn:xsi"'));
  expect(read(document).namespace).toBe('urn:d');
});

describe('documents that are refused', () => {
  test.each([
    ['', 'no element'],
    ['   ', 'no element'],
    ['hello', 'text outside'],
    ['<a>', 'inside <a>'],
    ['<a', 'half a tag'],
    ['<a><b></a></b>', '</b> is missing'],
    ['<a></ab>', '</a> is missing'],
    ['</a>', 'an end tag too many'],
    ['<a/><a/>', 'a second document'],
    ['<a/>x', 'text outside'],
    ['<a b=1/>', 'value in quotes'],
    ['<a b/>', 'value in quotes'],
    ['<a b="1"c="2"/>', 'white space is missing'],
    ['<a b="1/>', 'without its end'],
    ['<a b="<"/>', '"<" in an attribute'],
    ['<a b="1" b="2"/>', 'twice'],
    ['<a xmlns:p="u" xmlns:q="u" p:b="1" q:b="2"/>', 'twice'],
    ['<a xmlns="u" xmlns="v"/>', 'twice'],
    ['<p:a/>', 'not declared'],
    ['<a p:b="1"/>', 'not declared'],
    ['<a xmlns:p=""/>', 'taken back'],
    ['<a xmlns:xmlns="u"/>', 'cannot be declared'],
    ['<a xmlns:xml="u"/>', 'cannot be declared'],
    ['<1a/>', 'not a name'],
    ['< a/>', 'not a name'],
    ['<a:b:c xmlns:a="u"/>', 'not a name'],
    ['<a>&nbsp;</a>', 'an entity'],
    ['<a>&</a>', 'an entity'],
    ['<a>&#0;</a>', 'a reference to U+0000'],
    ['<a>&#xD800;</a>', 'a reference to U+D800'],
    ['<a>&#x110000;</a>', 'a reference to'],
    ['<a b="&x;"/>', 'an entity'],
    ['<a>\0</a>', 'U+0000'],
    ['<a>\x0b</a>', 'U+000B'],
    ['<a>\ud800</a>', 'surrogate'],
    ['<a>]]></a>', '"]]>" in text'],
    ['<a><!-- -- --></a>', 'a comment without its end'],
    ['<a><!-- </a>', 'a comment without its end'],
    ['<a><![CDATA[</a>', 'CDATA section without its end'],
    ['<![CDATA[x]]><a/>', 'out of place'],
    ['<a><?php x ?></a>', 'processing instructions'],
    ['<?xml-stylesheet href="x"?><a/>', 'processing instructions'],
    ['<a/><?xml version="1.0"?>', 'processing instructions'],
    ['<?xml encoding="UTF-8"?><a/>', 'processing instructions'],
    ['<?xml version="2.0"?><a/>', 'processing instructions'],
    ['<!DOCTYPE a><a/>', 'document types'],
    ['<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>', 'document types'],
    ['<a><!ENTITY x "y"></a>', 'out of place'],
  ])('%j', (text, reason) => {
    expect(reasonOf(text)).toContain(reason);
  });

  test('beyond the limits', () => {
    expect(reasonOf('<a>'.repeat(65))).toContain('levels of elements');
    expect(reasonOf(`<a>${'<b/>'.repeat(10_000)}</a>`)).toContain('elements, at most 10000');
    expect(reasonOf(`<a ${Array.from({ length: 21 }, (_, i) => `b${i}=""`).join(' ')}/>`)).toContain(
      'attributes',
    );
    expect(reasonOf(`<a b="${'x'.repeat(100_001)}"/>`)).toContain('characters of an attribute');
  });

  test.each([
    ['open tags', '<a>'.repeat(300_000)],
    ['one tag without end', `<a ${'b '.repeat(500_000)}`],
    ['ampersands', `<a>${'&amp;'.repeat(500_000)}&</a>`],
    ['brackets', `<a>${']]'.repeat(1_000_000)}`],
    ['open comments', `<a>${'<!-'.repeat(300_000)}`],
    ['a name without end', `<${'a'.repeat(5_000_000)}`],
    ['quotes', `<a b="${"'".repeat(5_000_000)}`],
    [
      'declarations',
      `${Array.from({ length: 60 }, (_, i) => `<a${Array.from({ length: 19 }, (_, j) => ` xmlns:p${j}="${i}"`).join('')}>`).join('')}${'<p1:b/>'.repeat(9000)}`,
    ],
  ])('without a pass over the text for each piece of it: %s', (_, text) => {
    const started = performance.now();
    expect(reasonOf(text)).not.toBe('taken');
    expect(performance.now() - started).toBeLessThan(10_000);
  });
});

test('what a strict independent parser refuses is refused here', () => {
  const documents = [
    '<a xmlns="u"><b c="d&amp;e">x &#65; <![CDATA[y]]></b><!-- z --></a>',
    '<a><b></a>',
    '<a b="1" b="2"/>',
    '<a>&x;</a>',
    '<a/><b/>',
    '<p:a/>',
    '<a b="<"/>',
  ];
  for (const document of documents) {
    const strict = (): unknown =>
      new DOMParser({ onError: onErrorStopParsing }).parseFromString(document, 'text/xml').documentElement;
    let theirs = true;
    try {
      strict();
    } catch {
      theirs = false;
    }
    if (!theirs) expect([document, reasonOf(document)]).not.toEqual([document, 'taken']);
  }
});
