import { css, html, nothing } from 'lit';
import { type AuditEntryGetResult, auditEntryGet } from '../../api/client.generated.ts';
import { type ApiFault, toApiFault } from '../../api/fault.ts';
import type { Http } from '../../api/http.ts';
import '../../components/badge/badge.element.ts';
import '../../components/button/button.element.ts';
import '../../components/dialog/dialog.element.ts';
import { CmElement, define } from '../../components/element/element.ts';
import '../../components/notice/notice.element.ts';
import '../../components/skeleton/skeleton.element.ts';
import '../../components/time/time.element.ts';
import { msg, say } from '../../state/language.ts';
import { base } from '../../tokens/base.styles.ts';
import { actionWord, openable, recordWord } from './audit-words.ts';

/**
 * One entry of the trail with its values before and after, side by side. Opened by `show`.
 * @prop http
 * @fires cm-open - `{ kind, id }`: the record it is about
 * @fires cm-narrow - `{ field, value }`: entries of the same person or request
 * @fires cm-close
 */
export class CmAuditEntry extends CmElement {
  declare http: Http | undefined;
  declare entryId: string;
  declare found: AuditEntryGetResult | undefined;
  declare fault: ApiFault | undefined;
  static override properties = {
    http: { attribute: false },
    entryId: { state: true },
    found: { state: true },
    fault: { state: true },
  };
  static override styles = [
    base,
    css`
      dl {
        display: grid;
        grid-template-columns: max-content 1fr;
        gap: 6px 16px;
        margin: 0 0 16px;
      }
      dt {
        color: var(--cm-text-3);
      }
      dd {
        margin: 0;
        min-width: 0;
        overflow-wrap: anywhere;
      }
      table {
        width: 100%;
        border-collapse: collapse;
        table-layout: fixed;
      }
      th {
        padding: 6px 10px;
        text-align: start;
        color: var(--cm-text-3);
        font-size: var(--cm-size-s);
        font-weight: 600;
        border-bottom: 1px solid var(--cm-line);
      }
      th:first-child {
        width: 26%;
      }
      td {
        padding: 7px 10px;
        vertical-align: top;
        overflow-wrap: anywhere;
        border-bottom: 1px solid var(--cm-line);
      }
      .was {
        color: var(--cm-bad-text, inherit);
        text-decoration: line-through;
        text-decoration-color: var(--cm-text-3);
      }
      .now {
        font-weight: 600;
      }
      @media (max-width: 560px) {
        dl {
          grid-template-columns: 1fr;
          gap: 2px;
        }
        dd {
          margin-bottom: 8px;
        }
      }
    `,
  ];

  constructor() {
    super();
    this.entryId = '';
  }

  show(id: string): void {
    this.entryId = id;
    this.found = undefined;
    void this.#load();
  }

  async #load(): Promise<void> {
    if (this.http === undefined) return;
    this.fault = undefined;
    try {
      this.found = await auditEntryGet(this.http, { id: this.entryId });
    } catch (error) {
      this.fault = toApiFault(error);
    }
  }

  #close(): void {
    this.entryId = '';
    this.fire('cm-close');
  }

  override render() {
    if (this.entryId === '') return nothing;
    return html`<cm-dialog
      open
      icon="eye"
      width="760px"
      heading=${this.found ? actionWord(this.found.entry.action) : msg('审计记录', 'Audit entry')}
      @cm-close=${() => this.#close()}
    >
      ${this.fault ? html`<cm-notice .fault=${this.fault} retry @cm-retry=${() => void this.#load()}></cm-notice>` : nothing}
      ${this.found ? this.#shown(this.found) : this.fault ? nothing : html`<cm-skeleton lines="6"></cm-skeleton>`}
      ${this.found ? this.#ways(this.found.entry) : nothing}
      ${
        this.found && openable.has(this.found.entry.record)
          ? html`<cm-button
              slot="actions"
              @click=${() => this.fire('cm-open', { kind: this.found!.entry.record, id: this.found!.entry.recordId })}
              >${msg(`打开${recordWord(this.found.entry.record)}`, `Open the ${recordWord(this.found.entry.record).toLowerCase()}`)}</cm-button
            >`
          : nothing
      }
    </cm-dialog>`;
  }

  #narrow(field: 'actor' | 'requestId', value: string): void {
    this.fire('cm-narrow', { field, value });
    this.#close();
  }

  #ways(entry: AuditEntryGetResult['entry']) {
    return html`<cm-button slot="actions" variant="ghost" @click=${() => this.#narrow('requestId', entry.requestId)}
        >${msg('同一请求', 'Same request')}</cm-button
      >
      <cm-button slot="actions" variant="ghost" @click=${() => this.#narrow('actor', entry.actor)}
        >${msg('同一操作人', 'Same person')}</cm-button
      >`;
  }

  #shown({ entry, changes, hash }: AuditEntryGetResult) {
    const changed = changes.some((c) => c.before !== null);
    return html`<dl>
        <dt>${msg('时间', 'Time')}</dt>
        <dd><cm-time mode="full" ms value=${entry.at}></cm-time></dd>
        <dt>${msg('操作人', 'Person')}</dt>
        <dd>${entry.actorName} <span class="muted mono">${entry.actorName === entry.actor ? '' : entry.actor}</span></dd>
        <dt>${msg('对象', 'Object')}</dt>
        <dd>${recordWord(entry.record)} <span class="muted mono">${entry.recordId}</span></dd>
        ${entry.reason ? html`<dt>${msg('原因', 'Reason')}</dt><dd>${entry.reason}</dd>` : nothing}
        ${entry.station ? html`<dt>${msg('终端', 'Station')}</dt><dd class="mono">${entry.station}</dd>` : nothing}
        <dt>${msg('请求编号', 'Request id')}</dt>
        <dd class="mono">${entry.requestId}</dd>
        <dt>${msg('封存', 'Sealed')}</dt>
        <dd>
          ${
            entry.seq === null
              ? html`<cm-badge tone="info">${msg('等待封存', 'Waiting')}</cm-badge>`
              : html`<cm-badge tone="good">#${entry.seq}</cm-badge> <span class="muted mono">${hash.slice(0, 16)}…</span>`
          }
        </dd>
      </dl>
      ${
        changes.length === 0
          ? html`<p class="muted">${msg('没有改变任何值', 'No value was changed')}</p>`
          : html`<table>
              <thead>
                <tr>
                  <th scope="col">${msg('字段', 'Field')}</th>
                  ${changed ? html`<th scope="col">${msg('之前', 'Before')}</th>` : nothing}
                  <th scope="col">${changed ? msg('之后', 'After') : msg('值', 'Value')}</th>
                </tr>
              </thead>
              <tbody>
                ${changes.map(
                  (c) =>
                    html`<tr>
                      <td>${say(c.title)}</td>
                      ${changed ? html`<td>${c.before === null ? html`<span class="muted">—</span>` : html`<span class="was">${c.before}</span>`}</td>` : nothing}
                      <td>
                        ${c.after === null ? html`<span class="muted">—</span>` : html`<span class="now">${c.after}</span>`}
                        ${c.personal ? html`<span class="muted">${msg('个人信息', 'personal data')}</span>` : nothing}
                      </td>
                    </tr>`,
                )}
              </tbody>
            </table>`
      }`;
  }
}

define('cm-audit-entry', CmAuditEntry);
