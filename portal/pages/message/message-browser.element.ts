import { css, html, nothing, type PropertyValues } from 'lit';
import {
  type Message,
  type MessageDeliveriesResult,
  messageDeliveries,
  messageList,
} from '../../api/client.generated.ts';
import { stateBadge } from '../../components/badge/badge.element.ts';
import '../../components/button/button.element.ts';
import '../../components/chips/chips.element.ts';
import { define } from '../../components/element/element.ts';
import '../../components/field/select.element.ts';
import '../../components/search/search.element.ts';
import type { Column } from '../../components/table/column.ts';
import '../../components/table/table.element.ts';
import { msg, say } from '../../state/language.ts';
import { ListController } from '../../state/list-controller.ts';
import { changeView, type ListView, listCall, readView, writeView } from '../../state/list-view.ts';
import { StateCounts } from '../../state/state-counts.ts';
import { sinceOf } from '../../state/time.ts';
import { base, surfaces } from '../../tokens/base.styles.ts';
import { PageElement } from '../page-element.ts';
import './bulk-replay.element.ts';
import type { CmBulkReplay } from './bulk-replay.element.ts';
import {
  ackText,
  deliveryStates,
  keyKind,
  messageName,
  messageStates,
  storedFault,
  title,
} from './message-words.ts';

const defaults = { sort: '-receivedAt' };
const pageSize = 50;
/** Chips that carry a count: what waits for a person or for another message. */
const counted = ['PARKED', 'HELD', 'REFUSED'];
const plain = ['RECEIVED', 'DONE', 'FILTERED', 'DUPLICATE', 'SKIPPED', 'REPAIRED'];
type Delivery = MessageDeliveriesResult['items'][number];
/** A delivery is made this soon after its message came. */
const deliverySpan = 60_000;
/** The search counts no further. */
const mostCounted = 10_000;

/**
 * All messages: one search over every business key, state chips, parked ones, bulk replay.
 * @attr search - query of the address that the view is read from, e.g. `key=P2026001`
 * @fires cytomesh-open - `{ kind: 'message', id }`
 * @fires cytomesh-view - `{ search }`
 */
