import { css } from 'lit';

export const styles = css`
  dialog {
    width: min(var(--cm-dialog-width, 480px), calc(100vw - 24px));
    max-height: calc(100dvh - 32px);
    padding: 0;
    border: 1px solid var(--cm-line);
    border-radius: var(--cm-radius-l);
    background: var(--cm-surface);
    color: var(--cm-text);
    box-shadow: var(--cm-shadow-3);
    overflow: hidden;
  }
  dialog[open] {
    display: flex;
    flex-direction: column;
    animation: rise var(--cm-slow) var(--cm-ease);
  }
  dialog::backdrop {
    background: rgb(13 28 36 / 48%);
  }
  @keyframes rise {
    from {
      opacity: 0;
      transform: translateY(10px) scale(0.985);
    }
  }
  header {
    display: flex;
    align-items: flex-start;
    gap: 12px;
    padding: var(--cm-space-5) var(--cm-space-5) 0;
  }
  header .mark {
    display: grid;
    place-items: center;
    flex: none;
    width: 38px;
    height: 38px;
    border-radius: 50%;
    background: var(--cm-accent-soft);
    color: var(--cm-accent);
  }
  header .mark.danger {
    background: var(--cm-bad-soft);
    color: var(--cm-bad);
  }
  h2 {
    flex: 1;
    margin: 0;
    font-size: 17px;
    font-weight: 650;
    line-height: 38px;
  }
  .body {
    display: grid;
    gap: var(--cm-space-4);
    padding: var(--cm-space-4) var(--cm-space-5);
    overflow: auto;
  }
  .body p {
    margin: 0;
    color: var(--cm-text-2);
  }
  footer {
    display: flex;
    justify-content: flex-end;
    flex-wrap: wrap;
    gap: var(--cm-space-2);
    padding: var(--cm-space-3) var(--cm-space-5) var(--cm-space-4);
    border-top: 1px solid var(--cm-line);
    background: var(--cm-surface-2);
  }
  .sure {
    display: flex;
    align-items: center;
    gap: 10px;
    min-height: var(--cm-control);
    cursor: pointer;
  }
  .sure input {
    width: 18px;
    height: 18px;
    accent-color: var(--cm-bad);
  }
  .common {
    display: flex;
    flex-wrap: wrap;
    gap: 6px;
    margin-top: 8px;
  }
  @media (max-width: 480px) {
    footer cm-button {
      flex: 1;
    }
  }
`;
