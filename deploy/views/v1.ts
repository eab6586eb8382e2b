import { codeEntryRecord } from '../../contracts/codeset/codeset.record.ts';
import { donorRecord } from '../../contracts/donor/donor.record.ts';
import { historyTable } from '../../contracts/kernel/system.tables.ts';
import { type Text, t } from '../../contracts/kernel/text.ts';
import { masterItemRecord } from '../../contracts/masterdata/master-item.record.ts';
import { deliveryStates, deliveryTable } from '../../contracts/message/delivery.record.ts';
import { messageStates, messageTable } from '../../contracts/message/message.record.ts';
import { orderMachine } from '../../contracts/order/order.machine.ts';
import { orderRecord } from '../../contracts/order/order.record.ts';
import { orderFactTable } from '../../contracts/order/order-fact.record.ts';
import { orgRecord } from '../../contracts/org/org.record.ts';
import type { Codes, ViewDef, ViewSet } from './view.ts';

/**
 * What other systems may read, first version. Numbers, codes, states and times only: personal data is sealed in the tables, and
 * free text, names of people and lists of patient numbers stay out as well.
 */
const titled = (states: Readonly<Record<string, { readonly title: Text }>>): Codes =>
  Object.fromEntries(Object.entries(states).map(([code, { title }]) => [code, title]));

const org = { record: orgRecord, by: 'orgId' };
const order = { record: orderRecord, by: 'orderId' };
const ofOrg = { from: 'org.code', title: t('机构代码', 'Code of the organisation') };
const orderStates = titled(orderMachine.states);
const donorNumber = { from: 'donor.number', title: t('供者号', 'Donor number') };
const ofOrder = {
  order_number: { from: 'order.number', title: t('订单号', 'Order number (filler)') },
  placer_number: { from: 'order.placerNumber', title: t('申请单号', 'Placer order number') },
  donor_number: donorNumber,
} as const;
const factJoins = { org, order, donor: { record: donorRecord, by: 'donorId' } };
const factColumns = {
  seq: { from: 'seq', meaning: t('只增，可作高水位', 'Only grows; good as a high-water mark') },
  fact_id: 'id',
  org_code: ofOrg,
  ...ofOrder,
  occurred_at: 'at',
  status: {
    from: 'status',
    meaning: t('来源系统所报的状态', 'As the sending system states it'),
  },
  source: 'source',
  message_id: 'messageId',
} as const;

const orders: ViewDef = {
  name: 'orders',
  title: t('订单', 'Orders'),
  meaning: t('每张订单一行，现时状态', 'One row for each order in its present state'),
  of: orderRecord,
  joins: { org, donor: { record: donorRecord, by: 'donorId' } },
  where: { voidedAt: null },
  columns: {
    order_id: 'id',
    org_code: ofOrg,
    order_number: { from: 'number', meaning: t('本系统的订单号', 'Ours: the filler number of HL7') },
    placer_number: {
      from: 'placerNumber',
      meaning: t('开单系统的单号', 'Number of the system that ordered'),
    },
    placer_authority: 'placerAuthority',
    donor_number: donorNumber,
    visit_number: 'visitNumber',
    product_code: 'productCode',
    product_name: 'productName',
    priority: {
      from: 'priority',
      codes: { routine: t('常规', 'Routine'), urgent: t('加急', 'Urgent'), stat: t('特急', 'At once') },
    },
    quantity: {
      from: 'quantity',
      meaning: t('单位由产品决定', 'In the unit of the product'),
    },
    requested_at: 'requestedAt',
    needed_at: 'neededAt',
    department: 'department',
    state: { from: 'state', codes: orderStates },
    source: {
      from: 'source',
      codes: { message: t('接口消息', 'By a message'), portal: t('门户录入', 'In the portal') },
    },
    created_at: 'createdAt',
    updated_at: {
      from: 'updatedAt',
      meaning: t('每次改动即更新，可作高水位', 'Moves with each change; good as a high-water mark'),
    },
    version: 'version',
  },
  mark: ['updated_at', 'order_id'],
};

