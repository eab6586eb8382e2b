import { css, html, nothing } from 'lit';
import type { MessageGetResult } from '../../api/client.generated.ts';
import { stateBadge } from '../../components/badge/badge.element.ts';
import '../../components/icon/icon.element.ts';
import { msg } from '../../state/language.ts';
import { duration } from '../../state/time.ts';
import { deliveryStates, messageStates } from './message-words.ts';

/** The way of a message as a line of stations: from where, which channel, what it became, to whom. */
export function routeView(detail: MessageGetResult, open: (kind: string, id: string) => void) {
  const { message, deliveries, context } = detail;
  const took =
    message.doneAt === null ? '' : duration(Date.parse(message.doneAt) - Date.parse(message.receivedAt));
  const link = (kind: string, id: string, text: string) =>
    html`<button type="button" class="link" @click=${() => open(kind, id)}>${text}</button>`;
  return html`<div class="route" role="list" aria-label=${msg('路径', 'Route')}>
    ${station(
      message.direction === 'in' ? msg('来源', 'From') : msg('事件', 'Event'),
      html`<b class="mono">${message.endpoint}</b><small>${message.peer || message.messageType}</small>`,
    )}
    ${station(
      msg('通道', 'Channel'),
      message.channel
        ? html`<b class="mono">${message.channel}</b><small>${msg(`第 ${message.channelVersion} 版`, `version ${message.channelVersion}`)}</small>`
        : html`<b>${msg('无通道需要', 'No channel wants it')}</b>`,
    )}
    ${station(
      msg('处理', 'Handling'),
      html`${stateBadge(messageStates, message.state)}<small>${took ? msg(`用时 ${took}`, `took ${took}`) : ''}</small>`,
    )}
    ${
      Object.keys(context).length > 0
        ? station(
            msg('结果', 'Became'),
            html`${context.orderId ? link('order', context.orderId, msg('订单 ↗', 'Order ↗')) : nothing}
            ${context.donorId ? link('donor', context.donorId, msg('供者 ↗', 'Donor ↗')) : nothing}`,
          )
        : nothing
    }
    ${deliveries.map(({ delivery }) =>
      station(
        msg('投递', 'Delivery'),
        html`<b class="mono">${delivery.target}</b><span>${stateBadge(deliveryStates, delivery.state)}</span>`,
      ),
    )}
  </div>`;
}

const station = (label: string, content: unknown) =>
  html`<div class="station" role="listitem"><span class="label">${label}</span>${content}</div>`;

export const routeStyles = css`
  .route {
    display: flex;
    flex-wrap: wrap;
    gap: 10px 34px;
  }
  .station {
    position: relative;
    display: grid;
    align-content: start;
    justify-items: start;
    gap: 3px;
    min-width: 112px;
    padding: 9px 14px;
    border: 1px solid var(--cm-line);
    border-radius: var(--cm-radius-m);
    background: var(--cm-surface-2);
  }
  .station + .station::before {
    content: '→';
    position: absolute;
    left: -26px;
    top: 50%;
    transform: translateY(-50%);
    color: var(--cm-text-3);
    font-size: 16px;
  }
  .station .label,
  .station small {
    color: var(--cm-text-3);
    font-size: var(--cm-size-xs);
  }
  .station b {
    font-weight: 600;
  }
  .link {
    min-height: 28px;
    padding: 0;
    border: 0;
    background: none;
    color: var(--cm-accent);
    font-weight: 600;
    cursor: pointer;
  }
  .link:hover {
    text-decoration: underline;
  }
  @container (max-width: 600px) {
    .route {
      flex-direction: column;
      gap: 6px;
    }
    .station {
      grid-template-columns: 52px 1fr auto;
      align-items: center;
      gap: 3px 10px;
      padding: 7px 12px;
    }
    .station + .station::before {
      content: none;
    }
  }
`;
