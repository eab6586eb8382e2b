import { html, nothing } from 'lit';
import {
  type Channel,
  type ChannelTemplatePreviewResult,
  type ChannelTemplateReachResult,
  channelTemplateCreate,
  channelTemplateList,
  channelTemplatePreview,
  channelTemplateReach,
} from '../../api/client.generated.ts';
import { type ApiFault, toApiFault } from '../../api/fault.ts';
import { Intent } from '../../api/request.ts';
import '../../components/badge/badge.element.ts';
import '../../components/button/button.element.ts';
import { define } from '../../components/element/element.ts';
import '../../components/icon/icon.element.ts';
import '../../components/skeleton/skeleton.element.ts';
import '../../components/tabs/tabs.element.ts';
import { msg, say } from '../../state/language.ts';
import { base, surfaces } from '../../tokens/base.styles.ts';
import '../channel/channel-study.element.ts';
import { channelName, kindText, statusBadge } from '../channel/channel-words.ts';
import { LiveCounters } from '../channel/live-counters.ts';
import { reachText, reachTone } from '../channel/reach-words.ts';
import { PageElement } from '../page-element.ts';
import './partner-form.element.ts';
import type { Filled } from './partner-form.element.ts';
import { styles } from './partner-wizard.styles.ts';
import { groupIcon, groups, groupText, slugOf, type Template } from './partner-words.ts';

const pauseMs = 350;
const nothingFilled: Filled = { partner: '', title: '', titleEn: '', values: {}, secrets: {} };

/**
 * A new partner from a template, in four steps: choose, fill in, look and try, create and self-test.
 * @fires cytomesh-open - `{ kind: 'channel', id }`
 */
export class CytomeshPartnerWizard extends PageElement {
  declare templates: readonly Template[] | undefined;
  declare template: Template | undefined;
  declare step: 'choose' | 'fill' | 'look' | 'done';
  declare filled: Filled;
  declare preview: ChannelTemplatePreviewResult | undefined;
  declare reached: ChannelTemplateReachResult['items'] | undefined;
  declare shown: string;
  declare start: boolean;
  declare touched: boolean;
  declare made: readonly Channel[];
  declare busy: string;
  declare fault: ApiFault | undefined;
  static override properties = {
    ...PageElement.properties,
    templates: { state: true },
    template: { state: true },
    step: { state: true },
    filled: { state: true },
    preview: { state: true },
    reached: { state: true },
    shown: { state: true },
    start: { state: true },
    touched: { state: true },
    made: { state: true },
    busy: { state: true },
    fault: { state: true },
  };
  readonly #live = new LiveCounters(this, () => this.http);
  readonly #intent = new Intent();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #asked = 0;
  static override styles = [base, surfaces, styles];

  constructor() {
    super();
    this.step = 'choose';
    this.filled = nothingFilled;
    this.shown = '';
    this.start = true;
    this.touched = false;
    this.made = [];
    this.busy = '';
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.#timer);
  }

  protected override async load(): Promise<void> {
    try {
      this.templates = (await channelTemplateList(this.http)).items;
      this.fault = undefined;
    } catch (error) {
      this.fault = toApiFault(error);
    }
  }

