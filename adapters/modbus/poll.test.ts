import { afterEach, describe, expect, test } from '@jest/globals';
import type { Listener } from '../../contracts/adapter/port.ts';
import { Fault } from '../../contracts/kernel/fault.ts';
import { FakeIntake } from '../../test/peers/foreign-db/intake.ts';
import { ModbusSlave } from '../../test/peers/modbus/slave.ts';
import { adapter } from './index.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

interface Frame {
  readonly device: string;
  readonly driver?: string;
  readonly at: string;
  readonly readings: readonly {
    point: string;
    value: number | null;
    quality: string;
    reason?: string;
    alarm?: string;
  }[];
}

type Mode = 'tcp' | 'rtu-over-tcp';

async function slaveOf(mode: Mode = 'tcp', port?: number): Promise<ModbusSlave> {
  const slave = await ModbusSlave.listen({ mode, ...(port === undefined ? {} : { port }) });
  cleanups.push(() => slave.close());
  return slave;
}

async function start(
  intake: FakeIntake,
  port: number,
  more: Record<string, unknown> = {},
): Promise<Listener> {
  const listener = await adapter.listen!(
    intake.context({
      host: '127.0.0.1',
      port,
      timeoutMs: 200,
      everySeconds: 0.1,
      devices: [{ device: 'ROOM-1', unit: 1, driver: 'xy-md02' }],
      ...more,
    }),
  );
  cleanups.push(() => listener.stop(0));
  return listener;
}

const frames = (intake: FakeIntake, device?: string): Frame[] =>
  (intake.rows as unknown as Frame[]).filter((f) => device === undefined || f.device === device);
const shown = (frame: Frame | undefined) =>
  frame?.readings.map(({ point, value, quality, reason }) => [
    point,
    value,
    quality,
    ...(reason ? [reason] : []),
  ]);

