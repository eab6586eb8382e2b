import { css } from 'lit';

export const styles = css`
  .tiles {
    display: grid;
    grid-template-columns: repeat(6, minmax(0, 1fr));
    gap: var(--cm-space-3);
  }
  .tile {
    padding: 12px 16px;
  }
  .tile span {
    color: var(--cm-text-3);
    font-size: var(--cm-size-s);
  }
  .tile b {
    display: block;
    font-size: 24px;
    font-weight: 650;
    line-height: 1.25;
    font-variant-numeric: tabular-nums;
  }
  .tile.bad b {
    color: var(--cm-bad);
  }
  .tile.warn b {
    color: var(--cm-warn);
  }
  .board {
    display: grid;
    grid-template-columns: repeat(auto-fill, minmax(min(360px, 100%), 1fr));
    gap: var(--cm-space-4);
    align-items: start;
  }
  article.card {
    display: grid;
    border-top: 4px solid var(--cm-good);
  }
  article.card.bad {
    border-top-color: var(--cm-bad);
  }
  article.card.warn {
    border-top-color: var(--cm-warn);
  }
  article.card.off {
    border-top-color: var(--cm-line-strong);
  }
  article > header {
    border: 0;
    padding-bottom: 0;
  }
  .rate {
    display: flex;
    align-items: center;
    justify-content: space-between;
    gap: 12px;
    padding: 4px var(--cm-space-5) 8px;
  }
  .rate b {
    font-size: 26px;
    font-weight: 650;
    font-variant-numeric: tabular-nums;
  }
  .rate small {
    color: var(--cm-text-3);
  }
  .rate cm-spark {
    flex: 0 1 150px;
    height: 34px;
  }
  dl {
    display: grid;
    grid-template-columns: repeat(5, minmax(0, auto));
    gap: 4px 12px;
    margin: 0;
    padding: 8px var(--cm-space-5) 12px;
    border-bottom: 1px solid var(--cm-line);
  }
  dt {
    color: var(--cm-text-3);
    font-size: var(--cm-size-xs);
    white-space: nowrap;
  }
  dd {
    margin: 0;
    font-weight: 600;
    font-variant-numeric: tabular-nums;
    white-space: nowrap;
  }
  .figure.bad dd {
    color: var(--cm-bad);
  }
  .figure.warn dd {
    color: var(--cm-warn);
  }
  ul {
    margin: 0;
    padding: 6px 8px;
    list-style: none;
  }
  .rows button {
    display: flex;
    align-items: center;
    gap: 10px;
    width: 100%;
    min-height: max(34px, calc(var(--cm-control) - 4px));
    padding: 2px 12px;
    border: 0;
    border-radius: var(--cm-radius-s);
    background: none;
    text-align: start;
    cursor: pointer;
  }
  .rows button:hover {
    background: var(--cm-surface-3);
  }
  .rows .clip {
    flex: 1;
  }
  .rows cm-icon {
    width: 16px;
    height: 16px;
    color: var(--cm-text-3);
  }
  .waits {
    padding: 0 7px;
    border-radius: var(--cm-radius-pill);
    background: var(--cm-warn-soft);
    color: var(--cm-warn);
    font-size: var(--cm-size-xs);
    font-weight: 600;
  }
  .told {
    border-top: 1px solid var(--cm-line);
  }
  .told button {
    padding: 4px 12px;
    border: 0;
    background: none;
    color: var(--cm-warn);
    font-size: var(--cm-size-s);
    cursor: pointer;
  }
  article.bad .told button {
    color: var(--cm-bad);
  }
  @container (max-width: 900px) {
    .tiles {
      grid-template-columns: repeat(3, minmax(0, 1fr));
    }
  }
  @container (max-width: 480px) {
    .tile {
      padding: 8px 12px;
    }
    .tile b {
      font-size: 20px;
    }
    dl {
      grid-template-columns: repeat(3, minmax(0, 1fr));
    }
  }
  /* A wall screen is read from afar. */
  @container (min-width: 1500px) {
    .board {
      grid-template-columns: repeat(auto-fill, minmax(440px, 1fr));
    }
    .tile b {
      font-size: 38px;
    }
    .rate b {
      font-size: 36px;
    }
    dd {
      font-size: 18px;
    }
    article h2 {
      font-size: 19px;
    }
  }
`;
