import type { Registry } from '../../../contracts/kernel/collect.ts';
import { type Text, t } from '../../../contracts/kernel/text.ts';
import { sessionSchema } from '../../../contracts/user/user.actions.ts';
import type { Route } from '../api/route.ts';
import { cookieName } from '../session/credentials.ts';
import { faultResponses, operationOf } from './operation.ts';
import { type Json, Schemas } from './schemas.ts';

export interface DocumentOptions {
  readonly version: string;
  readonly demoUsers?: readonly string[];
  readonly demoPassword?: string;
  readonly topics: Iterable<string>;
}

/** The OpenAPI 3.1 document of all routes, made from the contracts. */
export function openApi(registry: Registry, routes: readonly Route[], options: DocumentOptions): Json {
  const schemas = new Schemas(registry);
  schemas.name(sessionSchema, 'Session');
  const paths: Record<string, Record<string, unknown>> = { ...ownPaths(options) };
  for (const route of routes) {
    const item = (paths[route.template] ??= {});
    item[route.method.toLowerCase()] = operationOf(route, registry, schemas);
  }
  const words = new Set(routes.map((r) => r.action.name.split('.')[0]!));
  return {
    openapi: '3.1.0',
    info: {
      title: 'Cytomesh',
      version: options.version,
      summary:
        '细胞实验室集成平台与质量管理系统 · Integration platform and quality management of a cell laboratory',
      description: introduction(options),
    },
    servers: [{ url: '/api/v1' }],
    security: [{ bearer: [] }, { cookie: [] }],
    tags: ['platform', ...words].map((word) => ({ name: word, ...titleOf(word, registry) })),
    paths,
    components: {
      securitySchemes: {
        bearer: {
          type: 'http',
          scheme: 'bearer',
          description: '登录返回的令牌 · The token that signing in gives',
        },
        cookie: {
          type: 'apiKey',
          in: 'cookie',
          name: cookieName,
          description:
            '门户使用；写操作须带 X-Requested-With: cytomesh · Used by the portal; writes need X-Requested-With: cytomesh',
        },
      },
      parameters,
      headers,
      schemas: { ...schemas.components, Problem: problemSchema, Issue: issueSchema },
    },
  };
}

const header = (name: string, description: string, schema: Json, required = false): Json => ({
  name,
  in: 'header',
  required,
  description,
  schema,
});

const parameters = {
  IfMatch: header(
    'If-Match',
    '读到的版本，如 `"3"`；不接受 `*` · The version that was read, e.g. `"3"`; `*` is refused',
    { type: 'string', pattern: '^(W/)?"[0-9]{1,15}"$', examples: ['"1"'] },
    true,
  ),
  IfNoneMatch: header('If-None-Match', '已有的版本，未变则 304 · The version at hand; 304 where it stands', {
    type: 'string',
  }),
  IdempotencyKey: header(
    'Idempotency-Key',
    '8 到 100 个可见字符；重复时返回首次结果 · 8 to 100 visible characters; a repeat gives the first result',
    { type: 'string', minLength: 8, maxLength: 100, pattern: '^[!-~]+$' },
  ),
};

const headers = {
  RequestId: {
    description: '请求编号，报障时请提供 · Name it when you report a problem',
    schema: { type: 'string' },
  },
  ETag: {
    description: '记录版本，用于 If-Match · Version of the record, for If-Match',
    schema: { type: 'string' },
  },
};

const issueSchema = {
  type: 'object',
  title: 'Issue',
  required: ['path', 'message'],
  properties: {
    path: { type: 'string', description: '位置，如 items.0.code · Where, e.g. items.0.code' },
    message: { type: 'string' },
  },
};

const problemSchema = {
  type: 'object',
  title: 'Problem',
  description: '错误 · A fault (RFC 9457)',
  required: ['type', 'title', 'status', 'detail', 'instance', 'code', 'requestId'],
  properties: {
    type: { type: 'string', examples: ['urn:cytomesh:fault:kernel.record.missing'] },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    instance: { type: 'string', description: '请求路径 · Path of the request' },
    code: {
      type: 'string',
      description: '按此分支处理 · Branch on this',
      examples: ['kernel.record.missing'],
    },
    requestId: { type: 'string' },
    issues: { type: 'array', items: { $ref: '#/components/schemas/Issue' } },
    data: { type: 'object', additionalProperties: true },
  },
};

