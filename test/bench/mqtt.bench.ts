import { mkdtempSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { generate } from 'mqtt-packet';
import { messageTable } from '../../contracts/message/message.record.ts';
import { Database } from '../../nodes/kit/db/database.ts';
import { tableCode } from '../../nodes/kit/db/rows.ts';
import { benchOrders } from '../peers/his/messages.ts';
import { type RunningPlatform, runPlatform } from '../platform.ts';
import { Load, shotOf } from './load.ts';

/**
 * Readings over real MQTT, QoS 1: PUBACK after the durable commit, and a round ends when every message is in its canonical form.
 * The baseline is the intake of orders over MLLP on the same platform.
 * `node test/bench/mqtt.bench.ts [--db <main url>] [--seconds 6] [--connections 64] [--window 16] [--points 1,10,100]`
 */
const args = new Map(
  process.argv.slice(2).flatMap((a, i, all) => (a.startsWith('--') ? [[a.slice(2), all[i + 1] ?? '']] : [])),
);
const seconds = Number(args.get('seconds') ?? 6);
const connections = Number(args.get('connections') ?? 64);
const window = Number(args.get('window') ?? 16);
const url = args.get('db');

/** A device that sends as fast as it is acknowledged, so many under way. Costs little: its packet is made once. */
class Device {
  readonly latencies: number[] = [];
  refused = 0;
  private readonly socket: net.Socket;
  private readonly packet: Buffer;
  private readonly idAt: number;
  private readonly sentAt = new Map<number, number>();
  private messageId = 0;
  private until = 0;
  private rest: Buffer = Buffer.alloc(0);
  private done = (): void => undefined;

  private constructor(socket: net.Socket, topic: string, payload: string) {
    this.socket = socket;
    this.packet = generate(
      { cmd: 'publish', topic, payload, qos: 1, messageId: 1, dup: false, retain: false },
      { protocolVersion: 4 },
    );
    this.idAt = this.packet.indexOf(topic) + topic.length;
    socket.on('data', (chunk: Buffer) => this.acks(chunk));
  }

  static open(port: number, n: number, payload: string): Promise<Device> {
    return new Promise((resolve, reject) => {
      const socket = net.connect({ port, host: '127.0.0.1', noDelay: true });
      socket.once('error', reject);
      socket.write(
        generate({
          cmd: 'connect',
          protocolId: 'MQTT',
          protocolVersion: 4,
          clientId: `bench-${n}`,
          clean: true,
          keepalive: 60,
          username: 'demo-gateway',
          password: Buffer.from('Cytomesh#Demo1'),
        }),
      );
      socket.once('data', (connack: Buffer) => {
        if (connack[3] !== 0) reject(new Error('the broker refused the device'));
        else resolve(new Device(socket, `lab/bench-${n}/telemetry`, payload));
      });
    });
  }

  send(ms: number): Promise<void> {
    this.latencies.length = 0;
    this.until = performance.now() + ms;
    return new Promise((resolve, reject) => {
      this.done = resolve;
      this.socket.once('close', () => reject(new Error('the platform closed the connection')));
      for (let i = 0; i < window; i++) this.fire();
    });
  }

  close(): void {
    this.socket.removeAllListeners('close').destroy();
  }

  private fire(): void {
    this.messageId = (this.messageId % 65535) + 1;
    this.sentAt.set(this.messageId, performance.now());
    const packet = Buffer.from(this.packet);
    packet.writeUInt16BE(this.messageId, this.idAt);
    this.socket.write(packet);
  }

  private acks(chunk: Buffer): void {
    const bytes = this.rest.length > 0 ? Buffer.concat([this.rest, chunk]) : chunk;
    const now = performance.now();
    let at = 0;
    this.socket.cork();
    for (; at + 4 <= bytes.length; at += 4) {
      if (bytes[at] !== 0x40) this.refused++;
      const id = bytes.readUInt16BE(at + 2);
      this.latencies.push(now - this.sentAt.get(id)!);
      this.sentAt.delete(id);
      if (now < this.until) this.fire();
    }
    this.socket.uncork();
    this.rest = bytes.subarray(at);
    if (this.sentAt.size === 0) this.done();
  }
}

function payloadOf(points: number, n: number): string {
  const ts = 1795570200000 + n;
  if (points === 1) return JSON.stringify({ ts, temperature: -80.4 });
  const list = Array.from({ length: points }, (_, i) => ({ point: `p${i}`, value: 20 + i / 10, unit: '℃' }));
  return JSON.stringify({ ts, points: list });
}

const at = (sorted: readonly number[], q: number): string =>
  (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? 0).toFixed(1);

async function settled(db: Database): Promise<void> {
  const { table, name } = tableCode(messageTable, db.read);
  const open = `SELECT COUNT(*) AS n FROM ${table} WHERE ${name('state')} = 'RECEIVED'`;
  for (let left = 1; left > 0; ) {
    await sleep(10);
    left = Number((await db.read.query<{ n: number }>(open))[0]?.n ?? 0);
  }
}

interface Round {
  readonly rate: number;
  readonly applied: number;
}

async function measured(
  what: string,
  platform: RunningPlatform,
  db: Database,
  run: () => Promise<number[]>,
  points: number,
  baseline: number | undefined,
): Promise<Round> {
  const cpu = platform.cpuMs();
  const began = performance.now();
  const latencies = (await run()).sort((a, b) => a - b);
  const acked = (performance.now() - began) / 1000;
  await settled(db);
  const all = (performance.now() - began) / 1000;
  const n = latencies.length;
  const round = { rate: n / acked, applied: n / all };
  const micros = Math.round(((platform.cpuMs() - cpu) * 1000) / n);
  console.log(
    `${what.padEnd(26)} ${String(Math.round(round.rate)).padStart(6)} msg/s acked  ${String(Math.round(round.applied)).padStart(6)} handled  ${String(Math.round(round.applied * points)).padStart(7)} points/s handled  p50 ${at(latencies, 0.5)} ms  p99 ${at(latencies, 0.99)} ms  ${micros} µs CPU each  ${Math.round(platform.memoryMb())} MB  ratio ${(round.rate / (baseline ?? round.rate)).toFixed(2)}`,
  );
  return round;
}

const dataFolder = mkdtempSync(join(tmpdir(), 'cytomesh-bench-'));
const platform = await runPlatform({
  dataFolder,
  nodeFlags: args.has('profile') ? ['--cpu-prof', `--cpu-prof-dir=${args.get('profile')}`] : [],
  env: url ? { CYTOMESH_DB_MAIN: url, CYTOMESH_DB_LOG: url } : {},
});
const db = await Database.open({
  role: 'main',
  url: url ?? `sqlite:${join(dataFolder, 'main.sqlite')}`,
  records: [messageTable],
});
const shots = benchOrders(Math.max(4000, seconds * 8000), {
  patients: 2000,
  prefix: `M${process.pid.toString(36)}`,
}).map(shotOf);
let next = 0;
const load = await Load.open(connections, platform.mllpPort);
const mllp = async (ms: number): Promise<number[]> => {
  await load.send(ms, () => shots[next++]);
  return load.latencies;
};
await mllp(2000); // until the code is compiled; not counted
await settled(db);
const { rate: baseline } = await measured(
  'MLLP, orders of 1 KB',
  platform,
  db,
  () => mllp(seconds * 1000),
  1,
  undefined,
);
load.close();
for (const points of (args.get('points') ?? '1,10,100').split(',').map(Number)) {
  const devices = await Promise.all(
    Array.from({ length: connections }, (_, n) => Device.open(platform.mqttPort, n, payloadOf(points, n))),
  );
  const send = async (ms: number): Promise<number[]> => {
    await Promise.all(devices.map((device) => device.send(ms)));
    return devices.flatMap((device) => device.latencies);
  };
  await send(1500);
  await settled(db);
  await measured(
    `MQTT, ${points} points a message`,
    platform,
    db,
    () => send(seconds * 1000),
    points,
    baseline,
  );
  const refused = devices.reduce((sum, device) => sum + device.refused, 0);
  if (refused > 0) console.log(`${refused} were answered with something else than PUBACK`);
  for (const device of devices) device.close();
}
await db.close();
await platform.kill();
rmSync(dataFolder, { recursive: true, force: true, maxRetries: 5 });
