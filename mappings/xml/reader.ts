import type { XmlAttribute, XmlElement } from './element.ts';
import { type Given, Names, noScope, type Scope, usual, type XmlLimits } from './names.ts';
import { plainText } from './references.ts';

/** Why a text is no document that is taken, and where; never with a value of it. */
export interface XmlProblem {
  readonly reason: string;
  readonly line: number;
  readonly column: number;
}

export interface XmlDocument {
  readonly root: XmlElement;
  /** `prefix-undeclared`, `space-before-declaration`, …; for the ledger. */
  readonly warnings: readonly string[];
}

type Open = { -readonly [K in keyof XmlElement]: XmlElement[K] } & {
  attributes: XmlAttribute[];
  children: XmlElement[];
};
const notACharacter = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/;
const declaration = /^<\?xml\s+version\s*=\s*["']1\.\d["'](?:\s+[a-z]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*\s*\?>/;

/**
 * Reads XML 1.0 with namespaces, strictly and within limits. A document type declaration is refused, so there are no entities
 * but the five of the standard. What the field gets wrong without doubt about the contents is read with a warning: white space
 * before the XML declaration, a prefix that nobody declared.
 */
export function readXml(text: string, limits: XmlLimits = usual): XmlDocument | XmlProblem {
  const reader = new Reader(text, limits);
  const root = reader.document();
  if (root) return { root, warnings: reader.warnings };
  return { reason: reader.reason, ...placeOf(text, reader.at) };
}

function placeOf(text: string, at: number): { line: number; column: number } {
  let line = 1;
  let start = 0;
  for (let i = text.indexOf('\n'); i >= 0 && i < at; i = text.indexOf('\n', i + 1)) {
    line++;
    start = i + 1;
  }
  return { line, column: Math.min(at, text.length) - start + 1 };
}

const isSpace = (c: number): boolean => c === 32 || c === 10 || c === 9 || c === 13;

class Reader {
  at = 0;
  reason = '';
  private readonly text: string;
  private readonly limits: XmlLimits;
  private readonly names: Names;
  private readonly stack: { element: Open; scope: Scope; tag: string }[] = [];
  private root: Open | undefined;
  private count = 0;

  constructor(text: string, limits: XmlLimits) {
    this.text = text;
    this.limits = limits;
    this.names = new Names(limits);
  }

  get warnings(): string[] {
    return [...this.names.warnings];
  }

  document(): XmlElement | undefined {
    const { text } = this;
    if (text.charCodeAt(0) === 0xfeff) this.at = 1;
    const bad = notACharacter.exec(text);
    if (bad) return this.fail('character-not-allowed', bad.index);
    const start = this.skipSpace(this.at);
    if (text.startsWith('<?xml', start) && isSpace(text.charCodeAt(start + 5))) {
      if (start > this.at) this.names.warnings.add('space-before-declaration');
      const found = declaration.exec(text.slice(start, start + 500));
      if (!found) return this.fail('declaration-malformed', start);
      this.at = start + found[0].length;
    }
    while (this.at < text.length) if (!this.step()) return undefined;
    const open = this.stack.at(-1);
    if (open) return this.fail('element-not-closed', text.length);
    return this.root ?? this.fail('no-element', text.length);
  }

  private fail(reason: string, at: number): undefined {
    this.reason = reason;
    this.at = at;
    return undefined;
  }

  private no(reason: string, at: number): false {
    this.fail(reason, at);
    return false;
  }

  private skipSpace(at: number): number {
    while (isSpace(this.text.charCodeAt(at))) at++;
    return at;
  }

  private step(): boolean {
    const { text } = this;
    if (text.charCodeAt(this.at) !== 60) return this.characters();
    const c = text.charCodeAt(this.at + 1);
    if (c === 47) return this.endTag();
    if (c === 33) return this.markup();
    if (c === 63) return this.instruction();
    return this.startTag();
  }

  private characters(): boolean {
    const { text, at } = this;
    const next = text.indexOf('<', at);
    const end = next < 0 ? text.length : next;
    const open = this.stack.at(-1)?.element;
    if (!open) {
      const other = this.skipSpace(at);
      if (other < end) return this.no(this.root ? 'content-after-root' : 'content-before-root', other);
      this.at = end;
      return true;
    }
    const raw = text.slice(at, end);
    const wrong = raw.indexOf(']]>');
    if (wrong >= 0) return this.no('cdata-end-in-text', at + wrong);
    const plain = plainText(raw);
    if (plain === undefined) return this.no('reference-not-known', at + raw.indexOf('&'));
    this.add(open, plain);
    this.at = end;
    return true;
  }

  /** Space between elements is no contents. */
  private add(open: Open, data: string): void {
    if (open.text === '' && !/[^ \t\r\n]/.test(data)) return;
    open.text += data;
  }

  private markup(): boolean {
    const { text, at } = this;
    if (text.startsWith('<!--', at)) {
      const end = text.indexOf('--', at + 4);
      if (end < 0 || text.charCodeAt(end + 2) !== 62) return this.no('comment-malformed', at);
      this.at = end + 3;
      return true;
    }
    if (text.startsWith('<![CDATA[', at)) {
      const open = this.stack.at(-1)?.element;
      const end = text.indexOf(']]>', at + 9);
      if (end < 0 || !open) return this.no('cdata-malformed', at);
      this.add(
        open,
        text
          .slice(at + 9, end)
          .replaceAll('\r\n', '\n')
          .replaceAll('\r', '\n'),
      );
      this.at = end + 3;
      return true;
    }
    const dtd = /^<!DOCTYPE/i.test(text.slice(at, at + 9));
    return this.no(dtd ? 'dtd-refused' : 'markup-malformed', at);
  }

  private instruction(): boolean {
    const { text, at } = this;
    const end = text.indexOf('?>', at + 2);
    const name = /^[^\s?>]*/.exec(text.slice(at + 2, at + 2 + this.limits.name))![0];
    if (end < 0 || !this.names.of(name) || name.toLowerCase() === 'xml')
      return this.no('instruction-malformed', at);
    this.at = end + 2;
    return true;
  }

  private endTag(): boolean {
    const { text, at } = this;
    const top = this.stack.at(-1);
    const tag = top?.tag ?? '';
    const close = this.skipSpace(at + 2 + tag.length);
    if (!top || !text.startsWith(tag, at + 2) || text.charCodeAt(close) !== 62)
      return this.no('end-tag-mismatch', at);
    this.stack.pop();
    top.element.text = trimmed(top.element.text);
    this.at = close + 1;
    return true;
  }

  private startTag(): boolean {
    const { text, at: start } = this;
    const end = this.nameEnd(start + 1);
    const tag = text.slice(start + 1, end);
    const name = this.names.of(tag);
    if (!name) return this.no('name-malformed', start);
    const parent = this.stack.at(-1);
    if (!parent && this.root) return this.no('second-root', start);
    if (this.stack.length >= this.limits.depth) return this.no('too-deep', start);
    if (++this.count > this.limits.elements) return this.no('too-many-elements', start);
    this.at = end;
    const given = this.attributes();
    if (!given) return false;
    const scope = this.names.scope(parent?.scope ?? noScope, given);
    if (typeof scope === 'string') return this.no(scope, start);
    const element: Open = {
      name: name.local,
      prefix: name.prefix,
      namespace: this.names.resolve(name.prefix, scope),
      parent: parent?.element,
      attributes: [],
      children: [],
      text: '',
    };
    if (!this.fill(element, given, scope)) return false;
    if (parent) parent.element.children.push(element);
    else this.root = element;
    if (text.charCodeAt(this.at) === 47) this.at += 2;
    else {
      this.at += 1;
      this.stack.push({ element, scope, tag });
    }
    return true;
  }

  private nameEnd(at: number): number {
    const { text } = this;
    for (; at < text.length; at++) {
      const c = text.charCodeAt(at);
      if (c <= 32 || c === 62 || c === 47 || c === 61 || c === 60 || c === 34 || c === 39 || c === 38) break;
    }
    return at;
  }

  /** Up to the `>` or `/>`, where `at` then stands. */
  private attributes(): Given[] | undefined {
    const { text } = this;
    const given: Given[] = [];
    for (;;) {
      const at = this.skipSpace(this.at);
      const c = text.charCodeAt(at);
      if (c === 62 || (c === 47 && text.charCodeAt(at + 1) === 62)) {
        this.at = at;
        return given;
      }
      if (Number.isNaN(c)) return this.fail('tag-not-closed', text.length);
      if (at === this.at) return this.fail('tag-malformed', at);
      const one = this.attribute(at);
      if (!one) return undefined;
      if (given.some(([tag]) => tag === one[0])) return this.fail('attribute-twice', at);
      if (given.push(one) > this.limits.attributes) return this.fail('too-many-attributes', at);
    }
  }

  private attribute(at: number): Given | undefined {
    const { text } = this;
    const end = this.nameEnd(at);
    const tag = text.slice(at, end);
    const name = this.names.of(tag);
    if (!name) return this.fail('name-malformed', at);
    const equals = this.skipSpace(end);
    const open = this.skipSpace(equals + 1);
    const quote = text.charCodeAt(open);
    if (text.charCodeAt(equals) !== 61 || (quote !== 34 && quote !== 39))
      return this.fail('attribute-malformed', at);
    const close = text.indexOf(quote === 34 ? '"' : "'", open + 1);
    if (close < 0) return this.fail('attribute-not-closed', open);
    const raw = text.slice(open + 1, close);
    if (raw.includes('<')) return this.fail('attribute-malformed', open);
    const value = plainText(raw, true);
    if (value === undefined) return this.fail('reference-not-known', open);
    this.at = close + 1;
    return [tag, name, value];
  }

  private fill(element: Open, given: readonly Given[], scope: Scope): boolean {
    const { attributes } = element;
    for (const [tag, { prefix, local }, value] of given) {
      if (tag === 'xmlns' || prefix === 'xmlns') continue;
      const namespace = prefix === '' ? '' : this.names.resolve(prefix, scope);
      if (namespace !== '' && attributes.some((a) => a.name === local && a.namespace === namespace))
        return this.no('attribute-twice', this.at);
      attributes.push({ name: local, prefix, namespace, value });
    }
    return true;
  }
}

function trimmed(text: string): string {
  let [from, to] = [0, text.length];
  while (from < to && isSpace(text.charCodeAt(from))) from++;
  while (to > from && isSpace(text.charCodeAt(to - 1))) to--;
  return from === 0 && to === text.length ? text : text.slice(from, to);
}
