import { css, html, nothing } from 'lit';
import type { MessageGetResult } from '../../api/client.generated.ts';
import { stateBadge } from '../../components/badge/badge.element.ts';
import '../../components/button/button.element.ts';
import { CmElement, define } from '../../components/element/element.ts';
import type { Fact } from '../../components/kv/kv.element.ts';
import '../../components/kv/kv.element.ts';
import '../../components/notice/notice.element.ts';
import '../../components/time/time.element.ts';
import { msg } from '../../state/language.ts';
import { duration } from '../../state/time.ts';
import { base, surfaces } from '../../tokens/base.styles.ts';
import { deliveryStates, storedFault } from './message-words.ts';

/**
 * One delivery: attempts, times, what was sent and what came back.
 * @prop item - delivery, contents and reply as the API gives them
 * @attr operable - offers another try and skipping
 * @fires cm-delivery - `{ verb: 'retry' | 'skip', id }`
 */
export class CmDeliveryCard extends CmElement {
  declare item: MessageGetResult['deliveries'][number];
  declare operable: boolean;
  declare open: boolean;
  static override properties = {
    item: { attribute: false },
    operable: { type: Boolean },
    open: { state: true },
  };
  static override styles = [
    base,
    surfaces,
    css`
      .bodies {
        display: grid;
        grid-template-columns: repeat(auto-fit, minmax(min(320px, 100%), 1fr));
        gap: var(--cm-space-4);
      }
      pre {
        max-height: 240px;
        margin: 6px 0 0;
        padding: 12px;
        border-radius: var(--cm-radius-m);
        background: var(--cm-surface-2);
        border: 1px solid var(--cm-line);
        font: 12px/1.7 var(--cm-mono);
        white-space: pre-wrap;
        overflow-wrap: anywhere;
        overflow: auto;
      }
    `,
  ];

  constructor() {
    super();
    this.operable = false;
    this.open = false;
  }

  override render() {
    const { delivery: d, contents, reply } = this.item;
    const waiting = ['QUEUED', 'HELD', 'PARKED'].includes(d.state);
    const facts: Fact[] = [
      { label: msg('尝试次数', 'Attempts'), value: d.attempts },
      {
        label: msg('创建', 'Created'),
        value: html`<cm-time mode="compact" ms value=${d.createdAt}></cm-time>`,
      },
      {
        label: msg('上次尝试', 'Last attempt'),
        value: d.lastAt ? html`<cm-time mode="compact" ms value=${d.lastAt}></cm-time>` : '',
      },
      d.state === 'QUEUED'
        ? {
            label: msg('下次尝试', 'Next attempt'),
            value: d.nextAt ? html`<cm-time mode="both" value=${d.nextAt}></cm-time>` : '',
          }
        : {
            label: msg('完成', 'Done'),
            value: d.doneAt ? html`<cm-time mode="compact" ms value=${d.doneAt}></cm-time>` : '',
          },
      { label: msg('往返', 'Round trip'), value: d.roundTripMs === null ? '' : duration(d.roundTripMs) },
      {
        label: msg('应答码', 'Answer'),
        value: d.ackCode ? html`<span class="mono">${d.ackCode}</span>` : '',
      },
      { label: msg('控制号', 'Control id'), value: html`<span class="mono">${d.controlId}</span>` },
      ...(d.reason ? [{ label: msg('人工原因', 'Reason given'), value: d.reason }] : []),
    ];
    return html`<section class="card">
      <header>
        <h2>${msg('投递到', 'Delivery to')} <span class="mono">${d.target}</span></h2>
        ${stateBadge(deliveryStates, d.state)}
        <span class="row push">
          ${
            this.operable && waiting
              ? html`<cm-button small icon="refresh" @click=${() => this.fire('cm-delivery', { verb: 'retry', id: d.id })}>${msg('立即重试', 'Try again now')}</cm-button>
                  <cm-button small variant="danger" icon="skip" @click=${() => this.fire('cm-delivery', { verb: 'skip', id: d.id })}>${msg('跳过', 'Skip')}</cm-button>`
              : nothing
          }
          <cm-button small variant="ghost" icon=${this.open ? 'up' : 'down'} .expanded=${this.open} @click=${() => (this.open = !this.open)}
            >${msg('内容与应答', 'Sent and answered')}</cm-button
          >
        </span>
      </header>
      <div class="body stack">
        ${d.faultCode ? html`<cm-notice tone=${d.state === 'PARKED' ? 'bad' : 'warn'} heading=${storedFault(d.faultCode, d.fault)}><small class="mono">${d.faultCode}</small></cm-notice>` : nothing}
        <cm-kv .items=${facts}></cm-kv>
        ${
          this.open
            ? html`<div class="bodies">
                <div><h3>${msg('发送内容', 'Sent')}</h3><pre tabindex="0">${lines(contents.text)}</pre></div>
                <div><h3>${msg('对方应答', 'Answer')}</h3><pre tabindex="0">${lines(reply)}</pre></div>
              </div>`
            : nothing
        }
      </div>
    </section>`;
  }
}

/** HL7 separates segments by CR; the eye wants lines. */
export const lines = (text: string | null): string =>
  text === null ? '—' : text.replace(/\r\n?/g, '\n').replace(/\n+$/, '');

define('cm-delivery-card', CmDeliveryCard);
