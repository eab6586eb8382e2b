import { css, html, nothing } from 'lit';
import {
  type Channel,
  type ChannelAlert,
  channelAlertAcknowledge,
  channelAlertList,
  channelList,
} from '../../api/client.generated.ts';
import '../../components/badge/badge.element.ts';
import '../../components/button/button.element.ts';
import '../../components/dialog/confirm.element.ts';
import type { CmConfirm } from '../../components/dialog/confirm.element.ts';
import { define } from '../../components/element/element.ts';
import type { Column } from '../../components/table/column.ts';
import '../../components/table/table.element.ts';
import '../../components/time/time.element.ts';
import { toast } from '../../components/toast/toast.element.ts';
import { msg } from '../../state/language.ts';
import { ListController } from '../../state/list-controller.ts';
import { number } from '../../state/time.ts';
import { base, surfaces } from '../../tokens/base.styles.ts';
import { PageElement } from '../page-element.ts';
import {
  alertAdvice,
  alertFigures,
  alertKindText,
  alertSpan,
  severityText,
  severityTone,
} from './alert-words.ts';
import { channelName } from './channel-words.ts';

const pageSize = 25;

/**
 * Open alerts of interfaces, what to do about each, and the history.
 * @fires cytomesh-open - `{ kind: 'channel' | 'message' | 'codes', id, search? }`
 */
