import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { parse, stringify } from 'yaml';
import { MessageFactory } from '../peers/his/messages.ts';
import { answer, type Behaviour, HisReceiver, type Received, silent, slow } from '../peers/his/receiver.ts';
import { freePort, type RunningPlatform, runPlatform } from '../platform.ts';
import { Person } from './api.ts';
import { Case, type Delivery, eventually } from './ward.ts';

const dataFolder = mkdtempSync(join(tmpdir(), 'cytomesh-peer-'));
const factory = new MessageFactory({ seed: Date.now() % 100_000, prefix: 'PF' });
let his: HisReceiver;
let platform: RunningPlatform;
let planner: Person;
let engineer: Person;

const start = (mllpPort: number, httpPort: number): Promise<RunningPlatform> =>
  runPlatform({
    dataFolder,
    mllpPort,
    httpPort,
    env: { CYTOMESH_DEMO_HIS_PORT: String(his.port), CYTOMESH_LOG_LEVEL: 'error' },
  });

async function signIn(): Promise<void> {
  planner = new Person(`http://127.0.0.1:${platform.httpPort}`, 'planner');
  engineer = new Person(`http://127.0.0.1:${platform.httpPort}`, 'engineer');
  await Promise.all([planner.signIn(), engineer.signIn()]);
}

interface Channel {
  readonly id: string;
  readonly code: string;
  readonly version: number;
  readonly text: string;
}

async function channel(code: string): Promise<Channel> {
  const { items } = await engineer.get<{ items: Channel[] }>('/channels?pageSize=100');
  return items.find((c) => c.code === code)!;
}

beforeAll(async () => {
  his = await HisReceiver.listen({ port: await freePort() });
  platform = await start(await freePort(), await freePort());
  await signIn();
  const { id, version, text } = await channel('his-order-status-out');
  const def = parse(text) as { targets: Record<string, unknown>[] };
  Object.assign(def.targets[0]!, {
    timeoutMs: 1000,
    retry: { firstSeconds: 0.1, factor: 1.5, maxSeconds: 0.5, giveUpAfterHours: 1 },
  });
  await engineer.put(`/channels/${id}/text`, { text: stringify(def) }, { 'if-match': `"${version}"` });
}, 30_000);

afterEach(() => his.behave(answer('AA')));
afterAll(async () => {
  await platform.kill('SIGKILL');
  await his.close();
  rmSync(dataFolder, { recursive: true, force: true, maxRetries: 5 });
});

const place = (): Promise<Case> => Case.place(platform.mllpPort, factory, planner);
const settled = (all: Delivery[]): boolean => all.every((d) => d.state === 'DELIVERED');
/** All that must hold of an order in the end: everything delivered, in order, under the ids the platform shows. */
async function expectTold(one: Case): Promise<Delivery[]> {
  const done = await one.deliveries(settled);
  expect(one.heard(his)).toEqual({ controlIds: done.map((d) => d.controlId), steps: one.steps });
  return done;
}

const first = (how: Behaviour, times = 1): ((m: Received) => Behaviour) => {
  let left = times;
  return () => (left-- > 0 ? how : answer('AA'));
};

test('[INT-01] a slow HIS gets every message once and in order', async () => {
  const both = [await place(), await place()];
  his.behave(slow(250));
  for (const one of both) await one.lead('accept', 'hold', 'resume');
  for (const one of both)
    for (const d of await expectTold(one)) {
      expect(d.attempts).toBe(1);
      expect(his.byControlId(d.controlId)).toHaveLength(1);
    }
});

test('[INT-01] a silent HIS gets the same message again, with its control id, and the rest waits behind it', async () => {
  const one = await place();
  his.behave(silent);
  await one.lead('accept', 'hold');
  const waiting = await one.deliveries((all) => all[0]!.attempts >= 2);
  expect(waiting.map((d) => [d.state, d.faultCode])).toEqual([
    ['QUEUED', 'hub.peer.timeout'],
    ['QUEUED', ''],
  ]);
  his.behave(answer('AA'));
  const [again] = await expectTold(one);
  expect(again!.controlId).toBe(waiting[0]!.controlId);
  expect(his.byControlId(again!.controlId).length).toBeGreaterThan(1);
  expect(new Set(his.byControlId(again!.controlId).map((m) => m.bytes.toString('hex'))).size).toBe(1);
});

test('[INT-01] an answer for another message does not count and is shown as a stray reply', async () => {
  const one = await place();
  his.behave({ kind: 'wrong-id' });
  await one.lead('accept', 'hold');
  const waiting = await one.deliveries((all) => all[0]!.attempts >= 1);
  expect([waiting[0]!.state, waiting[0]!.faultCode]).toEqual(['QUEUED', 'hub.peer.timeout']);
  his.behave(answer('AA'));
  await expectTold(one);
  const { id } = await channel('his-out');
  await eventually(
    () => engineer.get<{ incidents: { kind: string }[] }>(`/channels/${id}/connections`),
    (found) => found.incidents.some((i) => i.kind === 'stray-reply'),
  );
});

test('[INT-01] an answer that comes after its time is no answer for the next message', async () => {
  const one = await place();
  his.behave(first(slow(1400)));
  await one.lead('accept', 'hold', 'resume');
  const done = await expectTold(one);
  expect(done[0]!.attempts).toBeGreaterThan(1);
});

