import { instanceNamespace, type XmlElement } from './element.ts';
import { escapedAttribute, escapedText } from './references.ts';

/**
 * An element as a document of its own, without a declaration: namespaces as defaults, prefixes on attributes only. With
 * `pretty` each element on its own line.
 */
export function serialized(root: XmlElement, pretty = false): string {
  const prefixes = prefixesOf(root);
  const declared = [...prefixes].map(
    ([namespace, prefix]) => ` xmlns:${prefix}="${escapedAttribute(namespace)}"`,
  );
  const out: string[] = [];
  const open: (XmlElement | string)[] = [root];
  let depth = 0;
  const line = (): string => (pretty && out.length > 0 ? `\n${'  '.repeat(depth)}` : '');
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (typeof next === 'string') {
      depth--;
      out.push(next.startsWith('|') ? next.slice(1) : `${line()}${next}`);
      continue;
    }
    const { name, namespace, children, text } = next;
    const around = next === root ? '' : (next.parent?.namespace ?? '');
    const own = namespace === around ? '' : ` xmlns="${escapedAttribute(namespace)}"`;
    const attributes = next.attributes.map((a) => {
      const prefix = a.namespace === '' ? '' : `${prefixes.get(a.namespace) ?? a.prefix}:`;
      return ` ${prefix}${a.name}="${escapedAttribute(a.value)}"`;
    });
    const tag = `<${name}${own}${next === root ? declared.join('') : ''}${attributes.join('')}`;
    const empty = children.length === 0 && text === '';
    out.push(`${line()}${tag}${empty ? '/>' : `>${escapedText(text)}`}`);
    if (empty) continue;
    depth++;
    open.push(children.length === 0 ? `|</${name}>` : `</${name}>`, ...children.toReversed());
  }
  return out.join('');
}

/** A prefix for each namespace of attributes. */
function prefixesOf(root: XmlElement): Map<string, string> {
  const prefixes = new Map<string, string>();
  const open = [root];
  for (let element = open.pop(); element; element = open.pop()) {
    for (const { namespace } of element.attributes) {
      if (namespace === '' || namespace === xml || prefixes.has(namespace)) continue;
      prefixes.set(namespace, namespace === instanceNamespace ? 'xsi' : `n${prefixes.size + 1}`);
    }
    open.push(...element.children);
  }
  return prefixes;
}

const xml = 'http://www.w3.org/XML/1998/namespace';
