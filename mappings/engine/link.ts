import type { ChannelDef, TargetDef } from '../../contracts/channel/channel.schema.ts';
import type { EndpointDef } from '../../contracts/channel/endpoint.schema.ts';
import type { MappingDef } from '../../contracts/mapping/shape.ts';
import { type CanonicalType, canonical } from '../../contracts/message/canonical.ts';
import { type At, type DocumentProblem, pathText } from './compiling.ts';
import { canonicalSource, conditionProblems } from './filter.ts';

export interface Linkable {
  readonly endpoints: readonly EndpointDef[];
  readonly mappings: readonly MappingDef[];
}

/** What a channel names that does not exist or does not fit; empty where it can be published. */
export function linkProblems(channel: ChannelDef, known: Linkable): DocumentProblem[] {
  const found: { at: At; reason: string }[] = [];
  const inbound = 'accept' in channel;
  if (inbound)
    found.push(...endpointProblems(channel.source.endpoint, 'listen', ['source', 'endpoint'], known));
  found.push(...mappingProblems(channel.map, inbound ? 'in' : 'out', ['map'], known));
  for (const [i, target] of (channel.targets ?? []).entries()) {
    found.push(...targetProblems(target, ['targets', i], known));
  }
  if (!inbound) found.push(...filterProblems(channel, known));
  return found.map((problem) => ({ ...problem, path: pathText(problem.at) }));
}

function endpointProblems(id: string, way: 'listen' | 'send', at: At, { endpoints }: Linkable) {
  const endpoint = endpoints.find((one) => one.endpoint === id);
  if (!endpoint) return [{ at, reason: `no endpoint named "${id}"` }];
  return endpoint[way] ? [] : [{ at, reason: `endpoint "${id}" has no "${way}"` }];
}

function mappingProblems(id: string | undefined, direction: 'in' | 'out', at: At, { mappings }: Linkable) {
  if (id === undefined) return [];
  const mapping = mappings.find((one) => one.mapping === id);
  if (!mapping) return [{ at, reason: `no mapping named "${id}"` }];
  return mapping.direction === direction
    ? []
    : [{ at, reason: `mapping "${id}" maps ${mapping.direction}, not ${direction}` }];
}

const targetProblems = (target: TargetDef, at: At, known: Linkable) => [
  ...endpointProblems(target.endpoint, 'send', [...at, 'endpoint'], known),
  ...mappingProblems(target.map, 'out', [...at, 'map'], known),
];

function filterProblems(channel: ChannelDef, { mappings }: Linkable) {
  const mapping = mappings.find((one) => one.mapping === channel.map);
  if (mapping?.direction !== 'out' || !(mapping.reads in canonical)) return [];
  const source = canonicalSource(mapping.reads as CanonicalType);
  const filters: [unknown, At][] = [
    [channel.filter, ['filter']],
    ...(channel.targets ?? []).map((target, i): [unknown, At] => [target.filter, ['targets', i, 'filter']]),
  ];
  return filters.flatMap(([filter, at]) =>
    filter === undefined ? [] : conditionProblems(filter, at, source),
  );
}
