import { css, html, nothing } from 'lit';
import { unsafeHTML } from 'lit/directives/unsafe-html.js';
import {
  type UserBeginFactorResult,
  userBeginFactor,
  userConfirmFactor,
  userDropFactor,
} from '../../api/client.generated.ts';
import { type ApiFault, toApiFault } from '../../api/fault.ts';
import type { Http } from '../../api/http.ts';
import '../../components/badge/badge.element.ts';
import '../../components/button/button.element.ts';
import { CmElement, define } from '../../components/element/element.ts';
import '../../components/field/field.element.ts';
import '../../components/notice/notice.element.ts';
import { msg } from '../../state/language.ts';
import { base, surfaces } from '../../tokens/base.styles.ts';

/**
 * Sets up, renews or takes away the second factor.
 * @prop http
 * @attr set - one is in force
 * @attr needed - a role asks for one
 * @attr codes - recovery codes left
 * @fires cm-changed
 */
export class CmSecondFactor extends CmElement {
  declare http: Http | undefined;
  declare set: boolean;
  declare needed: boolean;
  declare codes: number;
  declare step: '' | 'begin' | 'scan' | 'codes' | 'drop';
  declare password: string;
  declare code: string;
  declare begun: UserBeginFactorResult | undefined;
  declare recovery: readonly string[];
  declare fault: ApiFault | undefined;
  declare busy: boolean;
  static override properties = {
    http: { attribute: false },
    set: { type: Boolean },
    needed: { type: Boolean },
    codes: { type: Number },
    step: { state: true },
    password: { state: true },
    code: { state: true },
    begun: { state: true },
    recovery: { state: true },
    fault: { state: true },
    busy: { state: true },
  };
  static override styles = [
    base,
    surfaces,
    css`
      p {
        margin: 0 0 var(--cm-space-4);
      }
      .pair {
        display: flex;
        flex-wrap: wrap;
        align-items: end;
        gap: var(--cm-space-3);
      }
      .pair cm-field {
        flex: 0 1 260px;
      }
      .scan {
        display: flex;
        flex-wrap: wrap;
        gap: var(--cm-space-5);
        align-items: flex-start;
      }
      .qr {
        width: 190px;
        padding: 10px;
        border-radius: var(--cm-radius-m);
        background: #fff;
      }
      .qr svg {
        display: block;
        width: 100%;
        height: auto;
      }
      .scan > div:last-child {
        flex: 1 1 280px;
      }
      ol {
        display: grid;
        grid-template-columns: repeat(auto-fit, minmax(130px, 1fr));
        gap: 8px 20px;
        margin: 0 0 var(--cm-space-4);
        padding-left: 1.4em;
        font-family: var(--cm-mono);
      }
    `,
  ];

  constructor() {
    super();
    this.set = false;
    this.needed = false;
    this.codes = 0;
    this.busy = false;
    this.recovery = [];
    this.#reset();
  }

