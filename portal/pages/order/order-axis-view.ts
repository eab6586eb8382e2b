import { html } from 'lit';
import { ApiFault, faultText } from '../../api/fault.ts';
import { eventTitles, states } from '../../api/meta.generated.ts';
import type { Machine, StateTable } from '../../api/meta.ts';
import { stateBadge } from '../../components/badge/badge.element.ts';
import type { TimelineEntry } from '../../components/timeline/timeline.element.ts';
import { language, msg, say } from '../../state/language.ts';
import { duration } from '../../state/time.ts';
import type { AxisEntry } from './order-axis.ts';

const deliveryStates: StateTable = states.delivery;
const messageStates: StateTable = states.message;

/** An event of ours by its title, a partner's message by its type. */
const messageName = (type: string) => {
  const event = eventTitles[type];
  return event ? html`<span>${say(event)}</span>` : html`<span class="mono">${type}</span>`;
};

/** How an entry of the axis is shown. */
export function axisEntry(
  entry: AxisEntry,
  machine: Machine,
  open: ((messageId: string) => void) | undefined,
): TimelineEntry {
  if (entry.kind === 'state') {
    const { step } = entry;
    const meta = machine.states[step.to];
    const verb = machine.transitions[step.action.split('.').at(-1) ?? ''];
    return {
      at: step.at,
      tone: meta?.tone ?? 'neutral',
      icon: 'flow',
      title: html`${verb ? say(verb.title) : step.from === '' ? msg('建立', 'Created') : msg('状态改变', 'State changed')}
      ${stateBadge(machine.states, step.to)}`,
      by: step.actorName || step.actor,
      detail: step.reason ? html`${msg('原因', 'Reason')}：${step.reason}` : undefined,
    };
  }
  if (entry.kind === 'message') {
    const { message } = entry;
    const inward = message.direction === 'in';
    return {
      at: message.receivedAt,
      tone: messageStates[message.state]?.tone === 'bad' ? 'bad' : 'neutral',
      icon: inward ? 'incoming' : 'outgoing',
      title: html`${messageName(message.messageType)}
        ${entry.madeIt ? html`<cm-badge tone="info" plain>${msg('由此建立订单', 'made this order')}</cm-badge>` : ''}
        ${message.state === 'DONE' ? '' : stateBadge(messageStates, message.state)}`,
      by: `${inward ? msg('收到', 'in') : msg('发出', 'out')} · ${message.channel || message.endpoint}`,
      detail: message.ackCode
        ? html`${msg('应答', 'Answered')} <span class="mono">${message.ackCode}</span>`
        : undefined,
      onOpen: open && (() => open(message.id)),
    };
  }
  const { delivery } = entry;
  const meta = deliveryStates[delivery.state];
  const fault = delivery.faultCode
    ? faultText(
        new ApiFault(
          delivery.faultCode,
          0,
          delivery.faultCode,
          (delivery.fault as { data?: object } | null)?.data,
        ),
        language.value,
      )
    : '';
  return {
    at: entry.at,
    tone: meta?.tone ?? 'neutral',
    icon: 'outgoing',
    title: html`${msg('投递到', 'Delivery to')} <span class="mono">${delivery.target}</span> ${stateBadge(deliveryStates, delivery.state)}`,
    by: [
      delivery.ackCode ? `${msg('应答', 'answer')} ${delivery.ackCode}` : '',
      delivery.roundTripMs === null ? '' : duration(delivery.roundTripMs),
      delivery.attempts > 1 ? msg(`第 ${delivery.attempts} 次尝试`, `attempt ${delivery.attempts}`) : '',
    ]
      .filter(Boolean)
      .join(' · '),
    detail: fault || undefined,
    onOpen: open && (() => open(delivery.messageId)),
  };
}
