import { html, nothing, svg } from 'lit';
import type { StateTable, Tone } from '../../api/meta.ts';
import { say } from '../../state/language.ts';
import { base } from '../../tokens/base.styles.ts';
import { CmElement, define } from '../element/element.ts';
import { styles, tones } from './badge.styles.ts';

/** One shape for each tone, so that colour is never the only sign. */
const shapes = {
  neutral: svg`<circle cx="6" cy="6" r="4" fill="none"></circle>`,
  info: svg`<circle cx="6" cy="6" r="4.2" fill="none"></circle><path d="M6 1.800a4.200 4.200 0 0 1 0 8.400z" stroke="none"></path>`,
  good: svg`<path d="M1.800 6.400 4.700 9.300 10.300 2.900" fill="none" stroke-width="2.200"></path>`,
  warn: svg`<path d="M6 1.500 11 10.500H1z"></path>`,
  bad: svg`<path d="M6 .8 11.200 6 6 11.200 .8 6z"></path>`,
};

/**
 * A status: shape and text in a tone.
 * @attr tone - neutral, info, good, warn, bad
 * @attr plain - without the pill around it
 * @slot - the text
 */
export class CmBadge extends CmElement {
  declare tone: Tone;
  declare plain: boolean;
  static override properties = { tone: {}, plain: { type: Boolean } };
  static override styles = [base, tones, styles];

  constructor() {
    super();
    this.tone = 'neutral';
    this.plain = false;
  }

  override render() {
    return html`<span class="${this.tone} ${this.plain ? 'plain' : ''}"
      ><svg viewBox="0 0 12 12" aria-hidden="true">${shapes[this.tone] ?? nothing}</svg><slot></slot
    ></span>`;
  }
}

/** The badge of a state; an unknown state shows its own name. */
export const stateBadge = (table: StateTable, state: string) => {
  const meta = table[state];
  return html`<cm-badge tone=${meta?.tone ?? 'neutral'} title=${meta?.help ? say(meta.help) : nothing}
    >${meta ? say(meta.title) : state}</cm-badge
  >`;
};

define('cm-badge', CmBadge);
