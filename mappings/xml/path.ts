import type { Bad } from '../engine/format.ts';

/** `name`, `{namespace}name`, `*` or `..`, with tests in brackets and a position in parentheses. */
export interface Step {
  readonly name: string;
  readonly namespace?: string;
  readonly tests: readonly StepTest[];
  /** From 1, among the siblings that pass; 0 for each of them. */
  readonly position: number;
}

/** `[@root="x"]`, `[code@code!="x"]`, `[@root]`. */
export interface StepTest {
  readonly steps: readonly Step[];
  readonly attribute?: AttributeName;
  readonly is?: string;
  readonly not?: boolean;
}

export interface AttributeName {
  readonly name: string;
  readonly prefix: string;
  readonly namespace?: string;
}

export interface XmlPath {
  /** `/` in front: from the root element, wherever the path is read. */
  readonly absolute: boolean;
  readonly steps: readonly Step[];
  readonly attribute?: AttributeName;
  /** `:id(1.2.3)` at the end: a reading of the elements that the format knows. */
  readonly call?: { readonly name: string; readonly argument: string | undefined };
}

const token = {
  name: /(?:([\p{L}_][\p{L}\p{M}\p{N}._-]*)|\*|\.\.)/uy,
  namespace: /\{([^{}\s]*)\}/y,
  prefixed: /(?:([\p{L}_][\p{L}\p{M}\p{N}._-]*):)?([\p{L}_][\p{L}\p{M}\p{N}._-]*)/uy,
  position: /\((\d{1,6})\)/y,
  compare: /(!?=)(?:"([^"]*)"|'([^']*)')/y,
  call: /:([a-z][A-Za-z]*)(?:\(([^()]*)\))?$/y,
};

/**
 * Reads a path of an XML message: `a/b(2)/c@attr`, `b[@root="x"]/@extension`, `{urn:hl7-org:v3}id`, `../text`, `.`, `@attr`,
 * `/from/the/root`, `patient/id:id(1.2.3)`. Prefixes are not written: a name means every namespace unless one is given.
 */
export function parsePath(text: string): XmlPath | Bad {
  const scan = new Scan(text);
  const path = scan.path();
  return path ?? { bad: `"${text}" is not a path: ${scan.problem}; write a/b(2)/c@attribute` };
}

class Scan {
  problem = 'something is left over at its end';
  private readonly text: string;
  private at = 0;

  constructor(text: string) {
    this.text = text;
  }

  path(): XmlPath | undefined {
    const absolute = this.eat('/');
    if (absolute && this.text[this.at] === '/') return this.no('"//" is not known');
    const inner = this.steps(absolute);
    if (!inner) return undefined;
    const call = this.match(token.call);
    if (this.at < this.text.length) return undefined;
    if (call && inner.attribute) return this.no('an attribute has no readings');
    return { absolute, ...inner, ...(call ? { call: { name: call[1]!, argument: call[2] } } : {}) };
  }

  private no(problem: string): undefined {
    this.problem = problem;
    return undefined;
  }

  private eat(text: string): boolean {
    if (!this.text.startsWith(text, this.at)) return false;
    this.at += text.length;
    return true;
  }

  private match(expression: RegExp): RegExpExecArray | undefined {
    expression.lastIndex = this.at;
    const found = expression.exec(this.text);
    if (found) this.at = expression.lastIndex;
    return found ?? undefined;
  }

  /** Steps with an attribute perhaps; `.` is none. */
  private steps(may: boolean): { steps: Step[]; attribute?: AttributeName } | undefined {
    const steps: Step[] = [];
    if (this.text[this.at] === '.' && this.text[this.at + 1] !== '.') {
      this.at++;
      if (!this.eat('/')) return this.tail(steps);
    }
    if (this.text[this.at] === '@') return this.tail(steps);
    if (this.text[this.at] === ':' || (may && this.at === this.text.length)) return { steps };
    for (;;) {
      const step = this.step();
      if (!step) return undefined;
      steps.push(step);
      if (this.text[this.at] !== '/') return this.tail(steps);
      this.at++;
      if (this.text[this.at] === '/') return this.no('"//" is not known');
      if (this.text[this.at] === '@') return this.tail(steps);
    }
  }

  private tail(steps: Step[]): { steps: Step[]; attribute?: AttributeName } | undefined {
    if (!this.eat('@')) return { steps };
    const namespace = this.match(token.namespace);
    const name = this.match(token.prefixed);
    if (!name) return this.no('"@" is not followed by a name');
    const attribute = { name: name[2]!, prefix: name[1] ?? '' };
    return { steps, attribute: namespace ? { ...attribute, namespace: namespace[1]! } : attribute };
  }

  private step(): Step | undefined {
    const namespace = this.match(token.namespace);
    const name = this.match(token.name);
    if (!name) return this.no('a name is missing');
    const tests: StepTest[] = [];
    while (this.eat('[')) {
      const test = this.test();
      if (!test) return undefined;
      tests.push(test);
    }
    const position = this.match(token.position);
    if (position && Number(position[1]) === 0) return this.no('positions count from 1');
    return {
      name: name[0],
      tests,
      position: Number(position?.[1] ?? 0),
      ...(namespace ? { namespace: namespace[1]! } : {}),
    };
  }

  private test(): StepTest | undefined {
    const inner = this.steps(false);
    if (!inner) return undefined;
    const compare = this.match(token.compare);
    if (!this.eat(']')) return this.no('"[" is not closed');
    if (!compare) return inner;
    return { ...inner, is: compare[2] ?? compare[3] ?? '', ...(compare[1] === '!=' ? { not: true } : {}) };
  }
}
