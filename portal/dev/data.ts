import iconv from 'iconv-lite';
import type {
  Channel,
  Donor,
  Message,
  MessageDeliveriesResult,
  Order,
  OrderHistoryResult,
} from '../api/client.generated.ts';

export type Delivery = MessageDeliveriesResult['items'][number];
export type History = OrderHistoryResult['items'][number];

/** In-memory data of the development mock. Everybody in it is invented. */
export interface World {
  orders: Order[];
  donors: Donor[];
  messages: Message[];
  bodies: Map<string, Buffer>;
  contexts: Map<string, Record<string, string>>;
  deliveries: Delivery[];
  replies: Map<string, string>;
  history: Map<string, History[]>;
  channels: Channel[];
}

let seed = 20261123;
export const random = (): number => {
  seed = (seed * 1664525 + 1013904223) % 4294967296;
  return seed / 4294967296;
};
export const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
let serial = 0;
export const newId = () =>
  `0193b1c0-${(++serial).toString(16).padStart(4, '0')}-7a1c-9e40-${Math.floor(random() * 2 ** 40)
    .toString(16)
    .padStart(12, '0')}`;
export const iso = (ms: number) => new Date(ms).toISOString();
export const org = '0193b000-0000-7000-8000-000000000001';

const surnames = [
  '张',
  '王',
  '李',
  '赵',
  '陈',
  '刘',
  '杨',
  '黄',
  '周',
  '吴',
  '徐',
  '孙',
  '马',
  '朱',
  '胡',
  '郭',
  '何',
  '欧阳',
];
export const products = [
  ['UCMSC-P', '脐带间充质干细胞制备'],
  ['NK-P', 'NK细胞制备'],
  ['PBMC-F', 'PBMC冻存'],
  ['DC-P', 'DC细胞制备'],
  ['CART-C', 'CAR-T细胞采集'],
  ['THAW', '细胞复苏'],
] as const;
export const doctors = ['陈立新', '王海燕', '周建国', '林晓芸', '赵文博'];
export const departments = ['血液内科', '肿瘤科', '风湿免疫科', '骨科', '神经内科', '妇产科'];
export const diagnoses = [
  '急性髓系白血病',
  '多发性骨髓瘤',
  '类风湿关节炎',
  '膝骨关节炎',
  '系统性红斑狼疮',
  '非霍奇金淋巴瘤',
];

export const standard = (at: number, by = 'system') => ({
  orgId: org,
  version: 1,
  createdAt: iso(at),
  createdBy: by,
  updatedAt: iso(at),
  updatedBy: by,
  voidedAt: null,
});

export const world: World = {
  orders: [],
  donors: [],
  messages: [],
  bodies: new Map(),
  contexts: new Map(),
  deliveries: [],
  replies: new Map(),
  history: new Map(),
  channels: [],
};

let donorNumber = 1;
export function addDonor(at: number): Donor {
  const number = `D26${String(donorNumber++).padStart(6, '0')}`;
  const sex = random() < 0.5 ? 'M' : 'F';
  const donor: Donor = {
    id: newId(),
    ...standard(at),
    number,
    name: `${pick(surnames)}${random() < 0.5 ? '*' : '**'}`,
    namePhonetic: 'Z*** ***',
    sex,
    birthDate: `${1950 + Math.floor(random() * 60)}-**-**`,
    idNumber: `1101**********${Math.floor(1000 + random() * 9000)}`,
    phone: `138****${Math.floor(1000 + random() * 9000)}`,
    address: '北京市******',
    identifiers: [
      { number: `MR${Math.floor(10000000 + random() * 89999999)}`, authority: 'HIS', type: 'MR' },
      { number: `E${Math.floor(100000 + random() * 899999)}`, authority: 'EMPI', type: 'PI' },
    ],
    status: 'ACTIVE',
    mergedInto: null,
  };
  world.donors.unshift(donor);
  return donor;
}

const stamp = (ms: number) => {
  const d = new Date(ms + 8 * 3600_000).toISOString();
  return d.replace(/\D/g, '').slice(0, 14);
};

/** Running numbers of the mock. */
export const counter = { control: 40122, seq: 0, order: 318 };

interface Put {
  type: string;
  text: string;
  at: number;
  charset?: string;
  direction?: 'in' | 'out';
  channel: string;
  endpoint: string;
  keys: Message['keys'];
  state?: string;
  context?: Record<string, string>;
  faultCode?: string;
  fault?: unknown;
  controlId: string;
}

