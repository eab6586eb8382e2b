/** A namespaced attribute; declarations of namespaces are not among them. */
export interface XmlAttribute {
  readonly name: string;
  readonly prefix: string;
  readonly namespace: string;
  readonly value: string;
}

export interface XmlElement {
  /** Local name. */
  readonly name: string;
  readonly prefix: string;
  /** Empty where it has none. */
  readonly namespace: string;
  readonly parent: XmlElement | undefined;
  readonly attributes: readonly XmlAttribute[];
  readonly children: readonly XmlElement[];
  /** Character data of its own, without the white space around it. */
  readonly text: string;
}

/** A message as paths read it. */
export interface XmlMessage {
  readonly root: XmlElement;
  /** What the protocol said beside it, read by `meta:name`. */
  readonly meta: Readonly<Record<string, string>>;
}

export const instanceNamespace = 'http://www.w3.org/2001/XMLSchema-instance';

/** An attribute by local name; one without a prefix comes first. `namespace` given: only that one. */
export function attributeOf(
  { attributes }: XmlElement,
  name: string,
  namespace?: string,
): XmlAttribute | undefined {
  let other: XmlAttribute | undefined;
  for (const attribute of attributes) {
    if (attribute.name !== name) continue;
    if (namespace !== undefined ? attribute.namespace === namespace : attribute.prefix === '')
      return attribute;
    other ??= attribute;
  }
  return namespace === undefined ? other : undefined;
}

/** `xsi:nil`: empty on purpose, whatever else stands in it. */
export const isNil = (element: XmlElement): boolean =>
  /^(true|1)$/.test(attributeOf(element, 'nil', instanceNamespace)?.value.trim() ?? '');

/** Every element at or below one, in the order of the document. */
export function* descendants(from: XmlElement): Iterable<XmlElement> {
  const open = [from];
  for (let element = open.pop(); element; element = open.pop()) {
    yield element;
    for (let i = element.children.length - 1; i >= 0; i--) open.push(element.children[i]!);
  }
}
