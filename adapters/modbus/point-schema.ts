import { type Static, Type } from 'typebox';

const only = { additionalProperties: false };
const number = (description: string) => Type.Optional(Type.Number({ description }));
const bothTexts = (description: string) =>
  Type.Object(
    { zh: Type.String({ minLength: 1, maxLength: 60 }), en: Type.String({ minLength: 1, maxLength: 60 }) },
    { ...only, description },
  );

export const tableSchema = Type.Enum(['coil', 'discrete', 'input', 'holding'], {
  description:
    '数据表：线圈（功能码 1）、离散输入（2）、输入寄存器（4）、保持寄存器（3） · Coils (function 1), discrete inputs (2), input registers (4), holding registers (3)',
});
export const addressSchema = Type.Integer({
  minimum: 0,
  maximum: 65535,
  description:
    '协议地址，从 0 计；手册写 30001、40001 者为 0 · Address on the wire, from 0: what a manual calls 30001 or 40001 is 0',
});
export const typeSchema = Type.Enum(
  ['bit', 'u16', 's16', 'u32', 's32', 'u64', 's64', 'f32', 'f64', 'bcd16', 'bcd32', 'ascii'],
  { description: '数据类型，缺省 u16；线圈与离散输入为 bit · Type; default u16, bit for coils and inputs' },
);
export const orderSchema = Type.Enum(['ABCD', 'CDAB', 'BADC', 'DCBA'], {
  description:
    '字节次序：ABCD 高字在前；CDAB 低字在前；BADC、DCBA 另将每字两字节互换 · ABCD high word first, CDAB low word first; BADC and DCBA with the bytes of each word swapped',
});
export const scaleSchema = number('系数：值 = 原始值 × 系数 + 偏移 · Value = raw × scale + offset');
export const offsetSchema = number('偏移 · Offset');

/** One value of a device. */
export const pointSchema = Type.Object(
  {
    point: Type.String({
      pattern: '^[A-Za-z0-9][A-Za-z0-9._-]*$',
      maxLength: 64,
      description: '测点 · Name of the point, one on its device',
    }),
    title: Type.Optional(bothTexts('名称 · Title')),
    table: tableSchema,
    address: addressSchema,
    type: Type.Optional(typeSchema),
    length: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 64, description: 'ascii 的寄存器数 · Registers of an ascii text' }),
    ),
    order: Type.Optional(orderSchema),
    mask: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 0xffffffff,
        description:
          '取其中的位，右移到最低位；如 0x0020 为第 5 位 · Bits that are taken, moved down to the lowest: 0x0020 is bit 5',
      }),
    ),
    scale: scaleSchema,
    offset: offsetSchema,
    unit: Type.Optional(Type.String({ maxLength: 20, description: '单位（UCUM） · Unit (UCUM)' })),
    invalid: Type.Optional(
      Type.Array(Type.Number(), {
        maxItems: 20,
        description:
          '表示传感器故障的原始值，如 0x7FFF、0x8000 · Raw values by which the device says that it has none',
      }),
    ),
    min: number('低于此值则质量为 uncertain · Below it the quality is uncertain'),
    max: number('高于此值则质量为 uncertain · Above it the quality is uncertain'),
    deadband: Type.Optional(
      Type.Number({
        minimum: 0,
        description:
          '死区：设有 repeatSeconds 时，变化不超过它则不上报 · With repeatSeconds: a change of no more than this is not told',
      }),
    ),
    alarm: Type.Optional(
      bothTexts('值不为 0 时设备自报的报警 · Alarm that the device states where the value is not 0'),
    ),
  },
  { ...only, description: '测点 · Point' },
);
export type Point = Static<typeof pointSchema>;
export type PointType = Static<typeof typeSchema>;
export type Order = Static<typeof orderSchema>;
export type Table = Static<typeof tableSchema>;

/** A model of device, shipped as data: `drivers/<driver>.yaml`. */
export const driverSchema = Type.Object(
  {
    driver: Type.String({ pattern: '^[a-z0-9]+(-[a-z0-9]+)*$', maxLength: 60 }),
    title: bothTexts('名称 · Title'),
    vendor: Type.String({ minLength: 1, maxLength: 60 }),
    models: Type.Array(Type.String({ minLength: 1, maxLength: 60 }), { minItems: 1, maxItems: 30 }),
    /** Where the register map was read: the maker's manual, or programs of others that read such a device. */
    sources: Type.Array(
      Type.Object(
        {
          kind: Type.Enum(['manual', 'implementation']),
          title: Type.String({ minLength: 1, maxLength: 200, description: '文件名 · Title of the document' }),
          by: Type.String({ minLength: 1, maxLength: 100, description: '出版者 · Who published it' }),
        },
        only,
      ),
      { minItems: 1, maxItems: 5 },
    ),
    note: Type.Optional(Type.String({ maxLength: 1000 })),
    serial: Type.Optional(
      Type.String({ maxLength: 40, description: '出厂串口参数 · Serial line as delivered' }),
    ),
    limits: Type.Optional(
      Type.Object(
        {
          registers: Type.Optional(Type.Integer({ minimum: 1, maximum: 125 })),
          bits: Type.Optional(Type.Integer({ minimum: 1, maximum: 2000 })),
          /** Unused addresses that may be read along. */
          gap: Type.Optional(Type.Integer({ minimum: 0, maximum: 100 })),
        },
        only,
      ),
    ),
    points: Type.Array(pointSchema, { minItems: 1, maxItems: 500 }),
  },
  only,
);
export type Driver = Static<typeof driverSchema>;
export type Limits = NonNullable<Driver['limits']>;
