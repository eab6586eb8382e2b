import { iso, org, random, world } from './data.ts';

const counters = new Map<string, number>();
/** Counters that move as time goes. */
export function live() {
  return {
    items: world.channels.map((c, i) => {
      const rate = c.enabled
        ? Math.max(0, (i === 0 ? 42 : 14) * (1 + Math.sin(Date.now() / 9000 + i)) * (0.6 + random() * 0.6))
        : 0;
      const received = (counters.get(c.id) ?? 8000 + i * 977) + Math.round(rate * 2);
      counters.set(c.id, received);
      const broken = c.code === 'his-out';
      return {
        channelId: c.id,
        status: !c.enabled
          ? 'stopped'
          : broken
            ? 'failed'
            : c.code === 'mllp-main'
              ? 'listening'
              : 'connected',
        statusText: broken
          ? 'connect ECONNREFUSED 10.20.3.15:6661'
          : c.code === 'mllp-main'
            ? '0.0.0.0:2575'
            : '',
        received,
        done: Math.round(received * 0.98),
        filtered: Math.round(received * 0.015),
        refused: 3 + i,
        parked: world.messages.filter((m) => m.state === 'PARKED' && m.channel === c.code).length,
        queued: broken ? world.deliveries.filter((d) => d.state === 'QUEUED').length : 0,
        delivered: c.kind === 'out' ? received : 0,
        perSecond: Math.round(rate * 10) / 10,
        lastAt: c.enabled ? iso(Date.now() - 700) : null,
        connections: c.kind === 'endpoint' && !broken ? 4 : 0,
      };
    }),
  };
}

/** Connections and incidents of the listener. */
export function wire() {
  const now = Date.now();
  return {
    items: [1, 2, 3, 4].map((i) => ({
      node: 'node-1',
      endpoint: 'mllp-main',
      id: `c${i}`,
      peer: `10.20.3.${14 + i}:5142${i}`,
      since: iso(now - i * 3600_000),
      open: i !== 4,
      tls: i === 2 ? 'TLSv1.3' : null,
      bytesIn: 1_820_331 * i,
      bytesOut: 201_221 * i,
      framesIn: 1820 * i,
      framesOut: 1820 * i,
      noiseBytes: i === 3 ? 17 : 0,
      pending: i === 1 ? 2 : 0,
      buffered: 0,
      lastByteAt: iso(now - i * 900),
      lastRoundTripMs: 3 + i,
      lastError:
        i === 3
          ? {
              at: iso(now - 500_000),
              reason: '17 bytes before the start block',
              hex: '474554202f20485454502f312e310d0a0d',
            }
          : null,
    })),
    incidents: [
      {
        seq: 2,
        orgId: org,
        endpoint: 'mllp-main',
        at: iso(now - 500_000),
        connection: 'c3',
        peer: '10.20.3.17:51423',
        kind: 'noise',
        reason: '17 bytes before the start block',
        hex: '474554202f20485454502f312e310d0a0d',
        count: 6,
      },
      {
        seq: 1,
        orgId: org,
        endpoint: 'mllp-main',
        at: iso(now - 7_200_000),
        connection: 'c4',
        peer: '10.20.3.18:51424',
        kind: 'closed',
        reason: 'closed inside a frame after 1204 bytes',
        hex: '0b4d53487c5e7e5c267c4849537c',
        count: 1,
      },
    ],
  };
}
