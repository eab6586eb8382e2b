import { css } from 'lit';

export const detailStyles = css`
  .top {
    display: grid;
    gap: var(--cm-space-5);
    padding: var(--cm-space-5);
  }
  .line {
    display: flex;
    align-items: flex-start;
    justify-content: space-between;
    flex-wrap: wrap;
    gap: var(--cm-space-4);
  }
  .name {
    min-width: 0;
  }
  .name p {
    display: flex;
    flex-wrap: wrap;
    gap: 2px 10px;
    margin: 6px 0 0;
    color: var(--cm-text-2);
  }
  .name b {
    color: var(--cm-text);
    font-weight: 600;
  }
  .dotted::before {
    content: '·';
    margin-right: 10px;
    color: var(--cm-text-3);
  }
  .actions {
    display: flex;
    flex-wrap: wrap;
    gap: var(--cm-space-2);
  }
  .columns {
    display: grid;
    grid-template-columns: minmax(0, 1fr) 340px;
    gap: var(--cm-space-4);
    align-items: start;
  }
  .body {
    padding: var(--cm-space-5);
  }
  @container (max-width: 860px) {
    .columns {
      grid-template-columns: 1fr;
    }
    aside {
      order: -1;
    }
  }
  @container (max-width: 600px) {
    .top,
    .body {
      padding: var(--cm-space-4);
    }
    .actions {
      width: 100%;
    }
    .actions cm-button {
      flex: 1 1 40%;
    }
  }
`;
