import { css, html, nothing } from 'lit';
import {
  type MessageReplayManyParams,
  messageReplayMany,
  messageReplayStatus,
  messageStopReplay,
  type Replay,
} from '../../api/client.generated.ts';
import { type ApiFault, toApiFault } from '../../api/fault.ts';
import type { Http } from '../../api/http.ts';
import { Intent } from '../../api/request.ts';
import '../../components/badge/badge.element.ts';
import '../../components/button/button.element.ts';
import '../../components/dialog/dialog.element.ts';
import { CmElement, define } from '../../components/element/element.ts';
import '../../components/field/field.element.ts';
import '../../components/field/select.element.ts';
import '../../components/field/textarea.element.ts';
import '../../components/notice/notice.element.ts';
import { msg, say } from '../../state/language.ts';
import { number } from '../../state/time.ts';
import { base } from '../../tokens/base.styles.ts';
import { messageStates } from './message-words.ts';

type Selection = MessageReplayManyParams['selection'];
const every = 1000;

/**
 * Replays many messages: what, counted first without effect, then with a reason, progress and a stop button.
 * Opened by `show`.
 * @prop http
 */
export class CmBulkReplay extends CmElement {
  declare http: Http | undefined;
  declare shown: boolean;
  declare chosen: Record<string, string>;
  declare reason: string;
  declare counted: number | undefined;
  declare replay: Replay | undefined;
  declare busy: boolean;
  declare fault: ApiFault | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #intent = new Intent();
  static override properties = {
    http: { attribute: false },
    shown: { state: true },
    chosen: { state: true },
    reason: { state: true },
    counted: { state: true },
    replay: { state: true },
    busy: { state: true },
    fault: { state: true },
  };
  static override styles = [
    base,
    css`
      .grid {
        display: grid;
        grid-template-columns: repeat(auto-fit, minmax(200px, 1fr));
        gap: var(--cm-space-4);
      }
      .count {
        padding: 14px 16px;
        border-radius: var(--cm-radius-m);
        background: var(--cm-accent-soft);
        color: var(--cm-text);
      }
      .count b {
        font-size: 20px;
        font-variant-numeric: tabular-nums;
      }
      progress {
        width: 100%;
        height: 10px;
        accent-color: var(--cm-accent);
      }
      .line {
        display: flex;
        justify-content: space-between;
        gap: 12px;
        margin-top: 6px;
      }
    `,
  ];

  constructor() {
    super();
    this.shown = false;
    this.chosen = {};
    this.reason = '';
    this.busy = false;
  }

  /** Opens with the filters of the list behind it. */
  show(filter: Readonly<Record<string, string>>): void {
    this.chosen = {
      state: filter.state ?? '',
      channel: filter.channel ?? '',
      faultCode: filter.faultCode ?? '',
    };
    this.counted = undefined;
    this.fault = undefined;
    if (this.replay?.state !== 'RUNNING') {
      this.replay = undefined;
      this.reason = '';
    }
    this.shown = true;
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.#timer);
  }