const orderHistory: ViewDef = {
  name: 'order_history',
  title: t('订单状态历史', 'States an order went through'),
  meaning: t('每次状态变化一行', 'One row for each change of state'),
  of: historyTable,
  joins: { org, order: { record: orderRecord, by: 'recordId' } },
  where: { record: ['order'] },
  columns: {
    seq: { from: 'seq', meaning: t('只增，可作高水位', 'Only grows; good as a high-water mark') },
    org_code: ofOrg,
    order_number: ofOrder.order_number,
    placer_number: ofOrder.placer_number,
    changed_at: 'at',
    action: 'action',
    from_state: { from: 'from', codes: orderStates },
    to_state: { from: 'to', codes: orderStates },
  },
  mark: ['seq'],
};

const donors: ViewDef = {
  name: 'donors',
  title: t('供者', 'Donors'),
  meaning: t('仅编号与状态；姓名、证件号等不在此', 'Number and status; no name, no identity number'),
  of: donorRecord,
  joins: { org, survivor: { record: donorRecord, by: 'mergedInto' } },
  where: { voidedAt: null },
  columns: {
    donor_id: 'id',
    org_code: ofOrg,
    donor_number: 'number',
    sex: {
      from: 'sex',
      meaning: t('HL7 表 0001', 'HL7 table 0001'),
      codes: { M: t('男', 'Male'), F: t('女', 'Female'), O: t('其他', 'Other'), U: t('未知', 'Unknown') },
    },
    status: {
      from: 'status',
      codes: { ACTIVE: t('有效', 'In force'), MERGED: t('已并入他人', 'Merged into another') },
    },
    merged_into: { from: 'survivor.number', title: t('并入的供者号', 'Donor it was merged into') },
    created_at: 'createdAt',
    updated_at: 'updatedAt',
  },
  mark: ['updated_at', 'donor_id'],
};

const samples: ViewDef = {
  name: 'samples',
  title: t('标本', 'Samples'),
  meaning: t('标本的每个状态一行', 'One row for each state of a specimen'),
  of: orderFactTable,
  joins: factJoins,
  where: { kind: ['SpecimenCollected'] },
  columns: { ...factColumns, specimen_number: { from: 'number', title: t('标本条码', 'Specimen number') } },
  mark: ['seq'],
};

const results: ViewDef = {
  name: 'results',
  title: t('结果与报告', 'Results and reports'),
  meaning: t(
    '有何结果、报告，何时、何状态；内容以接口查询',
    'Which results and reports there are; contents by query',
  ),
  of: orderFactTable,
  joins: factJoins,
  where: { kind: ['ResultReported', 'ReportIssued'] },
  columns: {
    ...factColumns,
    kind: 'kind',
    report_number: { from: 'number', title: t('报告号', 'Number of the report') },
    media_type: 'mediaType',
    content_digest: {
      from: 'blob',
      meaning: t('内容的 SHA-256，无则为空', 'SHA-256 of the contents, empty where there are none'),
    },
  },
  mark: ['seq'],
};

const facts: ViewDef = {
  name: 'order_facts',
  title: t('订单事实', 'What was told of orders'),
  meaning: t('伙伴系统、设备所报的一切，按类型', 'All that partners and devices told, by kind'),
  of: orderFactTable,
  joins: factJoins,
  columns: {
    ...factColumns,
    kind: { from: 'kind', meaning: t('规范消息类型', 'Type of the canonical message') },
    fact_number: { from: 'number', title: t('自身编号', 'Its own number') },
    media_type: 'mediaType',
    content_digest: 'blob',
  },
  mark: ['seq'],
};

