import { Type } from 'typebox';
import {
  common,
  identifierSchema,
  ofOrder,
  patientSchema,
  placedOrderSchema,
  text,
  visitSchema,
} from './canonical.parts.ts';

/** Patients, visits, orders, results, documents, master data. */
export const clinicalMessages = {
  PatientRegistered: Type.Object(
    {
      type: Type.Literal('PatientRegistered'),
      ...common,
      patient: patientSchema,
      visit: Type.Optional(visitSchema),
    },
    { additionalProperties: false, description: '患者建档或更新 · A patient was registered or changed' },
  ),
  PatientMerged: Type.Object(
    {
      type: Type.Literal('PatientMerged'),
      ...common,
      patient: patientSchema,
      prior: Type.Array(identifierSchema, {
        maxItems: 20,
        description: '被合并的标识 · Identifiers that cease (MRG-1)',
      }),
    },
    { additionalProperties: false, description: '患者合并 · Two registrations are one person' },
  ),
  OrderPlaced: Type.Object(
    {
      type: Type.Literal('OrderPlaced'),
      ...common,
      /** `new` creates, `change` amends an open order (and creates a missing one where the channel allows). */
      control: Type.Union([Type.Literal('new'), Type.Literal('change')]),
      patient: patientSchema,
      visit: Type.Optional(visitSchema),
      order: placedOrderSchema,
    },
    { additionalProperties: false, description: '下达订单 · An order was placed or changed' },
  ),
  OrderCancelled: Type.Object(
    {
      type: Type.Literal('OrderCancelled'),
      ...common,
      patient: patientSchema,
      placerNumber: identifierSchema,
      reason: text(250, '原因 · Reason'),
    },
    { additionalProperties: false, description: '取消订单 · The placer cancels an order' },
  ),
  StatusChanged: Type.Object(
    {
      type: Type.Literal('StatusChanged'),
      ...common,
      patient: patientSchema,
      placerNumber: identifierSchema,
      fillerNumber: identifierSchema,
      code: Type.String({ maxLength: 64 }),
      name: text(200, '项目名称 · Service name'),
      /** State of the order's machine. */
      status: Type.String({ maxLength: 40 }),
      previous: text(40, '之前状态 · Previous state'),
      reason: text(500, '原因 · Reason'),
      changedBy: text(100, '操作人 · Person'),
      priority: text(20, '优先级 · Priority'),
      department: text(100, '开单科室 · Ordering department'),
      visitNumber: text(64, '就诊号 · Visit'),
    },
    { additionalProperties: false, description: '订单状态改变 · The state of an order changed' },
  ),
  ResultReported: Type.Object(
    {
      type: Type.Literal('ResultReported'),
      ...common,
      ...ofOrder,
      device: text(64, '仪器 · Analyser it comes from'),
      code: Type.String({ maxLength: 64, description: '报告项目代码 · Code of the report item' }),
      name: text(200, '报告项目 · Report item'),
      reportNumber: text(64, '报告号 · Report number'),
      status: Type.Union([Type.Literal('preliminary'), Type.Literal('final'), Type.Literal('corrected')], {
        description: '报告状态 · State of the report',
      }),
      observations: Type.Array(
        Type.Object(
          {
            code: Type.String({ maxLength: 64, description: '结果项目代码 · Code of the value' }),
            name: text(200, '名称 · Name'),
            value: Type.String({ maxLength: 4000, description: '结果值 · Value' }),
            unit: text(40, '单位 · Unit (UCUM)'),
            range: text(100, '参考范围 · Reference range'),
            flag: text(10, '异常标志 · Abnormal flag, table 0078'),
            kind: Type.Union([Type.Literal('number'), Type.Literal('text'), Type.Literal('code')], {
              description: '结果类型 · Kind of value',
            }),
          },
          { additionalProperties: false },
        ),
        { maxItems: 500 },
      ),
    },
    { additionalProperties: false, description: '结果报告 · Results of an order' },
  ),
  EncounterChanged: Type.Object(
    {
      type: Type.Literal('EncounterChanged'),
      ...common,
      patient: patientSchema,
      visit: visitSchema,
      change: Type.Enum(['register', 'admit', 'transfer', 'discharge', 'cancel'], {
        description: '变化 · What happened',
      }),
    },
    { additionalProperties: false, description: '就诊、入院、转科、出院 · A visit began, moved or ended' },
  ),
  SpecimenCollected: Type.Object(
    {
      type: Type.Literal('SpecimenCollected'),
      ...common,
      ...ofOrder,
      specimen: Type.String({ minLength: 1, maxLength: 64, description: '标本条码 · Specimen number' }),
      status: Type.Enum(['labelled', 'collected', 'received', 'rejected', 'cancelled']),
      kind: text(64, '标本类型 · Specimen type'),
      container: text(64, '容器 · Container or tube'),
      quantity: Type.Optional(Type.Number()),
      unit: text(20, '单位 · Unit (UCUM)'),
      collectedBy: text(100, '采集人 · Collector'),
      collectedAt: text(35, '采集时间 · Collected at'),
      reason: text(250, '原因 · Reason'),
    },
    { additionalProperties: false, description: '标本状态 · A specimen was labelled, collected, received' },
  ),
  ReportIssued: Type.Object(
    {
      type: Type.Literal('ReportIssued'),
      ...common,
      ...ofOrder,
      document: Type.String({ minLength: 1, maxLength: 64, description: '文档编号 · Document id' }),
      kind: Type.String({ maxLength: 20, description: '文档类型 · Document type, e.g. C0007' }),
      title: text(200, '标题 · Title'),
      version: text(20, '版本 · Version'),
      author: text(100, '作者 · Author'),
      mediaType: Type.String({ maxLength: 100 }),
      content: Type.Optional(Type.String({ maxLength: 8_000_000, description: 'base64' })),
      blob: text(64, '内容的 SHA-256 · Digest of contents kept apart'),
      sm3: text(64, '内容的 SM3 摘要 · SM3 digest of the contents'),
    },
    { additionalProperties: false, description: '文档 · A document was issued' },
  ),
  MasterDataChanged: Type.Object(
    {
      type: Type.Literal('MasterDataChanged'),
      ...common,
      catalogue: Type.Enum(['organisation', 'person', 'term']),
      control: Type.Enum(['add', 'update', 'disable']),
      items: Type.Array(
        Type.Object(
          {
            code: Type.String({ minLength: 1, maxLength: 64 }),
            name: text(200, '名称 · Name'),
            system: text(64, '体系、分类 · Code system or class'),
            parent: text(64, '上级 · Parent'),
            attributes: Type.Optional(Type.Record(Type.String(), Type.String({ maxLength: 500 }))),
          },
          { additionalProperties: false },
        ),
        { minItems: 1, maxItems: 5000 },
      ),
    },
    { additionalProperties: false, description: '机构、人员、术语 · Organisations, people, terms' },
  ),
} as const;
