import { html, nothing } from 'lit';
import type { Machine } from '../../api/meta.ts';
import { msg, say } from '../../state/language.ts';
import { base } from '../../tokens/base.styles.ts';
import { tones } from '../badge/badge.styles.ts';
import { CmElement, define } from '../element/element.ts';
import '../icon/icon.element.ts';
import { styles } from './machine.styles.ts';
import { machinePicture } from './machine-path.ts';

/**
 * The picture of a state machine with the current state: the main way as steps, the other states below it.
 * @prop machine - as in `meta.generated.ts`
 * @prop visited - states the record has been in
 * @attr state, previous
 */
export class CmMachine extends CmElement {
  declare machine: Machine | undefined;
  declare state: string;
  declare previous: string;
  declare visited: readonly string[];
  static override properties = {
    machine: { attribute: false },
    state: {},
    previous: {},
    visited: { attribute: false },
  };
  static override styles = [base, tones, styles];

  constructor() {
    super();
    this.state = '';
    this.previous = '';
    this.visited = [];
  }

  override render() {
    const { machine } = this;
    if (machine === undefined) return nothing;
    const { main, side } = machinePicture(machine, this.state, this.previous);
    const at = main.indexOf(this.state);
    const branch = side.find((s) => s.state === this.state);
    const reached = at >= 0 ? at : (branch?.under ?? -1);
    return html`<ol style="--n:${main.length}" aria-label=${msg('状态进度', 'Progress')}>
        ${main.map((state, i) => {
          const meta = machine.states[state]!;
          const now = state === this.state;
          const been = !now && i <= reached && (this.visited.includes(state) || i > 0);
          const skipped = !now && i <= reached && !been;
          return html`<li
            class="${now ? `now ${meta.tone}` : been ? 'been' : skipped ? 'skipped' : 'ahead'} ${i < reached ? 'joined' : ''}"
            aria-current=${now ? 'step' : nothing}
          >
            <span class="dot">${been || (now && meta.final) ? html`<cm-icon name="check"></cm-icon>` : nothing}</span>
            <span class="name">${say(meta.title)}</span>
          </li>`;
        })}
      </ol>
      <ul style="--n:${main.length}" aria-label=${msg('其他状态', 'Other states')}>
        ${side.map(({ state, under }) => {
          const meta = machine.states[state]!;
          const now = state === this.state;
          return html`<li class=${now ? `now ${meta.tone}` : ''} style="grid-column:${under + 1}" aria-current=${now ? 'step' : nothing}>
            <span>${say(meta.title)}</span>
          </li>`;
        })}
      </ul>`;
  }
}

define('cm-machine', CmMachine);
