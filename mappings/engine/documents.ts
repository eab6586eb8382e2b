import { Compile } from 'typebox/compile';
import {
  type ChannelDef,
  type ChannelInDef,
  channelInSchema,
  channelOutSchema,
  type TargetDef,
} from '../../contracts/channel/channel.schema.ts';
import { type EndpointDef, endpointSchema } from '../../contracts/channel/endpoint.schema.ts';
import { type CodeTableDef, codeTableSchema } from '../../contracts/mapping/code-table.ts';
import type { MappingDef } from '../../contracts/mapping/shape.ts';
import { validateMapping } from './compile.ts';
import { type At, isDoc } from './compiling.ts';
import { conditionProblems } from './filter.ts';
import type { CodeLookup, Format, Formats, SourceFormat } from './format.ts';
import { type Checker, type SchemaProblem, schemaProblems } from './schema-problems.ts';
import { type Parsed, parseText } from './yaml-text.ts';

const shapes = {
  endpoint: Compile(endpointSchema) as unknown as Checker,
  channelIn: Compile(channelInSchema) as unknown as Checker,
  channelOut: Compile(channelOutSchema) as unknown as Checker,
  codeTable: Compile(codeTableSchema) as unknown as Checker,
};

/** Reads a mapping; with `codes`, tables it names must exist. */
export const parseMapping = (text: string, formats: Formats, codes?: CodeLookup): Parsed<MappingDef> =>
  parseText<MappingDef>(text, (value) => {
    const name = isDoc(value) ? value.format : undefined;
    const format = formats.get(String(name));
    return format
      ? validateMapping(value, format, codes)
      : [{ at: ['format'], reason: `must be one of ${[...formats.keys()].join(', ')}` }];
  });

/** Reads a code table; every scalar is text, and one code has one entry. */
export const parseCodeTable = (text: string): Parsed<CodeTableDef> =>
  parseText<CodeTableDef>(
    text,
    (value) => {
      const problems = schemaProblems(shapes.codeTable, value);
      return problems.length > 0 ? problems : repeatedCodes(value as CodeTableDef);
    },
    { plain: true },
  );

function repeatedCodes(def: CodeTableDef): SchemaProblem[] {
  const seen = new Set<string>();
  return def.entries.flatMap(({ from }, i) => {
    if (!seen.has(from)) {
      seen.add(from);
      return [];
    }
    return [{ at: ['entries', i, 'from'], reason: 'this code stands in the table already; keep one entry' }];
  });
}

export const parseEndpoint = (text: string, formats: Formats): Parsed<EndpointDef> =>
  parseText<EndpointDef>(text, (value) => {
    const problems = schemaProblems(shapes.endpoint, value);
    return problems.length > 0 ? problems : endpointRules(value as EndpointDef, formats);
  });

const settingsCheckers = new Map<string, Checker>();
function settingsChecker({ name, settings }: Format): Checker {
  const made = settingsCheckers.get(name) ?? (Compile(settings!) as unknown as Checker);
  settingsCheckers.set(name, made);
  return made;
}

function endpointRules(def: EndpointDef, formats: Formats): SchemaProblem[] {
  const problems: SchemaProblem[] = [];
  const format = formats.get(formatOf(def));
  if (!format) {
    problems.push({ at: ['format'], reason: `must be one of ${[...formats.keys()].join(', ')}` });
  } else if (def.read) {
    problems.push(
      ...(format.settings
        ? schemaProblems(settingsChecker(format), def.read).map((p) => ({ ...p, at: ['read', ...p.at] }))
        : [{ at: ['read'], reason: `the format ${format.name} takes no settings` }]),
    );
  }
  if (!def.listen && !def.send) {
    problems.push({ at: ['adapter'], reason: 'the endpoint needs "listen" (they call) or "send" (we call)' });
  }
  if (def.listen && !def.ack) {
    problems.push({ at: ['listen'], reason: 'an endpoint that listens needs "ack": what it answers' });
  }
  return problems;
}

/** What paths of an endpoint's messages may be; undefined where there is no such endpoint. */
export type SourceOf = (endpoint: string) => SourceFormat | undefined;

/** The formats of these endpoints, by their codes. */
export const sourcesOf =
  (endpoints: readonly EndpointDef[], formats: Formats): SourceOf =>
  (code) => {
    const endpoint = endpoints.find((e) => e.endpoint === code);
    return endpoint && formats.get(formatOf(endpoint))?.source;
  };

/** The format of an endpoint's messages. */
export const formatOf = ({ format }: EndpointDef): string => format ?? 'hl7v2';

/** Reads a channel. The filter of an inbound one is checked against its endpoint's format; the rest by `linkProblems`. */
export const parseChannel = (text: string, sourceOf: SourceOf): Parsed<ChannelDef> =>
  parseText<ChannelDef>(text, (value) => {
    const out = isDoc(value) && isDoc(value.source) && 'event' in value.source;
    const problems = schemaProblems(out ? shapes.channelOut : shapes.channelIn, value);
    if (problems.length > 0) return problems;
    const def = value as ChannelDef;
    return [
      ...('accept' in def ? inboundRules(def, sourceOf(def.source.endpoint)) : []),
      ...(def.targets ?? []).flatMap((target, i) => targetRules(target, ['targets', i])),
      ...(def.expect ?? []).flatMap(({ from, to }, i) =>
        from < to ? [] : [{ at: ['expect', i, 'to'], reason: 'must be later than "from"' }],
      ),
    ];
  });

function inboundRules(def: ChannelInDef, source: SourceFormat | undefined): SchemaProblem[] {
  const problems: SchemaProblem[] = [];
  // With a mapping alone the message is kept in its canonical form, for who reads the ledger.
  if (!def.calls?.length && !def.targets?.length && !def.map) {
    problems.push({ at: [], reason: 'the channel does nothing: it needs "map", "calls" or "targets"' });
  }
  if (def.answer && !def.calls?.length) {
    problems.push({ at: ['answer'], reason: 'only calls give an answer: name them in "calls"' });
  }
  if (def.calls?.length && !def.map) {
    problems.push({ at: ['calls'], reason: 'calls take canonical messages: name the mapping in "map"' });
  }
  const filters: [unknown, At][] = [
    [def.filter, ['filter']],
    ...(def.targets ?? []).map((target, i): [unknown, At] => [target.filter, ['targets', i, 'filter']]),
  ];
  for (const [filter, at] of filters) {
    if (filter !== undefined && source) problems.push(...conditionProblems(filter, at, source));
  }
  return problems;
}

function targetRules({ retry }: TargetDef, at: At): SchemaProblem[] {
  return retry && retry.firstSeconds > retry.maxSeconds
    ? [{ at: [...at, 'retry', 'maxSeconds'], reason: 'must not be less than "firstSeconds"' }]
    : [];
}
