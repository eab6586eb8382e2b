import { css, html, nothing, type TemplateResult } from 'lit';
import type { DefinitionCheckResult } from '../../api/client.generated.ts';
import '../../components/badge/badge.element.ts';
import { msg } from '../../state/language.ts';

type Check = DefinitionCheckResult['checks'][number];

export const checkStyles = css`
  .checks {
    max-height: 260px;
    margin: 0;
    padding: 0;
    border: 1px solid var(--cm-line);
    border-radius: var(--cm-radius-m);
    list-style: none;
    overflow: auto;
  }
  .checks li {
    display: flex;
    align-items: baseline;
    gap: 10px;
    padding: 6px 12px;
    border-bottom: 1px solid var(--cm-line);
    font-size: var(--cm-size-s);
  }
  .checks li:last-child {
    border-bottom: 0;
  }
  .checks li > span {
    flex: 1;
    min-width: 0;
    overflow-wrap: anywhere;
  }
`;

const states = {
  red: () => ['bad', msg('未通过', 'Red')] as const,
  green: () => ['good', msg('通过', 'Green')] as const,
  unset: () => ['neutral', msg('尚无期望', 'Unset')] as const,
};

/** Counts in one line, then the samples, red ones first. */
export function checksView(checks: readonly Check[]): TemplateResult {
  const count = (state: Check['state']) => checks.filter((c) => c.state === state).length;
  const order = ['red', 'unset', 'green'];
  const sorted = [...checks].sort((a, b) => order.indexOf(a.state) - order.indexOf(b.state));
  return html`<div class="row">
      <cm-badge tone="good">${msg(`${count('green')} 个通过`, `${count('green')} green`)}</cm-badge>
      ${count('red') ? html`<cm-badge tone="bad">${msg(`${count('red')} 个未通过`, `${count('red')} red`)}</cm-badge>` : nothing}
      ${count('unset') ? html`<cm-badge tone="neutral">${msg(`${count('unset')} 个尚无期望`, `${count('unset')} without expectation`)}</cm-badge>` : nothing}
    </div>
    ${
      checks.length === 0
        ? nothing
        : html`<ul class="checks">
            ${sorted.map((c) => {
              const [tone, word] = states[c.state]();
              const [first] = c.differences;
              return html`<li>
                <cm-badge tone=${tone} plain>${word}</cm-badge>
                <span><b class="mono">${c.definition}/${c.name}</b>${
                  first
                    ? html`<br /><span class="mono">${first.path}</span>${first.before === null && first.after === null ? nothing : html` ${first.before ?? '∅'} → ${first.after ?? '∅'}`}${c.differences.length > 1 ? msg(` 等 ${c.differences.length} 处`, ` and ${c.differences.length - 1} more`) : nothing}`
                    : nothing
                }</span>
              </li>`;
            })}
          </ul>`
    }`;
}
