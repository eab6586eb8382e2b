import { Type } from 'typebox';
import { defineMachine } from '../kernel/machine.ts';
import { t } from '../kernel/text.ts';
import { orderRecord } from './order.record.ts';

const reason = true;

/** SM-03. Orders of a partner's message enter SUBMITTED; those written in the portal begin as DRAFT. */
export const orderMachine = defineMachine({
  record: orderRecord,
  field: 'state',
  initial: ['DRAFT', 'SUBMITTED'],
  states: {
    DRAFT: { title: t('草稿', 'Draft'), tone: 'neutral' },
    SUBMITTED: { title: t('待接收', 'Submitted'), tone: 'info' },
    ACCEPTED: { title: t('已接收', 'Accepted'), tone: 'good' },
    IN_EXECUTION: { title: t('执行中', 'In execution'), tone: 'info' },
    FULFILLED: { title: t('已完成', 'Fulfilled'), tone: 'good' },
    CLOSED: { title: t('已关闭', 'Closed'), tone: 'neutral', final: true },
    REJECTED: { title: t('已拒绝', 'Rejected'), tone: 'bad', final: true },
    ON_HOLD: { title: t('暂停', 'On hold'), tone: 'warn' },
    CANCELLED: { title: t('已取消', 'Cancelled'), tone: 'bad', final: true },
  },
  transitions: {
    submit: {
      title: t('提交', 'Submit'),
      from: ['DRAFT'],
      to: 'SUBMITTED',
      permission: 'order.write',
      guards: ['complete'],
    },
    accept: {
      title: t('接收', 'Accept'),
      from: ['SUBMITTED'],
      to: 'ACCEPTED',
      permission: 'order.plan',
      guards: ['complete', 'donorActive'],
      signature: 'APPROVED',
    },
    reject: {
      title: t('拒绝', 'Reject'),
      from: ['SUBMITTED'],
      to: 'REJECTED',
      permission: 'order.plan',
      reason,
      danger: true,
    },
    hold: {
      title: t('暂停', 'Hold'),
      from: ['SUBMITTED', 'ACCEPTED', 'IN_EXECUTION'],
      to: 'ON_HOLD',
      permission: 'order.plan',
      reason,
    },
    resume: { title: t('恢复', 'Resume'), from: ['ON_HOLD'], to: '@previous', permission: 'order.plan' },
    start: {
      title: t('开始执行', 'Start execution'),
      from: ['ACCEPTED'],
      to: 'IN_EXECUTION',
      permission: 'mesh',
    },
    cancel: {
      title: t('取消', 'Cancel'),
      from: ['DRAFT', 'SUBMITTED', 'ACCEPTED', 'IN_EXECUTION', 'ON_HOLD'],
      to: 'CANCELLED',
      permission: 'order.cancel',
      reason,
      signature: 'APPROVED',
      danger: true,
      params: {
        disposition: Type.Optional(
          Type.Union(
            [Type.Literal('none'), Type.Literal('store'), Type.Literal('destroy'), Type.Literal('research')],
            {
              description: '已有材料的处置 · What becomes of existing material',
            },
          ),
        ),
      },
    },
    fulfil: { title: t('完成', 'Fulfil'), from: ['IN_EXECUTION'], to: 'FULFILLED', permission: 'mesh' },
    close: { title: t('关闭', 'Close'), from: ['FULFILLED'], to: 'CLOSED', permission: 'order.write' },
  },
});
