import { css, html, nothing } from 'lit';
import { absoluteTime, compactTime, relativeTime, zoneName } from '../../state/time.ts';
import { CmElement, define } from '../element/element.ts';

const shown = new Set<CmTime>();
let ticker: ReturnType<typeof setInterval> | undefined;

/**
 * An instant in the person's zone; the other form stands in the hover text.
 * @attr value - ISO 8601
 * @attr mode - `relative` (default), `compact`, `full`, `both`
 * @attr ms - with milliseconds
 */
export class CmTime extends CmElement {
  declare value: string | null;
  declare mode: string;
  declare ms: boolean;
  static override properties = { value: {}, mode: {}, ms: { type: Boolean } };
  static override styles = css`
    :host {
      font-variant-numeric: tabular-nums;
    }
    time,
    small {
      white-space: nowrap;
    }
    small {
      color: var(--cm-text-3);
      font-size: 0.88em;
      margin-left: 6px;
    }
  `;

  constructor() {
    super();
    this.value = null;
    this.mode = 'relative';
    this.ms = false;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    shown.add(this);
    ticker ??= setInterval(() => {
      for (const element of shown) element.requestUpdate();
    }, 10_000);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    shown.delete(this);
    if (shown.size > 0) return;
    clearInterval(ticker);
    ticker = undefined;
  }

  override render() {
    const { value } = this;
    if (value === null || value === '') return html`<span class="muted">—</span>`;
    const now = Date.now();
    const full = absoluteTime(value, this.ms);
    const relative = relativeTime(value, now);
    const text =
      this.mode === 'relative' ? relative : this.mode === 'compact' ? compactTime(value, now, this.ms) : full;
    const hover = this.mode === 'relative' ? `${full} ${zoneName()}` : `${relative} · ${full} ${zoneName()}`;
    return html`<time datetime=${value} title=${hover}>${text}</time
      >${this.mode === 'both' && !full.startsWith(relative) ? html`<small>${relative}</small>` : nothing}`;
  }
}

define('cm-time', CmTime);
