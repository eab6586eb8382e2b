import { css, html, nothing } from 'lit';
import type { About } from '../api/about.ts';
import { about } from '../api/about.ts';
import { type ApiFault, toApiFault } from '../api/fault.ts';
import { CmElement, define } from '../components/element/element.ts';
import '../components/notice/notice.element.ts';
import { connection } from '../state/connection.ts';
import { language } from '../state/language.ts';
import { Watch } from '../state/store.ts';
import { base } from '../tokens/base.styles.ts';
import './sign-in.element.ts';

/** The portal of the platform: sign-in, or the frame with its pages. */
export class CytomeshPortal extends CmElement {
  declare about: About | undefined;
  declare fault: ApiFault | undefined;
  declare framed: boolean;
  static override properties = { about: { state: true }, fault: { state: true }, framed: { state: true } };
  static override styles = [
    base,
    css`
      :host {
        display: block;
        min-height: 100%;
        background: var(--cm-bg);
      }
      cm-notice {
        max-width: 560px;
        margin: 15vh auto;
        padding: 0 20px;
      }
    `,
  ];
  readonly #conn = connection();

  constructor() {
    super();
    this.framed = false;
    new Watch(this, this.#conn.session);
    language.watch(() => this.#lang());
    this.#conn.session.watch((session) => session && void this.#frame());
    this.#lang();
    void this.#start();
  }

  #lang(): void {
    document.documentElement.lang = language.value === 'zh' ? 'zh-CN' : 'en';
  }

  async #start(): Promise<void> {
    this.fault = undefined;
    void about(this.#conn.http).then(
      (found) => (this.about = found),
      () => {},
    );
    try {
      await this.#conn.ready();
    } catch (error) {
      this.fault = toApiFault(error);
    }
  }

  /** The frame and everything behind the sign-in is loaded when somebody is signed in. */
  async #frame(): Promise<void> {
    await import('./frame.element.ts');
    this.framed = true;
  }

  override render() {
    if (this.fault)
      return html`<cm-notice .fault=${this.fault} retry @cm-retry=${() => void this.#start()}></cm-notice>`;
    const session = this.#conn.session.value;
    if (session === undefined) return nothing;
    if (session === null) return html`<cytomesh-sign-in .about=${this.about}></cytomesh-sign-in>`;
    return this.framed ? html`<cytomesh-frame .about=${this.about}></cytomesh-frame>` : nothing;
  }
}

define('cytomesh-portal', CytomeshPortal);
