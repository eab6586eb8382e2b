import { LitElement } from 'lit';
import { language } from '../../state/language.ts';
import { Watch } from '../../state/store.ts';
import { installTokens } from '../../tokens/install.ts';

/** Ground of every element: speaks the language of the page and has the tokens. */
export class CmElement extends LitElement {
  constructor() {
    super();
    new Watch(this, language);
  }

  /** Fires an event that leaves shadow roots; false where a listener prevented it. */
  fire(name: string, detail?: unknown): boolean {
    return this.dispatchEvent(
      new CustomEvent(name, { detail, bubbles: true, composed: true, cancelable: true }),
    );
  }
}

/** Registers an element once: two bundles on a page may carry the same one. */
export function define(name: string, element: CustomElementConstructor): void {
  installTokens(document);
  if (!customElements.get(name)) customElements.define(name, element);
}
