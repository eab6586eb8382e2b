import type { Channel } from '../api/client.generated.ts';
import { addDonor, addMessage, counter, newId, orderText, random, standard, world } from './data.ts';
import { addOrder } from './orders.ts';

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
  const controlId = `HIS${++counter.control}`;
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
  const controlId = `HIS${++counter.control}`;
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
