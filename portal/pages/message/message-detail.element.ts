import { css, html, nothing, type PropertyValues } from 'lit';
import { type MessageGetResult, messageGet } from '../../api/client.generated.ts';
import { type ApiFault, toApiFault } from '../../api/fault.ts';
import type { LiveEvent } from '../../api/live-event.ts';
import { stateBadge } from '../../components/badge/badge.element.ts';
import '../../components/button/button.element.ts';
import '../../components/dialog/confirm.element.ts';
import type { CmConfirm, Question } from '../../components/dialog/confirm.element.ts';
import { define } from '../../components/element/element.ts';
import '../../components/hex/hex.element.ts';
import '../../components/json/json.element.ts';
import type { Fact } from '../../components/kv/kv.element.ts';
import '../../components/kv/kv.element.ts';
import '../../components/segments/segments.element.ts';
import '../../components/skeleton/skeleton.element.ts';
import '../../components/tabs/tabs.element.ts';
import { toast } from '../../components/toast/toast.element.ts';
import { msg } from '../../state/language.ts';
import { bytes } from '../../state/time.ts';
import { base, surfaces } from '../../tokens/base.styles.ts';
import { PageElement } from '../page-element.ts';
import { sampleQuestion } from '../studio/sample-question.ts';
import './delivery-card.element.ts';
import { messageVerbs, questions } from './message-actions.ts';
import { type FormName, formStyles, messageForm } from './message-forms.ts';
import { routeStyles, routeView } from './message-route.ts';
import { ackText, directionIcon, keyKind, messageStates, storedFault, title } from './message-words.ts';

/**
 * One message in all its forms, its way, its deliveries; replay, repair and skip.
 * @attr message-id
 * @fires cytomesh-open - `{ kind: 'message' | 'order' | 'donor', id }`
 */
export class CytomeshMessageDetail extends PageElement {
  declare messageId: string;
  declare detail: MessageGetResult | undefined;
  declare fault: ApiFault | undefined;
  declare form: FormName;
  static override properties = {
    ...PageElement.properties,
    messageId: { attribute: 'message-id' },
    detail: { state: true },
    fault: { state: true },
    form: { state: true },
  };
  protected override readonly topics = ['message'];
  static override styles = [
    base,
    surfaces,
    routeStyles,
    formStyles,
    css`
      .keys {
        display: flex;
        flex-wrap: wrap;
        gap: 6px;
      }
      .key {
        display: inline-flex;
        gap: 6px;
        padding: 2px 10px;
        border: 1px solid var(--cm-line);
        border-radius: var(--cm-radius-s);
        background: var(--cm-surface-2);
        font-size: var(--cm-size-s);
      }
      .kin {
        display: grid;
        gap: 6px;
      }
    `,
  ];

  constructor() {
    super();
    this.messageId = '';
    this.form = 'segments';
  }

  protected override willUpdate(changed: PropertyValues): void {
    super.willUpdate(changed);
    if (changed.has('messageId') && this.hasUpdated && this.conn.session.value) {
      this.detail = undefined;
      void this.load();
    }
  }

  protected override async load(): Promise<void> {
    const id = this.messageId;
    try {
      const detail = await messageGet(this.http, { id });
      if (id !== this.messageId) return;
      this.detail = detail;
      this.fault = undefined;
    } catch (error) {
      this.fault = toApiFault(error);
    }
  }

  protected override onLive(events: readonly LiveEvent[]): void | Promise<void> {
    const ids = new Set([this.messageId, ...(this.detail?.deliveries.map((d) => d.delivery.id) ?? [])]);
    if (events.some((e) => e.name === 'missed' || ids.has(e.recordId))) return this.load();
  }

