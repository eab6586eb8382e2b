import type { ViewField, ViewPart } from '../engine/format.ts';
import type { XmlElement, XmlMessage } from './element.ts';
import { serialized } from './serialize.ts';

/** A message for the eye: the root's own values, then each element in it, with every value at the path that reads it. */
export function* viewXml({ root }: XmlMessage): Iterable<ViewPart> {
  const own = { ...root, children: [] };
  yield { name: root.name, raw: serialized(own), fields: valuesOf(own, '') };
  for (const [child, step] of stepsOf(root))
    yield { name: child.name, raw: serialized(child, true), fields: fieldsOf(child, step) };
}

/** One after the other, without recursion: a document may be deep. */
function* fieldsOf(from: XmlElement, path: string): Iterable<ViewField> {
  const open: [XmlElement, string][] = [[from, path]];
  for (let next = open.pop(); next; next = open.pop()) {
    const [element, at] = next;
    yield* valuesOf(element, at);
    for (const [child, step] of stepsOf(element).reverse()) open.push([child, `${at}/${step}`]);
  }
}

function* valuesOf(element: XmlElement, path: string): Iterable<ViewField> {
  for (const { name, prefix, value } of element.attributes)
    yield { position: `${path}@${prefix === '' ? name : `${prefix}:${name}`}`, value, null: value === '' };
  const empty = element.children.length === 0 && element.attributes.length === 0;
  if (element.text !== '' || empty)
    yield { position: path || '.', value: element.text, null: element.text === '' };
}

/** The children with their steps: `item(2)` where there are several. */
function stepsOf({ children }: XmlElement): [XmlElement, string][] {
  const total = new Map<string, number>();
  for (const { name } of children) total.set(name, (total.get(name) ?? 0) + 1);
  const seen = new Map<string, number>();
  return children.map((child) => {
    const n = (seen.get(child.name) ?? 0) + 1;
    seen.set(child.name, n);
    return [child, total.get(child.name) === 1 ? child.name : `${child.name}(${n})`];
  });
}
