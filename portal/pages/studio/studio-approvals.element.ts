import { css, html, nothing, type PropertyValues } from 'lit';
import {
  type Publication,
  type PublicationGetResult,
  publicationApprove,
  publicationGet,
  publicationList,
  publicationPolicyGet,
  publicationPolicySet,
  publicationReject,
  publicationWithdraw,
} from '../../api/client.generated.ts';
import { type ApiFault, toApiFault } from '../../api/fault.ts';
import type { Caller } from '../../api/http.ts';
import '../../components/badge/badge.element.ts';
import '../../components/button/button.element.ts';
import '../../components/dialog/confirm.element.ts';
import type { CmConfirm } from '../../components/dialog/confirm.element.ts';
import '../../components/dialog/dialog.element.ts';
import { CmElement, define } from '../../components/element/element.ts';
import '../../components/notice/notice.element.ts';
import type { Column } from '../../components/table/column.ts';
import '../../components/table/table.element.ts';
import '../../components/time/time.element.ts';
import { toast } from '../../components/toast/toast.element.ts';
import { msg } from '../../state/language.ts';
import { base } from '../../tokens/base.styles.ts';
import { checkStyles, checksView } from './studio-checks.ts';
import { diffStyles, diffView } from './studio-diff.ts';

const states = {
  PENDING: { tone: 'warn', text: () => msg('待批准', 'Waiting') },
  PUBLISHED: { tone: 'good', text: () => msg('已发布', 'Published') },
  REJECTED: { tone: 'bad', text: () => msg('已驳回', 'Rejected') },
  WITHDRAWN: { tone: 'neutral', text: () => msg('已撤回', 'Withdrawn') },
} as const;

/**
 * Publications of a definition, or of all: waiting ones are read with their differences and samples, then approved or rejected by
 * another person.
 * @prop http
 * @attr code - of one definition; empty: all
 * @attr user - id of the person
 * @attr operable, governs
 * @fires cm-changed
 */
export class CmStudioApprovals extends CmElement {
  declare http: Caller | undefined;
  declare code: string;
  declare user: string;
  declare operable: boolean;
  declare governs: boolean;
  declare rows: readonly Publication[];
  declare shown: PublicationGetResult | undefined;
  declare secondPerson: boolean;
  declare fault: ApiFault | undefined;
  static override properties = {
    http: { attribute: false },
    code: {},
    user: {},
    operable: { type: Boolean },
    governs: { type: Boolean },
    rows: { state: true },
    shown: { state: true },
    secondPerson: { state: true },
    fault: { state: true },
  };
  static override styles = [
    base,
    diffStyles,
    checkStyles,
    css`
      :host {
        display: block;
      }
      .bar,
      .row {
        display: flex;
        align-items: center;
        flex-wrap: wrap;
        gap: 8px 12px;
      }
      .bar {
        padding: 12px;
      }
      .push {
        margin-left: auto;
      }
      .body {
        display: grid;
        gap: 12px;
      }
      .diff {
        max-height: 320px;
        border: 1px solid var(--cm-line);
        border-radius: var(--cm-radius-m);
      }
      h3 {
        margin: 0;
        font-size: var(--cm-size-s);
      }
    `,
  ];

  constructor() {
    super();
    this.code = '';
    this.user = '';
    this.operable = false;
    this.governs = false;
    this.rows = [];
    this.secondPerson = false;
  }

  protected override willUpdate(changed: PropertyValues): void {
    if ((changed.has('code') || changed.has('http')) && this.http) void this.load();
  }

  async load(): Promise<void> {
    if (!this.http) return;
    try {
      const filter = this.code ? { filter: { code: this.code } } : {};
      const [list, policy] = await Promise.all([
        publicationList(this.http, { ...filter, sort: '-createdAt', pageSize: 50 }),
        publicationPolicyGet(this.http, {}),
      ]);
      this.rows = list.items;
      this.secondPerson = policy.secondPerson;
      this.fault = undefined;
    } catch (error) {
      this.fault = toApiFault(error);
    }
  }

