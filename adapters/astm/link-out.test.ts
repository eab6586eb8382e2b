import { afterEach, describe, expect, test } from '@jest/globals';
import type { Sender, SendOptions, SendOutcome } from '../../contracts/adapter/port.ts';
import { Analyser, AnalyserServer, type Reply } from '../../test/peers/astm/analyser.ts';
import { FakeIntake } from '../../test/peers/foreign-db/intake.ts';
import { adapter } from './index.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

const orders = Buffer.from(`H|\\^&\rP|1|||7||张^三\rO|1|S-1||^^^CBC|R${'|'.repeat(300)}\rL|1|N\r`);
const timers = { replyMs: 150, receiveMs: 400, busyMs: 50, contentionMs: 100 };
const options = (more: Partial<SendOptions> = {}): SendOptions => ({
  timeoutMs: 3000,
  matches: () => true,
  id: 'd1',
  controlId: '',
  with: {},
  mediaType: 'text/x-astm',
  ...more,
});

async function started(replies: readonly Reply[] = []): Promise<{ server: AnalyserServer; sender: Sender }> {
  const server = await AnalyserServer.listen();
  server.replies = [...replies];
  const sender = senderTo({ host: '127.0.0.1', port: server.port });
  cleanups.push(() => server.close());
  return { server, sender };
}
function senderTo(settings: Record<string, unknown>, intake = new FakeIntake()): Sender {
  const sender = adapter.connect!(intake.context({ timers, ...settings }));
  cleanups.push(() => sender.close());
  return sender;
}
const outcomeOf = async (replies: readonly Reply[], more: Partial<SendOptions> = {}): Promise<SendOutcome> =>
  (await started(replies)).sender.send(orders, options(more));

describe('[INT-07] orders to an analyser', () => {
  test('go in frames of 240 bytes, each acknowledged, over one connection', async () => {
    const { server, sender } = await started();
    expect(server.lines).toHaveLength(0);
    for (let n = 1; n <= 2; n++)
      expect(await sender.send(orders, options())).toMatchObject({
        kind: 'replied',
        said: { verdict: 'good', code: 'ACK' },
      });
    expect(server.lines).toHaveLength(1);
    const line = await server.line(1);
    await line.until(() => line.got.length === 2);
    expect(line.got[0]).toEqual(orders);
    expect(line.heard.slice(0, 7)).toEqual(['ENQ', '1', '2', '3', '4', '5', 'EOT']);
    expect(sender.connections()[0]).toMatchObject({ framesOut: 2, open: true });
  });

  test('frames that are refused or answered with nonsense go again, six times at most', async () => {
    expect(await outcomeOf(['ack', 'nak', 'noise', 'ack', 'enq'])).toMatchObject({
      said: { verdict: 'good' },
    });
    expect(await outcomeOf(['ack', ...Array<Reply>(6).fill('nak')])).toMatchObject({
      kind: 'replied',
      said: { verdict: 'busy', code: 'FRAME', reason: 'frame 1 was refused 6 times' },
    });
  });

  test('an analyser that is busy, or transmits itself, is tried again within the time, then later', async () => {
    expect(await outcomeOf(['nak', 'enq', 'nak'])).toMatchObject({ said: { verdict: 'good' } });
    expect(await outcomeOf(Array<Reply>(200).fill('nak'), { timeoutMs: 200 })).toMatchObject({
      said: { verdict: 'busy', code: 'NAK' },
    });
    expect(await outcomeOf(Array<Reply>(200).fill('enq'), { timeoutMs: 200 })).toMatchObject({
      said: { verdict: 'busy', code: 'CONTENTION' },
    });
  });

  test.each([
    ['no reply to ENQ', ['silent'], 'not-sent'],
    ['no reply to a frame in the middle', ['ack', 'ack', 'silent'], 'not-sent'],
    ['cut in the middle', ['ack', 'ack', 'hang-up'], 'not-sent'],
    ['no reply to the last frame', ['ack', 'ack', 'ack', 'ack', 'ack', 'silent'], 'unknown'],
    ['cut after the last frame', ['ack', 'ack', 'ack', 'ack', 'ack', 'hang-up'], 'unknown'],
  ] as const)('%s is %s', async (_, replies, kind) => {
    expect(await outcomeOf(replies)).toMatchObject({ kind });
  });

  test('nobody there is not sent; afterwards it connects anew', async () => {
    const { server, sender } = await started();
    await sender.send(orders, options());
    const { port } = server;
    await server.close();
    while (sender.connections().some((c) => c.open)) await new Promise(setImmediate);
    expect(await sender.send(orders, options())).toMatchObject({ kind: 'not-sent' });
    const again = await AnalyserServer.listen(port);
    cleanups.push(() => again.close());
    expect(await sender.send(orders, options())).toMatchObject({ said: { verdict: 'good' } });
  });

  test('aborted and closed senders send nothing more', async () => {
    const { server, sender } = await started(Array<Reply>(20).fill('silent'));
    expect(await sender.send(orders, options({ signal: AbortSignal.abort() }))).toMatchObject({
      kind: 'not-sent',
    });
    const abort = new AbortController();
    const sent = sender.send(orders, options({ signal: abort.signal }));
    const line = await server.line(1);
    await line.until(() => line.heard.includes('ENQ'));
    abort.abort();
    expect(await sent).toMatchObject({ kind: 'not-sent' });
    await sender.close();
    expect(await sender.send(orders, options())).toMatchObject({ kind: 'not-sent', reason: 'aborted' });
  });

  test('an analyser with one connection is sent to over the one it made', async () => {
    const intake = new FakeIntake();
    const listener = await adapter.listen!(intake.context({ host: '127.0.0.1', port: 0, timers }));
    cleanups.push(() => listener.stop(0));
    const sender = senderTo({ over: 'listener' }, intake);
    expect(await sender.send(orders, options())).toMatchObject({
      kind: 'not-sent',
      reason: 'the analyser is not connected to this node',
    });
    const peer = await Analyser.connect(listener.port);
    cleanups.push(() => peer.hangUp());
    while (!listener.connections().some((c) => c.open)) await new Promise(setImmediate);
    // An endpoint of the same name in another organisation has nothing to do with it.
    const stranger = adapter.connect!({ ...intake.context({ timers, over: 'listener' }), org: 'other' });
    expect(await stranger.send(orders, options())).toMatchObject({ kind: 'not-sent' });
    const result = Buffer.from('H|\\^&\rO|1|S-1\rR|1|^^^A|1\rL|1|N\r');
    expect(await peer.send(result)).toBe(true);
    // Both begin at once; the analyser's message is taken, then the orders go.
    peer.replies = ['enq'];
    const sent = sender.send(orders, options());
    await peer.until(() => peer.heard.includes('ENQ'));
    expect(await peer.send(result)).toBe(true);
    expect(await sent).toMatchObject({ said: { verdict: 'good' } });
    await peer.until(() => peer.got.length === 1);
    expect(peer.got).toEqual([orders]);
    expect(intake.frames).toHaveLength(2);
  });

  test('settings that say neither address nor listener are refused', () => {
    expect(() => senderTo({})).toThrow('over: listener');
    expect(() => senderTo({ host: 'x', port: 1, over: 'listener' })).toThrow('over: listener');
  });
});
