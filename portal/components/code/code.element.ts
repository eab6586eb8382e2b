import { css, html, nothing, type PropertyValues } from 'lit';
import { msg } from '../../state/language.ts';
import { base } from '../../tokens/base.styles.ts';
import { CmElement, define } from '../element/element.ts';
import '../skeleton/skeleton.element.ts';
import type { CodeProblem, Offer, OfferContext } from './code-types.ts';
import type { CodeView } from './code-view.ts';

/**
 * An editor of YAML. Ctrl+S and Ctrl+Enter are asked of the page, F8 goes to the next problem.
 * @attr value, label, readonly
 * @prop problems - `{ line, column, message }[]`
 * @prop offers - what may be written at a place
 * @fires cm-input - `{ value }`
 * @fires cm-ask - `{ what: 'save' | 'publish' }`
 */
export class CmCode extends CmElement {
  declare value: string;
  declare label: string;
  declare readonly: boolean;
  declare problems: readonly CodeProblem[];
  declare offers: (at: OfferContext) => readonly Offer[];
  declare failed: boolean;
  #view: CodeView | undefined;
  static override properties = {
    value: {},
    label: {},
    readonly: { type: Boolean },
    problems: { attribute: false },
    offers: { attribute: false },
    failed: { state: true },
  };
  static override styles = [
    base,
    css`
      :host {
        display: block;
        min-height: 0;
        overflow: hidden;
      }
      .room {
        height: 100%;
      }
      textarea {
        width: 100%;
        height: 100%;
        padding: 12px;
        border: 0;
        background: var(--cm-surface);
        font: 12.5px/1.65 var(--cm-mono);
        resize: none;
      }
    `,
  ];

  constructor() {
    super();
    this.value = '';
    this.label = '';
    this.readonly = false;
    this.problems = [];
    this.offers = () => [];
    this.failed = false;
  }

  nextProblem(): void {
    this.#view?.nextProblem();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#view?.destroy();
    this.#view = undefined;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    if (this.hasUpdated) void this.#open();
  }

  protected override firstUpdated(): void {
    void this.#open();
  }

  async #open(): Promise<void> {
    try {
      const { openCode } = await import('./code-view.ts');
      const parent = this.renderRoot.querySelector<HTMLElement>('.room');
      if (!parent || this.#view || !this.isConnected) return;
      parent.replaceChildren();
      this.#view = openCode({
        parent,
        root: this.renderRoot as ShadowRoot,
        text: this.value,
        label: this.label,
        changed: (value) => {
          if (value === this.value) return;
          this.value = value;
          this.fire('cm-input', { value });
        },
        offers: (at) => this.offers(at),
        asked: (what) => this.fire('cm-ask', { what }),
      });
      this.#view.readOnly(this.readonly);
      this.#tell();
    } catch {
      // The chunk did not come: a plain field still edits.
      this.failed = true;
    }
  }

  protected override updated(changed: PropertyValues): void {
    if (changed.has('value')) this.#view?.set(this.value);
    if (changed.has('readonly')) this.#view?.readOnly(this.readonly);
    if (changed.has('problems') || changed.has('value')) this.#tell();
  }

  #tell(): void {
    this.#view?.problems(this.problems);
  }

  override render() {
    if (this.failed)
      return html`<textarea
        aria-label=${this.label || msg('内容', 'Text')}
        spellcheck="false"
        ?readonly=${this.readonly}
        .value=${this.value}
        @input=${(e: Event) => {
          this.value = (e.target as HTMLTextAreaElement).value;
          this.fire('cm-input', { value: this.value });
        }}
      ></textarea>`;
    return html`<div class="room">${this.#view ? nothing : html`<cm-skeleton lines="10"></cm-skeleton>`}</div>`;
  }
}

define('cm-code', CmCode);
