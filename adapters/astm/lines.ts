import type { Line } from './line.ts';

/** Names of endpoints are unique within an organisation only: orders must never go to the analyser of another. */
interface Owner {
  readonly endpoint: string;
  readonly org?: string;
}

/** Connections that listeners of this process have: an analyser with one connection is sent to over it. */
const byOwner = new Map<string, Set<Line>>();
const keyOf = ({ org = '', endpoint }: Owner): string => `${org}/${endpoint}`;

export function register(owner: Owner, line: Line): void {
  const lines = byOwner.get(keyOf(owner)) ?? new Set();
  byOwner.set(keyOf(owner), lines.add(line));
}

export function unregister(owner: Owner, line: Line): void {
  const lines = byOwner.get(keyOf(owner));
  lines?.delete(line);
  if (lines?.size === 0) byOwner.delete(keyOf(owner));
}

/** The connection that was made last; undefined where there is none. */
export const newestLine = (owner: Owner): Line | undefined =>
  [...(byOwner.get(keyOf(owner)) ?? [])].filter((line) => line.usable).at(-1);
