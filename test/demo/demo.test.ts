import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { frame } from '../peers/his/frame.ts';
import { HisReceiver } from '../peers/his/receiver.ts';
import { controlIdsOf } from '../peers/his/text.ts';
import { makeDay } from './day.ts';
import type { DayItem } from './item.ts';
import { judge, type Listed, unsettled } from './judge.ts';
import { sendDay } from './send-day.ts';

const wire = (day: readonly DayItem[]) =>
  Buffer.concat(
    day.flatMap(
      (item) => item.chunks?.filter((c) => typeof c !== 'number') ?? (item.bytes ? [item.bytes] : []),
    ),
  );

describe('the day', () => {
  test('the same seed makes the same bytes, another seed another day', () => {
    expect(wire(makeDay({ seed: 42 })).equals(wire(makeDay({ seed: 42 })))).toBe(true);
    expect(wire(makeDay({ seed: 42 })).equals(wire(makeDay({ seed: 43 })))).toBe(false);
  });

  test.each([20, 100, 300, 1000])('has exactly %i messages', (count) => {
    expect(makeDay({ count, seed: 3 })).toHaveLength(count);
  });

  test('holds every kind of traffic', () => {
    const day = makeDay({ seed: 8 });
    const types = new Set(day.map((item) => item.type));
    for (const type of ['ADT^A01', 'ADT^A04', 'ADT^A05', 'ADT^A08', 'ADT^A28', 'ADT^A31', 'ADT^A40']) {
      expect(types).toContain(type);
    }
    for (const type of ['ORM^O01', 'OML^O21', 'SIU^S12', 'batch']) expect(types).toContain(type);
    const outcomes = new Set(day.map((item) => item.expect));
    expect(outcomes).toEqual(new Set(['applied', 'filtered', 'refused', 'duplicate', 'noise']));
    const labels = day.map((item) => item.label);
    for (const label of ['order changed', 'order cancelled', 'order before its patient']) {
      expect(labels).toContain(label);
    }
  });

  test('a control id comes twice only where the message is sent again unchanged', () => {
    const first = new Map<string, DayItem>();
    for (const item of makeDay({ count: 1000, seed: 5 })) {
      if (item.controlId === '') continue;
      const before = first.get(item.controlId);
      if (item.expect === 'duplicate') expect(item.bytes!.equals(before!.bytes!)).toBe(true);
      else expect(before).toBeUndefined();
      first.set(item.controlId, before ?? item);
      expect(item.controlId.length).toBeLessThanOrEqual(20);
    }
  });

  test('the bytes are what the label says', () => {
    const day = makeDay({ seed: 6 });
    const bytes = (label: string) => {
      const item = day.find((one) => one.label === label)!;
      return item.bytes ?? Buffer.concat(item.chunks!.filter((c) => typeof c !== 'number'));
    };
    expect(bytes('GBK name with bytes 8F7C').includes(Buffer.from('8f7c', 'hex'))).toBe(true);
    expect(bytes('own delimiters #@~/%').toString('latin1')).toMatch(/^MSH#@~\/%#/);
    expect(bytes('LF for CR').includes('\r')).toBe(false);
    expect(bytes('explicit nulls in address and phone').toString('latin1')).toMatch(/\|""\|\|""\|/);
    expect(bytes('note of 70 KB').length).toBeGreaterThan(70_000);
    expect(bytes('framed twice').subarray(0, 2)).toEqual(Buffer.of(11, 11));
    expect(bytes('Latin-1').includes(Buffer.from('Müller', 'latin1'))).toBe(true);
    expect(bytes('escapes of every kind').includes('\\X0D\\\\X0A\\\\XB5E7C4D4\\')).toBe(true);
    expect(bytes('fraction and zone in MSH-7').toString('latin1')).toMatch(/\|\d{14}\.1230\+0800\|\|ORM/);
    expect(bytes('enhanced mode, accept acknowledgement wanted').toString('latin1')).toContain('|AL|NE|CHN');
    expect(bytes('batch of three in one frame').toString('latin1').match(/\rMSH/g)).toHaveLength(3);
    expect(controlIdsOf(bytes('no MSH-10'))).toEqual([]);
    expect(() =>
      new TextDecoder('utf-8', { fatal: true }).decode(bytes('undecodable byte in UTF-8')),
    ).toThrow();
  });
});

describe('the verdict', () => {
  const item = (over: Partial<DayItem>): DayItem => ({
    label: '',
    type: 'ADT^A08',
    controlId: '1',
    keys: ['1'],
    expect: 'applied',
    ack: 'AA',
    ...over,
  });
  const listed = (...states: string[]) => new Map([['1', states.map((state): Listed => ({ state }))]]);

  test.each([
    ['applied', item({}), 'AA', listed('DONE'), ''],
    ['applied and repeated', item({}), 'AA', listed('DONE', 'DUPLICATE'), ''],
    ['repeated', item({ expect: 'duplicate' }), 'AA', listed('DONE', 'DUPLICATE'), ''],
    [
      'repeated with two effects',
      item({ expect: 'duplicate' }),
      'AA',
      listed('DONE', 'DONE'),
      'took effect twice',
    ],
    ['parked', item({}), 'AA', listed('PARKED'), 'expected applied'],
    ['lost', item({}), 'AA', new Map(), 'not in the journal'],
    ['refused by AR for AE', item({ expect: 'refused', ack: 'AE' }), 'AR', listed('REFUSED'), ''],
    [
      'refused but acknowledged',
      item({ expect: 'refused', ack: 'AE' }),
      'AA',
      listed('REFUSED'),
      'answer AA, expected AE',
    ],
    ['refused where policy may', item({ also: ['refused'] }), 'AE', listed('REFUSED'), ''],
    ['not answered', item({}), 'PEER_TIMEOUT', listed('DONE'), 'answer PEER_TIMEOUT, expected AA'],
    ['answered though not asked', item({ ack: 'none' }), 'AA', listed('DONE'), 'answer AA, expected none'],
    ['noise', item({ expect: 'noise', ack: 'none', keys: [] }), 'none', new Map(), ''],
  ])('%s', (_, of, ack, found, problem) => {
    expect(judge(of, ack, found)).toMatchObject({ ok: problem === '', problem });
  });

  test('a message still at work is unsettled', () => {
    expect([[], [{ state: 'HELD' }], [{ state: 'RECEIVED' }, { state: 'DONE' }]].map(unsettled)).toEqual([
      true,
      true,
      true,
    ]);
    expect(unsettled([{ state: 'DONE' }, { state: 'DUPLICATE' }])).toBe(false);
  });
});

describe('sending a day', () => {
  const closing: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
  });

  /** Answers every message as the day expects and lists it in the state expected, or in `states`. */
  async function pretendPlatform(day: readonly DayItem[], states: Record<string, string> = {}) {
    const byId = new Map(day.map((item) => [item.controlId, item]));
    const mllp = await HisReceiver.listen();
    mllp.behave({
      kind: 'raw',
      bytes: ({ bytes }) => {
        const parts = bytes.includes(0x0b) ? splitAt(bytes, 0x0b) : [bytes];
        const ids = parts.flatMap((part) => controlIdsOf(part));
        const known = ids.flatMap((id) => (byId.has(id) ? [byId.get(id)!] : []));
        const answers = ids.length === 0 ? [['AE', '']] : known.map((item) => [item.ack, item.controlId]);
        return Buffer.concat(
          answers
            .filter(([code]) => code !== 'none')
            .map(([code, id]) => frame(Buffer.from(`MSH|^~\\&|||||||ACK|1|P|2.4\rMSA|${code}|${id}\r`))),
        );
      },
    });
    const known = { applied: 'DONE', filtered: 'FILTERED', refused: 'REFUSED', duplicate: 'DONE', noise: '' };
    const api = createServer((request, response) => {
      const url = new URL(request.url!, 'http://platform');
      const key = url.searchParams.get('key') ?? '';
      const item = day.find((one) => one.keys.includes(key));
      const signed = request.headers.authorization === 'Bearer t1';
      const state = states[key] ?? (item ? known[item.expect] : '');
      const items = item ? [{ id: key, state, controlId: key }] : [];
      const login = url.pathname === '/api/v1/auth/login';
      response.statusCode = login || signed ? 200 : 401;
      response.end(JSON.stringify(login ? { token: 't1' } : { items }));
    });
    await new Promise<void>((resolve) => api.listen(0, '127.0.0.1', resolve));
    closing.push(() => mllp.close());
    closing.push(() => new Promise((resolve) => api.close(resolve)));
    return { port: mllp.port, api: `http://127.0.0.1:${(api.address() as AddressInfo).port}`, mllp };
  }

  test('every item gets the answer meant for it', async () => {
    const day = makeDay({ count: 150, seed: 21 });
    const platform = await pretendPlatform(day);
    const acks = await sendDay(day, { host: '127.0.0.1', port: platform.port, timeoutMs: 2000 });
    const differing = day.filter((item, at) => acks[at] !== item.ack).map((item) => item.label);
    expect(differing).toEqual([]);
  });

  test('goes on over a connection that the platform closes', async () => {
    const day = makeDay({ count: 6, seed: 22 });
    const his = await HisReceiver.listen();
    closing.push(() => his.close());
    his.behave((message) => (message.sequence === 3 ? { kind: 'close' } : { kind: 'ack', code: 'AA' }));
    expect(await sendDay(day, { host: '127.0.0.1', port: his.port })).toEqual([
      'AA',
      'AA',
      'PEER_CLOSED',
      'AA',
      'AA',
      'AA',
    ]);
  });

  test('the command prints a table and tells by its exit code whether all was as expected', async () => {
    const day = makeDay({ count: 90, seed: 23 });
    const platform = await pretendPlatform(day);
    const good = await demo([
      '--count',
      '90',
      '--seed',
      '23',
      '--port',
      `${platform.port}`,
      '--api',
      platform.api,
    ]);
    expect(good.output).toMatch(/All as expected\./);
    expect(good.code).toBe(0);
    const spoilt = day.find((item) => item.expect === 'filtered')!.controlId;
    const worse = await pretendPlatform(day, { [spoilt]: 'PARKED' });
    const bad = await demo(['--count', '90', '--seed', '23', '--port', `${worse.port}`, '--api', worse.api]);
    expect(bad.output).toMatch(/!!!.*PARKED\s+expected filtered/);
    expect(bad.output).toMatch(/1 not as expected\./);
    expect(bad.code).toBe(1);
    const nobody = await demo(['--api', 'http://127.0.0.1:1']);
    expect(nobody.code).toBe(2);
  });
});

function splitAt(bytes: Buffer, byte: number): Buffer[] {
  const at = bytes.indexOf(byte);
  return at < 0 ? [bytes] : [bytes.subarray(0, at), ...splitAt(bytes.subarray(at + 1), byte)];
}

function demo(args: string[]): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, ['test/demo/run.ts', ...args]);
  let output = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  child.stderr.on('data', (chunk) => (output += chunk));
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, output })));
}
