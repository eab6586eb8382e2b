import type { Channel, ChannelAlert, ChannelLiveResult } from '../../api/client.generated.ts';

type Live = ChannelLiveResult['items'][number];

/** What one partner's interfaces are doing, added up. */
export interface PartnerState {
  readonly key: string;
  /** The endpoint it is named after. */
  readonly endpoint: Channel | undefined;
  readonly channels: readonly { readonly channel: Channel; readonly live: Live | undefined }[];
  readonly perSecond: number;
  readonly parked: number;
  readonly queued: number;
  readonly refused: number;
  readonly waitingSince: string | null;
  readonly lastAt: string | null;
  /** The one that needs a person most: failed before stopped before the rest. */
  readonly worst: 'failed' | 'stopped' | 'good';
  readonly alerts: readonly ChannelAlert[];
}

/** `his` and `his-out` are two addresses of one partner. */
export const partnerOf = (endpoint: string): string => endpoint.replace(/-(in|out)$/, '');

/** Channels and endpoints by partner; those that need a person first, then by name. */
export function partners(
  rows: readonly Channel[],
  live: (id: string) => Live | undefined,
  alerts: readonly ChannelAlert[],
): PartnerState[] {
  const groups = new Map<string, Channel[]>();
  for (const row of rows.filter((r) => r.kind === 'endpoint' || r.kind === 'in' || r.kind === 'out')) {
    const key = partnerOf(live(row.id)?.endpoints[0] ?? row.code);
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  return [...groups].map(([key, own]) => stateOf(key, own, live, alerts)).sort(byNeed);
}

function stateOf(
  key: string,
  rows: readonly Channel[],
  live: (id: string) => Live | undefined,
  alerts: readonly ChannelAlert[],
): PartnerState {
  const channels = rows.map((channel) => ({ channel, live: live(channel.id) }));
  const known = channels.flatMap((c) => c.live ?? []);
  // An endpoint and the channels behind it count the same messages: endpoints make the rate, channels the work.
  const endpoints = channels.filter((c) => c.channel.kind === 'endpoint');
  const sum = (of: readonly (Live | undefined)[], pick: (l: Live) => number): number =>
    of.reduce((total, l) => total + (l ? pick(l) : 0), 0);
  const codes = new Set(rows.map((r) => r.code));
  const failed = known.some((l) => l.status === 'failed');
  return {
    key,
    endpoint: endpoints.find((c) => c.channel.code === key)?.channel ?? endpoints[0]?.channel,
    channels,
    perSecond: sum(endpoints.length ? endpoints.map((c) => c.live) : known, (l) => l.perSecond),
    parked: sum(known, (l) => l.parked),
    queued: sum(known, (l) => l.queued),
    refused: sum(
      endpoints.map((c) => c.live),
      (l) => l.refused,
    ),
    waitingSince: known.flatMap((l) => l.waitingSince ?? []).sort()[0] ?? null,
    lastAt:
      known
        .flatMap((l) => l.lastAt ?? [])
        .sort()
        .at(-1) ?? null,
    worst: failed ? 'failed' : endpoints.some((c) => !c.channel.enabled) ? 'stopped' : 'good',
    alerts: alerts.filter((a) => codes.has(a.subject)),
  };
}

const weight = (p: PartnerState): number =>
  (p.worst === 'failed' ? 8 : 0) +
  (p.alerts.some((a) => a.severity === 'critical') ? 4 : 0) +
  (p.alerts.length > 0 || p.parked > 0 ? 2 : 0);

const byNeed = (a: PartnerState, b: PartnerState): number =>
  weight(b) - weight(a) || (a.key < b.key ? -1 : 1);
