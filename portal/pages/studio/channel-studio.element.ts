import { html, nothing, type PropertyValues } from 'lit';
import {
  type ChannelVersion,
  channelVersions,
  type DefinitionGetResult,
  definitionGet,
  definitionPreview,
  definitionWords,
  type GoldenSampleListResult,
  goldenSampleList,
} from '../../api/client.generated.ts';
import { type ApiFault, toApiFault } from '../../api/fault.ts';
import type { LiveEvent } from '../../api/live-event.ts';
import '../../components/badge/badge.element.ts';
import '../../components/button/button.element.ts';
import '../../components/code/code.element.ts';
import type { CmCode } from '../../components/code/code.element.ts';
import '../../components/dialog/confirm.element.ts';
import type { CmConfirm } from '../../components/dialog/confirm.element.ts';
import { define } from '../../components/element/element.ts';
import '../../components/field/select.element.ts';
import '../../components/skeleton/skeleton.element.ts';
import '../../components/tabs/tabs.element.ts';
import '../../components/time/time.element.ts';
import { toast } from '../../components/toast/toast.element.ts';
import { msg } from '../../state/language.ts';
import { base, surfaces } from '../../tokens/base.styles.ts';
import { PageElement } from '../page-element.ts';
import { base64Of } from './base64.ts';
import { styles } from './channel-studio.styles.ts';
import { offersAt, type Words } from './completion.ts';
import './studio-approvals.element.ts';
import { draftText, sampleOptions } from './studio-bar.ts';
import { StudioDraft } from './studio-draft.ts';
import './studio-notices.element.ts';
import './studio-publish.element.ts';
import type { CmStudioPublish } from './studio-publish.element.ts';
import './studio-result.element.ts';
import './studio-samples.element.ts';
import './studio-shadow.element.ts';
import './studio-source.element.ts';
import './studio-versions.element.ts';
import { headName, kindText, type Preview, versionText } from './studio-words.ts';

/**
 * A definition in the workshop: its text beside a sample and what becomes of it, its samples, versions, shadow runs and approvals.
 * @attr definition - code
 * @fires cytomesh-open - `{ kind: 'message' | 'definition' | 'definitions', id }`
 */
