import { html, nothing, type PropertyValues } from 'lit';
import {
  type Donor,
  donorGet,
  type Message,
  type MessageDeliveriesResult,
  messageDeliveries,
  messageList,
  type Order,
  type OrderHistoryResult,
  orderGet,
  orderHistory,
} from '../../api/client.generated.ts';
import { type ApiFault, isApiFault, toApiFault } from '../../api/fault.ts';
import type { LiveEvent } from '../../api/live-event.ts';
import { machines } from '../../api/meta.generated.ts';
import type { Machine, TransitionMeta } from '../../api/meta.ts';
import { stateBadge } from '../../components/badge/badge.element.ts';
import '../../components/button/button.element.ts';
import '../../components/dialog/confirm.element.ts';
import type { CmConfirm } from '../../components/dialog/confirm.element.ts';
import { define } from '../../components/element/element.ts';
import '../../components/kv/kv.element.ts';
import '../../components/machine/machine.element.ts';
import '../../components/skeleton/skeleton.element.ts';
import '../../components/tabs/tabs.element.ts';
import '../../components/timeline/timeline.element.ts';
import { toast } from '../../components/toast/toast.element.ts';
import { msg, say } from '../../state/language.ts';
import { absoluteTime } from '../../state/time.ts';
import { base, surfaces } from '../../tokens/base.styles.ts';
import { PageElement } from '../page-element.ts';
import { orderAxis } from './order-axis.ts';
import { axisEntry } from './order-axis-view.ts';
import { detailStyles } from './order-detail.styles.ts';
import { orderFacts, patientFacts } from './order-facts.ts';
import './order-told.element.ts';
import { offered, transition } from './order-transitions.ts';
import { commonReasons, dispositions, priorityText, priorityTone, transitionHelp } from './order-words.ts';

const machine: Machine = machines.order;
type Step = OrderHistoryResult['items'][number];
type Delivery = MessageDeliveriesResult['items'][number];

/** A step on the way, not aside from it. */
const forward = (tr: TransitionMeta): boolean =>
  !['warn', 'bad'].includes(machine.states[tr.to]?.tone ?? 'good');

/**
 * One order: what may be done with it now, its machine, facts, and everything that happened as one axis of time.
 * @attr order-id
 * @fires cytomesh-open - `{ kind: 'message' | 'donor', id }`
 */
export class CytomeshOrderDetail extends PageElement {
  declare orderId: string;
  declare order: Order | undefined;
  declare donor: Donor | undefined;
  declare steps: readonly Step[];
  declare messages: readonly Message[];
  declare deliveries: readonly Delivery[];
  declare fault: ApiFault | undefined;
  declare shown: string;
  declare overtaken: string;
  static override properties = {
    ...PageElement.properties,
    orderId: { attribute: 'order-id' },
    order: { state: true },
    donor: { state: true },
    steps: { state: true },
    messages: { state: true },
    deliveries: { state: true },
    fault: { state: true },
    shown: { state: true },
    overtaken: { state: true },
  };
  static override styles = [base, surfaces, detailStyles];
  protected override readonly topics = ['order', 'message'];

  constructor() {
    super();
    this.orderId = '';
    this.steps = [];
    this.messages = [];
    this.deliveries = [];
    this.shown = 'all';
    this.overtaken = '';
  }

  protected override willUpdate(changed: PropertyValues): void {
    super.willUpdate(changed);
    if (changed.has('orderId') && this.hasUpdated && this.conn.session.value) {
      this.order = undefined;
      void this.load();
    }
  }

  protected override async load(): Promise<void> {
    const id = this.orderId;
    try {
      const order = await orderGet(this.http, { id });
      if (id !== this.orderId) return;
      this.order = order;
      this.fault = undefined;
      const quiet = <T>(p: Promise<T>): Promise<T | undefined> => p.catch(() => undefined);
      const [steps, donor] = await Promise.all([
        quiet(orderHistory(this.http, { id })),
        this.may('donor.read') && this.donor?.id !== order.donorId
          ? quiet(donorGet(this.http, { id: order.donorId }))
          : this.donor,
        this.#loadMessages(order),
      ]);
      this.steps = steps?.items ?? this.steps;
      this.donor = donor;
    } catch (error) {
      this.fault = toApiFault(error);
    }
  }

