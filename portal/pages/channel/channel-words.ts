import { html } from 'lit';
import type { Channel, ChannelLiveResult } from '../../api/client.generated.ts';
import type { Tone } from '../../api/meta.ts';
import { language, msg } from '../../state/language.ts';

export type Live = ChannelLiveResult['items'][number];

export const channelName = (channel: Channel): string =>
  language.value === 'en' && channel.nameEn !== '' ? channel.nameEn : channel.name;

export const kindText = (kind: Channel['kind']): string =>
  ({
    endpoint: msg('端点', 'Endpoint'),
    in: msg('接入', 'Inbound'),
    out: msg('外发', 'Outbound'),
    mapping: msg('映射', 'Mapping'),
  })[kind] ?? kind;

const known: Record<string, [Tone, string, string]> = {
  listening: ['good', '监听中', 'Listening'],
  connected: ['good', '已连接', 'Connected'],
  idle: ['info', '空闲', 'Idle'],
  waiting: ['warn', '等待通道', 'No channel yet'],
  standby: ['neutral', '备用', 'On standby'],
  stopped: ['neutral', '已停止', 'Stopped'],
  failed: ['bad', '故障', 'Failed'],
};

/** The light of a channel: shape, colour and word. */
export function statusBadge(channel: Channel, live: Live | undefined) {
  const status = live?.status ?? (channel.enabled ? '' : 'stopped');
  const [tone, zh, en] = known[status] ?? (['neutral', '未知', 'Unknown'] as const);
  return html`<cm-badge tone=${tone} title=${live?.statusText ?? ''}>${msg(zh, en)}</cm-badge>`;
}
