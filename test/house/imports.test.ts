import { expect, test } from '@jest/globals';
import { unexcepted } from './exceptions.ts';
import { isTest } from './files.ts';
import { cycles, type Import, imports, importsOf, sources } from './imports.ts';
import { roomOf, ruleOf } from './rooms.ts';

const shown = ({ from, to }: Import) => `${from} → ${to}`;
const allowed = (edge: Import): boolean => {
  const rule = ruleOf(roomOf(edge.from));
  if (!rule) return true;
  if (!edge.own) return rule.packages.test(edge.to);
  return roomOf(edge.to) === roomOf(edge.from) || rule.rooms.test(roomOf(edge.to));
};
const generatedRegistry = 'nodes/hub/adapters.generated.ts';

test('the scanner sees every form of import and nothing in comments', () => {
  const source = [
    "import a from './a.ts';",
    'import type { B,\n C } from "./b.ts";',
    "import './c.ts';",
    "export { d } from './d.ts';",
    "export * from './e.ts';",
    "const f = await import('./f.ts');",
    "// import g from './g.ts';",
    "/* export * from './h.ts'; */",
    "const text = 'from there';",
  ].join('\n');
  expect(importsOf('x/y.ts', source).map((i) => [i.to, i.lazy])).toEqual([
    ['x/a.ts', false],
    ['x/b.ts', false],
    ['x/c.ts', false],
    ['x/d.ts', false],
    ['x/e.ts', false],
    ['x/f.ts', true],
  ]);
  expect(sources.length).toBeGreaterThan(100);
  const edges = importsOf('a.ts', "import './b.ts';").concat(
    importsOf('b.ts', "import type { A } from './a.ts';"),
  );
  expect(cycles(edges)).toEqual([['a.ts', 'b.ts']]);
});

test('imports go in the directions of the house only', () => {
  const wrong = imports.filter((i) => !isTest(i.from) && !allowed(i)).map(shown);
  expect(unexcepted('import direction', wrong)).toEqual([]);
});

test('the product never imports what only tests run', () => {
  const wrong = imports
    .filter((i) => i.own && roomOf(i.from) !== '' && !isTest(i.from) && isTest(i.to))
    .map(shown);
  expect(unexcepted('product imports tests', wrong)).toEqual([]);
});

test('the hub reaches adapters through the generated registry only', () => {
  const wrong = imports.filter(
    (i) =>
      i.own &&
      !isTest(i.from) &&
      /^nodes\//.test(i.from) &&
      i.to.startsWith('adapters/') &&
      i.from !== generatedRegistry,
  );
  expect(wrong.map(shown)).toEqual([]);
});

test('no files import one another in a loop, types included', () => {
  expect(cycles(imports)).toEqual([]);
});

test('adapters alone have an index file that hands on what others wrote', () => {
  const barrels = sources
    .filter((f) => !/^adapters\/[\w-]+\/index\.ts$/.test(f))
    .filter((f) => imports.some((i) => i.from === f) && /(^|\/)index\.ts$/.test(f));
  expect(unexcepted('barrel', barrels)).toEqual([]);
});
