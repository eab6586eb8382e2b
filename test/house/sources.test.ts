import { describe, expect, test } from '@jest/globals';
import { unexcepted } from './exceptions.ts';
import { files, isSource, isTest, isText, places, product, read, withoutComments } from './files.ts';

/** Longest a file may be, in lines; the first that fits counts. */
const stops: readonly (readonly [RegExp, number])[] = [
  [/^(test|portal\/dev)\/|\.test\.ts$/, 600],
  [/^contracts\//, 200],
  [/^mappings\//, 300],
  [/^adapters\//, 350],
  [/^(nodes|portal|deploy)\//, 400],
];
const lines = (path: string) => read(path).trimEnd().split('\n').length;

describe('sizes', () => {
  test('no file is longer than its room allows', () => {
    const counted = files.filter((f) => isSource(f) || /^mappings\/.*\.ya?ml$/.test(f));
    const long = counted.filter((f) => lines(f) > (stops.find(([room]) => room.test(f))?.[1] ?? 400));
    expect(
      unexcepted('size', long).map((f) => (files.includes(f) ? `${f} has ${lines(f)} lines` : f)),
    ).toEqual([]);
  });

  test('files of a room are small in the median', () => {
    const middle = (room: RegExp) => {
      const sizes = product
        .filter((f) => room.test(f))
        .map(lines)
        .sort((a, b) => a - b);
      return sizes[Math.floor(sizes.length / 2)] ?? 0;
    };
    expect(middle(/^contracts\//)).toBeLessThanOrEqual(80);
    expect(middle(/^nodes\//)).toBeLessThanOrEqual(140);
    expect(middle(/^portal\//)).toBeLessThanOrEqual(140);
  });
});

const scan = (rule: string, paths: readonly string[], pattern: RegExp): string[] => {
  const found = paths.flatMap((f) => places(f, withoutComments(read(f)), pattern));
  const bad = unexcepted(rule, [...new Set(found.map((place) => place.split(':')[0]!))]);
  return [
    ...found.filter((place) => bad.includes(place.split(':')[0]!)),
    ...bad.filter((b) => !files.includes(b)),
  ];
};

describe('words that have their place', () => {
  test('the environment is read by the configuration and the start only', () => {
    const allowed = /^(nodes\/(kit\/config[\w.-]*\.ts|main\.ts)|deploy\/verify\.ts)$/;
    const paths = product.filter((f) => !allowed.test(f));
    expect(scan('environment', paths, /\bprocess\.env\b|\bimport\.meta\.env\b/)).toEqual([]);
  });

  test('calls over the mesh are typed by an action, never by a name', () => {
    const paths = product.filter((f) => !f.startsWith('contracts/'));
    expect(scan('bare call', paths, /(?<!\bredis)\.(call|emit)\(\s*['"`]/)).toEqual([]);
  });

  test('contracts and mappings know no clock, chance, timer, process or file', () => {
    const paths = product.filter((f) => /^(contracts|mappings)\//.test(f));
    const impure =
      /\bDate\.now\b|\bnew Date\(\)|\bMath\.random\b|\bset(Timeout|Interval|Immediate)\b|\bprocess\.|\bfetch\(|\bcrypto\./;
    expect(scan('pure room', paths, impure)).toEqual([]);
  });

  test('services take the time from the kit’s clock', () => {
    const paths = product.filter((f) => /^nodes\/(?!kit\/|gateway\/)[\w-]+\//.test(f));
    expect(scan('clock', paths, /\bDate\.now\(\)|\bnew Date\(\)|\bMath\.random\(/)).toEqual([]);
  });

  test('nobody prints but the start', () => {
    const paths = product.filter((f) => f !== 'nodes/main.ts' && !f.startsWith('deploy/'));
    expect(scan('console', paths, /\bconsole\.\w+\(/)).toEqual([]);
  });

  test('exports have names', () => {
    const paths = files.filter((f) => isSource(f) && f.includes('/'));
    expect(scan('default export', paths, /^\s*export default\b/)).toEqual([]);
  });

  test('no work is left as a note', () => {
    const paths = files.filter((f) => isSource(f) || f.endsWith('.mjs'));
    const found = paths.flatMap((f) =>
      places(f, read(f), new RegExp('\\b(TO' + 'DO|FIX' + 'ME|X' + 'XX|HA' + 'CK)\\b')),
    );
    expect(found).toEqual([]);
  });
});

describe('the product stands alone', () => {
  test('no text names a path of the machine it was written on, or a registry host', () => {
    const machine = new RegExp(
      [
        '/work' + '/',
        '(^|[\\s\'"`(=])/tmp' + '\\b',
        '/root' + '/',
        '/home' + '/\\w',
        'C:\\\\Users',
        '\\.\\./shared' + '/',
      ].join('|'),
    );
    const hosts = new RegExp(
      [
        'registry\\.npm',
        'npmjs\\.(org|com)',
        'npmmirror',
        'deb\\.debian',
        'pypi\\.',
        'jsr\\.io',
        'yarnpkg',
      ].join('|'),
    );
    const texts = files.filter(
      (f) => isText(f) && f !== 'test/house/sources.test.ts' && !f.startsWith('test/fixtures/'),
    );
    const found = texts.flatMap((f) => [...places(f, read(f), machine), ...places(f, read(f), hosts)]);
    expect(unexcepted('machine path', found)).toEqual([]);
  });
});

describe('names', () => {
  test('files are named in kebab-case, with their role as a suffix', () => {
    const wrong = files.filter(
      (f) =>
        isSource(f) &&
        !/^([a-z0-9]+(-[a-z0-9]+)*)(\.[a-z0-9]+(-[a-z0-9]+)*)*\.ts$/.test(f.split('/').at(-1)!),
    );
    expect(wrong).toEqual([]);
  });

  test('no file is a drawer for anything', () => {
    const wrong = files.filter(
      (f) => isSource(f) && /(^|\/)(utils?|common|helpers?|misc|legacy)(\.ts|\/)/.test(f),
    );
    expect(wrong).toEqual([]);
  });

  test('tests say behaviour, not numbers', () => {
    const tests = files.filter((f) => f.endsWith('.test.ts'));
    expect(tests.filter((f) => /(part|split)?[-.](\d+|one|two|three)\.test\.ts$/.test(f))).toEqual([]);
    expect(tests.filter((f) => isTest(f)).length).toBe(tests.length);
    const focused = tests.flatMap((f) => places(f, withoutComments(read(f)), /\b(test|describe|it)\.only\(/));
    expect(focused).toEqual([]);
  });
});
