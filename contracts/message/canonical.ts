import { type Static, Type } from 'typebox';

/** The canonical messages: few, ours, and all that a domain word knows of a partner. Times are ISO 8601 with offset. */

const text = (max: number, description: string) =>
  Type.Optional(Type.String({ maxLength: max, description }));

/** A number given by an authority: MRN, visit number, order number. HL7 CX / EI. */
export const identifierSchema = Type.Object(
  {
    number: Type.String({ minLength: 1, maxLength: 64, description: '号码 · Number' }),
    authority: text(64, '发号机构 · Assigning authority (CX.4, EI.2)'),
    type: text(20, '类型 · Identifier type, HL7 table 0203: MR, PI, NNCHN …'),
  },
  { additionalProperties: false },
);
export type Identifier = Static<typeof identifierSchema>;

export const patientSchema = Type.Object(
  {
    identifiers: Type.Array(identifierSchema, {
      minItems: 1,
      maxItems: 20,
      description: '患者标识 · Identifiers (PID-3)',
    }),
    name: text(100, '姓名 · Full name as shown (PID-5)'),
    namePhonetic: text(100, '姓名拼音 · Romanised name'),
    sex: Type.Optional(
      Type.Union([Type.Literal('M'), Type.Literal('F'), Type.Literal('O'), Type.Literal('U')], {
        description: '性别 · Administrative sex (PID-8, table 0001)',
      }),
    ),
    birthDate: text(10, '出生日期 · Date of birth, YYYY, YYYY-MM or YYYY-MM-DD (PID-7)'),
    idNumber: text(32, '身份证号 · National id number'),
    phone: text(40, '电话 · Phone (PID-13)'),
    address: text(250, '地址 · Address (PID-11)'),
    /** Fields the sender cleared on purpose (`""` in HL7): kept apart from absent. */
    cleared: Type.Optional(Type.Array(Type.String({ maxLength: 20 }), { maxItems: 20 })),
  },
  { additionalProperties: false },
);
export type Patient = Static<typeof patientSchema>;

export const visitSchema = Type.Object(
  {
    number: text(64, '就诊号 · Visit number (PV1-19)'),
    class: text(20, '就诊类别 · Patient class (PV1-2)'),
    department: text(100, '科室 · Assigned location (PV1-3)'),
    doctor: text(100, '医生 · Attending doctor (PV1-7)'),
  },
  { additionalProperties: false },
);

export const placedOrderSchema = Type.Object(
  {
    placerNumber: identifierSchema,
    fillerNumber: Type.Optional(identifierSchema),
    code: Type.String({ minLength: 1, maxLength: 64, description: '项目代码 · Service code (OBR-4.1)' }),
    name: text(200, '项目名称 · Service name (OBR-4.2)'),
    codeSystem: text(40, '代码体系 · Coding system (OBR-4.3)'),
    priority: Type.Optional(
      Type.Union([Type.Literal('routine'), Type.Literal('urgent'), Type.Literal('stat')], {
        description: '优先级 · Priority (ORC-7.6, TQ1-9, OBR-5)',
      }),
    ),
    quantity: Type.Optional(Type.Number({ description: '数量 · Quantity' })),
    requestedAt: text(35, '开单时间 · Ordered at (ORC-9)'),
    neededAt: text(35, '需要时间 · Needed at (ORC-7.4, TQ1-7)'),
    orderedBy: text(100, '开单医生 · Ordering provider (ORC-12)'),
    department: text(100, '开单科室 · Ordering department'),
    diagnosis: text(250, '临床诊断 · Clinical diagnosis'),
    note: text(2000, '备注 · Note (NTE-3)'),
  },
  { additionalProperties: false },
);
export type PlacedOrder = Static<typeof placedOrderSchema>;

const common = {
  /** When it happened at the sender. */
  occurredAt: text(35, '发生时间 · Event time'),
  sender: text(100, '来源系统 · Sending application and facility'),
};

export const canonical = {
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
    },
    { additionalProperties: false, description: '订单状态改变 · The state of an order changed' },
  ),
  ResultReported: Type.Object(
    {
      type: Type.Literal('ResultReported'),
      ...common,
      patient: patientSchema,
      placerNumber: identifierSchema,
      fillerNumber: identifierSchema,
      code: Type.String({ maxLength: 64 }),
      name: text(200, '报告项目 · Report item'),
      reportNumber: text(64, '报告号 · Report number'),
      status: Type.Union([Type.Literal('preliminary'), Type.Literal('final'), Type.Literal('corrected')]),
      observations: Type.Array(
        Type.Object(
          {
            code: Type.String({ maxLength: 64 }),
            name: text(200, '名称 · Name'),
            value: Type.String({ maxLength: 4000 }),
            unit: text(40, '单位 · Unit (UCUM)'),
            range: text(100, '参考范围 · Reference range'),
            flag: text(10, '异常标志 · Abnormal flag, table 0078'),
            kind: Type.Union([Type.Literal('number'), Type.Literal('text'), Type.Literal('code')]),
          },
          { additionalProperties: false },
        ),
        { maxItems: 500 },
      ),
    },
    { additionalProperties: false, description: '结果报告 · Results of an order' },
  ),
} as const;

export type CanonicalType = keyof typeof canonical;
export type Canonical = { [K in CanonicalType]: Static<(typeof canonical)[K]> }[CanonicalType];
export type CanonicalOf<K extends CanonicalType> = Static<(typeof canonical)[K]>;
