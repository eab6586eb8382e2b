import { expect, test } from '@jest/globals';
import { registry } from '../../../contracts/registry.generated.ts';
import { RouteTable } from '../api/route-table.ts';
import { topicsOf } from '../stream/stream.ts';
import { openApi } from './document.ts';

// biome-ignore lint/suspicious/noExplicitAny: a document is walked freely
type Any = Record<string, any>;

const { routes } = new RouteTable(registry, 1024);
const document = JSON.parse(
  JSON.stringify(
    openApi(registry, routes, {
      version: '1.0.0',
      topics: topicsOf(registry),
      demoUsers: ['admin'],
      demoPassword: 'p',
    }),
  ),
) as Any;
const operations: [string, string, Any][] = Object.entries(document.paths as Any).flatMap(([path, item]) =>
  Object.entries(item as Any).map(([method, operation]): [string, string, Any] => [
    path,
    method,
    operation as Any,
  ]),
);

function walk(value: unknown, visit: (node: Any, path: string) => void, path = '#'): void {
  if (typeof value !== 'object' || value === null) return;
  if (!Array.isArray(value)) visit(value as Any, path);
  for (const [key, inner] of Object.entries(value)) walk(inner, visit, `${path}/${key}`);
}

const at = (ref: string): unknown =>
  ref
    .slice(2)
    .split('/')
    .reduce<unknown>((node, key) => (node as Any | undefined)?.[key], document);

test('every route of the contracts is in the document, once', () => {
  const ids = operations.map(([, , o]) => o.operationId);
  expect(new Set(ids).size).toBe(ids.length);
  const routed = [...registry.actions.values()].filter((a) => a.rest).map((a) => a.name);
  expect(ids).toEqual(expect.arrayContaining(routed));
  expect(ids).toHaveLength(routed.length + 2);
});

test('every reference leads somewhere', () => {
  walk(document, (node, path) => {
    if (typeof node.$ref === 'string') expect([path, at(node.$ref)]).not.toEqual([path, undefined]);
  });
});

test('path parameters are declared, required, and no others', () => {
  for (const [path, , operation] of operations) {
    const named = [...path.matchAll(/\{(\w+)\}/g)].map((m) => m[1]);
    const declared = ((operation.parameters ?? []) as Any[]).filter((p) => p.in === 'path');
    expect(declared.map((p) => p.name)).toEqual(named);
    expect(declared.every((p) => p.required === true)).toBe(true);
  }
});

test('every operation has title, answers and, where it needs a session, the faults of one', () => {
  const tags = new Set((document.tags as Any[]).map((t) => t.name));
  for (const [, , o] of operations) {
    expect(o.summary).toMatch(/.+ · .+/);
    expect(o.tags.every((tag: string) => tags.has(tag))).toBe(true);
    expect(Object.keys(o.responses).some((s) => s.startsWith('2'))).toBe(true);
    if (o.security === undefined) expect(o.responses).toHaveProperty('401');
    const names = ((o.parameters ?? []) as Any[]).map((p) => p.$ref ?? `${p.in} ${p.name}`);
    expect(new Set(names).size).toBe(names.length);
  }
});

test('no schema is empty, objects name their fields, required ones exist', () => {
  walk(document, (node, path) => {
    if (!/\/(schema|items)$/.test(path)) return;
    expect([path, Object.keys(node).length]).not.toEqual([path, 0]);
  });
  walk(document.components.schemas, (node, path) => {
    if (!Array.isArray(node.required) || node.type !== 'object') return;
    for (const name of node.required) expect([path, name in node.properties]).toEqual([path, true]);
  });
  for (const schema of Object.values(document.components.schemas as Any))
    expect(Object.keys(schema).length).toBeGreaterThan(1);
});

test('a guarded transition asks for the version and takes an idempotency key; choices are enums', () => {
  const accept = document.paths['/orders/{id}/actions/accept'].post;
  expect(accept.parameters.map((p: Any) => p.$ref ?? p.name)).toEqual([
    'id',
    '#/components/parameters/IfMatch',
    '#/components/parameters/IdempotencyKey',
  ]);
  expect(Object.keys(accept.responses)).toEqual(
    expect.arrayContaining(['200', '401', '403', '404', '409', '412', '428']),
  );
  expect(document.components.schemas.Order.properties.priority.enum).toEqual(['routine', 'urgent', 'stat']);
  expect(document.components.schemas.Order.properties.voidedAt.type).toEqual(['string', 'null']);
  const filters = document.paths['/orders'].get.parameters.map((p: Any) => p.name);
  expect(filters).toEqual(expect.arrayContaining(['q', 'filter[state]', 'sort', 'page', 'pageSize']));
});
