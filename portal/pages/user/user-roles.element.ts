import { css, html } from 'lit';
import type { Org, Role } from '../../api/client.generated.ts';
import { CmElement, define } from '../../components/element/element.ts';
import { language } from '../../state/language.ts';
import { Watch } from '../../state/store.ts';
import { base } from '../../tokens/base.styles.ts';

export interface Assigned {
  readonly orgId: string;
  readonly roleId: string;
}

const keyOf = (a: Assigned): string => `${a.orgId}|${a.roleId}`;

/**
 * Which roles a person has in which organisation: a table to tick.
 * @prop orgs, roles
 * @prop value - `{ orgId, roleId }[]`
 * @fires cm-input - `{ value }`
 */
export class CmUserRoles extends CmElement {
  declare orgs: readonly Org[];
  declare roles: readonly Role[];
  declare value: readonly Assigned[];
  static override properties = {
    orgs: { attribute: false },
    roles: { attribute: false },
    value: { attribute: false },
  };
  static override styles = [
    base,
    css`
      :host {
        display: block;
        flex: none;
        overflow-x: auto;
        overflow-y: hidden;
      }
      table {
        border-collapse: collapse;
        width: 100%;
      }
      th,
      td {
        padding: 6px 8px;
        border-bottom: 1px solid var(--cm-line);
        text-align: center;
        font-size: var(--cm-size-s);
      }
      th:first-child {
        position: sticky;
        left: 0;
        background: var(--cm-surface);
        text-align: start;
        white-space: nowrap;
      }
      thead th {
        font-weight: 600;
        color: var(--cm-text-3);
      }
      input {
        width: 20px;
        height: 20px;
        accent-color: var(--cm-accent);
      }
      td label {
        display: grid;
        place-items: center;
        min-width: 44px;
        min-height: 34px;
        cursor: pointer;
      }
    `,
  ];

  constructor() {
    super();
    this.orgs = [];
    this.roles = [];
    this.value = [];
    new Watch(this, language);
  }

  #toggle(assigned: Assigned, on: boolean): void {
    const rest = this.value.filter((v) => keyOf(v) !== keyOf(assigned));
    this.value = on ? [...rest, assigned] : rest;
    this.fire('cm-input', { value: this.value });
  }

  override render() {
    const name = (row: { name: string; nameEn: string }) =>
      language.value === 'zh' ? row.name : row.nameEn || row.name;
    const held = new Set(this.value.map(keyOf));
    return html`<table>
      <thead>
        <tr>
          <th></th>
          ${this.orgs.map((org) => html`<th scope="col" title=${name(org)}>${org.code}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${this.roles.map(
          (role) =>
            html`<tr>
              <th scope="row">${name(role)}</th>
              ${this.orgs.map((org) => {
                const assigned = { orgId: org.id, roleId: role.id };
                return html`<td>
                  <label
                    ><input
                      type="checkbox"
                      aria-label="${name(role)} · ${name(org)}"
                      .checked=${held.has(keyOf(assigned))}
                      @change=${(e: Event) => this.#toggle(assigned, (e.target as HTMLInputElement).checked)}
                  /></label>
                </td>`;
              })}
            </tr>`,
        )}
      </tbody>
    </table>`;
  }
}

define('cm-user-roles', CmUserRoles);
