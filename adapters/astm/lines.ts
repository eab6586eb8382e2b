import type { Line } from './line.ts';

/** Connections that listeners of this process have, by endpoint: an analyser with one connection is sent to over it. */
const byEndpoint = new Map<string, Set<Line>>();

export function register(endpoint: string, line: Line): void {
  const lines = byEndpoint.get(endpoint) ?? new Set();
  byEndpoint.set(endpoint, lines.add(line));
}

export function unregister(endpoint: string, line: Line): void {
  const lines = byEndpoint.get(endpoint);
  lines?.delete(line);
  if (lines?.size === 0) byEndpoint.delete(endpoint);
}

/** The connection that was made last; undefined where there is none. */
export const newestLine = (endpoint: string): Line | undefined =>
  [...(byEndpoint.get(endpoint) ?? [])].filter((line) => line.usable).at(-1);
