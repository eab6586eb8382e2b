import { Settings } from 'typebox/system';
import type { Issue } from '../http/problem.ts';

// Eight errors, the default, are used up by two fields of several choices.
Settings.Set({ maxErrors: 64 });

/** An error of a TypeBox validator. */
export interface SchemaError {
  readonly keyword: string;
  readonly schemaPath: string;
  readonly instancePath: string;
  readonly params: object;
  readonly message: string;
}

/** Errors of a validator as issues: path in dots, one for each place, the offending value never repeated. */
export function issuesOf(errors: readonly SchemaError[]): Issue[] {
  const choices = new Map<string, unknown[]>();
  for (const e of errors)
    if (e.keyword === 'const') {
      const allowed = (e.params as { allowedValue?: unknown }).allowedValue;
      choices.set(e.instancePath, [...(choices.get(e.instancePath) ?? []), allowed]);
    }
  const issues = new Map<string, Issue>();
  const add = (path: string, message: string): void => {
    if (!issues.has(path)) issues.set(path, { path, message });
  };
  for (const e of errors) {
    const path = dotted(e.instancePath);
    const params = e.params as { additionalProperties?: string[]; requiredProperties?: string[] };
    const inside = (name: string): string => (path === '' ? name : `${path}.${name}`);
    if (e.keyword === 'required')
      for (const name of params.requiredProperties ?? []) add(inside(name), 'is required');
    else if (e.keyword === 'additionalProperties')
      for (const name of params.additionalProperties ?? []) add(inside(name), 'unknown field');
    else if (e.keyword === 'const')
      add(path, `must be one of ${choices.get(e.instancePath)!.map(String).join(', ')}`);
    else if (e.keyword !== 'boolean' && e.keyword !== 'anyOf') add(path, e.message);
  }
  for (const e of errors) if (e.keyword === 'anyOf') add(dotted(e.instancePath), e.message);
  return [...issues.values()].slice(0, 20);
}

/** A JSON pointer as people write it: `/items/0/code` is `items.0.code`. */
const dotted = (pointer: string): string =>
  pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .join('.');
