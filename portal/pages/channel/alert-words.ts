import type { ChannelAlert } from '../../api/client.generated.ts';
import type { Tone } from '../../api/meta.ts';
import { msg } from '../../state/language.ts';
import { absoluteTime, duration } from '../../state/time.ts';

export const severityTone: Readonly<Record<ChannelAlert['severity'], Tone>> = {
  info: 'info',
  warning: 'warn',
  critical: 'bad',
};
export const severityText = (severity: ChannelAlert['severity']): string =>
  ({ info: msg('提示', 'Info'), warning: msg('警告', 'Warning'), critical: msg('严重', 'Critical') })[
    severity
  ] ?? severity;

export const alertKindText = (kind: ChannelAlert['kind']): string =>
  ({
    'traffic-missing': msg('预期消息未到', 'Expected messages are missing'),
    'endpoint-down': msg('端点不可用', 'Endpoint is down'),
    'delivery-waiting': msg('投递积压', 'Deliveries wait too long'),
    parked: msg('有挂起的消息', 'Messages are parked'),
    'code-unmapped': msg('有未对照代码', 'Codes are not mapped'),
    charset: msg('字符集错误', 'Charset errors'),
    certificate: msg('证书即将到期', 'Certificate ends soon'),
  })[kind] ?? kind;

/** The figures of an alert in a sentence. */
export function alertFigures({ kind, data }: Pick<ChannelAlert, 'kind' | 'data'>): string {
  const { count, limit, minutes, reason, days, until, since } = data;
  switch (kind) {
    case 'traffic-missing':
      return msg(
        `${minutes} 分钟内收到 ${count} 条，应至少 ${limit} 条`,
        `${count} messages in ${minutes} minutes, at least ${limit} expected`,
      );
    case 'endpoint-down':
      return String(reason ?? '');
    case 'certificate':
      return msg(
        `剩余 ${days} 天，${absoluteTime(String(until)).slice(0, 10)} 到期`,
        `${days} days left, until ${absoluteTime(String(until)).slice(0, 10)}`,
      );
    default:
      return [
        count === undefined ? '' : msg(`${count} 条`, `${count}`),
        since === undefined
          ? ''
          : msg(
              `最早 ${absoluteTime(String(since)).slice(5, 16)}`,
              `since ${absoluteTime(String(since)).slice(5, 16)}`,
            ),
      ]
        .filter(Boolean)
        .join(msg('，', ', '));
  }
}

/** What a person does about it. */
export const alertAdvice = (kind: ChannelAlert['kind']): string[] =>
  ({
    'traffic-missing': [
      msg(
        '看对方是否在发送：连接是否还在、最近一条是何时。',
        'See whether the partner sends: is the connection there, when did the last one come.',
      ),
      msg(
        '请对方检查其发送队列；节假日改期时调整通道的预期流量日历。',
        'Ask the partner to look at its queue; where the calendar is wrong, change it in the channel.',
      ),
    ],
    'endpoint-down': [
      msg(
        '看原因：端口被占用、证书文件不可读、地址不可达。',
        'Read the reason: a port that is taken, a certificate that cannot be read, an address out of reach.',
      ),
      msg(
        '改正定义或环境后自动恢复，无需重启。',
        'It comes back by itself once definition or surroundings are mended; no restart.',
      ),
    ],
    'delivery-waiting': [
      msg(
        '看投递的最近一次错误，确认对方是否可达。',
        'See the last error of the delivery and whether the peer can be reached.',
      ),
      msg(
        '对方恢复后按顺序自动发出；急需时可在消息页立即重试。',
        'They leave in order once the peer is back; on the message’s page a delivery can be tried now.',
      ),
    ],
    parked: [
      msg(
        '打开挂起的消息，看原因，修复、跳过或重放。',
        'Open the parked messages, read the reason, then repair, skip or replay.',
      ),
      msg(
        '同一患者的后续消息在等它，其他患者不受影响。',
        'Later messages of the same patient wait for it; no other patient does.',
      ),
    ],
    'code-unmapped': [
      msg(
        '在代码表的待对照清单中对照；等待的消息会自动重跑。',
        'Map the code in the work list; the messages that wait are run again.',
      ),
    ],
    charset: [
      msg(
        '与对方核对实际发送的字符集与报文声明是否一致。',
        'Check with the partner whether the charset it sends is the one it declares.',
      ),
      msg('必要时在端点把字符集改为强制。', 'Where it must be, force the charset in the endpoint.'),
    ],
    certificate: [
      msg(
        '换上新证书文件；文件变化后自动重新读取。',
        'Put the new certificate in place; changed files are read again.',
      ),
    ],
  })[kind] ?? [];

/** How long it was or is open. */
export const alertSpan = (
  { openedAt, resolvedAt }: Pick<ChannelAlert, 'openedAt' | 'resolvedAt'>,
  now: number,
): string => duration((resolvedAt ? Date.parse(resolvedAt) : now) - Date.parse(openedAt));
