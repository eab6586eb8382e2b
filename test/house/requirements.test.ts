import { expect, test } from '@jest/globals';
import { requirements, titleIds } from '../rtm/requirements.ts';
import { files, read } from './files.ts';

const known = new Set(requirements.map((r) => r.id));

test('requirement IDs are unique', () => {
  expect(known.size).toBe(requirements.length);
});

test('a test title names only requirements there are', () => {
  const wrong = files
    .filter((f) => f.endsWith('.test.ts') || f.endsWith('.suite.ts'))
    .flatMap((f) =>
      [...read(f).matchAll(/\b(?:test|describe)(?:\.\w+)*\(\s*[`'"]([^\n]*)/g)].flatMap((m) =>
        titleIds(m[1]!)
          .filter((id) => !known.has(id))
          .map((id) => `${f}: ${id}`),
      ),
    );
  expect(wrong).toEqual([]);
});