  #choose(template: Template): void {
    this.template = template;
    this.filled = nothingFilled;
    this.preview = undefined;
    this.reached = undefined;
    this.touched = false;
    this.step = 'fill';
  }

  #take(filled: Filled): void {
    const before = this.filled;
    // The short name follows the name until it is typed.
    const follows = before.partner === slugOf(before.titleEn || before.title);
    const partner =
      filled.partner === before.partner && follows ? slugOf(filled.titleEn || filled.title) : filled.partner;
    this.filled = { ...filled, partner };
    this.reached = undefined;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#look(), pauseMs);
  }

  /** Params of a preview: a secret is told as given, never as it is. */
  get #params() {
    const { template, filled } = this;
    const given = Object.entries(filled.secrets).filter(([, value]) => value !== '');
    const values = { ...filled.values, ...Object.fromEntries(given.map(([name]) => [name, 'given'])) };
    return {
      id: template?.id ?? '',
      partner: filled.partner,
      title: filled.title,
      ...(filled.titleEn ? { titleEn: filled.titleEn } : {}),
      values,
    };
  }

  get #own(): Record<string, string> {
    const problems: Record<string, string> = {};
    if (this.filled.title.trim() === '') problems.title = msg('必填', 'required');
    if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(this.filled.partner))
      problems.partner = msg(
        '小写字母开头，只含小写字母、数字、短横',
        'begins with a letter; lower case letters, digits, hyphens',
      );
    for (const { name, kind, pattern } of this.template?.fields ?? []) {
      const value = this.filled.secrets[name];
      if (kind === 'secret' && value && pattern && !new RegExp(pattern, 'u').test(value))
        problems[name] = 'pattern';
    }
    return problems;
  }

  get #problems(): Record<string, string> {
    const fields = new Set(this.template?.fields.map((f) => f.name));
    const told = (this.preview?.problems ?? []).filter((p) => fields.has(p.at));
    return { ...Object.fromEntries(told.map((p) => [p.at, p.reason])), ...this.#own };
  }

  async #look(): Promise<boolean> {
    if (!this.template || this.#own.title || this.#own.partner) return false;
    const asked = ++this.#asked;
    try {
      const preview = await channelTemplatePreview(this.http, this.#params);
      if (asked !== this.#asked) return false;
      this.preview = preview;
      this.shown = preview.texts.some((t) => t.code === this.shown)
        ? this.shown
        : (preview.texts[0]?.code ?? '');
      this.fault = undefined;
      return true;
    } catch (error) {
      if (asked === this.#asked) this.fault = toApiFault(error);
      return false;
    }
  }

  async #next(): Promise<void> {
    this.touched = true;
    clearTimeout(this.#timer);
    const looked = await this.#look();
    if (looked && Object.keys(this.#problems).length === 0) this.step = 'look';
  }

  async #try(): Promise<void> {
    this.busy = 'reach';
    try {
      this.reached = (await channelTemplateReach(this.http, this.#params)).items;
      this.fault = undefined;
    } catch (error) {
      this.fault = toApiFault(error);
    }
    this.busy = '';
  }

  async #create(): Promise<void> {
    const { template, filled } = this;
    if (!template) return;
    this.busy = 'create';
    const secrets = Object.fromEntries(Object.entries(filled.secrets).filter(([, value]) => value !== ''));
    const params = { ...this.#params, values: filled.values, secrets, start: this.start };
    try {
      this.made = (await channelTemplateCreate(this.http, params, { key: this.#intent.key(params) })).items;
      this.#intent.settle();
      this.filled = { ...filled, secrets: {} };
      this.fault = undefined;
      this.step = 'done';
      this.#live.start();
    } catch (error) {
      const fault = toApiFault(error);
      if (fault.status >= 400 && fault.status < 500) this.#intent.settle();
      this.fault = fault;
    }
    this.busy = '';
  }

  #steps() {
    const steps = [
      ['choose', msg('选择模板', 'Choose')],
      ['fill', msg('填写', 'Fill in')],
      ['look', msg('核对与测试', 'Look and try')],
      ['done', msg('创建与自检', 'Create and self-test')],
    ] as const;
    const now = steps.findIndex(([id]) => id === this.step);
    return html`<ol class="steps">${steps.map(([, label], i) => html`<li class=${i < now ? 'past' : i === now ? 'now' : ''} aria-current=${i === now ? 'step' : nothing}><i>${i + 1}</i><span>${label}</span></li>`)}</ol>`;
  }

  #choosing() {
    const found = groups
      .map((group) => ({ group, own: (this.templates ?? []).filter((t) => t.group === group) }))
      .filter(({ own }) => own.length > 0);
    return html`${found.map(
      ({ group, own }) => html`<h2>${groupText(group)}</h2>
        <div class="templates">
          ${own.map(
            (t) => html`<button type="button" class="card template" @click=${() => this.#choose(t)}>
              <cm-icon name=${groupIcon(group)}></cm-icon>
              <b>${say(t.title)}</b>
              <span>${say(t.about)}</span>
              <small class="mono">${t.adapters.join(', ')} · ${msg(`${t.makes.length} 个定义`, `${t.makes.length} definitions`)}</small>
            </button>`,
          )}
        </div>`,
    )}`;
  }

  #filling(template: Template) {
    return html`<section class="card">
      <header><h2>${say(template.title)}</h2></header>
      <div class="body stack">
        <p>${say(template.about)}</p>
        ${template.before?.length ? html`<ul>${template.before.map((one) => html`<li>${say(one)}</li>`)}</ul>` : nothing}
        <cm-partner-form .template=${template} .filled=${this.filled} .problems=${this.touched || this.preview ? this.#problems : {}} @cm-filled=${(e: CustomEvent<{ filled: Filled }>) => this.#take(e.detail.filled)}></cm-partner-form>
        <div class="row">
          <cm-button icon="left" @click=${() => (this.step = 'choose')}>${msg('换模板', 'Another template')}</cm-button>
          <cm-button class="push" variant="primary" @click=${() => void this.#next()}>${msg('下一步', 'Next')}</cm-button>
        </div>
      </div>
    </section>`;
  }

  #looking() {
    const { preview } = this;
    const texts = preview?.texts ?? [];
    const bad = preview?.problems ?? [];
    const one = texts.find((t) => t.code === this.shown);
    return html`<section class="card">
        <header><h2>${msg('测试连接', 'Test the connection')}</h2></header>
        <div class="body stack">
          <div class="row"><cm-button icon="wire" ?busy=${this.busy === 'reach'} @click=${() => void this.#try()}>${msg('测试连接', 'Test connection')}</cm-button></div>
          ${(this.reached ?? []).map((r) => html`<div class="row"><cm-badge tone=${reachTone(r)}>${r.endpoint}</cm-badge><span class="mono">${r.target}</span><span>${reachText(r)}</span></div>`)}
        </div>
      </section>
      <section class="card">
        <cm-tabs label=${msg('将创建的定义', 'What is created')} .tabs=${texts.map((t) => ({ id: t.code, label: t.code }))} active=${this.shown} @cm-tab=${(e: CustomEvent<{ id: string }>) => (this.shown = e.detail.id)}>
          ${one ? html`<div class="text"><p><cm-badge plain tone="info">${kindText(one.kind)}</cm-badge> ${say(one.title)}</p><pre class="mono">${one.text}</pre></div>` : nothing}
        </cm-tabs>
      </section>
      ${bad.map((p) => html`<cm-notice tone="bad" heading=${`${p.at}: ${p.reason}`}></cm-notice>`)}
      <div class="row">
        <cm-button icon="left" @click=${() => (this.step = 'fill')}>${msg('上一步', 'Back')}</cm-button>
        <label class="start push"><input type="checkbox" .checked=${this.start} @change=${(e: Event) => (this.start = (e.target as HTMLInputElement).checked)} />${msg('立即启动', 'Start at once')}</label>
        <cm-button variant="primary" icon="check" ?busy=${this.busy === 'create'} ?disabled=${bad.length > 0} @click=${() => void this.#create()}>${msg(`创建 ${texts.length} 个定义`, `Create ${texts.length} definitions`)}</cm-button>
      </div>`;
  }

  #done() {
    const endpoint = this.made.find((c) => c.kind === 'endpoint');
    return html`<section class="card">
        <header><h2>${msg('已创建', 'Created')}</h2></header>
        <ul class="made">
          ${this.made.map(
            (c) => html`<li>
              <button type="button" @click=${() => this.open('channel', c.id)}>
                <span>${channelName(c)}</span><span class="mono muted">${c.code}</span><span class="muted push">${this.#live.get(c.id)?.statusText ?? ''}</span>${statusBadge(c, this.#live.get(c.id))}
              </button>
            </li>`,
          )}
        </ul>
      </section>
      ${endpoint ? html`<section class="card"><cm-channel-study channel-id=${endpoint.id} .http=${this.http} ?operable=${this.may('channel.operate')}></cm-channel-study></section>` : nothing}
      <div class="row"><cm-button icon="flow" @click=${() => (this.step = 'choose')}>${msg('再建一个', 'Another one')}</cm-button></div>`;
  }

  protected override view() {
    if (!this.may('channel.publish'))
      return html`<cm-notice tone="warn" heading=${msg('没有新建接口的权限', 'You may not create interfaces')}></cm-notice>`;
    if (this.templates === undefined && !this.fault)
      return html`<div class="card"><cm-skeleton lines="8"></cm-skeleton></div>`;
    return html`<div class="stack">
      ${this.#steps()}
      ${this.step === 'choose' ? this.#choosing() : this.step === 'fill' && this.template ? this.#filling(this.template) : this.step === 'look' ? this.#looking() : this.#done()}
      ${this.fault ? html`<cm-notice .fault=${this.fault}></cm-notice>` : nothing}
    </div>`;
  }
}

define('cytomesh-partner-wizard', CytomeshPartnerWizard);
