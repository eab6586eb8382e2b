import type { DefinitionListResult, DefinitionPreviewResult } from '../../api/client.generated.ts';
import type { Tone } from '../../api/meta.ts';
import { language, msg } from '../../state/language.ts';

export type Head = DefinitionListResult['items'][number];
export type Preview = DefinitionPreviewResult;
export type Trial = NonNullable<Preview['result']>;
export type Difference = Preview['differences'][number];

export const headName = (head: Head): string =>
  language.value === 'en' && head.nameEn !== '' ? head.nameEn : head.name;

export const kindText = (kind: Head['kind']): string =>
  ({
    endpoint: msg('端点', 'Endpoint'),
    in: msg('接入通道', 'Inbound channel'),
    out: msg('外发通道', 'Outbound channel'),
    mapping: msg('映射', 'Mapping'),
  })[kind];

export const versionText = (head: Pick<Head, 'published' | 'shipped' | 'channelId'>): string =>
  head.published > 0
    ? msg(`第 ${head.published} 版`, `Version ${head.published}`)
    : head.shipped
      ? msg('随产品提供', 'As shipped')
      : msg('未发布', 'Not published');

export const outcomeText: Record<Trial['outcome'], () => string> = {
  mapped: () => msg('将被处理', 'Would be handled'),
  filtered: () => msg('被过滤', 'Filtered'),
  refused: () => msg('被拒绝', 'Refused'),
  unread: () => msg('无法读取', 'Cannot be read'),
  untried: () => msg('未试运行', 'Not tried'),
};
export const outcomeTone: Record<Trial['outcome'], Tone> = {
  mapped: 'good',
  filtered: 'neutral',
  refused: 'bad',
  unread: 'bad',
  untried: 'neutral',
};

export const shadowText: Record<string, () => string> = {
  same: () => msg('一致', 'Same'),
  different: () => msg('不同', 'Different'),
  failedNow: () => msg('新版失败', 'Fails now'),
  mended: () => msg('旧版失败、新版成功', 'Failed before'),
};
export const shadowTone: Record<string, Tone> = {
  same: 'good',
  different: 'warn',
  failedNow: 'bad',
  mended: 'info',
};

/** The text a new definition begins with. */
export const starts: Record<Head['kind'], (code: string, org: string) => string> = {
  endpoint: (code, org) =>
    `endpoint: ${code}\ntitle: { zh: ${code}, en: ${code} }\norg: ${org}\nadapter: mllp\nlisten: { port: 2580 }\ndecode: { mode: auto, charset: GB18030 }\nack: { mode: auto, unrouted: accept }\nlane: patient\nretainDays: 365\n`,
  in: (code, org) =>
    `channel: ${code}\ntitle: { zh: ${code}, en: ${code} }\norg: ${org}\nsource: { endpoint: his }\naccept: [ADT^*]\nmap: his-adt\ncalls: [donor.receive]\n`,
  out: (code, org) =>
    `channel: ${code}\ntitle: { zh: ${code}, en: ${code} }\norg: ${org}\nsource: { event: order.statusChanged }\nmap: his-order-status\ntargets:\n  - endpoint: his-out\n`,
  mapping: (code) =>
    `mapping: ${code}\ntitle: { zh: ${code}, en: ${code} }\ndirection: in\nformat: hl7v2\nmessages:\n  - type: PatientRegistered\n    fields:\n      patient:\n        object:\n          identifiers:\n            each: PID-3\n            map: { object: { number: .1 } }\n          name: PID-5.1\n`,
};
