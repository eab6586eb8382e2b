import { css, html } from 'lit';
import { type Channel, channelList } from '../../api/client.generated.ts';
import '../../components/badge/badge.element.ts';
import '../../components/button/button.element.ts';
import '../../components/dialog/confirm.element.ts';
import type { CmConfirm } from '../../components/dialog/confirm.element.ts';
import { define } from '../../components/element/element.ts';
import '../../components/spark/spark.element.ts';
import type { Column } from '../../components/table/column.ts';
import '../../components/table/table.element.ts';
import { toast } from '../../components/toast/toast.element.ts';
import { msg } from '../../state/language.ts';
import { ListController } from '../../state/list-controller.ts';
import { number } from '../../state/time.ts';
import { base, surfaces } from '../../tokens/base.styles.ts';
import { PageElement } from '../page-element.ts';
import { switchQuestion } from './channel-actions.ts';
import { channelName, kindText, statusBadge } from './channel-words.ts';
import { LiveCounters } from './live-counters.ts';

/**
 * Endpoints and channels with live counters, status lights, start and stop.
 * @fires cytomesh-open - `{ kind: 'channel', id }`
 */
export class CytomeshChannelList extends PageElement {
  protected override readonly topics = ['channel'];
  readonly #list = new ListController<Channel>(
    this,
    (signal) => channelList(this.http, { sort: 'code', pageSize: 200 }, { signal }),
    (channel) => String(channel.version),
  );
  readonly #live = new LiveCounters(this, () => this.http);
  static override styles = [
    base,
    surfaces,
    css`
      .tiles {
        display: grid;
        grid-template-columns: repeat(4, minmax(0, 1fr));
        gap: var(--cm-space-4);
      }
      .tile {
        padding: 14px 18px;
      }
      .tile span {
        color: var(--cm-text-3);
        font-size: var(--cm-size-s);
      }
      .tile b {
        display: block;
        margin-top: 2px;
        font-size: 26px;
        font-weight: 650;
        line-height: 1.2;
        font-variant-numeric: tabular-nums;
      }
      .tile small {
        color: var(--cm-text-3);
        font-size: var(--cm-size-s);
        font-weight: 400;
      }
      .tile.bad b {
        color: var(--cm-bad);
      }
      .tile.warn b {
        color: var(--cm-warn);
      }
      @container (max-width: 700px) {
        .tiles {
          grid-template-columns: 1fr 1fr;
          gap: var(--cm-space-3);
        }
      }
    `,
  ];

  protected override load(): Promise<void> {
    this.#live.start();
    return this.#list.load();
  }

  protected override onLive(): Promise<void> {
    return this.#list.load(true);
  }

  #switch(channel: Channel): void {
    this.renderRoot.querySelector<CmConfirm>('cm-confirm')?.ask(
      switchQuestion(this.http, channel, (changed) => {
        toast(changed.enabled ? msg('已启动', 'Started') : msg('已停止', 'Stopped'));
        this.#list.put(changed);
      }),
    );
  }

  #columns(): Column<Channel>[] {
    const live = (c: Channel) => this.#live.get(c.id);
    const count = (value: number | undefined, tone = '') =>
      value === undefined
        ? ''
        : value > 0 && tone
          ? html`<cm-badge plain tone=${tone}>${number(value)}</cm-badge>`
          : html`<span>${number(value)}</span>`;
    return [
      {
        key: 'name',
        title: msg('名称', 'Name'),
        card: 'head',
        cell: (c) =>
          html`<span><span class="main">${channelName(c)}</span><span class="sub mono">${c.code}</span></span>`,
      },
      {
        key: 'status',
        title: msg('状态', 'Status'),
        width: '110px',
        card: 'corner',
        cell: (c) => statusBadge(c, live(c)),
      },
      {
        key: 'kind',
        title: msg('类型', 'Kind'),
        width: '104px',
        from: 'wide',
        cell: (c) => kindText(c.kind),
      },
      {
        key: 'rate',
        title: msg('速率', 'Rate'),
        width: '210px',
        cell: (c) => html`<span class="nowrap"
          ><cm-spark .values=${this.#live.rates(c.id)} label=${msg('最近两分钟', 'Last two minutes')}></cm-spark>
          <span class="num">${(live(c)?.perSecond ?? 0).toFixed(1)}</span><span class="muted"> /s</span></span
        >`,
      },
      {
        key: 'received',
        title: msg('收到', 'Received'),
        align: 'end',
        cell: (c) => count(live(c)?.received),
      },
      {
        key: 'parked',
        title: msg('挂起', 'Parked'),
        align: 'end',
        cell: (c) => count(live(c)?.parked, 'bad'),
      },
      {
        key: 'queued',
        title: msg('待投递', 'Queued'),
        align: 'end',
        cell: (c) => count(live(c)?.queued, 'warn'),
      },
      {
        key: 'refused',
        title: msg('拒收', 'Refused'),
        align: 'end',
        from: 'wide',
        cell: (c) => count(live(c)?.refused),
      },
      {
        key: 'lastAt',
        title: msg('最近', 'Last'),
        width: '92px',
        from: 'medium',
        cell: (c) => (live(c)?.lastAt ? html`<cm-time value=${live(c)?.lastAt ?? ''}></cm-time>` : ''),
      },
      ...(this.may('channel.operate')
        ? [
            {
              key: 'act',
              title: '',
              width: '92px',
              align: 'end' as const,
              cell: (c: Channel) => html`<cm-button
                small
                icon=${c.enabled ? 'stop' : 'play'}
                @click=${(e: Event) => {
                  e.stopPropagation();
                  this.#switch(c);
                }}
                >${c.enabled ? msg('停止', 'Stop') : msg('启动', 'Start')}</cm-button
              >`,
            },
          ]
        : []),
    ];
  }

  #tile(label: string, value: string, unit = '', tone = '') {
    return html`<div class="card tile ${tone}"><span>${label}</span><b>${value} <small>${unit}</small></b></div>`;
  }

  protected override view() {
    const all = this.#live.all;
    const sum = (pick: (l: (typeof all)[number]) => number) => all.reduce((total, l) => total + pick(l), 0);
    // An endpoint and the channels behind it count the same messages: only endpoints make the total.
    const endpoints = new Set(this.#list.rows.filter((c) => c.kind === 'endpoint').map((c) => c.id));
    const rate = all.reduce((total, l) => total + (endpoints.has(l.channelId) ? l.perSecond : 0), 0);
    const failed = all.filter((l) => l.status === 'failed').length;
    const parked = sum((l) => l.parked);
    const queued = sum((l) => l.queued);
    return html`<div class="stack">
        <div class="tiles">
          ${this.#tile(msg('当前速率', 'Rate now'), rate.toFixed(1), msg('条/秒', 'a second'))}
          ${this.#tile(msg('故障', 'Failed'), number(failed), '', failed > 0 ? 'bad' : '')}
          ${this.#tile(msg('挂起消息', 'Parked messages'), number(parked), '', parked > 0 ? 'bad' : '')}
          ${this.#tile(msg('待投递', 'Waiting deliveries'), number(queued), '', queued > 0 ? 'warn' : '')}
        </div>
        <section class="card" aria-label=${msg('通道列表', 'Channels')}>
          <cm-table
            activable
            label=${msg('通道', 'Channels')}
            .columns=${this.#columns()}
            .rows=${this.#list.rows}
            ?loading=${this.#list.loading}
            .fault=${this.#list.fault}
            .fresh=${this.#list.fresh}
            @cm-activate=${(e: CustomEvent<{ row: Channel }>) => this.open('channel', e.detail.row.id)}
            @cm-retry=${() => void this.load()}
          ></cm-table>
        </section>
      </div>
      <cm-confirm></cm-confirm>`;
  }
}

define('cytomesh-channel-list', CytomeshChannelList);
