import { malformed, tooLarge } from './problem.ts';
import { XmlNames } from './xml-names.ts';
import { isChar, reference, unescapeText } from './xml-text.ts';

export interface XmlLimits {
  readonly depth: number;
  readonly elements: number;
  readonly attributes: number;
  readonly attributeChars: number;
}

export interface XmlAttribute {
  readonly local: string;
  readonly namespace: string;
  readonly value: string;
}

/** An element and where it stands in the text, so that its contents can be handed on as they came. */
export interface XmlElement {
  readonly prefix: string;
  readonly local: string;
  readonly namespace: string;
  readonly attributes: readonly XmlAttribute[];
  /** Prefixes declared on this element; the default namespace under ''. */
  readonly declared: ReadonlyMap<string, string>;
  readonly parent: XmlElement | undefined;
  readonly children: XmlElement[];
  /** Of `<`, behind the name, behind the start tag's `>`, of the end tag, and behind it. */
  readonly start: number;
  readonly nameEnd: number;
  readonly inner: number;
  innerEnd: number;
  end: number;
  /** Text other than white space stands beside its children. */
  hasText: boolean;
}

const declaration =
  /<\?xml\s+version\s*=\s*(["'])1\.\d+\1(?:\s+encoding\s*=\s*(["'])[A-Za-z][\w.-]*\2)?(?:\s+standalone\s*=\s*(["'])(?:yes|no)\3)?\s*\?>/y;

/**
 * Reads a document to its end and refuses whatever is not well-formed with namespaces, and what SOAP does not permit: document
 * types, processing instructions. Nothing is ever expanded or fetched. Elements down to `keep` levels are kept, deeper ones
 * are checked only. Linear in the length of the text.
 */
export function readXml(text: string, limits: XmlLimits, keep: number): XmlElement {
  return new Reader(text, limits, keep).read();
}

interface Open {
  readonly name: string;
  readonly declared: ReadonlyMap<string, string> | undefined;
  readonly node: XmlElement | undefined;
}

const nothing: ReadonlyMap<string, string> = new Map();

class Reader {
  private readonly text: string;
  private readonly limits: XmlLimits;
  private readonly keep: number;
  private readonly stack: Open[] = [];
  private readonly names = new XmlNames();
  private root: XmlElement | undefined;
  private elements = 0;
  /** Next `&` and `]]>`, looked up once. */
  private ampersand = -1;
  private bracket = -1;

  constructor(text: string, limits: XmlLimits, keep: number) {
    this.text = text;
    this.limits = limits;
    this.keep = keep;
  }

