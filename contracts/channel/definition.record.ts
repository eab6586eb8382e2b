import { Type } from 'typebox';
import { defineRecord, field } from '../kernel/record.ts';
import { t } from '../kernel/text.ts';

/**
 * Words: **definition** 定义 an endpoint, a channel or a mapping of an organisation, named by its code; **draft** 草稿 what somebody
 * has typed and not published; **publication** 发布 a change of one or more definitions on its way into force.
 */
export const definitionKinds = ['endpoint', 'in', 'out', 'mapping'] as const;

/** One draft for each definition; whoever saves says which draft he began with, so nobody's typing is lost. */
export const draftRecord = defineRecord({
  name: 'draft',
  plural: 'drafts',
  title: t('草稿', 'Draft'),
  audited: false,
  fields: {
    code: field.string(60, { title: t('定义', 'Definition') }),
    text: field.text({ title: t('内容', 'Text') }),
    baseVersion: field.int({ title: t('基于版本', 'Version it began from') }),
  },
  indexes: [{ fields: ['orgId', 'code'], unique: true }],
});

export const publicationItem = Type.Object({
  code: Type.String({ maxLength: 60 }),
  kind: Type.Enum([...definitionKinds]),
  /** Version it was written for; 0 where the organisation had none. */
  baseVersion: Type.Integer(),
  text: Type.String(),
});

export const publicationStates = {
  PENDING: { title: t('待批准', 'Waiting for approval'), tone: 'warn' },
  PUBLISHED: { title: t('已发布', 'Published'), tone: 'good' },
  REJECTED: { title: t('已驳回', 'Rejected'), tone: 'bad' },
  WITHDRAWN: { title: t('已撤回', 'Withdrawn'), tone: 'neutral' },
} as const;

export const publicationRecord = defineRecord({
  name: 'publication',
  plural: 'publications',
  title: t('发布', 'Publication'),
  fields: {
    state: field.choice(['PENDING', 'PUBLISHED', 'REJECTED', 'WITHDRAWN'], {
      title: t('状态', 'State'),
      filter: true,
    }),
    /** The first definition, for the list; `items` has all. */
    code: field.string(60, { title: t('定义', 'Definition'), filter: true, search: true }),
    items: field.json(Type.Array(publicationItem), { title: t('内容', 'Definitions and their texts') }),
    note: field.string(500, { title: t('说明', 'What it changes') }),
    decidedAt: field.orNull(field.time({ title: t('决定时间', 'Decided at') })),
    decidedBy: field.string(64, { title: t('决定人', 'Decided by') }),
    reason: field.string(500, { title: t('理由', 'Reason of the decision') }),
  },
  indexes: [{ fields: ['orgId', 'state', 'createdAt'] }, { fields: ['orgId', 'code'] }],
});

/** One row for an organisation; none: one person publishes alone. */
export const publicationPolicyRecord = defineRecord({
  name: 'publicationPolicy',
  plural: 'publication-policies',
  title: t('发布规则', 'Publication policy'),
  fields: {
    secondPerson: field.bool({ title: t('须第二人批准', 'A second person approves') }),
  },
  indexes: [{ fields: ['orgId'], unique: true }],
});
