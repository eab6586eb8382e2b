import { afterEach, describe, expect, test } from '@jest/globals';
import type { InboundFrame, Reply } from '../../contracts/adapter/port.ts';
import { Fault } from '../../contracts/kernel/fault.ts';
import { brokerOf, type Listening, listening, options, sending } from '../../test/peers/mqtt/listening.ts';
import { describeWithMosquitto, Mosquitto, pub } from '../../test/peers/mqtt/mosquitto.ts';
import { RawClient } from '../../test/peers/mqtt/raw.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});
const later = <T extends { stop(): unknown }>(made: T): T => {
  cleanups.push(() => made.stop());
  return made;
};
const up = async (at: Listening): Promise<void> => {
  while (!at.listener.connections().some((c) => c.open && c.bytesIn > 5))
    await new Promise((resolve) => setTimeout(resolve, 10));
};
const subscriber = (port: number, more: object, ...rest: [Parameters<typeof listening>[1]?]) =>
  listening(
    {
      client: { url: `mqtt://127.0.0.1:${port}`, retryMs: 20, ...more },
      intake: [{ topic: 'lab/{device}/telemetry', kind: 'telemetry' }],
    },
    ...rest,
  );

describeWithMosquitto('[INT-07] [DEV-04] a subscriber at Mosquitto', () => {
  const publish = (broker: Mosquitto, text: string, topic = 'lab/f1/telemetry') =>
    pub(['-p', String(broker.port), '-q', '1', '-t', topic, '-m', text]);

  test.each([4, 5] as const)(
    'version %i: what was published while we were away, and what could not be kept, comes again; nothing is lost',
    async (version) => {
      const broker = await Mosquitto.start();
      cleanups.push(() => broker.remove());
      const first = await subscriber(broker.port, { version });
      await up(first);
      await publish(broker, 'one');
      await publish(broker, 'not for us', 'other/f1');
      await first.until(() => first.frames.length === 1);
      expect(first.frames[0]!.meta).toMatchObject({
        kind: 'telemetry',
        device: 'f1',
        client: 'cytomesh-iot',
      });
      await first.stop();
      await publish(broker, 'while away');
      let refusals = 2;
      const second = later(
        await subscriber(
          broker.port,
          { version },
          {
            accept: async () => {
              if (refusals-- > 0) throw new Fault('kernel.store.unavailable');
              return {};
            },
          },
        ),
      );
      await second.until(() => second.frames.length === 3);
      expect(second.texts()).toEqual(['while away', 'while away', 'while away']);
      expect(second.frames.map((f) => f.mayRepeat)).toEqual([false, true, true]);
      expect(second.kinds()).toEqual(['intake-refused']);
      await publish(broker, 'two');
      await second.until(() => second.frames.length === 4);
      expect(second.texts().at(-1)).toBe('two');
    },
    60_000,
  );

  test('the broker goes and comes back: we are there again, and retained messages are not taken for new ones', async () => {
    const broker = await Mosquitto.start();
    cleanups.push(() => broker.remove());
    await pub(['-p', String(broker.port), '-r', '-q', '1', '-t', 'lab/f1/telemetry', '-m', 'old']);
    const at = later(await subscriber(broker.port, {}));
    await up(at);
    await broker.stop();
    await at.until(() => at.kinds().includes('dial-failed'));
    await broker.start();
    await up(at);
    await publish(broker, 'new');
    await at.until(() => at.frames.length > 0);
    expect(at.texts()).toEqual(['new']);
  }, 60_000);

  test('a shared subscription: each message comes to one of the nodes', async () => {
    const broker = await Mosquitto.start();
    cleanups.push(() => broker.remove());
    const nodes: Listening[] = [];
    for (const clientId of ['node-1', 'node-2'])
      nodes.push(later(await subscriber(broker.port, { clientId, share: 'cytomesh' })));
    for (const node of nodes) await up(node);
    const texts = Array.from({ length: 40 }, (_, i) => String(i));
    await pub(
      ['-p', String(broker.port), '-q', '1', '-t', 'lab/f1/telemetry', '-l'],
      `${texts.join('\n')}\n`,
    );
    const all = (): string[] => nodes.flatMap((n) => n.texts());
    while (all().length < 40) await Promise.race(nodes.map((n) => n.until(() => n.frames.length > 0)));
    expect(all().sort()).toEqual(texts.sort());
    expect(nodes.every((n) => n.frames.length > 0)).toBe(true);
  }, 60_000);

  test('a publisher: acknowledged, refused by the broker, and nobody there', async () => {
    const broker = await Mosquitto.start();
    cleanups.push(() => broker.remove());
    const at = later(await subscriber(broker.port, {}));
    await up(at);
    const sender = sending({ url: `mqtt://127.0.0.1:${broker.port}`, needSubscriber: true });
    cleanups.push(() => sender.close());
    const said = async (topic: string) => {
      const outcome = await sender.send(Buffer.from('{"a":1}'), options(topic));
      return outcome.kind === 'replied' ? outcome.said : outcome;
    };
    expect(await said('lab/f1/telemetry')).toEqual({ verdict: 'good', code: '0x00' });
    expect(await said('nobody/listens')).toMatchObject({ verdict: 'busy', code: '0x10' });
    await at.until(() => at.frames.length === 1);
    expect(at.texts()).toEqual(['{"a":1}']);
    await broker.stop();
    expect(await sender.send(Buffer.from('x'), options('lab/f1/telemetry'))).toMatchObject({
      kind: 'not-sent',
    });
  }, 60_000);
});

