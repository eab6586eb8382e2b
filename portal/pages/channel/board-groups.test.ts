import { describe, expect, test } from '@jest/globals';
import type { Channel, ChannelAlert, ChannelLiveResult } from '../../api/client.generated.ts';
import { partnerOf, partners } from './board-groups.ts';

const row = (code: string, kind: Channel['kind'], enabled = true) =>
  ({ id: code, code, kind, enabled, name: code, nameEn: '' }) as Channel;
type Live = ChannelLiveResult['items'][number];
const live = (channelId: string, more: Partial<Live>): Live => ({
  channelId,
  status: 'listening',
  statusText: '',
  received: 0,
  done: 0,
  filtered: 0,
  refused: 0,
  parked: 0,
  queued: 0,
  delivered: 0,
  perSecond: 0,
  lastAt: null,
  connections: 0,
  endpoints: [channelId],
  waitingSince: null,
  ...more,
});
const rows = [
  row('his', 'endpoint'),
  row('his-out', 'endpoint'),
  row('orders-in', 'in'),
  row('status-out', 'out'),
  row('lab', 'endpoint', false),
];
const lives = new Map(
  [
    live('his', { perSecond: 2, refused: 1, lastAt: '2026-01-01T10:00:00.000Z' }),
    live('his-out', { perSecond: 1, status: 'idle' }),
    live('orders-in', {
      endpoints: ['his'],
      parked: 3,
      waitingSince: '2026-01-01T08:00:00.000Z',
      perSecond: 2,
    }),
    live('status-out', { endpoints: ['his-out'], queued: 4, waitingSince: '2026-01-01T09:00:00.000Z' }),
    live('lab', { status: 'stopped' }),
  ].map((l) => [l.channelId, l]),
);
const alert = { id: 'a', subject: 'status-out', severity: 'critical' } as ChannelAlert;

describe('the board of partners', () => {
  test('puts the addresses and channels of a partner together', () => {
    expect(partnerOf('his-out')).toBe('his');
    const [his, lab] = partners(rows, (id) => lives.get(id), []);
    expect(his).toMatchObject({
      key: 'his',
      endpoint: { code: 'his' },
      perSecond: 3,
      parked: 3,
      queued: 4,
      refused: 1,
      waitingSince: '2026-01-01T08:00:00.000Z',
      lastAt: '2026-01-01T10:00:00.000Z',
      worst: 'good',
    });
    expect(his!.channels.map((c) => c.channel.code)).toEqual(['his', 'his-out', 'orders-in', 'status-out']);
    expect(lab).toMatchObject({ key: 'lab', worst: 'stopped', perSecond: 0, lastAt: null });
  });

  test('shows first who needs a person', () => {
    const down = new Map(lives).set('lab', live('lab', { status: 'failed' }));
    expect(
      partners(rows, (id) => down.get(id), [alert]).map((p) => [p.key, p.worst, p.alerts.length]),
    ).toEqual([
      ['lab', 'failed', 0],
      ['his', 'good', 1],
    ]);
  });

  test('a channel nothing is known of stands alone', () => {
    expect(partners([row('x', 'in')], () => undefined, []).map((p) => [p.key, p.endpoint])).toEqual([
      ['x', undefined],
    ]);
  });
});
