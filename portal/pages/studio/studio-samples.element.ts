import { css, html, nothing } from 'lit';
import {
  type DefinitionCheckResult,
  definitionCheck,
  type GoldenSampleListResult,
  goldenSampleAccept,
  goldenSampleCreate,
  goldenSampleVoid,
} from '../../api/client.generated.ts';
import { type ApiFault, toApiFault } from '../../api/fault.ts';
import type { Caller } from '../../api/http.ts';
import '../../components/badge/badge.element.ts';
import '../../components/button/button.element.ts';
import '../../components/dialog/confirm.element.ts';
import type { CmConfirm } from '../../components/dialog/confirm.element.ts';
import { CmElement, define } from '../../components/element/element.ts';
import '../../components/notice/notice.element.ts';
import type { Column } from '../../components/table/column.ts';
import '../../components/table/table.element.ts';
import { toast } from '../../components/toast/toast.element.ts';
import { msg } from '../../state/language.ts';
import { bytes } from '../../state/time.ts';
import { base } from '../../tokens/base.styles.ts';
import { base64Of, base64OfBytes } from './base64.ts';

type Sample = GoldenSampleListResult['items'][number];

/**
 * Samples of a definition: run with the text that is typed, accept results, add from a file or a text, void.
 * @prop http, samples, text
 * @attr code, operable
 * @fires cm-changed
 * @fires cm-try - `{ id }`: to be shown beside the text
 */
export class CmStudioSamples extends CmElement {
  declare http: Caller | undefined;
  declare samples: readonly Sample[];
  declare text: string;
  declare code: string;
  declare operable: boolean;
  declare checks: DefinitionCheckResult['checks'] | undefined;
  declare busy: boolean;
  declare fault: ApiFault | undefined;
  static override properties = {
    http: { attribute: false },
    samples: { attribute: false },
    text: { attribute: false },
    code: {},
    operable: { type: Boolean },
    checks: { state: true },
    busy: { state: true },
    fault: { state: true },
  };
  static override styles = [
    base,
    css`
      :host {
        display: block;
      }
      .bar {
        display: flex;
        flex-wrap: wrap;
        gap: 8px;
        padding: 12px;
      }
      .row {
        display: flex;
        flex-wrap: wrap;
        gap: 4px 8px;
        justify-content: flex-end;
      }
      input {
        display: none;
      }
      .sub {
        display: block;
        color: var(--cm-text-3);
        font-size: var(--cm-size-xs);
        overflow-wrap: anywhere;
      }
      cm-notice {
        margin: 0 12px 12px;
      }
    `,
  ];

  constructor() {
    super();
    this.samples = [];
    this.text = '';
    this.code = '';
    this.operable = false;
    this.busy = false;
  }