export function addMessage(put: Put): Message {
  const charset = put.charset ?? 'GB18030';
  const body = iconv.encode(put.text, charset === 'UTF-8' ? 'utf8' : 'gb18030');
  const out = put.direction === 'out';
  const refused = put.state === 'REFUSED';
  const message: Message = {
    seq: ++counter.seq,
    id: newId(),
    orgId: org,
    receivedAt: iso(put.at),
    doneAt: put.state === undefined || put.state === 'DONE' ? iso(put.at + 6 + random() * 30) : null,
    direction: put.direction ?? 'in',
    endpoint: put.endpoint,
    connection: out ? '' : `c${1 + Math.floor(random() * 4)}`,
    peer: out ? '' : '10.20.3.15:51422',
    channel: put.channel,
    channelVersion: 4,
    messageType: put.type,
    controlId: put.controlId,
    charset,
    size: body.length,
    digest: 'f'.repeat(64),
    lane: put.keys[0]?.value ?? '',
    moreLanes: null,
    meta: null,
    shard: 3,
    state: put.state ?? 'DONE',
    ack: out ? 'NOT_OWED' : 'SENT',
    ackCode: out ? '' : refused ? 'AE' : 'AA',
    faultCode: put.faultCode ?? '',
    fault: put.fault ?? null,
    warnings: null,
    keys: put.keys,
    originId: null,
    originKind: '',
    reason: '',
  };
  world.messages.unshift(message);
  world.bodies.set(message.id, body);
  if (put.context) world.contexts.set(message.id, put.context);
  return message;
}

export function addDelivery(message: Message, at: number, state = 'DELIVERED', text = ''): Delivery {
  const delivery: Delivery = {
    seq: world.deliveries.length + 1,
    id: newId(),
    orgId: org,
    messageId: message.id,
    channel: message.channel,
    channelVersion: 2,
    mapping: 'his-order-status@0',
    target: 'his-out',
    lane: message.lane,
    messageType: 'ORM^O01',
    controlId: `CM${++counter.control}`,
    state,
    attempts: state === 'QUEUED' ? 3 : 1,
    createdAt: iso(at),
    nextAt: state === 'QUEUED' ? iso(Date.now() + 22_000) : null,
    lastAt: iso(at + 12),
    doneAt: state === 'DELIVERED' ? iso(at + 41) : null,
    roundTripMs: state === 'DELIVERED' ? 29 : null,
    ackCode: state === 'DELIVERED' ? 'AA' : '',
    faultCode: state === 'QUEUED' ? 'hub.peer.refused' : state === 'PARKED' ? 'hub.peer.negative' : '',
    fault:
      state === 'PARKED'
        ? {
            code: 'hub.peer.negative',
            kind: 'rejected',
            message: 'The peer answered AE',
            data: { ack: 'AE', reason: 'ORC-2 未知' },
          }
        : null,
    reason: '',
  };
  world.deliveries.unshift(delivery);
  world.bodies.set(
    delivery.id,
    iconv.encode(text || orderText(delivery.controlId, at, message.lane, 'SC'), 'gb18030'),
  );
  if (state === 'DELIVERED') {
    world.replies.set(
      delivery.id,
      `MSH|^~\\&|HIS|HOSP|CYTOMESH|CELLLAB|${stamp(at)}||ACK|R${counter.control}|P|2.5\rMSA|AA|${delivery.controlId}\r`,
    );
  }
  return delivery;
}

export function orderText(
  controlId: string,
  at: number,
  mrn: string,
  orderControl: string,
  extra: Partial<Order> = {},
): string {
  return [
    `MSH|^~\\&|HIS|HOSP|CYTOMESH|CELLLAB|${stamp(at)}||ORM^O01^ORM_O01|${controlId}|P|2.5|||||CHN|GB18030`,
    `PID|1||${mrn}^^^HIS^MR~E482011^^^EMPI^PI||欧阳弢||19850614|M|||北京市海淀区复兴路 28 号^^^^100853||13800000000`,
    'PV1|1|I|血液内科^12^03||||00231^陈立新|||||||||||V20261123001',
    `ORC|${orderControl}|${extra.placerNumber ?? 'P2026112300017'}^HIS||||||^^^20261125080000^^R|${stamp(at)}|||00231^陈立新|||||血液内科`,
    `OBR|1|${extra.placerNumber ?? 'P2026112300017'}^HIS||${extra.productCode ?? 'UCMSC-P'}^${extra.productName ?? '脐带间充质干细胞制备'}^L|||||||||||||||||||||||1`,
    'DG1|1||C92.0^急性髓系白血病^ICD-10',
    'NTE|1||患者对二甲基亚砜\\T\\青霉素过敏，回输前预处理',
    'ZCT|1|自体|冷链箱 2 号||""',
    '',
  ].join('\r');
}
