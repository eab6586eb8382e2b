import { css, html, nothing, type PropertyValues } from 'lit';
import {
  type ChannelAboutResult,
  type ChannelReachResult,
  type ChannelSelfTestResult,
  channelAbout,
  channelReach,
  channelSelfTest,
  channelSpecification,
} from '../../api/client.generated.ts';
import { type ApiFault, toApiFault } from '../../api/fault.ts';
import type { Http } from '../../api/http.ts';
import { uuid } from '../../api/request.ts';
import '../../components/badge/badge.element.ts';
import '../../components/button/button.element.ts';
import { CmElement, define } from '../../components/element/element.ts';
import '../../components/notice/notice.element.ts';
import type { Column } from '../../components/table/column.ts';
import '../../components/table/table.element.ts';
import '../../components/week/week.element.ts';
import { language, msg } from '../../state/language.ts';
import { saveFile } from '../../state/save-file.ts';
import { base } from '../../tokens/base.styles.ts';
import { reachText, reachTone } from './reach-words.ts';

type Row = ChannelSelfTestResult['rows'][number];
type Form = 'html' | 'docx' | 'openapi' | 'wsdl' | 'asyncapi';
const formNames: Readonly<Record<string, string>> = {
  html: 'HTML',
  docx: 'Word',
  openapi: 'OpenAPI',
  wsdl: 'WSDL',
  asyncapi: 'AsyncAPI',
};

/**
 * What an engineer asks of a channel: self-test with its samples, whether its address answers, the specification for the other
 * vendor, the week of expected traffic.
 * @attr channel-id
 * @prop http
 * @attr operable - may run the self-test
 */
export class CmChannelStudy extends CmElement {
  declare channelId: string;
  declare http: Http | undefined;
  declare operable: boolean;
  declare about: ChannelAboutResult | undefined;
  declare result: ChannelSelfTestResult | undefined;
  declare reached: ChannelReachResult['items'] | undefined;
  declare busy: string;
  declare fault: ApiFault | undefined;
  static override properties = {
    channelId: { attribute: 'channel-id' },
    http: { attribute: false },
    operable: { type: Boolean },
    about: { state: true },
    result: { state: true },
    reached: { state: true },
    busy: { state: true },
    fault: { state: true },
  };
  static override styles = [
    base,
    css`
      :host {
        display: grid;
        gap: var(--cm-space-6);
        padding: var(--cm-space-5);
        min-width: 0;
      }
      section {
        display: grid;
        gap: var(--cm-space-3);
        min-width: 0;
      }
      h3 {
        margin: 0;
        font-size: 15px;
      }
      p {
        margin: 0;
        color: var(--cm-text-2);
      }
      .row {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: var(--cm-space-2);
      }
      cm-table {
        border: 1px solid var(--cm-line);
        border-radius: var(--cm-radius-m);
      }
    `,
  ];

  constructor() {
    super();
    this.channelId = '';
    this.operable = false;
    this.busy = '';
  }

