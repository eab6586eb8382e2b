import { css, html, nothing } from 'lit';
import '../../components/button/button.element.ts';
import { CmElement, define } from '../../components/element/element.ts';
import '../../components/notice/notice.element.ts';
import { msg } from '../../state/language.ts';
import { base } from '../../tokens/base.styles.ts';
import type { StudioDraft } from './studio-draft.ts';

/**
 * What stands between a draft and its publication: a newer version, another person's draft, a save that failed.
 * @prop draft, shown - what of the draft is shown, so that a change of it is seen
 * @attr newer - version published since the draft began, 0 where none
 * @fires cm-compare, cm-theirs
 * @fires cm-rebase - `{ version }`
 */
export class CmStudioNotices extends CmElement {
  declare draft: StudioDraft | undefined;
  declare shown: string;
  declare newer: number;
  static override properties = {
    draft: { attribute: false },
    shown: { attribute: false },
    newer: { type: Number },
  };
  static override styles = [
    base,
    css`
      :host {
        display: block;
      }
      cm-notice {
        margin: 8px 12px;
      }
      .row {
        display: flex;
        flex-wrap: wrap;
        gap: 8px;
        margin-top: 6px;
      }
    `,
  ];

  constructor() {
    super();
    this.shown = '';
    this.newer = 0;
  }

  override render() {
    const { draft, newer } = this;
    if (!draft) return nothing;
    const { state, by, fault, baseVersion } = draft;
    return html`${
      newer
        ? html`<cm-notice
            tone="warn"
            heading=${msg(`草稿基于第 ${baseVersion} 版，其后已发布第 ${newer} 版`, `The draft began from version ${baseVersion}; version ${newer} has been published since`)}
            ><div class="row">
              <cm-button small @click=${() => this.fire('cm-compare')}>${msg('比较版本', 'Compare')}</cm-button>
              <cm-button small @click=${() => this.fire('cm-rebase', { version: newer })}>${msg('已合并，改为基于新版', 'Merged; base it on the new version')}</cm-button>
            </div></cm-notice
          >`
        : nothing
    }${
      state === 'conflict'
        ? html`<cm-notice tone="warn" heading=${msg(`${by} 已另存了草稿`, `${by} has saved another draft`)}
            ><div class="row">
              <cm-button small @click=${() => this.fire('cm-theirs')}>${msg('取对方的', 'Take theirs')}</cm-button>
              <cm-button small variant="danger" @click=${() => void draft.save(true)}>${msg('以我的覆盖', 'Keep mine')}</cm-button>
            </div></cm-notice
          >`
        : nothing
    }${
      state === 'failed' && fault
        ? html`<cm-notice .fault=${fault} retry @cm-retry=${() => void draft.save()}></cm-notice>`
        : nothing
    }`;
  }
}

define('cm-studio-notices', CmStudioNotices);
