import { css, html, nothing, type PropertyValues } from 'lit';
import {
  type Channel,
  type ChannelConnectionsResult,
  type ChannelVersion,
  channelConnections,
  channelGet,
  channelVersions,
} from '../../api/client.generated.ts';
import { type ApiFault, toApiFault } from '../../api/fault.ts';
import type { LiveEvent } from '../../api/live-event.ts';
import '../../components/badge/badge.element.ts';
import '../../components/button/button.element.ts';
import '../../components/dialog/confirm.element.ts';
import type { CmConfirm } from '../../components/dialog/confirm.element.ts';
import { define } from '../../components/element/element.ts';
import type { Fact } from '../../components/kv/kv.element.ts';
import '../../components/kv/kv.element.ts';
import '../../components/skeleton/skeleton.element.ts';
import '../../components/spark/spark.element.ts';
import '../../components/tabs/tabs.element.ts';
import { toast } from '../../components/toast/toast.element.ts';
import { msg } from '../../state/language.ts';
import { number } from '../../state/time.ts';
import { base, surfaces } from '../../tokens/base.styles.ts';
import { PageElement } from '../page-element.ts';
import { sampleQuestion } from '../studio/sample-question.ts';
import './capture-dialog.element.ts';
import type { CmCaptureDialog } from './capture-dialog.element.ts';
import { switchQuestion } from './channel-actions.ts';
import './channel-definition.element.ts';
import './channel-study.element.ts';
import './channel-wire.element.ts';
import { channelName, kindText, statusBadge } from './channel-words.ts';
import { LiveCounters } from './live-counters.ts';

const wireEvery = 3000;

/**
 * One channel or endpoint: counters, definition with its versions, connections, incidents, capture.
 * @attr channel-id
 */
export class CytomeshChannelDetail extends PageElement {
  declare channelId: string;
  declare channel: Channel | undefined;
  declare versions: readonly ChannelVersion[];
  declare wire: ChannelConnectionsResult | undefined;
  declare tab: string;
  declare fault: ApiFault | undefined;
  static override properties = {
    ...PageElement.properties,
    channelId: { attribute: 'channel-id' },
    channel: { state: true },
    versions: { state: true },
    wire: { state: true },
    tab: { state: true },
    fault: { state: true },
  };
  protected override readonly topics = ['channel'];
  readonly #live = new LiveCounters(this, () => this.http);
  #timer: ReturnType<typeof setInterval> | undefined;
  static override styles = [
    base,
    surfaces,
    css`
      cm-spark {
        width: 220px;
        height: 44px;
      }
      .rate {
        display: flex;
        align-items: center;
        gap: 14px;
        margin-bottom: var(--cm-space-5);
      }
      .rate > span {
        white-space: nowrap;
      }
      .rate b {
        font-size: 26px;
        font-weight: 650;
        font-variant-numeric: tabular-nums;
      }
    `,
  ];

  constructor() {
    super();
    this.channelId = '';
    this.versions = [];
    this.tab = '';
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearInterval(this.#timer);
  }

  protected override willUpdate(changed: PropertyValues): void {
    super.willUpdate(changed);
    if (changed.has('channelId') && this.hasUpdated && this.conn.session.value) void this.load();
  }

  protected override async load(): Promise<void> {
    const id = this.channelId;
    this.#live.start();
    clearInterval(this.#timer);
    this.#timer = setInterval(
      () => !document.hidden && this.tab === 'wire' && void this.#loadWire(),
      wireEvery,
    );
    try {
      this.channel = await channelGet(this.http, { id });
      this.fault = undefined;
      if (this.tab === '') this.tab = this.channel.kind === 'endpoint' ? 'wire' : 'definition';
      const [versions] = await Promise.all([
        channelVersions(this.http, { id }).catch(() => undefined),
        this.#loadWire(),
      ]);
      this.versions = versions?.items ?? [];
    } catch (error) {
      this.fault = toApiFault(error);
    }
  }

  async #loadWire(): Promise<void> {
    this.wire =
      (await channelConnections(this.http, { id: this.channelId }).catch(() => undefined)) ?? this.wire;
  }

  protected override onLive(events: readonly LiveEvent[]): void | Promise<void> {
    if (events.some((e) => e.name === 'missed' || e.recordId === this.channelId)) return this.load();
  }