  protected override willUpdate(changed: PropertyValues): void {
    if (!changed.has('channelId') || !this.http || this.channelId === '') return;
    this.result = undefined;
    this.reached = undefined;
    void this.#do('', async (http) => {
      this.about = await channelAbout(http, { id: this.channelId });
    });
  }

  async #do(name: string, run: (http: Http) => Promise<void>): Promise<void> {
    if (!this.http) return;
    this.busy = name;
    this.fault = undefined;
    try {
      await run(this.http);
    } catch (error) {
      this.fault = toApiFault(error);
    }
    this.busy = '';
  }

  #selfTest(): void {
    void this.#do('test', async (http) => {
      this.result = await channelSelfTest(http, { id: this.channelId }, { key: uuid() });
    });
  }

  #reach(): void {
    void this.#do('reach', async (http) => {
      this.reached = (await channelReach(http, { id: this.channelId })).items;
    });
  }

  #specify(form: Form): void {
    void this.#do(form, async (http) => {
      const file = await channelSpecification(http, { id: this.channelId, form, language: language.value });
      saveFile(file.name, file.mediaType, file.content, file.encoding);
    });
  }

  #columns(): Column<Row>[] {
    return [
      {
        key: 'sample',
        title: msg('样例', 'Sample'),
        card: 'head',
        cell: (r) => html`<span class="mono">${r.sample}</span>`,
      },
      {
        key: 'passed',
        title: msg('结果', 'Result'),
        width: '100px',
        card: 'corner',
        cell: (r) =>
          html`<cm-badge tone=${r.passed ? 'good' : 'bad'}>${r.passed ? msg('通过', 'passed') : msg('未通过', 'failed')}</cm-badge>`,
      },
      {
        key: 'way',
        title: msg('方式', 'Way'),
        width: '130px',
        cell: (r) =>
          r.way === 'wire' ? msg('经过端口', 'through the port') : msg('按定义', 'by definition'),
      },
      {
        key: 'mapping',
        title: msg('映射', 'Mapping'),
        from: 'wide',
        cell: (r) => html`<span class="mono">${r.mapping}</span>`,
      },
      {
        key: 'code',
        title: msg('应答', 'Answer'),
        width: '80px',
        from: 'medium',
        cell: (r) => html`<span class="mono">${r.code}</span>`,
      },
      { key: 'reason', title: msg('原因', 'Reason'), cell: (r) => r.reason },
      { key: 'ms', title: msg('毫秒', 'ms'), width: '70px', align: 'end', from: 'wide', cell: (r) => r.ms },
    ];
  }

  #note(note: string): string {
    const known: Record<string, string> = {
      'no-samples': msg('没有样例可发。', 'There is no sample to send.'),
      'not-listening': msg(
        '该端点不由对方呼叫：只按定义检查。',
        'Nobody calls this endpoint: checked by definition only.',
      ),
      'not-up': msg('端点没有启动：只按定义检查。', 'The endpoint is not up: checked by definition only.'),
      'other-node': msg(
        '端点在另一节点监听：只按定义检查。',
        'Another node listens: checked by definition only.',
      ),
      tls: msg('端点只接受 TLS：只按定义检查。', 'The endpoint takes TLS only: checked by definition only.'),
      certificate: msg(
        '端点要求客户端证书：只按定义检查。',
        'The endpoint asks for a client certificate: checked by definition only.',
      ),
      'no-client': msg(
        '该协议没有自检客户端：只按定义检查。',
        'There is no self-test client for this protocol: checked by definition only.',
      ),
    };
    return known[note] ?? note;
  }

  override render() {
    const { about, result } = this;
    return html`
      ${this.fault ? html`<cm-notice .fault=${this.fault}></cm-notice>` : nothing}
      <section>
        <h3>${msg('自检', 'Self-test')}</h3>
        <p>${msg(`用 ${about?.samples ?? 0} 份黄金样例检查定义，并经真实端口发送；标为自检，不影响业务。`, `Checks the definition with ${about?.samples ?? 0} golden samples and sends them through the real port; marked as self-test, without effect.`)}</p>
        <div class="row">
          ${this.operable ? html`<cm-button icon="play" variant="primary" ?busy=${this.busy === 'test'} @click=${() => this.#selfTest()}>${msg('运行自检', 'Run the self-test')}</cm-button>` : nothing}
          ${this.operable ? html`<cm-button icon="wire" ?busy=${this.busy === 'reach'} @click=${() => this.#reach()}>${msg('测试连接', 'Test connection')}</cm-button>` : nothing}
          ${result ? html`<cm-badge tone=${result.failed ? 'bad' : result.rows.length ? 'good' : 'neutral'}>${msg(`通过 ${result.passed}，未通过 ${result.failed}`, `${result.passed} passed, ${result.failed} failed`)}</cm-badge>` : nothing}
        </div>
        ${(this.reached ?? []).map((r) => html`<div class="row"><cm-badge tone=${reachTone(r)}>${r.endpoint}</cm-badge><span class="mono">${r.target}</span><span>${reachText(r)}</span></div>`)}
        ${result?.note ? html`<cm-notice tone="info" heading=${this.#note(result.note)}></cm-notice>` : nothing}
        ${
          result?.rows.length
            ? html`<cm-table row-key="key" label=${msg('自检结果', 'Results')} .columns=${this.#columns()} .rows=${[...result.rows].sort((a, b) => Number(a.passed) - Number(b.passed)).map((r) => ({ ...r, key: `${r.mapping}/${r.sample}/${r.way}` }))}></cm-table>`
            : nothing
        }
      </section>
      <section>
        <h3>${msg('接口规范', 'Interface specification')}</h3>
        <p>${msg('由生效的定义生成，交给对方厂商：连接、规则、字段、代码、样例、应答、错误。', 'Written from the definition in force, for the other vendor: connection, rules, fields, codes, samples, answers, errors.')}</p>
        <div class="row">
          ${(about?.forms ?? []).map((form) => html`<cm-button icon="outgoing" ?busy=${this.busy === form} @click=${() => this.#specify(form as Form)}>${formNames[form] ?? form}</cm-button>`)}
        </div>
      </section>
      ${
        about?.expect.length
          ? html`<section>
              <h3>${msg('预期流量', 'Expected traffic')}</h3>
              <cm-week .spans=${about.expect.map((e) => ({ ...e, label: msg(`每 ${e.everyMinutes} 分钟至少 ${e.atLeast} 条`, `${e.atLeast} in ${e.everyMinutes} min`) }))}></cm-week>
              <p class="muted">${msg('在通道定义的 expect 中修改。', 'Changed under “expect” of the channel’s definition.')}</p>
            </section>`
          : nothing
      }
    `;
  }
}

define('cm-channel-study', CmChannelStudy);