describe.each(['tcp', 'rtu-over-tcp'] as const)('[INT-07] [DEV-04] Modbus over %s', (mode) => {
  test('readings arrive with device, point, value, unit, quality and time', async () => {
    const slave = await slaveOf(mode);
    slave.unit(1).set('input', 1, 0xfff6, 555);
    const intake = new FakeIntake();
    await start(intake, slave.port, { mode });
    await intake.until(() => intake.frames.length >= 2);
    const [first] = frames(intake);
    expect(first).toEqual({
      device: 'ROOM-1',
      driver: 'xy-md02',
      unit: 1,
      at: expect.stringMatching(/Z$/),
      readings: [
        {
          point: 'temperature',
          raw: '0xFFF6',
          value: -1,
          unit: 'Cel',
          quality: 'good',
          at: expect.any(String),
        },
        { point: 'humidity', raw: '0x022B', value: 55.5, unit: '%', quality: 'good', at: expect.any(String) },
      ],
    });
    expect(intake.frames[0]!.meta).toEqual({ device: 'ROOM-1', driver: 'xy-md02', unit: '1' });
    expect(slave.requests[0]).toMatchObject({ unit: 1, code: 4, address: 1, count: 2 });
    expect(slave.connections).toBe(1);
  });

  test('an address the device does not have makes that point bad and no other, and is told once', async () => {
    const slave = await slaveOf(mode);
    slave.unit(1).set('input', 1, 235);
    const intake = new FakeIntake();
    await start(intake, slave.port, { mode });
    await intake.until(() => intake.frames.length >= 3);
    for (const frame of frames(intake))
      expect(shown(frame)).toEqual([
        ['temperature', 23.5, 'good'],
        ['humidity', null, 'bad', 'illegal-address'],
      ]);
    expect(intake.kinds()).toEqual(['points-missing']);
    expect(slave.requests.filter((r) => r.count === 2)).toHaveLength(1);
  });

  test.each([
    ['is silent', { kind: 'silent' }],
    ['hangs up', { kind: 'hang-up' }],
    ['sends half an answer', { kind: 'half', end: false }],
    ['sends half an answer and hangs up', { kind: 'half', end: true }],
    ['sends garbage', { kind: 'bytes', bytes: Buffer.from('GET / HTTP/1.1\r\n\r\n') }],
    ['answers as another unit', { kind: 'unit', unit: 9 }],
    ['is late', { kind: 'late', ms: 300 }],
    ['is not there behind its gateway', { kind: 'exception', code: 11 }],
  ] as const)('a device that %s is bad, told once, and back when it answers', async (_, behaviour) => {
    const slave = await slaveOf(mode);
    slave.unit(1).set('input', 1, 100, 200);
    slave.behave(behaviour);
    const intake = new FakeIntake();
    await start(intake, slave.port, { mode, timeoutMs: 100, retries: 0 });
    await intake.until(() => intake.frames.length > 0);
    expect(shown(frames(intake)[0])).toMatchObject([
      ['temperature', null, 'bad', expect.any(String)],
      ['humidity', null, 'bad', expect.any(String)],
    ]);
    await slave.until(() => slave.requests.length >= 3);
    slave.behave({ kind: 'answer' });
    await intake.until(() => frames(intake).at(-1)?.readings[0]?.quality === 'good');
    expect(shown(frames(intake).at(-1))).toEqual([
      ['temperature', 10, 'good'],
      ['humidity', 20, 'good'],
    ]);
    expect(intake.kinds().filter((k) => k === 'device-lost')).toHaveLength(1);
    expect(intake.over).toContain('device-lost');
    const bad = frames(intake).filter((f) => f.readings[0]!.quality === 'bad');
    expect(bad).toHaveLength(1);
  });

  test('values of one request are never taken for those of another, whatever comes late', async () => {
    const slave = await slaveOf(mode);
    for (const unit of [1, 2]) slave.unit(unit).set('input', 1, unit * 100, unit * 100);
    // Every second answer comes after its request was given up.
    slave.behave(() => (slave.requests.length % 2 ? { kind: 'late', ms: 80 } : { kind: 'answer' }));
    const intake = new FakeIntake();
    await start(intake, slave.port, {
      mode,
      timeoutMs: 50,
      everySeconds: 0.1,
      devices: [
        { device: 'A', unit: 1, driver: 'xy-md02' },
        { device: 'B', unit: 2, driver: 'xy-md02' },
      ],
    });
    await intake.until(() => frames(intake, 'A').length >= 3 && frames(intake, 'B').length >= 3);
    for (const [device, value] of [
      ['A', 10],
      ['B', 20],
    ] as const)
      for (const frame of frames(intake, device))
        for (const r of frame.readings) expect([device, r.value ?? value]).toEqual([device, value]);
  });

  test('an answer that comes byte by byte is an answer', async () => {
    const slave = await slaveOf(mode);
    slave.unit(1).set('input', 1, 1, 2);
    slave.behave({ kind: 'dribble' });
    const intake = new FakeIntake();
    await start(intake, slave.port, { mode, timeoutMs: 2000 });
    await intake.until(() => intake.frames.length > 0);
    expect(shown(frames(intake)[0])).toEqual([
      ['temperature', 0.1, 'good'],
      ['humidity', 0.2, 'good'],
    ]);
  });
});