  /** Messages by the placer's number; deliveries hang on the messages that went out. */
  async #loadMessages(order: Order): Promise<void> {
    if (!this.may('message.read')) return;
    const key = order.placerNumber || order.number;
    const found = await messageList(this.http, { key, sort: '-receivedAt', pageSize: 50 }).catch(
      () => undefined,
    );
    if (found === undefined) return;
    this.messages = found.items;
    const sent = await messageDeliveries(this.http, { q: key, pageSize: 100 }).catch(() => undefined);
    this.deliveries = sent?.items ?? this.deliveries;
  }

  protected override async onLive(events: readonly LiveEvent[]): Promise<void> {
    const ours = events.some((e) => e.name === 'missed' || e.recordId === this.orderId);
    if (ours) return this.load();
    if (this.order && events.some((e) => e.topic === 'message')) await this.#loadMessages(this.order);
  }

  #act(verb: string, tr: TransitionMeta): void {
    const { order } = this;
    if (order === undefined) return;
    this.renderRoot.querySelector<CmConfirm>('cm-confirm')?.ask({
      heading: `${say(tr.title)} ${order.number}`,
      text: transitionHelp(verb),
      action: say(tr.title),
      icon: tr.danger ? 'alert' : 'check',
      ...(tr.danger ? { danger: true } : {}),
      ...(tr.reason ? { reason: 'required' as const, reasons: commonReasons(verb) } : {}),
      ...(tr.params?.includes('disposition')
        ? { choice: { label: msg('已有材料的处置', 'Existing material'), options: dispositions() } }
        : {}),
      run: async ({ reason, choice, key }) => {
        try {
          this.order = await transition(this.http, verb, { order, reason, disposition: choice }, key);
          this.overtaken = '';
          toast(
            msg(
              `订单 ${order.number}：${tr.title.zh}完成`,
              `Order ${order.number}: ${tr.title.en.toLowerCase()} done`,
            ),
          );
        } catch (error) {
          if (!isApiFault(error) || error.status !== 412) throw error;
          await this.#tellOvertaken();
        }
        void this.load();
      },
    });
  }

  /** Somebody was faster: says who and what, and shows the order as it is now. */
  async #tellOvertaken(): Promise<void> {
    await this.load();
    const { order } = this;
    const last = this.steps.at(-1);
    const who = last?.actorName || order?.updatedBy || '';
    const when = order ? absoluteTime(order.updatedAt) : '';
    const state = order
      ? say(machine.states[order.state]?.title ?? { zh: order.state, en: order.state })
      : '';
    this.overtaken = msg(
      `操作未执行：${who} 已于 ${when} 修改此订单，现为“${state}”。内容已更新，请确认后再操作。`,
      `Nothing was done: ${who} changed this order at ${when}; it is now “${state}”. The page is up to date; look again before you act.`,
    );
  }

  protected override view() {
    const { order } = this;
    if (this.fault)
      return html`<cm-notice .fault=${this.fault} retry @cm-retry=${() => void this.load()}></cm-notice>`;
    if (order === undefined) return html`<div class="card"><cm-skeleton lines="8"></cm-skeleton></div>`;
    return html`
      <div class="stack">
        ${this.#header(order)}
        ${this.overtaken ? html`<cm-notice tone="warn" heading=${this.overtaken}></cm-notice>` : nothing}
        <div class="columns">
          <div class="stack">
            <cytomesh-order-told
              order-id=${order.id}
              base-url=${this.baseUrl}
              .token=${this.token}
            ></cytomesh-order-told>
            <section class="card">
              ${this.#axis(order)}
            </section>
          </div>
          <aside class="stack">
            <section class="card">
              <header><h2>${msg('申请信息', 'Request')}</h2></header>
              <div class="body"><cm-kv dense .items=${orderFacts(order)}></cm-kv></div>
            </section>
            <section class="card">
              <header>
                <h2>${msg('供者', 'Donor')}</h2>
                ${
                  this.donor
                    ? html`<cm-button class="push" small variant="ghost" @click=${() => this.open('donor', order.donorId)}>${msg('查看', 'Open')}</cm-button>`
                    : nothing
                }
              </header>
              <div class="body">
                ${this.donor ? html`<cm-kv dense .items=${patientFacts(this.donor)}></cm-kv>` : html`<span class="muted">—</span>`}
              </div>
            </section>
          </aside>
        </div>
      </div>
      <cm-confirm></cm-confirm>
    `;
  }

  #header(order: Order) {
    const actions = offered(machine, order.state, (right) => this.may(right));
    return html`<section class="card top">
      <div class="line">
        <div class="name">
          <div class="row">
            <h1 class="mono">${order.number}</h1>
            ${stateBadge(machine.states, order.state)}
            ${order.priority === 'routine' ? nothing : html`<cm-badge tone=${priorityTone(order.priority)}>${priorityText(order.priority)}</cm-badge>`}
          </div>
          <p>
            <b>${order.productName}</b> <span class="mono">${order.productCode} × ${order.quantity}</span>
            ${this.donor ? html`<span class="dotted">${this.donor.name ?? this.donor.number}</span>` : nothing}
            <span class="dotted">${order.department}</span>
          </p>
        </div>
        <div class="actions" role="group" aria-label=${msg('操作', 'Actions')}>
          ${actions.map(
            ([verb, tr], i) => html`<cm-button
              variant=${tr.danger ? 'danger' : i === 0 && forward(tr) ? 'primary' : ''}
              @click=${() => this.#act(verb, tr)}
              >${say(tr.title)}</cm-button
            >`,
          )}
        </div>
      </div>
      ${order.stateReason ? html`<cm-notice tone=${machine.states[order.state]?.tone ?? 'info'} heading=${msg('原因', 'Reason')}>${order.stateReason}</cm-notice>` : nothing}
      <cm-machine
        .machine=${machine}
        state=${order.state}
        previous=${order.previousState}
        .visited=${this.steps.flatMap((s) => [s.from, s.to])}
      ></cm-machine>
    </section>`;
  }

  #axis(order: Order) {
    const all = orderAxis(this.steps, this.messages, this.deliveries, order.sourceId);
    const entries = all.filter(
      (e) => this.shown === 'all' || (this.shown === 'state') === (e.kind === 'state'),
    );
    const states = all.filter((e) => e.kind === 'state').length;
    return html`<cm-tabs
      label=${msg('经过', 'What happened')}
      active=${this.shown}
      .tabs=${[
        { id: 'all', label: msg('全部', 'All'), count: all.length },
        { id: 'state', label: msg('状态', 'States'), count: states },
        { id: 'message', label: msg('消息与投递', 'Messages'), count: all.length - states },
      ]}
      @cm-tab=${(e: CustomEvent<{ id: string }>) => (this.shown = e.detail.id)}
    >
      <div class="body">
        <cm-timeline
          label=${msg('时间线', 'Timeline')}
          .entries=${entries.map((entry) => axisEntry(entry, machine, this.may('message.content') ? (id) => this.open('message', id) : undefined))}
        ></cm-timeline>
      </div>
    </cm-tabs>`;
  }
}

define('cytomesh-order-detail', CytomeshOrderDetail);
