import { css } from 'lit';

export const styles = css`
  :host {
    display: inline-flex;
  }
  button {
    display: inline-flex;
    align-items: center;
    justify-content: center;
    gap: 7px;
    width: 100%;
    min-height: var(--cm-control);
    padding: 0 14px;
    border: 1px solid var(--cm-line-strong);
    border-radius: var(--cm-radius-m);
    background: var(--cm-surface);
    color: var(--cm-text);
    font-weight: 550;
    white-space: nowrap;
    cursor: pointer;
    transition: background var(--cm-fast), border-color var(--cm-fast), color var(--cm-fast);
  }
  button:hover {
    background: var(--cm-surface-3);
  }
  button:active {
    transform: translateY(0.5px);
  }
  button:disabled {
    opacity: 0.5;
    cursor: not-allowed;
  }
  .primary {
    background: var(--cm-accent);
    border-color: var(--cm-accent);
    color: var(--cm-on-accent);
  }
  .primary:hover:not(:disabled) {
    background: var(--cm-accent-hover);
    border-color: var(--cm-accent-hover);
  }
  .danger {
    color: var(--cm-bad);
    border-color: var(--cm-bad-line);
  }
  .danger:hover:not(:disabled) {
    background: var(--cm-bad-soft);
  }
  .danger-solid {
    background: #b0241c;
    border-color: #b0241c;
    color: #fff;
  }
  .danger-solid:hover:not(:disabled) {
    background: #8f1a13;
  }
  .ghost {
    border-color: transparent;
    background: transparent;
    color: var(--cm-text-2);
  }
  .ghost:hover {
    background: var(--cm-surface-3);
    color: var(--cm-text);
  }
  :host([small]) button {
    min-height: max(30px, calc(var(--cm-control) - 4px));
    padding: 0 10px;
    font-size: var(--cm-size-s);
  }
  .only {
    padding: 0;
    width: var(--cm-control);
  }
  .spin {
    width: 14px;
    height: 14px;
    border: 2px solid currentcolor;
    border-right-color: transparent;
    border-radius: 50%;
    animation: turn 0.7s linear infinite;
  }
  @keyframes turn {
    to {
      transform: rotate(1turn);
    }
  }
`;