export class CytomeshAlertList extends PageElement {
  declare page: number;
  static override properties = { ...PageElement.properties, page: { state: true } };
  protected override readonly topics = ['channel'];
  #channels = new Map<string, Channel>();
  readonly #open = new ListController<ChannelAlert>(
    this,
    (signal) =>
      channelAlertList(
        this.http,
        { filter: { state: 'OPEN' }, sort: '-openedAt', pageSize: 200 },
        { signal },
      ),
    (a) => String(a.version),
  );
  readonly #past = new ListController<ChannelAlert>(
    this,
    (signal) =>
      channelAlertList(
        this.http,
        { filter: { state: 'RESOLVED' }, sort: '-openedAt', page: this.page, pageSize },
        { signal },
      ),
    (a) => String(a.version),
  );
  static override styles = [
    base,
    surfaces,
    css`
      .alerts {
        display: grid;
        gap: var(--cm-space-3);
        grid-template-columns: repeat(auto-fill, minmax(min(420px, 100%), 1fr));
      }
      article.card {
        display: grid;
        gap: 10px;
        padding: 16px 18px;
        border-left: 4px solid var(--cm-warn);
      }
      article.card.critical {
        border-left-color: var(--cm-bad);
      }
      article.card.info {
        border-left-color: var(--cm-info);
      }
      .head {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        justify-content: flex-start;
        gap: 8px;
        margin: 0;
      }
      h2 {
        font-size: var(--cm-size-l);
      }
      ul {
        margin: 0;
        padding-left: 18px;
        color: var(--cm-text-2);
        font-size: var(--cm-size-s);
      }
      p {
        margin: 0;
      }
      .quiet {
        padding: 28px;
        text-align: center;
        color: var(--cm-text-2);
      }
    `,
  ];

  constructor() {
    super();
    this.page = 1;
  }

  protected override async load(): Promise<void> {
    void channelList(this.http, { pageSize: 200 }).then(
      ({ items }) => {
        this.#channels = new Map(items.map((c) => [c.code, c]));
        this.requestUpdate();
      },
      () => undefined,
    );
    await Promise.all([this.#open.load(), this.#past.load()]);
  }

  protected override async onLive(): Promise<void> {
    await Promise.all([this.#open.load(true), this.#past.load(true)]);
  }

  #acknowledge(alert: ChannelAlert): void {
    this.renderRoot.querySelector<CmConfirm>('cm-confirm')?.ask({
      heading: msg('确认告警', 'Acknowledge the alert'),
      text: msg(
        '表示有人在处理；原因消除后自动恢复。',
        'Somebody looks after it; it resolves by itself once its cause is gone.',
      ),
      action: msg('确认', 'Acknowledge'),
      reason: 'optional',
      reasons: [msg('已联系对方', 'The partner is told'), msg('计划内维护', 'Planned maintenance')],
      run: async ({ reason, key }) => {
        const params = { id: alert.id, ...(reason ? { comment: reason } : {}) };
        this.#open.put(await channelAlertAcknowledge(this.http, params, { key }));
        toast(msg('已确认', 'Acknowledged'));
      },
    });
  }

  #subject({ subject, kind }: ChannelAlert): string {
    const channel = this.#channels.get(subject);
    return channel && kind !== 'code-unmapped' ? channelName(channel) : subject;
  }

  /** Where the person looks next. */
  #go(alert: ChannelAlert): void {
    const channel = this.#channels.get(alert.subject);
    if (alert.kind === 'code-unmapped') this.open('codes', '');
    else if (alert.kind === 'parked')
      this.fire('cytomesh-open', {
        kind: 'message',
        id: '',
        search: `filter[channel]=${alert.subject}&filter[state]=PARKED`,
      });
    else if (alert.kind === 'charset')
      this.fire('cytomesh-open', {
        kind: 'message',
        id: '',
        search: `filter[endpoint]=${alert.subject}&filter[state]=REFUSED`,
      });
    else if (channel) this.open('channel', channel.id);
  }

  #card(alert: ChannelAlert) {
    return html`<article class="card ${alert.severity}">
      <div class="head">
        <cm-badge tone=${severityTone[alert.severity]}>${severityText(alert.severity)}</cm-badge>
        <h2>${alertKindText(alert.kind)}</h2>
        <span class="muted push">${alertSpan(alert, Date.now())}</span>
      </div>
      <p><span class="strong">${this.#subject(alert)}</span> ${this.#subject(alert) === alert.subject ? nothing : html`<span class="mono muted">${alert.subject}</span>`}</p>
      <p>${alertFigures(alert)}</p>
      <ul>${alertAdvice(alert.kind).map((one) => html`<li>${one}</li>`)}</ul>
      ${
        alert.acknowledgedAt
          ? html`<p class="muted">${msg('已确认', 'Acknowledged')}: ${alert.acknowledgedBy} <cm-time value=${alert.acknowledgedAt}></cm-time> ${alert.comment}</p>`
          : nothing
      }
      <div class="row">
        <cm-button small icon="right" @click=${() => this.#go(alert)}>${msg('去处理', 'Look at it')}</cm-button>
        ${
          this.may('channel.operate') && !alert.acknowledgedAt
            ? html`<cm-button small icon="check" variant="primary" @click=${() => this.#acknowledge(alert)}>${msg('确认', 'Acknowledge')}</cm-button>`
            : nothing
        }
      </div>
    </article>`;
  }

  #columns(): Column<ChannelAlert>[] {
    return [
      { key: 'kind', title: msg('类型', 'Kind'), card: 'head', cell: (a) => alertKindText(a.kind) },
      {
        key: 'subject',
        title: msg('对象', 'Subject'),
        cell: (a) => html`<span>${this.#subject(a)} <span class="mono muted">${a.subject}</span></span>`,
      },
      {
        key: 'severity',
        title: msg('级别', 'Severity'),
        width: '110px',
        card: 'corner',
        cell: (a) =>
          html`<cm-badge plain tone=${severityTone[a.severity]}>${severityText(a.severity)}</cm-badge>`,
      },
      {
        key: 'openedAt',
        title: msg('发生', 'Opened'),
        width: '150px',
        cell: (a) => html`<cm-time mode="compact" value=${a.openedAt}></cm-time>`,
      },
      { key: 'span', title: msg('持续', 'Lasted'), width: '100px', cell: (a) => alertSpan(a, Date.now()) },
      { key: 'data', title: msg('数据', 'Figures'), from: 'wide', cell: alertFigures },
      {
        key: 'acknowledgedBy',
        title: msg('确认', 'Acknowledged'),
        from: 'medium',
        cell: (a) => [a.acknowledgedBy, a.comment].filter(Boolean).join(' · '),
      },
    ];
  }

  protected override view() {
    const rows = this.#open.rows;
    return html`<div class="stack">
        ${this.#open.fault ? html`<cm-notice .fault=${this.#open.fault} retry @cm-retry=${() => void this.load()}></cm-notice>` : nothing}
        ${
          rows.length === 0 && !this.#open.loading && !this.#open.fault
            ? html`<section class="card quiet"><cm-badge tone="good">${msg('没有未恢复的告警', 'No open alerts')}</cm-badge></section>`
            : html`<div class="alerts" aria-label=${msg(`未恢复 ${number(rows.length)} 项`, `${number(rows.length)} open`)}>${rows.map((a) => this.#card(a))}</div>`
        }
        <section class="card" aria-label=${msg('历史', 'History')}>
          <header><h2>${msg('历史', 'History')}</h2></header>
          <cm-table
            label=${msg('已恢复的告警', 'Resolved alerts')}
            .columns=${this.#columns()}
            .rows=${this.#past.rows}
            ?loading=${this.#past.loading}
            .fault=${this.#past.fault}
            .fresh=${this.#past.fresh}
            .total=${this.#past.total}
            .page=${this.page}
            .pageSize=${pageSize}
            empty-text=${msg('还没有恢复过的告警', 'Nothing was resolved yet')}
            @cm-page=${(e: CustomEvent<{ page: number }>) => {
              this.page = e.detail.page;
              void this.#past.load();
            }}
            @cm-retry=${() => void this.#past.load()}
          ></cm-table>
        </section>
      </div>
      <cm-confirm></cm-confirm>`;
  }
}

define('cytomesh-alert-list', CytomeshAlertList);
