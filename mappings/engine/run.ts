import type { CodeMiss, MappingProblem } from '../../contracts/mapping/outcome.ts';
import type { Environment, Scope } from './format.ts';

/** What flows through steps and into targets. */
export type Flow = string | number | boolean | null | undefined | readonly Flow[] | FlowObject;
export interface FlowObject {
  readonly [key: string]: Flow;
}

/** The state of one run over one message. */
export interface Run {
  readonly problems: MappingProblem[];
  /** Codes that a table did not have and a default stood in for. */
  readonly misses: CodeMiss[];
  readonly env: Environment;
  readonly zone: string;
  /** `ORC(2)` while inside a group of the mapping. */
  group: string | undefined;
  /** From 1 inside `each`. */
  index: number;
}

export const newRun = (zone: string, env: Environment = {}): Run => ({
  problems: [],
  misses: [],
  env,
  zone,
  group: undefined,
  index: 0,
});

/** A compiled source. */
export type Pull = (scope: Scope, run: Run) => Flow;

/** Where a value is going and coming from, for problems. */
export interface Site {
  readonly path: string;
  readonly source: string;
}

export function report(run: Run, site: Site, reason: string, miss?: CodeMiss): undefined {
  run.problems.push({
    path: site.path,
    source: site.source,
    reason,
    ...(run.group === undefined ? {} : { group: run.group }),
    ...(miss === undefined ? {} : { miss }),
  });
  return undefined;
}

export const isList = (value: Flow): value is readonly Flow[] => Array.isArray(value);

/** Neither absent nor null. */
export const hasValue = (value: Flow): value is Exclude<Flow, null | undefined> =>
  value !== undefined && value !== null;
