import { html, nothing } from 'lit';
import { type ApiFault, toApiFault } from '../../api/fault.ts';
import { Intent } from '../../api/request.ts';
import { msg } from '../../state/language.ts';
import { base } from '../../tokens/base.styles.ts';
import { CmElement, define } from '../element/element.ts';
import '../field/select.element.ts';
import type { Option } from '../field/select.element.ts';
import '../field/textarea.element.ts';
import type { IconName } from '../icon/icons.ts';
import '../notice/notice.element.ts';
import './dialog.element.ts';
import { styles } from './dialog.styles.ts';

export interface Answer {
  readonly reason: string;
  readonly choice: string;
  readonly text: string;
  /** Idempotency key: the same while the same answer is sent again after a lost reply. */
  readonly key: string;
}

export interface Question {
  readonly heading: string;
  readonly text?: string;
  readonly action: string;
  readonly icon?: IconName;
  readonly danger?: boolean;
  readonly reason?: 'required' | 'optional';
  /** Common reasons, one press each. */
  readonly reasons?: readonly string[];
  readonly choice?: { readonly label: string; readonly options: readonly Option[] };
  /** Text to edit, with its label. */
  readonly edit?: { readonly label: string; readonly value: string };
  readonly width?: string;
  /** Does it. The dialog stays open, with the fault shown, where this throws; return to close. */
  readonly run: (answer: Answer) => Promise<void>;
}

/**
 * Asks before something is done: reason, choice, a second "I am sure" where it is dangerous. Called by `ask`.
 */
export class CmConfirm extends CmElement {
  declare question: Question | undefined;
  declare reason: string;
  declare choice: string;
  declare text: string;
  declare sure: boolean;
  declare busy: boolean;
  declare fault: ApiFault | undefined;
  #intent = new Intent();
  static override properties = {
    question: { state: true },
    reason: { state: true },
    choice: { state: true },
    text: { state: true },
    sure: { state: true },
    busy: { state: true },
    fault: { state: true },
  };
  static override styles = [base, styles];

  ask(question: Question): void {
    this.question = question;
    this.reason = '';
    this.choice = question.choice?.options[0]?.value ?? '';
    this.text = question.edit?.value ?? '';
    this.sure = false;
    this.busy = false;
    this.fault = undefined;
    this.#intent = new Intent();
  }

  #close(): void {
    if (!this.busy) this.question = undefined;
  }

  get #ready(): boolean {
    const q = this.question;
    if (q === undefined || this.busy) return false;
    if (q.reason === 'required' && this.reason.trim() === '') return false;
    return !q.danger || this.sure;
  }

  async #run(): Promise<void> {
    const q = this.question;
    if (q === undefined || !this.#ready) return;
    this.busy = true;
    this.fault = undefined;
    const content = { reason: this.reason.trim(), choice: this.choice, text: this.text };
    try {
      await q.run({ ...content, key: this.#intent.key(content) });
      this.busy = false;
      this.question = undefined;
    } catch (error) {
      const fault = toApiFault(error);
      // A definite refusal settles the intent; after a lost answer the same press means the same thing.
      if (fault.status >= 400 && fault.status < 500) this.#intent.settle();
      this.fault = fault;
      this.busy = false;
    }
  }

  override render() {
    const q = this.question;
    if (q === undefined) return nothing;
    return html`<cm-dialog
      open
      heading=${q.heading}
      icon=${q.icon ?? (q.danger ? 'alert' : 'info')}
      width=${q.width ?? ''}
      ?danger=${q.danger ?? false}
      @cm-close=${(e: Event) => {
        e.stopPropagation();
        this.#close();
      }}
    >
      ${q.text ? html`<p>${q.text}</p>` : nothing}
      ${
        q.edit
          ? html`<cm-textarea
              mono
              rows="12"
              label=${q.edit.label}
              .value=${this.text}
              @cm-input=${(e: CustomEvent<{ value: string }>) => (this.text = e.detail.value)}
            ></cm-textarea>`
          : nothing
      }
      ${
        q.choice
          ? html`<cm-select
              label=${q.choice.label}
              .options=${q.choice.options}
              .value=${this.choice}
              @cm-input=${(e: CustomEvent<{ value: string }>) => (this.choice = e.detail.value)}
            ></cm-select>`
          : nothing
      }
      ${q.reason ? this.#reason(q) : nothing}
      ${
        q.danger
          ? html`<label class="sure"
              ><input
                type="checkbox"
                .checked=${this.sure}
                @change=${(e: Event) => (this.sure = (e.target as HTMLInputElement).checked)}
              />${msg('我确认执行，此操作不可撤销', 'I am sure; this cannot be undone')}</label
            >`
          : nothing
      }
      ${this.fault ? html`<cm-notice .fault=${this.fault}></cm-notice>` : nothing}
      <cm-button slot="actions" ?disabled=${this.busy} @click=${() => this.#close()}>${msg('返回', 'Back')}</cm-button>
      <cm-button
        slot="actions"
        variant=${q.danger ? 'danger-solid' : 'primary'}
        ?disabled=${!this.#ready}
        ?busy=${this.busy}
        @click=${() => void this.#run()}
        >${q.action}</cm-button
      >
    </cm-dialog>`;
  }

  #reason(q: Question) {
    return html`<div>
      <cm-textarea
        label=${msg('原因', 'Reason')}
        ?required=${q.reason === 'required'}
        placeholder=${msg('写入审计记录，他人可见', 'Kept in the audit trail and shown to others')}
        .value=${this.reason}
        @cm-input=${(e: CustomEvent<{ value: string }>) => (this.reason = e.detail.value)}
      ></cm-textarea>
      ${
        q.reasons?.length
          ? html`<div class="common">
              ${q.reasons.map((r) => html`<cm-button small @click=${() => (this.reason = r)}>${r}</cm-button>`)}
            </div>`
          : nothing
      }
    </div>`;
  }
}

define('cm-confirm', CmConfirm);