  #ask(question: Question): void {
    this.renderRoot.querySelector<CmConfirm>('cm-confirm')?.ask(question);
  }

  readonly #done = (newId?: string) => {
    toast(msg('已执行', 'Done'));
    if (newId !== undefined && newId !== this.messageId) this.open('message', newId);
    void this.load();
  };

  protected override view() {
    const { detail } = this;
    if (this.fault)
      return html`<cm-notice .fault=${this.fault} retry @cm-retry=${() => void this.load()}></cm-notice>`;
    if (detail === undefined) return html`<div class="card"><cm-skeleton lines="8"></cm-skeleton></div>`;
    const { message } = detail;
    return html`<div class="stack">
        <section class="card">
          <header>
            <h1>${directionIcon(message)} <span class="mono">${message.messageType || msg('未识别', 'Not recognised')}</span></h1>
            ${stateBadge(messageStates, message.state)}
            <div class="row push" role="group" aria-label=${msg('操作', 'Actions')}>${this.#toSample(detail)}${this.#verbs(detail)}</div>
          </header>
          <div class="body stack">
            ${message.faultCode ? html`<cm-notice tone="bad" heading=${storedFault(message.faultCode, message.fault)}><small class="mono">${message.faultCode}</small></cm-notice>` : nothing}
            ${detail.contents.truncated ? html`<cm-notice tone="warn" heading=${msg('内容过大，未完整显示；不能在此修复', 'Too large to be shown whole; it cannot be repaired here')}></cm-notice>` : nothing}
            ${message.warnings?.length ? html`<cm-notice tone="warn" heading=${msg('警告', 'Warnings')}>${message.warnings.join('；')}</cm-notice>` : nothing}
            ${message.originId ? this.#origin(message.originId, message.originKind, message.reason) : nothing}
            ${routeView(detail, (kind, id) => this.open(kind, id))}
            <cm-kv .items=${this.#facts(detail)}></cm-kv>
            <div class="keys" role="list" aria-label=${title('keys')}>
              ${message.keys.map((k) => html`<span class="key" role="listitem"><span class="muted">${keyKind(k.kind)}</span><span class="mono">${k.value}</span></span>`)}
            </div>
          </div>
        </section>
        ${this.#forms(detail)}
        ${detail.deliveries.map(
          (item) => html`<cm-delivery-card
            .item=${item}
            ?operable=${this.may('message.operate')}
            @cm-delivery=${(e: CustomEvent<{ verb: string; id: string }>) =>
              this.#ask(questions.delivery(this.http, e.detail.verb, e.detail.id, this.#done))}
          ></cm-delivery-card>`,
        )}
        ${detail.descendants.length > 0 ? this.#kin(detail) : nothing}
      </div>
      <cm-confirm></cm-confirm>`;
  }

  #verbs(detail: MessageGetResult) {
    if (!this.may('message.operate')) return nothing;
    const looks = {
      replay: { text: msg('重放', 'Replay'), icon: 'replay', variant: '' },
      repair: { text: msg('修复', 'Repair'), icon: 'edit', variant: 'primary' },
      skip: { text: msg('跳过', 'Skip'), icon: 'skip', variant: 'danger' },
    } as const;
    return messageVerbs(detail.message.state).map((verb) => {
      const look = looks[verb];
      return html`<cm-button
        variant=${look.variant}
        icon=${look.icon}
        ?disabled=${(verb !== 'skip' && detail.contents.raw === null) || (verb === 'repair' && detail.contents.truncated)}
        @click=${() => this.#ask(questions[verb](this.http, detail, this.#done))}
        >${look.text}</cm-button
      >`;
    });
  }

  /** One click: the message becomes a sample of its mapping, its personal data replaced. */
  #toSample({ message, contents }: MessageGetResult) {
    if (!this.may('channel.publish') || message.channel === '') return nothing;
    return html`<cm-button
      icon="copy"
      ?disabled=${contents.raw === null}
      @click=${() => this.#ask(sampleQuestion(this.http, { message: message.id }, (code) => this.open('definition', code)))}
      >${msg('存为样例', 'Make a sample')}</cm-button
    >`;
  }

  #facts(detail: MessageGetResult): Fact[] {
    const { message } = detail;
    return [
      {
        label: title('receivedAt'),
        value: html`<cm-time mode="full" ms value=${message.receivedAt}></cm-time>`,
      },
      { label: title('controlId'), value: html`<span class="mono">${message.controlId || '—'}</span>` },
      {
        label: title('ack'),
        value: ackText(message) ? html`<span class="mono">${ackText(message)}</span>` : '',
      },
      {
        label: title('charset'),
        value: html`<span class="mono">${message.charset}</span> <span class="muted">${bytes(message.size)}</span>`,
      },
      {
        label: msg('映射', 'Mapping'),
        value: detail.mapping ? html`<span class="mono">${mappingText(detail.mapping)}</span>` : '',
      },
      {
        label: title('connection'),
        value: message.connection ? html`<span class="mono">${message.connection}</span>` : '',
      },
    ];
  }

  #forms(detail: MessageGetResult) {
    const names: { id: FormName; label: string }[] = [
      { id: 'raw', label: msg('原始字节', 'Raw bytes') },
      { id: 'text', label: msg('解码文本', 'Decoded text') },
      { id: 'segments', label: msg('解析字段', 'Parsed segments') },
      { id: 'canonical', label: msg('规范消息', 'Canonical') },
    ];
    return html`<div class="forms">
        ${names.map(
          ({ id, label }) => html`<section class="card form">
            <header>
              <h2>${label}</h2>
              ${
                id === 'text' && detail.contents.text !== null
                  ? html`<cm-button class="push" small variant="ghost" icon="copy" label=${msg('复制', 'Copy')} @click=${() => this.#copy(detail.contents.text ?? '')}></cm-button>`
                  : nothing
              }
            </header>
            <div class="window">${messageForm(id, detail)}</div>
          </section>`,
        )}
      </div>
      <section class="card tabbed">
        <cm-tabs
          label=${msg('消息的各种形式', 'Forms of the message')}
          .tabs=${names}
          active=${this.form}
          @cm-tab=${(e: CustomEvent<{ id: FormName }>) => (this.form = e.detail.id)}
        >
          <div class="window">${messageForm(this.form, detail)}</div>
        </cm-tabs>
      </section>`;
  }

  #copy(text: string): void {
    navigator.clipboard?.writeText(text).then(
      () => toast(msg('已复制', 'Copied')),
      () => toast(msg('浏览器拒绝复制', 'The browser refused to copy'), 'warn'),
    );
  }

  #origin(id: string, kind: string, reason: string) {
    const word = kind === 'repair' ? msg('修复自', 'Repair of') : msg('重放自', 'Replay of');
    return html`<cm-notice tone="info" heading=${word}>
      <a href="#" @click=${(e: Event) => {
        e.preventDefault();
        this.open('message', id);
      }}><span class="mono">${id}</span></a>
      ${reason ? html`<div>${msg('原因', 'Reason')}：${reason}</div>` : nothing}
    </cm-notice>`;
  }

  #kin(detail: MessageGetResult) {
    return html`<section class="card">
      <header><h2>${msg('重放与修复', 'Replays and repairs')}</h2></header>
      <div class="body kin">
        ${detail.descendants.map(
          (m) => html`<div class="row">
            <a href="#" @click=${(e: Event) => {
              e.preventDefault();
              this.open('message', m.id);
            }}>${m.originKind === 'repair' ? msg('修复', 'Repair') : msg('重放', 'Replay')}</a>
            ${stateBadge(messageStates, m.state)}
            <cm-time mode="both" value=${m.receivedAt}></cm-time>
            <span class="muted">${m.reason}</span>
          </div>`,
        )}
      </div>
    </section>`;
  }
}

/** `his-orders@3`; version 0 is the shipped one. */
const mappingText = (mapping: string): string => {
  const [code = '', version = '0'] = mapping.split('@');
  return `${code} · ${version === '0' ? msg('随产品提供', 'as shipped') : msg(`第 ${version} 版`, `version ${version}`)}`;
};

define('cytomesh-message-detail', CytomeshMessageDetail);
