import type { ChannelTemplateListResult } from '../../api/client.generated.ts';
import type { IconName } from '../../components/icon/icons.ts';
import { msg } from '../../state/language.ts';

export type Template = ChannelTemplateListResult['items'][number];
export type Field = Template['fields'][number];

export const groups = ['his', 'platform', 'lis', 'esign', 'queue', 'line', 'iot', 'other'] as const;

export const groupText = (group: string): string =>
  ({
    his: msg('医院信息系统', 'Hospital information system'),
    platform: msg('集成平台', 'Integration platform'),
    lis: msg('检验系统', 'Laboratory system'),
    esign: msg('电子签名', 'Electronic signature'),
    queue: msg('排队叫号', 'Queue calling'),
    line: msg('采血流水线', 'Collection line'),
    iot: msg('设备与物联网', 'Devices and sensors'),
    other: msg('其他', 'Other'),
  })[group] ?? group;

export const groupIcon = (group: string): IconName =>
  (
    ({
      his: 'building',
      platform: 'globe',
      lis: 'order',
      esign: 'lock',
      queue: 'person',
      line: 'flow',
      iot: 'wire',
    }) as Record<string, IconName>
  )[group] ?? 'channel';

/** What is wrong with a field, as the platform names it. */
export function fieldProblem(field: Field, reason: string): string {
  const example = field.example ? msg(`，例如 ${field.example}`, `, e.g. ${field.example}`) : '';
  return (
    {
      missing: msg('必填', 'required'),
      number: msg('须为数字', 'must be a number'),
      small: msg(`不小于 ${field.minimum}`, `at least ${field.minimum}`),
      large: msg(`不大于 ${field.maximum}`, `at most ${field.maximum}`),
      pattern: `${msg('格式不符', 'does not fit')}${example}`,
      choice: msg('请选择', 'choose one'),
    }[reason] ?? reason
  );
}

/** A short name out of a typed one: letters and digits, in lower case. */
export const slugOf = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^[-0-9]+|-+$/g, '')
    .slice(0, 30);
