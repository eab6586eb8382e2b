import { html, nothing, type PropertyValues } from 'lit';
import {
  type ShadowRunCompareResult,
  type ShadowRunGetResult,
  type ShadowRunResultsResult,
  shadowRunCompare,
  shadowRunGet,
  shadowRunList,
  shadowRunResults,
  shadowRunStart,
  shadowRunStop,
} from '../../api/client.generated.ts';
import { type ApiFault, toApiFault } from '../../api/fault.ts';
import type { Caller } from '../../api/http.ts';
import '../../components/badge/badge.element.ts';
import '../../components/button/button.element.ts';
import '../../components/dialog/dialog.element.ts';
import { CmElement, define } from '../../components/element/element.ts';
import '../../components/field/select.element.ts';
import '../../components/notice/notice.element.ts';
import type { Column } from '../../components/table/column.ts';
import '../../components/table/table.element.ts';
import '../../components/time/time.element.ts';
import { msg } from '../../state/language.ts';
import { number } from '../../state/time.ts';
import { base } from '../../tokens/base.styles.ts';
import './studio-result.element.ts';
import { shadowStyles } from './studio-shadow.styles.ts';
import { shadowText, shadowTone } from './studio-words.ts';

type Run = ShadowRunGetResult;
type Result = ShadowRunResultsResult['items'][number];

/**
 * A text tried over stored messages: progress, differences by field, the messages behind each, one side by side.
 * @prop http
 * @prop text - to be tried
 * @attr code, operable, readable
 */
export class CmStudioShadow extends CmElement {
  declare http: Caller | undefined;
  declare text: string;
  declare code: string;
  declare operable: boolean;
  declare readable: boolean;
  declare last: string;
  declare run: Run | undefined;
  declare results: readonly Result[];
  declare path: string;
  declare pair: ShadowRunCompareResult | undefined;
  declare pairOf: string;
  declare fault: ApiFault | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  static override properties = {
    http: { attribute: false },
    text: { attribute: false },
    code: {},
    operable: { type: Boolean },
    readable: { type: Boolean },
    last: { state: true },
    run: { state: true },
    results: { state: true },
    path: { state: true },
    pair: { state: true },
    pairOf: { state: true },
    fault: { state: true },
  };
  static override styles = [base, shadowStyles];

  constructor() {
    super();
    this.text = '';
    this.code = '';
    this.operable = false;
    this.readable = false;
    this.last = '200';
    this.results = [];
    this.path = '';
    this.pairOf = '';
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.#timer);
  }

  protected override willUpdate(changed: PropertyValues): void {
    if (changed.has('code') && this.code) void this.#latest();
  }

