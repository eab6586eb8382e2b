import { beforeAll, describe, expect, test } from '@jest/globals';
import { catalogue } from '../../contracts/faults/catalogue.ts';
import type { ActionDef, Rest } from '../../contracts/kernel/action.ts';
import { registry } from '../../contracts/registry.generated.ts';
import { exampleOf } from '../../nodes/gateway/openapi/example.ts';
import { type Answer, type Ask, ask } from './api.ts';
import { paramsBesides, wrongFor } from './wrong.ts';

/** A token, or the one to use for a right such as `order.read` (`session` where any will do). */
export type TokenFor = string | ((right: string) => string);

export interface SuiteTokens {
  /** Somebody with the right, in an organisation with data. */
  readonly full: TokenFor;
  /** Somebody signed in without it. */
  readonly none: TokenFor;
  /** Somebody with the right in another organisation. */
  readonly other: TokenFor;
}

/** What a write needs to succeed once: a record in the right state and a body. */
export interface Sample {
  readonly id?: string;
  readonly version?: number;
  readonly body: object;
}

export interface SuiteOptions {
  /** By action name. An action with a sample must succeed with it; the others are called with an example of their params. */
  readonly samples?: Readonly<Record<string, (token: string, base: string) => Promise<Sample>>>;
  /** Records that are shared by all organisations: another organisation sees them too. Default: scope `group`. */
  readonly shared?: readonly string[];
}

type Route = { readonly action: ActionDef; readonly rest: Rest };

const routes: Route[] = [...registry.actions.values()].flatMap((action) =>
  action.rest ? [{ action, rest: action.rest }] : [],
);

/**
 * Walks all routes of the contracts with bad input and proves that each answer is a clear fault: a problem document with a
 * code of the catalogue and the request id, never a 500. `target` is asked once, before the first test. Ends by doing each
 * write once: give it data that may be changed.
 */
