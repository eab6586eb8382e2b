import { html, nothing } from 'lit';
import type { About } from '../api/about.ts';
import { userLogin } from '../api/client.generated.ts';
import { type ApiFault, toApiFault } from '../api/fault.ts';
import '../components/button/button.element.ts';
import { CmElement, define } from '../components/element/element.ts';
import '../components/field/field.element.ts';
import '../components/notice/notice.element.ts';
import { connection } from '../state/connection.ts';
import { msg } from '../state/language.ts';
import { remembered } from '../state/remember.ts';
import { Watch } from '../state/store.ts';
import { theme } from '../state/theme.ts';
import { base } from '../tokens/base.styles.ts';
import { mark, mesh } from './brand.ts';
import { type CmCredentials, type Given, refusal } from './credentials.element.ts';
import { languageMenu, themeMenu } from './preferences.ts';
import { styles } from './sign-in.styles.ts';

const lastUser = remembered('cytomesh.user');
const demoPassword = 'Cytomesh#Demo1';

/**
 * The sign-in page.
 * @prop about - what runs here; demo users are offered where it says so
 */
export class CytomeshSignIn extends CmElement {
  declare about: About | undefined;
  declare username: string;
  declare given: Given | undefined;
  declare busy: boolean;
  declare missing: boolean;
  declare fault: ApiFault | undefined;
  static override properties = {
    about: { attribute: false },
    username: { state: true },
    given: { state: true },
    busy: { state: true },
    missing: { state: true },
    fault: { state: true },
  };
  static override styles = [base, styles];

  constructor() {
    super();
    new Watch(this, theme);
    this.username = lastUser.read() ?? '';
    this.busy = false;
    this.missing = false;
  }

  protected override firstUpdated(): void {
    document.title = `Cytomesh · ${msg('登录', 'Sign in')}`;
    const field = this.renderRoot.querySelector<HTMLElement>(
      this.username ? 'cm-credentials' : '[name=username]',
    );
    void (field as CmElement | null)?.updateComplete.then(() => field?.focus());
  }

  async #enter(): Promise<void> {
    this.missing = this.username.trim() === '' || this.given === undefined;
    if (this.given === undefined || this.missing || this.busy) return;
    this.busy = true;
    this.fault = undefined;
    const conn = connection();
    try {
      const { session } = await userLogin(conn.http, {
        username: this.username.trim(),
        ...this.given,
      });
      lastUser.write(this.username.trim());
      conn.enter(session);
    } catch (error) {
      this.fault = toApiFault(error);
    }
    this.busy = false;
  }

  override render() {
    return html`
      <section class="side">
        ${mesh()}
        <div class="logo">${mark(38)}Cytomesh</div>
        <div>
          <h1>${msg('细胞实验室集成与质量管理平台', 'Integration and quality management for the cell laboratory')}</h1>
          <p>
            ${msg(
              '从供者到出库，每一份细胞、每一条消息都可追溯。接口消息不丢失、可查询、可重放。',
              'From donor to release, every cell product and every message can be traced. No message is lost; each can be found and replayed.',
            )}
          </p>
        </div>
        <small>${this.about ? `${this.about.name} ${this.about.version}` : ''}</small>
      </section>
      <main>
        <div class="prefs">${languageMenu()} ${themeMenu()}</div>
        <form
          @submit=${(e: Event) => e.preventDefault()}
          @keydown=${(e: KeyboardEvent) => {
            if (
              e.key === 'Enter' &&
              !e.isComposing &&
              /^CM-(FIELD|CREDENTIALS)$/.test((e.target as HTMLElement).tagName)
            )
              void this.#enter();
          }}
        >
          <div>
            <div class="small-logo">${mark(32)}Cytomesh</div>
            <h2>${msg('登录', 'Sign in')}</h2>
            <p class="sub">${msg('使用您的工作账号', 'With your account at work')}</p>
          </div>
          ${this.fault ? refusal(this.fault) : nothing}
          <cm-field
            name="username"
            autocomplete="username"
            label=${msg('用户名', 'User name')}
            .value=${this.username}
            error=${this.missing && !this.username.trim() ? msg('请输入用户名', 'Enter your user name') : ''}
            @cm-input=${(e: CustomEvent<{ value: string }>) => (this.username = e.detail.value)}
          ></cm-field>
          <cm-credentials
            .fault=${this.fault}
            ?missing=${this.missing}
            @cm-given=${(e: CustomEvent<{ given: Given | undefined }>) => (this.given = e.detail.given)}
          ></cm-credentials>
          <cm-button variant="primary" ?busy=${this.busy} @click=${() => void this.#enter()}>${msg('登录', 'Sign in')}</cm-button>
          ${this.about?.demo ? this.#demo(this.about) : nothing}
        </form>
        <footer>${msg('登录即表示操作将被记录和审计', 'What you do here is recorded and audited')}</footer>
      </main>
    `;
  }

  #demo(about: About) {
    const users = about.demoUsers ?? ['planner', 'engineer', 'operator'];
    return html`<div class="demo">
      ${msg('演示环境：选择一个角色填入账号', 'Demonstration: choose a role to fill in the account')}
      <div>
        ${users.map(
          (user) => html`<cm-button
            small
            @click=${() => {
              this.username = user;
              this.renderRoot.querySelector<CmCredentials>('cm-credentials')?.fill(demoPassword);
              this.missing = false;
            }}
            >${user}</cm-button
          >`,
        )}
      </div>
    </div>`;
  }
}

define('cytomesh-sign-in', CytomeshSignIn);
