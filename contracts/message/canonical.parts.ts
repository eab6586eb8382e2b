import { type Static, Type } from 'typebox';

/** What canonical messages are made of. Times are ISO 8601 with offset. */

export const text = (max: number, description: string) =>
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

export const common = {
  /** When it happened at the sender. */
  occurredAt: text(35, '发生时间 · Event time'),
  sender: text(100, '来源系统 · Sending application and facility'),
};

/** Which order a fact belongs to; one of them is enough. */
export const ofOrder = {
  patient: Type.Optional(patientSchema),
  placerNumber: Type.Optional(identifierSchema),
  fillerNumber: Type.Optional(identifierSchema),
  specimen: text(64, '标本条码 · Specimen number or barcode'),
};
