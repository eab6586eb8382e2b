import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Listener } from '../../contracts/adapter/port.ts';
import { Fault } from '../../contracts/kernel/fault.ts';
import { Analyser, AnalyserServer, characters, frame } from '../../test/peers/astm/analyser.ts';
import { FakeIntake } from '../../test/peers/foreign-db/intake.ts';
import { adapter } from './index.ts';

const { ACK, NAK } = characters;
const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

let intake: FakeIntake;
let listener: Listener;
const timers = { replyMs: 400, receiveMs: 400, busyMs: 50, contentionMs: 100 };

async function start(settings: Record<string, unknown> = {}): Promise<Listener> {
  const made = await adapter.listen!(intake.context({ host: '127.0.0.1', port: 0, timers, ...settings }));
  cleanups.push(() => made.stop(0));
  return made;
}
async function analyser(port = listener.port): Promise<Analyser> {
  const made = await Analyser.connect(port);
  cleanups.push(() => made.hangUp());
  return made;
}
beforeEach(async () => {
  intake = new FakeIntake();
  listener = await start();
});

const message = (specimen = 'S-1', more: readonly string[] = []): Buffer =>
  Buffer.from(
    `${['H|\\^&|||XN-L', 'P|1|||LAB7', `O|1|${specimen}||^^^CBC`, 'R|1|^^^WBC|5.4|10*9/L', ...more, 'L|1|N'].join('\r')}\r`,
  );
const texts = (): string[] => intake.frames.map((f) => Buffer.from(f.bytes).toString('latin1'));

describe('[INT-07] results over LIS1-A', () => {
  test('a message is joined from its frames, kept, and only then is its end acknowledged', async () => {
    let kept = false;
    const peer = await analyser();
    intake.before = async () => {
      expect(peer.heard.filter((h) => h === 'ACK')).toHaveLength(5);
      kept = true;
    };
    expect(await peer.send(message())).toBe(true);
    expect(kept).toBe(true);
    expect(texts()).toEqual([message().toString()]);
    expect(peer.heard.filter((h) => h === 'ACK')).toHaveLength(6);
    expect(intake.frames[0]).toMatchObject({ oddities: [], peer: expect.stringContaining('127.0.0.1:') });
    expect(listener.connections()[0]).toMatchObject({ framesIn: 1, open: true, pending: 0 });
  });

  test.each([
    ['long records in intermediate frames, numbers past 7', { textBytes: 10 }],
    ['several records in a frame', { packed: true }],
    ['byte by byte', { dribble: true }],
    ['frames with wrong checksums, sent again', { spoil: [1, 3, 5] }],
    ['frames sent again though they were acknowledged', { repeat: [1, 2, 4] }],
    ['the last frame again, its acknowledgement lost', { repeat: [5] }],
  ])('%s give the same message, once', async (_, options) => {
    const peer = await analyser();
    expect(await peer.send(message(), options)).toBe(true);
    expect(texts()).toEqual([message().toString()]);
  });

  test('bytes stay as they are: GB18030 whose second byte is a delimiter, parted within a character', async () => {
    const name = Buffer.from([0xcc, 0xd5, 0x8f, 0x7c, 0xab, 0x5e]);
    const bytes = Buffer.concat([Buffer.from('H|\\^&\rP|1|||7||'), name, Buffer.from('\rL|1|N\r')]);
    const peer = await analyser();
    expect(await peer.send(bytes, { textBytes: 3 })).toBe(true);
    expect(Buffer.from(intake.frames[0]!.bytes)).toEqual(bytes);
  });

  test('several messages in one transmission, and one after another, each by itself', async () => {
    const peer = await analyser();
    expect(await peer.send(Buffer.concat([message('A'), message('B')]))).toBe(true);
    expect(await peer.send(Buffer.concat([message('C'), message('D')]), { packed: true })).toBe(true);
    expect(texts()).toEqual(['A', 'B', 'C', 'D'].map((s) => message(s).toString()));
  });

  test('records whose end is left to the frame get it, and it is said', async () => {
    const peer = await analyser();
    peer.enq();
    await peer.reply();
    for (const [i, record] of ['H|\\^&', 'O|1|S-1', 'L|1|N'].entries()) {
      peer.write(frame(i + 1, Buffer.from(record), true));
      expect(await peer.reply()).toBe(ACK);
    }
    expect(texts()).toEqual(['H|\\^&\rO|1|S-1\rL|1|N\r']);
    expect(intake.frames[0]!.oddities).toEqual(['no-final-cr']);
  });

  test('a frame out of turn or out of order is not taken', async () => {
    const peer = await analyser();
    peer.write(frame(1, Buffer.from('H|\\^&\r'), true));
    peer.enq();
    expect(await peer.reply()).toBe(ACK);
    peer.write(frame(2, Buffer.from('H|\\^&\r'), true));
    expect(await peer.reply()).toBe(NAK);
    peer.write(frame(0, Buffer.from('H|\\^&\r'), true));
    expect(await peer.reply()).toBe(NAK);
    peer.eot();
    expect(await peer.send(message())).toBe(true);
    expect(intake.frames).toHaveLength(1);
    expect(intake.kinds()).toEqual(expect.arrayContaining(['out-of-turn', 'frame-number']));
  });

  test('an analyser that is a server is connected to, and again when it was gone', async () => {
    const server = await AnalyserServer.listen();
    cleanups.push(() => server.close());
    await start({ port: undefined, dialOut: { host: '127.0.0.1', port: server.port, retryMs: 100 } });
    const first = await server.line(1);
    expect(await first.send(message('A'))).toBe(true);
    first.hangUp();
    const second = await server.line(2);
    expect(await second.send(message('B'))).toBe(true);
    expect(texts()).toEqual([message('A').toString(), message('B').toString()]);
  });
});

