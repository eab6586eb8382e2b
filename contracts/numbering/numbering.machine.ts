import { Type } from 'typebox';
import { defineMachine } from '../kernel/machine.ts';
import { t } from '../kernel/text.ts';
import { issuedNumberRecord } from './numbering.record.ts';

/** What becomes of a number. A voided one is never given again. */
export const issuedNumberMachine = defineMachine({
  record: issuedNumberRecord,
  field: 'state',
  initial: ['ISSUED'],
  states: {
    ISSUED: { title: t('已发', 'Issued'), tone: 'info' },
    USED: { title: t('已用', 'Used'), tone: 'good' },
    VOIDED: { title: t('已作废', 'Voided'), tone: 'neutral', final: true },
  },
  transitions: {
    use: {
      title: t('使用', 'Use'),
      from: ['ISSUED'],
      to: 'USED',
      permission: 'mesh',
      params: {
        subjectKind: Type.String({ minLength: 1, maxLength: 40, description: '对象类型 · Kind of record' }),
        subjectId: Type.String({ minLength: 1, maxLength: 36, description: '对象 · Id of the record' }),
      },
    },
    void: {
      title: t('作废', 'Void'),
      from: ['ISSUED', 'USED'],
      to: 'VOIDED',
      permission: 'numbering.void',
      reason: true,
      danger: true,
    },
  },
});
