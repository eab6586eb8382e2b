import { css, html, nothing, type PropertyValues } from 'lit';
import { type Donor, donorGet, donorReveal, type Order, orderList } from '../../api/client.generated.ts';
import { type ApiFault, toApiFault } from '../../api/fault.ts';
import type { LiveEvent } from '../../api/live-event.ts';
import { machines, titles } from '../../api/meta.generated.ts';
import type { StateTable } from '../../api/meta.ts';
import { stateBadge } from '../../components/badge/badge.element.ts';
import '../../components/button/button.element.ts';
import '../../components/dialog/confirm.element.ts';
import type { CmConfirm } from '../../components/dialog/confirm.element.ts';
import { define } from '../../components/element/element.ts';
import type { Fact } from '../../components/kv/kv.element.ts';
import '../../components/kv/kv.element.ts';
import '../../components/notice/notice.element.ts';
import '../../components/skeleton/skeleton.element.ts';
import type { Column } from '../../components/table/column.ts';
import '../../components/table/table.element.ts';
import { msg, say } from '../../state/language.ts';
import { sexText } from '../../state/people.ts';
import { base, surfaces } from '../../tokens/base.styles.ts';
import { PageElement } from '../page-element.ts';
import { donorBadge } from './donor-list.element.ts';

const shownFor = 60_000;
const states: StateTable = machines.order.states;
const title = (field: keyof typeof titles.donor) => say(titles.donor[field]);

/**
 * One donor: masked personal data, identifiers, where it was merged into, its orders.
 * @attr donor-id
 * @fires cytomesh-open - `{ kind: 'donor' | 'order', id }`
 */
export class CytomeshDonorDetail extends PageElement {
  declare donorId: string;
  declare donor: Donor | undefined;
  declare into: Donor | undefined;
  /** Unmasked, for a minute. */
  declare revealed: Donor | undefined;
  #hide: ReturnType<typeof setTimeout> | undefined;
  declare orders: readonly Order[];
  declare fault: ApiFault | undefined;
  static override properties = {
    ...PageElement.properties,
    donorId: { attribute: 'donor-id' },
    donor: { state: true },
    into: { state: true },
    revealed: { state: true },
    orders: { state: true },
    fault: { state: true },
  };
  protected override readonly topics = ['donor', 'order'];
  static override styles = [
    base,
    surfaces,
    css`
      .columns {
        display: grid;
        grid-template-columns: minmax(0, 1fr) 340px;
        gap: var(--cm-space-4);
        align-items: start;
      }
      .ids {
        display: grid;
        gap: 10px;
        margin: 0;
        padding: 0;
        list-style: none;
      }
      .ids li {
        display: flex;
        align-items: baseline;
        justify-content: space-between;
        gap: 12px;
      }
      @container (max-width: 860px) {
        .columns {
          grid-template-columns: 1fr;
        }
      }
    `,
  ];

  constructor() {
    super();
    this.donorId = '';
    this.orders = [];
  }

  protected override willUpdate(changed: PropertyValues): void {
    super.willUpdate(changed);
    if (changed.has('donorId') && this.hasUpdated && this.conn.session.value) {
      this.donor = undefined;
      this.revealed = undefined;
      void this.load();
    }
  }

  protected override async load(): Promise<void> {
    const id = this.donorId;
    try {
      const donor = await donorGet(this.http, { id });
      if (id !== this.donorId) return;
      this.donor = donor;
      this.fault = undefined;
      const into = donor.mergedInto;
      const [target, orders] = await Promise.all([
        into === null ? undefined : donorGet(this.http, { id: into }).catch(() => undefined),
        this.may('order.read')
          ? orderList(this.http, { filter: { donorId: id }, sort: '-createdAt', pageSize: 50 }).catch(
              () => undefined,
            )
          : undefined,
      ]);
      this.into = target;
      this.orders = orders?.items ?? [];
    } catch (error) {
      this.fault = toApiFault(error);
    }
  }

  protected override onLive(events: readonly LiveEvent[]): void | Promise<void> {
    const ours = events.some(
      (e) =>
        e.name === 'missed' || e.recordId === this.donorId || this.orders.some((o) => o.id === e.recordId),
    );
    const maybe = events.some((e) => e.topic === 'order' && e.name === 'order.placed');
    if (ours || maybe) return this.load();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.#hide);
    this.revealed = undefined;
  }

