import { beforeAll, expect, test } from '@jest/globals';
import { registry } from '../../contracts/registry.generated.ts';
import { consumeAction } from '../../nodes/kit/service.ts';
import { unexcepted } from './exceptions.ts';
import { read } from './files.ts';
import { type FoundService, findServices } from './services.ts';

let services: FoundService[];
beforeAll(async () => {
  services = await findServices();
});

const twice = (names: readonly string[]) => names.filter((n, i) => names.indexOf(n) !== i);

test('every action of the contracts has exactly one handler, and every handler its action', () => {
  const handled = services.flatMap((s) => s.parts.handlers.map((h) => h.action.name));
  expect(twice(handled)).toEqual([]);
  const declared = [...registry.actions.keys()];
  expect(
    unexcepted(
      'action has a handler',
      declared.filter((a) => !handled.includes(a)),
    ),
  ).toEqual([]);
  expect(handled.filter((a) => !declared.includes(a))).toEqual([]);
});

test('the platform starts every service there is', () => {
  const platform = read('nodes/platform.ts');
  expect(services.map((s) => s.name).filter((name) => !platform.includes(name))).toEqual([]);
  expect(twice(services.map((s) => s.word))).toEqual([]);
});

test('a word that takes events says so in the contracts, and the reverse', () => {
  const taking = services.filter((s) => s.parts.consume).map((s) => s.word);
  expect(taking.sort()).toEqual([...registry.consumers.keys()].sort());
  expect(taking.filter((word) => registry.actions.has(consumeAction(word).name))).toEqual([]);
});
