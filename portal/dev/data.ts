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
const products = [
  ['UCMSC-P', '脐带间充质干细胞制备'],
  ['NK-P', 'NK细胞制备'],
  ['PBMC-F', 'PBMC冻存'],
  ['DC-P', 'DC细胞制备'],
  ['CART-C', 'CAR-T细胞采集'],
  ['THAW', '细胞复苏'],
] as const;
const doctors = ['陈立新', '王海燕', '周建国', '林晓芸', '赵文博'];
const departments = ['血液内科', '肿瘤科', '风湿免疫科', '骨科', '神经内科', '妇产科'];
const diagnoses = [
  '急性髓系白血病',
  '多发性骨髓瘤',
  '类风湿关节炎',
  '膝骨关节炎',
  '系统性红斑狼疮',
  '非霍奇金淋巴瘤',
];

const standard = (at: number, by = 'system') => ({
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

let control = 40122;
let seq = 0;
let orderNumber = 318;

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
    seq: ++seq,
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
    target: 'his-out',
    lane: message.lane,
    messageType: 'ORM^O01',
    controlId: `CM${++control}`,
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
      `MSH|^~\\&|HIS|HOSP|CYTOMESH|CELLLAB|${stamp(at)}||ACK|R${control}|P|2.5\rMSA|AA|${delivery.controlId}\r`,
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

const nameOf: Record<string, string> = { planner: '李敏（计划员）', HIS: 'HIS' };

export function addOrder(at: number, state = 'SUBMITTED'): Order {
  const donor = random() < 0.7 || world.donors.length < 6 ? addDonor(at - 1000) : pick(world.donors);
  const [productCode, productName] = pick(products);
  const placerNumber = `P20261123${String(++orderNumber).padStart(5, '0')}`;
  const mrn = donor.identifiers[0]!.number;
  const controlId = `HIS${++control}`;
  const fields = { placerNumber, productCode, productName };
  const id = newId();
  const number = `CM26-${String(orderNumber).padStart(6, '0')}`;
  const keys = [
    { kind: 'patient', value: mrn },
    { kind: 'order', value: placerNumber },
    { kind: 'control', value: controlId },
  ];
  const message = addMessage({
    type: 'ORM^O01',
    text: orderText(controlId, at, mrn, 'NW', fields),
    at: at - 40,
    channel: 'his-order-in',
    endpoint: 'mllp-main',
    keys,
    controlId,
    context: { donorId: donor.id, orderId: id },
  });
  const order: Order = {
    id,
    ...standard(at, 'HIS'),
    number,
    donorId: donor.id,
    placerNumber,
    placerAuthority: 'HIS',
    productCode,
    productName,
    priority: random() < 0.12 ? 'stat' : random() < 0.25 ? 'urgent' : 'routine',
    quantity: 1 + Math.floor(random() * 3),
    requestedAt: iso(at - 60_000),
    neededAt: iso(at + 2 * 86400_000),
    orderedBy: pick(doctors),
    department: pick(departments),
    visitNumber: `V2026112${String(orderNumber).padStart(4, '0')}`,
    diagnosis: pick(diagnoses),
    note: random() < 0.4 ? '对二甲基亚砜敏感，回输前预处理；请提前 24 小时通知病区。' : null,
    state: 'SUBMITTED',
    previousState: '',
    stateReason: '',
    source: 'message',
    sourceId: message.id,
  };
  world.orders.unshift(order);
  world.history.set(id, [entry('receive', '', 'SUBMITTED', at, 'HIS', message.id)]);
  const path: Record<string, string[]> = {
    ACCEPTED: ['accept'],
    IN_EXECUTION: ['accept', 'start'],
    FULFILLED: ['accept', 'start', 'fulfil'],
    ON_HOLD: ['accept', 'hold'],
    REJECTED: ['reject'],
    CANCELLED: ['accept', 'cancel'],
    CLOSED: ['accept', 'start', 'fulfil', 'close'],
  };
  let when = at;
  for (const verb of path[state] ?? []) {
    when += 20 * 60_000 * (0.3 + random());
    move(
      order,
      verb,
      Math.min(when, Date.now() - 5000),
      verb === 'hold' ? '患者发热，推迟采集' : verb === 'reject' ? '供者感染筛查未完成' : '',
    );
  }
  return order;
}

function entry(
  action: string,
  from: string,
  to: string,
  at: number,
  actor: string,
  cause = '',
  reason = '',
): History {
  return {
    at: iso(at),
    actor,
    actorName: nameOf[actor] ?? actor,
    action: `order.${action}`,
    from,
    to,
    reason,
    meaning: action === 'accept' ? 'APPROVED' : '',
    cause,
  };
}

const target: Record<string, string> = {
  submit: 'SUBMITTED',
  accept: 'ACCEPTED',
  reject: 'REJECTED',
  hold: 'ON_HOLD',
  start: 'IN_EXECUTION',
  fulfil: 'FULFILLED',
  close: 'CLOSED',
  cancel: 'CANCELLED',
};

/** Moves an order and lets the message to the HIS follow, as the platform does. */
export function move(order: Order, verb: string, at: number, reason: string, actor = 'planner'): void {
  const from = order.state;
  order.state = verb === 'resume' ? order.previousState || 'SUBMITTED' : target[verb]!;
  order.previousState = from;
  order.stateReason = reason;
  order.version += 1;
  order.updatedAt = iso(at);
  order.updatedBy = actor;
  world.history.get(order.id)?.push(entry(verb, from, order.state, at, actor, '', reason));
  const donor = world.donors.find((d) => d.id === order.donorId);
  const message = addMessage({
    type: 'order.statusChanged',
    text: JSON.stringify({ orderId: order.id, from, to: order.state }),
    charset: 'UTF-8',
    at: at + 8,
    direction: 'out',
    channel: 'order-status-out',
    endpoint: 'events',
    keys: [
      { kind: 'order', value: order.placerNumber },
      { kind: 'filler', value: order.number },
      { kind: 'patient', value: donor?.identifiers[0]?.number ?? '' },
    ],
    controlId: '',
  });
  const late = at > Date.now() - 60_000 && random() < 0.3;
  addDelivery(
    message,
    at + 15,
    late ? 'QUEUED' : 'DELIVERED',
    orderText(`CM${control + 1}`, at, message.lane, 'SC', order),
  );
}

const endpointText = `# 主 MLLP 接口：HIS、LIS 共用
kind: endpoint
code: mllp-main
adapter: mllp
listen:
  port: 2575
  tls: false
  maxFrameBytes: 5000000
  idleSeconds: 600
decode:
  charset: [MSH-18, GB18030, UTF-8]   # 先看声明，再探测
  onError: refuse
expect:
  every: 10m
  hours: "07:00-22:00"
`;
const orderInText = `# HIS 医嘱 → 订单
kind: in
code: his-order-in
source: mllp-main
accept:
  types: [ORM^O01, OML^O21]
  sender: HIS
lane: PID-3[MR].1
mapping: hl7v2/order-in        # 黄金样例 12 个，全部通过
call:
  - donor.receive
  - order.receive
codes:
  priority: his-priority
  service: { table: his-service, onMiss: park }
ack:
  mode: original
  filtered: AA
retry:
  transient: { attempts: 8, backoff: 2s..5m }
`;
const statusOutText = `# 订单状态 → HIS
kind: out
code: order-status-out
events: [order.statusChanged]
filter: not(byPlacer)
mapping: hl7v2/order-status
targets:
  - endpoint: his-out
    message: ORM^O01
    control: SC
    timeout: 10s
    onTimeout: ambiguous
order: placerNumber
`;
const plain: [string, Channel['kind'], string, string, string][] = [
  ['mllp-main', 'endpoint', 'MLLP 主接口', 'Main MLLP port', endpointText],
  ['his-out', 'endpoint', 'HIS 接收端', 'HIS receiver', endpointText.replace('mllp-main', 'his-out')],
  [
    'his-adt-in',
    'in',
    'HIS 患者信息接入',
    'HIS patients in',
    orderInText.replace('his-order-in', 'his-adt-in'),
  ],
  ['his-order-in', 'in', 'HIS 医嘱接入', 'HIS orders in', orderInText],
  ['order-status-out', 'out', '订单状态回传', 'Order status out', statusOutText],
  ['results-out', 'out', '检验结果回传', 'Results out', statusOutText.replaceAll('order-status', 'results')],
];

export function fill(): void {
  const now = Date.now();
  for (const [code, kind, name, nameEn, text] of plain) {
    world.channels.push({
      id: newId(),
      ...standard(now - 20 * 86400_000, 'engineer'),
      code,
      kind,
      name,
      nameEn,
      enabled: code !== 'results-out',
      published: 4,
      text,
    });
  }
  const states = [
    'SUBMITTED',
    'ACCEPTED',
    'IN_EXECUTION',
    'FULFILLED',
    'ON_HOLD',
    'REJECTED',
    'CANCELLED',
    'SUBMITTED',
    'CLOSED',
    'ACCEPTED',
    'SUBMITTED',
  ];
  for (let i = 57; i > 0; i--) {
    const at = now - i * 17 * 60_000 - random() * 600_000;
    addOrder(at, i < 3 ? 'SUBMITTED' : states[i % states.length]!);
    if (i % 9 === 0) oddMessage(at + 60_000, i);
    if (i % 5 === 0) patientMessage(at + 30_000);
  }
  const merged = world.donors[4];
  if (merged) Object.assign(merged, { status: 'MERGED', mergedInto: world.donors[2]!.id });
  const stuck = world.deliveries[3];
  if (stuck) {
    Object.assign(stuck, {
      state: 'PARKED',
      faultCode: 'hub.peer.negative',
      ackCode: 'AE',
      doneAt: null,
      attempts: 1,
      roundTripMs: 31,
    });
    stuck.fault = {
      code: 'hub.peer.negative',
      kind: 'rejected',
      message: 'The peer answered AE',
      data: { ack: 'AE', reason: 'ORC-2 未知' },
    };
  }
}

function patientMessage(at: number): void {
  const donor = addDonor(at);
  const mrn = donor.identifiers[0]!.number;
  const controlId = `HIS${++control}`;
  const text = orderText(controlId, at, mrn, 'NW')
    .split('\r')
    .slice(0, 3)
    .join('\r')
    .replace('ORM^O01^ORM_O01', 'ADT^A08^ADT_A01');
  addMessage({
    type: 'ADT^A08',
    text: `${text}\r`,
    at,
    channel: 'his-adt-in',
    endpoint: 'mllp-main',
    controlId,
    keys: [
      { kind: 'patient', value: mrn },
      { kind: 'control', value: controlId },
    ],
    context: { donorId: donor.id },
  });
}

function oddMessage(at: number, i: number): void {
  const mrn = `MR${20000000 + i}`;
  const controlId = `HIS${++control}`;
  const kinds = [
    ['PARKED', 'codeset.code.unmapped', { table: 'his-service', code: 'XB-0713' }],
    ['REFUSED', 'hub.message.unsound', { segment: 'ORC', field: 'ORC-1', reason: 'missing' }],
    ['HELD', '', {}],
    ['FILTERED', '', {}],
    ['DUPLICATE', '', {}],
  ] as const;
  const [state, code, data] = kinds[Math.floor(i / 9) % kinds.length]!;
  addMessage({
    type: 'ORM^O01',
    text: orderText(controlId, at, mrn, state === 'REFUSED' ? '' : 'NW', {
      productCode: 'XB-0713',
      productName: '脂肪干细胞制备',
    }),
    at,
    state,
    channel: state === 'FILTERED' ? '' : 'his-order-in',
    endpoint: 'mllp-main',
    controlId,
    faultCode: code,
    fault: code ? { code, kind: 'rejected', message: code, data } : null,
    keys: [
      { kind: 'patient', value: mrn },
      { kind: 'order', value: `P2026112399${i}` },
      { kind: 'control', value: controlId },
    ],
  });
}
