import { Type } from 'typebox';
import { defineAction, idParams, listParams, listResult } from '../kernel/action.ts';
import { t } from '../kernel/text.ts';
import { definitionText, note } from './definition.actions.ts';
import { publicationPolicyRecord, publicationRecord } from './definition.record.ts';
import { sampleCheck } from './trial.schema.ts';

const decide = (name: string, zh: string, en: string, reason: 'must' | 'may') =>
  defineAction({
    name: `publication.${name}`,
    title: t(zh, en),
    permission: 'channel.publish',
    params: Type.Object({
      ...idParams.properties,
      reason:
        reason === 'must'
          ? Type.String({ minLength: 1, maxLength: 500, description: '理由 · Reason' })
          : Type.Optional(Type.String({ maxLength: 500, description: '理由 · Reason' })),
    }),
    result: publicationRecord.schema,
    repeat: 'key',
    rest: { method: 'POST', path: `/publications/{id}/actions/${name}` },
    faults: [
      'kernel.record.missing',
      'kernel.record.stale',
      'channel.publication.decided',
      'channel.publication.own',
      'channel.text.invalid',
      'channel.sample.failed',
    ],
  });

/** The only way into force where an organisation wants a second person. */
export const publicationActions = {
  list: defineAction({
    name: 'publication.list',
    title: t('查询发布', 'List publications'),
    permission: 'channel.read',
    params: listParams,
    result: listResult(publicationRecord.schema),
    repeat: 'read',
    rest: { method: 'GET', path: '/publications' },
  }),
  get: defineAction({
    name: 'publication.get',
    title: t('查看发布', 'A publication with its samples as they run now'),
    permission: 'channel.read',
    params: idParams,
    result: Type.Object({
      publication: publicationRecord.schema,
      /** Text in force of each item, for the difference. */
      inForce: Type.Array(Type.String()),
      checks: Type.Array(sampleCheck),
    }),
    repeat: 'read',
    rest: { method: 'GET', path: '/publications/{id}' },
    faults: ['kernel.record.missing'],
  }),
  /** Checks the texts and runs the samples of all they change; then they are in force, or wait for a second person. */
  submit: defineAction({
    name: 'publication.submit',
    title: t('提交发布', 'Publish, or ask a second person to'),
    permission: 'channel.publish',
    params: Type.Object({
      items: Type.Array(
        Type.Object({
          text: definitionText,
          baseVersion: Type.Integer({
            minimum: 0,
            description:
              '基于版本，0 为新建或随产品提供 · Version it was written for; 0 where there was none',
          }),
        }),
        { minItems: 1, maxItems: 50, description: '定义 · Definitions that change together' },
      ),
      note,
    }),
    result: publicationRecord.schema,
    repeat: 'key',
    rest: { method: 'POST', path: '/publications', status: 201 },
    faults: [
      'channel.text.invalid',
      'channel.endpoint.unknown',
      'channel.sample.failed',
      'kernel.record.stale',
      'kernel.record.duplicate',
    ],
  }),
  approve: decide('approve', '批准发布', 'Approve and publish', 'may'),
  reject: decide('reject', '驳回发布', 'Reject', 'must'),
  withdraw: decide('withdraw', '撤回发布', 'Withdraw', 'may'),
  policy: defineAction({
    name: 'publicationPolicy.get',
    title: t('查看发布规则', 'Get the publication policy'),
    permission: 'channel.read',
    params: Type.Object({}),
    result: Type.Object({ secondPerson: Type.Boolean() }),
    repeat: 'read',
    rest: { method: 'GET', path: '/publication-policy' },
  }),
  /** The right is not the engineer's: who publishes does not decide whether he may do so alone. */
  setPolicy: defineAction({
    name: 'publicationPolicy.set',
    title: t('设置发布规则', 'Set the publication policy'),
    permission: 'org.policy',
    params: Type.Object({
      secondPerson: Type.Boolean({ description: '须第二人批准 · A second person approves' }),
      reason: Type.String({ minLength: 1, maxLength: 500, description: '原因 · Reason' }),
    }),
    result: publicationPolicyRecord.schema,
    repeat: 'key',
    rest: { method: 'PUT', path: '/publication-policy' },
  }),
};
