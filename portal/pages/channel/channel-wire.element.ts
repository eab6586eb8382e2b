import { css, html } from 'lit';
import type { ChannelConnectionsResult, Incident } from '../../api/client.generated.ts';
import '../../components/badge/badge.element.ts';
import '../../components/button/button.element.ts';
import { CmElement, define } from '../../components/element/element.ts';
import type { Column } from '../../components/table/column.ts';
import '../../components/table/table.element.ts';
import { msg } from '../../state/language.ts';
import { bytes, number } from '../../state/time.ts';
import { base } from '../../tokens/base.styles.ts';
import { hexText } from './hex-text.ts';

type Connection = ChannelConnectionsResult['items'][number];

/**
 * What happens on the wire: connections with their counters, or incidents with their first bytes.
 * @prop wire
 * @attr part-shown - `wire` or `incidents`
 * @attr capturable - offers the last bytes of a connection
 * @fires cm-capture - `{ connection }`
 */
export class CmChannelWire extends CmElement {
  declare wire: ChannelConnectionsResult | undefined;
  declare partShown: string;
  declare capturable: boolean;
  static override properties = {
    wire: { attribute: false },
    partShown: { attribute: 'part-shown' },
    capturable: { type: Boolean },
  };
  static override styles = [
    base,
    css`
      :host {
        display: block;
      }
    `,
  ];

  constructor() {
    super();
    this.partShown = 'wire';
    this.capturable = false;
  }

  override render() {
    return this.partShown === 'incidents'
      ? html`<cm-table
          row-key="seq"
          label=${msg('线路事件', 'Wire incidents')}
          .columns=${this.#incidents()}
          .rows=${this.wire?.incidents ?? []}
          empty-text=${msg('没有线路事件', 'No incidents')}
        ></cm-table>`
      : html`<cm-table
          label=${msg('连接', 'Connections')}
          .columns=${this.#connections()}
          .rows=${this.wire?.items ?? []}
          empty-text=${msg('没有打开的连接', 'No connections')}
        ></cm-table>`;
  }

  #connections(): Column<Connection>[] {
    const pair = (a: string, b: string) =>
      html`<span class="nowrap">↓ ${a}<span class="sub">↑ ${b}</span></span>`;
    return [
      {
        key: 'peer',
        title: msg('对端', 'Peer'),
        card: 'head',
        cell: (c) =>
          html`<span><span class="main mono">${c.peer}</span><span class="sub mono">${c.id} · ${c.node}</span></span>`,
      },
      {
        key: 'open',
        title: msg('状态', 'State'),
        card: 'corner',
        cell: (c) =>
          c.open
            ? html`<cm-badge tone="good">${msg('打开', 'Open')}</cm-badge>`
            : html`<cm-badge>${msg('已关闭', 'Closed')}</cm-badge>`,
      },
      {
        key: 'tls',
        title: 'TLS',
        from: 'wide',
        cell: (c) =>
          c.tls
            ? html`<span class="mono">${c.tls}</span>`
            : html`<span class="muted">${msg('明文', 'Plain')}</span>`,
      },
      {
        key: 'since',
        title: msg('建立', 'Since'),
        from: 'medium',
        cell: (c) => html`<cm-time value=${c.since}></cm-time>`,
      },
      { key: 'bytes', title: msg('字节', 'Bytes'), cell: (c) => pair(bytes(c.bytesIn), bytes(c.bytesOut)) },
      {
        key: 'frames',
        title: msg('帧', 'Frames'),
        cell: (c) => pair(number(c.framesIn), number(c.framesOut)),
      },
      { key: 'pending', title: msg('未应答', 'Unanswered'), align: 'end', cell: (c) => number(c.pending) },
      {
        key: 'noise',
        title: msg('噪声', 'Noise'),
        align: 'end',
        from: 'wide',
        cell: (c) =>
          c.noiseBytes > 0 ? html`<cm-badge plain tone="warn">${bytes(c.noiseBytes)}</cm-badge>` : '0',
      },
      {
        key: 'rtt',
        title: msg('往返', 'Round trip'),
        align: 'end',
        from: 'medium',
        cell: (c) => (c.lastRoundTripMs === null ? '' : `${c.lastRoundTripMs} ms`),
      },
      {
        key: 'last',
        title: msg('最近字节', 'Last byte'),
        cell: (c) => (c.lastByteAt ? html`<cm-time value=${c.lastByteAt}></cm-time>` : ''),
      },
      ...(this.capturable
        ? [
            {
              key: 'capture',
              title: '',
              align: 'end' as const,
              cell: (c: Connection) =>
                html`<cm-button small icon="eye" @click=${() => this.fire('cm-capture', { connection: c.id })}>${msg('抓取', 'Capture')}</cm-button>`,
            },
          ]
        : []),
    ];
  }

  #incidents(): Column<Incident>[] {
    return [
      {
        key: 'at',
        title: msg('时间', 'Time'),
        width: '150px',
        cell: (i) => html`<cm-time mode="compact" value=${i.at}></cm-time>`,
      },
      {
        key: 'reason',
        title: msg('原因', 'Reason'),
        card: 'head',
        cell: (i) =>
          html`<span><span class="main">${i.reason}</span><span class="sub mono">${i.kind}</span></span>`,
      },
      { key: 'peer', title: msg('对端', 'Peer'), cell: (i) => html`<span class="mono">${i.peer}</span>` },
      {
        key: 'hex',
        title: msg('首字节', 'First bytes'),
        cell: (i) =>
          html`<span class="mono">${i.hex.replace(/(..)/g, '$1 ').trim()}<span class="sub">${hexText(i.hex)}</span></span>`,
      },
      {
        key: 'count',
        title: msg('次数', 'Count'),
        align: 'end',
        width: '72px',
        cell: (i) => number(i.count),
      },
    ];
  }
}

define('cm-channel-wire', CmChannelWire);