  #reset(): void {
    this.step = '';
    this.password = '';
    this.code = '';
    this.begun = undefined;
    this.fault = undefined;
  }

  async #run(work: (http: Http) => Promise<void>): Promise<void> {
    if (this.busy || !this.http) return;
    this.busy = true;
    this.fault = undefined;
    try {
      await work(this.http);
    } catch (error) {
      this.fault = toApiFault(error);
    }
    this.busy = false;
  }

  #begin = () =>
    this.#run(async (http) => {
      this.begun = await userBeginFactor(http, { password: this.password });
      this.step = 'scan';
      this.password = '';
    });

  #confirm = () =>
    this.#run(async (http) => {
      const { recoveryCodes } = await userConfirmFactor(http, { code: this.code.trim() });
      this.#reset();
      this.recovery = recoveryCodes;
      this.step = 'codes';
    });

  #drop = () =>
    this.#run(async (http) => {
      await userDropFactor(http, { password: this.password, code: this.code.trim() });
      this.#reset();
      this.fire('cm-changed');
    });

  #field(name: 'password' | 'code', label: string, done: () => Promise<void>) {
    return html`<cm-field
      name=${name}
      type=${name === 'password' ? 'password' : 'text'}
      autocomplete=${name === 'password' ? 'current-password' : 'one-time-code'}
      label=${label}
      .value=${this[name]}
      @cm-input=${(e: CustomEvent<{ value: string }>) => (this[name] = e.detail.value)}
      @keydown=${(e: KeyboardEvent) => e.key === 'Enter' && void done()}
    ></cm-field>`;
  }

  override render() {
    const badge = this.set
      ? html`<cm-badge tone="good">${msg('已启用', 'In force')}</cm-badge>`
      : html`<cm-badge tone=${this.needed ? 'bad' : 'neutral'}>${this.needed ? msg('须启用', 'Needed') : msg('未启用', 'Not set up')}</cm-badge>`;
    return html`<section class="card">
      <header><h2>${msg('双因素登录', 'Second factor')}</h2>${badge}</header>
      <div class="body">
        ${this.fault ? html`<cm-notice .fault=${this.fault}></cm-notice>` : nothing}
        ${this.step === 'scan' ? this.#scan() : this.step === 'codes' ? this.#shown() : this.#start()}
      </div>
    </section>`;
  }

  #start() {
    const text = this.set
      ? msg(
          `登录时除口令外还需验证码。剩余恢复码 ${this.codes} 个。`,
          `Signing in takes a code beside the password. ${this.codes} recovery codes are left.`,
        )
      : this.needed
        ? msg(
            '您的角色须使用双因素登录。设置完成后才能继续使用系统。',
            'One of your roles needs a second factor. You can go on once it is set up.',
          )
        : msg(
            '用手机上的认证应用（如 Microsoft Authenticator、微信小程序“身份验证器”）生成验证码，口令泄露时仍受保护。',
            'An authenticator app on your phone gives a code, so that a password alone does not open your account.',
          );
    if (this.step === 'begin' || this.step === 'drop') {
      const drop = this.step === 'drop';
      const done = drop ? this.#drop : this.#begin;
      return html`<p>${text}</p>
        <div class="pair">
          ${this.#field('password', msg('当前口令', 'Present password'), done)}
          ${drop ? this.#field('code', msg('验证码', 'Code'), done) : nothing}
          <cm-button
            variant=${drop ? 'danger' : 'primary'}
            ?busy=${this.busy}
            ?disabled=${this.password === '' || (drop && this.code === '')}
            @click=${() => void done()}
            >${drop ? msg('停用', 'Take it away') : msg('继续', 'Go on')}</cm-button
          >
          <cm-button variant="ghost" @click=${() => this.#reset()}>${msg('取消', 'Cancel')}</cm-button>
        </div>`;
    }
    return html`<p>${text}</p>
      <div class="pair">
        <cm-button variant=${this.set ? '' : 'primary'} @click=${() => (this.step = 'begin')}
          >${this.set ? msg('更换设备或恢复码', 'New device or recovery codes') : msg('设置双因素', 'Set it up')}</cm-button
        >
        ${
          this.set && !this.needed
            ? html`<cm-button variant="ghost" @click=${() => (this.step = 'drop')}>${msg('停用', 'Take it away')}</cm-button>`
            : nothing
        }
      </div>`;
  }

  #scan() {
    const { begun } = this;
    if (!begun) return nothing;
    return html`<div class="scan">
      <div class="qr" role="img" aria-label=${msg('二维码', 'QR code')}>${unsafeHTML(begun.qr)}</div>
      <div>
        <p>
          ${msg('1. 用认证应用扫描二维码，或手工输入密钥：', '1. Scan the code with your authenticator app, or type the secret:')}<br />
          <span class="mono">${begun.secret.replace(/(.{4})/g, '$1 ')}</span>
        </p>
        <p>${msg('2. 输入应用显示的 6 位数字：', '2. Enter the six digits it shows:')}</p>
        <div class="pair">
          ${this.#field('code', msg('验证码', 'Code'), this.#confirm)}
          <cm-button variant="primary" ?busy=${this.busy} ?disabled=${this.code.trim().length < 6} @click=${() => void this.#confirm()}
            >${msg('确认', 'Confirm')}</cm-button
          >
          <cm-button variant="ghost" @click=${() => this.#reset()}>${msg('取消', 'Cancel')}</cm-button>
        </div>
      </div>
    </div>`;
  }

  #shown() {
    return html`<cm-notice
        tone="good"
        heading=${msg('双因素已启用。请抄下恢复码，设备丢失时每个可用一次，离开本页后不再显示：', 'The second factor is in force. Write the recovery codes down: each stands in once for a lost device, and they are not shown again:')}
      ></cm-notice>
      <ol>
        ${this.recovery.map((code) => html`<li>${code}</li>`)}
      </ol>
      <cm-button
        variant="primary"
        @click=${() => {
          this.#reset();
          this.recovery = [];
          this.fire('cm-changed');
        }}
        >${msg('已保存', 'I have them')}</cm-button
      >`;
  }
}

define('cm-second-factor', CmSecondFactor);
