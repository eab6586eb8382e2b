import { type Static, Type } from 'typebox';
import type { AdapterDescriptor } from '../../contracts/adapter/port.ts';
import { t } from '../../contracts/kernel/text.ts';
import {
  addressSchema,
  offsetSchema,
  orderSchema,
  pointSchema,
  scaleSchema,
  typeSchema,
} from './point-schema.ts';

const only = { additionalProperties: false };
const count = (least: number, most: number, fallback: number, description: string) =>
  Type.Optional(Type.Integer({ minimum: least, maximum: most, default: fallback, description }));
const seconds = (fallback: number, description: string) =>
  Type.Optional(Type.Number({ minimum: 0.1, maximum: 86_400, default: fallback, description }));
const unit = Type.Integer({ minimum: 0, maximum: 255, description: '从站号 · Unit id' });

const connection = {
  host: Type.String({
    minLength: 1,
    maxLength: 255,
    description: '设备或网关的地址 · Address of the device or gateway',
  }),
  port: count(1, 65535, 502, '端口 · Port'),
  mode: Type.Optional(
    Type.Enum(['tcp', 'rtu-over-tcp'], {
      default: 'tcp',
      description:
        'tcp: Modbus TCP；rtu-over-tcp: 透传串口服务器上的 RTU 帧 · Modbus TCP, or frames of the serial line through a transparent serial server',
    }),
  ),
  connectMs: count(100, 60_000, 5000, '连接超时（毫秒） · Time to connect, milliseconds'),
  timeoutMs: count(20, 60_000, 1000, '应答超时（毫秒） · Time for an answer, milliseconds'),
  pauseMs: count(
    0,
    10_000,
    0,
    '两次请求之间的停顿（毫秒） · Pause between two requests, milliseconds, for slow serial lines',
  ),
};

const device = Type.Object(
  {
    device: Type.String({
      minLength: 1,
      maxLength: 64,
      description: '设备编号，读数以此报出 · Device, as readings name it',
    }),
    unit,
    driver: Type.Optional(
      Type.String({
        maxLength: 60,
        description: '设备型号的描述，见 drivers · Description of its model, a file of drivers',
      }),
    ),
    points: Type.Optional(
      Type.Array(pointSchema, {
        maxItems: 500,
        description: '测点，代替或补充型号描述 · Points, instead of a driver or beside it',
      }),
    ),
    everySeconds: seconds(10, '轮询间隔（秒），缺省为端点的 · Seconds between polls'),
    timeoutMs: connection.timeoutMs,
    repeatSeconds: Type.Optional(
      Type.Number({
        minimum: 1,
        maximum: 86_400,
        description:
          '设置后只报变化，且至少每若干秒全报一次；不设则每次都报 · Set: only what changed is told, and everything at least this often; else every poll is told',
      }),
    ),
  },
  { ...only, description: '设备 · Device' },
);

const listen = Type.Object(
  {
    ...connection,
    everySeconds: seconds(10, '轮询间隔（秒） · Seconds between polls of a device'),
    retries: count(
      0,
      5,
      1,
      '无应答时立即重试的次数 · How often a request without an answer is repeated at once',
    ),
    devices: Type.Array(device, {
      minItems: 1,
      maxItems: 1000,
      description: '该地址上的设备 · Devices at this address',
    }),
  },
  { ...only, description: '轮询 · Poll' },
);

const output = Type.Object(
  {
    output: Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]*$', maxLength: 64, description: '输出名' }),
    unit,
    table: Type.Enum(['coil', 'holding'], { description: '线圈或保持寄存器 · Coil or holding register' }),
    address: addressSchema,
    type: Type.Optional(typeSchema),
    order: Type.Optional(orderSchema),
    scale: scaleSchema,
    offset: offsetSchema,
    min: Type.Optional(Type.Number({ description: '允许的最小值 · Least value that may be written' })),
    max: Type.Optional(Type.Number({ description: '允许的最大值 · Greatest value that may be written' })),
  },
  { ...only, description: '可写的输出 · Output that may be written' },
);

const send = Type.Object(
  {
    ...connection,
    outputs: Type.Array(output, {
      minItems: 1,
      maxItems: 500,
      description: '可写的输出；不在其中者拒绝 · Outputs that may be written; any other is refused',
    }),
  },
  { ...only, description: '远程控制 · Remote control' },
);

export type ListenSettings = Static<typeof listen>;
export type SendSettings = Static<typeof send>;
export type DeviceSettings = Static<typeof device>;
export type OutputSettings = Static<typeof output>;

export const descriptor: AdapterDescriptor = {
  id: 'modbus',
  title: t('Modbus（TCP、RTU 透传）', 'Modbus (TCP, RTU over TCP)'),
  listen,
  send,
  single: true,
  calls: true,
};