  async #run(): Promise<void> {
    if (!this.http) return;
    this.busy = true;
    this.fault = undefined;
    try {
      const { checks, problems } = await definitionCheck(this.http, { texts: [this.text] });
      this.checks = checks;
      const [wrong] = problems;
      if (wrong) toast(`${wrong.line}:${wrong.column} ${wrong.path} ${wrong.reason}`, 'bad');
    } catch (error) {
      this.fault = toApiFault(error);
    }
    this.busy = false;
  }

  get #confirm(): CmConfirm | null {
    return this.renderRoot.querySelector<CmConfirm>('cm-confirm');
  }

  #accept(sample: Sample): void {
    this.#confirm?.ask({
      heading: msg('接受当前结果为期望', 'Accept the present result'),
      text: sample.shipped
        ? msg(
            '将为本机构另存一份，随产品提供的样例不变。',
            'The organisation gets a copy of its own; the shipped sample stays.',
          )
        : msg('此后结果不同即视为未通过。', 'From now on another result is red.'),
      action: msg('接受', 'Accept'),
      reason: 'optional',
      run: async ({ reason, key }) => {
        const params = { id: sample.id, texts: [this.text], ...(reason ? { reason } : {}) };
        await goldenSampleAccept(this.http!, params, { key });
        this.#changed();
      },
    });
  }

  #void(sample: Sample): void {
    this.#confirm?.ask({
      heading: msg(`作废样例“${sample.name}”`, `Void “${sample.name}”`),
      action: msg('作废', 'Void'),
      danger: true,
      reason: 'required',
      run: async ({ reason, key }) => {
        await goldenSampleVoid(this.http!, { id: sample.id, reason }, { key });
        this.#changed();
      },
    });
  }

  #add(content: string, name = ''): void {
    this.#confirm?.ask({
      heading: msg('新建样例', 'New sample'),
      text: msg(
        '姓名、号码与电话自动替换；确需保留时写明原因。',
        'Names, numbers and phones are replaced; give a reason where they must stay.',
      ),
      action: msg('新建', 'Create'),
      reason: 'optional',
      ...(content === '' ? { edit: { label: msg('消息', 'Message'), value: '' }, width: '720px' } : {}),
      run: async ({ reason, text, key }) => {
        const params = {
          definition: this.code,
          bytes: content === '' ? base64Of(text) : content,
          ...(name ? { name: name.slice(0, 80) } : {}),
          ...(reason ? { keep: reason } : {}),
        };
        await goldenSampleCreate(this.http!, params, { key });
        this.#changed();
      },
    });
  }

  async #file(event: Event): Promise<void> {
    const input = event.target as HTMLInputElement;
    const file = input.files?.[0];
    input.value = '';
    if (!file) return;
    if (file.size > 1_000_000) {
      toast(msg('文件超过 1 MB', 'The file is larger than 1 MB'), 'bad');
      return;
    }
    this.#add(base64OfBytes(new Uint8Array(await file.arrayBuffer())), file.name);
  }

  #changed(): void {
    this.checks = undefined;
    toast(msg('已执行', 'Done'));
    this.fire('cm-changed');
  }

  override render() {
    return html`<div class="bar">
        <cm-button variant="primary" icon="play" ?busy=${this.busy} @click=${() => void this.#run()}>${msg('用当前定义运行全部', 'Run all with the text as typed')}</cm-button>
        ${
          this.operable
            ? html`<cm-button icon="edit" @click=${() => this.#add('')}>${msg('粘贴消息', 'Paste a message')}</cm-button>
                <cm-button icon="incoming" @click=${() => this.renderRoot.querySelector('input')?.click()}>${msg('上传文件', 'Upload a file')}</cm-button>
                <input type="file" aria-label=${msg('样例文件', 'Sample file')} @change=${(e: Event) => void this.#file(e)} />`
            : nothing
        }
      </div>
      ${this.fault ? html`<cm-notice .fault=${this.fault}></cm-notice>` : nothing}
      <cm-table
        label=${msg('样例', 'Samples')}
        .columns=${this.#columns()}
        .rows=${this.samples}
        empty-text=${msg('还没有样例', 'No samples yet')}
        empty-hint=${msg('从消息页或线路抓取一键取得', 'Take one from a message or a wire capture in one click')}
      ></cm-table>
      <cm-confirm></cm-confirm>`;
  }

  #columns(): Column<Sample>[] {
    const origins = {
      message: msg('消息', 'Message'),
      capture: msg('线路抓取', 'Wire capture'),
      upload: msg('上传', 'Upload'),
      import: msg('导入', 'Import'),
    };
    return [
      {
        key: 'name',
        title: msg('名称', 'Name'),
        card: 'head',
        cell: (s) => html`<b>${s.name}</b>${s.note ? html`<span class="sub">${s.note}</span>` : nothing}`,
      },
      { key: 'state', title: msg('结果', 'Result'), width: '230px', cell: (s) => this.#state(s) },
      {
        key: 'origin',
        title: msg('来源', 'From'),
        width: '130px',
        from: 'medium',
        cell: (s) => (s.shipped ? msg('随产品', 'Shipped') : origins[s.origin as keyof typeof origins]),
      },
      {
        key: 'pseudonymised',
        title: msg('个人信息', 'Personal data'),
        width: '110px',
        from: 'wide',
        cell: (s) =>
          s.pseudonymised
            ? msg('已替换', 'Replaced')
            : html`<cm-badge tone="warn" plain>${msg('保留', 'Kept')}</cm-badge>`,
      },
      {
        key: 'size',
        title: msg('大小', 'Size'),
        align: 'end',
        width: '90px',
        from: 'wide',
        cell: (s) => bytes(s.size),
      },
      {
        key: 'verbs',
        title: '',
        width: '250px',
        cell: (s) =>
          html`<div class="row">
            <cm-button small @click=${() => this.fire('cm-try', { id: s.id })}>${msg('查看', 'Show')}</cm-button>
            ${
              this.operable
                ? html`<cm-button small @click=${() => this.#accept(s)}>${msg('接受结果', 'Accept')}</cm-button>
                    ${s.shipped ? nothing : html`<cm-button small variant="danger" @click=${() => this.#void(s)}>${msg('作废', 'Void')}</cm-button>`}`
                : nothing
            }
          </div>`,
      },
    ];
  }

  #state(sample: Sample) {
    const check = this.checks?.find((c) => c.name === sample.name && c.definition === sample.definition);
    if (!check)
      return sample.expects
        ? msg('有期望', 'Has an expectation')
        : html`<cm-badge tone="neutral" plain>${msg('尚无期望', 'Nothing expected')}</cm-badge>`;
    const tone = { green: 'good', red: 'bad', unset: 'neutral' }[check.state];
    const word = {
      green: msg('通过', 'Green'),
      red: msg('未通过', 'Red'),
      unset: msg('尚无期望', 'Nothing expected'),
    }[check.state];
    return html`<cm-badge tone=${tone}>${word}</cm-badge>${
      check.differences.length
        ? html`<span class="sub mono">${check.differences
            .slice(0, 3)
            .map((d) => d.path)
            .join(', ')}</span>`
        : nothing
    }`;
  }
}

define('cm-studio-samples', CmStudioSamples);
