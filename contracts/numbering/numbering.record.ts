import { Type } from 'typebox';
import { defineRecord, field } from '../kernel/record.ts';
import { t } from '../kernel/text.ts';

/**
 * Words: **rule** 编号规则 how numbers of one kind are written; **series** 流水 the running number of a rule under one prefix; **issued
 * number** 已发编号 one number that was given out. Every number of a series from 1 on has its row, so nothing is ever missing: it was
 * used, it waits to be used, or it was voided with a reason.
 *
 * A rule of an organisation goes before the group's rule of the same code.
 */
export const numberingRuleRecord = defineRecord({
  name: 'numberingRule',
  plural: 'numbering-rules',
  title: t('编号规则', 'Numbering rule'),
  scope: 'group',
  fields: {
    code: field.string(40, { title: t('代码', 'Code'), search: true, filter: true }),
    forOrg: field.string(36, {
      title: t('适用机构', 'Organisation'),
      help: t('空为全集团', 'Id of the organisation it is for; empty for the whole group'),
      filter: true,
    }),
    name: field.string(100, { title: t('名称', 'Name'), search: true }),
    nameEn: field.string(100, { title: t('英文名称', 'English name') }),
    pattern: field.string(120, {
      title: t('格式', 'Pattern'),
      help: t(
        '文字与记号，如 U-{yy}{MM}-{seq:5}{check}',
        'Text and tokens: {org} {facility} {scope} {yyyy} {yy} {MM} {dd} {ddd} {seq:5} {check} {check:10}, e.g. U-{yy}{MM}-{seq:5}{check}',
      ),
    }),
    facility: field.string(5, {
      title: t('ISBT 128 机构识别号', 'Facility identification number'),
      help: t('ICCBBA 分配', 'FIN as assigned by ICCBBA, for {facility}'),
    }),
    active: field.bool({ title: t('启用', 'Active'), filter: true }),
  },
  indexes: [{ fields: ['code', 'forOrg'], unique: true }],
});

export const issuedNumberRecord = defineRecord({
  name: 'issuedNumber',
  plural: 'issued-numbers',
  title: t('已发编号', 'Issued number'),
  fields: {
    number: field.string(64, { title: t('编号', 'Number'), search: true, filter: true }),
    rule: field.string(40, { title: t('规则', 'Rule'), filter: true }),
    ruleId: field.id({ title: t('规则编号', 'Rule id'), refers: 'numberingRule', filter: true }),
    ruleVersion: field.int({ title: t('规则版本', 'Version of the rule') }),
    series: field.string(100, { title: t('流水', 'Series'), filter: true }),
    place: field.int({ title: t('流水号', 'Place in the series') }),
    state: field.choice(['ISSUED', 'USED', 'VOIDED'], { title: t('状态', 'State'), filter: true }),
    stateReason: field.string(500, { title: t('原因', 'Reason') }),
    purpose: field.string(100, { title: t('用途', 'Purpose') }),
    subjectKind: field.string(40, { title: t('对象类型', 'Kind of what carries it'), filter: true }),
    subjectId: field.string(36, { title: t('对象', 'What carries it'), filter: true }),
  },
  indexes: [
    { fields: ['ruleId', 'number'], unique: true },
    { fields: ['series', 'place'], unique: true },
    { fields: ['orgId', 'number'] },
    { fields: ['orgId', 'rule', 'state'] },
  ],
});

/** One data structure found in a scanned or typed code. */
export const codeStructure = Type.Object({
  kind: Type.String({
    description:
      '结构 · `din`, `product`, `expiry`, `collected`, `produced`, `donor`, `staff`, `container`, `containerLot`, `item`, `itemLot`, `consignment`, `divisions`, `mpho`, `grid`, `coi`, `gs1`, `own`',
  }),
  standard: Type.String({ description: '标准与结构号 · e.g. `ISBT 128 DS 001`, `GS1 (01)`, `Cytomesh U`' }),
  value: Type.String({ description: '值 · Value without identifiers, flags and check character' }),
  parts: Type.Record(Type.String(), Type.String(), { description: '组成 · What it consists of' }),
});
