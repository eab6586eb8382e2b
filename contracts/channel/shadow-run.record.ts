import { Type } from 'typebox';
import { defineTable, field } from '../kernel/record.ts';
import { t } from '../kernel/text.ts';

/** Words: **shadow run** 影子运行 a text tried over stored messages; nothing is called, sent or changed. */
export const shadowOutcomes = {
  same: { title: t('一致', 'Same'), tone: 'good' },
  different: { title: t('不同', 'Different'), tone: 'warn' },
  failedNow: { title: t('新版失败', 'Fails with the new text'), tone: 'bad' },
  mended: { title: t('新版成功', 'Failed before, works now'), tone: 'info' },
} as const;

const text = (zh: string, en: string) => ({ title: t(zh, en) });

export const shadowRunTable = defineTable({
  name: 'shadowRun',
  plural: 'shadow-runs',
  title: t('影子运行', 'Shadow run'),
  scope: 'org',
  fields: {
    id: field.id(text('编号', 'Id')),
    orgId: field.id(text('机构', 'Organisation')),
    createdAt: field.time({ ...text('开始时间', 'Started at'), filter: true }),
    createdBy: field.string(64, text('操作者', 'Started by')),
    code: field.string(60, { ...text('定义', 'Definition'), filter: true }),
    /** Version in force that it is compared to. */
    against: field.int(text('对比版本', 'Version compared to')),
    text: field.text(text('新定义', 'Text tried')),
    state: field.choice(['RUNNING', 'DONE', 'STOPPED', 'FAILED'], text('状态', 'State')),
    total: field.int(text('总数', 'Messages')),
    done: field.int(text('已完成', 'Done')),
    same: field.int(text('一致', 'Same')),
    different: field.int(text('不同', 'Different')),
    failedNow: field.int(text('新版失败', 'Fail now')),
    mended: field.int(text('新版成功', 'Failed before')),
    /** How often each field differs, most first; at most 200. */
    fields: field.json(
      Type.Array(Type.Object({ path: Type.String(), count: Type.Integer(), example: Type.String() })),
      text('字段差异', 'Differences by field'),
    ),
    messages: field.json(Type.Array(Type.String()), text('消息', 'Ids of the messages')),
  },
  indexes: [{ fields: ['state'] }, { fields: ['orgId', 'code', 'createdAt'] }],
});

export const shadowResultTable = defineTable({
  name: 'shadow_result',
  plural: 'shadow_results',
  title: t('影子运行结果', 'Results of a shadow run'),
  fields: {
    id: field.string(60, text('键', '<run>#<place>')),
    runId: field.id(text('影子运行', 'Shadow run')),
    place: field.int(text('次序', 'Place in the run')),
    messageId: field.id(text('消息', 'Message')),
    outcome: field.choice(['same', 'different', 'failedNow', 'mended'], text('结果', 'Outcome')),
    /** Paths only: values stay with the message. */
    paths: field.json(Type.Array(Type.String()), text('不同的字段', 'Fields that differ')),
  },
  indexes: [{ fields: ['runId', 'place'] }],
});
