import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Listener } from '../../../contracts/adapter/port.ts';
import { Fault, isFault } from '../../../contracts/kernel/fault.ts';
import { adapters } from '../../../nodes/hub/adapters.generated.ts';
import { type ListenPeer, listenPeers } from './listeners.ts';
import { gate, type Place, Stand, until } from './stand.ts';

const listening = [...adapters].filter(([, { listen }]) => listen).map(([name]) => name);

test('every adapter that listens is held to the suite', () => {
  expect(Object.keys(listenPeers).sort()).toEqual(listening.sort());
});

describe.each(Object.keys(listenPeers))('[INT-01] a listener of %s', (name) => {
  let peer: ListenPeer;
  let stand: Stand;
  let listener: Listener;
  let place: Place;
  const start = async (): Promise<void> => {
    listener = await stand.start();
    place = { port: listener.port, address: listener.address };
  };
  /** Resolves once `n` messages were kept. */
  const kept = (n: number): Promise<void> => until(() => stand.kept.length >= n, `${n} messages kept`);
  const told = async (n: number): Promise<void> => {
    expect(await peer.send(n, place)).toBe(true);
    await until(() => peer.sampled || stand.numbers().includes(n), `CONF-${n} kept`);
  };

  beforeEach(async () => {
    peer = await listenPeers[name]!();
    stand = new Stand(adapters.get(name)!, peer.settings, peer.reply);
    await start();
  });
  afterEach(async () => {
    await stand.close();
    await peer.close?.();
  });

  test('hands a message over once, whole, and says where it came from', async () => {
    await told(1);
    await kept(1);
    const frame = stand.kept[0]!;
    expect(frame).toMatchObject({ connection: expect.any(String), peer: expect.any(String) });
    expect([frame.connection, frame.peer].filter((text) => text === '')).toEqual([]);
    expect(Math.abs(frame.receivedAt - Date.now())).toBeLessThan(60_000);
    expect(frame.broken).toBeUndefined();
    if (!peer.sampled) expect(stand.numbers()).toEqual([1]);
  });

  test('acknowledges a message when it is kept, not before', async () => {
    const held = gate();
    stand.treat = () => held.passed;
    let heard = false;
    const sent = peer.send(1, place).then((good) => {
      heard = true;
      return good;
    });
    await until(() => stand.asked.length > 0, 'the message was handed over');
    await new Promise((resolve) => setTimeout(resolve, 50));
    if (!peer.fetched) expect(heard).toBe(false);
    expect(stand.kept).toEqual([]);
    held.open();
    expect(await sent).toBe(true);
    await kept(1);
  });

  test('does not acknowledge what cannot be kept; it may come again, and is kept then', async () => {
    let refusals = 1;
    stand.treat = async () => {
      if (refusals-- > 0) throw new Fault('kernel.store.unavailable');
    };
    expect(await peer.send(1, place)).toBe(Boolean(peer.fetched));
    await until(() => stand.asked.length > 0, 'the message was handed over');
    if (!peer.fetched) {
      expect(stand.kept).toEqual([]);
      await told(1);
    }
    await kept(1);
    if (!peer.sampled) expect(stand.numbers()).toEqual([1]);
  });

  test('a second one at the same address is refused with a fault, and the first goes on', async () => {
    if (peer.shared) return;
    const second = await stand.start().then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(isFault(second) ? second.code : second).toMatch(/^hub\.(address\.taken|listener\.unavailable)$/);
    await told(1);
  });

  test('half a message, then nobody: nothing is kept as sound, the reason is told, and the next is taken', async () => {
    if (!peer.half) return;
    await peer.half(place);
    await until(() => stand.incidents.length > 0, 'an incident');
    expect(stand.incidents[0]).toMatchObject({
      kind: expect.any(String),
      reason: expect.stringMatching(/.{5}/),
    });
    expect(stand.kept.filter((f) => !f.broken)).toEqual([]);
    await told(2);
  });

  test('a stop lets what is being kept be kept, and its answer leave or not be given', async () => {
    const held = gate();
    stand.treat = () => held.passed;
    const sent = peer.send(1, place);
    await until(() => stand.asked.length > 0, 'the message was handed over');
    const stopped = listener.stop(20_000);
    held.open();
    const heard = await sent;
    await stopped;
    if (heard && !peer.fetched) expect(stand.kept).toHaveLength(1);
    stand.treat = async () => undefined;
    const before = stand.asked.length;
    if (!peer.fetched) expect(await peer.send(2, place)).toBe(false);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(stand.asked.length).toBe(before);
    await listener.stop(0);
  });

  test('a stop ends in its time though nothing is kept yet, and what is not kept is not acknowledged', async () => {
    const held = gate();
    stand.treat = () => held.passed;
    const sent = peer.send(1, place);
    await until(() => stand.asked.length > 0, 'the message was handed over');
    const began = performance.now();
    await listener.stop(100);
    expect(performance.now() - began).toBeLessThan(10_000);
    expect(stand.kept).toEqual([]);
    held.open();
    if ((await sent) && !peer.fetched) expect(stand.kept).toHaveLength(1);
  });

  test('stopped and started again nothing is lost and nothing comes twice', async () => {
    for (const n of [1, 2, 3]) await told(n);
    await listener.stop(5000);
    if (peer.fetched) expect(await peer.send(4, place)).toBe(true);
    await start();
    if (peer.fetched && !peer.sampled) await until(() => stand.numbers().includes(4), 'CONF-4 kept');
    for (const n of [5, 6]) await told(n);
    if (!peer.sampled) expect(stand.numbers()).toEqual(peer.fetched ? [1, 2, 3, 4, 5, 6] : [1, 2, 3, 5, 6]);
  });

  test('tells of its connections and their bytes, and does not mind being asked for ones that are not', async () => {
    await told(1);
    await kept(1);
    for (const connection of listener.connections())
      expect(listener.capture(connection.id)).toEqual(expect.any(Array));
    expect(listener.capture('nobody')).toEqual([]);
    expect(listener.address).not.toBe('');
  });
});
