import { expect, test } from '@jest/globals';
import { catalogue, retired } from '../../contracts/faults/catalogue.ts';
import { registry } from '../../contracts/registry.generated.ts';
import { unexcepted } from './exceptions.ts';
import { product, read, withoutComments } from './files.ts';
import { readLock } from './seal.ts';

const codes = Object.keys(catalogue);
const statuses: Record<string, readonly number[]> = {
  rejected: [400, 404, 405, 408, 409, 410, 412, 413, 415, 422, 428, 431, 502],
  denied: [401, 403, 429],
  transient: [409, 429, 503, 507],
  ambiguous: [502, 504],
  broken: [500],
};

test('a fault code is room.subject.reason, and its words are in both languages', () => {
  const wrong = Object.entries(catalogue).filter(
    ([code, { text }]) =>
      !/^[a-z]+(\.[a-z][a-z-]*){2}$/.test(code) ||
      !/[\u4e00-\u9fff]/.test(text.zh) ||
      !/[A-Za-z]/.test(text.en),
  );
  expect(wrong.map(([code]) => code)).toEqual([]);
  const source = read('contracts/faults/catalogue.ts');
  const written = [...source.matchAll(/^ {2}'([\w.-]+)': entry\(/gm)].map((m) => m[1]!);
  expect(written.filter((c, i) => written.indexOf(c) !== i)).toEqual([]);
  expect(written.sort()).toEqual([...codes].sort());
});

test('both languages of a fault take the same data', () => {
  const holes = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((m) => m[1]!).sort();
  const wrong = Object.entries(catalogue).filter(
    ([, { text }]) => JSON.stringify(holes(text.zh)) !== JSON.stringify(holes(text.en)),
  );
  expect(wrong.map(([code]) => code)).toEqual([]);
});

test('the status of a fault fits its kind: the machine’s fault is never the caller’s', () => {
  const wrong = Object.entries(catalogue).filter(([, e]) => !statuses[e.kind]?.includes(e.status));
  expect(wrong.map(([code, e]) => `${code} ${e.kind} ${e.status}`)).toEqual([]);
});

test('every fault of the catalogue is given somewhere', () => {
  const literals = new Set(
    product
      .filter((f) => !f.startsWith('contracts/') && !f.startsWith('portal/'))
      .flatMap((f) =>
        [...withoutComments(read(f)).matchAll(/'([a-z]+\.[a-z-]+\.[a-z-]+)'/g)].map((m) => m[1]!),
      ),
  );
  expect(
    unexcepted(
      'fault is thrown',
      codes.filter((c) => !literals.has(c)),
    ),
  ).toEqual([]);
});

test('every fault that is thrown, or promised by an action, is in the catalogue', () => {
  const thrown = product.flatMap((f) =>
    [...withoutComments(read(f)).matchAll(/new Fault\(\s*'([^']+)'/g)].map((m) => m[1]!),
  );
  const promised = [...registry.actions.values()].flatMap((a) => a.faults ?? []);
  expect([...thrown, ...promised].filter((c) => !codes.includes(c))).toEqual([]);
});

test('errors are told apart by code, never by class', () => {
  const found = product
    .filter((f) => !f.startsWith('portal/'))
    .filter((f) => /instanceof (Fault|\w+Error)\b/.test(withoutComments(read(f))));
  expect(unexcepted('instanceof on an error', found)).toEqual([]);
});

test('a code once given out is in the catalogue or retired, and a retired one never comes back', () => {
  const given = readLock().faults;
  expect(given.filter((c) => !codes.includes(c) && !retired.includes(c))).toEqual([]);
  expect(retired.filter((c) => codes.includes(c))).toEqual([]);
});

test('on CI every code is on record as given out', () => {
  const missing = codes.filter((c) => !readLock().faults.includes(c));
  expect(process.env.CI === 'true' ? missing : []).toEqual([]);
});
