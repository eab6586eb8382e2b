import { expect, test } from '@jest/globals';
import { openProfile } from '../engine/golden-for-tests.ts';
import { formats } from '../formats.generated.ts';

const { profile, pairs, golden } = openProfile(import.meta.url, formats);

test('the profile is accepted as it stands, and every mapping has its samples', () => {
  expect(profile.problems).toEqual([]);
  expect([...new Set(pairs.map(([mapping]) => mapping))].sort()).toEqual(
    profile.mappings.map(({ def }) => def.mapping).sort(),
  );
});

test.each(pairs)('[INT-06] %s %s is what it always was', (mapping, file, name) => {
  const { made, wanted } = golden(mapping, file, name);
  expect(made).toEqual(wanted);
});