const messages: ViewDef = {
  name: 'messages',
  title: t('消息', 'Messages'),
  meaning: t('接口消息的流转，不含内容', 'How messages of interfaces went; no contents'),
  of: messageTable,
  joins: { org },
  columns: {
    seq: { from: 'seq', meaning: t('到达次序', 'Order of arrival') },
    message_id: 'id',
    org_code: ofOrg,
    received_at: 'receivedAt',
    done_at: 'doneAt',
    direction: { from: 'direction', codes: { in: t('接收', 'In'), out: t('发出', 'Out') } },
    endpoint: 'endpoint',
    channel: 'channel',
    channel_version: 'channelVersion',
    message_type: 'messageType',
    control_id: 'controlId',
    size: { from: 'size', title: t('字节数', 'Size in bytes') },
    state: { from: 'state', codes: titled(messageStates) },
    ack: 'ack',
    ack_code: 'ackCode',
    fault_code: 'faultCode',
  },
  mark: ['seq'],
};

const deliveries: ViewDef = {
  name: 'deliveries',
  title: t('投递', 'Deliveries'),
  meaning: t('发往对方的每条消息，不含内容', 'Each message to a target; no contents'),
  of: deliveryTable,
  joins: { org },
  columns: {
    seq: 'seq',
    delivery_id: 'id',
    message_id: 'messageId',
    org_code: ofOrg,
    channel: 'channel',
    target: 'target',
    message_type: 'messageType',
    control_id: 'controlId',
    state: { from: 'state', codes: titled(deliveryStates) },
    attempts: 'attempts',
    created_at: 'createdAt',
    done_at: 'doneAt',
    round_trip_ms: 'roundTripMs',
    ack_code: 'ackCode',
    fault_code: 'faultCode',
  },
  mark: ['seq'],
};

const organisations: ViewDef = {
  name: 'organisations',
  title: t('机构', 'Organisations'),
  meaning: t('集团、机构、科室', 'Group, organisations, departments'),
  of: orgRecord,
  joins: { parent: { record: orgRecord, by: 'parentId' } },
  where: { voidedAt: null },
  columns: {
    org_code: 'code',
    name: 'name',
    name_en: 'nameEn',
    kind: {
      from: 'kind',
      codes: {
        group: t('集团', 'Group'),
        org: t('机构', 'Organisation'),
        department: t('科室', 'Department'),
      },
    },
    parent_code: { from: 'parent.code', title: t('上级代码', 'Code of the one above') },
    updated_at: 'updatedAt',
  },
  mark: ['updated_at', 'org_code'],
};

const codes: ViewDef = {
  name: 'codes',
  title: t('代码对照', 'Codes'),
  meaning: t('代码表及对照，产品代码在表 product', 'Code tables; products are in the table `product`'),
  of: codeEntryRecord,
  joins: { org },
  where: { voidedAt: null },
  columns: {
    entry_id: 'id',
    org_code: ofOrg,
    code_table: { from: 'table', title: t('代码表', 'Code table') },
    source_code: 'from',
    target_code: 'to',
    updated_at: 'updatedAt',
  },
  mark: ['updated_at', 'entry_id'],
};

const terms: ViewDef = {
  name: 'master_items',
  title: t('主数据', 'Master data'),
  meaning: t(
    '对方发布的机构与术语；人员不在此',
    'Organisations and terms others publish; people are left out',
  ),
  of: masterItemRecord,
  joins: { org },
  where: { voidedAt: null, catalogue: ['organisation', 'term'] },
  columns: {
    item_id: 'id',
    org_code: ofOrg,
    catalogue: {
      from: 'catalogue',
      codes: { organisation: t('机构', 'Organisation'), term: t('术语', 'Term') },
    },
    code_system: { from: 'system', title: t('体系', 'Code system or class') },
    code: 'code',
    name: 'name',
    parent: 'parent',
    active: 'active',
    source: 'source',
    updated_at: 'updatedAt',
  },
  mark: ['updated_at', 'item_id'],
};

export const v1: ViewSet = {
  version: 1,
  views: [
    orders,
    orderHistory,
    donors,
    samples,
    results,
    facts,
    messages,
    deliveries,
    organisations,
    codes,
    terms,
  ],
};