  #switch(channel: Channel): void {
    this.renderRoot.querySelector<CmConfirm>('cm-confirm')?.ask(
      switchQuestion(this.http, channel, (changed) => {
        this.channel = changed;
        toast(changed.enabled ? msg('已启动', 'Started') : msg('已停止', 'Stopped'));
      }),
    );
  }

  #facts(): Fact[] {
    const live = this.#live.get(this.channelId);
    if (live === undefined) return [];
    const n = (label: string, value: number): Fact => ({
      label,
      value: html`<span class="num strong">${number(value)}</span>`,
    });
    return [
      n(msg('收到', 'Received'), live.received),
      n(msg('完成', 'Done'), live.done),
      n(msg('过滤', 'Filtered'), live.filtered),
      n(msg('拒收', 'Refused'), live.refused),
      n(msg('挂起', 'Parked'), live.parked),
      n(msg('待投递', 'Queued'), live.queued),
      n(msg('已投递', 'Delivered'), live.delivered),
      n(msg('连接数', 'Connections'), live.connections),
      {
        label: msg('最近一条', 'Last message'),
        value: live.lastAt ? html`<cm-time mode="both" value=${live.lastAt}></cm-time>` : '',
      },
      {
        label: msg('地址或原因', 'Address or reason'),
        value: html`<span class="mono">${live.statusText || '—'}</span>`,
      },
    ];
  }

  protected override view() {
    const { channel } = this;
    if (this.fault)
      return html`<cm-notice .fault=${this.fault} retry @cm-retry=${() => void this.load()}></cm-notice>`;
    if (channel === undefined) return html`<div class="card"><cm-skeleton lines="8"></cm-skeleton></div>`;
    const live = this.#live.get(channel.id);
    const tabs = [
      { id: 'definition', label: msg('定义', 'Definition') },
      { id: 'study', label: msg('自检与规范', 'Self-test and specification') },
      { id: 'wire', label: msg('连接', 'Connections'), count: this.wire?.items.length ?? 0 },
      { id: 'incidents', label: msg('线路事件', 'Wire incidents'), count: this.wire?.incidents.length ?? 0 },
    ];
    return html`<div class="stack">
        <section class="card">
          <header>
            <h1>${channelName(channel)}</h1>
            ${statusBadge(channel, live)}
            <span class="muted">${kindText(channel.kind)} · <span class="mono">${channel.code}</span> · ${msg(`第 ${channel.published} 版`, `version ${channel.published}`)}</span>
            <cm-button class="push" icon="edit" @click=${() => this.open('definition', channel.code)}
              >${this.may('channel.publish') ? msg('编辑', 'Edit') : msg('查看定义', 'Definition')}</cm-button
            >
            ${
              this.may('channel.operate')
                ? html`<cm-button icon=${channel.enabled ? 'stop' : 'play'} variant=${channel.enabled ? '' : 'primary'} @click=${() => this.#switch(channel)}
                    >${channel.enabled ? msg('停止', 'Stop') : msg('启动', 'Start')}</cm-button
                  >`
                : nothing
            }
          </header>
          <div class="body">
            <div class="rate">
              <cm-spark .values=${this.#live.rates(channel.id)} label=${msg('最近两分钟的速率', 'Rate of the last two minutes')}></cm-spark>
              <span><b>${(live?.perSecond ?? 0).toFixed(1)}</b> <span class="muted">${msg('条/秒', 'a second')}</span></span>
            </div>
            <cm-kv .items=${this.#facts()}></cm-kv>
          </div>
        </section>
        <section class="card">
          <cm-tabs label=${msg('通道详情', 'Channel')} .tabs=${tabs} active=${this.tab} @cm-tab=${(e: CustomEvent<{ id: string }>) => (this.tab = e.detail.id)}>
            ${this.#panel(channel)}
          </cm-tabs>
        </section>
      </div>
      <cm-confirm></cm-confirm>
      <cm-capture-dialog
        .http=${this.http}
        definition=${this.may('channel.publish') ? channel.code : ''}
        @cm-sample=${(e: CustomEvent<{ bytes: string; connection: string }>) =>
          this.renderRoot
            .querySelector<CmConfirm>('cm-confirm')
            ?.ask(
              sampleQuestion(this.http, { ...e.detail, endpoint: channel.code }, (code) =>
                this.open('definition', code),
              ),
            )}
      ></cm-capture-dialog>`;
  }

  #panel(channel: Channel) {
    if (this.tab === 'definition') {
      return html`<cm-channel-definition .channel=${channel} .versions=${this.versions}></cm-channel-definition>`;
    }
    if (this.tab === 'study') {
      return html`<cm-channel-study channel-id=${channel.id} .http=${this.http} ?operable=${this.may('channel.operate')}></cm-channel-study>`;
    }
    return html`<cm-channel-wire
      part-shown=${this.tab}
      .wire=${this.wire}
      ?capturable=${this.may('message.content')}
      @cm-capture=${(e: CustomEvent<{ connection: string }>) =>
        this.renderRoot
          .querySelector<CmCaptureDialog>('cm-capture-dialog')
          ?.show(channel.id, e.detail.connection)}
    ></cm-channel-wire>`;
  }
}

define('cytomesh-channel-detail', CytomeshChannelDetail);