describe('what is not kept is not acknowledged', () => {
  test('where intake refuses, the last frame is answered NAK and comes again', async () => {
    intake.before = async (_, n) => {
      if (n < 2) throw new Fault('kernel.store.unavailable');
    };
    const peer = await analyser();
    expect(await peer.send(message())).toBe(true);
    expect(texts()).toEqual([message().toString()]);
    expect(peer.heard.filter((h) => h === 'NAK')).toHaveLength(2);
    expect(intake.kinds()).toEqual(['intake-refused']);
  });

  test('an acknowledgement that comes too late for its sender is left out, so that it cannot stand for another', async () => {
    let release = (): void => undefined;
    intake.before = (_, n) =>
      n === 0 ? new Promise((resolve) => (release = () => resolve())) : Promise.resolve();
    const peer = await analyser();
    expect(await peer.send(message(), { replyMs: 200 })).toBe(false);
    const before = listener.connections()[0]!.bytesIn;
    const again = peer.send(message());
    // Its ENQ is there.
    while (listener.connections()[0]!.bytesIn === before) await new Promise(setImmediate);
    release();
    expect(await again).toBe(true);
    // ENQ and four frames of the first, everything of the second: six.
    expect(peer.heard.filter((h) => h === 'ACK')).toHaveLength(5 + 6);
    expect(texts()).toEqual([message().toString(), message().toString()]);
    expect(intake.kinds()).toContain('too-late');
  });

  test.each([
    ['the connection is cut after a frame', { cutAfter: 3 }],
    ['the connection is cut within a frame', { cutWithin: 4 }],
  ])('%s: what came is kept raw, as broken', async (_, options) => {
    const peer = await analyser();
    expect(await peer.send(message(), options)).toBe(false);
    await intake.until(() => intake.kinds().includes('broken-frame'));
    const broken = intake.incidents.find((i) => i.kind === 'broken-frame')!;
    expect(Buffer.from(broken.bytes!).toString()).toMatch(
      /^H\|\\\^&\|\|\|XN-L\rP\|1\|\|\|LAB7\rO\|1\|S-1\|\|\^\^\^CBC\r$/,
    );
    expect(intake.frames).toHaveLength(0);
  });

  test('EOT before the terminator, and silence within a message, are told and the line is free again', async () => {
    const peer = await analyser();
    for (const end of ['eot', 'silence']) {
      const before = intake.kinds().length;
      peer.enq();
      expect(await peer.reply()).toBe(ACK);
      peer.write(frame(1, Buffer.from(`H|\\^&|||${end}\r`), true));
      expect(await peer.reply()).toBe(ACK);
      if (end === 'eot') peer.eot();
      await intake.until(() => intake.kinds().slice(before).includes('broken-frame'));
    }
    expect(intake.kinds()).toContain('receive-timeout');
    expect(await peer.send(message())).toBe(true);
    expect(intake.frames).toHaveLength(1);
  });

  test('a half frame, then the message anew', async () => {
    const peer = await analyser();
    peer.enq();
    await peer.reply();
    peer.write(frame(1, Buffer.from('H|\\^&\r'), true).subarray(0, 5));
    expect(await peer.send(message())).toBe(true);
    expect(texts()).toEqual([message().toString()]);
  });

  test('frames without text, however many, leave nothing behind', async () => {
    const peer = await analyser();
    peer.enq();
    await peer.reply();
    for (let n = 1; n <= 2000; n++) {
      peer.write(frame(n, Buffer.alloc(0), false));
      expect(await peer.reply()).toBe(ACK);
    }
    peer.eot();
    expect(await peer.send(message())).toBe(true);
    expect(texts()).toEqual([message().toString()]);
    expect(intake.kinds()).toEqual([]);
  });

  test('a message beyond the limit is refused frame by frame, and memory with it', async () => {
    const small = await start({ maxMessageBytes: 1000 });
    const peer = await analyser(small.port);
    expect(await peer.send(message('S', Array(60).fill('C|1|I|more and more|G')))).toBe(false);
    expect(intake.kinds()).toContain('too-large');
    expect(intake.frames).toHaveLength(0);
  });
});