  get #selection(): Selection {
    const { from, to, channel, state, faultCode } = this.chosen;
    const instant = (local: string) => new Date(local).toISOString();
    return {
      ...(from ? { from: instant(from) } : {}),
      ...(to ? { to: instant(to) } : {}),
      ...(channel ? { channel } : {}),
      ...(state ? { state } : {}),
      ...(faultCode ? { faultCode } : {}),
    };
  }

  async #guarded(work: (http: Http) => Promise<void>): Promise<void> {
    if (this.http === undefined || this.busy) return;
    this.busy = true;
    this.fault = undefined;
    try {
      await work(this.http);
    } catch (error) {
      this.fault = toApiFault(error);
      if (this.fault.status >= 400 && this.fault.status < 500) this.#intent.settle();
    }
    this.busy = false;
  }

  #count(): Promise<void> {
    return this.#guarded(async (http) => {
      const reason = this.reason.trim() || msg('试算', 'Dry run');
      this.counted = (
        await messageReplayMany(http, { selection: this.#selection, reason, dryRun: true })
      ).total;
    });
  }

  #start(): Promise<void> {
    return this.#guarded(async (http) => {
      const params = { selection: this.#selection, reason: this.reason.trim() };
      const { replay } = await messageReplayMany(http, params, { key: this.#intent.key(params) });
      this.#intent.settle();
      this.replay = replay ?? undefined;
      this.#follow();
    });
  }

  #follow(): void {
    clearTimeout(this.#timer);
    if (this.replay?.state !== 'RUNNING') return;
    this.#timer = setTimeout(async () => {
      const { http, replay } = this;
      if (http === undefined || replay === undefined) return;
      try {
        this.replay = await messageReplayStatus(http, { id: replay.id });
      } catch (error) {
        this.fault = toApiFault(error);
      }
      this.#follow();
    }, every);
  }

  #stop(): Promise<void> {
    return this.#guarded(async (http) => {
      if (this.replay) this.replay = await messageStopReplay(http, { id: this.replay.id });
    });
  }

  #set(field: string) {
    return (event: CustomEvent<{ value: string }>) => {
      this.chosen = { ...this.chosen, [field]: event.detail.value };
      this.counted = undefined;
    };
  }

  override render() {
    if (!this.shown) return nothing;
    return html`<cm-dialog
      open
      icon="replay"
      width="600px"
      heading=${msg('批量重放', 'Bulk replay')}
      @cm-close=${() => (this.shown = false)}
    >
      ${this.replay ? this.#progress(this.replay) : this.#form()}
      ${this.fault ? html`<cm-notice .fault=${this.fault}></cm-notice>` : nothing}
      <cm-button slot="actions" @click=${() => (this.shown = false)}>${msg('关闭', 'Close')}</cm-button>
      ${this.#actions()}
    </cm-dialog>`;
  }

  #form() {
    const { chosen } = this;
    return html`<p>${msg('选定范围内的消息将以原始字节重新处理；已处理过的内容不会重复生效。', 'Messages in the range are handled again from their original bytes; effects already made are not made twice.')}</p>
      <div class="grid">
        <cm-field type="datetime-local" label=${msg('起始时间', 'From')} .value=${chosen.from ?? ''} @cm-input=${this.#set('from')}></cm-field>
        <cm-field type="datetime-local" label=${msg('截止时间', 'Before')} .value=${chosen.to ?? ''} @cm-input=${this.#set('to')}></cm-field>
        <cm-select
          label=${msg('状态', 'State')}
          .options=${[{ value: '', label: msg('任意', 'Any') }, ...Object.entries(messageStates).map(([value, s]) => ({ value, label: say(s.title) }))]}
          .value=${chosen.state ?? ''}
          @cm-input=${this.#set('state')}
        ></cm-select>
        <cm-field label=${msg('通道代码', 'Channel code')} .value=${chosen.channel ?? ''} @cm-input=${this.#set('channel')}></cm-field>
        <cm-field label=${msg('问题代码', 'Fault code')} .value=${chosen.faultCode ?? ''} @cm-input=${this.#set('faultCode')}></cm-field>
      </div>
      ${
        this.counted === undefined
          ? nothing
          : html`<div class="count" role="status">
              ${msg('将重放', 'To be replayed')} <b>${number(this.counted)}</b> ${msg('条消息', 'messages')}
            </div>`
      }
      <cm-textarea
        required
        rows="2"
        label=${msg('原因', 'Reason')}
        .value=${this.reason}
        @cm-input=${(e: CustomEvent<{ value: string }>) => (this.reason = e.detail.value)}
      ></cm-textarea>`;
  }

  #progress(replay: Replay) {
    const state = {
      RUNNING: html`<cm-badge tone="info">${msg('进行中', 'Running')}</cm-badge>`,
      DONE: html`<cm-badge tone="good">${msg('已完成', 'Done')}</cm-badge>`,
      STOPPED: html`<cm-badge tone="warn">${msg('已停止', 'Stopped')}</cm-badge>`,
    }[replay.state];
    return html`<div>
      <progress max=${Math.max(1, replay.total)} value=${replay.done} aria-label=${msg('进度', 'Progress')}></progress>
      <div class="line"><span class="num">${number(replay.done)} / ${number(replay.total)}</span>${state}</div>
    </div>`;
  }

  #actions() {
    if (this.replay) {
      return this.replay.state === 'RUNNING'
        ? html`<cm-button slot="actions" variant="danger" icon="stop" ?busy=${this.busy} @click=${() => void this.#stop()}>${msg('停止', 'Stop')}</cm-button>`
        : nothing;
    }
    return html`<cm-button slot="actions" ?busy=${this.busy} @click=${() => void this.#count()}>${msg('试算', 'Count first')}</cm-button>
      <cm-button
        slot="actions"
        variant="primary"
        ?disabled=${this.counted === undefined || this.counted === 0 || this.reason.trim() === ''}
        @click=${() => void this.#start()}
        >${msg('开始重放', 'Start')}</cm-button
      >`;
  }
}

define('cm-bulk-replay', CmBulkReplay);
