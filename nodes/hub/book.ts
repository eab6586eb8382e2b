import type { ChannelInDef, ChannelOutDef, TargetDef } from '../../contracts/channel/channel.schema.ts';
import type { EndpointDef } from '../../contracts/channel/endpoint.schema.ts';
import { Fault } from '../../contracts/kernel/fault.ts';
import type { MappingDef } from '../../contracts/mapping/shape.ts';
import type { Canonical, CanonicalType } from '../../contracts/message/canonical.ts';
import { codeLookup } from '../../mappings/engine/codes.ts';
import { compileMapping } from '../../mappings/engine/compile.ts';
import type { InMappingCompiled, OutMappingCompiled } from '../../mappings/engine/compiled.ts';
import { canonicalSource, compileAccept, compileFilter } from '../../mappings/engine/filter.ts';
import type { Format, SourceFormat } from '../../mappings/engine/format.ts';
import { formats } from '../../mappings/formats.generated.ts';

/** An endpoint in force. */
export interface Endpoint {
  readonly id: string;
  readonly orgId: string;
  readonly code: string;
  readonly version: number;
  readonly enabled: boolean;
  readonly def: EndpointDef;
  /** Of its messages, both ways. */
  readonly format: Format;
}

export interface Target {
  readonly def: TargetDef;
  /** Absent: the bytes go on as they came. */
  readonly map: OutMappingCompiled | undefined;
  /** `his-results@2`; null without one. */
  readonly mapping: string | null;
  readonly wants: (source: unknown) => boolean;
}

interface Common {
  readonly id: string;
  readonly orgId: string;
  readonly code: string;
  readonly version: number;
  readonly enabled: boolean;
  readonly wants: (source: unknown) => boolean;
  readonly targets: readonly Target[];
  /** The mapping and its version, `his-orders@3`; version 0 is the shipped one. Null without one. */
  readonly mapping: string | null;
}

/** A mapping of an organisation in place of the shipped one. */
export interface OwnMapping {
  readonly orgId: string;
  readonly version: number;
  readonly def: MappingDef;
}

export interface InChannel extends Common {
  readonly kind: 'in';
  readonly def: ChannelInDef;
  readonly accepts: (type: string, trigger: string | null | undefined) => boolean;
  readonly map: InMappingCompiled | undefined;
  /** Writes what the calls answered. */
  readonly answer: OutMappingCompiled | undefined;
}

export interface OutChannel extends Common {
  readonly kind: 'out';
  readonly def: ChannelOutDef;
  readonly event: string;
  readonly map: OutMappingCompiled;
  readonly reads: CanonicalType;
}

export interface Broken {
  readonly reason: string;
  /** Canonical message of the mapping, where it maps out. */
  readonly reads: string;
}

/** Pairs of each organisation's code tables: organisation, table, code. */
export type Codes = ReadonlyMap<string, Readonly<Record<string, Readonly<Record<string, string>>>>>;

export interface Definitions {
  readonly endpoints: readonly Endpoint[];
  readonly channels: readonly {
    id: string;
    orgId: string;
    version: number;
    enabled: boolean;
    def: ChannelInDef | ChannelOutDef;
    /** A mapping it names is not valid: what it takes is parked, so that nothing passes by unhandled. */
    broken?: Broken;
  }[];
}

/** What is in force, compiled: replaced as a whole when a definition or a code table changes, so no message sees half of it. */
export class Book {
  readonly endpoints: ReadonlyMap<string, Endpoint>;
  readonly inbound: readonly InChannel[];
  readonly outbound: readonly OutChannel[];
  private readonly byEndpoint = new Map<string, InChannel[]>();
  private readonly compiled = new Map<string, InMappingCompiled | OutMappingCompiled>();
  private readonly own: ReadonlyMap<string, OwnMapping>;
  private readonly shipped: ReadonlyMap<string, MappingDef>;
  private readonly codes: Codes;
  private readonly fallbacks: Readonly<Record<string, string>>;

