import { css, html, nothing } from 'lit';
import { type ChannelCaptureResult, channelCapture } from '../../api/client.generated.ts';
import { type ApiFault, toApiFault } from '../../api/fault.ts';
import type { Http } from '../../api/http.ts';
import '../../components/button/button.element.ts';
import '../../components/dialog/dialog.element.ts';
import { CmElement, define } from '../../components/element/element.ts';
import '../../components/hex/hex.element.ts';
import '../../components/icon/icon.element.ts';
import '../../components/notice/notice.element.ts';
import '../../components/skeleton/skeleton.element.ts';
import '../../components/time/time.element.ts';
import { msg } from '../../state/language.ts';
import { base } from '../../tokens/base.styles.ts';

/**
 * The last bytes of a connection, both ways. Opened by `show`.
 * @prop http
 * @attr definition - endpoint; with it the bytes may become a sample
 * @fires cm-sample - `{ bytes, connection }`
 */
export class CmCaptureDialog extends CmElement {
  declare http: Http | undefined;
  declare connection: string;
  /** Endpoint the connection belongs to; empty: no samples are made. */
  declare definition: string;
  declare capture: ChannelCaptureResult | undefined;
  declare fault: ApiFault | undefined;
  #channel = '';
  static override properties = {
    http: { attribute: false },
    connection: { state: true },
    definition: {},
    capture: { state: true },
    fault: { state: true },
  };
  static override styles = [
    base,
    css`
      section {
        padding: 10px 12px;
        border: 1px solid var(--cm-line);
        border-radius: var(--cm-radius-m);
        background: var(--cm-surface-2);
      }
      h3 {
        display: flex;
        align-items: center;
        gap: 8px;
        margin: 0 0 8px;
        font-size: var(--cm-size-s);
      }
      .push {
        margin-left: auto;
      }
      .none {
        color: var(--cm-text-3);
        text-align: center;
      }
    `,
  ];

  constructor() {
    super();
    this.connection = '';
    this.definition = '';
  }

  show(channel: string, connection: string): void {
    this.#channel = channel;
    this.connection = connection;
    this.capture = undefined;
    void this.#load();
  }

  async #load(): Promise<void> {
    if (this.http === undefined) return;
    this.fault = undefined;
    try {
      this.capture = await channelCapture(this.http, { id: this.#channel, connection: this.connection });
    } catch (error) {
      this.fault = toApiFault(error);
    }
  }

  /** The channel that would take the message is found by its type; the person may say another. */
  #toSample(bytes: string): void {
    this.fire('cm-sample', { bytes, connection: this.connection });
  }

  override render() {
    if (this.connection === '') return nothing;
    return html`<cm-dialog
      open
      icon="wire"
      width="820px"
      heading=${msg(`线路抓取 ${this.connection}`, `Capture ${this.connection}`)}
      @cm-close=${() => (this.connection = '')}
    >
      ${this.fault ? html`<cm-notice .fault=${this.fault} retry @cm-retry=${() => void this.#load()}></cm-notice>` : nothing}
      ${this.capture === undefined && !this.fault ? html`<cm-skeleton></cm-skeleton>` : nothing}
      ${this.capture?.items.length === 0 ? html`<p class="none">${msg('还没有字节', 'No bytes yet')}</p>` : nothing}
      ${this.capture?.items.map(
        (item) => html`<section>
          <h3>
            <cm-icon name=${item.direction === 'out' ? 'outgoing' : 'incoming'}></cm-icon>
            ${item.direction === 'out' ? msg('发出', 'Out') : msg('收到', 'In')}
            <cm-time mode="compact" ms value=${item.at}></cm-time>
            ${
              this.definition && item.direction !== 'out'
                ? html`<cm-button small class="push" icon="copy" @click=${() => this.#toSample(item.bytes)}>${msg('存为样例', 'Make a sample')}</cm-button>`
                : nothing
            }
          </h3>
          <cm-hex base64=${item.bytes} charset="GB18030"></cm-hex>
        </section>`,
      )}
      <cm-button slot="actions" icon="refresh" @click=${() => void this.#load()}>${msg('刷新', 'Refresh')}</cm-button>
      <cm-button slot="actions" variant="primary" @click=${() => (this.connection = '')}>${msg('关闭', 'Close')}</cm-button>
    </cm-dialog>`;
  }
}

define('cm-capture-dialog', CmCaptureDialog);
