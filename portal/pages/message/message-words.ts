import { html } from 'lit';
import type { Message } from '../../api/client.generated.ts';
import { ApiFault, faultText } from '../../api/fault.ts';
import { eventTitles, states, titles } from '../../api/meta.generated.ts';
import type { StateTable } from '../../api/meta.ts';
import { language, msg, say } from '../../state/language.ts';

export const messageStates: StateTable = states.message;
export const deliveryStates: StateTable = states.delivery;
export const title = (field: keyof typeof titles.message) => say(titles.message[field]);

const kinds: Record<string, [string, string]> = {
  patient: ['患者', 'Patient'],
  visit: ['就诊', 'Visit'],
  order: ['申请', 'Order'],
  filler: ['订单', 'Filler'],
  specimen: ['标本', 'Specimen'],
  report: ['报告', 'Report'],
  control: ['控制号', 'Control'],
  batch: ['批次', 'Batch'],
};
/** Name of a kind of business key. */
export const keyKind = (kind: string): string => {
  const words = kinds[kind];
  return words === undefined ? kind : msg(words[0], words[1]);
};

/** A stored fault in the language of the page. */
export function storedFault(code: string, fault: unknown): string {
  if (code === '') return '';
  const data = (fault as { data?: object } | null)?.data ?? {};
  return faultText(
    new ApiFault(code, 0, (fault as { message?: string } | null)?.message ?? code, data),
    language.value,
  );
}

export const directionIcon = (message: Message) =>
  html`<cm-icon
    name=${message.direction === 'in' ? 'incoming' : 'outgoing'}
    style="color:var(${message.direction === 'in' ? '--cm-info' : '--cm-good'})"
    title=${message.direction === 'in' ? msg('收到', 'In') : msg('发出', 'Out')}
  ></cm-icon>`;

/** An event of ours by its title, a partner's message by its type. */
export const messageName = (message: Message) => {
  const event = eventTitles[message.messageType];
  return html`<span class="nowrap"
    >${directionIcon(message)}
    ${
      event === undefined
        ? html`<span class="main mono">${message.messageType || '—'}</span>`
        : html`<span class="main" title=${message.messageType}>${say(event)}</span>`
    }</span
  >`;
};

export const ackText = (message: Message): string => {
  switch (message.ack) {
    case 'SENT':
      return message.ackCode;
    case 'PENDING':
      return msg('待应答', 'Pending');
    case 'FAILED':
      return msg('应答失败', 'Failed');
    default:
      return '';
  }
};
