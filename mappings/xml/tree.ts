import { instanceNamespace } from './element.ts';
import type { AttributeName, Step } from './path.ts';
import { escapedAttribute, escapedText } from './references.ts';

/** An element on its way out. Without a namespace of its own it is in that of the element around it. */
export interface Node {
  readonly name: string;
  readonly namespace: string | undefined;
  readonly attributes: Map<string, string>;
  readonly children: Node[];
  text: string;
}

const nodeOf = (name: string, namespace: string | undefined): Node => ({
  name,
  namespace,
  attributes: new Map(),
  children: [],
  text: '',
});

/** `xsi:type` and `xml:lang` keep their prefix; others are written without. */
export const attributeKey = ({ prefix, name }: AttributeName): string =>
  prefix === '' ? name : `${prefix}:${name}`;

/** A new element with the constants of its step. */
export function created({ name, namespace, tests }: Step): Node {
  const node = nodeOf(name, namespace);
  for (const { attribute, is } of tests)
    if (attribute) node.attributes.set(attributeKey(attribute), is ?? '');
  return node;
}

const isOf = ({ name, namespace, tests }: Step, node: Node): boolean =>
  node.name === name &&
  (namespace === undefined || namespace === node.namespace) &&
  tests.every(({ attribute, is }) => attribute && node.attributes.get(attributeKey(attribute)) === is);

/** The last such child, or a new one. */
export function lastOf(parent: Node, step: Step): Node {
  if (step.position > 0) return nthOf(parent, step, step.position);
  const found = parent.children.findLast((child) => isOf(step, child));
  return found ?? added(parent, step);
}

/** The n-th such child; those before it are made where they are missing. */
export function nthOf(parent: Node, step: Step, n: number): Node {
  let seen = 0;
  for (const child of parent.children) if (isOf(step, child) && ++seen === n) return child;
  for (; seen < n - 1; seen++) added(parent, step);
  return added(parent, step);
}

export function added(parent: Node, step: Step): Node {
  const node = created(step);
  parent.children.push(node);
  return node;
}

/** The document without a declaration: default namespaces, no prefixes but those of attributes. */
export function written(root: Node): string {
  return writeNode(root, '', usesInstance(root) ? ` xmlns:xsi="${instanceNamespace}"` : '');
}

function usesInstance(root: Node): boolean {
  const open = [root];
  for (let node = open.pop(); node; node = open.pop()) {
    for (const key of node.attributes.keys()) if (key.startsWith('xsi:')) return true;
    open.push(...node.children);
  }
  return false;
}

/** Depth is that of the mapping's paths. */
function writeNode({ name, namespace, attributes, children, text }: Node, around: string, more = ''): string {
  const own = namespace ?? around;
  let out = `<${name}`;
  if (own !== around) out += ` xmlns="${escapedAttribute(own)}"`;
  out += more;
  for (const [key, value] of attributes) out += ` ${key}="${escapedAttribute(value)}"`;
  if (children.length === 0 && text === '') return `${out}/>`;
  out += `>${escapedText(text)}`;
  for (const child of children) out += writeNode(child, own);
  return `${out}</${name}>`;
}
