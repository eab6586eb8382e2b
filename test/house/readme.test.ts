import { describe, expect, test } from '@jest/globals';
import { parseChannel, parseEndpoint } from '../../mappings/engine/documents.ts';
import { hl7v2 } from '../../mappings/engine/hl7v2.binding.ts';
import { formats } from '../../mappings/formats.generated.ts';
import { demoPassword, demoUsers } from '../../nodes/user/user.demo.ts';
import { files, read } from './files.ts';

const pages = ['README.md', 'README.zh-CN.md'] as const;
const scripts = (JSON.parse(read('package.json')) as { scripts: Record<string, string> }).scripts;
const blocks = (text: string, kind: string) =>
  [...text.matchAll(new RegExp(`\`\`\`${kind}\\n([\\s\\S]*?)\`\`\``, 'g'))].map((m) => m[1]!);

describe.each(pages)('%s', (page) => {
  const text = read(page);

  test('its endpoints and channels are accepted as they stand', () => {
    const texts = blocks(text, 'yaml');
    expect(texts.length).toBeGreaterThan(1);
    for (const yaml of texts) {
      const parsed = yaml.startsWith('endpoint')
        ? parseEndpoint(yaml, formats)
        : parseChannel(yaml, () => hl7v2.source);
      expect('def' in parsed ? [] : parsed.problems).toEqual([]);
    }
  });

  test('names scripts and files that are there', () => {
    const named = [...text.matchAll(/npm run ([a-z:]+)/g)].map((m) => m[1]!);
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
    const links = [...text.matchAll(/\]\(([^)#:]+)\)/g)].map((m) => m[1]!);
    expect(links.filter((path) => !files.includes(path))).toEqual([]);
  });

  test('names every demo user and their password', () => {
    expect(demoUsers.filter(({ username }) => !text.includes(`\`${username}\``))).toEqual([]);
    expect(text).toContain(demoPassword);
  });
});

test('both languages have the same sections and the same commands', () => {
  const shape = (text: string) => text.split('\n').flatMap((l) => l.match(/^#+/)?.[0] ?? []);
  const [en, zh] = pages.map((page) => read(page));
  expect(shape(zh!)).toEqual(shape(en!));
  expect(blocks(zh!, 'yaml')).toEqual(blocks(en!, 'yaml'));
  const code = (text: string) => blocks(text, 'sh').map((b) => b.replace(/\s*# .*$/gm, ''));
  expect(code(zh!)).toEqual(code(en!));
});
