import { css, html, nothing } from 'lit';
import {
  type UserAccountResult,
  userAccount,
  userChangePassword,
  userEndSession,
} from '../../api/client.generated.ts';
import { type ApiFault, toApiFault } from '../../api/fault.ts';
import '../../components/badge/badge.element.ts';
import '../../components/button/button.element.ts';
import { define } from '../../components/element/element.ts';
import '../../components/field/field.element.ts';
import '../../components/notice/notice.element.ts';
import '../../components/skeleton/skeleton.element.ts';
import '../../components/time/time.element.ts';
import { msg } from '../../state/language.ts';
import { base, surfaces } from '../../tokens/base.styles.ts';
import { PageElement } from '../page-element.ts';
import { deviceName } from './device-name.ts';
import './second-factor.element.ts';

/** One's own account: password, second factor, sessions. */
export class CytomeshAccount extends PageElement {
  declare account: UserAccountResult | undefined;
  declare fault: ApiFault | undefined;
  declare password: string;
  declare fresh: string;
  declare again: string;
  declare changed: boolean;
  declare passwordFault: ApiFault | undefined;
  declare busy: boolean;
  static override properties = {
    ...PageElement.properties,
    account: { state: true },
    fault: { state: true },
    password: { state: true },
    fresh: { state: true },
    again: { state: true },
    changed: { state: true },
    passwordFault: { state: true },
    busy: { state: true },
  };
  static override styles = [
    base,
    surfaces,
    css`
      .all {
        display: grid;
        gap: var(--cm-space-5);
        max-width: 860px;
      }
      .fields {
        display: grid;
        grid-template-columns: repeat(auto-fit, minmax(220px, 1fr));
        gap: var(--cm-space-4);
        margin-bottom: var(--cm-space-4);
      }
      ul {
        list-style: none;
        margin: 0;
        padding: 0;
      }
      li {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: var(--cm-space-2) var(--cm-space-4);
        padding: var(--cm-space-3) 0;
        border-bottom: 1px solid var(--cm-line);
      }
      li:last-child {
        border-bottom: 0;
      }
      li > div {
        flex: 1 1 260px;
        min-width: 0;
      }
    `,
  ];

  constructor() {
    super();
    this.password = '';
    this.fresh = '';
    this.again = '';
    this.changed = false;
    this.busy = false;
  }

  protected override async load(): Promise<void> {
    this.fault = undefined;
    try {
      this.account = await userAccount(this.http);
    } catch (error) {
      this.fault = toApiFault(error);
    }
  }

  async #change(): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    this.passwordFault = undefined;
    this.changed = false;
    try {
      await userChangePassword(this.http, { password: this.password, newPassword: this.fresh });
      this.password = '';
      this.fresh = '';
      this.again = '';
      this.changed = true;
      await this.load();
    } catch (error) {
      this.passwordFault = toApiFault(error);
    }
    this.busy = false;
  }

  async #end(session: string): Promise<void> {
    try {
      await userEndSession(this.http, { session });
      await this.load();
    } catch (error) {
      this.fault = toApiFault(error);
    }
  }

  protected override view() {
    if (this.fault)
      return html`<cm-notice .fault=${this.fault} retry @cm-retry=${() => void this.load()}></cm-notice>`;
    if (!this.account) return html`<cm-skeleton lines="8"></cm-skeleton>`;
    const { account } = this;
    return html`<div class="all">
      <cm-second-factor
        .http=${this.http}
        ?set=${account.secondFactor}
        ?needed=${account.secondFactorRequired}
        codes=${account.recoveryCodes}
        @cm-changed=${() => {
          void this.load();
          this.fire('cm-account');
        }}
      ></cm-second-factor>
      ${this.#passwordCard(account)} ${this.#sessions(account)}
    </div>`;
  }

  #passwordCard(account: UserAccountResult) {
    const differ = this.again !== '' && this.again !== this.fresh;
    return html`<section class="card">
      <header>
        <h2>${msg('口令', 'Password')}</h2>
        <span class="push muted"
          >${msg('上次修改', 'Last changed')} <cm-time value=${account.passwordChangedAt}></cm-time
        ></span>
      </header>
      <div class="body">
        ${this.passwordFault ? html`<cm-notice .fault=${this.passwordFault}></cm-notice>` : nothing}
        ${
          this.changed
            ? html`<cm-notice tone="good" heading=${msg('口令已修改，其他会话已结束', 'The password is changed; your other sessions have ended')}></cm-notice>`
            : nothing
        }
        <div class="fields">
          <cm-field
            type="password"
            autocomplete="current-password"
            label=${msg('当前口令', 'Present password')}
            .value=${this.password}
            @cm-input=${(e: CustomEvent<{ value: string }>) => (this.password = e.detail.value)}
          ></cm-field>
          <cm-field
            type="password"
            autocomplete="new-password"
            label=${msg('新口令', 'New password')}
            .value=${this.fresh}
            @cm-input=${(e: CustomEvent<{ value: string }>) => (this.fresh = e.detail.value)}
          ></cm-field>
          <cm-field
            type="password"
            autocomplete="new-password"
            label=${msg('再次输入新口令', 'The new password again')}
            .value=${this.again}
            error=${differ ? msg('两次输入不同', 'The two differ') : ''}
            @cm-input=${(e: CustomEvent<{ value: string }>) => (this.again = e.detail.value)}
          ></cm-field>
        </div>
        <cm-button
          variant="primary"
          ?busy=${this.busy}
          ?disabled=${this.password === '' || this.fresh === '' || this.fresh !== this.again}
          @click=${() => void this.#change()}
          >${msg('修改口令', 'Change the password')}</cm-button
        >
      </div>
    </section>`;
  }

  #sessions(account: UserAccountResult) {
    return html`<section class="card">
      <header><h2>${msg('登录的设备', 'Where you are signed in')}</h2></header>
      <div class="body">
        <ul>
          ${account.sessions.map(
            (s) =>
              html`<li>
                <div>
                  <b>${deviceName(s.agent)}</b> ${s.current ? html`<cm-badge tone="good">${msg('本设备', 'This one')}</cm-badge>` : nothing}
                  <div class="muted">
                    <span class="mono">${s.address}</span> · ${msg('登录', 'signed in')} <cm-time value=${s.createdAt}></cm-time> ·
                    ${msg('最近使用', 'used')} <cm-time value=${s.seenAt}></cm-time>
                  </div>
                </div>
                ${
                  s.current
                    ? nothing
                    : html`<cm-button small @click=${() => void this.#end(s.id)}>${msg('结束', 'End')}</cm-button>`
                }
              </li>`,
          )}
        </ul>
      </div>
    </section>`;
  }
}

define('cytomesh-account', CytomeshAccount);
