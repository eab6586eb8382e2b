import { css } from 'lit';

export const styles = css`
  :host {
    display: block;
    container-type: inline-size;
  }
  ol,
  ul {
    display: grid;
    grid-template-columns: repeat(var(--n), minmax(0, 1fr));
    margin: 0;
    padding: 0;
    list-style: none;
  }
  ol li {
    position: relative;
    display: grid;
    justify-items: center;
    gap: 6px;
    text-align: center;
  }
  ol li + li::before {
    content: '';
    position: absolute;
    top: 12px;
    right: calc(50% + 17px);
    left: calc(-50% + 17px);
    height: 2px;
    background: var(--cm-line-strong);
    border-radius: 1px;
  }
  ol li.joined + li::before {
    background: var(--cm-accent);
  }
  .dot {
    display: grid;
    place-items: center;
    width: 26px;
    height: 26px;
    border: 2px solid var(--cm-line-strong);
    border-radius: 50%;
    background: var(--cm-surface);
    color: var(--cm-on-accent);
  }
  .dot cm-icon {
    width: 15px;
    height: 15px;
  }
  .been .dot {
    border-color: var(--cm-accent);
    background: var(--cm-accent);
  }
  .skipped .dot {
    border-style: dashed;
  }
  ol .now .dot {
    border-color: var(--ink);
    background: var(--ink);
    color: var(--cm-surface);
    box-shadow: 0 0 0 5px var(--soft);
  }
  ol .now .dot:empty::after,
  ol .now .dot:not(:has(cm-icon))::after {
    content: '';
    width: 8px;
    height: 8px;
    border-radius: 50%;
    background: var(--cm-surface);
  }
  .name {
    color: var(--cm-text-3);
    font-size: var(--cm-size-s);
  }
  .been .name {
    color: var(--cm-text-2);
  }
  .now .name {
    color: var(--ink);
    font-weight: 650;
  }
  ul {
    margin-top: 4px;
  }
  ul li {
    display: grid;
    justify-items: center;
    min-width: 0;
  }
  ul li::before {
    content: '';
    width: 0;
    height: 13px;
    border-left: 2px dotted var(--cm-line-strong);
  }
  ul span {
    padding: 0 10px;
    border: 1px dashed var(--cm-line-strong);
    border-radius: var(--cm-radius-pill);
    color: var(--cm-text-3);
    font-size: var(--cm-size-xs);
    line-height: 20px;
    white-space: nowrap;
  }
  ul .now span {
    border: 1px solid var(--line);
    background: var(--soft);
    color: var(--ink);
    font-weight: 650;
    line-height: 24px;
  }
  ul .now::before {
    border-left: 2px solid var(--ink);
  }
  @container (max-width: 560px) {
    ol {
      grid-template-columns: 1fr;
      gap: 12px;
    }
    ol li {
      grid-template-columns: 26px 1fr;
      justify-items: start;
      align-items: center;
      gap: 12px;
      text-align: left;
    }
    ol li + li::before {
      top: -12px;
      left: 12px;
      right: auto;
      width: 2px;
      height: 12px;
    }
    ul {
      display: flex;
      flex-wrap: wrap;
      gap: 6px;
      margin-top: 14px;
    }
    ul li::before {
      content: none;
    }
  }
`;
