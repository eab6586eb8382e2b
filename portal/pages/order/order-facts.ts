import { html } from 'lit';
import type { Donor, Order } from '../../api/client.generated.ts';
import type { Fact } from '../../components/kv/kv.element.ts';
import { msg } from '../../state/language.ts';
import { sexText } from '../../state/people.ts';
import { priorityText, sourceText, title } from './order-words.ts';

const time = (value: string | null) =>
  value === null ? '' : html`<cm-time mode="both" value=${value}></cm-time>`;

export const orderFacts = (order: Order): Fact[] => [
  { label: title('placerNumber'), value: html`<span class="mono">${order.placerNumber}</span>` },
  { label: title('placerAuthority'), value: order.placerAuthority },
  { label: title('priority'), value: priorityText(order.priority) },
  { label: title('quantity'), value: order.quantity },
  { label: title('neededAt'), value: time(order.neededAt) },
  { label: title('requestedAt'), value: time(order.requestedAt) },
  { label: title('orderedBy'), value: order.orderedBy },
  { label: title('department'), value: order.department },
  { label: title('visitNumber'), value: html`<span class="mono">${order.visitNumber}</span>` },
  { label: title('diagnosis'), value: order.diagnosis },
  { label: title('note'), value: order.note },
  { label: title('source'), value: sourceText(order.source) },
];

/** Donor in short; personal data comes masked. */
export const patientFacts = (donor: Donor): Fact[] => [
  { label: msg('姓名', 'Name'), value: donor.name },
  { label: msg('供者号', 'Donor number'), value: html`<span class="mono">${donor.number}</span>` },
  { label: msg('性别', 'Sex'), value: sexText(donor.sex) },
  { label: msg('出生日期', 'Date of birth'), value: donor.birthDate },
  {
    label: msg('标识', 'Identifiers'),
    value: donor.identifiers.map((i) => `${i.authority ?? ''} ${i.number}`.trim()).join('，'),
  },
];