/** Routes of the gateway itself. */
function ownPaths({ topics }: DocumentOptions): Record<string, Record<string, unknown>> {
  return {
    '/about': {
      get: {
        operationId: 'gateway.about',
        tags: ['platform'],
        summary: '关于本平台 · What runs here',
        security: [],
        responses: {
          200: {
            description: '成功 · Done',
            content: {
              'application/json': {
                schema: {
                  type: 'object',
                  required: ['name', 'version', 'demo'],
                  properties: {
                    name: { type: 'string' },
                    version: { type: 'string' },
                    demo: { type: 'boolean' },
                    demoUsers: { type: 'array', items: { type: 'string' } },
                  },
                },
              },
            },
          },
        },
      },
    },
    '/stream': {
      get: {
        operationId: 'gateway.stream',
        tags: ['platform'],
        summary: '实时变更 · Live changes (server-sent events)',
        description: streamText,
        parameters: [
          {
            name: 'topics',
            in: 'query',
            description: `逗号分隔 · Comma separated, of: ${[...topics].join(', ')}`,
            schema: { type: 'string' },
          },
          {
            name: 'lastEventId',
            in: 'query',
            description: '同 Last-Event-ID 请求头 · As the header Last-Event-ID',
            schema: { type: 'string', pattern: '^[0-9]{1,15}$' },
          },
        ],
        responses: {
          200: {
            description: '事件流 · The stream',
            content: { 'text/event-stream': { schema: { type: 'string' } } },
          },
          ...faultResponses([
            'user.session.missing',
            'user.session.expired',
            'user.permission.missing',
            'kernel.params.invalid',
            'gateway.rate.exceeded',
          ]),
        },
      },
    },
  };
}

const streamText = [
  '`ready` {topics}: begins. `change` {id, name, topic, key, orgId, at, payload}: one committed event; its SSE id resumes.',
  '`many` {topics, from, to}: more than 200 a second, load these topics anew. `live` {topic, orgId, name, key, data, at}: not kept.',
  '`reset` {reason}: what you have may be incomplete (`gone`, `slow`), load anew. `end` {reason}: the session ended.',
  'At least once: an event may come again after resuming; `id` tells.',
].join('\n\n');

const own: Readonly<Record<string, Text>> = {
  platform: t('平台', 'Platform'),
  user: t('用户与登录', 'Users and sign-in'),
  message: t('消息', 'Messages'),
  channel: t('通道', 'Channels'),
};

function titleOf(word: string, registry: Registry): { description: string } {
  const title = own[word] ?? registry.records.get(word)?.title;
  return { description: title ? `${title.zh} · ${title.en}` : word };
}

function introduction({ demoUsers, demoPassword }: DocumentOptions): string {
  const how =
    demoUsers?.length && demoPassword
      ? `**试用 · Try it**: 展开 \`POST /auth/login\`，点 *Try it out*，填 \`{"username": "${demoUsers[0]}", "password": "${demoPassword}"}\` 并执行；令牌会被记住，其余接口即可直接调用。

Open \`POST /auth/login\`, press *Try it out*, send \`{"username": "${demoUsers[0]}", "password": "${demoPassword}"}\`; the token is remembered and every other call can be tried. Users: ${demoUsers.join(', ')}.`
      : '**登录 · Sign in**: 执行 `POST /auth/login`，令牌会被记住 · send `POST /auth/login`; the token is remembered.';
  return `${how}

- 时间为 ISO 8601 带时区 · Times are ISO 8601 with offset.
- 错误为 \`application/problem+json\`，按 \`code\` 处理 · Faults are \`application/problem+json\` (RFC 9457); branch on \`code\`.
- 写操作带 \`Idempotency-Key\` 可安全重试；修改带 \`If-Match\` · Writes with an \`Idempotency-Key\` may be repeated; changes carry \`If-Match\`.
- 列表参数 · Lists take \`q\`, \`filter[field]\`, \`sort\`, \`page\`, \`pageSize\`.
`;
}