  async #open(id: string): Promise<void> {
    try {
      this.shown = await publicationGet(this.http!, { id });
    } catch (error) {
      this.fault = toApiFault(error);
    }
  }

  get #confirm(): CmConfirm | null {
    return this.renderRoot.querySelector<CmConfirm>('cm-confirm');
  }

  #decide(verb: 'approve' | 'reject' | 'withdraw', { id }: Publication): void {
    const words = {
      approve: msg('批准并发布', 'Approve and publish'),
      reject: msg('驳回', 'Reject'),
      withdraw: msg('撤回', 'Withdraw'),
    };
    this.#confirm?.ask({
      heading: words[verb],
      action: words[verb],
      icon: verb === 'approve' ? 'check' : 'close',
      reason: verb === 'reject' ? 'required' : 'optional',
      run: async ({ reason, key }) => {
        const http = this.http!;
        if (verb === 'reject') await publicationReject(http, { id, reason }, { key });
        else if (verb === 'approve') await publicationApprove(http, { id, reason }, { key });
        else await publicationWithdraw(http, { id, reason }, { key });
        this.shown = undefined;
        toast(msg('已执行', 'Done'));
        await this.load();
        this.fire('cm-changed');
      },
    });
  }

  #policy(): void {
    const next = !this.secondPerson;
    this.#confirm?.ask({
      heading: next
        ? msg('发布须第二人批准', 'Publishing needs a second person')
        : msg('一人即可发布', 'One person publishes alone'),
      action: msg('更改', 'Change'),
      reason: 'required',
      run: async ({ reason, key }) => {
        await publicationPolicySet(this.http!, { secondPerson: next, reason }, { key });
        await this.load();
      },
    });
  }

  override render() {
    return html`<div class="bar">
        <span>${
          this.secondPerson
            ? msg('本机构的发布须第二人批准', 'A second person approves publications here')
            : msg('本机构一人即可发布', 'One person publishes alone here')
        }</span>
        ${this.governs ? html`<cm-button small class="push" icon="lock" @click=${() => this.#policy()}>${msg('更改规则', 'Change the policy')}</cm-button>` : nothing}
      </div>
      ${this.fault ? html`<cm-notice .fault=${this.fault} retry @cm-retry=${() => void this.load()}></cm-notice>` : nothing}
      <cm-table
        activable
        label=${msg('发布', 'Publications')}
        .columns=${this.#columns()}
        .rows=${this.rows}
        empty-text=${msg('还没有发布', 'No publications yet')}
        @cm-activate=${(e: CustomEvent<{ row: Publication }>) => void this.#open(e.detail.row.id)}
      ></cm-table>
      ${this.shown ? this.#dialog(this.shown) : nothing}
      <cm-confirm></cm-confirm>`;
  }

  #columns(): Column<Publication>[] {
    return [
      {
        key: 'code',
        title: msg('定义', 'Definition'),
        card: 'head',
        cell: (p) =>
          html`<b class="mono">${p.code}</b>${p.items.length > 1 ? msg(` 等 ${p.items.length} 个`, ` and ${p.items.length - 1} more`) : nothing}`,
      },
      {
        key: 'state',
        title: msg('状态', 'State'),
        width: '120px',
        card: 'corner',
        cell: (p) => html`<cm-badge tone=${states[p.state].tone}>${states[p.state].text()}</cm-badge>`,
      },
      { key: 'note', title: msg('改动', 'Change'), cell: (p) => p.note },
      {
        key: 'createdAt',
        title: msg('提交', 'Submitted'),
        width: '200px',
        from: 'medium',
        cell: (p) => html`<cm-time value=${p.createdAt}></cm-time> · ${p.createdBy}`,
      },
      {
        key: 'decidedAt',
        title: msg('决定', 'Decided'),
        width: '220px',
        from: 'wide',
        cell: (p) =>
          p.decidedAt ? html`<cm-time value=${p.decidedAt}></cm-time> · ${p.decidedBy} ${p.reason}` : '',
      },
    ];
  }

  #dialog({ publication, inForce, checks }: PublicationGetResult) {
    const pending = publication.state === 'PENDING';
    const own = publication.createdBy === this.user;
    return html`<cm-dialog
      open
      icon="edit"
      width="900px"
      heading=${msg(`发布 ${publication.code}`, `Publication of ${publication.code}`)}
      @cm-close=${() => (this.shown = undefined)}
    >
      <div class="body">
        <div class="row">
          <cm-badge tone=${states[publication.state].tone}>${states[publication.state].text()}</cm-badge>
          <span class="muted"><cm-time mode="both" value=${publication.createdAt}></cm-time> · ${publication.createdBy}</span>
        </div>
        ${publication.note ? html`<div>${publication.note}</div>` : nothing}
        ${publication.items.map(
          (item, i) => html`<section>
            <h3 class="mono">${item.code}</h3>
            ${pending ? diffView(inForce[i] ?? '', item.text) : html`<pre class="diff">${item.text}</pre>`}
          </section>`,
        )}
        ${pending ? checksView(checks) : nothing}
        ${pending && own ? html`<cm-notice tone="info" heading=${msg('由您提交，须另一人批准', 'You submitted it; another person approves')}></cm-notice>` : nothing}
      </div>
      ${
        pending && this.operable
          ? own
            ? html`<cm-button slot="actions" @click=${() => this.#decide('withdraw', publication)}>${msg('撤回', 'Withdraw')}</cm-button>`
            : html`<cm-button slot="actions" variant="danger" @click=${() => this.#decide('reject', publication)}>${msg('驳回', 'Reject')}</cm-button>
                <cm-button slot="actions" variant="primary" icon="check" @click=${() => this.#decide('approve', publication)}>${msg('批准并发布', 'Approve and publish')}</cm-button>`
          : html`<cm-button slot="actions" @click=${() => (this.shown = undefined)}>${msg('关闭', 'Close')}</cm-button>`
      }
    </cm-dialog>`;
  }
}

define('cm-studio-approvals', CmStudioApprovals);
