import { Buffer } from 'node:buffer';
import { type Bad, isBad, type TargetFormat, type Writer } from '../engine/format.ts';
import { type AttributeName, parsePath, type Step, type XmlPath } from './path.ts';
import { canCarry } from './references.ts';
import { added, attributeKey, created, lastOf, type Node, nthOf, written } from './tree.ts';

/** Where a value goes, below the element of the segment. */
interface Position {
  readonly steps: readonly Step[];
  /** Index of the step that a list repeats. */
  readonly repeats: number;
  readonly attribute: AttributeName | undefined;
}

/** What a segment opens: the root, a new element, or a document inside the document. */
interface Opening {
  readonly steps: readonly Step[];
  readonly inner?: { readonly at?: Position };
}

const innerOpens = /^inner\(base64,\s*([^()]+)\)\/(.+)$/;

/**
 * Writes XML. The first segment is the root element. Each further one is a new element: of its path the last step is made, those
 * before it are the last of their name, or made. Fields are paths below it; `[@a="b"]` is a constant the element is made with.
 * `inner(base64, a/b@c)/Root` begins a document whose base64 goes to that place; `inner/x/y` goes on in it.
 */
export const xmlTarget: TargetFormat = {
  segment(name) {
    const opening = openingOf(name);
    return isBad(opening) ? opening : undefined;
  },
  position(_, path, component) {
    const position = positionOf(path, component);
    return isBad(position) ? position : { position };
  },
  writer: () => new XmlWriter(),
};

function openingOf(name: string): Opening | Bad {
  const opens = innerOpens.exec(name);
  if (opens) {
    const at = positionOf(opens[1]!.trim());
    const root = targetPath(opens[2]!);
    if (isBad(at)) return at;
    return isBad(root) ? root : { steps: root.steps, inner: { at } };
  }
  const within = name.startsWith('inner/');
  const path = targetPath(within ? name.slice('inner/'.length) : name);
  if (isBad(path)) return path;
  if (path.attribute || path.steps.length === 0) return { bad: `"${name}" names no element` };
  return within ? { steps: path.steps, inner: {} } : { steps: path.steps };
}

function positionOf(path: string, component = ''): Position | Bad {
  const whole = targetPath(path);
  if (isBad(whole)) return whole;
  if (component === '')
    return { steps: whole.steps, repeats: whole.steps.length - 1, attribute: whole.attribute };
  if (whole.attribute) return { bad: `"${path}" is an attribute; nothing goes below it` };
  const below = targetPath(component.startsWith('/') ? component.slice(1) : component);
  if (isBad(below)) return below;
  return {
    steps: [...whole.steps, ...below.steps],
    repeats: whole.steps.length - 1,
    attribute: below.attribute,
  };
}

/** A path that elements can be made by: names, constants, positions. */
function targetPath(text: string): XmlPath | Bad {
  const path = parsePath(text);
  if (isBad(path)) return path;
  const plain =
    !path.absolute &&
    !path.call &&
    path.steps.every(
      ({ name, tests }) =>
        name !== '..' &&
        name !== '*' &&
        tests.every((t) => t.steps.length === 0 && t.attribute && t.is !== undefined && !t.not),
    );
  if (!plain) return { bad: `"${text}" cannot be written; use names, positions and [@attribute="constant"]` };
  const attributes = [...path.steps.flatMap(({ tests }) => tests.map((t) => t.attribute)), path.attribute];
  for (const a of attributes) {
    if (a && (a.namespace !== undefined || !['', 'xsi', 'xml'].includes(a.prefix)))
      return { bad: `"${text}": only attributes without a namespace, xsi and xml are written` };
    if (a?.name === 'xmlns')
      return { bad: `"${text}": a namespace is written before the name, {urn:hl7-org:v3}name` };
  }
  return path;
}

/** A mapping opens the same segments for every message. */
const openings = new Map<string, Opening | Bad>();
function opened(name: string): Opening | Bad {
  const known = openings.get(name);
  if (known) return known;
  if (openings.size > 2000) openings.clear();
  const made = openingOf(name);
  openings.set(name, made);
  return made;
}

class XmlWriter implements Writer {
  private root: Node | undefined;
  private current: Node | undefined;
  private inner: { readonly root: Node; readonly at: Position } | undefined;

  segment(name: string): void {
    const opening = opened(name);
    if (isBad(opening)) return;
    const { steps, inner } = opening;
    if (inner?.at) this.begin(steps, inner.at);
    else if (!this.root) this.current = this.root = created(steps[0]!);
    else this.open(inner ? (this.inner?.root ?? this.root) : this.root, steps);
  }

  private open(root: Node, steps: readonly Step[]): void {
    let node = root;
    for (const step of steps.slice(0, -1)) node = lastOf(node, step);
    const last = steps.at(-1)!;
    this.current = last.position > 0 ? lastOf(node, last) : added(node, last);
  }

  private begin(steps: readonly Step[], at: Position): void {
    this.close();
    this.current = created(steps[0]!);
    this.inner = { root: this.current, at };
  }

  set(position: unknown, repetition: number, value: string | null): void {
    if (this.current) this.put(this.current, position as Position, repetition, value ?? '');
  }

  private put(from: Node, { steps, repeats, attribute }: Position, repetition: number, value: string): void {
    let node = from;
    for (const [i, step] of steps.entries())
      node = i === repeats && step.position === 0 ? nthOf(node, step, repetition) : lastOf(node, step);
    const carried = canCarry(value) ? value : withoutControls(value);
    if (attribute) node.attributes.set(attributeKey(attribute), carried);
    else node.text = carried;
  }

  /** The inner document goes to its place. */
  private close(): void {
    const { root, inner } = this;
    this.inner = undefined;
    if (!root || !inner) return;
    const text = `<?xml version="1.0" encoding="UTF-8"?>\n${written(inner.root)}`;
    this.put(root, inner.at, 1, Buffer.from(text, 'utf8').toString('base64'));
  }

  text(): string {
    this.close();
    return this.root ? written(this.root) : '';
  }
}

/** XML 1.0 has no form for them, not even as a reference. */
const withoutControls = (value: string): string =>
  value.toWellFormed().replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, ' ');
