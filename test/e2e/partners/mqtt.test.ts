import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ask } from '../../api/api.ts';
import { describeWithMosquitto, pub, sub } from '../../peers/mqtt/mosquitto.ts';
import { RawClient } from '../../peers/mqtt/raw.ts';
import { freePort, type RunningPlatform, runPlatform } from '../../platform.ts';

const password = 'Cytomesh#Demo1';
let platform: RunningPlatform;
let base: string;
let engineer: string;

beforeAll(async () => {
  platform = await runPlatform();
  base = `http://127.0.0.1:${platform.httpPort}`;
  const { json } = await ask(base, 'POST', '/auth/login', { body: { username: 'engineer', password } });
  engineer = (json as { token: string }).token;
}, 60_000);
afterAll(() => platform?.kill());

interface Listed {
  readonly id: string;
  readonly state: string;
  readonly messageType: string;
  readonly faultCode: string;
}
interface Shown {
  readonly message: Listed;
  readonly canonical: { readonly device: string; readonly readings: readonly object[] }[];
}
/** Messages of the ledger found by a device, the newest first, once so many have been handled. */
async function found(device: string, count: number): Promise<Shown[]> {
  for (;;) {
    const { json } = await ask(base, 'GET', `/messages?key=${device}&pageSize=50`, { token: engineer });
    const items = (json as { items: Listed[] }).items;
    if (items.length >= count && items.every((m) => m.state !== 'RECEIVED'))
      return Promise.all(
        items.map(
          async ({ id }) => (await ask(base, 'GET', `/messages/${id}`, { token: engineer })).json as Shown,
        ),
      );
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
const as = (user: string, secret = password): string[] => [
  '-p',
  String(platform.mqttPort),
  '-u',
  user,
  '-P',
  secret,
];

describeWithMosquitto(
  '[INT-07] [DEV-04] a device at the embedded broker, with clients nobody here wrote',
  () => {
    test.each(['mqttv311', 'mqttv5'])(
      '%s: readings become canonical ones with point, value, unit, quality and time, found by the device',
      async (version) => {
        const device = `freezer-${version}`;
        const reading = {
          ts: '2026-11-25T09:30:00+08:00',
          points: [{ point: 'temperature', value: -80.4, unit: '℃' }],
        };
        const topic = `lab/${device}/telemetry`;
        const sent = await pub([
          ...as('demo-gateway'),
          '-V',
          version,
          '-q',
          '1',
          '-t',
          topic,
          '-m',
          JSON.stringify(reading),
        ]);
        expect(sent).toEqual({ code: 0, output: '' });
        const again = await pub([
          ...as('demo-gateway'),
          '-V',
          version,
          '-q',
          '2',
          '-t',
          topic,
          '-m',
          '{"temperature":-79}',
        ]);
        expect(again).toEqual({ code: 0, output: '' });
        const messages = await found(device, 2);
        expect(messages.map(({ message: m }) => [m.state, m.messageType])).toEqual([
          ['DONE', 'telemetry'],
          ['DONE', 'telemetry'],
        ]);
        expect(messages[1]!.canonical).toMatchObject([
          {
            type: 'ReadingTaken',
            device,
            sender: 'demo-gateway',
            readings: [
              {
                point: 'temperature',
                value: -80.4,
                unit: 'Cel',
                quality: 'good',
                at: '2026-11-25T09:30:00+08:00',
              },
            ],
          },
        ]);
      },
      60_000,
    );

    test('a gateway posts for many devices at once; each is found', async () => {
      const data = ['room-1', 'room-2'].map((device) => ({
        device,
        point: 'humidity',
        value: 41,
        unit: '%RH',
      }));
      await pub([
        ...as('demo-gateway'),
        '-q',
        '1',
        '-t',
        'gateway/demo-gateway/data',
        '-m',
        JSON.stringify({ id: 'gw', data }),
      ]);
      const [message] = await found('room-2', 1);
      expect(message!.canonical.map((m) => m.device)).toEqual(['room-1', 'room-2']);
    }, 60_000);

    test('wrong password, forbidden topic and unreadable contents: each is told, and the reason is kept', async () => {
      const wrong = await pub([...as('demo-gateway', 'wrong'), '-V', 'mqttv5', '-t', 'x', '-m', '1']);
      expect([wrong.code, wrong.output]).toEqual([
        expect.any(Number),
        expect.stringContaining('Bad User Name or Password'),
      ]);
      expect(wrong.code).not.toBe(0);
      const forbidden = await pub([
        ...as('demo-freezer'),
        '-V',
        'mqttv5',
        '-q',
        '1',
        '-t',
        'lab/other/telemetry',
        '-m',
        '{"t":1}',
      ]);
      expect(forbidden.output.toLowerCase()).toContain('not authorized');
      const half = await pub([
        ...as('demo-freezer'),
        '-V',
        'mqttv5',
        '-q',
        '1',
        '-t',
        'lab/demo-freezer/telemetry',
        '-m',
        '{"t":',
      ]);
      expect(half.output).toMatch(/payload format/i);
      const { json } = await ask(base, 'GET', '/messages?filter[endpoint]=iot&filter[state]=REFUSED', {
        token: engineer,
      });
      expect((json as { items: Listed[] }).items).toMatchObject([{ faultCode: 'hub.message.unsound' }]);
    }, 60_000);

    test('a board sees what a device sends, once it is kept', async () => {
      const board = sub([...as('demo-board'), '-t', 'lab/#', '-C', '1', '-v']);
      await board.ready;
      await pub([...as('demo-freezer'), '-q', '1', '-t', 'lab/demo-freezer/telemetry', '-m', '{"door":1}']);
      expect((await board.done).output).toContain('lab/demo-freezer/telemetry {"door":1}');
    }, 60_000);
  },
);

test('[INT-07] [ARC-15] a gateway from its template: made, tested by its own samples over MQTT, and its first reading', async () => {
  const post = (path: string, body: object) =>
    ask(base, 'POST', path, { token: engineer, body, headers: { 'Idempotency-Key': crypto.randomUUID() } });
  const port = await freePort();
  const values = { port: String(port), gateway: 'gw-3', days: '30' };
  const secrets = { password: 'a-password-of-its-own' };
  const about = {
    partner: 'cold-room',
    title: '冷库网关',
    titleEn: 'Cold room',
    values,
    secrets,
    start: true,
  };
  const made = await post('/channel-templates/iot-mqtt/actions/create', about);
  expect([made.status, made.text]).toEqual([201, expect.any(String)]);
  const { json } = await ask(base, 'GET', '/channels?q=cold-room', { token: engineer });
  const channels = (json as { items: { id: string; code: string }[] }).items;
  for (const code of ['cold-room-telemetry-in', 'cold-room-gateway-in']) {
    const { id } = channels.find((c) => c.code === code)!;
    const tested = (await post(`/channels/${id}/actions/self-test`, {})).json as {
      failed: number;
      note: string;
      rows: { way: string; passed: boolean; reason: string }[];
    };
    expect(tested).toMatchObject({ failed: 0, note: '' });
    expect(tested.rows.filter((row) => row.way === 'wire').length).toBeGreaterThan(0);
  }
  const client = await RawClient.signIn(port, {
    version: 5,
    username: 'gw-3',
    password: Buffer.from('a-password-of-its-own'),
  });
  client.publish(
    'gateway/gw-3/data',
    '{"data":[{"device":"cold-room-1","point":"t","value":4.5,"unit":"℃"}]}',
    {
      qos: 1,
      messageId: 1,
    },
  );
  expect((await client.next('puback')).reasonCode ?? 0).toBe(0);
  client.end();
  const [message] = await found('cold-room-1', 1);
  expect(message).toMatchObject({
    message: { state: 'DONE' },
    canonical: [{ readings: [{ value: 4.5, unit: 'Cel' }] }],
  });
}, 60_000);

test('[INT-07] [INT-02] killed while devices send: what was acknowledged is there, and what is sent again stands once', async () => {
  const dataFolder = mkdtempSync(join(tmpdir(), 'cytomesh-mqtt-kill-'));
  const device = { username: 'demo-gateway', password: Buffer.from(password), clientId: 'gw', clean: false };
  const acknowledged = new Set<number>();
  let running = await runPlatform({ dataFolder });
  const { mqttPort } = running;
  let next = 1;
  const reading = (messageId: number, dup: boolean) =>
    ({
      topic: 'lab/kill-1/telemetry',
      payload: `{"n":${messageId}}`,
      more: { qos: 1, messageId, dup },
    }) as const;
  for (let round = 0; round < 3; round++) {
    const client = await RawClient.signIn(mqttPort, device);
    const open = new Set(
      Array.from({ length: next - 1 }, (_, i) => i + 1).filter((id) => !acknowledged.has(id)),
    );
    for (const id of open) {
      const { topic, payload, more } = reading(id, true);
      client.publish(topic, payload, more);
    }
    for (const until = next + 200; next < until; next++) {
      const { topic, payload, more } = reading(next, false);
      client.publish(topic, payload, more);
    }
    const acks = (): number => client.packets.filter((p) => p.cmd === 'puback').length;
    await client.until(() => acks() >= (round === 2 ? open.size + 200 : 20 + round * 40) || client.closed);
    if (round < 2) await running.kill('SIGKILL');
    for (const packet of client.packets) if (packet.cmd === 'puback') acknowledged.add(packet.messageId!);
    client.end();
    if (round < 2) running = await runPlatform({ dataFolder, mqttPort });
  }
  expect(acknowledged.size).toBe(600);
  const where = `http://127.0.0.1:${running.httpPort}`;
  const { json } = await ask(where, 'POST', '/auth/login', { body: { username: 'engineer', password } });
  const { token } = json as { token: string };
  const count = async (state: string): Promise<number> =>
    (
      (await ask(where, 'GET', `/messages?key=kill-1&filter[state]=${state}`, { token })).json as {
        total: number;
      }
    ).total;
  while ((await count('RECEIVED')) > 0) await new Promise((resolve) => setTimeout(resolve, 50));
  expect(await count('DONE')).toBe(600);
  await running.kill();
  rmSync(dataFolder, { recursive: true, force: true, maxRetries: 5 });
}, 120_000);
