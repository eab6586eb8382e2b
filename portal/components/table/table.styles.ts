import { css } from 'lit';

export const styles = css`
  :host {
    display: block;
    min-width: 0;
    container-type: inline-size;
  }
  .scroll {
    overflow-x: auto;
  }
  table {
    width: 100%;
    border-collapse: separate;
    border-spacing: 0;
    font-size: var(--cm-size-s);
  }
  th {
    position: sticky;
    z-index: 1;
    padding: 0 12px;
    height: 38px;
    background: var(--cm-surface-2);
    border-bottom: 1px solid var(--cm-line);
    color: var(--cm-text-3);
    font-size: var(--cm-size-xs);
    font-weight: 600;
    text-align: left;
    white-space: nowrap;
  }
  @container (min-width: 1000px) {
    /* Without a scroller of its own the heading sticks below the top bar of the page. */
    .scroll {
      overflow: visible;
    }
    th {
      top: var(--cm-sticky-top, 0);
    }
  }
  th button {
    display: inline-flex;
    align-items: center;
    gap: 4px;
    min-height: 32px;
    margin: 0 -6px;
    padding: 0 6px;
    border: 0;
    border-radius: var(--cm-radius-s);
    background: none;
    color: inherit;
    font: inherit;
    cursor: pointer;
  }
  th button:hover {
    color: var(--cm-text);
    background: var(--cm-surface-3);
  }
  th button cm-icon {
    width: 14px;
    height: 14px;
    opacity: 0;
  }
  th[aria-sort] button cm-icon {
    opacity: 1;
    color: var(--cm-accent);
  }
  td {
    padding: 6px 12px;
    height: var(--cm-row);
    border-bottom: 1px solid var(--cm-line);
    vertical-align: middle;
    font-variant-numeric: tabular-nums;
    max-width: 360px;
    overflow-wrap: anywhere;
  }
  tbody tr:last-child td {
    border-bottom-color: transparent;
  }
  th:first-child,
  td:first-child {
    padding-left: var(--cm-space-5);
  }
  th:last-child,
  td:last-child {
    padding-right: var(--cm-space-5);
  }
  .end {
    text-align: right;
  }
  .tick {
    width: 44px;
    padding-right: 0;
  }
  input[type='checkbox'] {
    width: 17px;
    height: 17px;
    margin: 0;
    accent-color: var(--cm-accent);
    vertical-align: middle;
  }
  tbody tr.go {
    cursor: pointer;
  }
  tbody tr:hover td {
    background: var(--cm-surface-2);
  }
  tbody tr[aria-selected='true'] td {
    background: var(--cm-accent-soft);
  }
  tbody tr:focus-visible {
    outline-offset: -2px;
  }
  tr.fresh td {
    animation: settle 6s ease-out;
  }
  tr.born td {
    animation: arrive var(--cm-slow) var(--cm-ease), settle 6s ease-out;
  }
  tr.fresh td:first-child,
  tr.born td:first-child {
    box-shadow: inset 3px 0 var(--cm-accent);
  }
  @keyframes settle {
    0%,
    40% {
      background: var(--cm-fresh);
    }
  }
  @keyframes arrive {
    from {
      opacity: 0;
      transform: translateY(-14px);
    }
  }
  .pairs {
    display: flex;
    flex-wrap: wrap;
    gap: 0 14px;
  }
  .main {
    font-weight: 600;
  }
  .sub {
    display: block;
    color: var(--cm-text-3);
    font-size: var(--cm-size-xs);
    font-weight: 400;
  }
  .empty {
    display: grid;
    justify-items: center;
    gap: 6px;
    padding: 52px 20px 60px;
    color: var(--cm-text-3);
    text-align: center;
  }
  .empty cm-icon {
    width: 36px;
    height: 36px;
    color: var(--cm-line-strong);
  }
  .empty b {
    color: var(--cm-text-2);
    font-weight: 600;
  }
  .trouble {
    padding: var(--cm-space-4) var(--cm-space-5);
  }
  footer {
    display: flex;
    align-items: center;
    flex-wrap: wrap;
    gap: 6px 14px;
    padding: 7px var(--cm-space-5);
    border-top: 1px solid var(--cm-line);
    color: var(--cm-text-3);
    font-size: var(--cm-size-xs);
    font-variant-numeric: tabular-nums;
  }
  footer .push {
    margin-left: auto;
  }
  .bar {
    position: relative;
    height: 2px;
    margin-bottom: -2px;
    overflow: hidden;
    z-index: 2;
  }
  .bar i {
    position: absolute;
    inset: 0 auto 0 -30%;
    width: 30%;
    background: var(--cm-accent);
    animation: run 1s linear infinite;
  }
  @keyframes run {
    to {
      left: 100%;
    }
  }
  @container (max-width: 1000px) {
    .wide {
      display: none;
    }
  }
  @container (max-width: 780px) {
    .medium {
      display: none;
    }
  }
  @container (max-width: 600px) {
    .wide,
    .medium {
      display: flex;
    }
    thead {
      position: absolute;
      clip-path: inset(50%);
      width: 1px;
      height: 1px;
      overflow: hidden;
    }
    table,
    tbody {
      display: block;
    }
    tbody {
      padding: var(--cm-space-3);
    }
    tr {
      display: block;
      position: relative;
      margin-bottom: var(--cm-space-3);
      padding: 10px 14px;
      border: 1px solid var(--cm-line);
      border-radius: var(--cm-radius-m);
      background: var(--cm-surface);
    }
    tbody tr:last-child {
      margin-bottom: 0;
    }
    td,
    td:first-child,
    td:last-child {
      display: flex;
      align-items: baseline;
      gap: 12px;
      max-width: none;
      height: auto;
      padding: 3px 0;
      border: 0;
      box-shadow: none !important;
      text-align: left;
    }
    td::before {
      content: attr(data-label);
      flex: 0 0 84px;
      text-align: left;
      color: var(--cm-text-3);
      font-size: var(--cm-size-xs);
    }
    td.head {
      padding-bottom: 6px;
      font-size: var(--cm-size-m);
    }
    td.head::before,
    td.corner::before,
    td.tick::before {
      content: none;
    }
    td.corner,
    td.corner:last-child {
      position: absolute;
      top: 10px;
      right: 14px;
    }
    td.tick {
      position: absolute;
      right: 14px;
      bottom: 10px;
    }
    td.blank {
      display: none;
    }
    tbody tr:hover td {
      background: none;
    }
    tr.fresh,
    tr.born {
      border-color: var(--cm-accent);
      animation: settle 6s ease-out;
    }
    tr.fresh td,
    tr.born td {
      animation: none;
    }
    footer {
      padding: 8px 14px;
    }
  }
`;
