import type { At } from './compiling.ts';

/** The part of TypeBox's compiled validator that is used. */
export interface Checker {
  Check(value: unknown): boolean;
  Errors(value: unknown): { keyword: string; schemaPath: string; instancePath: string; params: object }[];
}

export interface SchemaProblem {
  readonly at: At;
  readonly reason: string;
}

interface Params {
  additionalProperties?: string[];
  requiredProperties?: string[];
  allowedValue?: unknown;
  allowedValues?: unknown[];
  limit?: number;
  type?: string | string[];
  pattern?: string;
}

const index = (part: string): string | number => (/^\d+$/.test(part) ? Number(part) : part);

function steps(pointer: string): (string | number)[] {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => index(part.replaceAll('~1', '/').replaceAll('~0', '~')));
}

/** What a schema has against a value, one problem per place, in plain words and without the value. */
export function schemaProblems(checker: Checker, value: unknown, base: At = []): SchemaProblem[] {
  if (checker.Check(value)) return [];
  const errors = checker.Errors(value);
  const problems: SchemaProblem[] = [];
  for (const error of errors) {
    const at = [...base, ...steps(error.instancePath)];
    const params = error.params as Params;
    if (error.keyword === 'additionalProperties') {
      for (const key of params.additionalProperties ?? []) {
        problems.push({ at: [...at, index(key)], reason: `unknown key "${key}"` });
      }
    } else if (error.keyword === 'required') {
      for (const key of params.requiredProperties ?? []) {
        problems.push({ at: [...at, key], reason: 'is required and missing' });
      }
    } else if (error.keyword !== 'boolean' && !branch(error, errors)) {
      problems.push({ at, reason: words(error.keyword, params, allowed(error, errors)) });
    }
  }
  return problems;
}

type ErrorShape = ReturnType<Checker['Errors']>[number];

/** An error of one branch of a union: the union's own error speaks for it. */
function branch(error: ErrorShape, errors: readonly ErrorShape[]): boolean {
  return errors.some(
    (other) =>
      other !== error &&
      other.keyword === 'anyOf' &&
      error.schemaPath.startsWith(`${other.schemaPath}/anyOf/`),
  );
}

function allowed(union: ErrorShape, errors: readonly ErrorShape[]): unknown[] {
  return errors
    .filter((e) => e.keyword === 'const' && e.schemaPath.startsWith(`${union.schemaPath}/anyOf/`))
    .map((e) => (e.params as Params).allowedValue);
}

function words(keyword: string, p: Params, union: readonly unknown[]): string {
  if (keyword === 'anyOf') {
    return union.length > 0 ? `must be one of ${union.join(', ')}` : 'fits none of the allowed shapes';
  }
  if (keyword === 'enum') return `must be one of ${(p.allowedValues ?? []).join(', ')}`;
  if (keyword === 'const') return `must be ${String(p.allowedValue)}`;
  if (keyword === 'type') return typeWords(p.type);
  if (keyword === 'minLength') return p.limit === 1 ? 'is empty' : `is shorter than ${p.limit} characters`;
  if (keyword === 'maxLength') return `is longer than ${p.limit} characters`;
  if (keyword === 'minItems') return p.limit === 1 ? 'has no entries' : `has fewer than ${p.limit} entries`;
  if (keyword === 'maxItems') return `has more than ${p.limit} entries`;
  if (keyword === 'minimum') return `must be at least ${p.limit}`;
  if (keyword === 'maximum') return `must be at most ${p.limit}`;
  if (keyword === 'pattern') return `must match ${p.pattern}`;
  return `breaks the rule "${keyword}"`;
}

function typeWords(type: string | string[] | undefined): string {
  const name = Array.isArray(type) ? type.join(' or ') : (type ?? 'another type');
  if (name === 'string') return 'must be text; put it in quotes';
  return name === 'array' ? 'must be a list' : `must be of type ${name}`;
}