describe('a query', () => {
  const query = Buffer.from('H|\\^&\rQ|1|^S-1||ALL||||||||O\rL|1|N\r');
  const orders = Buffer.from('H|\\^&\rP|1\rO|1|S-1||^^^CBC|R\rL|1|N\r');
  const written: string[] = [];
  beforeEach(() => {
    written.length = 0;
    intake.answer = () => ({
      outcome: 'kept',
      results: [],
      bytes: orders,
      written: (how) => written.push(how),
    });
  });

  test('is answered on the same connection once the analyser has ended', async () => {
    const peer = await analyser();
    expect(await peer.send(query)).toBe(true);
    await peer.until(() => peer.got.length === 1);
    expect(peer.got[0]).toEqual(orders);
    expect(peer.heard.slice(peer.heard.indexOf('ENQ'))).toEqual(['ENQ', '1', '2', '3', '4', 'EOT']);
    await intake.until(() => written.length === 1);
    expect(written).toEqual(['sent']);
  });

  test('contention: the analyser goes first, its message is taken, then the answer is sent', async () => {
    const peer = await analyser();
    peer.replies = ['enq'];
    expect(await peer.send(query)).toBe(true);
    await peer.until(() => peer.heard.includes('ENQ'));
    intake.answer = () => ({ outcome: 'kept', results: [] });
    expect(await peer.send(message('S-2'))).toBe(true);
    await peer.until(() => peer.got.length === 1);
    expect(peer.got[0]).toEqual(orders);
    expect(texts()).toEqual([query.toString(), message('S-2').toString()]);
    expect(intake.kinds()).toContain('contention');
  });

  test.each([
    ['is busy at first', ['nak', 'nak']],
    ['refuses frames some times', ['ack', 'nak', 'ack', 'nak', 'nak', 'noise']],
    ['asks for the line with EOT', ['ack', 'eot', 'eot']],
  ] as const)('an analyser that %s gets it all the same', async (_, replies) => {
    const peer = await analyser();
    peer.replies = [...replies];
    expect(await peer.send(query)).toBe(true);
    await peer.until(() => peer.got.length === 1);
    expect(peer.got[0]).toEqual(orders);
  });

  test('an answer that cannot be sent is told', async () => {
    const peer = await analyser();
    peer.replies = ['ack', ...Array<'nak'>(6).fill('nak')];
    expect(await peer.send(query)).toBe(true);
    await intake.until(() => written.length === 1);
    expect(written).toEqual(['failed']);
    expect(intake.kinds()).toContain('answer-not-sent');
  });
});

describe('starting and stopping', () => {
  test('the same port twice is refused; settings that say nothing too', async () => {
    await expect(start({ port: listener.port })).rejects.toMatchObject({ code: 'hub.address.taken' });
    await expect(start({ port: undefined })).rejects.toMatchObject({ code: 'channel.text.invalid' });
  });

  test('a stop lets a message that is being sent end, takes no other, and frees the port', async () => {
    const peer = await analyser();
    let stopped: Promise<void> | undefined;
    intake.before = async () => {
      stopped = listener.stop(2000);
    };
    expect(await peer.send(message())).toBe(true);
    await stopped;
    expect(texts()).toHaveLength(1);
    await peer.until(() => peer.closed);
    listener = await start({ port: listener.port });
    const next = await analyser();
    intake.before = async () => undefined;
    expect(await next.send(message('S-2'))).toBe(true);
  });

  test('two analysers at once do not disturb one another; one too many is refused', async () => {
    const few = await start({ maxConnections: 2 });
    const [a, b] = [await analyser(few.port), await analyser(few.port)];
    const sent = await Promise.all([
      a.send(message('A'), { textBytes: 2 }),
      b.send(message('B'), { textBytes: 3 }),
    ]);
    expect(sent).toEqual([true, true]);
    expect(texts().sort()).toEqual([message('A').toString(), message('B').toString()]);
    const third = await analyser(few.port);
    await third.until(() => third.closed);
    expect(intake.kinds()).toContain('connection-limit');
  });
});