export class CytomeshChannelStudio extends PageElement {
  declare definition: string;
  declare found: DefinitionGetResult | undefined;
  declare versions: readonly ChannelVersion[];
  declare samples: GoldenSampleListResult['items'];
  declare words: Words | undefined;
  declare sample: string;
  declare preview: Preview | undefined;
  declare tab: string;
  declare fault: ApiFault | undefined;
  static override properties = {
    ...PageElement.properties,
    definition: {},
    found: { state: true },
    versions: { state: true },
    samples: { state: true },
    words: { state: true },
    sample: { state: true },
    preview: { state: true },
    tab: { state: true },
    fault: { state: true },
  };
  static override styles = [base, surfaces, styles];
  protected override readonly topics = ['channel'];
  readonly #draft = new StudioDraft(
    () => this.http,
    () => this.requestUpdate(),
  );
  #pasted = '';
  /** Its own samples, and those of the mappings it uses. */
  #tryable: GoldenSampleListResult['items'] = [];
  /** What the last valid text gave: it stays beside one that has mistakes. */
  #last: Preview['result'] | undefined;
  #looking: AbortController | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    super();
    this.definition = '';
    this.versions = [];
    this.samples = [];
    this.sample = '';
    this.tab = 'edit';
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#draft.stop();
    clearTimeout(this.#timer);
    this.#looking?.abort();
  }

  protected override willUpdate(changed: PropertyValues): void {
    super.willUpdate(changed);
    if (changed.has('definition') && this.hasUpdated && this.conn.session.value) {
      this.#draft.stop();
      this.sample = '';
      void this.load();
    }
  }

  protected override async load(): Promise<void> {
    const id = this.definition;
    try {
      const found = await definitionGet(this.http, { id });
      if (id !== this.definition) return;
      const { channelId } = found.definition;
      const [versions, samples, words, ...used] = await Promise.all([
        channelId ? channelVersions(this.http, { id: channelId }) : { items: [] },
        goldenSampleList(this.http, { definition: id }),
        this.words ?? definitionWords(this.http, {}).catch(() => undefined),
        ...found.uses.map((definition) => goldenSampleList(this.http, { definition })),
      ]);
      // What is being typed stays.
      if (!this.#draft.dirty || this.found?.definition.id !== id) this.#draft.open(found);
      this.#draft.mayKeep = this.may('channel.publish');
      this.found = found;
      this.versions = versions.items;
      this.samples = samples.items;
      this.#tryable = [...samples.items, ...used.flatMap((u) => u.items)];
      this.words = words;
      this.fault = undefined;
      if (this.sample !== 'paste' && !this.#tryable.some((s) => s.id === this.sample))
        this.sample = this.#tryable[0]?.id ?? '';
      void this.#look();
    } catch (error) {
      this.fault = toApiFault(error);
    }
  }

  protected override onLive(events: readonly LiveEvent[]): void | Promise<void> {
    const { found } = this;
    if (events.some((e) => e.name === 'missed' || (found && e.recordId === found.definition.channelId)))
      return this.load();
  }

  readonly #type = (event: CustomEvent<{ value: string }>) => {
    this.#draft.type(event.detail.value);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#look(), 300);
  };

  /** What the text makes of the sample, now. */
  async #look(): Promise<void> {
    clearTimeout(this.#timer);
    if (!this.may('message.content')) return;
    this.#looking?.abort();
    const looking = new AbortController();
    this.#looking = looking;
    const { text, baseVersion } = this.#draft;
    const given =
      this.sample === 'paste'
        ? this.#pasted === ''
          ? {}
          : { bytes: base64Of(this.#pasted) }
        : this.sample === ''
          ? {}
          : { sample: this.sample };
    try {
      const params = { texts: [text || ' '], baseVersion, ...given };
      const preview = await definitionPreview(this.http, params, { signal: looking.signal });
      if (looking.signal.aborted) return;
      if (preview.result || preview.problems.length === 0) this.#last = preview.result;
      this.preview = preview;
    } catch (error) {
      if (!looking.signal.aborted) toast(toApiFault(error).message, 'bad');
    }
  }

  #ask(): CmConfirm | null {
    return this.renderRoot.querySelector<CmConfirm>('cm-confirm');
  }

  readonly #asked = (event: CustomEvent<{ what: 'save' | 'publish' }>) => {
    if (event.detail.what === 'publish') void this.#publish();
    else void this.#save();
  };

  async #save(): Promise<void> {
    await this.#draft.save();
    if (this.#draft.state === 'saved') toast(msg('草稿已保存', 'Draft saved'));
  }

  /** The draft is kept first: a save that came after the publication would be of an older draft. */
  async #publish(): Promise<void> {
    if (!this.may('channel.publish')) return;
    await this.#draft.save();
    const { text, baseVersion } = this.#draft;
    this.renderRoot
      .querySelector<CmStudioPublish>('cm-studio-publish')
      ?.show({ text, baseVersion, inForce: this.found?.text ?? '' });
  }

  #discard(): void {
    this.#ask()?.ask({
      heading: msg('丢弃草稿', 'Discard the draft'),
      text: msg('回到生效的定义，草稿不再保留。', 'Back to the text in force; the draft is gone.'),
      action: msg('丢弃', 'Discard'),
      danger: true,
      run: async () => {
        await this.#draft.discard();
        this.found = undefined;
        await this.load();
      },
    });
  }

  #paste(): void {
    this.#ask()?.ask({
      heading: msg('粘贴一条消息', 'Paste a message'),
      text: msg('只用于预览，不保存。', 'Only for the preview; it is not kept.'),
      action: msg('预览', 'Preview'),
      edit: { label: msg('消息', 'Message'), value: this.#pasted },
      width: '720px',
      run: async ({ text }) => {
        this.#pasted = text;
        this.sample = 'paste';
        await this.#look();
      },
    });
  }

  protected override view() {
    const { found } = this;
    if (this.fault)
      return html`<cm-notice .fault=${this.fault} retry @cm-retry=${() => void this.load()}></cm-notice>`;
    if (found === undefined) return html`<div class="card"><cm-skeleton lines="12"></cm-skeleton></div>`;
    const { definition } = found;
    const tabs = [
      { id: 'edit', label: msg('编辑', 'Edit') },
      { id: 'samples', label: msg('样例', 'Samples'), count: this.samples.length },
      { id: 'versions', label: msg('版本', 'Versions'), count: this.versions.length },
      { id: 'shadow', label: msg('影子运行', 'Shadow run') },
      { id: 'approvals', label: msg('审批', 'Approvals') },
    ];
    return html`<section class="card">
        <header>
          <h1>${headName(definition)}</h1>
          <cm-badge tone="info" plain>${kindText(definition.kind)}</cm-badge>
          <cm-badge tone=${definition.published ? 'good' : 'neutral'} plain>${versionText(definition)}</cm-badge>
          ${definition.pending ? html`<cm-badge tone="warn">${msg('待批准', 'Waiting for approval')}</cm-badge>` : nothing}
          <span class="muted mono">${definition.id}</span>
          <div class="row push">${this.#verbs()}</div>
        </header>
        ${definition.problem ? html`<cm-notice tone="bad" heading=${definition.problem}></cm-notice>` : nothing}
        <cm-tabs label=${msg('接口定义', 'Definition')} .tabs=${tabs} active=${this.tab} @cm-tab=${(e: CustomEvent<{ id: string }>) => (this.tab = e.detail.id)}>
          ${this.#panel(found)}
        </cm-tabs>
      </section>
      <cm-studio-publish .http=${this.http} @cm-done=${() => this.#published()}></cm-studio-publish>
      <cm-confirm></cm-confirm>`;
  }

  #published(): void {
    this.found = undefined;
    void this.load();
  }

  #verbs() {
    if (!this.may('channel.publish')) return nothing;
    const { state } = this.#draft;
    return html`<cm-button ?disabled=${state === 'same'} @click=${() => this.#discard()}>${msg('丢弃草稿', 'Discard draft')}</cm-button>
      <cm-button ?busy=${state === 'saving'} ?disabled=${!this.#draft.dirty} title="Ctrl+S" @click=${() => void this.#save()}>${msg('保存草稿', 'Save draft')}</cm-button>
      <cm-button variant="primary" icon="check" title="Ctrl+Enter" ?disabled=${state === 'same'} @click=${() => void this.#publish()}>${msg('发布', 'Publish')}</cm-button>`;
  }

  #panel(found: DefinitionGetResult) {
    const { http } = this;
    const publish = this.may('channel.publish');
    const changed = () => void this.load();
    if (this.tab === 'samples')
      return html`<cm-studio-samples
        .http=${http}
        .samples=${this.samples}
        code=${found.definition.id}
        .text=${this.#draft.text}
        ?operable=${publish && this.may('message.content')}
        @cm-changed=${changed}
        @cm-try=${(e: CustomEvent<{ id: string }>) => {
          this.sample = e.detail.id;
          this.tab = 'edit';
          void this.#look();
        }}
      ></cm-studio-samples>`;
    if (this.tab === 'versions')
      return html`<cm-studio-versions
        .http=${http}
        .found=${found}
        .versions=${this.versions}
        .draft=${this.#draft.state === 'same' ? '' : this.#draft.text}
        ?operable=${publish}
        @cm-changed=${() => this.#published()}
      ></cm-studio-versions>`;
    if (this.tab === 'shadow')
      return html`<cm-studio-shadow
        .http=${http}
        code=${found.definition.id}
        .text=${this.#draft.text}
        ?operable=${publish}
        ?readable=${this.may('message.content')}
      ></cm-studio-shadow>`;
    if (this.tab === 'approvals')
      return html`<cm-studio-approvals
        .http=${http}
        code=${found.definition.id}
        user=${this.conn.session.value?.userId ?? ''}
        ?operable=${publish}
        ?governs=${this.may('org.policy')}
        @cm-changed=${() => this.#published()}
      ></cm-studio-approvals>`;
    return this.#editor();
  }

  #editor() {
    const problems = this.preview?.problems ?? [];
    const result = this.preview?.result ?? this.#last ?? undefined;
    return html`<div class="bar">
        <cm-select
          name-text=${msg('样例', 'Sample')}
          .options=${sampleOptions(this.#tryable)}
          .value=${this.sample}
          @cm-input=${(e: CustomEvent<{ value: string }>) => {
            this.sample = e.detail.value;
            if (this.sample === 'paste' && this.#pasted === '') this.#paste();
            else void this.#look();
          }}
        ></cm-select>
        <cm-button small icon="edit" @click=${() => this.#paste()}>${msg('粘贴消息', 'Paste a message')}</cm-button>
        <span class="state push" role="status">${draftText(this.#draft)}</span>
        ${
          problems.length
            ? html`<cm-button small variant="danger" icon="alert" @click=${() => this.renderRoot.querySelector<CmCode>('cm-code')?.nextProblem()}
                >${msg(`${problems.length} 个问题`, problems.length === 1 ? '1 problem' : `${problems.length} problems`)} <kbd>F8</kbd></cm-button
              >`
            : this.preview
              ? html`<cm-badge tone="good">${msg('定义有效', 'The text is valid')}</cm-badge>`
              : nothing
        }
      </div>
      <cm-studio-notices
        .draft=${this.#draft}
        .shown=${`${this.#draft.state} ${this.#draft.by} ${this.#draft.baseVersion}`}
        newer=${this.preview?.newerVersion ?? 0}
        @cm-compare=${() => (this.tab = 'versions')}
        @cm-rebase=${(e: CustomEvent<{ version: number }>) => this.#rebase(e.detail.version)}
        @cm-theirs=${() => this.#published()}
      ></cm-studio-notices>
      <div class="panes">
        <section class="pane" aria-label=${msg('样例原文', 'Sample as it comes')}>
          <h2>${msg('样例', 'Sample')}</h2>
          <cm-studio-source .result=${result}></cm-studio-source>
        </section>
        <section class="pane text" aria-label=${msg('定义', 'Definition')}>
          <h2>${msg('定义', 'Definition')} <kbd>Ctrl S</kbd> <kbd>Ctrl ↵</kbd></h2>
          <cm-code
            label=${msg('定义（YAML）', 'Definition (YAML)')}
            .value=${this.#draft.text}
            ?readonly=${!this.may('channel.publish')}
            .problems=${problems.map(({ line, column, path, reason }) => ({ line, column, message: `${path} ${reason}` }))}
            .offers=${(at: { above: string; before: string }) =>
              offersAt(this.words, this.#draft.text, result?.segments ?? [], at)}
            @cm-input=${this.#type}
            @cm-ask=${this.#asked}
          ></cm-code>
          ${
            problems.length
              ? html`<ol class="problems" aria-label=${msg('问题', 'Problems')}>
                  ${problems.slice(0, 50).map((p) => html`<li><span class="mono">${p.line}:${p.column}</span><span><b class="mono">${p.path}</b> ${p.reason}</span></li>`)}
                </ol>`
              : nothing
          }
        </section>
        <section class="pane" aria-label=${msg('结果', 'Result')}>
          <h2>${msg('结果', 'Result')}</h2>
          <cm-studio-result ?old=${!this.preview?.result} .result=${result} .differences=${this.preview?.differences ?? []} ?expected=${this.preview?.expected ?? false}></cm-studio-result>
        </section>
      </div>`;
  }

  #rebase(version: number): void {
    this.#draft.baseVersion = version;
    this.#draft.type(this.#draft.text);
    void this.#look();
  }
}

define('cytomesh-channel-studio', CytomeshChannelStudio);
