import { Fault } from '../../../contracts/kernel/fault.ts';
import type { Issue } from '../http/problem.ts';
import { parseQuery } from '../http/query.ts';
import { unsafeParts } from '../http/safe.ts';
import type { Route, ScalarType } from './route.ts';

export interface Input {
  readonly path: Readonly<Record<string, string>>;
  /** Without `?`. */
  readonly query: string;
  /** Undefined where the request has none. */
  readonly body: unknown;
  /** From `If-Match`. */
  readonly version: number | undefined;
}

/**
 * The params of an action from the parts of a request: path, `If-Match`, then query (GET, DELETE) or body. Texts become
 * numbers and booleans only where the schema says so. Throws `kernel.params.invalid` with every issue by its path.
 */
export function paramsOf(route: Route, input: Input): Record<string, unknown> {
  const query = parseQuery(input.query);
  const issues: Issue[] = [...query.issues];
  const params: Record<string, unknown> = {};
  const reserved = new Set(route.pathParams);
  if (route.ifMatch) reserved.add('version');
  const take = (name: string, value: unknown): void => {
    if (reserved.has(name))
      issues.push({
        path: name,
        message: `is given by ${name === 'version' ? 'If-Match' : 'the path'} only`,
      });
    else params[name] = value;
  };

  if (route.inQuery) {
    for (const [name, text] of query.plain) take(name, coerce(text, route.types.get(name)));
    for (const [name, values] of query.keyed) {
      if (route.keyed.has(name)) take(name, fromEntries(values, issues));
      else
        for (const key of values.keys()) issues.push({ path: `${name}[${key}]`, message: 'unknown field' });
    }
  } else {
    for (const name of query.plain.keys()) issues.push({ path: name, message: 'unknown field' });
    for (const [name, keys] of query.keyed)
      for (const key of keys.keys()) issues.push({ path: `${name}[${key}]`, message: 'unknown field' });
    const { body } = input;
    if (body !== undefined) {
      if (typeof body !== 'object' || body === null || Array.isArray(body))
        throw invalid([{ path: '', message: 'must be an object' }]);
      issues.push(...unsafeParts(body));
      for (const name of Object.keys(body))
        if (name !== '__proto__') take(name, (body as Record<string, unknown>)[name]);
    }
  }
  for (const [name, text] of Object.entries(input.path)) params[name] = coerce(text, route.types.get(name));
  if (input.version !== undefined) params.version = input.version;
  if (route.inQuery) issues.push(...unsafeParts(params));
  else issues.push(...unsafeParts(input.path));
  if (issues.length === 0) issues.push(...route.checkParams(params));
  if (issues.length) throw invalid(issues.slice(0, 20));
  return params;
}

const invalid = (issues: readonly Issue[]): Fault => new Fault('kernel.params.invalid', { issues });

/** A text that is none of the type stays a text, so that the schema names the error. */
function coerce(text: string, type: ScalarType | undefined): unknown {
  if (type === 'integer' && /^-?\d{1,15}$/.test(text)) return Number(text);
  if (type === 'number' && /^-?\d{1,15}(\.\d{1,15})?$/.test(text)) return Number(text);
  if (type === 'boolean' && (text === 'true' || text === 'false')) return text === 'true';
  return text;
}

function fromEntries(values: ReadonlyMap<string, string>, issues: Issue[]): Record<string, string> {
  const out: Record<string, string> = Object.create(null);
  for (const [key, value] of values) {
    if (key in Object.prototype) issues.push({ path: key, message: 'this name is not allowed' });
    else out[key] = value;
  }
  return { ...out };
}
