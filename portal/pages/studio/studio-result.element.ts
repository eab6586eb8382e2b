import { css, html, nothing } from 'lit';
import '../../components/badge/badge.element.ts';
import { CmElement, define } from '../../components/element/element.ts';
import '../../components/segments/segments.element.ts';
import { msg } from '../../state/language.ts';
import { base } from '../../tokens/base.styles.ts';
import { type Difference, outcomeText, outcomeTone, type Trial } from './studio-words.ts';

interface Line {
  readonly text: string;
  /** Paths that the line shows the value of. */
  readonly path: string;
}

/** JSON in lines, each with the path of its value: as differences name it. */
export function jsonLines(value: unknown, path = '', indent = '', key = '', end = ''): Line[] {
  const head = `${indent}${key === '' ? '' : `${JSON.stringify(key)}: `}`;
  if (typeof value !== 'object' || value === null)
    return [{ text: `${head}${JSON.stringify(value)}${end}`, path }];
  const list = Array.isArray(value);
  const entries = list ? value.map((v, i): [string, unknown] => [String(i), v]) : Object.entries(value);
  const [open, close] = list ? ['[', ']'] : ['{', '}'];
  if (entries.length === 0) return [{ text: `${head}${open}${close}${end}`, path }];
  const inner = entries.flatMap(([name, one], i) =>
    jsonLines(
      one,
      list ? `${path}[${name}]` : path === '' ? name : `${path}.${name}`,
      `${indent}  `,
      list ? '' : name,
      i < entries.length - 1 ? ',' : '',
    ),
  );
  return [{ text: head + open, path }, ...inner, { text: `${indent}${close}${end}`, path: '' }];
}

/**
 * What a sample becomes: canonical messages, calls and what is sent, with what differs from the expectation marked.
 * @prop result, differences, expected
 * @attr compared - differences are those to another text, not to an expectation
 * @attr old - of an earlier text: the one typed has mistakes
 */
export class CmStudioResult extends CmElement {
  declare result: Trial | undefined;
  declare differences: readonly Difference[];
  declare expected: boolean;
  declare old: boolean;
  declare compared: boolean;
  static override properties = {
    result: { attribute: false },
    differences: { attribute: false },
    expected: { type: Boolean },
    old: { type: Boolean, reflect: true },
    compared: { type: Boolean },
  };
  static override styles = [
    base,
    css`
      :host {
        display: block;
        min-width: 0;
        padding: 10px 12px;
        overflow: auto;
      }
      .row {
        display: flex;
        align-items: center;
        flex-wrap: wrap;
        gap: 6px 8px;
        margin-bottom: 8px;
      }
      h3 {
        margin: 12px 0 4px;
        color: var(--cm-text-2);
        font-size: var(--cm-size-s);
        font-weight: 650;
      }
      pre {
        margin: 0;
        padding: 6px 0;
        border: 1px solid var(--cm-line);
        border-radius: var(--cm-radius-m);
        background: var(--cm-surface-2);
        font: 12.5px/1.65 var(--cm-mono);
        overflow-x: auto;
      }
      pre span {
        display: block;
        width: max-content;
        min-width: 100%;
        padding: 0 10px;
      }
      :host([old]) pre {
        opacity: 0.6;
      }
      .changed {
        background: var(--cm-warn-soft);
        box-shadow: inset 3px 0 var(--cm-warn);
      }
      ul {
        margin: 0;
        padding: 0;
        list-style: none;
      }
      li {
        padding: 6px 8px;
        border-bottom: 1px solid var(--cm-line);
        font-size: var(--cm-size-s);
        overflow-wrap: anywhere;
      }
      li b {
        display: block;
        font: 600 12.5px/1.5 var(--cm-mono);
      }
      del {
        color: var(--cm-bad);
      }
      ins {
        color: var(--cm-good);
        text-decoration: none;
        font-weight: 600;
      }
      p {
        margin: 24px 4px;
        color: var(--cm-text-3);
        text-align: center;
      }
    `,
  ];

  constructor() {
    super();
    this.differences = [];
    this.expected = false;
    this.old = false;
    this.compared = false;
  }