describe('[DEV-05] a poll among others', () => {
  test('a busy device is asked again; one that fails says so for its points', async () => {
    const slave = await slaveOf();
    slave.unit(1).set('input', 1, 1, 2);
    let n = 0;
    slave.behave(() => (n++ < 2 ? { kind: 'exception', code: 6 } : { kind: 'answer' }));
    const intake = new FakeIntake();
    await start(intake, slave.port);
    await intake.until(() => intake.frames.length > 0);
    expect(shown(frames(intake)[0])![0]).toEqual(['temperature', 0.1, 'good']);
    expect(slave.requests.length).toBeGreaterThanOrEqual(3);
    slave.behave({ kind: 'exception', code: 4 });
    await intake.until(() => shown(frames(intake).at(-1))![0]![3] === 'device-failure');
  });

  test('a device that does not answer does not hold up the others', async () => {
    const slave = await slaveOf();
    slave.unit(2).set('input', 1, 1, 2);
    slave.behave((r) => (r.unit === 1 ? { kind: 'silent' } : { kind: 'answer' }));
    const intake = new FakeIntake();
    await start(intake, slave.port, {
      timeoutMs: 50,
      devices: [
        { device: 'DEAD', unit: 1, driver: 'xy-md02' },
        { device: 'LIVE', unit: 2, driver: 'xy-md02' },
      ],
    });
    await intake.until(() => frames(intake, 'LIVE').length >= 8);
    expect(frames(intake, 'DEAD')).toHaveLength(1);
    const asked = (unit: number) => slave.requests.filter((r) => r.unit === unit).length;
    expect(asked(1)).toBeLessThan(asked(2) * 2);
  });

  test('nobody at the address: told once, and read as soon as somebody is', async () => {
    const gone = await slaveOf();
    const { port } = gone;
    await gone.close();
    const intake = new FakeIntake();
    await start(intake, port);
    await intake.until(() => intake.incidents.length > 0);
    expect(intake.incidents[0]).toMatchObject({ kind: 'peer-lost', reason: 'ECONNREFUSED' });
    const slave = await slaveOf('tcp', port);
    slave.unit(1).set('input', 1, 5, 6);
    await intake.until(() => frames(intake).at(-1)?.readings[0]?.quality === 'good');
    slave.hangUp();
    await slave.until(() => slave.connections >= 2);
    await intake.until(() => frames(intake).length >= 4);
    expect(intake.kinds().filter((k) => k === 'peer-lost')).toHaveLength(1);
    expect(intake.over).toContain('peer-lost');
  });

  test('a poll that could not be kept is handed over again, unchanged, before the next is made', async () => {
    const slave = await slaveOf();
    slave.unit(1).set('input', 1, 7, 8);
    const intake = new FakeIntake();
    const asked: string[] = [];
    intake.before = async (frame, n) => {
      asked.push(Buffer.from(frame.bytes).toString());
      if (n < 3) throw new Fault('kernel.store.unavailable');
    };
    await start(intake, slave.port);
    await intake.until(() => intake.frames.length > 0);
    expect(new Set(asked.slice(0, 4)).size).toBe(1);
    expect(slave.requests).toHaveLength(1);
    expect(intake.kinds()).toEqual(['intake-refused']);
    await intake.until(() => intake.frames.length > 1);
    expect(intake.over).toContain('intake-refused');
  });

  test('changes only, with a deadband, and everything once in a while', async () => {
    const slave = await slaveOf();
    const unit = slave.unit(1).set('input', 1, 200, 500);
    const intake = new FakeIntake();
    let clock = 0;
    intake.now = () => Date.UTC(2026, 10, 27) + clock;
    await start(intake, slave.port, {
      everySeconds: 0.1,
      devices: [
        {
          device: 'ROOM-1',
          unit: 1,
          repeatSeconds: 60,
          points: [
            { point: 't', table: 'input', address: 1, type: 's16', scale: 0.1, deadband: 0.5 },
            { point: 'h', table: 'input', address: 2, scale: 0.1 },
          ],
        },
      ],
    });
    const polls = async (n: number) => {
      const from = slave.requests.length;
      await slave.until(() => slave.requests.length >= from + n);
    };
    await intake.until(() => intake.frames.length === 1);
    unit.set('input', 1, 203);
    await polls(3);
    expect(intake.frames).toHaveLength(1);
    unit.set('input', 1, 206);
    await intake.until(() => intake.frames.length === 2);
    expect(shown(frames(intake)[1])).toEqual([['t', 20.6, 'good']]);
    clock = 61_000;
    await intake.until(() => intake.frames.length === 3);
    expect(shown(frames(intake)[2])).toHaveLength(2);
  });

  test('bits, and an alarm the device states itself', async () => {
    const slave = await slaveOf();
    slave.unit(1).discrete.set(4, 1).set(5, 0).set(13, 1);
    const intake = new FakeIntake();
    const discrete = (address: number) => ({
      point: `d${address}`,
      table: 'discrete',
      address,
      alarm: { zh: '门开', en: 'Door open' },
    });
    await start(intake, slave.port, {
      devices: [{ device: 'D', unit: 1, points: [4, 5, 13].map(discrete) }],
    });
    await intake.until(() => intake.frames.length > 0);
    const [{ readings }] = frames(intake) as [Frame];
    // 6 to 12 are not there, so the block is parted.
    expect(readings.map(({ value, alarm }) => [value, alarm])).toEqual([
      [1, '门开 · Door open'],
      [0, undefined],
      [1, '门开 · Door open'],
    ]);
  });

  test('a text stands beside the readings', async () => {
    const slave = await slaveOf();
    slave.unit(1).set('holding', 0, 0x534e, 0x3700, 21);
    const intake = new FakeIntake();
    const points = [
      { point: 'serial', table: 'holding', address: 0, type: 'ascii', length: 2 },
      { point: 't', table: 'holding', address: 2 },
    ];
    await start(intake, slave.port, { devices: [{ device: 'D', unit: 1, points }] });
    await intake.until(() => intake.frames.length > 0);
    expect(intake.rows[0]).toMatchObject({ texts: { serial: 'SN7' }, readings: [{ point: 't', value: 21 }] });
  });

  test('two polls of one address run side by side; stopping one in the middle of a request ends it and not the other', async () => {
    const slave = await slaveOf();
    slave.unit(1).set('input', 1, 1, 2);
    const [first, second] = [new FakeIntake(), new FakeIntake()];
    const one = await start(first, slave.port);
    await start(second, slave.port);
    await first.until(() => first.frames.length > 0);
    slave.behave((r) => (r.connection === 1 ? { kind: 'silent' } : { kind: 'answer' }));
    const before = slave.requests.length;
    await slave.until(() => slave.requests.slice(before).some((r) => r.connection === 1));
    const kept = first.frames.length;
    await one.stop(1000);
    await one.stop(0);
    const more = second.frames.length + 3;
    await second.until(() => second.frames.length >= more);
    expect(first.frames.length).toBe(kept);
    expect(one.connections()[0]!.open).toBe(false);
  });

  test('a restart reads on; what was kept is not told again', async () => {
    const slave = await slaveOf();
    slave.unit(1).set('input', 1, 1, 2);
    const intake = new FakeIntake();
    // No two readings at the same millisecond.
    let clock = Date.UTC(2026, 10, 27);
    intake.now = () => ++clock;
    const one = await start(intake, slave.port);
    await intake.until(() => intake.frames.length >= 2);
    await one.stop(1000);
    const kept = intake.frames.length;
    await start(intake, slave.port);
    await intake.until(() => intake.frames.length >= kept + 2);
    const texts = intake.frames.map((f) => Buffer.from(f.bytes).toString());
    expect(new Set(texts).size).toBe(texts.length);
  });

  test('settings that do not hold are refused at the start', async () => {
    const intake = new FakeIntake();
    const devices = [
      { device: 'A', unit: 1, driver: 'xy-md02' },
      { device: 'A', unit: 2, driver: 'xy-md02' },
    ];
    await expect(start(intake, 1, { devices })).rejects.toMatchObject({ code: 'channel.text.invalid' });
    await expect(
      start(intake, 1, { devices: [{ device: 'A', unit: 1, driver: 'no' }] }),
    ).rejects.toMatchObject({
      data: { problem: expect.stringContaining('names no driver "no"') },
    });
  });
});
