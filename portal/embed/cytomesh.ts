/**
 * The elements for foreign pages: `<script type="module" src="https://…/embed/cytomesh.js">`. An element is loaded when a
 * tag of its name first stands in the document; for tags inside a shadow root of your own call `load`.
 */
const loaders: Readonly<Record<string, () => Promise<unknown>>> = {
  'cytomesh-order-list': () => import('../pages/order/order-list.element.ts'),
  'cytomesh-order-told': () => import('../pages/order/order-told.element.ts'),
  'cytomesh-order-detail': () => import('../pages/order/order-detail.element.ts'),
  'cytomesh-donor-list': () => import('../pages/donor/donor-list.element.ts'),
  'cytomesh-donor-detail': () => import('../pages/donor/donor-detail.element.ts'),
  'cytomesh-message-browser': () => import('../pages/message/message-browser.element.ts'),
  'cytomesh-message-detail': () => import('../pages/message/message-detail.element.ts'),
  'cytomesh-channel-board': () => import('../pages/channel/channel-board.element.ts'),
  'cytomesh-alert-list': () => import('../pages/channel/alert-list.element.ts'),
  'cytomesh-code-list': () => import('../pages/codeset/code-list.element.ts'),
  'cytomesh-code-table': () => import('../pages/codeset/code-table.element.ts'),
  'cytomesh-partner-wizard': () => import('../pages/partner/partner-wizard.element.ts'),
  'cytomesh-channel-list': () => import('../pages/channel/channel-list.element.ts'),
  'cytomesh-channel-detail': () => import('../pages/channel/channel-detail.element.ts'),
  'cytomesh-studio-list': () => import('../pages/studio/studio-list.element.ts'),
  'cytomesh-channel-studio': () => import('../pages/studio/channel-studio.element.ts'),
  'cytomesh-account': () => import('../pages/account/account.element.ts'),
  'cytomesh-user-list': () => import('../pages/user/user-list.element.ts'),
  'cytomesh-audit-list': () => import('../pages/audit/audit-list.element.ts'),
};

/** Names of all elements. */
export const names: readonly string[] = Object.keys(loaders);

const asked = new Set<string>();

/** Loads the element of a name; unknown names do nothing. */
export async function load(name: string): Promise<void> {
  if (asked.has(name)) return;
  asked.add(name);
  try {
    await loaders[name]?.();
  } catch (error) {
    // A chunk that could not be fetched may be fetched the next time the tag appears.
    asked.delete(name);
    throw error;
  }
}

const selector = names.join(',');

function look(root: ParentNode): void {
  for (const element of root.querySelectorAll(selector)) void load(element.localName);
}

new MutationObserver((records) => {
  for (const record of records) {
    for (const node of record.addedNodes) {
      if (!(node instanceof Element)) continue;
      void load(node.localName);
      look(node);
    }
  }
}).observe(document.documentElement, { childList: true, subtree: true });
look(document);
