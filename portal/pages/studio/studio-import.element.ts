import { css, html, nothing } from 'lit';
import { type DefinitionImportResult, definitionImport } from '../../api/client.generated.ts';
import { type ApiFault, toApiFault } from '../../api/fault.ts';
import type { Caller } from '../../api/http.ts';
import { Intent } from '../../api/request.ts';
import '../../components/badge/badge.element.ts';
import '../../components/button/button.element.ts';
import '../../components/dialog/dialog.element.ts';
import { CmElement, define } from '../../components/element/element.ts';
import '../../components/notice/notice.element.ts';
import '../../components/skeleton/skeleton.element.ts';
import { toast } from '../../components/toast/toast.element.ts';
import { msg } from '../../state/language.ts';
import { base } from '../../tokens/base.styles.ts';
import { checkStyles, checksView } from './studio-checks.ts';

const what = {
  definition: () => msg('定义', 'Definition'),
  sample: () => msg('样例', 'Sample'),
  table: () => msg('代码表', 'Code table'),
};
const states = {
  new: { tone: 'info', text: () => msg('新增', 'New') },
  changed: { tone: 'warn', text: () => msg('变更', 'Changed') },
  same: { tone: 'neutral', text: () => msg('相同', 'Same') },
  kept: { tone: 'neutral', text: () => msg('保留现有', 'Kept as it is') },
} as const;

/**
 * Brings a file of definitions in: first what would change, then all at once. Opened by `show`.
 * @prop http
 * @fires cm-done
 */
export class CmStudioImport extends CmElement {
  declare http: Caller | undefined;
  declare name: string;
  declare found: DefinitionImportResult | undefined;
  declare busy: boolean;
  declare fault: ApiFault | undefined;
  #text = '';
  #intent = new Intent();
  static override properties = {
    http: { attribute: false },
    name: { state: true },
    found: { state: true },
    busy: { state: true },
    fault: { state: true },
  };
  static override styles = [
    base,
    checkStyles,
    css`
      .body {
        display: grid;
        gap: 12px;
      }
      .row {
        display: flex;
        flex-wrap: wrap;
        gap: 8px;
      }
      p {
        margin: 0;
        color: var(--cm-text-3);
      }
    `,
  ];

  constructor() {
    super();
    this.name = '';
    this.busy = false;
  }

  show(name: string, text: string): void {
    this.name = name;
    this.#text = text;
    this.found = undefined;
    this.fault = undefined;
    this.#intent = new Intent();
    void this.#run(true);
  }

  async #run(dryRun: boolean): Promise<void> {
    if (!this.http) return;
    this.busy = true;
    this.fault = undefined;
    const params = {
      text: this.#text,
      dryRun,
      note: msg(`导入 ${this.name}`, `Import of ${this.name}`).slice(0, 500),
    };
    try {
      const found = await definitionImport(this.http, params, { key: this.#intent.key(params) });
      if (dryRun) this.found = found;
      else {
        this.name = '';
        toast(
          found.state === 'PENDING'
            ? msg('已提交，等待第二人批准', 'Submitted; a second person approves')
            : msg('已导入', 'Imported'),
        );
        this.fire('cm-done');
      }
    } catch (error) {
      this.fault = toApiFault(error);
      if (this.fault.status >= 400 && this.fault.status < 500) this.#intent.settle();
    }
    this.busy = false;
  }

  override render() {
    if (this.name === '') return nothing;
    const { found } = this;
    const changes = found?.items.filter((i) => i.state === 'new' || i.state === 'changed') ?? [];
    const red = found?.checks.some((c) => c.state === 'red') ?? false;
    return html`<cm-dialog
      open
      icon="incoming"
      width="760px"
      heading=${msg(`导入 ${this.name}`, `Import ${this.name}`)}
      @cm-close=${() => (this.name = '')}
    >
      <div class="body">
        ${found ? this.#items(found) : this.fault ? nothing : html`<cm-skeleton lines="6"></cm-skeleton>`}
        ${found?.problems.map((p) => html`<cm-notice tone="bad" heading=${p.code}>${p.reason}</cm-notice>`)}
        ${found?.checks.length ? checksView(found.checks) : nothing}
        ${this.fault ? html`<cm-notice .fault=${this.fault}></cm-notice>` : nothing}
      </div>
      <cm-button slot="actions" @click=${() => (this.name = '')}>${msg('返回', 'Back')}</cm-button>
      <cm-button
        slot="actions"
        variant="primary"
        ?busy=${this.busy}
        ?disabled=${changes.length === 0 || red || (found?.problems.length ?? 0) > 0}
        @click=${() => void this.#run(false)}
        >${msg(`导入 ${changes.length} 项`, `Import ${changes.length} items`)}</cm-button
      >
    </cm-dialog>`;
  }

  #items({ items }: DefinitionImportResult) {
    return html`<p>${msg('试运行：以下是将发生的变化，尚未写入。', 'A dry run: this is what would change; nothing is written yet.')}</p>
      <ul class="checks">
        ${items.map(
          (i) => html`<li>
            <cm-badge tone=${states[i.state].tone} plain>${states[i.state].text()}</cm-badge>
            <span><span class="muted">${what[i.what]()}</span> <b class="mono">${i.code}</b></span>
          </li>`,
        )}
      </ul>`;
  }
}

define('cm-studio-import', CmStudioImport);