describe('[INT-07] many under way at the outside broker', () => {
  test('they are kept together, acknowledged in order, at most as many as are allowed', async () => {
    const waiting: ((reply: Partial<Reply>) => void)[] = [];
    const broker = later(await listening(brokerOf({}, { intake: [{ topic: 'none' }] })));
    const url = `mqtt://fridge-1:secret-1@127.0.0.1:${broker.listener.port}`;
    const at = later(
      await listening(
        { client: { url, maxPending: 8 }, intake: [{ topic: 'lab/fridge-1/{point}' }] },
        { accept: (_: InboundFrame) => new Promise((resolve) => waiting.push(resolve)) },
      ),
    );
    await up(at);
    const client = await RawClient.signIn(broker.listener.port, { clientId: 'sensor' });
    cleanups.push(() => client.end());
    for (let messageId = 1; messageId <= 20; messageId++)
      client.publish('lab/fridge-1/t', `m${messageId}`, { qos: 1, messageId });
    await at.until(() => waiting.length === 8);
    for (let done = 0; done < 20; ) {
      await at.until(() => waiting.length > done);
      for (const give of waiting.slice(done).reverse()) give({});
      done = waiting.length;
      expect(at.frames.length - done).toBeLessThanOrEqual(8);
    }
    expect(at.texts()).toEqual(Array.from({ length: 20 }, (_, i) => `m${i + 1}`));
  });
});

describe('[INT-07] a publisher at the embedded broker', () => {
  test('a command reaches the device; a forbidden topic is refused; a wrong password is not sent', async () => {
    const broker = later(await listening(brokerOf()));
    const device = await RawClient.signIn(broker.listener.port, { clientId: 'device' });
    cleanups.push(() => device.end());
    device.send({
      cmd: 'subscribe',
      messageId: 1,
      subscriptions: [{ topic: 'lab/fridge-1/command', qos: 1, rh: 0 }],
    });
    await device.next('suback');
    const url = `mqtt://127.0.0.1:${broker.listener.port}`;
    const sender = sending({ url, username: 'fridge-1', password: 'secret-1', qos: 2 });
    cleanups.push(() => sender.close());
    const command = await sender.send(Buffer.from('defrost'), options('lab/fridge-1/command'));
    expect(command).toMatchObject({ kind: 'replied', said: { verdict: 'good' } });
    expect(String((await device.next('publish')).payload)).toBe('defrost');
    expect(await sender.send(Buffer.from('x'), options('lab/fridge-2/command'))).toMatchObject({
      kind: 'replied',
      said: { verdict: 'negative', code: '0x87' },
    });
    expect(await sender.send(Buffer.from('x'), options('lab/+'))).toMatchObject({
      kind: 'not-sent',
      code: 'hub.request.impossible',
    });
    expect(sender.connections()).toMatchObject([{ open: true, framesOut: 2 }]);
    const stranger = sending({ url, username: 'fridge-1', password: 'wrong' });
    cleanups.push(() => stranger.close());
    expect(await stranger.send(Buffer.from('x'), options('lab/fridge-1/c'))).toMatchObject({
      kind: 'not-sent',
    });
  });

  test('no acknowledgement in time, or the broker gone in between: it may have been taken', async () => {
    let refuse = (): void => undefined;
    const never = new Promise<Partial<Reply>>(
      (_, no) => (refuse = () => no(new Fault('kernel.store.unavailable'))),
    );
    const broker = later(await listening(brokerOf(), { accept: () => never }));
    const sender = sending({ url: `mqtt://fridge-1:secret-1@127.0.0.1:${broker.listener.port}` });
    cleanups.push(() => sender.close());
    const first = await sender.send(Buffer.from('x'), options('lab/fridge-1/t', { timeoutMs: 200 }));
    expect(first).toMatchObject({ kind: 'unknown', code: 'hub.peer.timeout' });
    const second = sender.send(Buffer.from('y'), options('lab/fridge-1/t'));
    await broker.until(() => broker.frames.length === 2);
    refuse();
    expect(await second).toMatchObject({ kind: 'unknown', code: 'hub.peer.lost' });
  });
});