  #reveal(donor: Donor): void {
    this.renderRoot.querySelector<CmConfirm>('cm-confirm')?.ask({
      heading: msg('查看完整信息', 'Reveal personal data'),
      text: msg('将显示一分钟，并记入审计。', 'Shown for a minute, and kept in the audit trail.'),
      icon: 'eye',
      action: msg('查看', 'Reveal'),
      reason: 'required',
      reasons: [msg('核对身份', 'Identity check'), msg('联系患者', 'To reach the patient')],
      run: async ({ reason }) => {
        this.revealed = await donorReveal(this.http, { id: donor.id, reason });
        clearTimeout(this.#hide);
        this.#hide = setTimeout(() => {
          this.revealed = undefined;
        }, shownFor);
      },
    });
  }

  #facts(donor: Donor): Fact[] {
    return [
      { label: title('number'), value: html`<span class="mono">${donor.number}</span>` },
      { label: title('sex'), value: sexText(donor.sex) },
      { label: title('birthDate'), value: donor.birthDate },
      { label: title('idNumber'), value: html`<span class="mono">${donor.idNumber ?? '—'}</span>` },
      { label: title('phone'), value: html`<span class="mono">${donor.phone ?? '—'}</span>` },
      { label: title('address'), value: donor.address },
      { label: title('createdAt'), value: html`<cm-time mode="both" value=${donor.createdAt}></cm-time>` },
      { label: title('updatedAt'), value: html`<cm-time mode="both" value=${donor.updatedAt}></cm-time>` },
    ];
  }

  protected override view() {
    const { donor } = this;
    if (this.fault)
      return html`<cm-notice .fault=${this.fault} retry @cm-retry=${() => void this.load()}></cm-notice>`;
    if (donor === undefined) return html`<div class="card"><cm-skeleton lines="6"></cm-skeleton></div>`;
    const seen = this.revealed ?? donor;
    return html`<div class="stack">
      ${donor.mergedInto ? this.#merged(donor.mergedInto) : nothing}
      <section class="card">
        <header>
          <h1>${seen.name ?? donor.number}</h1>
          <span class="muted">${seen.namePhonetic ?? ''}</span>
          ${donorBadge(donor)} ${this.may('donor.reveal') ? this.#revealButton(donor) : nothing}
        </header>
        <div class="body"><cm-kv .items=${this.#facts(seen)}></cm-kv></div>
      </section>
      <div class="columns">
        <section class="card">
          <header><h2>${msg('该供者的订单', 'Orders of this donor')}</h2></header>
          <cm-table
            activable
            label=${msg('订单', 'Orders')}
            .columns=${this.#columns()}
            .rows=${this.orders}
            empty-text=${msg('还没有订单', 'No orders yet')}
            @cm-activate=${(e: CustomEvent<{ row: Order }>) => this.open('order', e.detail.row.id)}
          ></cm-table>
        </section>
        <section class="card">
          <header><h2>${title('identifiers')}</h2></header>
          <div class="body">
            <ul class="ids">
              ${donor.identifiers.map(
                (i) => html`<li>
                  <span class="mono">${i.number}</span><span class="muted">${[i.type, i.authority].filter(Boolean).join(' · ')}</span>
                </li>`,
              )}
            </ul>
          </div>
        </section>
      </div>
      <cm-confirm></cm-confirm>
    </div>`;
  }

  #revealButton(donor: Donor) {
    if (this.revealed === undefined) {
      return html`<cm-button class="push" icon="eye" @click=${() => this.#reveal(donor)}>${msg('查看完整信息', 'Reveal')}</cm-button>`;
    }
    const mask = () => {
      this.revealed = undefined;
    };
    return html`<cm-button class="push" icon="lock" @click=${mask}>${msg('恢复脱敏', 'Mask again')}</cm-button>`;
  }

  #merged(id: string) {
    const name = this.into ? `${this.into.name ?? ''} ${this.into.number}` : id;
    return html`<cm-notice tone="warn" heading=${msg('此建档已合并', 'This registration was merged')}>
      ${msg('并入', 'Into')} <a href="#" @click=${(e: Event) => {
        e.preventDefault();
        this.open('donor', id);
      }}>${name}</a>
    </cm-notice>`;
  }

  #columns(): Column<Order>[] {
    return [
      {
        key: 'number',
        title: say(titles.order.number),
        card: 'head',
        cell: (o) =>
          html`<span class="main mono">${o.number}</span><span class="sub mono">${o.placerNumber}</span>`,
      },
      {
        key: 'state',
        title: say(titles.order.state),
        card: 'corner',
        cell: (o) => stateBadge(states, o.state),
      },
      { key: 'productName', title: say(titles.order.productName), cell: (o) => o.productName },
      {
        key: 'createdAt',
        title: msg('收到', 'Received'),
        cell: (o) => html`<cm-time value=${o.createdAt}></cm-time>`,
      },
    ];
  }
}

define('cytomesh-donor-detail', CytomeshDonorDetail);