test('[INT-01] the HIS hangs up after it received: the message comes again', async () => {
  const one = await place();
  his.behave(first({ kind: 'close' }, 3));
  await one.lead('accept', 'hold');
  const done = await expectTold(one);
  expect(done[0]!.attempts).toBe(4);
  expect(his.byControlId(done[0]!.controlId)).toHaveLength(4);
});

test('[INT-01] an acknowledgement in pieces is one acknowledgement', async () => {
  const one = await place();
  his.behave({ kind: 'split', bytes: 7, pauseMs: 3 });
  await one.lead('accept', 'hold');
  for (const d of await expectTold(one)) expect(d.attempts).toBe(1);
});

test('[INT-01] [INT-02] a refusal (AE) parks the message and holds its patient; others go on; a retry goes in order', async () => {
  const [bad, good] = [await place(), await place()];
  const refuse = (m: Received): Behaviour =>
    answer(m.field('ORC.2.1') === bad.placer ? 'AE' : 'AA', 'no such visit');
  his.behave(refuse);
  await bad.lead('accept');
  await bad.deliveries((all) => all[0]!.state === 'PARKED');
  await bad.lead('hold', 'resume');
  await good.lead('accept', 'hold');
  await expectTold(good);
  const held = await bad.deliveries((all) => all.every((d) => d.state !== 'QUEUED'));
  expect(held.map((d) => [d.state, d.ackCode, d.faultCode])).toEqual([
    ['PARKED', 'AE', 'hub.peer.negative'],
    ['HELD', '', ''],
    ['HELD', '', ''],
  ]);
  expect(bad.heard(his).steps).toEqual(['accept']);

  his.behave(answer('AA'));
  await engineer.post(`/deliveries/${held[0]!.id}/actions/retry`, { reason: 'visit was opened' });
  const done = await expectTold(bad);
  expect(done.map((d) => d.controlId)).toEqual(held.map((d) => d.controlId));
});

test('[INT-01] messages that wait together behind a refused one are held too', async () => {
  const bad = await place();
  await his.pause();
  await bad.lead('accept', 'hold', 'resume');
  his.behave(first(answer('AE')));
  await his.resume();
  const held = await bad.deliveries((all) => all[0]!.state === 'PARKED');
  expect(held.map((d) => d.state)).toEqual(['PARKED', 'HELD', 'HELD']);
  await engineer.post(`/deliveries/${held[0]!.id}/actions/retry`, { reason: 'mended' });
  await expectTold(bad);
});

test('[INT-01] a busy HIS (AR, error 207) is asked again, nothing is parked', async () => {
  const one = await place();
  const busy: Behaviour = {
    kind: 'raw',
    bytes: (m) =>
      Buffer.from(
        `\u000bMSH|^~\\&|HIS|HOSPITAL|CYTOMESH|CELLLAB|20260302080000||ACK|B${m.sequence}|P|2.5.1\rMSA|AR|${m.controlId}\rERR|||207^Application internal error^HL70357|E\r\u001c\r`,
      ),
  };
  his.behave(busy);
  await one.lead('accept', 'hold');
  const waiting = await one.deliveries((all) => all[0]!.attempts >= 2);
  expect([waiting[0]!.state, waiting[0]!.ackCode, waiting[0]!.faultCode]).toEqual([
    'QUEUED',
    'AR',
    'hub.peer.busy',
  ]);
  his.behave(answer('AA'));
  await expectTold(one);
});

test('[INT-01] while the HIS is down deliveries wait over a crash of the platform, then leave in order under the same ids', async () => {
  const some = [await place(), await place(), await place()];
  await his.pause();
  for (const one of some) await one.lead('accept');
  for (const one of some) await one.lead('hold', 'resume');
  const before = await Promise.all(some.map((one) => one.deliveries()));
  await eventually(
    () => some[0]!.deliveries(),
    (all) => all[0]!.attempts > 0 && all[0]!.faultCode === 'hub.peer.refused',
  );

  await platform.kill('SIGKILL');
  platform = await start(platform.mllpPort, platform.httpPort);
  await his.resume();
  await signIn();
  for (const [i, one] of some.entries()) {
    one.planner = planner;
    const done = await expectTold(one);
    expect(done.map((d) => d.controlId)).toEqual(before[i]!.map((d) => d.controlId));
  }
  const arrived = his.received.slice(-9).map((m) => m.field('ORC.2.1'));
  expect(arrived.slice(0, 3)).toEqual(some.map((one) => one.placer));
});

test('[INT-01] the platform dies while the HIS holds its answer: the message comes again, the next ones after it', async () => {
  const one = await place();
  his.behave(silent);
  await one.lead('accept', 'hold');
  await his.waitFor(() => his.byPlacer(one.placer).length > 0);
  await platform.kill('SIGKILL');
  his.behave(answer('AA'));
  platform = await start(platform.mllpPort, platform.httpPort);
  await signIn();
  one.planner = planner;
  const [again] = await expectTold(one);
  expect(his.byControlId(again!.controlId).length).toBeGreaterThan(1);
});
