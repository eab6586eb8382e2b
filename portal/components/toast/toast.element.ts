import { css, html } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import type { Tone } from '../../api/meta.ts';
import { msg } from '../../state/language.ts';
import { base } from '../../tokens/base.styles.ts';
import { tones } from '../badge/badge.styles.ts';
import { CmElement, define } from '../element/element.ts';
import '../icon/icon.element.ts';

interface Toast {
  readonly id: number;
  readonly text: string;
  readonly tone: Tone;
}

/** Short words that pass by, read out politely. One host for a page; see `toast`. */
export class CmToasts extends CmElement {
  declare items: readonly Toast[];
  #next = 1;
  static override properties = { items: { state: true } };
  static override styles = [
    base,
    tones,
    css`
      :host {
        position: fixed;
        z-index: 1000;
        right: 20px;
        bottom: 24px;
        display: grid;
        gap: 8px;
        width: min(380px, calc(100vw - 40px));
        pointer-events: none;
      }
      div {
        display: flex;
        align-items: center;
        gap: 10px;
        padding: 11px 8px 11px 14px;
        border: 1px solid var(--cm-line);
        border-left: 4px solid var(--ink);
        border-radius: var(--cm-radius-m);
        background: var(--cm-surface);
        box-shadow: var(--cm-shadow-2);
        pointer-events: auto;
        animation: in var(--cm-slow) var(--cm-ease);
      }
      cm-icon {
        color: var(--ink);
      }
      span {
        flex: 1;
        overflow-wrap: anywhere;
      }
      button {
        display: grid;
        place-items: center;
        width: 32px;
        height: 32px;
        border: 0;
        border-radius: var(--cm-radius-s);
        background: none;
        cursor: pointer;
      }
      button cm-icon {
        color: var(--cm-text-3);
      }
      @keyframes in {
        from {
          opacity: 0;
          transform: translateY(12px);
        }
      }
      @media (max-width: 700px) {
        :host {
          bottom: 84px;
        }
      }
    `,
  ];

  constructor() {
    super();
    this.items = [];
  }

  show(text: string, tone: Tone): void {
    const id = this.#next++;
    this.items = [...this.items.slice(-3), { id, text, tone }];
    setTimeout(() => this.#drop(id), tone === 'bad' ? 9000 : 5000);
  }

  #drop(id: number): void {
    this.items = this.items.filter((item) => item.id !== id);
  }

  override render() {
    return html`${repeat(
      this.items,
      (item) => item.id,
      (item) => html`<div class=${item.tone} role="status">
        <cm-icon name=${item.tone === 'good' ? 'check' : item.tone === 'info' ? 'info' : 'alert'}></cm-icon>
        <span>${item.text}</span>
        <button type="button" aria-label=${msg('关闭', 'Close')} @click=${() => this.#drop(item.id)}>
          <cm-icon name="close"></cm-icon>
        </button>
      </div>`,
    )}`;
  }
}

define('cm-toasts', CmToasts);

/** Shows a passing word at the edge of the page. */
export function toast(text: string, tone: Tone = 'good'): void {
  let host = document.querySelector<CmToasts>('cm-toasts');
  if (host === null) {
    host = document.createElement('cm-toasts') as CmToasts;
    host.setAttribute('aria-live', 'polite');
    document.body.append(host);
  }
  host.show(text, tone);
}
