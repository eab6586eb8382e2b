import { Type } from 'typebox';
import { defineAction } from '../kernel/action.ts';
import { t } from '../kernel/text.ts';
import { channelRecord } from './channel.record.ts';
import { templateSchema } from './template.schema.ts';

const id = Type.String({ minLength: 1, maxLength: 36, description: '模板 · Template' });
const asked = {
  id,
  partner: Type.String({
    pattern: '^[a-z][a-z0-9]*(-[a-z0-9]+)*$',
    maxLength: 30,
    description: '对方的短名，各定义以它开头 · Short name of the partner; all codes begin with it',
  }),
  title: Type.String({ minLength: 1, maxLength: 60, description: '对方名称 · Name of the partner' }),
  titleEn: Type.Optional(
    Type.String({ maxLength: 60, description: '英文名称 · Its name in English; else the same' }),
  ),
  values: Type.Optional(
    Type.Record(Type.String({ maxLength: 40 }), Type.String({ maxLength: 2000 }), {
      description: '填写的内容，密钥除外 · What was filled in, secrets left out',
    }),
  ),
};

const { make: _make, ...told } = templateSchema.properties;
const template = Type.Object({
  id: Type.String(),
  ...told,
  makes: Type.Array(Type.Object({ from: Type.String(), kind: Type.Enum(['endpoint', 'in', 'out']) })),
  adapters: Type.Array(Type.String()),
});

export const madeText = Type.Object({
  code: Type.String(),
  kind: Type.Enum(['endpoint', 'in', 'out']),
  title: Type.Object({ zh: Type.String(), en: Type.String() }),
  text: Type.String({ description: '定义 · Definition (YAML)' }),
});

export const reachItem = Type.Object({
  endpoint: Type.String(),
  way: Type.Enum(['listen', 'send']),
  /** Port, path, or address tried. */
  target: Type.String(),
  outcome: Type.Enum(['good', 'bad', 'unknown']),
  /** `free`, `open`, `ours`, or why not. */
  reason: Type.String(),
  ms: Type.Integer(),
});

export const channelTemplateActions = {
  list: defineAction({
    name: 'channelTemplate.list',
    title: t('查询接口模板', 'List templates of partners'),
    permission: 'channel.read',
    params: Type.Object({}),
    result: Type.Object({ items: Type.Array(template) }),
    repeat: 'read',
    rest: { method: 'GET', path: '/channel-templates' },
  }),
  /** The texts a template would make, and whatever is wrong with what was filled in. Nothing is stored. */
  preview: defineAction({
    name: 'channelTemplate.preview',
    title: t('预览模板', 'Preview the texts of a template'),
    permission: 'channel.read',
    params: Type.Object(asked),
    result: Type.Object({
      texts: Type.Array(madeText),
      problems: Type.Array(
        Type.Object({
          /** A field, or the code of a text. */
          at: Type.String(),
          reason: Type.String(),
        }),
      ),
    }),
    repeat: 'read',
    rest: { method: 'GET', path: '/channel-templates/{id}/texts' },
    faults: ['kernel.record.missing'],
  }),
  /** Tries the addresses the texts name: whether a port is free, whether somebody answers. No message is sent. */
  reach: defineAction({
    name: 'channelTemplate.reach',
    title: t('测试连接', 'Try the addresses of a template'),
    permission: 'channel.publish',
    params: Type.Object(asked),
    result: Type.Object({ items: Type.Array(reachItem) }),
    repeat: 'read',
    rest: { method: 'GET', path: '/channel-templates/{id}/reach' },
    faults: ['kernel.record.missing'],
  }),
  /** Creates endpoint and channels, all or nothing. Secrets are stored sealed. */
  create: defineAction({
    name: 'channelTemplate.create',
    title: t('按模板新建接口', 'Create a partner from a template'),
    permission: 'channel.publish',
    params: Type.Object({
      ...asked,
      secrets: Type.Optional(
        Type.Record(Type.String({ maxLength: 40 }), Type.String({ maxLength: 20_000 }), {
          description: '密钥 · Secrets by field',
        }),
      ),
      start: Type.Boolean({ description: '立即启动 · Start at once' }),
    }),
    result: Type.Object({ items: Type.Array(channelRecord.schema) }),
    repeat: 'key',
    rest: { method: 'POST', path: '/channel-templates/{id}/actions/create', status: 201 },
    faults: [
      'kernel.record.missing',
      'kernel.record.duplicate',
      'channel.template.unfilled',
      'channel.text.invalid',
    ],
  }),
};
