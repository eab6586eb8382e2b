import type { Value } from '../engine/format.ts';
import { attributeOf, isNil, type XmlElement } from '../xml/element.ts';
import type { Reading, Readings } from '../xml/source.ts';

/**
 * One vocabulary for both data type styles of HL7 V3: R2 as the 2020 standard writes it (`id/item@root`, `name/item/part@value`,
 * `displayName@value`) and R1 as the 2016 edition and CDA do (`id@root`, text, `@displayName`), and what stands between them in
 * the field (`name@value`). Each gives the first that has a value; null where there are elements and all are empty.
 */
const attribute = (element: XmlElement | undefined, name: string): string | undefined =>
  element && !isNil(element) ? attributeOf(element, name)?.value.trim() : undefined;

const kids = (element: XmlElement, name: string): XmlElement[] =>
  element.children.filter((child) => child.name === name);

/** The items of a set in R2; in R1 the elements stand for themselves. */
const itemsOf = (elements: readonly XmlElement[]): XmlElement[] =>
  elements.flatMap((element) => {
    const items = kids(element, 'item');
    return items.length > 0 ? items : [element];
  });

const first = (elements: readonly XmlElement[], read: (element: XmlElement) => string | undefined): Value => {
  for (const element of elements) {
    const value = read(element);
    if (value) return value;
  }
  return elements.length > 0 ? null : undefined;
};

const text = (element: XmlElement): string | undefined => (!isNil(element) && element.text) || undefined;

function id(elements: readonly XmlElement[], roots: string | undefined): Value {
  const items = itemsOf(elements);
  const wanted = roots?.split('|').map((root) => root.trim());
  if (!wanted) return first(items, (item) => attribute(item, 'extension') || text(item));
  const found = wanted.flatMap((root) => items.filter((item) => attribute(item, 'root') === root));
  return first(found, (item) => attribute(item, 'extension'));
}

/** The whole of a name: parts of R2, text or family and given of R1. */
const nameOf = (element: XmlElement): string | undefined => {
  const parts = kids(element, 'part').map((part) => attribute(part, 'value') ?? '');
  const own = parts.join('') || attribute(element, 'value') || text(element);
  return own || ['family', 'given'].flatMap((name) => kids(element, name).map((e) => e.text)).join('');
};

/** Spellings for sorting or in Latin letters stand beside the name and are not it. */
const aside = new Set(['SYL', 'SRCH', 'PHON', 'P', 'ABC']);
function name(elements: readonly XmlElement[]): Value {
  const items = itemsOf(elements);
  const proper = items.filter((item) => !aside.has(attribute(item, 'use') ?? ''));
  return first(proper.length > 0 ? [...proper, ...items] : items, nameOf);
}

const code = (elements: readonly XmlElement[]): Value =>
  first(itemsOf(elements), (e) => attribute(e, 'code'));

function display(elements: readonly XmlElement[]): Value {
  return first(itemsOf(elements), (element) => {
    for (const tag of ['displayName', 'originalText'])
      for (const child of kids(element, tag)) {
        const found = attribute(child, 'value') || text(child);
        if (found) return found;
      }
    return attribute(element, 'displayName');
  });
}

/** A value of any plain type: `@value`, `any@value`, text. */
function plain(element: XmlElement): string | undefined {
  return attribute(element, 'value') || attribute(kids(element, 'any')[0], 'value') || text(element);
}
const value = (elements: readonly XmlElement[]): Value =>
  first(itemsOf(elements), (element) => plain(element) || nameOf(element));

const bound =
  (tag: 'low' | 'high') =>
  (elements: readonly XmlElement[]): Value =>
    first(
      itemsOf(elements).flatMap((element) => kids(element, tag)),
      plain,
    );

/** A point in time; of an interval its beginning. */
const time = (elements: readonly XmlElement[]): Value => {
  const at = first(itemsOf(elements), plain);
  return at || (bound('low')(elements) ?? at);
};

const phone = (elements: readonly XmlElement[]): Value =>
  first(
    itemsOf(elements).filter((item) => attribute(item, 'use') !== 'EMA'),
    (item) => {
      const number = plain(item)?.replace(/^tel:/i, '');
      return number && !/^mailto:|@/i.test(number) ? number : undefined;
    },
  );

/** The parts in their order; a postal code is no part of the line. */
const address = (elements: readonly XmlElement[]): Value =>
  first(itemsOf(elements), (item) => {
    const parts = kids(item, 'part').filter((part) => attribute(part, 'type') !== 'ZIP');
    const joined = parts.map((part) => attribute(part, 'value') || part.text).join('');
    const named = item.children.filter(({ name: tag }) => tag !== 'part' && tag !== 'postalCode');
    return joined || plain(item) || named.map((part) => part.text || attribute(part, 'value') || '').join('');
  });

const reading = (read: (elements: readonly XmlElement[]) => Value): Reading => ({
  argument: 'none',
  value: read,
});

export const hipReadings: Readings = {
  /** `:id`, `:id(2.16.156.10011.1.12|2.16.156.10011.1.11)`: the extension, of the first root that has one. */
  id: { argument: 'allowed', value: id },
  items: { argument: 'none', items: itemsOf },
  name: reading(name),
  code: reading(code),
  display: reading(display),
  value: reading(value),
  time: reading(time),
  low: reading(bound('low')),
  high: reading(bound('high')),
  phone: reading(phone),
  address: reading(address),
};
