import type { Text } from '../api/meta.ts';
import { remembered } from './remember.ts';
import { Store } from './store.ts';

export type Language = 'zh' | 'en';

const memory = remembered('cytomesh.language');
const initial = (): Language => (memory.read() === 'en' ? 'en' : 'zh');

/** The language of the page. Chinese unless the person chose otherwise on this device. */
export const language = new Store<Language>(initial());

/** Changes the language everywhere at once; `keep` remembers it on this device. */
export function setLanguage(value: Language, keep = true): void {
  if (keep) memory.write(value);
  language.set(value);
}

/** The words in the language of the page: `msg('订单', 'Orders')`. */
export const msg = (zh: string, en: string): string => (language.value === 'zh' ? zh : en);

/** The same for a text of the contracts. */
export const say = (text: Text): string => text[language.value];

/** Locale for numbers and dates. */
export const locale = (): string => (language.value === 'zh' ? 'zh-CN' : 'en-GB');
