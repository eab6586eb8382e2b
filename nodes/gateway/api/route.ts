import type { TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import type { ActionDef, Rest } from '../../../contracts/kernel/action.ts';
import type { Issue } from '../http/problem.ts';
import { issuesOf, type SchemaError } from './issues.ts';

/** An action as it is reached over HTTP, with all that can be worked out before the first request. */
export interface Route {
  readonly action: ActionDef;
  readonly method: Rest['method'];
  /** `/orders/{id}`: also the label of metrics. */
  readonly template: string;
  readonly status: number;
  readonly ifMatch: boolean;
  /** Params come by the query and not by a body. */
  readonly inQuery: boolean;
  readonly pathParams: readonly string[];
  readonly bodyLimit: number;
  /** Params that are no text, for those that come as text (path and query). */
  readonly types: ReadonlyMap<string, ScalarType>;
  /** Params written `name[key]=value`. */
  readonly keyed: ReadonlySet<string>;
  /** Template of the route that gets the thing this one creates, for `Location`. */
  location: string | undefined;
  checkParams(params: unknown): Issue[];
  checkResult(result: unknown): Issue[];
}

export type ScalarType = 'string' | 'integer' | 'number' | 'boolean';

type Json = Readonly<Record<string, unknown>>;

/** Throws where a contract cannot be a route: it must fail at the start and not at the first call. */
export function routeOf(action: ActionDef, rest: Rest, defaultLimit: number): Route {
  const fail = (why: string): never => {
    throw new Error(`${action.name} cannot be a route: ${why}`);
  };
  if (action.permission === 'mesh') fail('it is of the mesh only');
  const properties = action.params.properties as Readonly<Record<string, TSchema>>;
  const pathParams = [...rest.path.matchAll(/\{(\w+)\}/g)].map((m) => m[1]!);
  for (const name of pathParams) if (!properties[name]) fail(`no param ${name} for its path`);
  if (rest.ifMatch && !properties.version) fail('ifMatch needs a param version');
  const inQuery = rest.method === 'GET' || rest.method === 'DELETE';
  const types = new Map<string, ScalarType>();
  const keyed = new Set<string>();
  for (const [name, schema] of Object.entries(properties)) {
    if (!inQuery && !pathParams.includes(name)) continue;
    const type = scalarOf(schema as Json);
    if (type) types.set(name, type);
    else if ((schema as Json).patternProperties) keyed.add(name);
    else fail(`param ${name} cannot be written in a query`);
  }
  const params = Compile(action.params);
  const result = Compile(action.result);
  return {
    action,
    method: rest.method,
    template: rest.path,
    status: rest.status ?? 200,
    ifMatch: rest.ifMatch ?? false,
    inQuery,
    pathParams,
    bodyLimit: Math.max(defaultLimit, Math.ceil(longest(action.params as unknown as Json) * 1.2)),
    types,
    keyed,
    location: undefined,
    checkParams: (value) => (params.Check(value) ? [] : issuesOf(params.Errors(value) as SchemaError[])),
    checkResult: (value) => (result.Check(value) ? [] : issuesOf(result.Errors(value) as SchemaError[])),
  };
}

/** The scalar a schema admits, null apart; undefined for arrays and objects. */
export function scalarOf(schema: Json): ScalarType | undefined {
  const { type } = schema;
  if (type === 'string' || type === 'integer' || type === 'number' || type === 'boolean') return type;
  if (!Array.isArray(schema.anyOf)) return undefined;
  const kinds = new Set(
    (schema.anyOf as Json[]).filter((s) => s.type !== 'null').map((s) => scalarOf(s) ?? 'none'),
  );
  const [only] = kinds;
  return kinds.size === 1 && only !== 'none' ? only : undefined;
}

/** Characters of the texts a schema admits, as far as it bounds them. */
function longest(schema: Json): number {
  const inner = [
    ...Object.values((schema.properties as Readonly<Record<string, Json>> | undefined) ?? {}),
    ...((schema.anyOf as Json[] | undefined) ?? []),
  ];
  return (Number(schema.maxLength) || 0) + inner.reduce((sum, s) => sum + longest(s), 0);
}