  /** `codes` are the pairs of each organisation; a channel that does not compile throws `channel.text.invalid`. */
  constructor(
    definitions: Definitions,
    mappings: ReadonlyMap<string, MappingDef>,
    codes: Codes,
    fallbacks: Readonly<Record<string, string>>,
    own: readonly OwnMapping[] = [],
  ) {
    this.shipped = mappings;
    this.own = new Map(own.map((m) => [keyOf(m.orgId, m.def.mapping), m]));
    this.codes = codes;
    this.fallbacks = fallbacks;
    const mapping = (orgId: string, id: string | undefined) =>
      id === undefined ? undefined : this.mapping(orgId, id);
    const targetsOf = (
      orgId: string,
      targets: readonly TargetDef[] | undefined,
      own: Pick<OutChannel, 'map' | 'mapping'> | undefined,
      source: SourceFormat,
    ): Target[] =>
      (targets ?? []).map((def) => ({
        def,
        map: (mapping(orgId, def.map) as OutMappingCompiled | undefined) ?? own?.map,
        mapping: this.mappingName(orgId, def.map) ?? own?.mapping ?? null,
        wants: def.filter ? compileFilter(def.filter, source) : always,
      }));

    this.endpoints = new Map(definitions.endpoints.map((e) => [keyOf(e.orgId, e.code), e]));
    const inbound: InChannel[] = [];
    const outbound: OutChannel[] = [];
    for (const { def, broken, ...common } of definitions.channels) {
      const { orgId } = common;
      if (broken) {
        if ('accept' in def) inbound.push(refusingIn(common, def, broken));
        else outbound.push(refusingOut(common, def, broken));
        continue;
      }
      if ('accept' in def) {
        const endpoint = this.endpoints.get(keyOf(orgId, def.source.endpoint));
        const { source } = endpoint?.format ?? formats.get('hl7v2')!;
        inbound.push({
          ...common,
          kind: 'in',
          code: def.channel,
          def,
          accepts: compileAccept(def.accept),
          wants: def.filter ? compileFilter(def.filter, source) : always,
          map: mapping(orgId, def.map) as InMappingCompiled | undefined,
          mapping: this.mappingName(orgId, def.map) ?? null,
          answer: mapping(orgId, def.answer) as OutMappingCompiled | undefined,
          targets: targetsOf(orgId, def.targets, undefined, source),
        });
      } else {
        const map = mapping(orgId, def.map) as OutMappingCompiled;
        const named = this.mappingName(orgId, def.map) ?? null;
        const reads = (this.mappingDef(orgId, def.map) as { reads: CanonicalType }).reads;
        const source = canonicalSource(reads);
        outbound.push({
          ...common,
          kind: 'out',
          code: def.channel,
          def,
          event: def.source.event,
          map,
          mapping: named,
          reads,
          wants: def.filter ? compileFilter(def.filter, source) : always,
          targets: targetsOf(orgId, def.targets, { map, mapping: named }, source),
        });
      }
    }
    this.inbound = inbound;
    this.outbound = outbound;
    for (const c of inbound) {
      const key = keyOf(c.orgId, c.def.source.endpoint);
      this.byEndpoint.set(key, [...(this.byEndpoint.get(key) ?? []), c]);
    }
  }

  /** The definition in force: the organisation's own, else the shipped one. */
  mappingDef(orgId: string, id: string): MappingDef | undefined {
    return (this.own.get(keyOf(orgId, id)) ?? { def: this.shipped.get(id) }).def;
  }

  /** Compiled once for an organisation, whose code tables it reads. */
  mapping(orgId: string, id: string): InMappingCompiled | OutMappingCompiled | undefined {
    const def = this.mappingDef(orgId, id);
    if (!def) return undefined;
    const key = keyOf(orgId, id);
    const known = this.compiled.get(key);
    if (known) return known;
    const format = formats.get(def.format);
    if (!format) throw new Fault('channel.text.invalid', { problem: `${id}: no format "${def.format}"` });
    const made = compileMapping(def, codeLookup(this.codes.get(orgId) ?? {}, this.fallbacks), format);
    this.compiled.set(key, made);
    return made;
  }

  private mappingName(orgId: string, id: string | undefined): string | undefined {
    if (id === undefined || !this.mappingDef(orgId, id)) return undefined;
    return `${id}@${this.own.get(keyOf(orgId, id))?.version ?? 0}`;
  }

  endpoint(orgId: string, code: string): Endpoint | undefined {
    return this.endpoints.get(keyOf(orgId, code));
  }

  /** The first channel of the endpoint that takes this type of message. */
  channelFor(endpoint: Endpoint, type: string, trigger: string | null | undefined): InChannel | undefined {
    return this.byEndpoint
      .get(keyOf(endpoint.orgId, endpoint.code))
      ?.find((c) => c.enabled && c.accepts(type, trigger));
  }

  /** Whether a running channel takes messages of the endpoint. */
  taken(endpoint: Endpoint): boolean {
    return this.byEndpoint.get(keyOf(endpoint.orgId, endpoint.code))?.some((c) => c.enabled) ?? false;
  }

  channel(orgId: string, code: string): InChannel | OutChannel | undefined {
    return [...this.inbound, ...this.outbound].find((c) => c.orgId === orgId && c.code === code);
  }

  outFor(event: string, orgId: string, message: Canonical): OutChannel[] {
    return this.outbound.filter(
      (c) => c.enabled && c.event === event && c.orgId === orgId && c.reads === message.type,
    );
  }
}

export const keyOf = (orgId: string, code: string): string => `${orgId}|${code}`;
const always = (): boolean => true;

type Head = Pick<Common, 'id' | 'orgId' | 'version' | 'enabled'>;
const refusal = (reason: string) => ({ problems: [{ path: 'mapping', source: '', reason }], misses: [] });

const refusingIn = (head: Head, def: ChannelInDef, { reason }: Broken): InChannel => ({
  ...head,
  kind: 'in',
  code: def.channel,
  def,
  accepts: compileAccept(def.accept),
  wants: always,
  map: { id: def.map ?? '', direction: 'in', toCanonical: () => refusal(reason) },
  mapping: null,
  answer: undefined,
  targets: [],
});

function refusingOut(head: Head, def: ChannelOutDef, { reason, reads }: Broken): OutChannel {
  const map: OutMappingCompiled = { id: def.map, direction: 'out', fromCanonical: () => refusal(reason) };
  return {
    ...head,
    kind: 'out',
    code: def.channel,
    def,
    event: def.source.event,
    map,
    mapping: null,
    reads: reads as CanonicalType,
    wants: always,
    targets: def.targets.map((target) => ({ def: target, map, mapping: null, wants: always })),
  };
}
