import { css, html } from 'lit';
import type { MessageGetResult } from '../../api/client.generated.ts';
import { msg } from '../../state/language.ts';
import { lines } from './delivery-card.element.ts';

export type FormName = 'raw' | 'text' | 'segments' | 'canonical';

/** A message in one of its forms. */
export function messageForm(form: FormName, detail: MessageGetResult) {
  const { contents, canonical, message } = detail;
  const none = (text: string) => html`<p class="none">${text}</p>`;
  switch (form) {
    case 'raw':
      return contents.raw === null
        ? none(msg('原文已按保留策略清理', 'Pruned by the retention policy'))
        : html`<cm-hex base64=${contents.raw} charset=${message.charset}></cm-hex>`;
    case 'text':
      return contents.text === null
        ? none(msg('没有可显示的文本', 'No text to show'))
        : html`<pre class="decoded" tabindex="0">${lines(contents.text)
            .split('\n')
            .map((line) => {
              const name = /^[A-Z][A-Z0-9]{2}(?=\W)/.exec(line)?.[0] ?? '';
              return html`<span><b>${name}</b>${line.slice(name.length)}</span>`;
            })}</pre>`;
    case 'segments':
      return contents.segments.length === 0
        ? none(msg('没有可解析的段', 'No segments to show'))
        : html`<cm-segments .segments=${contents.segments}></cm-segments>`;
    case 'canonical':
      return canonical.length === 0
        ? none(msg('没有生成规范消息', 'No canonical message was made'))
        : html`<cm-json .value=${canonical.length === 1 ? canonical[0] : canonical}></cm-json>`;
  }
}

export const formStyles = css`
  .forms {
    display: grid;
    grid-template-columns: repeat(2, minmax(0, 1fr));
    gap: var(--cm-space-4);
  }
  .form {
    display: flex;
    flex-direction: column;
    height: 440px;
  }
  .form .window {
    flex: 1;
    min-height: 0;
    overflow: auto;
  }
  .window {
    padding: var(--cm-space-3) var(--cm-space-4);
  }
  .tabbed {
    display: none;
  }
  .none {
    margin: 0;
    padding: 28px 0;
    color: var(--cm-text-3);
    text-align: center;
  }
  .decoded {
    margin: 0;
    font: 12.500px/1.650 var(--cm-mono);
    white-space: pre-wrap;
    overflow-wrap: anywhere;
  }
  .decoded span {
    display: block;
    padding: 2px 0 2px 16px;
    text-indent: -16px;
  }
  .decoded b {
    color: var(--cm-accent);
    font-weight: 600;
  }
  @container (max-width: 820px) {
    .forms {
      display: none;
    }
    .tabbed {
      display: block;
    }
    .tabbed .window {
      padding: var(--cm-space-3);
      max-height: 70vh;
      overflow: auto;
    }
  }
`;