export function runApiSuite(
  target: () => Promise<{ baseUrl: string; tokens: SuiteTokens }>,
  options: SuiteOptions = {},
): void {
  let base = '';
  let tokens: SuiteTokens;
  const found = new Map<string, { id: string; version: number } | undefined>();

  beforeAll(async () => {
    ({ baseUrl: base, tokens } = await target());
    for (const { rest } of routes) {
      if (!rest.path.includes('{id}')) continue;
      const plural = rest.path.split('/')[1]!;
      if (!found.has(plural)) found.set(plural, await firstOf(plural));
    }
  });

  const token = (kind: keyof SuiteTokens, right = 'session'): string => {
    const which = tokens[kind];
    return typeof which === 'string' ? which : which(right);
  };
  const send = (rest: Rest, path: string, what: Ask, query = '') => {
    const action = routes.find((r) => r.rest === rest)!.action;
    const whole = reads(rest) ? [query, needed(action, query)].filter(Boolean).join('&') : query;
    return ask(base, rest.method, whole ? `${path}?${whole}` : path, what);
  };
  const firstOf = async (plural: string) => {
    const list = routes.find((r) => r.rest.method === 'GET' && r.rest.path === `/${plural}`);
    if (!list) return undefined;
    const as = { token: token('full', list.action.permission) };
    const { json } = await ask(base, 'GET', `/${plural}?pageSize=1`, as);
    const item = (json as { items?: { id?: unknown; version?: unknown }[] } | undefined)?.items?.[0];
    return typeof item?.id === 'string' ? { id: item.id, version: Number(item.version ?? 1) } : undefined;
  };
  const known = (rest: Rest) => found.get(rest.path.split('/')[1]!);
  /** The path with an id that exists, or one that does not. */
  const pathOf = (rest: Rest, id = known(rest)?.id ?? 'no-such-id') =>
    rest.path.replace('{id}', encodeURIComponent(id));
  const good = (route: Route): Ask => ({
    token: token('full', route.action.permission),
    headers: route.rest.ifMatch ? { 'If-Match': `"${known(route.rest)?.version ?? 1}"` } : {},
    ...(reads(route.rest) ? {} : { body: bodyFor(route.action) }),
  });

  describe.each(routes.map((r) => [r.action.name, r] as const))('[ARC-09] %s', (_name, route) => {
    const { action, rest } = route;

    if (action.permission !== 'public')
      test('without a session it answers 401, whatever is sent', async () => {
        const { token: _given, ...rude } = good(route);
        expectProblem(await send(rest, pathOf(rest), rude), 401, 'user.session.missing');
        const wrong = await send(rest, pathOf(rest), { ...rude, token: 'no-such-token' });
        expectProblem(wrong, 401);
      });

    if (action.permission.includes('.'))
      test('without the right it answers 403 before it looks at the input', async () => {
        const bare = reads(rest) ? {} : { body: '{broken' };
        expectProblem(
          await send(rest, pathOf(rest), { ...bare, token: token('none', action.permission) }),
          403,
          'user.permission.missing',
        );
      });

    if (rest.path.includes('{id}'))
      test('an id that does not exist, and an id of another organisation, answer 404', async () => {
        const missing = await send(rest, pathOf(rest, 'no-such-id'), good(route));
        expectProblem(missing, 404);
        const record = action.name.split('.')[0]!;
        const shared = options.shared?.includes(record) ?? registry.records.get(record)?.scope === 'group';
        if (!shared && known(rest))
          expectProblem(
            await send(rest, pathOf(rest), { ...good(route), token: token('other', action.permission) }),
            404,
          );
      });

    for (const [name, schema] of paramsBesides(action)) {
      const keyed = 'patternProperties' in schema;
      const wrong = wrongFor(schema, reads(rest));
      if (wrong === undefined || (keyed && reads(rest))) continue;
      test(`a wrong ${name} answers 422 and names it`, async () => {
        const what = good(route);
        const answer = reads(rest)
          ? await send(rest, pathOf(rest), what, `${name}=${wrong}`)
          : await send(rest, pathOf(rest), { ...what, body: { ...(what.body as object), [name]: wrong } });
        const problem = expectProblem(answer, 422, 'kernel.params.invalid');
        expect(problem.issues?.map((i) => i.path.split('.')[0])).toContain(name);
      });
    }

    test('an unknown field or query parameter answers 422 and names it', async () => {
      const what = good(route);
      const asked = await send(rest, pathOf(rest), what, 'surprise=1');
      const refused = expectProblem(asked, 422, 'kernel.params.invalid');
      expect(refused.issues?.map((i) => i.path)).toContain('surprise');
      if (reads(rest)) return;
      const body = { ...(what.body as object), surprise: 1 };
      const sent = await send(rest, pathOf(rest), { ...what, body });
      const problem = expectProblem(sent, 422, 'kernel.params.invalid');
      expect(problem.issues?.map((i) => i.path)).toContain('surprise');
    });

    if (reads(rest))
      test('a parameter given twice or encoded wrongly is refused', async () => {
        const twice = await send(rest, pathOf(rest), good(route), 'page=1&page=2');
        expectProblem(twice, 422, 'kernel.params.invalid');
        expectProblem(await send(rest, pathOf(rest), good(route), 'q=%E4%BD'), 400, 'gateway.url.malformed');
      });
    else bodies(route);

    if (rest.ifMatch) {
      test('a change without a version answers 428, a stale one 412, a nonsensical one 400', async () => {
        const what = good(route);
        const headers = (tag: string) => ({ ...what, headers: { 'If-Match': tag } });
        expectProblem(
          await send(rest, pathOf(rest), { ...what, headers: {} }),
          428,
          'kernel.version.required',
        );
        expectProblem(await send(rest, pathOf(rest), headers('*')), 400, 'kernel.version.malformed');
        expectProblem(await send(rest, pathOf(rest), headers('latest')), 400, 'kernel.version.malformed');
        if (known(rest))
          expectProblem(await send(rest, pathOf(rest), headers('"999999"')), 412, 'kernel.record.stale');
      });
    }

    if (action.repeat === 'key')
      test('a malformed idempotency key answers 400', async () => {
        const what = good(route);
        const headers = { ...what.headers, 'Idempotency-Key': 'short' };
        expectProblem(
          await send(rest, pathOf(rest), { ...what, headers }),
          400,
          'kernel.idempotency.malformed',
        );
      });
  });

  function bodies(route: Route): void {
    const { rest, action } = route;
    test('a body that is no JSON, of another type, no object or too large is refused', async () => {
      const what = good(route);
      const as = (body: string, headers = {}) =>
        send(rest, pathOf(rest), { ...what, body, headers: { ...what.headers, ...headers } });
      expectProblem(await as('{"a":'), 400, 'gateway.body.malformed');
      expectProblem(await as('<a/>', { 'Content-Type': 'application/xml' }), 415, 'gateway.body.type');
      expectProblem(await as('[1]'), 422, 'kernel.params.invalid');
      const large = JSON.stringify({ surprise: 'x'.repeat(7 * 1024 * 1024) });
      expectProblem(await as(large), 413, 'gateway.body.large');
    });
    test('names that reach into prototypes, deep nesting and texts no database keeps are refused', async () => {
      const what = good(route);
      const as = (body: string) => send(rest, pathOf(rest), { ...what, body });
      for (const name of ['__proto__', 'constructor'])
        expectProblem(await as(`{"${name}":{"admin":true}}`), 422, 'kernel.params.invalid');
      expectProblem(await as(`{"a":${'['.repeat(500)}${']'.repeat(500)}}`), 422, 'kernel.params.invalid');
      const [name] = paramsBesides(action)[0] ?? ['surprise'];
      for (const text of ['\\u0000', '\\ud800', 'a\\udc00b'])
        expectProblem(await as(`{"${name}":"${text}"}`), 422, 'kernel.params.invalid');
    });
  }

  describe('[ARC-09] a write that is sent again', () => {
    for (const route of routes.filter((r) => r.action.repeat === 'key')) {
      const { action, rest } = route;
      test(`${action.name} gives the first result again, and refuses the key for another request`, async () => {
        const sample = await options.samples?.[action.name]?.(token('full', action.permission), base);
        const path = pathOf(rest, sample?.id);
        const version = sample?.version ?? known(rest)?.version ?? 1;
        const headers = {
          'Idempotency-Key': `suite-${crypto.randomUUID()}`,
          ...(rest.ifMatch ? { 'If-Match': `"${version}"` } : {}),
        };
        const what = {
          token: token('full', action.permission),
          headers,
          body: sample?.body ?? bodyFor(action),
        };
        const first = await send(rest, path, what);
        const second = await send(rest, path, what);
        expect(first.status).toBeLessThan(500);
        expect(second.status).toBe(first.status);
        if (sample)
          expect({ status: first.status, text: first.text }).toMatchObject({ status: rest.status ?? 200 });
        if (first.status >= 400) {
          expectProblem(first, first.status);
          return;
        }
        expect(second.json).toEqual(first.json);
        const other = otherBody(action, what.body);
        if (other)
          expectProblem(await send(rest, path, { ...what, body: other }), 422, 'kernel.idempotency.mismatch');
      });
    }
  });

  test('[ARC-09] an unknown route answers 404, a wrong method 405 with the methods allowed', async () => {
    expectProblem(
      await ask(base, 'GET', '/no-such-thing', { token: token('full') }),
      404,
      'gateway.route.missing',
    );
    const wrong = await ask(base, 'DELETE', '/auth/login', {});
    expectProblem(wrong, 405, 'gateway.method.refused');
    expect(wrong.headers.get('Allow')).toContain('POST');
  });
}

