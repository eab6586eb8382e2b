import { html } from 'lit';
import '../components/menu/menu.element.ts';
import type { MenuItem } from '../components/menu/menu.element.ts';
import { type Language, language, msg, setLanguage } from '../state/language.ts';
import { setTheme, type Theme, theme } from '../state/theme.ts';

/** The menus for language and theme, the same at the sign-in and in the frame. */
export const languageMenu = () => html`<cm-menu
  compact
  icon="globe"
  label=${msg('语言', 'Language')}
  text=${language.value === 'zh' ? '中文' : 'English'}
  .items=${[
    { id: 'zh', label: '中文', checked: language.value === 'zh' },
    { id: 'en', label: 'English', checked: language.value === 'en' },
  ]}
  @cm-pick=${(e: CustomEvent<{ id: Language }>) => setLanguage(e.detail.id)}
></cm-menu>`;

export const themeMenu = () => html`<cm-menu
  icon=${({ light: 'sun', dark: 'moon', auto: 'screen' } as const)[theme.value]}
  label=${msg('外观', 'Appearance')}
  .items=${[
    { id: 'light', label: msg('浅色', 'Light'), icon: 'sun' as const, checked: theme.value === 'light' },
    { id: 'dark', label: msg('深色', 'Dark'), icon: 'moon' as const, checked: theme.value === 'dark' },
    {
      id: 'auto',
      label: msg('跟随系统', 'As the system'),
      icon: 'screen' as const,
      checked: theme.value === 'auto',
    },
  ]}
  @cm-pick=${(e: CustomEvent<{ id: Theme }>) => setTheme(e.detail.id)}
></cm-menu>`;

/** The same choices as items of another menu. */
export const preferenceItems = (): MenuItem[] => [
  { id: 'language', label: language.value === 'zh' ? 'English' : '中文', icon: 'globe' },
  theme.value === 'dark'
    ? { id: 'light', label: msg('浅色', 'Light'), icon: 'sun' }
    : { id: 'dark', label: msg('深色', 'Dark'), icon: 'moon' },
];

/** Makes the choice where the item is one of ours. */
export function pickPreference(id: string): boolean {
  if (id === 'language') setLanguage(language.value === 'zh' ? 'en' : 'zh');
  else if (id === 'light' || id === 'dark') setTheme(id);
  else return false;
  return true;
}
