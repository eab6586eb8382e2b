import { css, html, nothing, type PropertyValues } from 'lit';
import { orderFactContents, orderFacts } from '../../api/client.generated.ts';
import { type ApiFault, toApiFault } from '../../api/fault.ts';
import type { LiveEvent } from '../../api/live-event.ts';
import '../../components/badge/badge.element.ts';
import '../../components/button/button.element.ts';
import { define } from '../../components/element/element.ts';
import '../../components/time/time.element.ts';
import { toast } from '../../components/toast/toast.element.ts';
import { msg } from '../../state/language.ts';
import { base, surfaces } from '../../tokens/base.styles.ts';
import { PageElement } from '../page-element.ts';
import {
  flagTone,
  kindText,
  observationsOf,
  remarkOf,
  statusText,
  statusTone,
  type Told,
  toldKinds,
} from './told-words.ts';

/**
 * What partners and devices told about an order: specimens, results, images, documents, signatures, tickets.
 * @attr order-id
 * @fires cytomesh-open - `{ kind: 'message', id }`
 */
export class CytomeshOrderTold extends PageElement {
  declare orderId: string;
  declare items: readonly Told[];
  declare fault: ApiFault | undefined;
  static override properties = {
    ...PageElement.properties,
    orderId: { attribute: 'order-id' },
    items: { state: true },
    fault: { state: true },
  };
  static override styles = [
    base,
    surfaces,
    css`
      .kind + .kind {
        border-top: 1px solid var(--cm-line);
      }
      .kind {
        padding: var(--cm-space-3) var(--cm-space-5);
      }
      h3 {
        margin: 0 0 6px;
        color: var(--cm-text-3);
        font-size: var(--cm-size-xs);
        font-weight: 500;
      }
      ul {
        display: grid;
        gap: var(--cm-space-3);
        margin: 0;
        padding: 0;
        list-style: none;
      }
      .head {
        display: flex;
        flex-wrap: wrap;
        gap: 4px 8px;
        align-items: center;
      }
      .head .push {
        margin-left: auto;
      }
      .remark {
        font-size: var(--cm-size-s);
        overflow-wrap: anywhere;
      }
      .from {
        color: var(--cm-text-3);
        font-size: var(--cm-size-xs);
      }
      table {
        width: 100%;
        margin-top: 4px;
        border-collapse: collapse;
        font-variant-numeric: tabular-nums;
      }
      td {
        padding: 3px 8px 3px 0;
        border-top: 1px solid var(--cm-line);
      }
      td.value {
        text-align: right;
        white-space: nowrap;
      }
      td.range {
        color: var(--cm-text-3);
        font-size: var(--cm-size-xs);
      }
    `,
  ];
  protected override readonly topics = ['order'];

  constructor() {
    super();
    this.orderId = '';
    this.items = [];
  }

  protected override willUpdate(changed: PropertyValues): void {
    super.willUpdate(changed);
    if (changed.has('orderId') && this.hasUpdated && this.conn.session.value) {
      this.items = [];
      void this.load();
    }
  }

  protected override async load(): Promise<void> {
    const id = this.orderId;
    try {
      const { items } = await orderFacts(this.http, { id });
      if (id !== this.orderId) return;
      this.items = items;
      this.fault = undefined;
    } catch (error) {
      this.fault = toApiFault(error);
    }
  }

  protected override onLive(events: readonly LiveEvent[]): Promise<void> | void {
    if (events.some((e) => e.name === 'missed' || e.recordId === this.orderId)) return this.load();
  }

  /** An image or a document, as a file: browsers show what they know and keep the rest. */
  async #contents(fact: Told): Promise<void> {
    try {
      const { mediaType, contents } = await orderFactContents(this.http, { id: this.orderId, fact: fact.id });
      const bytes = Uint8Array.from(atob(contents), (c) => c.charCodeAt(0));
      const url = URL.createObjectURL(new Blob([bytes], { type: mediaType }));
      const link = document.createElement('a');
      link.href = url;
      link.download = `${fact.number || fact.id}${mediaType === 'application/dicom' ? '.dcm' : mediaType.includes('xml') ? '.xml' : ''}`;
      link.click();
      setTimeout(() => URL.revokeObjectURL(url), 10_000);
    } catch (error) {
      toast(toApiFault(error).message, 'bad');
    }
  }

  protected override view() {
    if (this.fault)
      return html`<cm-notice .fault=${this.fault} retry @cm-retry=${() => void this.load()}></cm-notice>`;
    if (this.items.length === 0) return nothing;
    const kinds = toldKinds.filter((kind) => this.items.some((i) => i.kind === kind));
    return html`<section class="card" aria-label=${msg('外部信息', 'From partners and devices')}>
      <header><h2>${msg('外部信息', 'From partners and devices')}</h2></header>
      ${kinds.map(
        (kind) => html`<div class="kind">
          <h3>${kindText(kind)}</h3>
          <ul>
            ${this.items.filter((i) => i.kind === kind).map((fact) => html`<li>${this.#fact(fact)}</li>`)}
          </ul>
        </div>`,
      )}
    </section>`;
  }

  #fact(fact: Told) {
    const observations = observationsOf(fact);
    const remark = remarkOf(fact);
    const message = fact.messageId.split('#')[0]!;
    return html`<div class="head">
        <b>${fact.title || fact.number}</b>
        ${fact.title && fact.number ? html`<span class="mono">${fact.number}</span>` : nothing}
        ${fact.status ? html`<cm-badge tone=${statusTone(fact.status)}>${statusText(fact)}</cm-badge>` : nothing}
        <span class="push"></span>
        ${
          fact.hasContents
            ? html`<cm-button small @click=${() => void this.#contents(fact)}>${msg('打开', 'Open')}</cm-button>`
            : nothing
        }
        ${
          this.may('message.content')
            ? html`<cm-button small variant="ghost" @click=${() => this.open('message', message)}>${msg('消息', 'Message')}</cm-button>`
            : nothing
        }
      </div>
      <div class="from"><cm-time mode="both" value=${fact.at}></cm-time> ${fact.source}</div>
      ${remark ? html`<div class="remark">${remark}</div>` : nothing}
      ${
        observations.length
          ? html`<table>
            ${observations.map(
              (o) => html`<tr>
                <td>${o.name ?? o.code}</td>
                <td class="value">
                  <b>${o.value}</b> ${o.unit ?? ''}
                  ${flagTone(o.flag) ? html`<cm-badge tone=${flagTone(o.flag)!}>${o.flag}</cm-badge>` : nothing}
                </td>
                <td class="range">${o.range ?? ''}</td>
              </tr>`,
            )}
          </table>`
          : nothing
      }`;
  }
}

define('cytomesh-order-told', CytomeshOrderTold);
