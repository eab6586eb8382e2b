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
import { type Given, refusal } from './credentials.element.ts';

/** The session has ended: signs in again over the page, which stays as it is, with everything typed. */
export class CytomeshReLogin extends CmElement {
  declare given: Given | undefined;
  declare busy: boolean;
  declare fault: ApiFault | undefined;
  static override properties = { given: { state: true }, busy: { state: true }, fault: { state: true } };
  static override styles = base;
  readonly #conn = connection();

  constructor() {
    super();
    this.busy = false;
  }

  async #enter(): Promise<void> {
    const session = this.#conn.session.value;
    if (!session || this.busy || this.given === undefined) return;
    this.busy = true;
    this.fault = undefined;
    try {
      const answer = await userLogin(this.#conn.http, {
        username: session.username,
        ...this.given,
        org: session.org.code,
      });
      this.#conn.enter(answer.session);
    } catch (error) {
      this.fault = toApiFault(error);
    }
    this.busy = false;
  }

  override render() {
    const session = this.#conn.session.value;
    return html`<cm-dialog open locked icon="lock" heading=${msg('登录已过期', 'Your session has ended')}>
      <p>${msg('重新登录后继续，页面内容不会丢失。', 'Sign in again to go on; nothing on the page is lost.')}</p>
      <cm-field label=${msg('用户名', 'User name')} disabled .value=${session?.username ?? ''}></cm-field>
      <cm-credentials
        .fault=${this.fault}
        @cm-given=${(e: CustomEvent<{ given: Given | undefined }>) => (this.given = e.detail.given)}
        @keydown=${(e: KeyboardEvent) => e.key === 'Enter' && void this.#enter()}
      ></cm-credentials>
      ${this.fault ? refusal(this.fault) : nothing}
      <cm-button slot="actions" @click=${() => this.#conn.leave()}>${msg('退出', 'Sign out')}</cm-button>
      <cm-button
        slot="actions"
        variant="primary"
        ?busy=${this.busy}
        ?disabled=${this.given === undefined}
        @click=${() => void this.#enter()}
        >${msg('登录', 'Sign in')}</cm-button
      >
    </cm-dialog>`;
  }
}

define('cytomesh-re-login', CytomeshReLogin);
