import { Compile } from 'typebox/compile';
import { type Step, type StepName, steps } from '../../contracts/mapping/shape.ts';
import { type At, type Compiling, isDoc, refuse } from './compiling.ts';
import type { DateCodec } from './format.ts';
import { type Flow, isList, type Run, report, type Site } from './run.ts';
import { schemaProblems } from './schema-problems.ts';

type Apply = (value: Flow, run: Run) => Flow;
type Scalar = (text: string, run: Run) => Flow;

const names = Object.keys(steps) as StepName[];
const shapes = Object.fromEntries(names.map((name) => [name, Compile(steps[name].schema)]));

/** Compiles a list of steps into one function; `undefined` where there is nothing to do. */
export function compileSteps(list: unknown, at: At, site: Site, c: Compiling): Apply | undefined {
  if (!Array.isArray(list)) return refuse(c, at, '"do" must be a list of steps');
  const applied = list.flatMap((item, i) => compileStep(item, [...at, i], site, c) ?? []);
  if (applied.length <= 1) return applied[0];
  return (value, run) => {
    for (const apply of applied) value = apply(value, run);
    return value;
  };
}

function compileStep(item: unknown, at: At, site: Site, c: Compiling): Apply | undefined {
  const name = isDoc(item) ? names.find((key) => key in item) : undefined;
  if (!isDoc(item) || name === undefined) {
    return refuse(c, at, `not a step; known steps: ${names.join(', ')}`);
  }
  const wrong = schemaProblems(shapes[name]!, item, at);
  for (const problem of wrong) refuse(c, problem.at, problem.reason);
  return wrong.length > 0 ? undefined : build(item as Step, at, site, c);
}

function build(step: Step, at: At, site: Site, c: Compiling): Apply | undefined {
  if ('join' in step) return (value) => joined(value, step.join);
  if ('default' in step) return (value) => (value === undefined ? step.default : value);
  const scalar = scalarStep(step, at, site, c);
  return scalar && onText(scalar);
}

/** Absent and null pass; a list is worked on item by item. */
function onText(scalar: Scalar): Apply {
  const apply: Apply = (value, run) => {
    if (typeof value === 'string') return scalar(value, run);
    if (isList(value)) return value.map((item) => apply(item, run));
    if (typeof value === 'number' || typeof value === 'boolean') return scalar(String(value), run);
    return value;
  };
  return apply;
}

function joined(value: Flow, separator: string): Flow {
  if (!isList(value)) return value;
  let text: string | undefined;
  let cleared = false;
  for (const part of value) {
    if (part === null) cleared = true;
    else if (part !== undefined && part !== '')
      text = text === undefined ? String(part) : text + separator + part;
  }
  return text ?? (cleared ? null : undefined);
}

const some = (text: string): string | undefined => (text === '' ? undefined : text);

function scalarStep(step: Step, at: At, site: Site, c: Compiling): Scalar | undefined {
  if ('code' in step) return codeStep(step, at, site, c);
  if ('date' in step) return dateStep(step.date, site, c);
  if ('trim' in step) return (text) => some(text.trim());
  if ('upper' in step) return (text) => text.toUpperCase();
  if ('lower' in step) return (text) => text.toLowerCase();
  if ('max' in step) return (text) => cut(text, step.max);
  if ('split' in step) return (text) => some(text.split(step.split)[step.take] ?? '');
  if ('prefix' in step) return (text) => step.prefix + text;
  if ('match' in step) return matchStep(step.match, at, c);
  if ('number' in step) return (text, run) => decimal(text) ?? report(run, site, 'is not a decimal number');
  return refuse(c, at, 'this step is not known to the engine');
}

function codeStep(step: { code: string; or?: string }, at: At, site: Site, c: Compiling) {
  const { codes } = c;
  const table = step.code;
  if (!codes.has(table)) return refuse(c, [...at, 'code'], `no code table named "${table}"`);
  return (code: string, run: Run): Flow => {
    const to = codes.find(table, code);
    if (to !== undefined) return to;
    const instead = step.or ?? codes.fallback(table);
    if (instead === undefined) {
      return report(run, site, `is not in code table ${table}`, { table, code });
    }
    run.misses.push({ table, code });
    return instead;
  };
}

function dateStep(kind: keyof DateCodec, site: Site, { dates }: Compiling): Scalar {
  return (text, run) =>
    (kind === 'day' ? dates.day(text) : dates[kind](text, run.zone)) ??
    report(run, site, kind === 'day' ? 'is not a date' : 'is not a date and time');
}

function matchStep(pattern: string, at: At, c: Compiling): Scalar | undefined {
  const expression = regular(pattern);
  if (expression === undefined) return refuse(c, [...at, 'match'], 'is not a regular expression');
  return (text) => {
    const found = expression.exec(text);
    return found === null ? undefined : some(found[1] ?? found[0]);
  };
}

/** Compiles a pattern with Unicode rules; undefined where it is wrong. */
export function regular(pattern: string): RegExp | undefined {
  try {
    return new RegExp(pattern, 'u');
  } catch {
    return undefined;
  }
}

/** Characters are code points, so a name of the supplementary planes is never halved. */
function cut(text: string, max: number): string {
  if (text.length <= max) return text;
  const characters = [...text];
  return characters.length <= max ? text : characters.slice(0, max).join('');
}

function decimal(text: string): number | undefined {
  const trimmed = text.trim();
  return /^[+-]?(\d+\.?\d*|\.\d+)$/.test(trimmed) ? Number(trimmed) : undefined;
}
