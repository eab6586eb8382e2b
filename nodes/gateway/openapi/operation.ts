import { catalogue, type FaultCode } from '../../../contracts/faults/catalogue.ts';
import type { Registry } from '../../../contracts/kernel/collect.ts';
import type { RecordDef } from '../../../contracts/kernel/record.ts';
import { etagOf } from '../api/headers.ts';
import type { Route } from '../api/route.ts';
import { exampleOf } from './example.ts';
import type { Json, Schemas } from './schemas.ts';

/** The operation of a route: parameters, body, answers, faults by status. */
export function operationOf(route: Route, registry: Registry, schemas: Schemas): Json {
  const { action } = route;
  const open = action.permission === 'public';
  return {
    operationId: action.name,
    tags: [action.name.split('.')[0]],
    summary: `${action.title.zh} · ${action.title.en}`,
    description: describe(route),
    ...(open ? { security: [] } : {}),
    parameters: parametersOf(route, registry, schemas),
    ...bodyOf(route, schemas),
    responses: {
      [String(route.status)]: successOf(route, schemas),
      ...(route.method === 'GET' && hasVersion(route)
        ? { 304: { description: '未改变 · Not changed since the tag in If-None-Match' } }
        : {}),
      ...faultResponses(faultsOf(route)),
    },
  };
}

function describe({ action, ifMatch }: Route): string {
  const right =
    action.permission === 'public'
      ? '无需登录 · No session needed.'
      : action.permission === 'session'
        ? '需要登录 · Any session.'
        : `权限 · Right: \`${action.permission}\`.`;
  const repeat =
    action.repeat === 'key'
      ? '\n\n带 `Idempotency-Key` 时可安全重试 · Safe to repeat with the same `Idempotency-Key`.'
      : '';
  const guard = ifMatch
    ? '\n\n须带 `If-Match` 版本 · The change names the version it saw in `If-Match`.'
    : '';
  return `${right}${repeat}${guard}`;
}

function parametersOf(route: Route, registry: Registry, schemas: Schemas): Json[] {
  const properties = route.action.params.properties as Readonly<Record<string, Json>>;
  const required = new Set((route.action.params.required as string[] | undefined) ?? []);
  const out: Json[] = route.pathParams.map((name) => ({
    name,
    in: 'path',
    required: true,
    schema: schemas.of(properties[name]!),
  }));
  const hidden = new Set([...route.pathParams, ...(route.ifMatch ? ['version'] : [])]);
  if (route.inQuery)
    for (const [name, schema] of Object.entries(properties)) {
      if (hidden.has(name)) continue;
      if (route.keyed.has(name)) out.push(...keyedParameters(name, schema, route, registry, schemas));
      else out.push({ name, in: 'query', required: required.has(name), schema: schemas.of(schema) });
    }
  if (route.ifMatch) out.push({ $ref: '#/components/parameters/IfMatch' });
  if (route.action.repeat === 'key') out.push({ $ref: '#/components/parameters/IdempotencyKey' });
  if (route.method === 'GET' && hasVersion(route)) out.push({ $ref: '#/components/parameters/IfNoneMatch' });
  return out;
}

/** `filter[state]` and its neighbours where the list is of a record; one deep object where it is not. */
function keyedParameters(
  name: string,
  schema: Json,
  route: Route,
  registry: Registry,
  schemas: Schemas,
): Json[] {
  const record = listedRecord(route, registry);
  const fields = Object.entries(record?.fields ?? {}).filter(([, f]) => f.options.filter);
  if (fields.length === 0)
    return [{ name, in: 'query', style: 'deepObject', explode: true, schema: schemas.of(schema) }];
  return fields.map(([field, f]) => ({
    name: `${name}[${field}]`,
    in: 'query',
    description: `${f.options.title.zh} · ${f.options.title.en}；逗号表示或 · a comma means any of`,
    schema: { type: 'string', maxLength: 200 },
  }));
}

function listedRecord(route: Route, registry: Registry): RecordDef | undefined {
  const items = (route.action.result as unknown as { properties?: { items?: { items?: object } } }).properties
    ?.items?.items;
  return [...registry.records.values()].find((r) => r.schema === items);
}

function bodyOf(route: Route, schemas: Schemas): Json {
  if (route.inQuery) return {};
  const { params } = route.action;
  const outside = new Set([...route.pathParams, ...(route.ifMatch ? ['version'] : [])]);
  const properties = Object.fromEntries(
    Object.entries(params.properties as Record<string, object>).filter(([name]) => !outside.has(name)),
  );
  if (Object.keys(properties).length === 0) return {};
  const required = ((params.required as string[] | undefined) ?? []).filter((name) => !outside.has(name));
  const schema = { type: 'object', required, properties, additionalProperties: false };
  return {
    requestBody: {
      required: required.length > 0,
      content: { 'application/json': { schema: schemas.of(schema), example: exampleOf(schema) } },
    },
  };
}

function successOf(route: Route, schemas: Schemas): Json {
  const headers: Record<string, Json> = { 'X-Request-Id': { $ref: '#/components/headers/RequestId' } };
  if (hasVersion(route)) headers.ETag = { $ref: '#/components/headers/ETag' };
  if (route.location)
    headers.Location = {
      description: '新记录的地址 · Address of the new record',
      schema: { type: 'string' },
    };
  return {
    description: route.status === 201 ? '已创建 · Created' : '成功 · Done',
    headers,
    content: { 'application/json': { schema: schemas.of(route.action.result) } },
  };
}

const hasVersion = (route: Route): boolean => etagOf(exampleOf(route.action.result)) !== undefined;

/** The codes a caller may meet: those the contract names, and those every such route has. */
function faultsOf(route: Route): Set<FaultCode> {
  const { action } = route;
  const codes = new Set<FaultCode>(action.faults ?? []);
  const add = (...more: FaultCode[]): void => {
    for (const code of more) codes.add(code);
  };
  add('kernel.params.invalid', 'gateway.url.malformed', 'gateway.rate.exceeded');
  add('kernel.internal.error', 'kernel.mesh.unavailable', 'kernel.mesh.timeout', 'kernel.store.unavailable');
  if (action.permission !== 'public') add('user.session.missing', 'user.session.expired');
  if (action.permission.includes('.')) add('user.permission.missing');
  if (!route.inQuery) {
    add('gateway.body.malformed', 'gateway.body.large', 'gateway.body.type');
    if (action.permission !== 'public') add('gateway.origin.refused');
  }
  if (route.ifMatch) add('kernel.version.required', 'kernel.version.malformed', 'kernel.record.stale');
  if (action.repeat === 'key')
    add('kernel.idempotency.malformed', 'kernel.idempotency.mismatch', 'kernel.idempotency.running');
  return codes;
}

export function faultResponses(codes: Iterable<FaultCode>): Record<string, Json> {
  const byStatus = new Map<number, FaultCode[]>();
  for (const code of codes) {
    const { status } = catalogue[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return Object.fromEntries(
    [...byStatus].map(([status, list]) => [
      String(status),
      {
        description: list
          .map((code) => `\`${code}\` ${catalogue[code].text.zh} · ${catalogue[code].text.en}`)
          .join('\n\n'),
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    ]),
  );
}
