import type { Value } from '../engine/format.ts';
import { attributeOf, instanceNamespace, isNil, type XmlElement } from './element.ts';
import type { AttributeName, Step, StepTest, XmlPath } from './path.ts';

/** Every element a path names, in the order of the document. */
export function elementsAt(steps: readonly Step[], from: XmlElement): XmlElement[] {
  const found: XmlElement[] = [];
  walk(steps, 0, from, (element) => {
    found.push(element);
    return false;
  });
  return found;
}

/** Calls `take` for each element until it says that it has enough. */
function walk(
  steps: readonly Step[],
  index: number,
  from: XmlElement,
  take: (element: XmlElement) => boolean,
): boolean {
  const step = steps[index];
  if (!step) return take(from);
  if (step.name === '..') return from.parent ? walk(steps, index + 1, from.parent, take) : false;
  let position = 0;
  for (const child of from.children) {
    if (!fits(step, child)) continue;
    position++;
    if (step.position === 0 || step.position === position) {
      if (walk(steps, index + 1, child, take)) return true;
      if (step.position === position) return false;
    }
  }
  return false;
}

function fits({ name, namespace, tests }: Step, element: XmlElement): boolean {
  if (name !== element.name && name !== '*') return false;
  if (namespace !== undefined && namespace !== element.namespace) return false;
  for (const test of tests) if (!passes(test, element)) return false;
  return true;
}

/** Without a comparison: there is one with a value. `!=` also holds where there is none. */
function passes(test: StepTest, element: XmlElement): boolean {
  const hit = walk(test.steps, 0, element, (at) => {
    const value = test.attribute ? attributeValue(at, test.attribute) : at.text;
    return test.is === undefined ? value !== undefined && value !== '' : value === test.is;
  });
  return test.not ? !hit : hit;
}

const attributeValue = (element: XmlElement, { name, prefix, namespace }: AttributeName) =>
  attributeOf(element, name, namespace ?? (prefix === 'xsi' ? instanceNamespace : undefined))?.value;

/** Absent: undefined. Empty, or `xsi:nil`: null. */
const emptyIsNull = (text: string | undefined): Value => (text === '' ? null : text);

/** What an element says by its own text; one that only holds others says nothing. */
export function textOf(element: XmlElement): Value {
  if (isNil(element)) return null;
  if (element.text !== '') return element.text;
  return element.children.length === 0 && element.attributes.length === 0 ? null : undefined;
}

/** The first attribute, or the first element, that a path names. With `test` an element without text but not empty is present. */
export function valueAt({ steps, attribute }: XmlPath, from: XmlElement, test: boolean): Value {
  let value: Value;
  walk(steps, 0, from, (element) => {
    if (!attribute) {
      const text = textOf(element);
      value = test && text === undefined ? '' : text;
      return true;
    }
    value = emptyIsNull(attributeValue(element, attribute));
    return value !== undefined;
  });
  return value;
}
