import { posix } from 'node:path';
import { files, isSource, read, withoutComments } from './files.ts';

export interface Import {
  readonly from: string;
  /** Path from the root for our own files, the specifier as written for packages. */
  readonly to: string;
  readonly own: boolean;
  /** `import()` at run time: it has a direction, but closes no cycle of module loading. */
  readonly lazy: boolean;
}

const statement = /(?:^|[;{}\n])\s*(?:import|export)\b(?:[^'"`;()]*?\bfrom)?\s*(['"])([^'"\n]+)\1/g;
const dynamic = /\bimport\(\s*(['"])([^'"\n]+)\1\s*\)/g;

/** What a file imports, types included. */
export function importsOf(path: string, source = read(path)): Import[] {
  const code = withoutComments(source);
  const found: Import[] = [];
  for (const [pattern, lazy] of [
    [statement, false],
    [dynamic, true],
  ] as const)
    for (const match of code.matchAll(pattern)) {
      const specifier = match[2]!;
      const own = specifier.startsWith('.');
      const to = own ? posix.join(posix.dirname(path), specifier) : specifier;
      found.push({ from: path, to, own, lazy });
    }
  return found;
}

export const sources = files.filter((f) => isSource(f) || f.endsWith('.generated.ts'));
export const imports: readonly Import[] = sources.flatMap((f) => importsOf(f));

/** Groups of files that import one another in a loop (Tarjan), largest first. */
export function cycles(edges: readonly Import[]): string[][] {
  const next = new Map<string, string[]>();
  for (const { from, to, own, lazy } of edges)
    if (own && !lazy) next.set(from, [...(next.get(from) ?? []), to]);
  const index = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];
  const on = new Set<string>();
  const groups: string[][] = [];
  const visit = (node: string): void => {
    index.set(node, index.size);
    low.set(node, index.get(node)!);
    stack.push(node);
    on.add(node);
    for (const to of next.get(node) ?? []) {
      if (!index.has(to)) visit(to);
      if (on.has(to)) low.set(node, Math.min(low.get(node)!, low.get(to)!));
    }
    if (low.get(node) !== index.get(node)) return;
    const group: string[] = [];
    for (let member = ''; member !== node; ) {
      member = stack.pop()!;
      on.delete(member);
      group.push(member);
    }
    if (group.length > 1 || (next.get(node) ?? []).includes(node)) groups.push(group.sort());
  };
  for (const node of next.keys()) if (!index.has(node)) visit(node);
  return groups.sort((a, b) => b.length - a.length);
}
