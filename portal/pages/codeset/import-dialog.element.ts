import { css, html, nothing } from 'lit';
import { type CodeTable, type CodeTableImportResult, codeTableImport } from '../../api/client.generated.ts';
import { type ApiFault, toApiFault } from '../../api/fault.ts';
import type { Http } from '../../api/http.ts';
import { uuid } from '../../api/request.ts';
import '../../components/badge/badge.element.ts';
import '../../components/button/button.element.ts';
import '../../components/dialog/dialog.element.ts';
import { CmElement, define } from '../../components/element/element.ts';
import '../../components/field/textarea.element.ts';
import '../../components/notice/notice.element.ts';
import { msg } from '../../state/language.ts';
import { number } from '../../state/time.ts';
import { base } from '../../tokens/base.styles.ts';

/**
 * Takes lines pasted from a spreadsheet, or a CSV file, into a code table: tells first what would change.
 * @prop http
 * @fires cm-done
 */
export class CmImportDialog extends CmElement {
  declare http: Http | undefined;
  declare table: CodeTable | undefined;
  declare text: string;
  declare told: CodeTableImportResult | undefined;
  declare busy: boolean;
  declare fault: ApiFault | undefined;
  static override properties = {
    http: { attribute: false },
    table: { state: true },
    text: { state: true },
    told: { state: true },
    busy: { state: true },
    fault: { state: true },
  };
  static override styles = [
    base,
    css`
      .fields {
        display: grid;
        gap: var(--cm-space-3);
      }
      .row {
        display: flex;
        flex-wrap: wrap;
        gap: 8px;
      }
      ul {
        max-height: 160px;
        margin: 0;
        padding-left: 18px;
        overflow: auto;
      }
      p {
        margin: 0;
        color: var(--cm-text-2);
      }
    `,
  ];

  show(table: CodeTable): void {
    this.table = table;
    this.text = '';
    this.told = undefined;
    this.busy = false;
    this.fault = undefined;
  }

  async #run(check: boolean): Promise<void> {
    const { http, table } = this;
    if (!http || !table) return;
    this.busy = true;
    this.fault = undefined;
    try {
      this.told = await codeTableImport(http, { id: table.id, text: this.text, check }, { key: uuid() });
      if (!check) {
        this.fire('cm-done');
        this.table = undefined;
      }
    } catch (error) {
      this.fault = toApiFault(error);
    }
    this.busy = false;
  }

  #file(event: Event): void {
    const file = (event.target as HTMLInputElement).files?.[0];
    void file?.text().then((text) => {
      this.text = text;
      this.told = undefined;
    });
  }

  #problem(kind: string): string {
    return (
      {
        columns: msg('缺少目标代码一列', 'has no second column'),
        source: msg('源代码为空或过长', 'the source code is empty or too long'),
        target: msg('目标代码过长', 'the target code is too long'),
        note: msg('说明过长', 'the note is too long'),
        twice: msg('与前面的行重复', 'stands there twice'),
      }[kind] ?? kind
    );
  }

  override render() {
    const { told } = this;
    if (!this.table) return nothing;
    const changes = told ? told.added + told.changed : 0;
    return html`<cm-dialog
      open
      width="640px"
      icon="incoming"
      heading=${msg('导入代码对照', 'Import pairs')}
      @cm-close=${(e: Event) => {
        e.stopPropagation();
        if (!this.busy) this.table = undefined;
      }}
    >
      <div class="fields">
        <p>${msg('从表格软件复制粘贴，或选择 CSV 文件：源代码、目标代码、说明。表中没有的对照保持不变。', 'Paste from a spreadsheet or choose a CSV file: source code, target code, note. Pairs that are not in it stay.')}</p>
        <input type="file" accept=".csv,.tsv,.txt,text/csv" aria-label=${msg('CSV 文件', 'CSV file')} @change=${(e: Event) => this.#file(e)} />
        <cm-textarea mono rows="10" label=${msg('内容', 'Lines')} .value=${this.text} @cm-input=${(
          e: CustomEvent<{ value: string }>,
        ) => {
          this.text = e.detail.value;
          this.told = undefined;
        }}></cm-textarea>
        ${
          told
            ? html`<div class="row" role="status">
                  <cm-badge tone="good">${msg(`新增 ${number(told.added)}`, `${number(told.added)} new`)}</cm-badge>
                  <cm-badge tone="info">${msg(`修改 ${number(told.changed)}`, `${number(told.changed)} changed`)}</cm-badge>
                  <cm-badge tone="neutral">${msg(`不变 ${number(told.same)}`, `${number(told.same)} the same`)}</cm-badge>
                  ${told.problems.length ? html`<cm-badge tone="bad">${msg(`${told.problems.length} 行有误`, `${told.problems.length} lines are wrong`)}</cm-badge>` : nothing}
                </div>
                ${told.problems.length ? html`<ul>${told.problems.map((p) => html`<li>${msg(`第 ${p.line} 行：`, `Line ${p.line} `)}${this.#problem(p.kind)}</li>`)}</ul>` : nothing}`
            : nothing
        }
        ${this.fault ? html`<cm-notice .fault=${this.fault}></cm-notice>` : nothing}
      </div>
      <cm-button slot="actions" ?disabled=${this.busy || this.text.trim() === ''} @click=${() => void this.#run(true)}>${msg('检查', 'Check')}</cm-button>
      <cm-button slot="actions" variant="primary" ?busy=${this.busy} ?disabled=${!told || told.problems.length > 0 || changes === 0} @click=${() => void this.#run(false)}
        >${msg(`导入 ${number(changes)} 条`, `Import ${number(changes)}`)}</cm-button
      >
    </cm-dialog>`;
  }
}

define('cm-import-dialog', CmImportDialog);
