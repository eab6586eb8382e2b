import { css, html, nothing } from 'lit';
import {
  type Org,
  type Role,
  type User,
  userAssign,
  userAssignments,
  userChange,
  userCreate,
  userEndSessions,
  userResetPassword,
} from '../../api/client.generated.ts';
import { type ApiFault, toApiFault } from '../../api/fault.ts';
import type { Http } from '../../api/http.ts';
import '../../components/button/button.element.ts';
import '../../components/dialog/dialog.element.ts';
import { CmElement, define } from '../../components/element/element.ts';
import '../../components/field/field.element.ts';
import '../../components/field/select.element.ts';
import '../../components/notice/notice.element.ts';
import { language, msg } from '../../state/language.ts';
import { base } from '../../tokens/base.styles.ts';
import './user-roles.element.ts';
import type { Assigned } from './user-roles.element.ts';

/**
 * Makes or changes an account. Opened by `edit`.
 * @prop http, orgs, roles
 * @attr may-assign - may give roles
 * @fires cm-changed
 */
export class CmUserEditor extends CmElement {
  declare http: Http | undefined;
  declare orgs: readonly Org[];
  declare roles: readonly Role[];
  declare mayAssign: boolean;
  declare open: boolean;
  declare user: User | undefined;
  declare username: string;
  declare name: string;
  declare home: string;
  declare reason: string;
  declare assigned: readonly Assigned[];
  declare told: string;
  declare told2: string;
  declare fault: ApiFault | undefined;
  declare busy: boolean;
  #before: readonly Assigned[] = [];
  static override properties = {
    http: { attribute: false },
    orgs: { attribute: false },
    roles: { attribute: false },
    mayAssign: { type: Boolean, attribute: 'may-assign' },
    open: { state: true },
    user: { state: true },
    username: { state: true },
    name: { state: true },
    home: { state: true },
    reason: { state: true },
    assigned: { state: true },
    told: { state: true },
    told2: { state: true },
    fault: { state: true },
    busy: { state: true },
  };
  static override styles = [
    base,
    css`
      .fields {
        display: grid;
        grid-template-columns: repeat(auto-fit, minmax(200px, 1fr));
        gap: var(--cm-space-4);
        margin-bottom: var(--cm-space-4);
      }
      h3 {
        margin: 0 0 8px;
        font-size: var(--cm-size-m);
      }
      .ways {
        display: flex;
        flex-wrap: wrap;
        gap: var(--cm-space-2);
        margin-top: var(--cm-space-4);
      }
      .password {
        font-family: var(--cm-mono);
        font-size: 20px;
        letter-spacing: 0.04em;
        user-select: all;
      }
    `,
  ];

  constructor() {
    super();
    this.orgs = [];
    this.roles = [];
    this.mayAssign = false;
    this.open = false;
    this.busy = false;
    this.#reset();
  }

