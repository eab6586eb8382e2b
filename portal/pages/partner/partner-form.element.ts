import { css, html, nothing } from 'lit';
import { CmElement, define } from '../../components/element/element.ts';
import '../../components/field/field.element.ts';
import '../../components/field/select.element.ts';
import { msg, say } from '../../state/language.ts';
import { base } from '../../tokens/base.styles.ts';
import { type Field, fieldProblem, type Template } from './partner-words.ts';

/** What was filled in; secrets stay in the page until they are stored. */
export interface Filled {
  readonly partner: string;
  readonly title: string;
  readonly titleEn: string;
  readonly values: Readonly<Record<string, string>>;
  readonly secrets: Readonly<Record<string, string>>;
}

/**
 * The fields of a template, with help, defaults and what is wrong.
 * @prop template, filled
 * @prop problems - reason by field
 * @fires cm-filled - `{ filled }`
 */
export class CmPartnerForm extends CmElement {
  declare template: Template | undefined;
  declare filled: Filled;
  declare problems: Readonly<Record<string, string>>;
  static override properties = {
    template: { attribute: false },
    filled: { attribute: false },
    problems: { attribute: false },
  };
  static override styles = [
    base,
    css`
      .fields {
        display: grid;
        grid-template-columns: repeat(auto-fill, minmax(min(300px, 100%), 1fr));
        gap: var(--cm-space-4) var(--cm-space-5);
        align-items: start;
      }
      h3 {
        grid-column: 1 / -1;
        margin: 8px 0 0;
        font-size: 15px;
      }
      label.yes {
        display: grid;
        grid-template-columns: auto 1fr;
        gap: 2px 10px;
        align-items: start;
        min-height: var(--cm-control);
        padding: 8px 0;
        cursor: pointer;
      }
      label.yes input {
        width: 18px;
        height: 18px;
        margin: 2px 0 0;
        accent-color: var(--cm-accent);
      }
      label.yes small {
        grid-column: 2;
        color: var(--cm-text-3);
      }
    `,
  ];

  constructor() {
    super();
    this.filled = { partner: '', title: '', titleEn: '', values: {}, secrets: {} };
    this.problems = {};
  }

  #set(change: Partial<Filled>): void {
    this.filled = { ...this.filled, ...change };
    this.fire('cm-filled', { filled: this.filled });
  }

  #text(name: 'partner' | 'title' | 'titleEn', label: string, hint: string, required: boolean) {
    return html`<cm-field
      label=${label}
      hint=${hint}
      error=${this.problems[name] ?? ''}
      name=${name}
      ?required=${required}
      .value=${this.filled[name]}
      @cm-input=${(e: CustomEvent<{ value: string }>) => this.#set({ [name]: e.detail.value })}
    ></cm-field>`;
  }

  #field(field: Field) {
    const { name, kind } = field;
    const secret = kind === 'secret';
    const value =
      (secret ? this.filled.secrets : this.filled.values)[name] ??
      (secret ? '' : String(field.default ?? ''));
    const take = (text: string): void =>
      this.#set(
        secret
          ? { secrets: { ...this.filled.secrets, [name]: text } }
          : { values: { ...this.filled.values, [name]: text } },
      );
    const label = say(field.title);
    const help = field.help ? say(field.help) : '';
    if (kind === 'yesno')
      return html`<label class="yes"
        ><input type="checkbox" name=${name} .checked=${value === 'true'} @change=${(e: Event) => take(String((e.target as HTMLInputElement).checked))} />
        <span>${label}</span>${help ? html`<small>${help}</small>` : nothing}</label
      >`;
    const problem = this.problems[name];
    const error = problem ? fieldProblem(field, problem) : '';
    if (kind === 'choice')
      return html`<cm-select
        label=${label}
        hint=${help}
        error=${error}
        ?required=${field.required ?? false}
        .options=${(field.choices ?? []).map((c) => ({ value: c.value, label: say(c.title) }))}
        .value=${value}
        @cm-input=${(e: CustomEvent<{ value: string }>) => take(e.detail.value)}
      ></cm-select>`;
    return html`<cm-field
      label=${label}
      hint=${help}
      error=${error}
      name=${name}
      type=${secret ? 'password' : 'text'}
      autocomplete=${secret ? 'new-password' : 'off'}
      placeholder=${field.example ?? ''}
      ?required=${field.required ?? false}
      .value=${value}
      @cm-input=${(e: CustomEvent<{ value: string }>) => take(e.detail.value)}
    ></cm-field>`;
  }

  override render() {
    if (!this.template) return nothing;
    return html`<div class="fields">
      <h3>${msg('对方', 'Partner')}</h3>
      ${this.#text('title', msg('名称', 'Name'), '', true)}
      ${this.#text('titleEn', msg('英文名称', 'Name in English'), msg('可不填', 'May be left empty'), false)}
      ${this.#text('partner', msg('短名', 'Short name'), msg('小写字母、数字、短横；各定义以它开头', 'Lower case letters, digits, hyphens; all codes begin with it'), true)}
      <h3>${msg('连接与内容', 'Connection and contents')}</h3>
      ${this.template.fields.map((field) => this.#field(field))}
    </div>`;
  }
}

define('cm-partner-form', CmPartnerForm);
