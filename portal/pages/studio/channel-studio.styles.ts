import { css } from 'lit';

export const styles = css`
  .bar {
    display: flex;
    align-items: center;
    flex-wrap: wrap;
    gap: 8px;
    padding: 8px 12px;
    border-bottom: 1px solid var(--cm-line);
  }
  .bar cm-select {
    flex: 1 1 260px;
    max-width: 460px;
    min-width: 0;
  }
  .state {
    color: var(--cm-text-3);
    font-size: var(--cm-size-s);
  }
  .panes {
    display: grid;
    grid-template-columns: minmax(0, 0.9fr) minmax(0, 1.8fr) minmax(0, 1.15fr);
    height: max(440px, calc(100vh - 330px));
  }
  .pane {
    display: flex;
    flex-direction: column;
    min-width: 0;
    min-height: 0;
    border-right: 1px solid var(--cm-line);
  }
  .pane:last-child {
    border-right: 0;
  }
  .pane > h2 {
    padding: 8px 12px;
    border-bottom: 1px solid var(--cm-line);
    background: var(--cm-surface-2);
    color: var(--cm-text-2);
    font-size: var(--cm-size-s);
  }
  .pane > :last-child {
    flex: 1;
    min-height: 0;
  }
  .problems {
    max-height: 168px;
    margin: 0;
    padding: 0;
    border-top: 1px solid var(--cm-line);
    list-style: none;
    overflow: auto;
  }
  .pane > .problems:last-child {
    flex: none;
  }
  .pane > cm-code {
    flex: 1;
    min-height: 0;
  }
  .problems li {
    display: flex;
    gap: 8px;
    padding: 6px 12px;
    border-bottom: 1px solid var(--cm-line);
    font-size: var(--cm-size-s);
    overflow-wrap: anywhere;
  }
  .problems .mono {
    color: var(--cm-bad);
    white-space: nowrap;
  }
  kbd {
    padding: 0 5px;
    border: 1px solid var(--cm-line-strong);
    border-radius: 4px;
    color: var(--cm-text-3);
    font: 11px/18px var(--cm-mono);
  }
  @container (max-width: 1080px) {
    .panes {
      grid-template-columns: minmax(0, 1fr) minmax(0, 1fr);
      grid-template-rows: 460px 420px;
      height: auto;
    }
    .pane.text {
      grid-column: 1 / -1;
      grid-row: 1;
      border-right: 0;
      border-bottom: 1px solid var(--cm-line);
    }
  }
  @container (max-width: 640px) {
    .panes {
      grid-template-columns: minmax(0, 1fr);
      grid-template-rows: 420px 320px 420px;
    }
    .pane {
      border-right: 0;
      border-bottom: 1px solid var(--cm-line);
    }
    kbd {
      display: none;
    }
  }
`;