const reads = (rest: Rest): boolean => rest.method === 'GET' || rest.method === 'DELETE';

/** Query parameters an action cannot do without, besides those given already. */
function needed(action: ActionDef, given: string): string {
  const required = new Set((action.params.required as string[] | undefined) ?? []);
  return paramsBesides(action)
    .filter(([name]) => required.has(name) && !given.startsWith(`${name}=`))
    .map(([name, schema]) => `${name}=${encodeURIComponent(String(exampleOf(schema, { name })))}`)
    .join('&');
}

/** A body the contract admits. */
export function bodyFor(action: ActionDef): Record<string, unknown> {
  const names = new Set(paramsBesides(action).map(([name]) => name));
  const example = exampleOf(action.params) as Record<string, unknown>;
  const body = Object.fromEntries(Object.entries(example).filter(([name]) => names.has(name)));
  // Transitions that need a reason declare it optional: the machine asks.
  if (names.has('reason')) body.reason ??= 'contract suite';
  return body;
}

/** The same body with another text in it. */
function otherBody(action: ActionDef, body: object): object | undefined {
  const schemas = new Map(paramsBesides(action));
  for (const name of ['reason', 'note', ...schemas.keys()]) {
    const schema = schemas.get(name) as { type?: string; format?: string } | undefined;
    if (schema?.type === 'string')
      return { ...body, [name]: schema.format === 'date-time' ? '2001-01-01T00:00:00.000Z' : 'another' };
  }
  return undefined;
}

interface ProblemBody {
  readonly code: string;
  readonly issues?: { path: string; message: string }[];
}

/** Proves that an answer is a problem document of the catalogue, and gives it. */
export function expectProblem(answer: Answer, status: number, code?: string): ProblemBody {
  const problem = answer.json as ProblemBody & Record<string, unknown>;
  expect({ status: answer.status, code: problem?.code, body: answer.text.slice(0, 500) }).toMatchObject({
    status,
    ...(code ? { code } : {}),
  });
  expect(answer.headers.get('Content-Type')).toMatch(/^application\/problem\+json/);
  expect(Object.keys(catalogue)).toContain(problem.code);
  expect(problem).toMatchObject({
    status,
    type: expect.any(String),
    title: expect.any(String),
    detail: expect.any(String),
    instance: expect.any(String),
    requestId: answer.headers.get('X-Request-Id'),
  });
  return problem;
}
