import { darkTokens, lightTokens, sizeTokens, stillTokens, touchTokens } from './tokens.ts';

const installed = new WeakSet<Document>();

/**
 * Puts the tokens on a document, once. They are custom properties named `--cm-…` at zero specificity: nothing of a foreign
 * page changes, and whatever it sets itself on `:root` or nearer wins. Dark is `data-cm-theme="dark"` on any ancestor.
 */
export function installTokens(document: Document): void {
  if (installed.has(document)) return;
  installed.add(document);
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`
    :where(:root) {${lightTokens.replace(/color-scheme: \w+;/, '')}${sizeTokens}
    }
    :where([data-cm-theme='light']) {${lightTokens}
    }
    :where([data-cm-theme='dark']) {${darkTokens}
    }
    @media (pointer: coarse) { :where(:root) {${touchTokens} } }
    @media (prefers-reduced-motion: reduce) { :where(:root) {${stillTokens} } }
  `);
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
}
