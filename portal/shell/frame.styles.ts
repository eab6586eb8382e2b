import { css } from 'lit';

export const styles = css`
  :host {
    --cm-sticky-top: 60px;
    display: grid;
    grid-template: 60px minmax(0, 1fr) / 224px minmax(0, 1fr);
    grid-template-areas: 'brand top' 'nav page';
    min-height: 100dvh;
    background: var(--cm-bg);
    color: var(--cm-text);
  }
  .brand,
  header,
  nav {
    background: var(--cm-surface);
  }
  .brand {
    grid-area: brand;
    position: sticky;
    top: 0;
    z-index: 31;
    display: flex;
    align-items: center;
    gap: 11px;
    padding: 0 20px;
    border-right: 1px solid var(--cm-line);
    color: var(--cm-text);
    font-size: 17px;
    font-weight: 680;
    letter-spacing: 0.005em;
  }
  .brand:hover {
    text-decoration: none;
  }
  header {
    grid-area: top;
    position: sticky;
    top: 0;
    z-index: 30;
    display: flex;
    align-items: center;
    gap: 8px;
    padding: 0 20px 0 24px;
    border-bottom: 1px solid var(--cm-line);
  }
  header cm-search {
    flex: 0 1 400px;
    margin-right: auto;
  }
  .signal {
    display: inline-flex;
    align-items: center;
    gap: 7px;
    padding: 0 10px;
    color: var(--cm-text-3);
    font-size: var(--cm-size-s);
    white-space: nowrap;
  }
  .signal i {
    width: 8px;
    height: 8px;
    border-radius: 50%;
    background: var(--cm-good);
    box-shadow: 0 0 0 3px var(--cm-good-soft);
  }
  .signal.connecting i {
    background: none;
    border: 2px solid var(--cm-neutral);
    box-shadow: none;
  }
  .signal.lost i {
    border-radius: 1px;
    background: var(--cm-bad);
    box-shadow: 0 0 0 3px var(--cm-bad-soft);
  }
  nav {
    grid-area: nav;
    position: sticky;
    top: 60px;
    align-self: start;
    display: flex;
    flex-direction: column;
    height: calc(100dvh - 60px);
    padding: 14px 12px;
    border-right: 1px solid var(--cm-line);
    overflow-y: auto;
  }
  nav a {
    position: relative;
    display: flex;
    align-items: center;
    gap: 12px;
    min-height: max(42px, var(--cm-control));
    margin-bottom: 2px;
    padding: 0 12px;
    border-radius: var(--cm-radius-m);
    color: var(--cm-text-2);
    font-weight: 550;
  }
  nav a:hover {
    background: var(--cm-surface-3);
    color: var(--cm-text);
    text-decoration: none;
  }
  nav a[aria-current] {
    background: var(--cm-accent-soft);
    color: var(--cm-accent);
  }
  nav a cm-icon {
    width: 20px;
    height: 20px;
  }
  nav .count {
    min-width: 20px;
    margin-left: auto;
    padding: 0 6px;
    border-radius: var(--cm-radius-pill);
    background: var(--cm-bad-soft);
    color: var(--cm-bad);
    font-size: var(--cm-size-xs);
    font-weight: 650;
    line-height: 20px;
    text-align: center;
  }
  nav small {
    margin-top: auto;
    padding: 8px 12px;
    color: var(--cm-text-3);
    font-size: 11px;
  }
  main {
    grid-area: page;
    min-width: 0;
    padding: 24px 28px 40px;
  }
  main:focus {
    outline: none;
  }
  .inner {
    max-width: 1560px;
    margin: 0 auto;
  }
  .title {
    display: flex;
    align-items: flex-end;
    justify-content: space-between;
    gap: 16px;
    margin-bottom: 16px;
  }
  .title h1 {
    margin: 0;
    font-size: 22px;
    font-weight: 650;
    line-height: 1.3;
  }
  .title p {
    margin: 2px 0 0;
    color: var(--cm-text-3);
    font-size: var(--cm-size-s);
  }
  .back {
    margin: -8px 0 10px -10px;
  }
  .banner {
    grid-column: 1 / -1;
    display: flex;
    align-items: center;
    justify-content: center;
    gap: 8px;
    margin: -24px -28px 20px;
    padding: 8px 16px;
    background: var(--cm-warn-soft);
    border-bottom: 1px solid var(--cm-warn-line);
    color: var(--cm-warn);
    font-size: var(--cm-size-s);
    font-weight: 600;
  }
  .who {
    padding: 8px 10px 10px;
    border-bottom: 1px solid var(--cm-line);
    margin-bottom: 6px;
  }
  .who b {
    display: block;
    font-weight: 600;
  }
  .who span {
    color: var(--cm-text-3);
    font-size: var(--cm-size-xs);
  }
  .skip {
    position: absolute;
    left: -9999px;
    z-index: 100;
    padding: 10px 16px;
    background: var(--cm-surface);
  }
  .skip:focus {
    left: 8px;
    top: 8px;
  }
  @media (max-width: 1100px) {
    :host {
      grid-template-columns: 68px minmax(0, 1fr);
    }
    .brand {
      justify-content: center;
      padding: 0;
    }
    .brand span,
    nav small {
      display: none;
    }
    nav {
      padding: 12px 8px;
    }
    nav a {
      flex-direction: column;
      justify-content: center;
      gap: 3px;
      min-height: 58px;
      padding: 6px 2px;
      font-size: 11px;
      text-align: center;
    }
    nav .count {
      position: absolute;
      top: 2px;
      right: 6px;
    }
    main {
      padding: 20px 20px 36px;
    }
    .banner {
      margin: -20px -20px 16px;
    }
    .signal span {
      display: none;
    }
    header {
      padding: 0 14px 0 20px;
    }
  }
  @media (max-width: 700px) {
    :host {
      --cm-sticky-top: 56px;
      grid-template: 56px minmax(0, 1fr) / minmax(0, 1fr);
      grid-template-areas: 'top' 'page';
    }
    .brand,
    .signal {
      display: none;
    }
    header {
      gap: 0;
      padding: 0 8px 0 12px;
    }
    header cm-search {
      flex: 1 1 0;
      margin-right: 4px;
    }
    nav {
      position: fixed;
      top: auto;
      inset: auto 0 0;
      z-index: 40;
      flex-direction: row;
      height: calc(60px + env(safe-area-inset-bottom));
      padding: 4px 6px env(safe-area-inset-bottom);
      border: 0;
      border-top: 1px solid var(--cm-line);
      overflow: auto hidden;
      scrollbar-width: none;
    }
    nav a {
      flex: 1 0 64px;
      min-height: 50px;
      margin: 0;
    }
    main {
      padding: 16px 12px 88px;
    }
    .banner {
      margin: -16px -12px 14px;
    }
    .title h1 {
      font-size: 20px;
    }
  }
`;
