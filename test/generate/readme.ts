import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeConfig } from '../../nodes/kit/config.ts';

/** Keeps the settings table of both READMEs true: what stands between the two marks is written from the declarations. */
const root = join(import.meta.dirname, '../..');
const begin = '<!-- settings: written by npm run gen -->';
const end = '<!-- /settings -->';
const heads = {
  en: '| Setting | Default | Meaning |\n|---|---|---|',
  zh: '| 设置 | 默认值 | 含义 |\n|---|---|---|',
};

function table(language: 'zh' | 'en'): string {
  const rows = describeConfig().map(({ name, default: shown, meaning }) => {
    const value = shown === '' ? '' : `\`${shown.replaceAll('|', '\\|')}\``;
    return `| \`${name}\` | ${value} | ${meaning[language]} |`;
  });
  return [heads[language], ...rows].join('\n');
}

function page(path: string, language: 'zh' | 'en'): () => string {
  return () => {
    const text = readFileSync(join(root, path), 'utf8');
    const from = text.indexOf(begin);
    const to = text.indexOf(end);
    if (from === -1 || to < from) throw new Error(`${path} has lost the marks of its settings table`);
    return `${text.slice(0, from + begin.length)}\n${table(language)}\n${text.slice(to)}`;
  };
}

export const generated: Record<string, () => string> = {
  'README.md': page('README.md', 'en'),
  'README.zh-CN.md': page('README.zh-CN.md', 'zh'),
};

if (import.meta.main)
  for (const [path, make] of Object.entries(generated)) {
    const now = make();
    if (now === readFileSync(join(root, path), 'utf8')) continue;
    writeFileSync(join(root, path), now);
    console.log(`wrote ${path}`);
  }
