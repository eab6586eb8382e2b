import { remembered } from './remember.ts';
import { Store } from './store.ts';

export type Theme = 'light' | 'dark' | 'auto';

const memory = remembered('cytomesh.theme');
const read = memory.read();
export const theme = new Store<Theme>(read === 'dark' || read === 'auto' ? read : 'light');

const system = (): MediaQueryList | undefined => globalThis.matchMedia?.('(prefers-color-scheme: dark)');

/** Puts the chosen theme on the document and keeps it there, following the system where `auto`. */
export function applyTheme(root: HTMLElement): void {
  const put = () => {
    const dark = theme.value === 'dark' || (theme.value === 'auto' && system()?.matches === true);
    root.dataset.cmTheme = dark ? 'dark' : 'light';
  };
  theme.watch(put);
  system()?.addEventListener('change', put);
  put();
}

export function setTheme(value: Theme): void {
  memory.write(value);
  theme.set(value);
}
