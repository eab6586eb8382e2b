import type { Bad, TargetFormat, Writer } from '../engine/format.ts';
import { type Json, JsonNumber, stringify } from './value.ts';

/** `items()` is a new item of a list: `append`. */
interface Step {
  readonly name: string;
  readonly append: boolean;
}

interface Position {
  readonly steps: readonly Step[];
  readonly kind: 'text' | 'number' | 'boolean';
}

const notAPlace = (text: string): Bad => ({
  bad: `"${text}" is not a place to write; write patient.name, count:number, ok:boolean, codes() for a list`,
});

const part = /(?:"((?:[^"\\]|\\.)+)"|([^\s.()"':{}[\]$][^.()":{}[\]]*))?(\(\))?/y;

function stepsOf(text: string): readonly Step[] | undefined {
  if (text === '.') return [];
  const steps: Step[] = [];
  for (let at = 0; ; at++) {
    part.lastIndex = at;
    const found = part.exec(text);
    if (!found || found[0] === '') return undefined;
    const name = found[2] ?? unquoted(found[1] ?? '');
    // Only a list may have no name: `()` is a message that is a list itself.
    if (name === undefined || (name === '' && steps.length > 0)) return undefined;
    steps.push({ name, append: found[3] !== undefined });
    at += found[0].length;
    if (at === text.length) return steps;
    if (text[at] !== '.') return undefined;
  }
}

function unquoted(text: string): string | undefined {
  try {
    return JSON.parse(`"${text}"`) as string;
  } catch {
    return undefined;
  }
}

export const jsonTarget: TargetFormat = {
  segment: (name) =>
    stepsOf(name)
      ? undefined
      : { bad: 'must be . for the message, a path, or list() for a new item of a list' },
  position(_segment, text, component = '') {
    const [, own = '', kind = 'text'] = /^(.*?)(?::(number|boolean))?$/s.exec(text) ?? [];
    const inner = component.replace(/^\./, '');
    const [, below = '', kindBelow] = /^(.*?)(?::(number|boolean))?$/s.exec(inner) ?? [];
    if (inner !== '' && kind !== 'text')
      return { bad: `"${text}" is a single value; it has no "${component}"` };
    const steps = stepsOf(own);
    const more = inner === '' ? [] : stepsOf(below);
    if (!steps || steps.length === 0 || !more || steps[0]?.name === '') return notAPlace(text + component);
    const position: Position = {
      steps: [...steps, ...more],
      kind: (inner === '' ? kind : (kindBelow ?? 'text')) as Position['kind'],
    };
    return { position };
  },
  writer: () => new JsonWriter(),
};

/** While it is being written: lists may have gaps. */
type Node = Map<string, Growing> | List;
type Growing = Node | Json;
class List {
  readonly items: Growing[] = [];
}
const isNode = (value: Growing | undefined): value is Node => value instanceof Map || value instanceof List;

class JsonWriter implements Writer {
  private root: Node | undefined;
  private current: Map<string, Growing> | undefined;

  segment(name: string): void {
    const steps = stepsOf(name) ?? [];
    this.root ??= steps[0]?.name === '' ? new List() : new Map();
    let node: Node = this.root;
    for (const [i, step] of steps.entries()) {
      const last = i === steps.length - 1;
      if (step.name !== '' || i > 0) node = this.child(this.object(node), step.name, step.append);
      if (step.append && last && node instanceof List) node.items.push(new Map());
    }
    this.current = this.object(node);
  }

  set(position: unknown, repetition: number, value: string | null): void {
    const { steps, kind } = position as Position;
    let node: Node = (this.current ??= this.object((this.root ??= new Map())));
    for (const [i, step] of steps.entries()) {
      const own = this.object(node);
      const last = i === steps.length - 1;
      if (last && !step.append) this.put(own, step.name, repetition, typed(value, kind));
      else {
        node = this.child(own, step.name, step.append);
        if (step.append && node instanceof List) {
          if (last) node.items[repetition - 1] = typed(value, kind);
          else node = this.itemOf(node, repetition - 1);
        }
      }
    }
  }

  text(): string {
    return stringify(finished(this.root ?? new Map()), true);
  }

  /** A second value for a place that is no list makes it one: nothing is lost. */
  private put(own: Map<string, Growing>, name: string, repetition: number, value: Json): void {
    const before = own.get(name);
    if (repetition === 1 || before === undefined) own.set(name, value);
    else if (before instanceof List) before.items.push(value);
    else {
      const list = new List();
      list.items.push(before, value);
      own.set(name, list);
    }
  }

  private child(own: Map<string, Growing>, name: string, list: boolean): Node {
    const found = own.get(name);
    if (isNode(found) && (!list || found instanceof List)) return found;
    const made: Node = list ? new List() : new Map();
    own.set(name, made);
    return made;
  }

  /** The object itself; of a list its last item. */
  private object(node: Node): Map<string, Growing> {
    if (!(node instanceof List)) return node;
    return this.itemOf(node, Math.max(node.items.length - 1, 0));
  }

  private itemOf(list: List, index: number): Map<string, Growing> {
    const found = list.items[index];
    if (found instanceof Map) return found as Map<string, Growing>;
    const made = new Map<string, Growing>();
    list.items[index] = made;
    return made;
  }
}

const finished = (value: Growing): Json => {
  if (value instanceof List) return value.items.filter((item) => item !== undefined).map(finished);
  if (value instanceof Map)
    return new Map([...value].map(([name, item]) => [name, finished(item as Growing)]));
  return value;
};

/** Text that is not of the kind stays text: the peer sees what came; a mapping that must refuse it has the step `number`. */
function typed(value: string | null, kind: Position['kind']): Json {
  if (value === null || kind === 'text') return value;
  if (kind === 'boolean') {
    if (value === 'true' || value === '1') return true;
    return value === 'false' || value === '0' ? false : value;
  }
  const trimmed = value.trim();
  if (/^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/.test(trimmed)) return new JsonNumber(trimmed);
  const found = /^([+-]?)0*(\d*)(\.\d+)?$/.exec(trimmed);
  if (!found || !/\d/.test(trimmed)) return value;
  return new JsonNumber(`${found[1] === '-' ? '-' : ''}${found[2] || '0'}${found[3] ?? ''}`);
}
