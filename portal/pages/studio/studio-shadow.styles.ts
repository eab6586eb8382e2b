import { css } from 'lit';

export const shadowStyles = css`
  :host {
    display: block;
    padding-bottom: 12px;
  }
  .bar,
  .row {
    display: flex;
    align-items: center;
    flex-wrap: wrap;
    gap: 8px 12px;
  }
  .bar {
    padding: 12px;
  }
  .bar cm-select {
    width: 220px;
  }
  .push {
    margin-left: auto;
  }
  cm-notice {
    margin: 0 12px 12px;
  }
  .none {
    margin: 32px;
    color: var(--cm-text-3);
    text-align: center;
  }
  .summary {
    padding: 0 12px 8px;
  }
  .meter {
    height: 6px;
    margin-bottom: 8px;
    border-radius: 3px;
    background: var(--cm-surface-3);
    overflow: hidden;
  }
  .meter i {
    display: block;
    height: 100%;
    background: var(--cm-accent);
    transition: width var(--cm-slow) var(--cm-ease);
  }
  h3 {
    margin: 12px 12px 6px;
    font-size: var(--cm-size-s);
    color: var(--cm-text-2);
  }
  .fields {
    display: grid;
    grid-template-columns: repeat(auto-fill, minmax(300px, 1fr));
    gap: 4px 8px;
    margin: 0;
    padding: 0 12px;
    list-style: none;
  }
  .fields button {
    position: relative;
    display: flex;
    justify-content: space-between;
    gap: 12px;
    width: 100%;
    min-height: 36px;
    padding: 6px 12px;
    border: 1px solid var(--cm-line);
    border-radius: var(--cm-radius-m);
    background: var(--cm-surface);
    text-align: left;
    cursor: pointer;
    overflow: hidden;
  }
  .fields button:hover {
    border-color: var(--cm-line-strong);
  }
  .fields button[aria-pressed='true'] {
    border-color: var(--cm-accent);
    background: var(--cm-accent-soft);
  }
  .fields .mono {
    min-width: 0;
    overflow-wrap: anywhere;
  }
  .fields .num {
    color: var(--cm-text-3);
    font-size: var(--cm-size-s);
    white-space: nowrap;
  }
  .fields i {
    position: absolute;
    inset: auto auto 0 0;
    height: 2px;
    background: var(--cm-warn);
  }
  @media (pointer: coarse) {
    .fields button {
      min-height: 44px;
    }
  }
  .pair {
    display: grid;
    grid-template-columns: repeat(2, minmax(0, 1fr));
    gap: 12px;
  }
  .pair section {
    border: 1px solid var(--cm-line);
    border-radius: var(--cm-radius-m);
    min-width: 0;
  }
  .pair cm-studio-result {
    max-height: 60vh;
  }
  @media (max-width: 800px) {
    .pair {
      grid-template-columns: 1fr;
    }
  }
`;
