import { css, html, nothing } from 'lit';
import {
  type AccessPolicy,
  accessPolicyChange,
  accessPolicyGet,
  type Role,
} from '../../api/client.generated.ts';
import { type ApiFault, toApiFault } from '../../api/fault.ts';
import type { Http } from '../../api/http.ts';
import { titles } from '../../api/meta.generated.ts';
import '../../components/button/button.element.ts';
import '../../components/dialog/dialog.element.ts';
import { CmElement, define } from '../../components/element/element.ts';
import '../../components/field/field.element.ts';
import '../../components/notice/notice.element.ts';
import { language, msg, say } from '../../state/language.ts';
import { base } from '../../tokens/base.styles.ts';

const numbers = [
  'minLength',
  'classes',
  'history',
  'maxAgeDays',
  'lockFailures',
  'lockMinutes',
  'idleMinutes',
  'sessionHours',
  'maxSessions',
] as const;

/**
 * How people sign in, for the whole group. Opened by `show`.
 * @prop http, roles
 */
export class CmAccessPolicy extends CmElement {
  declare http: Http | undefined;
  declare roles: readonly Role[];
  declare policy: AccessPolicy | undefined;
  declare values: Record<string, string>;
  declare factor: readonly string[];
  declare reason: string;
  declare fault: ApiFault | undefined;
  declare busy: boolean;
  static override properties = {
    http: { attribute: false },
    roles: { attribute: false },
    policy: { state: true },
    values: { state: true },
    factor: { state: true },
    reason: { state: true },
    fault: { state: true },
    busy: { state: true },
  };
  static override styles = [
    base,
    css`
      .fields {
        display: grid;
        grid-template-columns: repeat(auto-fit, minmax(210px, 1fr));
        gap: var(--cm-space-4);
        margin-bottom: var(--cm-space-5);
      }
      fieldset {
        display: flex;
        flex-wrap: wrap;
        gap: 4px 20px;
        margin: 0 0 var(--cm-space-5);
        padding: 0;
        border: 0;
      }
      legend {
        margin-bottom: 6px;
        font-weight: 600;
      }
      label {
        display: inline-flex;
        align-items: center;
        gap: 8px;
        min-height: 36px;
        cursor: pointer;
      }
      input {
        width: 18px;
        height: 18px;
        accent-color: var(--cm-accent);
      }
    `,
  ];

  constructor() {
    super();
    this.roles = [];
    this.values = {};
    this.factor = [];
    this.reason = '';
    this.busy = false;
  }

  async show(): Promise<void> {
    if (!this.http) return;
    this.fault = undefined;
    this.reason = '';
    try {
      const policy = await accessPolicyGet(this.http);
      this.values = Object.fromEntries(numbers.map((n) => [n, String(policy[n])]));
      this.factor = policy.secondFactorRoles;
      this.policy = policy;
    } catch (error) {
      this.fault = toApiFault(error);
    }
  }

  async #save(): Promise<void> {
    if (!this.http || !this.policy || this.busy) return;
    this.busy = true;
    this.fault = undefined;
    try {
      await accessPolicyChange(this.http, {
        version: this.policy.version,
        reason: this.reason.trim(),
        ...Object.fromEntries(numbers.map((n) => [n, Number(this.values[n])])),
        secondFactorRoles: [...this.factor],
      });
      this.policy = undefined;
    } catch (error) {
      this.fault = toApiFault(error);
    }
    this.busy = false;
  }

  override render() {
    if (!this.policy) return this.fault ? html`<cm-notice .fault=${this.fault}></cm-notice>` : nothing;
    const wrong = numbers.some((n) => !/^\d+$/.test(this.values[n] ?? ''));
    return html`<cm-dialog
      open
      icon="lock"
      width="780px"
      heading=${msg('登录策略', 'Access policy')}
      @cm-close=${() => (this.policy = undefined)}
    >
      ${this.fault ? html`<cm-notice .fault=${this.fault}></cm-notice>` : nothing}
      <div class="fields">
        ${numbers.map(
          (n) =>
            html`<cm-field
              label=${say(titles.accessPolicy[n]!)}
              .value=${this.values[n] ?? ''}
              error=${/^\d+$/.test(this.values[n] ?? '') ? '' : msg('请输入整数', 'A whole number')}
              @cm-input=${(e: CustomEvent<{ value: string }>) => (this.values = { ...this.values, [n]: e.detail.value })}
            ></cm-field>`,
        )}
      </div>
      <fieldset>
        <legend>${say(titles.accessPolicy.secondFactorRoles!)}</legend>
        ${this.roles.map(
          (role) =>
            html`<label
              ><input
                type="checkbox"
                .checked=${this.factor.includes(role.code)}
                @change=${(e: Event) => {
                  const on = (e.target as HTMLInputElement).checked;
                  this.factor = on
                    ? [...this.factor, role.code]
                    : this.factor.filter((code) => code !== role.code);
                }}
              />${language.value === 'zh' ? role.name : role.nameEn}</label
            >`,
        )}
      </fieldset>
      <cm-field
        required
        label=${msg('原因', 'Reason')}
        .value=${this.reason}
        @cm-input=${(e: CustomEvent<{ value: string }>) => (this.reason = e.detail.value)}
      ></cm-field>
      <cm-button
        slot="actions"
        variant="primary"
        ?busy=${this.busy}
        ?disabled=${wrong || this.reason.trim() === ''}
        @click=${() => void this.#save()}
        >${msg('保存', 'Save')}</cm-button
      >
    </cm-dialog>`;
  }
}

define('cm-access-policy', CmAccessPolicy);
