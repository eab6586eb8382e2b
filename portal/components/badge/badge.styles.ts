import { css } from 'lit';

export const styles = css`
  :host {
    display: inline-flex;
    max-width: 100%;
  }
  span {
    display: inline-flex;
    align-items: center;
    gap: 6px;
    min-width: 0;
    padding: 1px 9px 1px 7px;
    border: 1px solid var(--line);
    border-radius: var(--cm-radius-pill);
    background: var(--soft);
    color: var(--ink);
    font-size: var(--cm-size-xs);
    font-weight: 600;
    line-height: 20px;
    white-space: nowrap;
  }
  svg {
    flex: none;
    width: 11px;
    height: 11px;
    fill: currentcolor;
    stroke: currentcolor;
    stroke-width: 1.6;
    stroke-linecap: round;
    stroke-linejoin: round;
  }
  .plain {
    padding: 0;
    border: 0;
    background: none;
  }
`;

export const tones = css`
  .neutral {
    --ink: var(--cm-neutral);
    --soft: var(--cm-neutral-soft);
    --line: var(--cm-neutral-line);
  }
  .info {
    --ink: var(--cm-info);
    --soft: var(--cm-info-soft);
    --line: var(--cm-info-line);
  }
  .good {
    --ink: var(--cm-good);
    --soft: var(--cm-good-soft);
    --line: var(--cm-good-line);
  }
  .warn {
    --ink: var(--cm-warn);
    --soft: var(--cm-warn-soft);
    --line: var(--cm-warn-line);
  }
  .bad {
    --ink: var(--cm-bad);
    --soft: var(--cm-bad-soft);
    --line: var(--cm-bad-line);
  }
`;
