import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { lockText } from '../generate/lock.ts';
import { read, root } from './files.ts';
import { imports } from './imports.ts';

interface Manifest {
  readonly name: string;
  readonly license?: string;
  /** The form of old packages: of several, one. */
  readonly licenses?: readonly { readonly type: string }[];
  readonly scripts: Readonly<Record<string, string>>;
  readonly allowScripts: Readonly<Record<string, boolean>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}
const manifest = JSON.parse(read('package.json')) as Manifest;
const direct = { ...manifest.dependencies, ...manifest.devDependencies };
const permitted = /^(MIT|Apache-2\.0|BSD-2-Clause|BSD-3-Clause|ISC|MPL-2\.0|0BSD)$/;

describe('dependencies', () => {
  test('have exact versions', () => {
    expect(Object.entries(direct).filter(([, v]) => !/^\d+\.\d+\.\d+([-+][\w.]+)?$/.test(v))).toEqual([]);
  });

  test('have a permitted licence; of several, one', () => {
    const wrong = Object.keys(direct).flatMap((name) => {
      const path = join(root, 'node_modules', name, 'package.json');
      if (!existsSync(path)) return [`${name} is not installed`];
      const found = JSON.parse(readFileSync(path, 'utf8')) as Partial<Manifest>;
      const license = found.license ?? (found.licenses ?? []).map((l) => l.type).join(' OR ');
      const choices = license.replace(/[()]/g, '').split(/\s+OR\s+/);
      return choices.some((c) => c.split(/\s+AND\s+/).every((l) => permitted.test(l)))
        ? []
        : [`${name}: ${license}`];
    });
    expect(wrong).toEqual([]);
  });

  test('what the code imports is declared', () => {
    const used = new Set(
      imports
        .filter((i) => !i.own && !i.to.startsWith('node:') && !i.from.startsWith('test/generate/'))
        .map((i) =>
          i.to
            .split('/')
            .slice(0, i.to.startsWith('@') ? 2 : 1)
            .join('/'),
        ),
    );
    used.delete('@jest/globals'); // comes with jest
    expect([...used].filter((name) => !(name in direct))).toEqual([]);
  });
});

test('the lock file names no place to download from', () => {
  expect(/"resolved"\s*:/.test(read('package-lock.json'))).toBe(false);
});

test('what comes prebuilt is never compiled: the lock file says so', () => {
  expect(lockText(read('package-lock.json')) === read('package-lock.json')).toBe(true);
});

test('install scripts of packages are allowed or denied by name', () => {
  const { packages } = JSON.parse(read('package-lock.json')) as {
    packages: Record<string, { hasInstallScript?: boolean; optional?: boolean }>;
  };
  const wanting = Object.entries(packages)
    .filter(([path, { hasInstallScript, optional }]) => path !== '' && hasInstallScript && !optional)
    .map(([path]) => path.replace(/^.*node_modules\//, ''));
  expect(wanting.filter((name) => !(name in manifest.allowScripts))).toEqual([]);
});

test('the scripts of the house are there', () => {
  const wanted = ['start', 'check', 'test', 'gen', 'new', 'bench', 'demo', 'rtm', 'seal'];
  expect(wanted.filter((name) => !(name in manifest.scripts))).toEqual([]);
  expect(Object.values(manifest.scripts).filter((s) => /--forceExit|--passWithNoTests/.test(s))).toEqual([]);
});
