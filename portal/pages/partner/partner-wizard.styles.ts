import { css } from 'lit';

export const styles = css`
  .steps {
    display: flex;
    flex-wrap: wrap;
    gap: 8px 24px;
    margin: 0;
    padding: 0;
    list-style: none;
    color: var(--cm-text-3);
  }
  .steps li {
    display: flex;
    align-items: center;
    gap: 8px;
  }
  .steps i {
    display: grid;
    place-items: center;
    width: 26px;
    height: 26px;
    border: 1px solid var(--cm-line-strong);
    border-radius: 50%;
    font-style: normal;
    font-size: var(--cm-size-s);
    font-weight: 600;
  }
  .steps .now {
    color: var(--cm-text);
    font-weight: 600;
  }
  .steps .now i {
    border-color: var(--cm-accent);
    background: var(--cm-accent);
    color: var(--cm-on-accent);
  }
  .steps .past i {
    border-color: var(--cm-accent-line);
    background: var(--cm-accent-soft);
    color: var(--cm-accent);
  }
  .templates {
    display: grid;
    grid-template-columns: repeat(auto-fill, minmax(min(320px, 100%), 1fr));
    gap: var(--cm-space-3);
  }
  .template {
    display: grid;
    grid-template-columns: auto 1fr;
    gap: 6px 12px;
    padding: 16px 18px;
    text-align: start;
    cursor: pointer;
  }
  .template:hover {
    border-color: var(--cm-accent);
  }
  .template cm-icon {
    grid-row: span 3;
    width: 24px;
    height: 24px;
    color: var(--cm-accent);
  }
  .template span {
    color: var(--cm-text-2);
    font-size: var(--cm-size-s);
  }
  .template small {
    color: var(--cm-text-3);
  }
  h2 {
    margin-top: 4px;
  }
  p {
    margin: 0;
    color: var(--cm-text-2);
  }
  ul {
    margin: 0;
    padding-left: 20px;
    color: var(--cm-text-2);
  }
  .text {
    padding: var(--cm-space-4) var(--cm-space-5);
  }
  pre {
    max-height: 460px;
    margin: 10px 0 0;
    padding: 14px 16px;
    overflow: auto;
    border: 1px solid var(--cm-line);
    border-radius: var(--cm-radius-m);
    background: var(--cm-surface-2);
    line-height: 1.55;
  }
  .start {
    display: flex;
    align-items: center;
    gap: 8px;
    min-height: var(--cm-control);
    cursor: pointer;
  }
  .start input {
    width: 18px;
    height: 18px;
    accent-color: var(--cm-accent);
  }
  .made {
    padding: 8px;
    list-style: none;
  }
  .made button {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 4px 12px;
    width: 100%;
    min-height: var(--cm-control);
    padding: 6px 12px;
    border: 0;
    border-radius: var(--cm-radius-s);
    background: none;
    text-align: start;
    cursor: pointer;
  }
  .made button:hover {
    background: var(--cm-surface-3);
  }
`;
