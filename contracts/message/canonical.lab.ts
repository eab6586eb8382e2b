import { Type } from 'typebox';
import { common, identifierSchema, ofOrder, patientSchema, text } from './canonical.parts.ts';

const only = { additionalProperties: false };
const one = <const V extends string[]>(...values: V) => Type.Enum(values);
const since = text(35, '起始时间 · From this time on');
const limit = Type.Optional(
  Type.Integer({ minimum: 1, maximum: 200, description: '最多条数，缺省 50 · At most' }),
);

/** Devices, images, tickets, signatures, and the queries of other systems with their answers. */
export const labMessages = {
  ReadingTaken: Type.Object(
    {
      type: Type.Literal('ReadingTaken'),
      ...common,
      device: Type.String({ minLength: 1, maxLength: 64, description: '设备 · Device' }),
      readings: Type.Array(
        Type.Object(
          {
            point: Type.String({ minLength: 1, maxLength: 64, description: '测点 · Point' }),
            value: Type.Union([Type.Number(), Type.Null()]),
            unit: text(20, '单位 · Unit (UCUM)'),
            quality: one('good', 'uncertain', 'bad'),
            at: Type.String({ maxLength: 35, description: '时间 · Time of the reading' }),
            alarm: text(100, '设备自报的报警 · Alarm the device itself states'),
          },
          only,
        ),
        { minItems: 1, maxItems: 10_000 },
      ),
    },
    { ...only, description: '读数 · Readings of a device' },
  ),
  AlarmRaised: Type.Object(
    {
      type: Type.Literal('AlarmRaised'),
      ...common,
      alarm: Type.String({ maxLength: 64, description: '报警编号 · Alarm id' }),
      device: Type.String({ maxLength: 64 }),
      point: text(64, '测点 · Point'),
      state: one('raised', 'cleared'),
      severity: one('info', 'warning', 'critical'),
      value: Type.Optional(Type.Number()),
      unit: text(20, '单位 · Unit'),
      reason: text(500, '原因 · Reason'),
    },
    { ...only, description: '报警 · An alarm was raised or cleared' },
  ),
  ImageStored: Type.Object(
    {
      type: Type.Literal('ImageStored'),
      ...common,
      ...ofOrder,
      accession: text(64, '检查号 · Accession number'),
      study: Type.String({ maxLength: 64, description: 'Study Instance UID (0020,000D)' }),
      series: text(64, 'Series Instance UID'),
      instance: Type.String({ maxLength: 64, description: 'SOP Instance UID (0008,0018)' }),
      modality: text(16, 'Modality (0008,0060)'),
      title: text(200, '描述 · Description'),
      mediaType: Type.String({ maxLength: 100 }),
      blob: Type.String({ maxLength: 64, description: '内容的 SHA-256 · Digest of the contents' }),
    },
    { ...only, description: '图像 · An image was stored' },
  ),
  TicketCalled: Type.Object(
    {
      type: Type.Literal('TicketCalled'),
      ...common,
      ...ofOrder,
      ticket: Type.String({ minLength: 1, maxLength: 64, description: '排队号 · Ticket' }),
      status: one('issued', 'called', 'passed', 'arrived', 'done', 'cancelled'),
      window: text(64, '窗口、诊室 · Window or room'),
    },
    { ...only, description: '排队叫号 · A ticket was issued, called, passed' },
  ),
  DocumentSigned: Type.Object(
    {
      type: Type.Literal('DocumentSigned'),
      ...common,
      ...ofOrder,
      document: Type.String({ minLength: 1, maxLength: 64, description: '被签对象 · What was signed' }),
      valid: Type.Boolean({ description: '验证通过 · The signature holds' }),
      algorithm: text(40, '算法 · e.g. SM2-SM3, RSA-SHA256'),
      hash: text(128, '摘要（十六进制） · Digest, hexadecimal'),
      signature: text(4000, '签名（base64） · Signature'),
      certificate: text(8000, '证书（base64 DER） · Certificate'),
      timestamp: text(16_000, '时间戳（base64） · Timestamp token'),
      signer: text(100, '签名人 · Signer'),
      reason: text(500, '失败原因 · Why not'),
    },
    { ...only, description: '电子签名 · A document was signed' },
  ),
  PatientQuery: Type.Object(
    {
      type: Type.Literal('PatientQuery'),
      ...common,
      patient: Type.Optional(patientSchema),
      limit,
    },
    {
      ...only,
      description: '查询患者；标识、姓名+出生日期 · Which patients: by identifier, or name with birth date',
    },
  ),
  PatientsFound: Type.Object(
    {
      type: Type.Literal('PatientsFound'),
      ...common,
      patients: Type.Array(patientSchema, { maxItems: 200 }),
    },
    { ...only, description: '患者 · Patients found' },
  ),
  OrderQuery: Type.Object(
    {
      type: Type.Literal('OrderQuery'),
      ...common,
      ...ofOrder,
      states: Type.Optional(Type.Array(Type.String({ maxLength: 40 }), { maxItems: 20 })),
      since,
      limit,
    },
    { ...only, description: '查询订单 · Which orders' },
  ),
  OrdersFound: Type.Object(
    {
      type: Type.Literal('OrdersFound'),
      ...common,
      orders: Type.Array(
        Type.Object(
          {
            patient: patientSchema,
            placerNumber: identifierSchema,
            fillerNumber: identifierSchema,
            code: Type.String({ maxLength: 64 }),
            name: text(200, '项目 · Service'),
            status: Type.String({ maxLength: 40 }),
            priority: text(20, '优先级 · Priority'),
            orderedAt: text(35, '开单时间 · Ordered at'),
            orderedBy: text(100, '开单医生 · Ordering provider'),
            department: text(100, '科室 · Department'),
            visitNumber: text(64, '就诊号 · Visit'),
            specimen: text(64, '所问的标本 · Specimen that was asked for'),
          },
          only,
        ),
        { maxItems: 200 },
      ),
    },
    { ...only, description: '订单 · Orders found' },
  ),
  FactQuery: Type.Object(
    {
      type: Type.Literal('FactQuery'),
      ...common,
      ...ofOrder,
      kinds: Type.Optional(Type.Array(Type.String({ maxLength: 40 }), { maxItems: 20 })),
      document: text(64, '文档编号 · Document id'),
      since,
      limit,
    },
    { ...only, description: '查询报告、文档、报警等 · Which results, documents, alarms' },
  ),
  FactsFound: Type.Object(
    {
      type: Type.Literal('FactsFound'),
      ...common,
      facts: Type.Array(
        Type.Object(
          {
            kind: Type.String({ maxLength: 40, description: '规范消息类型 · Canonical type' }),
            at: Type.String({ maxLength: 35 }),
            placerNumber: text(64, '申请单号 · Placer number'),
            fillerNumber: text(64, '订单号 · Order number'),
            title: text(200, '标题 · Title'),
            number: text(64, '编号 · Number of the document, report, image'),
            status: text(40, '状态 · Status'),
            mediaType: text(100, '内容类型 · Media type'),
            content: Type.Optional(Type.String({ maxLength: 8_000_000, description: 'base64' })),
          },
          only,
        ),
        { maxItems: 200 },
      ),
    },
    { ...only, description: '报告、文档、报警 · Results, documents, alarms found' },
  ),
} as const;
