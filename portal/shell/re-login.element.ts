import { html, nothing } from 'lit';
import { userLogin } from '../api/client.generated.ts';
import { type ApiFault, toApiFault } from '../api/fault.ts';
import '../components/dialog/dialog.element.ts';
import { CmElement, define } from '../components/element/element.ts';
import '../components/field/field.element.ts';
import '../components/notice/notice.element.ts';
import { connection } from '../state/connection.ts';
import { msg } from '../state/language.ts';
import { base } from '../tokens/base.styles.ts';

/** The session has ended: signs in again over the page, which stays as it is, with everything typed. */
export class CytomeshReLogin extends CmElement {
  declare password: string;
  declare busy: boolean;
  declare fault: ApiFault | undefined;
  static override properties = { password: { state: true }, busy: { state: true }, fault: { state: true } };
  static override styles = base;
  readonly #conn = connection();

  constructor() {
    super();
    this.password = '';
    this.busy = false;
  }

  async #enter(): Promise<void> {
    const session = this.#conn.session.value;
    if (!session || this.busy || this.password === '') return;
    this.busy = true;
    this.fault = undefined;
    try {
      const answer = await userLogin(this.#conn.http, {
        username: session.username,
        password: this.password,
        org: session.org.code,
      });
      this.#conn.enter(answer.session);
    } catch (error) {
      this.fault = toApiFault(error);
      this.password = '';
    }
    this.busy = false;
  }

  override render() {
    const session = this.#conn.session.value;
    return html`<cm-dialog open locked icon="lock" heading=${msg('登录已过期', 'Your session has ended')}>
      <p>${msg('重新登录后继续，页面内容不会丢失。', 'Sign in again to go on; nothing on the page is lost.')}</p>
      <cm-field label=${msg('用户名', 'User name')} disabled .value=${session?.username ?? ''}></cm-field>
      <cm-field
        type="password"
        autocomplete="current-password"
        label=${msg('口令', 'Password')}
        .value=${this.password}
        @cm-input=${(e: CustomEvent<{ value: string }>) => (this.password = e.detail.value)}
        @keydown=${(e: KeyboardEvent) => e.key === 'Enter' && void this.#enter()}
      ></cm-field>
      ${this.fault ? html`<cm-notice .fault=${this.fault}></cm-notice>` : nothing}
      <cm-button slot="actions" @click=${() => this.#conn.leave()}>${msg('退出', 'Sign out')}</cm-button>
      <cm-button
        slot="actions"
        variant="primary"
        ?busy=${this.busy}
        ?disabled=${this.password === ''}
        @click=${() => void this.#enter()}
        >${msg('登录', 'Sign in')}</cm-button
      >
    </cm-dialog>`;
  }
}

define('cytomesh-re-login', CytomeshReLogin);
