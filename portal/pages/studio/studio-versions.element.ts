import { css, html, nothing } from 'lit';
import {
  type ChannelVersion,
  type DefinitionGetResult,
  definitionRollback,
} from '../../api/client.generated.ts';
import { isApiFault } from '../../api/fault.ts';
import type { Caller } from '../../api/http.ts';
import '../../components/button/button.element.ts';
import '../../components/dialog/confirm.element.ts';
import type { CmConfirm } from '../../components/dialog/confirm.element.ts';
import { CmElement, define } from '../../components/element/element.ts';
import '../../components/field/select.element.ts';
import '../../components/json/json.element.ts';
import '../../components/time/time.element.ts';
import { toast } from '../../components/toast/toast.element.ts';
import { msg } from '../../state/language.ts';
import { base } from '../../tokens/base.styles.ts';
import { diffStyles, diffView } from './studio-diff.ts';

interface Text {
  /** Number of the version, `0` as shipped, `draft`. */
  readonly id: string;
  readonly label: string;
  readonly text: string;
}

/**
 * All versions of a definition: the difference of any two, and the way back to one.
 * @prop http, found, versions
 * @prop draft - text that is typed; empty where it is as in force
 * @attr operable
 * @fires cm-changed
 */
export class CmStudioVersions extends CmElement {
  declare http: Caller | undefined;
  declare found: DefinitionGetResult | undefined;
  declare versions: readonly ChannelVersion[];
  declare draft: string;
  declare operable: boolean;
  declare from: string;
  declare to: string;
  static override properties = {
    http: { attribute: false },
    found: { attribute: false },
    versions: { attribute: false },
    draft: { attribute: false },
    operable: { type: Boolean },
    from: { state: true },
    to: { state: true },
  };
  static override styles = [
    base,
    diffStyles,
    css`
      :host {
        display: block;
      }
      .bar {
        display: grid;
        grid-template-columns: minmax(0, 1fr) auto minmax(0, 1fr) auto;
        align-items: center;
        gap: 8px 12px;
        padding: 12px;
        border-bottom: 1px solid var(--cm-line);
      }
      .diff {
        max-height: max(420px, calc(100vh - 360px));
      }
      cm-json {
        padding: 8px 12px;
      }
      .about {
        margin: 0;
        padding: 8px 12px;
        color: var(--cm-text-3);
        font-size: var(--cm-size-s);
      }
      @media (max-width: 700px) {
        .bar {
          grid-template-columns: 1fr;
        }
        .bar .arrow {
          display: none;
        }
      }
    `,
  ];

  constructor() {
    super();
    this.versions = [];
    this.draft = '';
    this.operable = false;
    this.from = '';
    this.to = '';
  }

  get #texts(): Text[] {
    const { found } = this;
    if (!found) return [];
    const force = found.definition.published;
    const mark = (n: number) => (n === force ? msg('（生效）', ' (in force)') : '');
    return [
      ...(this.draft ? [{ id: 'draft', label: msg('草稿', 'Draft'), text: this.draft }] : []),
      ...this.versions.map((v) => ({
        id: String(v.number),
        label: `${msg(`第 ${v.number} 版`, `Version ${v.number}`)}${mark(v.number)}${v.note ? ` · ${v.note.slice(0, 60)}` : ''}`,
        text: v.text,
      })),
      ...(found.shippedText === null
        ? []
        : [{ id: '0', label: msg('随产品提供', 'As shipped') + mark(0), text: found.shippedText }]),
    ];
  }

  #rollback(to: number, label: string): void {
    const id = this.found?.definition.id;
    if (id === undefined || !this.http) return;
    let red = false;
    this.renderRoot.querySelector<CmConfirm>('cm-confirm')?.ask({
      heading: msg(`回退到：${label}`, `Roll back to: ${label}`),
      text: msg(
        '该版本立即生效，并成为最新一版。样例未通过时，填写原因后再按一次即强制回退（写入审计）。',
        'It is in force at once, as the newest version. Where samples are red, give a reason and press again: that is audited.',
      ),
      action: msg('回退', 'Roll back'),
      icon: 'replay',
      reason: 'optional',
      run: async ({ reason, key }) => {
        try {
          const despite = red && reason !== '';
          const params = { id, to, ...(reason ? { reason } : {}), ...(despite ? { despite } : {}) };
          await definitionRollback(this.http!, params, { key });
        } catch (error) {
          red =
            isApiFault(error) &&
            ['channel.sample.failed', 'channel.publication.approval'].includes(error.code);
          throw error;
        }
        toast(msg('已回退并生效', 'Rolled back and in force'));
        this.fire('cm-changed');
      },
    });
  }

  override render() {
    const texts = this.#texts;
    if (texts.length === 0) return nothing;
    const force = String(this.found!.definition.published);
    const to = texts.find((t) => t.id === this.to) ?? texts[0]!;
    const rest = texts.filter((t) => t !== to);
    const from =
      texts.find((t) => t.id === this.from) ??
      (to.id === force
        ? (rest.find((t) => t.id !== 'draft') ?? to)
        : (texts.find((t) => t.id === force) ?? to));
    const options = texts.map(({ id, label }) => ({ value: id, label }));
    const pick = (way: 'from' | 'to', value: string, label: string) =>
      html`<cm-select
        name-text=${label}
        .options=${options}
        .value=${value}
        @cm-input=${(e: CustomEvent<{ value: string }>) => (this[way] = e.detail.value)}
      ></cm-select>`;
    const version = this.versions.find((v) => String(v.number) === to.id);
    const back = to.id !== 'draft' && to.id !== force;
    return html`<div class="bar">
        ${pick('from', from.id, msg('从', 'From'))}<span class="arrow">→</span>${pick('to', to.id, msg('到', 'To'))}
        ${
          this.operable
            ? html`<cm-button icon="replay" ?disabled=${!back} @click=${() => this.#rollback(Number(to.id), to.label)}>${msg('回退到右侧版本', 'Roll back to the right one')}</cm-button>`
            : nothing
        }
      </div>
      ${
        version
          ? html`<p class="about"><cm-time mode="both" value=${version.publishedAt}></cm-time> · ${version.publishedBy}${version.note ? ` · ${version.note}` : ''}</p>`
          : nothing
      }
      ${from === to ? html`<cm-json numbered syntax="yaml" text=${to.text}></cm-json>` : diffView(from.text, to.text)}
      <cm-confirm></cm-confirm>`;
  }
}

define('cm-studio-versions', CmStudioVersions);
