import { css, html, nothing } from 'lit';
import {
  type CodeMiss,
  codeEntryList,
  codeEntryMap,
  messageWaitingForCode,
} from '../../api/client.generated.ts';
import { type ApiFault, toApiFault } from '../../api/fault.ts';
import type { Http } from '../../api/http.ts';
import { Intent } from '../../api/request.ts';
import '../../components/button/button.element.ts';
import '../../components/dialog/dialog.element.ts';
import { CmElement, define } from '../../components/element/element.ts';
import '../../components/field/field.element.ts';
import '../../components/field/select.element.ts';
import '../../components/notice/notice.element.ts';
import { msg } from '../../state/language.ts';
import { number } from '../../state/time.ts';
import { base } from '../../tokens/base.styles.ts';

const every = 700;

/**
 * Maps a code and runs the messages that wait for it, in one step: how many wait is told before, how many are left while they run.
 * @prop http
 * @fires cm-done - the code is mapped
 */
export class CmMapDialog extends CmElement {
  declare http: Http | undefined;
  declare miss: CodeMiss | undefined;
  declare to: string;
  declare note: string;
  declare waiting: number | undefined;
  declare left: number | undefined;
  declare known: readonly string[];
  declare busy: boolean;
  declare fault: ApiFault | undefined;
  static override properties = {
    http: { attribute: false },
    miss: { state: true },
    to: { state: true },
    note: { state: true },
    waiting: { state: true },
    left: { state: true },
    known: { state: true },
    busy: { state: true },
    fault: { state: true },
  };
  #intent = new Intent();
  #timer: ReturnType<typeof setTimeout> | undefined;
  static override styles = [
    base,
    css`
      .fields {
        display: grid;
        gap: var(--cm-space-4);
      }
      progress {
        width: 100%;
        height: 10px;
        accent-color: var(--cm-accent);
      }
      p {
        margin: 0;
      }
    `,
  ];

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.#timer);
  }

  async show(miss: CodeMiss): Promise<void> {
    this.miss = miss;
    this.to = '';
    this.note = '';
    this.waiting = undefined;
    this.left = undefined;
    this.known = [];
    this.busy = false;
    this.fault = undefined;
    this.#intent = new Intent();
    if (!this.http) return;
    const { table, code } = miss;
    try {
      const [waiting, entries] = await Promise.all([
        messageWaitingForCode(this.http, { table, code }),
        codeEntryList(this.http, { filter: { table }, pageSize: 200 }),
      ]);
      if (this.miss !== miss) return;
      this.waiting = waiting.count;
      this.known = [...new Set(entries.items.map((e) => e.to))].sort();
    } catch (error) {
      this.fault = toApiFault(error);
    }
  }

  #close(): void {
    clearTimeout(this.#timer);
    if (!this.busy) this.miss = undefined;
  }

  async #run(): Promise<void> {
    const { miss, http } = this;
    if (!miss || !http || this.to.trim() === '') return;
    this.busy = true;
    this.fault = undefined;
    const params = {
      table: miss.table,
      from: miss.code,
      to: this.to.trim(),
      ...(this.note.trim() ? { note: this.note.trim() } : {}),
    };
    try {
      await codeEntryMap(http, params, { key: this.#intent.key(params) });
      this.fire('cm-done', { miss });
      this.left = this.waiting ?? 0;
      await this.#follow(miss);
    } catch (error) {
      this.fault = toApiFault(error);
    }
    this.busy = false;
  }

  /** Asks how many are left until there are none, or as long as the dialog is open. */
  async #follow(miss: CodeMiss): Promise<void> {
    for (let still = 0; this.left && this.miss === miss && still < 50; still++) {
      await new Promise((resolve) => {
        this.#timer = setTimeout(resolve, every);
      });
      const { count } = await messageWaitingForCode(this.http!, { table: miss.table, code: miss.code });
      if (count < (this.left ?? 0)) still = 0;
      this.left = count;
    }
  }

  override render() {
    const { miss, waiting, left } = this;
    if (!miss) return nothing;
    const done = left === 0;
    return html`<cm-dialog
      open
      icon=${done ? 'check' : 'edit'}
      heading=${msg(`对照代码 ${miss.code}`, `Map the code ${miss.code}`)}
      @cm-close=${(e: Event) => {
        e.stopPropagation();
        this.#close();
      }}
    >
      <div class="fields">
        <p><span class="muted">${msg('代码表', 'Table')}</span> <span class="mono">${miss.table}</span></p>
        ${
          left === undefined
            ? html`${
                this.known.length > 0 && this.known.length <= 60
                  ? html`<cm-select
                        label=${msg('已有的目标代码', 'Target codes in use')}
                        .options=${[{ value: '', label: msg('选择…', 'Choose …') }, ...this.known.map((value) => ({ value, label: value }))]}
                        .value=${this.known.includes(this.to) ? this.to : ''}
                        @cm-input=${(e: CustomEvent<{ value: string }>) => (this.to = e.detail.value)}
                      ></cm-select>`
                  : nothing
              }
                <cm-field name="to" label=${msg('目标代码', 'Target code')} required .value=${this.to} @cm-input=${(e: CustomEvent<{ value: string }>) => (this.to = e.detail.value)}></cm-field>
                <cm-field label=${msg('说明', 'Note')} .value=${this.note} @cm-input=${(e: CustomEvent<{ value: string }>) => (this.note = e.detail.value)}></cm-field>
                <p role="status">
                  ${
                    waiting === undefined
                      ? ''
                      : waiting === 0
                        ? msg('没有消息在等它。', 'No message waits for it.')
                        : msg(
                            `有 ${number(waiting)} 条消息在等它，对照后立即重跑。`,
                            waiting === 1
                              ? 'One message waits for it and is run again at once.'
                              : `${number(waiting)} messages wait for it and are run again at once.`,
                          )
                  }
                </p>`
            : html`<progress max=${Math.max(1, waiting ?? 0)} value=${(waiting ?? 0) - left || (done ? 1 : 0)} aria-label=${msg('进度', 'Progress')}></progress>
                <p role="status">
                  ${done ? msg(`已对照，${number(waiting ?? 0)} 条消息已重跑。`, `Mapped; ${number(waiting ?? 0)} messages were run again.`) : msg(`已重跑 ${number((waiting ?? 0) - left)} 条，剩余 ${number(left)} 条`, `${number((waiting ?? 0) - left)} run again, ${number(left)} left`)}
                </p>`
        }
        ${this.fault ? html`<cm-notice .fault=${this.fault}></cm-notice>` : nothing}
      </div>
      ${
        left === undefined
          ? html`<cm-button slot="actions" ?disabled=${this.busy} @click=${() => this.#close()}>${msg('返回', 'Back')}</cm-button>
              <cm-button slot="actions" variant="primary" ?busy=${this.busy} ?disabled=${this.to.trim() === ''} @click=${() => void this.#run()}
                >${waiting ? msg(`对照并重跑 ${number(waiting)} 条`, `Map and re-run ${number(waiting)}`) : msg('对照', 'Map')}</cm-button
              >`
          : html`<cm-button slot="actions" variant=${done ? 'primary' : ''} @click=${() => {
              this.busy = false;
              this.#close();
            }}>${msg('关闭', 'Close')}</cm-button>`
      }
    </cm-dialog>`;
  }
}

define('cm-map-dialog', CmMapDialog);