  override render() {
    const { result } = this;
    if (!result)
      return html`<p>${msg('结果显示在这里，随输入更新', 'The result stands here and follows what you type')}</p>`;
    const red = this.differences.length;
    if (this.old)
      return html`<div class="row"><cm-badge tone="warn" plain>${msg('定义有误，以下为之前的结果', 'The text has mistakes; this is the result before')}</cm-badge></div>
        ${result.canonical.length ? this.#json(result.canonical) : nothing}
        ${result.sends.map((send) => this.#sent(send.target, send.text))}`;
    return html`<div class="row">
        <cm-badge tone=${outcomeTone[result.outcome]}>${outcomeText[result.outcome]()}</cm-badge>
        ${
          this.compared
            ? nothing
            : this.expected
              ? html`<cm-badge tone=${red ? 'bad' : 'good'} plain>${red ? msg(`${red} 处与期望不同`, `${red} not as expected`) : msg('与期望一致', 'As expected')}</cm-badge>`
              : html`<cm-badge tone="neutral" plain>${msg('尚无期望', 'Nothing expected yet')}</cm-badge>`
        }
        ${result.messageType ? html`<span class="mono muted">${result.messageType}</span>` : nothing}
      </div>
      ${this.#differences()} ${this.#problems(result)}
      ${result.calls.length ? html`<h3>${msg('将调用', 'Would call')}</h3><span class="mono">${result.calls.join(' → ')}</span>` : nothing}
      ${result.canonical.length ? html`<h3>${msg('规范消息', 'Canonical')}</h3>${this.#json(result.canonical)}` : nothing}
      ${result.sends.map(
        (
          send,
        ) => html`<h3>${send.target ? msg(`发往 ${send.target}`, `To ${send.target}`) : msg('写出', 'Written')}${send.mapping ? html` <span class="mono muted">${send.mapping}</span>` : nothing}</h3>
          ${this.#sent(send.target, send.text)}`,
      )}
      ${
        result.misses.length
          ? html`<h3>${msg('未对照代码', 'Codes without a pair')}</h3>
              <ul>${result.misses.map((m) => html`<li><span class="mono">${m.table}</span> · ${m.code}</li>`)}</ul>`
          : nothing
      }`;
  }

  #differences() {
    if (this.differences.length === 0) return nothing;
    const none = msg('（无）', '(none)');
    return html`<h3>${this.compared ? msg('与生效版本的差异', 'Differences to the text in force') : msg('与期望的差异', 'Differences to what is expected')}</h3>
      <ul class="differences">
        ${this.differences
          .slice(0, 100)
          .map(
            (d) =>
              html`<li><b>${d.path}</b><del>${d.before ?? none}</del> → <ins>${d.after ?? none}</ins></li>`,
          )}
      </ul>`;
  }

  #problems(result: Trial) {
    if (result.problems.length === 0) return nothing;
    return html`<h3>${msg('问题', 'Problems')}</h3>
      <ul>
        ${result.problems.map((p) => html`<li><b>${p.path}${p.source ? ` ← ${p.source}` : ''}</b>${p.reason}</li>`)}
      </ul>`;
  }

  #json(value: readonly unknown[]) {
    const paths = new Set(this.differences.map((d) => d.path));
    return html`<pre tabindex="0">${jsonLines(value).map(
      ({ text, path }) =>
        html`<span class=${path !== '' && paths.has(path) ? 'changed' : nothing}>${text}</span>`,
    )}</pre>`;
  }

  /** Segments whose positions differ are marked. */
  #sent(target: string, text: string) {
    const prefix = target === '' ? '' : `${target} `;
    const names = new Set(
      this.differences
        .filter((d) => d.path.startsWith(prefix))
        .map((d) => d.path.slice(prefix.length).split(/[-(.]/)[0]),
    );
    const lines = text.replaceAll('\r\n', '\n').replaceAll('\r', '\n').trimEnd().split('\n');
    return html`<pre tabindex="0">${lines.map(
      (line) => html`<span class=${names.has(line.split('|')[0]) ? 'changed' : nothing}>${line}</span>`,
    )}</pre>`;
  }
}

define('cm-studio-result', CmStudioResult);
