import { css, html, nothing } from 'lit';
import { type CodeEntry, codeEntryMap } from '../../api/client.generated.ts';
import { type ApiFault, toApiFault } from '../../api/fault.ts';
import type { Http } from '../../api/http.ts';
import { Intent } from '../../api/request.ts';
import '../../components/button/button.element.ts';
import '../../components/dialog/dialog.element.ts';
import { CmElement, define } from '../../components/element/element.ts';
import '../../components/field/field.element.ts';
import '../../components/notice/notice.element.ts';
import { msg } from '../../state/language.ts';
import { absoluteTime } from '../../state/time.ts';
import { base } from '../../tokens/base.styles.ts';

const blank = { from: '', to: '', note: '', owner: '', validFrom: '', validUntil: '' };

/** `2026-11-23T09:05` of an instant, in the zone of the person; empty for none. */
const local = (iso: string | null): string => (iso ? absoluteTime(iso).slice(0, 16).replace(' ', 'T') : '');
const instant = (text: string): string | null => (text === '' ? null : new Date(text).toISOString());

/**
 * Adds or changes one pair of a code table.
 * @prop http
 * @fires cm-done
 */
export class CmEntryDialog extends CmElement {
  declare http: Http | undefined;
  declare table: string;
  declare known: boolean;
  declare form: typeof blank | undefined;
  declare busy: boolean;
  declare fault: ApiFault | undefined;
  static override properties = {
    http: { attribute: false },
    table: { state: true },
    known: { state: true },
    form: { state: true },
    busy: { state: true },
    fault: { state: true },
  };
  readonly #intent = new Intent();
  static override styles = [
    base,
    css`
      .fields {
        display: grid;
        grid-template-columns: 1fr 1fr;
        gap: var(--cm-space-4);
      }
      .wide {
        grid-column: 1 / -1;
      }
      @media (max-width: 560px) {
        .fields {
          grid-template-columns: 1fr;
        }
      }
    `,
  ];

  show(table: string, entry?: CodeEntry): void {
    this.table = table;
    this.known = entry !== undefined;
    this.form = entry
      ? { ...entry, validFrom: local(entry.validFrom), validUntil: local(entry.validUntil) }
      : { ...blank };
    this.busy = false;
    this.fault = undefined;
  }

  async #run(): Promise<void> {
    const { form, http, table } = this;
    if (!form || !http) return;
    this.busy = true;
    this.fault = undefined;
    const { from, to, note, owner } = form;
    const span = { validFrom: instant(form.validFrom), validUntil: instant(form.validUntil) };
    const params = { table, from: from.trim(), to: to.trim(), note, owner, ...span };
    try {
      await codeEntryMap(http, params, { key: this.#intent.key(params) });
      this.fire('cm-done');
      this.form = undefined;
    } catch (error) {
      this.fault = toApiFault(error);
    }
    this.busy = false;
  }

  #field(
    name: keyof typeof blank,
    label: string,
    more: { type?: string; hint?: string; required?: boolean; disabled?: boolean } = {},
  ) {
    return html`<cm-field
      label=${label}
      type=${more.type ?? 'text'}
      hint=${more.hint ?? ''}
      ?required=${more.required ?? false}
      ?disabled=${more.disabled ?? false}
      .value=${this.form?.[name] ?? ''}
      @cm-input=${(e: CustomEvent<{ value: string }>) => {
        if (this.form) this.form = { ...this.form, [name]: e.detail.value };
      }}
    ></cm-field>`;
  }

  override render() {
    const { form } = this;
    if (!form) return nothing;
    return html`<cm-dialog
      open
      icon="edit"
      heading=${this.known ? msg('修改对照', 'Change a pair') : msg('新增对照', 'Add a pair')}
      @cm-close=${(e: Event) => {
        e.stopPropagation();
        if (!this.busy) this.form = undefined;
      }}
    >
      <div class="fields">
        ${this.#field('from', msg('源代码', 'Source code'), { required: true, disabled: this.known })}
        ${this.#field('to', msg('目标代码', 'Target code'), { required: true })}
        ${this.#field('validFrom', msg('生效时间', 'Valid from'), { type: 'datetime-local', hint: msg('空为立即', 'Empty: at once') })}
        ${this.#field('validUntil', msg('失效时间', 'Valid until'), { type: 'datetime-local', hint: msg('空为不失效', 'Empty: for ever') })}
        ${this.#field('owner', msg('责任人', 'Owner'))}
        ${this.#field('note', msg('说明', 'Note'))}
        ${this.fault ? html`<cm-notice class="wide" .fault=${this.fault}></cm-notice>` : nothing}
      </div>
      <cm-button slot="actions" ?disabled=${this.busy} @click=${() => (this.form = undefined)}>${msg('返回', 'Back')}</cm-button>
      <cm-button slot="actions" variant="primary" ?busy=${this.busy} ?disabled=${form.from.trim() === ''} @click=${() => void this.#run()}>${msg('保存', 'Save')}</cm-button>
    </cm-dialog>`;
  }
}

define('cm-entry-dialog', CmEntryDialog);
