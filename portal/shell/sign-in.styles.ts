import { css } from 'lit';

export const styles = css`
  :host {
    display: grid;
    grid-template-columns: minmax(360px, 5fr) 7fr;
    min-height: 100dvh;
    background: var(--cm-surface);
  }
  .side {
    position: relative;
    display: flex;
    flex-direction: column;
    justify-content: space-between;
    padding: 44px 48px;
    background: linear-gradient(160deg, #0b6678 0%, #084655 55%, #06303c 100%);
    color: #fff;
    overflow: hidden;
    --cm-mark: rgb(255 255 255 / 16%);
  }
  .mesh {
    mask-image: linear-gradient(#000 30%, rgb(0 0 0 / 12%) 42% 60%, #000 72%);
    position: absolute;
    inset: 0;
    width: 100%;
    height: 100%;
  }
  .side > *:not(.mesh) {
    position: relative;
  }
  .logo {
    display: flex;
    align-items: center;
    gap: 12px;
    font-size: 20px;
    font-weight: 650;
    letter-spacing: 0.01em;
  }
  .side h1 {
    max-width: 15em;
    margin: 0 0 14px;
    font-size: 32px;
    line-height: 1.35;
    font-weight: 650;
  }
  .side p {
    max-width: 30em;
    margin: 0;
    color: rgb(255 255 255 / 82%);
    font-size: 15px;
    line-height: 1.75;
  }
  .side small {
    color: rgb(255 255 255 / 72%);
    font-size: 12px;
  }
  main {
    display: grid;
    grid-template-rows: auto 1fr auto;
    padding: 20px 28px;
    background: var(--cm-surface);
    color: var(--cm-text);
  }
  .prefs {
    display: flex;
    justify-content: flex-end;
    gap: 4px;
  }
  form {
    display: grid;
    gap: var(--cm-space-5);
    align-self: center;
    justify-self: center;
    width: min(380px, 100%);
    padding-bottom: 6vh;
    --cm-control: 46px;
  }
  form h2 {
    margin: 0 0 2px;
    font-size: 26px;
    font-weight: 650;
  }
  form .sub {
    margin: 0;
    color: var(--cm-text-3);
  }
  .small-logo {
    display: none;
  }
  .caps {
    display: flex;
    align-items: center;
    gap: 6px;
    margin-top: 6px;
    color: var(--cm-warn);
    font-size: var(--cm-size-s);
  }
  .demo {
    padding: 14px;
    border: 1px dashed var(--cm-line-strong);
    border-radius: var(--cm-radius-m);
    color: var(--cm-text-2);
    font-size: var(--cm-size-s);
  }
  .demo div {
    display: flex;
    flex-wrap: wrap;
    gap: 6px;
    margin-top: 10px;
    --cm-control: 34px;
  }
  @media (pointer: coarse) {
    .demo div {
      --cm-control: 46px;
    }
  }
  footer {
    color: var(--cm-text-3);
    font-size: var(--cm-size-xs);
    text-align: center;
  }
  @media (max-width: 860px) {
    :host {
      grid-template-columns: 1fr;
    }
    .side {
      display: none;
    }
    main {
      padding: 12px 20px 20px;
    }
    .small-logo {
      display: flex;
      align-items: center;
      gap: 10px;
      margin-bottom: 8px;
      font-size: 18px;
      font-weight: 650;
    }
  }
`;