  async #latest(): Promise<void> {
    if (!this.http) return;
    const { items } = await shadowRunList(this.http, { definition: this.code }).catch(() => ({ items: [] }));
    if (items[0]) await this.#follow(items[0]);
  }

  async #start(): Promise<void> {
    if (!this.http) return;
    this.fault = undefined;
    this.path = '';
    try {
      await this.#follow(await shadowRunStart(this.http, { text: this.text, last: Number(this.last) }));
    } catch (error) {
      this.fault = toApiFault(error);
    }
  }

  /** Looks again until it is done. */
  async #follow(run: Run): Promise<void> {
    clearTimeout(this.#timer);
    this.run = run;
    if (run.state === 'RUNNING') {
      this.#timer = setTimeout(async () => {
        const next = await shadowRunGet(this.http!, { id: run.id }).catch(() => run);
        if (this.isConnected && this.run?.id === run.id) await this.#follow(next);
      }, 600);
      return;
    }
    await this.#load();
  }

  async #load(): Promise<void> {
    const { http, run, path } = this;
    if (!http || !run) return;
    try {
      const found = await shadowRunResults(http, { id: run.id, ...(path ? { path } : {}) });
      this.results = found.items.filter((r) => r.outcome !== 'same');
    } catch (error) {
      this.fault = toApiFault(error);
    }
  }

  async #stop(): Promise<void> {
    if (this.http && this.run) await this.#follow(await shadowRunStop(this.http, { id: this.run.id }));
  }

  async #open(message: string): Promise<void> {
    if (!this.http || !this.run || !this.readable) return;
    this.pairOf = message;
    this.pair = undefined;
    try {
      this.pair = await shadowRunCompare(this.http, { id: this.run.id, message });
    } catch (error) {
      this.pairOf = '';
      this.fault = toApiFault(error);
    }
  }

  #pick(path: string): void {
    this.path = this.path === path ? '' : path;
    void this.#load();
  }

  override render() {
    const { run } = this;
    return html`<div class="bar">
        <cm-select
          name-text=${msg('消息条数', 'How many messages')}
          .options=${['20', '200', '1000'].map((value) => ({ value, label: msg(`最近 ${value} 条消息`, `Last ${value} messages`) }))}
          .value=${this.last}
          @cm-input=${(e: CustomEvent<{ value: string }>) => (this.last = e.detail.value)}
        ></cm-select>
        ${
          this.operable
            ? html`<cm-button variant="primary" icon="play" ?disabled=${run?.state === 'RUNNING'} @click=${() => void this.#start()}>${msg('用当前定义影子运行', 'Run with the text as typed')}</cm-button>
                ${run?.state === 'RUNNING' ? html`<cm-button icon="stop" @click=${() => void this.#stop()}>${msg('停止', 'Stop')}</cm-button>` : nothing}`
            : nothing
        }
        <span class="muted">${msg('只计算，不调用、不发送', 'Nothing is called or sent')}</span>
      </div>
      ${this.fault ? html`<cm-notice .fault=${this.fault}></cm-notice>` : nothing}
      ${run ? this.#summary(run) : html`<p class="none">${msg('还没有影子运行', 'No shadow run yet')}</p>`}
      ${this.pairOf ? this.#dialog() : nothing}`;
  }

  #summary(run: Run) {
    const counts = [
      ['same', run.same],
      ['different', run.different],
      ['failedNow', run.failedNow],
      ['mended', run.mended],
    ] as const;
    const states = {
      RUNNING: msg('进行中', 'Under way'),
      DONE: msg('完成', 'Done'),
      STOPPED: msg('已停止', 'Stopped'),
      FAILED: msg('失败', 'Failed'),
    };
    return html`<div class="summary" role="status">
        <div class="meter" aria-hidden="true"><i style="width:${run.total ? (run.done / run.total) * 100 : 100}%"></i></div>
        <div class="row">
          <b class="num">${number(run.done)} / ${number(run.total)}</b>
          <span>${states[run.state as keyof typeof states]}</span>
          ${counts.map(([outcome, n]) => html`<cm-badge tone=${n ? (shadowTone[outcome] ?? 'neutral') : 'neutral'} plain>${shadowText[outcome]?.()} ${number(n)}</cm-badge>`)}
          <span class="muted push"><cm-time mode="both" value=${run.createdAt}></cm-time> · ${run.createdBy}</span>
        </div>
      </div>
      ${run.fields.length ? this.#fields(run) : nothing}
      ${
        run.state === 'RUNNING' || this.results.length === 0
          ? nothing
          : html`<h3>${this.path ? msg(`“${this.path}”不同的消息`, `Messages with another “${this.path}”`) : msg('不同的消息', 'Messages that differ')}</h3>
              <cm-table
                row-key="id"
                activable
                label=${msg('不同的消息', 'Messages that differ')}
                .columns=${this.#columns()}
                .rows=${this.results.slice(0, 200)}
                @cm-activate=${(e: CustomEvent<{ row: Result }>) => void this.#open(e.detail.row.messageId)}
              ></cm-table>`
      }`;
  }

  #fields(run: Run) {
    return html`<h3>${msg('按字段汇总', 'By field')}</h3>
      <ul class="fields">
        ${run.fields.slice(0, 40).map(
          ({ path, count }) => html`<li>
            <button type="button" aria-pressed=${String(this.path === path)} @click=${() => this.#pick(path)}>
              <span class="mono">${path}</span>
              <span class="num">${msg(`${run.total} 条中 ${count} 条`, `${count} of ${run.total}`)}</span>
              <i style="width:${(count / Math.max(1, run.total)) * 100}%"></i>
            </button>
          </li>`,
        )}
      </ul>`;
  }

  #columns(): Column<Result>[] {
    return [
      {
        key: 'messageId',
        title: msg('消息', 'Message'),
        card: 'head',
        cell: (r) => html`<span class="mono">${r.messageId}</span>`,
      },
      {
        key: 'outcome',
        title: msg('结果', 'Outcome'),
        width: '190px',
        cell: (r) =>
          html`<cm-badge tone=${shadowTone[r.outcome] ?? 'neutral'} plain>${shadowText[r.outcome]?.()}</cm-badge>`,
      },
      {
        key: 'paths',
        title: msg('不同的字段', 'Fields'),
        cell: (r) =>
          html`<span class="mono">${r.paths.slice(0, 4).join(', ')}${r.paths.length > 4 ? ' …' : ''}</span>`,
      },
    ];
  }

  #dialog() {
    const { pair } = this;
    return html`<cm-dialog
      open
      icon="eye"
      width="1180px"
      heading=${msg('新旧对比', 'Before and after')}
      @cm-close=${() => (this.pairOf = '')}
    >
      ${
        pair
          ? html`<div class="pair">
              <section><h3>${msg('生效版本', 'In force')}</h3><cm-studio-result compared .result=${pair.before}></cm-studio-result></section>
              <section><h3>${msg('新定义', 'The text tried')}</h3><cm-studio-result compared .result=${pair.after} .differences=${pair.differences}></cm-studio-result></section>
            </div>`
          : html`<cm-skeleton lines="8"></cm-skeleton>`
      }
      <cm-button slot="actions" variant="primary" @click=${() => (this.pairOf = '')}>${msg('关闭', 'Close')}</cm-button>
    </cm-dialog>`;
  }
}

define('cm-studio-shadow', CmStudioShadow);
