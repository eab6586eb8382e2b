import { Type } from 'typebox';
import { defineAction, idParams, readActions } from '../kernel/action.ts';
import { transitionActions, transitionParams } from '../kernel/machine.ts';
import { t } from '../kernel/text.ts';
import { issuedNumberMachine } from './numbering.machine.ts';
import { codeStructure, issuedNumberRecord, numberingRuleRecord } from './numbering.record.ts';

const f = numberingRuleRecord.fields;
const pattern = Type.String({ minLength: 1, maxLength: 120, description: '格式 · Pattern' });
const facility = Type.Optional(Type.String({ maxLength: 5, description: '机构识别号 · FIN' }));
const scope = Type.Optional(
  Type.String({
    maxLength: 40,
    pattern: '^[A-Za-z0-9./#-]*$',
    description: '{scope} 的值，如储存号 · Value of {scope}, e.g. the storage id that unit numbers count in',
  }),
);

export const numberingActions = {
  ...readActions(numberingRuleRecord, 'numbering.read'),
  create: defineAction({
    name: 'numberingRule.create',
    title: t('新建编号规则', 'Create a numbering rule'),
    permission: 'numbering.write',
    params: Type.Object({
      code: Type.String({
        pattern: '^[a-z][a-z0-9-]*$',
        maxLength: 40,
        description: '代码 · Code, e.g. cell-unit',
      }),
      name: f.name.schema,
      nameEn: f.nameEn.schema,
      pattern,
      facility,
    }),
    result: numberingRuleRecord.schema,
    repeat: 'key',
    rest: { method: 'POST', path: '/numbering-rules', status: 201 },
    faults: ['numbering.pattern.invalid', 'kernel.record.duplicate'],
  }),
  /** Numbers issued before keep what they are; a series goes on where its prefix stays the same. */
  change: defineAction({
    name: 'numberingRule.change',
    title: t('修改编号规则', 'Change a numbering rule'),
    permission: 'numbering.write',
    params: Type.Object({
      ...transitionParams,
      name: Type.Optional(f.name.schema),
      nameEn: Type.Optional(f.nameEn.schema),
      pattern: Type.Optional(pattern),
      facility,
      active: Type.Optional(Type.Boolean({ description: '启用 · Active' })),
    }),
    result: numberingRuleRecord.schema,
    repeat: 'key',
    rest: { method: 'PATCH', path: '/numbering-rules/{id}', ifMatch: true },
    faults: [
      'numbering.pattern.invalid',
      'kernel.record.missing',
      'kernel.record.stale',
      'numbering.rule.foreign',
    ],
  }),
  /** The next numbers as a pattern would write them from 1 on, today; nothing is given out. */
  preview: defineAction({
    name: 'numberingRule.preview',
    title: t('预览编号', 'Preview a pattern'),
    permission: 'numbering.read',
    params: Type.Object({ pattern, facility, scope }),
    result: Type.Object({ numbers: Type.Array(Type.String()), series: Type.String() }),
    repeat: 'read',
    rest: { method: 'GET', path: '/number-previews' },
    faults: ['numbering.pattern.invalid'],
  }),
  /** What became of a series: how many were given, used, voided; whether a place is missing. */
  reconcile: defineAction({
    name: 'numberingRule.reconcile',
    title: t('核对流水', 'Reconcile a series'),
    permission: 'numbering.read',
    params: Type.Object({
      ...idParams.properties,
      series: Type.String({ minLength: 1, maxLength: 100, description: '流水 · Series' }),
    }),
    result: Type.Object({
      last: Type.Integer({ description: '最后流水号 · Last place given' }),
      issued: Type.Integer({ description: '待用 · Issued and not used' }),
      used: Type.Integer({ description: '已用 · Used' }),
      voided: Type.Integer({ description: '作废 · Voided' }),
      complete: Type.Boolean({ description: '无缺号 · No place is missing' }),
    }),
    repeat: 'read',
    rest: { method: 'GET', path: '/numbering-rules/{id}/reconciliation' },
    faults: ['kernel.record.missing'],
  }),
  issued: {
    ...readActions(issuedNumberRecord, 'numbering.read'),
    /** Gives numbers out, in order, each once; a repeated key gets the same numbers. */
    issue: defineAction({
      name: 'issuedNumber.issue',
      title: t('发号', 'Issue numbers'),
      permission: 'numbering.issue',
      params: Type.Object({
        rule: Type.String({ minLength: 1, maxLength: 40, description: '规则代码 · Code of the rule' }),
        count: Type.Optional(
          Type.Integer({ minimum: 1, maximum: 500, description: '个数，缺省 1 · How many, default 1' }),
        ),
        scope,
        purpose: Type.Optional(Type.String({ maxLength: 100, description: '用途 · What for' })),
      }),
      result: Type.Object({ items: Type.Array(issuedNumberRecord.schema) }),
      repeat: 'key',
      rest: { method: 'POST', path: '/issued-numbers', status: 201 },
      faults: ['numbering.rule.missing', 'numbering.series.exhausted', 'kernel.record.duplicate'],
    }),
  },
  /** Reads a scanned or typed code: ISBT 128, GS1, our own numbers. One field takes any code. */
  read: defineAction({
    name: 'codeReading.read',
    title: t('识读条码', 'Read a code'),
    permission: 'numbering.read',
    params: Type.Object({
      text: Type.String({ minLength: 1, maxLength: 500, description: '扫描或输入的内容 · Scanned or typed' }),
      typed: Type.Optional(
        Type.Boolean({
          description: '手工输入，须带校验位 · Typed by hand: the check character is required',
        }),
      ),
    }),
    result: Type.Object({ structures: Type.Array(codeStructure) }),
    repeat: 'read',
    rest: { method: 'GET', path: '/code-readings' },
    faults: ['numbering.code.unreadable'],
  }),
};

export const issuedNumberTransitions = transitionActions(issuedNumberMachine);
