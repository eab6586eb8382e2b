import { css, html, nothing } from 'lit';
import { auditEntryArchive, auditEntryVerify } from '../../api/client.generated.ts';
import { type ApiFault, toApiFault } from '../../api/fault.ts';
import type { Http } from '../../api/http.ts';
import '../../components/button/button.element.ts';
import '../../components/dialog/dialog.element.ts';
import { CmElement, define } from '../../components/element/element.ts';
import '../../components/field/field.element.ts';
import '../../components/notice/notice.element.ts';
import { msg } from '../../state/language.ts';
import { number } from '../../state/time.ts';
import { base } from '../../tokens/base.styles.ts';

interface Verifying {
  readonly checked: number;
  readonly total: number;
  readonly brokenAt: number | null;
  readonly ok: boolean;
  readonly done: boolean;
}

const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

/**
 * Proof of the trail: the chain recomputed with its progress, and signed archives to take away.
 * @prop http
 * @attr may-verify, may-export
 */
export class CmAuditProof extends CmElement {
  declare http: Http | undefined;
  declare mayVerify: boolean;
  declare mayExport: boolean;
  declare verifying: Verifying | undefined;
  declare exporting: boolean;
  declare busy: boolean;
  declare from: string;
  declare to: string;
  declare taken: string;
  declare fault: ApiFault | undefined;
  #stopped = false;
  static override properties = {
    http: { attribute: false },
    mayVerify: { type: Boolean, attribute: 'may-verify' },
    mayExport: { type: Boolean, attribute: 'may-export' },
    verifying: { state: true },
    exporting: { state: true },
    busy: { state: true },
    from: { state: true },
    to: { state: true },
    taken: { state: true },
    fault: { state: true },
  };
  static override styles = [
    base,
    css`
      :host {
        display: flex;
        flex-wrap: wrap;
        gap: var(--cm-space-2);
      }
      progress {
        width: 100%;
        height: 10px;
        accent-color: var(--cm-accent);
      }
      .dates {
        display: grid;
        grid-template-columns: repeat(auto-fit, minmax(160px, 1fr));
        gap: var(--cm-space-3);
        margin: var(--cm-space-3) 0;
      }
    `,
  ];

  constructor() {
    super();
    this.mayVerify = false;
    this.mayExport = false;
    this.exporting = false;
    this.busy = false;
    this.taken = '';
    this.to = dayOf(Date.now() + 86_400_000);
    this.from = dayOf(Date.now() - 30 * 86_400_000);
  }

  async #verify(): Promise<void> {
    if (this.http === undefined) return;
    this.#stopped = false;
    this.fault = undefined;
    this.verifying = { checked: 0, total: 0, brokenAt: null, ok: true, done: false };
    let from = 1;
    try {
      while (!this.#stopped && this.verifying && !this.verifying.done) {
        const part = await auditEntryVerify(this.http, { from });
        from = part.next;
        this.verifying = { ...part, checked: part.next - 1 };
      }
    } catch (error) {
      this.fault = toApiFault(error);
    }
  }

  async #archive(): Promise<void> {
    if (this.http === undefined || this.busy) return;
    this.busy = true;
    this.fault = undefined;
    try {
      const made = await auditEntryArchive(this.http, {
        from: new Date(`${this.from}T00:00:00`).toISOString(),
        to: new Date(`${this.to}T00:00:00`).toISOString(),
      });
      const bytes = Uint8Array.from(atob(made.content), (c) => c.charCodeAt(0));
      const link = document.createElement('a');
      link.href = URL.createObjectURL(new Blob([bytes], { type: made.mediaType }));
      link.download = made.file;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
      this.taken = msg(`已导出 ${number(made.count)} 条`, `${number(made.count)} entries exported`);
    } catch (error) {
      this.fault = toApiFault(error);
    }
    this.busy = false;
  }

  override render() {
    return html`${
      this.mayVerify
        ? html`<cm-button icon="check" @click=${() => void this.#verify()}>${msg('验证审计链', 'Verify the chain')}</cm-button>`
        : nothing
    }
    ${
      this.mayExport
        ? html`<cm-button icon="outgoing" @click=${() => (this.exporting = true)}>${msg('导出归档', 'Export an archive')}</cm-button>`
        : nothing
    }
    ${this.verifying ? this.#progress(this.verifying) : nothing} ${this.exporting ? this.#choice() : nothing}`;
  }

  #progress(v: Verifying) {
    return html`<cm-dialog
      open
      icon=${v.ok ? 'check' : 'alert'}
      ?danger=${!v.ok}
      heading=${msg('验证审计链', 'Verify the chain')}
      @cm-close=${() => {
        this.#stopped = true;
        this.verifying = undefined;
      }}
    >
      ${this.fault ? html`<cm-notice .fault=${this.fault}></cm-notice>` : nothing}
      <progress max=${Math.max(1, v.total)} value=${v.checked} aria-label=${msg('进度', 'Progress')}></progress>
      <p class="num" role="status">
        ${
          v.brokenAt !== null
            ? msg(
                `第 ${number(v.brokenAt)} 条不符：该处被修改、删除或插入。请立即报告安全管理员。`,
                `Entry ${number(v.brokenAt)} does not verify: something was changed, removed or inserted there. Tell the security administrator at once.`,
              )
            : v.done
              ? msg(
                  `全部 ${number(v.total)} 条完整，未被改动。`,
                  `All ${number(v.total)} entries are whole and unchanged.`,
                )
              : msg(
                  `已核对 ${number(v.checked)} / ${number(v.total)} 条…`,
                  `${number(v.checked)} of ${number(v.total)} recomputed …`,
                )
        }
      </p>
    </cm-dialog>`;
  }

  #choice() {
    const wrong = this.from >= this.to;
    return html`<cm-dialog
      open
      icon="outgoing"
      heading=${msg('导出签名归档', 'Export a signed archive')}
      @cm-close=${() => {
        this.exporting = false;
        this.taken = '';
        this.fault = undefined;
      }}
    >
      ${this.fault ? html`<cm-notice .fault=${this.fault}></cm-notice>` : nothing}
      ${this.taken ? html`<cm-notice tone="good" heading=${this.taken}></cm-notice>` : nothing}
      <p class="muted">
        ${msg(
          '归档含每条记录、其哈希与整体签名，个人信息保持加密。导出本身也会被记录。',
          'It holds each entry with its hash and one signature over all; personal data stays encrypted. That you take it is recorded.',
        )}
      </p>
      <div class="dates">
        <cm-field
          type="date"
          label=${msg('起', 'From')}
          .value=${this.from}
          @cm-input=${(e: CustomEvent<{ value: string }>) => (this.from = e.detail.value)}
        ></cm-field>
        <cm-field
          type="date"
          label=${msg('止（不含）', 'Until (not included)')}
          .value=${this.to}
          error=${wrong ? msg('须晚于起始日期', 'has to be later than the first day') : ''}
          @cm-input=${(e: CustomEvent<{ value: string }>) => (this.to = e.detail.value)}
        ></cm-field>
      </div>
      <cm-button slot="actions" variant="primary" ?busy=${this.busy} ?disabled=${wrong} @click=${() => void this.#archive()}
        >${msg('导出', 'Export')}</cm-button
      >
    </cm-dialog>`;
  }
}

define('cm-audit-proof', CmAuditProof);