export class CytomeshMessageBrowser extends PageElement {
  declare search: string;
  declare viewState: ListView;
  static override properties = { ...PageElement.properties, search: {}, viewState: { state: true } };
  /** What arrives is told by its effects: orders and donors. */
  protected override readonly topics = ['message', 'order', 'donor'];
  #deliveries = new Map<string, Delivery[]>();
  readonly #list = new ListController<Message>(
    this,
    (signal) => this.#page(signal),
    (m) => `${m.state}${m.ack}`,
  );
  readonly #counts = new StateCounts(this, counted, (filter) =>
    messageList(this.http, { filter, pageSize: 1 }),
  );
  static override styles = [
    base,
    surfaces,
    css`
      .tools {
        display: grid;
        gap: var(--cm-space-3);
        padding: var(--cm-space-5);
        border-bottom: 1px solid var(--cm-line);
      }
      .row cm-search {
        flex: 1 1 340px;
      }
      .row cm-select {
        flex: 0 1 150px;
      }
      @container (max-width: 600px) {
        .tools {
          padding: var(--cm-space-3);
        }
        .row cm-select {
          flex: 1 1 120px;
        }
      }
    `,
  ];

  constructor() {
    super();
    this.search = '';
    this.viewState = readView('', defaults);
  }

  protected override willUpdate(changed: PropertyValues): void {
    super.willUpdate(changed);
    if (!changed.has('search') || this.search === writeView(this.viewState, defaults)) return;
    this.viewState = readView(this.search, defaults);
    if (this.hasUpdated) void this.#list.load();
  }

  protected override load(): Promise<void> {
    this.#counts.load();
    return this.#list.load();
  }

  protected override onLive(): Promise<void> {
    this.#counts.load();
    return this.#list.load(true);
  }

  /** A page of messages with their deliveries. */
  async #page(signal: AbortSignal) {
    const view = this.viewState;
    const { range, ...filter } = view.filter;
    const since = range === undefined ? {} : { receivedAt: `${sinceOf(range, Date.now())}..` };
    const params = listCall({ ...view, filter: { ...filter, ...since } }, pageSize);
    const page = await messageList(
      this.http,
      { ...params, ...(view.key === '' ? {} : { key: view.key }) },
      { signal },
    );
    const byMessage = new Map<string, Delivery[]>();
    const times = page.items.map((m) => m.receivedAt).sort();
    const [oldest = '', newest = ''] = [times[0], times.at(-1)];
    if (page.items.some((m) => m.direction === 'out' || m.state === 'DONE')) {
      const until = new Date(Date.parse(newest) + deliverySpan).toISOString();
      const sent = await messageDeliveries(
        this.http,
        { filter: { createdAt: `${oldest}..${until}` }, pageSize: 200 },
        { signal },
      ).catch(() => undefined);
      for (const d of sent?.items ?? [])
        byMessage.set(d.messageId, [...(byMessage.get(d.messageId) ?? []), d]);
    }
    this.#deliveries = byMessage;
    return page;
  }

  #change(change: Partial<ListView>): void {
    this.viewState = changeView(this.viewState, change);
    this.search = writeView(this.viewState, defaults);
    this.fire('cytomesh-view', { search: this.search });
    void this.#list.load();
  }

  #filter(field: string, value: string): void {
    const { [field]: _old, ...rest } = this.viewState.filter;
    this.#change({ filter: value === '' ? rest : { ...rest, [field]: value } });
  }

  #columns(): Column<Message>[] {
    return [
      {
        key: 'receivedAt',
        title: title('receivedAt'),
        sortable: true,
        width: '128px',
        cell: (m) => html`<cm-time class="mono" mode="compact" ms value=${m.receivedAt}></cm-time>`,
      },
      {
        key: 'messageType',
        title: msg('类型', 'Type'),
        width: '172px',
        card: 'head',
        cell: messageName,
      },
      {
        key: 'channel',
        title: title('channel'),
        from: 'medium',
        cell: (m) =>
          html`<span class="mono nowrap">${m.channel || html`<span class="muted">${m.endpoint}</span>`}</span>`,
      },
      {
        key: 'keys',
        title: title('keys'),
        width: '34%',
        cell: (m) =>
          html`<span class="pairs"
            >${m.keys.slice(0, 4).map((k) => html`<span class="nowrap"><span class="muted">${keyKind(k.kind)}</span> <span class="mono">${k.value}</span></span>`)}</span
          >`,
      },
      {
        key: 'state',
        title: title('state'),
        card: 'corner',
        cell: (m) =>
          html`<span>${stateBadge(messageStates, m.state)}${m.faultCode ? html`<span class="sub">${storedFault(m.faultCode, m.fault)}</span>` : ''}</span>`,
      },
      {
        key: 'ack',
        title: msg('应答', 'Ack'),
        width: '76px',
        cell: (m) =>
          m.ackCode.endsWith('A')
            ? html`<span class="mono">${ackText(m)}</span>`
            : ackText(m) === ''
              ? ''
              : html`<cm-badge plain tone=${m.ack === 'PENDING' ? 'info' : 'bad'}>${ackText(m)}</cm-badge>`,
      },
      { key: 'deliveries', title: msg('投递', 'Deliveries'), from: 'wide', cell: (m) => this.#delivered(m) },
    ];
  }

  #delivered(message: Message) {
    const found = this.#deliveries.get(message.id);
    if (found === undefined) return '';
    return html`<span>${found
      .slice(0, 3)
      .map((d) => html`<span title=${d.target}>${stateBadge(deliveryStates, d.state)}</span> `)}</span>`;
  }

  protected override view() {
    const view = this.viewState;
    return html`<section class="card" aria-label=${msg('消息', 'Messages')}>
        <div class="tools">
          <div class="row">
            <cm-search
              big
              placeholder=${msg('患者号、就诊号、申请单号、标本号、控制号', 'Patient, visit, order, specimen or control id')}
              .value=${view.key}
              @cm-search=${(e: CustomEvent<{ value: string }>) => this.#change({ key: e.detail.value })}
            ></cm-search>
            <cm-select
              name-text=${title('direction')}
              .options=${[
                { value: '', label: msg('全部方向', 'Both ways') },
                { value: 'in', label: msg('收到', 'In') },
                { value: 'out', label: msg('发出', 'Out') },
              ]}
              .value=${view.filter.direction ?? ''}
              @cm-input=${(e: CustomEvent<{ value: string }>) => this.#filter('direction', e.detail.value)}
            ></cm-select>
            <cm-select
              name-text=${msg('时间范围', 'Time')}
              .options=${[
                { value: '', label: msg('全部时间', 'Any time') },
                { value: '1h', label: msg('最近 1 小时', 'Last hour') },
                { value: '24h', label: msg('最近 24 小时', 'Last 24 hours') },
                { value: '7d', label: msg('最近 7 天', 'Last 7 days') },
                { value: '30d', label: msg('最近 30 天', 'Last 30 days') },
              ]}
              .value=${view.filter.range ?? ''}
              @cm-input=${(e: CustomEvent<{ value: string }>) => this.#filter('range', e.detail.value)}
            ></cm-select>
            ${
              this.may('message.operate')
                ? html`<cm-button icon="replay" @click=${() => this.renderRoot.querySelector<CmBulkReplay>('cm-bulk-replay')?.show(view.filter)}
                    >${msg('批量重放', 'Bulk replay')}</cm-button
                  >`
                : nothing
            }
          </div>
          <cm-chips
            label=${msg('按状态筛选', 'Filter by state')}
            .chips=${[
              { id: '', label: msg('全部', 'All') },
              ...[...counted, ...plain].map((id) => ({
                id,
                label: messageStates[id] ? say(messageStates[id].title) : id,
                count: counted.includes(id) ? this.#counts.get(id) : undefined,
                tone: messageStates[id]?.tone ?? 'neutral',
              })),
            ]}
            active=${view.filter.state ?? ''}
            @cm-chip=${(e: CustomEvent<{ id: string }>) => this.#filter('state', e.detail.id)}
          ></cm-chips>
        </div>
        <cm-table
          ?activable=${this.may('message.content')}
          label=${msg('消息', 'Messages')}
          .columns=${this.#columns()}
          .rows=${this.#list.rows}
          .sort=${view.sort}
          ?loading=${this.#list.loading}
          .fault=${this.#list.fault}
          .born=${this.#list.born}
          .fresh=${this.#list.fresh}
          .total=${this.#list.total}
          .counted=${mostCounted}
          .page=${view.page}
          .pageSize=${pageSize}
          empty-text=${view.key ? msg(`没有业务键为 ${view.key} 的消息`, `No message with the key ${view.key}`) : msg('没有符合条件的消息', 'No messages match')}
          empty-hint=${view.key ? msg('业务键需完整输入', 'Keys must be typed in full') : ''}
          @cm-sort=${(e: CustomEvent<{ sort: string }>) => this.#change({ sort: e.detail.sort })}
          @cm-page=${(e: CustomEvent<{ page: number }>) => this.#change({ page: e.detail.page })}
          @cm-activate=${(e: CustomEvent<{ row: Message }>) => this.open('message', e.detail.row.id)}
          @cm-retry=${() => void this.#list.load()}
        ></cm-table>
      </section>
      <cm-bulk-replay .http=${this.http}></cm-bulk-replay>`;
  }
}

define('cytomesh-message-browser', CytomeshMessageBrowser);
