import { css, html, nothing, type PropertyValues } from 'lit';
import { type ApiFault, faultText } from '../api/fault.ts';
import { CmElement, define } from '../components/element/element.ts';
import '../components/field/field.element.ts';
import '../components/icon/icon.element.ts';
import '../components/notice/notice.element.ts';
import { language, msg } from '../state/language.ts';
import { base } from '../tokens/base.styles.ts';

export interface Given {
  readonly password: string;
  readonly code?: string;
  readonly newPassword?: string;
}

/** A refusal as people read it: being asked for more is no error. */
export const refusal = (fault: ApiFault) =>
  fault.code === 'user.factor.required' || fault.code === 'user.password.expired'
    ? html`<cm-notice tone="info" heading=${faultText(fault, language.value)}></cm-notice>`
    : html`<cm-notice .fault=${fault}></cm-notice>`;

/**
 * Password, and what the platform asks for beyond it once it was told so: the code of the second factor, a new password.
 * @prop fault - the refusal of the last try; it says what is asked for
 * @attr missing - shows what was left empty
 * @fires cm-given - `{ given }`, undefined while something is missing
 */
export class CmCredentials extends CmElement {
  declare fault: ApiFault | undefined;
  declare missing: boolean;
  declare password: string;
  declare code: string;
  declare fresh: string;
  declare again: string;
  declare caps: boolean;
  declare factor: boolean;
  declare renew: boolean;
  static override shadowRootOptions: ShadowRootInit = { mode: 'open', delegatesFocus: true };
  static override properties = {
    fault: { attribute: false },
    missing: { type: Boolean },
    password: { state: true },
    code: { state: true },
    fresh: { state: true },
    again: { state: true },
    caps: { state: true },
    factor: { state: true },
    renew: { state: true },
  };
  static override styles = [
    base,
    css`
      :host {
        display: grid;
        gap: var(--cm-space-4);
      }
      .caps {
        display: flex;
        align-items: center;
        gap: 6px;
        margin-top: 6px;
        color: var(--cm-warn-text, inherit);
        font-size: var(--cm-size-s);
      }
    `,
  ];

  constructor() {
    super();
    this.missing = false;
    this.caps = false;
    this.clear();
  }

  clear(): void {
    this.password = '';
    this.code = '';
    this.fresh = '';
    this.again = '';
    this.factor = false;
    this.renew = false;
  }

  /** Fills in a password, as the demo does. */
  fill(password: string): void {
    this.password = password;
    this.#tell();
  }

  protected override willUpdate(changed: PropertyValues): void {
    const code = changed.has('fault') ? this.fault?.code : undefined;
    if (code === undefined) return;
    if (code === 'user.factor.required' || code === 'user.factor.wrong') {
      this.factor = true;
      this.code = '';
    } else if (code === 'user.password.expired' || code === 'user.password.weak') this.renew = true;
    else this.clear();
    this.#tell();
    void this.updateComplete.then(() => {
      const name = this.factor && this.code === '' ? 'code' : this.renew ? 'fresh' : 'password';
      this.renderRoot.querySelector<HTMLElement>(`[name=${name}]`)?.focus();
    });
  }

  get given(): Given | undefined {
    if (this.password === '' || (this.factor && this.code.trim() === '')) return undefined;
    if (this.renew && (this.fresh === '' || this.fresh !== this.again)) return undefined;
    return {
      password: this.password,
      ...(this.factor ? { code: this.code.trim() } : {}),
      ...(this.renew ? { newPassword: this.fresh } : {}),
    };
  }

  #tell(): void {
    this.fire('cm-given', { given: this.given });
  }

  #take(name: 'password' | 'code' | 'fresh' | 'again') {
    return (e: CustomEvent<{ value: string }>) => {
      this[name] = e.detail.value;
      this.#tell();
    };
  }

  override render() {
    const asked = this.factor || this.renew;
    const empty = (value: string, text: string) => (this.missing && value === '' ? text : '');
    return html`<div>
        <cm-field
          name="password"
          type="password"
          autocomplete="current-password"
          ?disabled=${asked}
          label=${msg('口令', 'Password')}
          .value=${this.password}
          error=${empty(this.password, msg('请输入口令', 'Enter your password'))}
          @cm-input=${this.#take('password')}
          @cm-caps=${(e: CustomEvent<{ on: boolean }>) => (this.caps = e.detail.on)}
        ></cm-field>
        ${
          this.caps
            ? html`<div class="caps" role="status"><cm-icon name="alert"></cm-icon>${msg('大写锁定已打开', 'Caps lock is on')}</div>`
            : nothing
        }
      </div>
      ${
        this.factor
          ? html`<cm-field
              name="code"
              autocomplete="one-time-code"
              label=${msg('验证码', 'Code')}
              hint=${msg('认证应用中的 6 位数字，或一个恢复码', 'Six digits of your authenticator app, or a recovery code')}
              .value=${this.code}
              error=${empty(this.code, msg('请输入验证码', 'Enter the code'))}
              @cm-input=${this.#take('code')}
            ></cm-field>`
          : nothing
      }
      ${
        this.renew
          ? html`<cm-field
                name="fresh"
                type="password"
                autocomplete="new-password"
                label=${msg('新口令', 'New password')}
                hint=${msg('不少于 12 个字符，含大写、小写、数字、其他中的三类', 'At least 12 characters, three of: lower case, upper case, digits, others')}
                .value=${this.fresh}
                error=${empty(this.fresh, msg('请输入新口令', 'Enter a new password'))}
                @cm-input=${this.#take('fresh')}
              ></cm-field>
              <cm-field
                name="again"
                type="password"
                autocomplete="new-password"
                label=${msg('再次输入新口令', 'The new password again')}
                .value=${this.again}
                error=${this.again !== '' && this.again !== this.fresh ? msg('两次输入不同', 'The two differ') : ''}
                @cm-input=${this.#take('again')}
              ></cm-field>`
          : nothing
      }`;
  }
}

define('cm-credentials', CmCredentials);
