import { html, nothing } from 'lit';
import {
  type Channel,
  type ChannelAlert,
  channelAlertList,
  channelList,
} from '../../api/client.generated.ts';
import '../../components/badge/badge.element.ts';
import '../../components/button/button.element.ts';
import { define } from '../../components/element/element.ts';
import '../../components/icon/icon.element.ts';
import '../../components/skeleton/skeleton.element.ts';
import '../../components/spark/spark.element.ts';
import '../../components/time/time.element.ts';
import { msg } from '../../state/language.ts';
import { ListController } from '../../state/list-controller.ts';
import { duration, number } from '../../state/time.ts';
import { base, surfaces } from '../../tokens/base.styles.ts';
import { PageElement } from '../page-element.ts';
import { alertKindText } from './alert-words.ts';
import { type PartnerState, partners } from './board-groups.ts';
import { styles } from './channel-board.styles.ts';
import { channelName, statusBadge } from './channel-words.ts';
import { LiveCounters } from './live-counters.ts';

/**
 * All interfaces by partner at one glance: rate, oldest waiting, parked, waiting, refused, last message, connection, alerts. Live.
 * @fires cytomesh-open - `{ kind: 'channel' | 'alert' | 'partner', id }`
 */
export class CytomeshChannelBoard extends PageElement {
  protected override readonly topics = ['channel'];
  #alerts: readonly ChannelAlert[] = [];
  readonly #list = new ListController<Channel>(
    this,
    (signal) => channelList(this.http, { sort: 'code', pageSize: 200 }, { signal }),
    (channel) => String(channel.version),
  );
  readonly #live = new LiveCounters(this, () => this.http);
  static override styles = [base, surfaces, styles];

  protected override async load(): Promise<void> {
    this.#live.start();
    await Promise.all([this.#list.load(), this.#loadAlerts()]);
  }

  protected override async onLive(): Promise<void> {
    await Promise.all([this.#list.load(true), this.#loadAlerts()]);
  }

  async #loadAlerts(): Promise<void> {
    const found = await channelAlertList(this.http, { filter: { state: 'OPEN' }, pageSize: 200 }).catch(
      () => undefined,
    );
    this.#alerts = found?.items ?? this.#alerts;
    this.requestUpdate();
  }

  #rates(partner: PartnerState): number[] {
    const of = partner.channels
      .filter((c) => c.channel.kind === 'endpoint')
      .map((c) => this.#live.rates(c.channel.id));
    const length = Math.max(0, ...of.map((r) => r.length));
    return Array.from({ length }, (_, i) => of.reduce((sum, r) => sum + (r[r.length - length + i] ?? 0), 0));
  }

  #figure(label: string, value: unknown, tone = '') {
    return html`<div class="figure ${tone}"><dt>${label}</dt><dd>${value}</dd></div>`;
  }

  #card(partner: PartnerState) {
    const { endpoint, worst, alerts, waitingSince } = partner;
    const lag = waitingSince ? Date.now() - Date.parse(waitingSince) : 0;
    const tone =
      worst === 'failed' || alerts.some((a) => a.severity === 'critical')
        ? 'bad'
        : alerts.length || partner.parked
          ? 'warn'
          : worst === 'stopped'
            ? 'off'
            : '';
    return html`<article class="card ${tone}">
      <header>
        <h2>${endpoint ? channelName(endpoint) : partner.key}</h2>
        ${alerts.length ? html`<cm-badge tone=${tone === 'bad' ? 'bad' : 'warn'}>${msg(`${alerts.length} 项告警`, alerts.length === 1 ? 'one alert' : `${alerts.length} alerts`)}</cm-badge>` : nothing}
      </header>
      <div class="rate">
        <span><b>${partner.perSecond.toFixed(1)}</b> <small>${msg('条/秒', 'a second')}</small></span>
        <cm-spark .values=${this.#rates(partner)} label=${msg('最近两分钟', 'Last two minutes')}></cm-spark>
      </div>
      <dl>
        ${this.#figure(msg('最早等待', 'Oldest waiting'), lag > 0 ? duration(lag) : '—', lag > 600_000 ? 'bad' : lag > 60_000 ? 'warn' : '')}
        ${this.#figure(msg('挂起', 'Parked'), number(partner.parked), partner.parked ? 'bad' : '')}
        ${this.#figure(msg('待投递', 'Waiting'), number(partner.queued), partner.queued ? 'warn' : '')}
        ${this.#figure(msg('拒收', 'Refused'), number(partner.refused), '')}
        ${this.#figure(msg('最近一条', 'Last message'), partner.lastAt ? html`<cm-time value=${partner.lastAt}></cm-time>` : '—')}
      </dl>
      <ul class="rows">
        ${partner.channels.map(
          ({ channel, live }) => html`<li>
            <button type="button" @click=${() => this.open('channel', channel.id)}>
              <cm-icon name=${channel.kind === 'in' ? 'incoming' : channel.kind === 'out' ? 'outgoing' : 'channel'}></cm-icon>
              <span class="clip">${channelName(channel)}</span>
              ${live && live.parked + live.queued > 0 ? html`<span class="num waits">${number(live.parked + live.queued)}</span>` : nothing}
              ${statusBadge(channel, live)}
            </button>
          </li>`,
        )}
      </ul>
      ${
        alerts.length
          ? html`<ul class="told">${alerts.slice(0, 3).map((a) => html`<li><button type="button" @click=${() => this.open('alert', '')}>${alertKindText(a.kind)} · <span class="mono">${a.subject}</span></button></li>`)}</ul>`
          : nothing
      }
    </article>`;
  }

  protected override view() {
    const groups = partners(this.#list.rows, (id) => this.#live.get(id), this.#alerts);
    const sum = (pick: (p: PartnerState) => number) => groups.reduce((total, p) => total + pick(p), 0);
    const failed = groups.filter((p) => p.worst === 'failed').length;
    const tile = (label: string, value: string, tone = '') =>
      html`<div class="card tile ${tone}"><span>${label}</span><b>${value}</b></div>`;
    if (this.#list.fault)
      return html`<cm-notice .fault=${this.#list.fault} retry @cm-retry=${() => void this.load()}></cm-notice>`;
    if (this.#list.loading && groups.length === 0)
      return html`<div class="card"><cm-skeleton lines="8"></cm-skeleton></div>`;
    return html`<div class="stack">
      <div class="tiles">
        ${tile(msg('对方', 'Partners'), number(groups.length))}
        ${tile(msg('条/秒', 'A second'), sum((p) => p.perSecond).toFixed(1))}
        ${tile(msg('故障', 'Failed'), number(failed), failed ? 'bad' : '')}
        ${tile(msg('挂起', 'Parked'), number(sum((p) => p.parked)), sum((p) => p.parked) ? 'bad' : '')}
        ${tile(msg('待投递', 'Waiting'), number(sum((p) => p.queued)), sum((p) => p.queued) ? 'warn' : '')}
        ${tile(msg('告警', 'Alerts'), number(this.#alerts.length), this.#alerts.length ? 'warn' : '')}
      </div>
      ${
        this.may('channel.publish')
          ? html`<div class="row"><cm-button icon="flow" variant="primary" @click=${() => this.open('partner', '')}>${msg('新建接口', 'New partner')}</cm-button></div>`
          : nothing
      }
      <div class="board">${groups.map((p) => this.#card(p))}</div>
    </div>`;
  }
}

define('cytomesh-channel-board', CytomeshChannelBoard);
