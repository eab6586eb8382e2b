import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

export const root = join(import.meta.dirname, '../..');
const outside = new Set(['node_modules', '.git', 'data', 'coverage', 'dist', 'out']);
const texts =
  /\.(ts|mjs|json|ya?ml|md|html|css|sh|svg|txt)$|(^|\/)(\.npmrc|\.gitignore|\.gitattributes|run)$/;

function walk(folder: string, found: string[]): string[] {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (outside.has(entry.name)) continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) walk(path, found);
    else if (entry.isFile()) found.push(relative(root, path).replaceAll(sep, '/'));
  }
  return found;
}

/** Every file of the repository by its path from the root, forward slashes, sorted. */
export const files: readonly string[] = walk(root, []).sort();

const cache = new Map<string, string>();
export function read(path: string): string {
  let text = cache.get(path);
  if (text === undefined) {
    text = readFileSync(join(root, path), 'utf8');
    cache.set(path, text);
  }
  return text;
}

export const isText = (path: string): boolean => texts.test(path);
export const isSource = (path: string): boolean => /\.ts$/.test(path) && !path.endsWith('.generated.ts');
/** Code that only tests and developers run: test files, stand-ins, what starts a kit for them, the portal's mock server. */
export const isTest = (path: string): boolean =>
  /^(test|portal\/dev)\//.test(path) ||
  /\.test\.ts$/.test(path) ||
  /(^|\/)testing(\/|\.ts$)/.test(path) ||
  /(^|\/)fake-[\w-]+\.ts$/.test(path) ||
  /-for-tests\.ts$/.test(path);

/** Sources that run in the product. */
export const product: readonly string[] = files.filter(
  (f) => isSource(f) && !isTest(f) && /^(contracts|adapters|mappings|nodes|portal|deploy)\//.test(f),
);

/** Blanks comments; strings keep their place, lines keep their number. */
export function withoutComments(source: string): string {
  return source.replace(
    /('(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*")|\/\*[\s\S]*?\*\/|(^|[^:\\])\/\/[^\n]*/g,
    (whole, string: string | undefined, before: string | undefined) =>
      string ?? `${before ?? ''}${whole.replace(/[^\n]/g, '')}`,
  );
}

/** `path:line` of each match. */
export function places(path: string, source: string, pattern: RegExp): string[] {
  return source
    .split('\n')
    .flatMap((line, i) => (pattern.test(line) ? [`${path}:${i + 1}: ${line.trim().slice(0, 100)}`] : []));
}