  #reset(): void {
    this.user = undefined;
    this.username = '';
    this.name = '';
    this.home = '';
    this.reason = '';
    this.assigned = [];
    this.told = '';
    this.told2 = '';
    this.fault = undefined;
    this.#before = [];
  }

  /** Shows an account, or an empty form. */
  edit(user?: User, home = ''): void {
    this.#reset();
    this.open = true;
    this.home = user?.homeOrgId ?? home;
    if (!user) return;
    this.user = user;
    this.username = user.username;
    this.name = user.name;
    void this.#run(async (http) => {
      const { items } = await userAssignments(http, { id: user.id });
      this.assigned = items;
      this.#before = items;
    });
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

  get #rolesChanged(): boolean {
    const text = (list: readonly Assigned[]) =>
      list
        .map((a) => `${a.orgId}|${a.roleId}`)
        .sort()
        .join();
    return text(this.assigned) !== text(this.#before);
  }

  #save = () =>
    this.#run(async (http) => {
      if (!this.user) {
        const made = await userCreate(http, {
          username: this.username.trim().toLowerCase(),
          name: this.name.trim(),
          homeOrgId: this.home,
          assignments: [...this.assigned],
        });
        this.told = made.password;
        this.told2 = msg(
          `${made.user.username} 的初始口令，仅显示这一次：`,
          `First password of ${made.user.username}, shown this once:`,
        );
        this.fire('cm-changed');
        return;
      }
      let { user } = this;
      if (this.name.trim() !== user.name || this.home !== user.homeOrgId)
        user = await userChange(http, {
          id: user.id,
          version: user.version,
          name: this.name.trim(),
          homeOrgId: this.home,
        });
      if (this.#rolesChanged)
        await userAssign(http, {
          id: user.id,
          version: user.version,
          reason: this.reason.trim(),
          assignments: [...this.assigned],
        });
      this.open = false;
      this.fire('cm-changed');
    });

  #disable = (disabled: boolean) =>
    this.#run(async (http) => {
      const { user } = this;
      if (!user) return;
      this.user = await userChange(http, {
        id: user.id,
        version: user.version,
        disabled,
        ...(this.reason.trim() ? { reason: this.reason.trim() } : {}),
      });
      this.fire('cm-changed');
    });

  #resetPassword = (secondFactor: boolean) =>
    this.#run(async (http) => {
      if (!this.user) return;
      const { password } = await userResetPassword(http, {
        id: this.user.id,
        reason: this.reason.trim(),
        secondFactor,
      });
      this.told = password;
      this.told2 = msg(
        '新口令，仅显示这一次，登录后须修改：',
        'New password, shown this once; it has to be changed at sign-in:',
      );
      this.fire('cm-changed');
    });

  #endSessions = () =>
    this.#run(async (http) => {
      if (!this.user) return;
      const { ended } = await userEndSessions(http, { id: this.user.id, reason: this.reason.trim() });
      this.told = '';
      this.told2 = msg(`已结束 ${ended} 个会话`, `${ended} sessions ended`);
    });

  override render() {
    if (!this.open) return nothing;
    const needsReason = this.user !== undefined && this.#rolesChanged && this.reason.trim() === '';
    const complete = this.username.trim() !== '' && this.name.trim() !== '' && this.home !== '';
    return html`<cm-dialog
      open
      icon="person"
      width="820px"
      heading=${this.user ? msg(`用户 ${this.user.username}`, `User ${this.user.username}`) : msg('新建用户', 'New user')}
      @cm-close=${() => (this.open = false)}
    >
      ${this.fault ? html`<cm-notice .fault=${this.fault}></cm-notice>` : nothing}
      ${
        this.told2
          ? html`<cm-notice tone="good" heading=${this.told2}>${this.told ? html`<span class="password">${this.told}</span>` : nothing}</cm-notice>`
          : nothing
      }
      ${this.told && !this.user ? nothing : this.#form(needsReason)}
      ${
        this.told && !this.user
          ? html`<cm-button slot="actions" variant="primary" @click=${() => (this.open = false)}>${msg('完成', 'Done')}</cm-button>`
          : html`<cm-button
              slot="actions"
              variant="primary"
              ?busy=${this.busy}
              ?disabled=${!complete || needsReason}
              @click=${() => void this.#save()}
              >${this.user ? msg('保存', 'Save') : msg('新建', 'Create')}</cm-button
            >`
      }
    </cm-dialog>`;
  }

  #form(needsReason: boolean) {
    const orgs = this.orgs.filter((o) => o.kind !== 'department');
    const name = (o: Org) => (language.value === 'zh' ? o.name : o.nameEn || o.name);
    return html`<div class="fields">
        <cm-field
          label=${msg('用户名', 'User name')}
          hint=${this.user ? '' : msg('小写字母、数字、点、横线', 'Lower-case letters, digits, dots, dashes')}
          ?disabled=${this.user !== undefined}
          .value=${this.username}
          @cm-input=${(e: CustomEvent<{ value: string }>) => (this.username = e.detail.value)}
        ></cm-field>
        <cm-field
          label=${msg('姓名', 'Name')}
          .value=${this.name}
          @cm-input=${(e: CustomEvent<{ value: string }>) => (this.name = e.detail.value)}
        ></cm-field>
        <cm-select
          label=${msg('所属机构', 'Home organisation')}
          .value=${this.home}
          .options=${orgs.map((o) => ({ value: o.id, label: name(o) }))}
          @cm-input=${(e: CustomEvent<{ value: string }>) => (this.home = e.detail.value)}
        ></cm-select>
      </div>
      ${
        this.mayAssign
          ? html`<h3>${msg('角色与机构', 'Roles by organisation')}</h3>
              <cm-user-roles
                .orgs=${orgs}
                .roles=${this.roles}
                .value=${this.assigned}
                @cm-input=${(e: CustomEvent<{ value: Assigned[] }>) => (this.assigned = e.detail.value)}
              ></cm-user-roles>`
          : nothing
      }
      ${this.user ? this.#life(this.user, needsReason) : nothing}`;
  }

  #life(user: User, needsReason: boolean) {
    const bare = this.reason.trim() === '';
    return html`<div class="fields" style="margin-top:var(--cm-space-4)">
        <cm-field
          label=${msg('原因', 'Reason')}
          hint=${msg('授权、重置、停用时填写，记入审计', 'For roles, reset and disabling; goes into the audit trail')}
          error=${needsReason ? msg('改变授权须填写原因', 'Changing roles needs a reason') : ''}
          .value=${this.reason}
          @cm-input=${(e: CustomEvent<{ value: string }>) => (this.reason = e.detail.value)}
        ></cm-field>
      </div>
      <div class="ways">
        <cm-button small ?disabled=${bare} @click=${() => void this.#resetPassword(false)}>${msg('重置口令', 'Reset the password')}</cm-button>
        <cm-button small ?disabled=${bare} @click=${() => void this.#resetPassword(true)}
          >${msg('重置口令与双因素', 'Reset password and second factor')}</cm-button
        >
        <cm-button small @click=${() => void this.#endSessions()}>${msg('结束其会话', 'End the sessions')}</cm-button>
        <cm-button
          small
          variant=${user.disabled ? '' : 'danger'}
          ?disabled=${bare}
          @click=${() => void this.#disable(!user.disabled)}
          >${user.disabled ? msg('恢复使用', 'Enable') : msg('停用', 'Disable')}</cm-button
        >
      </div>`;
  }
}

define('cm-user-editor', CmUserEditor);
