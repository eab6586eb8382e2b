import type { ChannelDef, ChannelInDef, TargetDef } from '../../contracts/channel/channel.schema.ts';
import type { EndpointDef } from '../../contracts/channel/endpoint.schema.ts';
import type { MappingDef } from '../../contracts/mapping/shape.ts';
import { type CanonicalType, canonical } from '../../contracts/message/canonical.ts';
import { type At, type DocumentProblem, pathText } from './compiling.ts';
import { formatOf } from './documents.ts';
import { canonicalSource, conditionProblems } from './filter.ts';

export interface Linkable {
  readonly endpoints: readonly EndpointDef[];
  readonly mappings: readonly MappingDef[];
}

/** What a channel names that does not exist or does not fit; empty where it can be published. */
export function linkProblems(channel: ChannelDef, known: Linkable): DocumentProblem[] {
  const found: { at: At; reason: string }[] = [];
  const inbound = 'accept' in channel;
  if (inbound) {
    found.push(...sourceProblems(channel.source.endpoint, known));
    found.push(...mappingProblems(channel.map, 'in', ['map'], known, channel.source.endpoint));
    found.push(...answerProblems(channel, known));
  } else found.push(...mappingProblems(channel.map, 'out', ['map'], known));
  for (const [i, target] of (channel.targets ?? []).entries()) {
    found.push(...targetProblems(target, ['targets', i], known));
  }
  if (!inbound) found.push(...filterProblems(channel, known));
  return found.map((problem) => ({ ...problem, path: pathText(problem.at) }));
}

/** A channel listens to an endpoint that listens, or to one whose replies are messages. */
function sourceProblems(id: string, { endpoints }: Linkable) {
  const at = ['source', 'endpoint'];
  const endpoint = endpoints.find((one) => one.endpoint === id);
  if (!endpoint) return [{ at, reason: `no endpoint named "${id}"` }];
  return endpoint.listen || endpoint.send ? [] : [{ at, reason: `endpoint "${id}" has no "listen"` }];
}

function answerProblems({ answer, source }: ChannelInDef, known: Linkable) {
  if (answer === undefined) return [];
  const endpoint = known.endpoints.find((one) => one.endpoint === source.endpoint);
  const late =
    endpoint && endpoint.ack?.when !== 'handled'
      ? [{ at: ['answer'], reason: `endpoint "${source.endpoint}" answers when kept; set ack.when: handled` }]
      : [];
  return [...late, ...mappingProblems(answer, 'out', ['answer'], known, source.endpoint)];
}

function endpointProblems(id: string, way: 'listen' | 'send', at: At, { endpoints }: Linkable) {
  const endpoint = endpoints.find((one) => one.endpoint === id);
  if (!endpoint) return [{ at, reason: `no endpoint named "${id}"` }];
  return endpoint[way] ? [] : [{ at, reason: `endpoint "${id}" has no "${way}"` }];
}

function mappingProblems(
  id: string | undefined,
  direction: 'in' | 'out',
  at: At,
  { mappings, endpoints }: Linkable,
  endpoint?: string,
) {
  if (id === undefined) return [];
  const mapping = mappings.find((one) => one.mapping === id);
  if (!mapping) return [{ at, reason: `no mapping named "${id}"` }];
  if (mapping.direction !== direction)
    return [{ at, reason: `mapping "${id}" maps ${mapping.direction}, not ${direction}` }];
  const found = endpoints.find((one) => one.endpoint === endpoint);
  return !found || formatOf(found) === mapping.format
    ? []
    : [
        {
          at,
          reason: `mapping "${id}" is for ${mapping.format}, endpoint "${endpoint}" speaks ${formatOf(found)}`,
        },
      ];
}

const targetProblems = (target: TargetDef, at: At, known: Linkable) => [
  ...endpointProblems(target.endpoint, 'send', [...at, 'endpoint'], known),
  ...mappingProblems(target.map, 'out', [...at, 'map'], known, target.endpoint),
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
