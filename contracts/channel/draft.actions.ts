import { Type } from 'typebox';
import { defineAction } from '../kernel/action.ts';
import { t } from '../kernel/text.ts';
import { code, definitionText } from './definition.actions.ts';
import { draftRecord } from './definition.record.ts';

export const draftActions = {
  /** Keeps what was typed. `draft` is the version of the draft it began from, 0 where there was none. */
  saveDraft: defineAction({
    name: 'definition.saveDraft',
    title: t('保存草稿', 'Save a draft'),
    permission: 'channel.publish',
    params: Type.Object({
      id: code,
      text: definitionText,
      baseVersion: Type.Integer({ minimum: 0, description: '基于版本 · Version it began from' }),
      draft: Type.Integer({ minimum: 0, description: '草稿的版本 · Version of the draft it replaces' }),
    }),
    result: draftRecord.schema,
    repeat: 'key',
    rest: { method: 'PUT', path: '/definitions/{id}/draft' },
    faults: ['kernel.record.stale'],
  }),
  dropDraft: defineAction({
    name: 'definition.dropDraft',
    title: t('丢弃草稿', 'Discard a draft'),
    permission: 'channel.publish',
    params: Type.Object({ id: code }),
    result: Type.Object({ dropped: Type.Boolean() }),
    repeat: 'natural',
    rest: { method: 'DELETE', path: '/definitions/{id}/draft' },
    faults: ['kernel.record.missing'],
  }),
};
