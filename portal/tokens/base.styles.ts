import { css } from 'lit';

/** What every element of ours starts from. */
export const base = css`
  :host {
    box-sizing: border-box;
    font-family: var(--cm-font);
    font-size: var(--cm-size-m);
    line-height: 1.5;
    color: var(--cm-text);
    -webkit-font-smoothing: antialiased;
  }
  :host([hidden]) {
    display: none !important;
  }
  *,
  *::before,
  *::after {
    box-sizing: border-box;
  }
  :focus-visible {
    outline: 2px solid var(--cm-focus);
    outline-offset: 2px;
  }
  button,
  input,
  select,
  textarea {
    font: inherit;
    color: inherit;
  }
  .mono {
    font-family: var(--cm-mono);
    font-size: 0.94em;
  }
  h1.mono {
    font-size: 21px;
  }
  .num {
    font-variant-numeric: tabular-nums;
  }
  .muted {
    color: var(--cm-text-3);
  }
  .strong {
    font-weight: 600;
  }
  .nowrap {
    white-space: nowrap;
  }
  .clip {
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .hidden-name {
    position: absolute;
    width: 1px;
    height: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
  a {
    color: var(--cm-accent);
    text-decoration: none;
  }
  a:hover {
    text-decoration: underline;
  }
`;

/** Surfaces and headings that pages share. */
export const surfaces = css`
  :host {
    display: block;
    container-type: inline-size;
    /* What a foreign page may have set on an ancestor. */
    font-weight: 400;
    font-style: normal;
    letter-spacing: normal;
    text-align: start;
    text-transform: none;
    white-space: normal;
  }
  .card {
    background: var(--cm-surface);
    border: 1px solid var(--cm-line);
    border-radius: var(--cm-radius-l);
    box-shadow: var(--cm-shadow-1);
    min-width: 0;
    overflow: clip;
  }
  .card > header {
    display: flex;
    align-items: center;
    flex-wrap: wrap;
    gap: var(--cm-space-2) var(--cm-space-3);
    padding: var(--cm-space-3) var(--cm-space-5);
    border-bottom: 1px solid var(--cm-line);
    min-height: 52px;
  }
  .card > .body {
    padding: var(--cm-space-5);
  }
  h1,
  h2,
  h3 {
    margin: 0;
    line-height: 1.3;
    font-weight: 650;
  }
  h1 {
    font-size: var(--cm-size-xl);
    letter-spacing: -0.005em;
  }
  h2 {
    font-size: 15px;
  }
  h3 {
    font-size: var(--cm-size-m);
  }
  .head {
    display: flex;
    align-items: flex-end;
    justify-content: space-between;
    flex-wrap: wrap;
    gap: var(--cm-space-3);
    margin-bottom: var(--cm-space-4);
  }
  .head p {
    margin: 2px 0 0;
    color: var(--cm-text-3);
    font-size: var(--cm-size-s);
  }
  .push {
    margin-left: auto;
  }
  .row {
    display: flex;
    align-items: center;
    flex-wrap: wrap;
    gap: var(--cm-space-2);
  }
  .stack {
    display: grid;
    gap: var(--cm-space-4);
    min-width: 0;
    align-content: start;
  }
`;
