import { css, html, nothing } from 'lit';
import {
  type DefinitionCheckResult,
  definitionCheck,
  publicationPolicyGet,
  publicationSubmit,
} from '../../api/client.generated.ts';
import { type ApiFault, toApiFault } from '../../api/fault.ts';
import type { Caller } from '../../api/http.ts';
import { Intent } from '../../api/request.ts';
import '../../components/button/button.element.ts';
import '../../components/dialog/dialog.element.ts';
import { CmElement, define } from '../../components/element/element.ts';
import '../../components/field/textarea.element.ts';
import '../../components/notice/notice.element.ts';
import '../../components/skeleton/skeleton.element.ts';
import { toast } from '../../components/toast/toast.element.ts';
import { msg } from '../../state/language.ts';
import { base } from '../../tokens/base.styles.ts';
import { checkStyles, checksView } from './studio-checks.ts';
import { diffStyles, diffView } from './studio-diff.ts';

interface Subject {
  readonly text: string;
  readonly baseVersion: number;
  readonly inForce: string;
}

/**
 * Before a text comes into force: what changes, how all samples of what it touches run, and a word on why. Opened by `show`.
 * @prop http
 * @fires cm-done - published, or handed to a second person
 */
export class CmStudioPublish extends CmElement {
  declare http: Caller | undefined;
  declare subject: Subject | undefined;
  declare found: DefinitionCheckResult | undefined;
  declare second: boolean;
  declare note: string;
  declare busy: boolean;
  declare fault: ApiFault | undefined;
  #intent = new Intent();
  static override properties = {
    http: { attribute: false },
    subject: { state: true },
    found: { state: true },
    second: { state: true },
    note: { state: true },
    busy: { state: true },
    fault: { state: true },
  };
  static override styles = [
    base,
    diffStyles,
    checkStyles,
    css`
      .body {
        display: grid;
        gap: 12px;
      }
      .diff {
        max-height: 240px;
        border: 1px solid var(--cm-line);
        border-radius: var(--cm-radius-m);
      }
      .row {
        display: flex;
        flex-wrap: wrap;
        gap: 8px;
      }
    `,
  ];

  constructor() {
    super();
    this.second = false;
    this.note = '';
    this.busy = false;
  }

  show(subject: Subject): void {
    this.subject = subject;
    this.found = undefined;
    this.fault = undefined;
    this.note = '';
    this.#intent = new Intent();
    void this.#check(subject);
  }

  async #check({ text }: Subject): Promise<void> {
    if (!this.http) return;
    try {
      const [found, policy] = await Promise.all([
        definitionCheck(this.http, { texts: [text] }),
        publicationPolicyGet(this.http, {}),
      ]);
      this.found = found;
      this.second = policy.secondPerson;
    } catch (error) {
      this.fault = toApiFault(error);
    }
  }

  async #run(): Promise<void> {
    const { http, subject } = this;
    if (!http || !subject) return;
    this.busy = true;
    this.fault = undefined;
    const { text, baseVersion } = subject;
    const params = { items: [{ text, baseVersion }], note: this.note };
    try {
      const { state } = await publicationSubmit(http, params, { key: this.#intent.key(params) });
      this.subject = undefined;
      toast(
        state === 'PENDING'
          ? msg('已提交，等待第二人批准', 'Submitted; a second person approves')
          : msg('已发布并生效', 'Published and in force'),
      );
      this.fire('cm-done');
    } catch (error) {
      this.fault = toApiFault(error);
      if (this.fault.status >= 400 && this.fault.status < 500) this.#intent.settle();
    }
    this.busy = false;
  }

  override render() {
    const { subject, found } = this;
    if (!subject) return nothing;
    const red = found?.checks.some((c) => c.state === 'red') ?? false;
    const wrong = (found?.problems.length ?? 0) > 0;
    return html`<cm-dialog
      open
      icon="check"
      width="860px"
      heading=${msg('发布新版本', 'Publish a new version')}
      @cm-close=${() => (this.subject = undefined)}
    >
      <div class="body">
        ${diffView(subject.inForce, subject.text)}
        ${found ? checksView(found.checks) : this.fault ? nothing : html`<cm-skeleton lines="4"></cm-skeleton>`}
        ${wrong ? html`<cm-notice tone="bad" heading=${msg('定义有错误，先改正', 'The text has mistakes; mend them first')}></cm-notice>` : nothing}
        ${
          red
            ? html`<cm-notice tone="bad" heading=${msg('有样例未通过，不能发布', 'Red samples: it cannot be published')}
                >${msg('改正定义；若新结果正确，在“样例”中接受它。', 'Mend the text; where the new result is right, accept it under Samples.')}</cm-notice
              >`
            : nothing
        }
        ${this.second ? html`<cm-notice tone="info" heading=${msg('本机构须第二人批准后生效', 'A second person approves before it is in force')}></cm-notice>` : nothing}
        <cm-textarea
          label=${msg('本版本的改动', 'What this version changes')}
          .value=${this.note}
          @cm-input=${(e: CustomEvent<{ value: string }>) => (this.note = e.detail.value)}
        ></cm-textarea>
        ${this.fault ? html`<cm-notice .fault=${this.fault}></cm-notice>` : nothing}
      </div>
      <cm-button slot="actions" ?disabled=${this.busy} @click=${() => (this.subject = undefined)}>${msg('返回', 'Back')}</cm-button>
      <cm-button
        slot="actions"
        variant="primary"
        ?busy=${this.busy}
        ?disabled=${!found || red || wrong}
        @click=${() => void this.#run()}
        >${this.second ? msg('提交批准', 'Submit for approval') : msg('发布', 'Publish')}</cm-button
      >
    </cm-dialog>`;
  }
}

define('cm-studio-publish', CmStudioPublish);
