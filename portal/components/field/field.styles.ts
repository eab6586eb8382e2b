import { css } from 'lit';

export const styles = css`
  :host {
    display: block;
    min-width: 0;
  }
  label {
    display: block;
    margin-bottom: 5px;
    color: var(--cm-text-2);
    font-size: var(--cm-size-s);
    font-weight: 550;
  }
  label .need {
    color: var(--cm-bad);
    margin-left: 3px;
  }
  .box {
    position: relative;
    display: flex;
    align-items: center;
  }
  input,
  select,
  textarea {
    width: 100%;
    min-height: var(--cm-control);
    padding: 0 12px;
    border: 1px solid var(--cm-line-strong);
    border-radius: var(--cm-radius-m);
    background: var(--cm-surface);
    color: var(--cm-text);
    transition: border-color var(--cm-fast), box-shadow var(--cm-fast);
  }
  textarea {
    padding: 8px 12px;
    line-height: 1.5;
    resize: vertical;
  }
  textarea.mono {
    font-family: var(--cm-mono);
    font-size: var(--cm-size-s);
    white-space: pre;
  }
  select {
    padding-right: 32px;
    appearance: none;
    cursor: pointer;
  }
  .box > cm-icon.arrow {
    position: absolute;
    right: 9px;
    pointer-events: none;
    color: var(--cm-text-3);
  }
  input:hover,
  select:hover,
  textarea:hover {
    border-color: var(--cm-text-3);
  }
  input:focus,
  select:focus,
  textarea:focus {
    outline: none;
    border-color: var(--cm-focus);
    box-shadow: 0 0 0 3px color-mix(in srgb, var(--cm-focus) 22%, transparent);
  }
  ::placeholder {
    color: var(--cm-text-3);
    opacity: 0.85;
  }
  [aria-invalid='true'] {
    border-color: var(--cm-bad);
  }
  p {
    margin: 5px 0 0;
    color: var(--cm-text-3);
    font-size: var(--cm-size-xs);
  }
  p.wrong {
    color: var(--cm-bad);
  }
  :host([small]) select,
  :host([small]) input {
    font-size: var(--cm-size-s);
  }
`;
