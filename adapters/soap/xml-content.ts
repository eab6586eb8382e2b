import type { XmlElement } from './xml-reader.ts';
import { escapeAttribute, unescapeText } from './xml-text.ts';

/** What an element holds, taken out of the text it was read from. */

export const childrenNamed = (element: XmlElement, local: string): XmlElement[] =>
  element.children.filter((child) => child.local === local);

export const attributeOf = (element: XmlElement, local: string, namespace = ''): string | undefined =>
  element.attributes.find((a) => a.local === local && a.namespace === namespace)?.value;

/**
 * Text of an element without child elements: references resolved, comments left out, line ends as they came. White space before the
 * first and behind the last CDATA section is the layout of the envelope and no part of the text.
 */
export function textOf(text: string, element: XmlElement): string {
  const inner = text.slice(element.inner, element.innerEnd);
  if (!inner.includes('<')) return unescapeText(inner);
  const parts: string[] = [];
  let sections = 0;
  let at = 0;
  for (let open = inner.indexOf('<!'); open !== -1; open = inner.indexOf('<!', at)) {
    const comment = inner.startsWith('<!--', open);
    const from = open + (comment ? 4 : 9);
    const close = inner.indexOf(comment ? '-->' : ']]>', from);
    parts.push(unescapeText(inner.slice(at, open)));
    if (!comment) {
      sections++;
      parts.push(inner.slice(from, close));
    }
    at = close + 3;
  }
  parts.push(unescapeText(inner.slice(at)));
  const framed = /^[ \t\r\n]*<!\[CDATA\[/.test(inner) && /^[ \t\r\n]*$/.test(inner.slice(at));
  return (sections > 0 && framed ? parts.slice(1, -1) : parts).join('');
}

/** Text of a small element of a header or fault, trimmed. */
export const shortText = (text: string, element: XmlElement | undefined): string =>
  element === undefined || element.children.length > 0 ? '' : textOf(text, element).trim();

/**
 * An element as a document of its own: its characters as they came, with the namespaces it had from outside declared on it. A
 * prefix counts as used wherever it stands before a colon, since values such as those of xsi:type use prefixes too.
 */
export function documentOf(text: string, element: XmlElement): string {
  const own = text.slice(element.start, element.end);
  const outer = new Map<string, string>();
  for (let above = element.parent; above !== undefined; above = above.parent)
    for (const [prefix, uri] of above.declared) if (!outer.has(prefix)) outer.set(prefix, uri);
  let added = '';
  for (const [prefix, uri] of outer) {
    if (element.declared.has(prefix) || (prefix === '' ? uri === '' : !usesPrefix(own, prefix))) continue;
    added += ` ${prefix === '' ? 'xmlns' : `xmlns:${prefix}`}="${escapeAttribute(uri)}"`;
  }
  const split = element.nameEnd - element.start;
  return own.slice(0, split) + added + own.slice(split);
}

function usesPrefix(text: string, prefix: string): boolean {
  const wanted = `${prefix}:`;
  for (let at = text.indexOf(wanted); at !== -1; at = text.indexOf(wanted, at + 1))
    if (!/[\w.:-]/.test(text[at - 1] ?? '')) return true;
  return false;
}

/** The namespace a prefix stands for at an element, for names in values. */
export function namespaceAt(element: XmlElement, prefix: string): string | undefined {
  for (let at: XmlElement | undefined = element; at !== undefined; at = at.parent) {
    const uri = at.declared.get(prefix);
    if (uri !== undefined) return uri;
  }
  return prefix === '' ? '' : undefined;
}

/** A qualified name in a value, `tns:HIPMessageServer`. */
export function resolveName(element: XmlElement, value: string): { namespace: string; local: string } {
  const colon = value.indexOf(':');
  const prefix = colon === -1 ? '' : value.slice(0, colon).trim();
  return { namespace: namespaceAt(element, prefix) ?? '', local: value.slice(colon + 1).trim() };
}
