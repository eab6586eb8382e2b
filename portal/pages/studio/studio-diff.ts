import { css, html, type TemplateResult } from 'lit';
import { msg } from '../../state/language.ts';
import { type DiffLine, lineDiff } from '../../state/line-diff.ts';

export const diffStyles = css`
  .diff {
    margin: 0;
    padding: 6px 0;
    font: 12.5px/1.65 var(--cm-mono);
    overflow: auto;
  }
  .diff span {
    display: block;
    width: max-content;
    min-width: 100%;
    padding: 0 12px;
    white-space: pre;
  }
  .diff .gone {
    background: var(--cm-bad-soft);
    color: var(--cm-bad);
  }
  .diff .gone::before {
    content: '− ';
  }
  .diff .new {
    background: var(--cm-good-soft);
    color: var(--cm-good);
  }
  .diff .new::before {
    content: '+ ';
  }
  .diff .same::before {
    content: '  ';
  }
  .diff .gap {
    color: var(--cm-text-3);
    background: var(--cm-surface-2);
  }
`;

/** Changed lines with three around them; the rest is folded. */
export function diffView(before: string, after: string): TemplateResult {
  const lines = lineDiff(before, after);
  if (lines.every((l) => l.kind === 'same'))
    return html`<pre class="diff"><span class="gap">${msg('没有差异', 'No difference')}</span></pre>`;
  return html`<pre class="diff" tabindex="0">${folded(lines).map((l) =>
    typeof l === 'number'
      ? html`<span class="gap">${msg(`… ${l} 行相同 …`, `… ${l} equal lines …`)}</span>`
      : html`<span class=${l.kind}>${l.text}</span>`,
  )}</pre>`;
}

export function folded(lines: readonly DiffLine[], around = 3): (DiffLine | number)[] {
  const near = lines.map((_, i) =>
    lines.slice(Math.max(0, i - around), i + around + 1).some((l) => l.kind !== 'same'),
  );
  const out: (DiffLine | number)[] = [];
  for (const [i, line] of lines.entries()) {
    if (near[i]) out.push(line);
    else if (typeof out.at(-1) === 'number') out.push((out.pop() as number) + 1);
    else out.push(1);
  }
  return out;
}
