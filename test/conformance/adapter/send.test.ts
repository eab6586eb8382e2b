import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Sender, SendOptions, SendOutcome } from '../../../contracts/adapter/port.ts';
import { adapters } from '../../../nodes/hub/adapters.generated.ts';
import { type SendPeer, sendPeers } from './senders.ts';
import { Stand, until } from './stand.ts';

const sending = [...adapters].filter(([, { connect }]) => connect).map(([name]) => name);

test('every adapter that sends is held to the suite', () => {
  expect(Object.keys(sendPeers).sort()).toEqual(sending.sort());
});

describe.each(Object.keys(sendPeers))('[INT-01] a sender of %s', (name) => {
  let peer: SendPeer;
  let stand: Stand;
  const stands: Stand[] = [];
  const standOf = (settings: SendPeer['settings']): Stand => {
    const made = new Stand(adapters.get(name)!, settings);
    stands.push(made);
    return made;
  };
  const send = (
    sender: Sender,
    more: Partial<SendOptions> = {},
    bytes = peer.message,
  ): Promise<SendOutcome> =>
    sender.send(bytes, {
      timeoutMs: 20_000,
      matches: () => true,
      id: 'd-1',
      controlId: 'C1',
      with: peer.with ?? {},
      mediaType: peer.mediaType,
      ...more,
    });
  /** Not taken for accepted, with a reason for a person. */
  const unaccepted = (outcome: SendOutcome): void => {
    expect(['not-sent', 'unknown']).toContain(outcome.kind);
    if (outcome.kind !== 'replied')
      expect([outcome.code, outcome.reason].filter((text) => text === '')).toEqual([]);
  };

  const reached = (): boolean => peer.reached?.() ?? Number(peer.taken()) > 0;

  beforeEach(async () => {
    peer = await sendPeers[name]!();
    stand = standOf(peer.settings);
  });
  afterEach(async () => {
    for (const one of stands.splice(0)) await one.close();
    await peer.close();
  });

  test('a message arrives once, and the answer is told', async () => {
    const sender = stand.sender();
    const outcome = await send(sender);
    expect(outcome).toMatchObject({
      kind: 'replied',
      roundTripMs: expect.any(Number),
      peer: expect.any(String),
    });
    if (outcome.kind === 'replied') expect(['good', undefined]).toContain(outcome.said?.verdict);
    expect(await peer.taken()).toBe(1);
    for (const { id } of sender.connections()) expect(sender.capture(id)).toEqual(expect.any(Array));
    expect(sender.capture('nobody')).toEqual([]);
  });

  test('nobody there: provably not sent', async () => {
    const outcome = await send(standOf(peer.nobody).sender(), { timeoutMs: 3000 });
    if (outcome.kind === 'replied')
      expect(outcome.said).toMatchObject({ verdict: 'busy', reason: expect.any(String) });
    else
      expect(outcome).toMatchObject({
        kind: 'not-sent',
        code: expect.any(String),
        reason: expect.any(String),
      });
    expect(await (peer.silence ? 0 : peer.taken())).toBe(0);
  });

  test('silence ends with its time, and is not taken for an answer', async () => {
    if (!peer.silence) return;
    peer.silence();
    const began = performance.now();
    unaccepted(await send(stand.sender(), { timeoutMs: 400 }));
    expect(performance.now() - began).toBeLessThan(15_000);
  });

  test('two at once go one after the other', async () => {
    const sender = stand.sender();
    const ended: number[] = [];
    const outcomes = await Promise.all(
      [1, 2].map(async (n) => {
        const outcome = await send(sender, { id: `d-${n}`, controlId: `C${n}` });
        ended.push(n);
        return outcome.kind;
      }),
    );
    expect(outcomes).toEqual(['replied', 'replied']);
    expect(ended).toEqual([1, 2]);
  });

  test('closed in the midst it gives up at once; closed, it sends nothing', async () => {
    const sender = stand.sender();
    peer.silence?.();
    const sent = send(sender, { timeoutMs: 60_000 });
    if (peer.silence) await until(reached, 'the message arrived');
    const began = performance.now();
    await sender.close();
    const outcome = await sent;
    if (peer.silence) unaccepted(outcome);
    expect(performance.now() - began).toBeLessThan(15_000);
    const after = await send(sender, { id: 'd-2' });
    expect(after).toMatchObject({ kind: 'not-sent' });
    await sender.close();
  });

  test('aborted beforehand nothing leaves; aborted in the midst the wait ends', async () => {
    const sender = stand.sender();
    expect(await send(sender, { signal: AbortSignal.abort() })).toMatchObject({ kind: 'not-sent' });
    if (!peer.silence) return;
    peer.silence();
    const abort = new AbortController();
    const sent = send(sender, { timeoutMs: 60_000, signal: abort.signal });
    await until(reached, 'the message arrived');
    const began = performance.now();
    abort.abort();
    unaccepted(await sent);
    expect(performance.now() - began).toBeLessThan(15_000);
  });

  test('never throws, whatever it is given', async () => {
    const sender = stand.sender();
    for (const bytes of [
      Buffer.alloc(0),
      Buffer.from([0xff, 0xfe, 0x00]),
      Buffer.from('{"a":'),
      Buffer.alloc(70_000, 0x41),
    ])
      for (const given of [{}, { action: '\r\n\0', topic: '#', path: '//', file: '../x', __proto__: 'x' }])
        expect(['replied', 'not-sent', 'unknown']).toContain(
          (await send(sender, { with: given, mediaType: '', id: '', timeoutMs: 2000 }, bytes)).kind,
        );
    expect(await send(sender, { id: 'd-9' })).toMatchObject({ kind: 'replied' });
  });
});