  read(): XmlElement {
    const { text } = this;
    const bad = text.search(/[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/);
    if (bad !== -1) throw malformed(`character U+${hex(text.charCodeAt(bad))} is not permitted`, bad);
    if (!text.isWellFormed()) throw malformed('half of a surrogate pair', 0);
    let at = this.skipSpace(0);
    declaration.lastIndex = at;
    if (declaration.test(text)) at = declaration.lastIndex;
    while (at < text.length) at = this.next(at);
    const open = this.stack.at(-1);
    if (open !== undefined) throw malformed(`the document ends inside <${open.name}>`, text.length);
    if (this.root === undefined) throw malformed('no element', text.length);
    return this.root;
  }

  private next(at: number): number {
    const { text } = this;
    const tag = text.indexOf('<', at);
    const end = tag === -1 ? text.length : tag;
    if (end > at) this.characters(at, end);
    if (tag === -1) return end;
    switch (text.charCodeAt(tag + 1)) {
      case 0x2f: // </
        return this.endTag(tag);
      case 0x21: // <!
        return this.special(tag);
      case 0x3f: // <?
        throw malformed('processing instructions are not permitted', tag);
      default:
        return this.startTag(tag);
    }
  }

  private characters(from: number, to: number): void {
    const { text } = this;
    const first = this.skipSpace(from);
    if (first >= to) return;
    const open = this.stack.at(-1);
    if (open === undefined) throw malformed('text outside the document', first);
    if (open.node !== undefined) open.node.hasText = true;
    if (this.ampersand < from) this.ampersand = indexOrEnd(text, '&', from);
    while (this.ampersand < to) {
      this.checkReference(this.ampersand);
      this.ampersand = indexOrEnd(text, '&', this.ampersand + 1);
    }
    if (this.bracket < from) this.bracket = indexOrEnd(text, ']]>', from);
    if (this.bracket < to) throw malformed('"]]>" in text', this.bracket);
  }

  private checkReference(at: number): void {
    reference.lastIndex = at;
    const found = reference.exec(this.text);
    if (found === null) throw malformed('an entity that is not defined', at);
    const [, decimal, hexadecimal] = found;
    const code =
      decimal !== undefined ? Number.parseInt(decimal, 10) : Number.parseInt(hexadecimal ?? '20', 16);
    if (!isChar(code)) throw malformed(`a reference to U+${hex(code)}`, at);
  }

  private special(at: number): number {
    const { text } = this;
    if (text.startsWith('<!--', at)) {
      const end = text.indexOf('--', at + 4);
      if (end === -1 || text.charCodeAt(end + 2) !== 0x3e) throw malformed('a comment without its end', at);
      return end + 3;
    }
    const open = this.stack.at(-1);
    if (!text.startsWith('<![CDATA[', at) || open === undefined)
      throw malformed(
        text.startsWith('<!DOCTYPE', at) ? 'document types are not permitted' : 'a declaration out of place',
        at,
      );
    const end = text.indexOf(']]>', at + 9);
    if (end === -1) throw malformed('a CDATA section without its end', at);
    if (open.node !== undefined) open.node.hasText = true;
    return end + 3;
  }

  private endTag(at: number): number {
    const { text } = this;
    const open = this.stack.pop();
    if (open === undefined || !text.startsWith(open.name, at + 2))
      throw malformed(open === undefined ? 'an end tag too many' : `</${open.name}> is missing`, at);
    const close = this.skipSpace(at + 2 + open.name.length);
    if (text.charCodeAt(close) !== 0x3e) throw malformed(`</${open.name}> is missing`, at);
    this.leave(open, at, close + 1);
    return close + 1;
  }

  private leave(open: Open, innerEnd: number, end: number): void {
    this.names.leave(open.declared);
    if (open.node === undefined) return;
    open.node.innerEnd = innerEnd;
    open.node.end = end;
  }

  private startTag(start: number): number {
    const { text, limits } = this;
    if (this.root !== undefined && this.stack.length === 0) throw malformed('a second document', start);
    if (++this.elements > limits.elements) throw tooLarge('elements', limits.elements);
    if (this.stack.length >= limits.depth) throw tooLarge('levels of elements', limits.depth);
    const nameEnd = this.nameEnd(start + 1);
    const name = text.slice(start + 1, nameEnd);
    const [prefix, local] = this.names.split(name, start + 1);
    const found: [name: string, value: string][] = [];
    let at = nameEnd;
    let empty = false;
    for (;;) {
      const next = this.skipSpace(at);
      const code = text.charCodeAt(next);
      if (code === 0x2f && text.charCodeAt(next + 1) === 0x3e) empty = true;
      if (empty || code === 0x3e) {
        at = next + (empty ? 2 : 1);
        break;
      }
      if (next === at)
        throw malformed(next >= text.length ? 'half a tag' : 'white space is missing in a tag', next);
      at = this.attribute(next, found);
    }
    this.enter({ name, prefix, local, start, nameEnd, inner: at, found, empty });
    return at;
  }

  private attribute(at: number, found: [string, string][]): number {
    const { text, limits } = this;
    if (found.length >= limits.attributes) throw tooLarge('attributes of an element', limits.attributes);
    const nameEnd = this.nameEnd(at);
    const equals = this.skipSpace(nameEnd);
    const open = this.skipSpace(equals + 1);
    const quote = text[open];
    if (text.charCodeAt(equals) !== 0x3d || (quote !== '"' && quote !== "'"))
      throw malformed('an attribute without a value in quotes', at);
    const close = text.indexOf(quote, open + 1);
    if (close === -1) throw malformed('an attribute without its end', at);
    if (close - open - 1 > limits.attributeChars)
      throw tooLarge('characters of an attribute', limits.attributeChars);
    const value = text.slice(open + 1, close);
    const less = value.indexOf('<');
    if (less !== -1) throw malformed('"<" in an attribute', open + 1 + less);
    for (let i = value.indexOf('&'); i !== -1; i = value.indexOf('&', i + 1))
      this.checkReference(open + 1 + i);
    found.push([text.slice(at, nameEnd), value]);
    return close + 1;
  }

  private enter(tag: {
    readonly name: string;
    readonly prefix: string;
    readonly local: string;
    readonly start: number;
    readonly nameEnd: number;
    readonly inner: number;
    readonly found: readonly (readonly [string, string])[];
    readonly empty: boolean;
  }): void {
    const { start, inner, prefix, local, nameEnd } = tag;
    const declared = this.names.declare(tag.found, start);
    const namespace = this.names.resolve(prefix, start);
    const attributes = this.names.attributes(tag.found, start);
    const parent = this.stack.at(-1)?.node;
    const node: XmlElement | undefined =
      this.stack.length >= this.keep
        ? undefined
        : {
            prefix,
            local,
            namespace,
            attributes: attributes.map(([space, name, value]) => ({
              local: name,
              namespace: space,
              value: unescapeText(value.replace(/[\t\r\n]/g, ' ')),
            })),
            declared: declared ?? nothing,
            parent,
            children: [],
            start,
            nameEnd,
            inner,
            innerEnd: inner,
            end: inner,
            hasText: false,
          };
    if (node !== undefined) {
      parent?.children.push(node);
      this.root ??= node;
    }
    const open = { name: tag.name, declared, node };
    if (tag.empty) this.leave(open, inner, inner);
    else this.stack.push(open);
  }

  /** Behind the characters up to white space, `=`, `/` or `>`; whether they are a name is asked once per name. */
  private nameEnd(at: number): number {
    const { text } = this;
    for (let i = at; ; i++) {
      const code = text.charCodeAt(i);
      if (code <= 0x20 || code === 0x3d || code === 0x2f || code === 0x3e || Number.isNaN(code)) return i;
    }
  }

  private skipSpace(at: number): number {
    for (let i = at; ; i++) {
      const code = this.text.charCodeAt(i);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return i;
    }
  }
}

const indexOrEnd = (text: string, what: string, from: number): number => {
  const at = text.indexOf(what, from);
  return at === -1 ? text.length : at;
};

const hex = (code: number): string => code.toString(16).toUpperCase().padStart(4, '0');
