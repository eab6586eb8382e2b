import { describe, expect, test } from '@jest/globals';
import { Batch } from './batch.ts';
import { EventParser, type ServerEvent } from './event-parser.ts';
import { liveEvents } from './live-event.ts';

function parse(...pieces: string[]) {
  const events: ServerEvent[] = [];
  const parser = new EventParser((event) => events.push(event));
  for (const piece of pieces) parser.feed(piece);
  return { events, parser };
}

describe('the stream', () => {
  test('events come whole however the text is cut, with any line ending', () => {
    const text = 'id: 1\r\nevent: change\r\ndata: {"a":1}\r\n\r\nid: 2\ndata: x\ndata: y\n\n';
    for (let cut = 1; cut < text.length; cut++) {
      const { events } = parse(text.slice(0, cut), text.slice(cut));
      expect(events).toEqual([
        { id: '1', event: 'change', data: '{"a":1}' },
        { id: '2', event: 'message', data: 'x\ny' },
      ]);
    }
  });

  test('a heartbeat gives nothing, the last id stays, retry is kept', () => {
    const { events, parser } = parse('retry: 2000\n\nid: 7\ndata: a\n\n: \n\ndata: b\n\n');
    expect(events.map((e) => e.id)).toEqual(['7', '7']);
    expect([parser.lastId, parser.retry]).toEqual(['7', 2000]);
  });

  test('an event without data is dropped and its name does not stick to the next', () => {
    expect(parse('event: change\n\ndata: a\n\n').events).toEqual([{ id: '', event: 'message', data: 'a' }]);
  });
});

describe('what an event says', () => {
  const topics = ['order', 'message'];
  const read = (event: string, body: object) =>
    liveEvents({ id: '', event, data: JSON.stringify(body) }, topics);

  test('a change names its record by the payload, else by its key', () => {
    const body = {
      id: 'e',
      name: 'order.placed',
      topic: 'order',
      key: 'donor-1',
      orgId: 'o',
      payload: { orderId: 'order-1' },
    };
    expect(read('change', body)).toMatchObject([
      { topic: 'order', name: 'order.placed', recordId: 'order-1' },
    ]);
    expect(read('live', { topic: 'message', name: 'delivery', key: 'm-1' })).toMatchObject([
      { recordId: 'm-1' },
    ]);
  });

  test('a gap or a flood asks for everything of the topics anew', () => {
    expect(read('reset', { reason: 'gone' })).toMatchObject([
      { topic: 'order', name: 'missed' },
      { topic: 'message' },
    ]);
    expect(read('many', { topics: ['order'], from: 1, to: 9 })).toMatchObject([
      { topic: 'order', name: 'missed' },
    ]);
  });

  test('the end of the session is told apart; other words and broken data say nothing', () => {
    expect(read('end', { reason: 'session' })).toBe('end');
    expect(read('ready', { topics })).toEqual([]);
    expect(liveEvents({ id: '', event: 'change', data: '{' }, topics)).toEqual([]);
  });
});

describe('batches', () => {
  function clock() {
    let now = 0;
    const waiting: { at: number; run: () => void }[] = [];
    return {
      now: () => now,
      after: (ms: number, run: () => void) => {
        const entry = { at: now + ms, run };
        waiting.push(entry);
        return entry;
      },
      cancel: (handle: unknown) => {
        waiting.splice(waiting.indexOf(handle as never), 1);
      },
      async pass(ms: number) {
        now += ms;
        for (const entry of [...waiting].filter((e) => e.at <= now)) {
          waiting.splice(waiting.indexOf(entry), 1);
          entry.run();
        }
        await Promise.resolve();
        await Promise.resolve();
      },
    };
  }

  test('what comes together is handed over together, and not more often than the interval', async () => {
    const timer = clock();
    const taken: number[][] = [];
    const batch = new Batch<number>((items) => void taken.push(items), 300, 40, timer);
    batch.add(1);
    batch.add(2);
    await timer.pass(40);
    batch.add(3);
    await timer.pass(100);
    expect(taken).toEqual([[1, 2]]);
    await timer.pass(200);
    expect(taken).toEqual([[1, 2], [3]]);
  });

  test('a receiver that is still busy is given nothing more', async () => {
    const timer = clock();
    const taken: number[][] = [];
    let done = () => {};
    const batch = new Batch<number>(
      (items) => {
        taken.push(items);
        return new Promise<void>((resolve) => {
          done = resolve;
        });
      },
      300,
      40,
      timer,
    );
    batch.add(1);
    await timer.pass(40);
    batch.add(2);
    await timer.pass(5000);
    expect(taken).toEqual([[1]]);
    done();
    await timer.pass(0);
    await timer.pass(40);
    expect(taken).toEqual([[1], [2]]);
  });
});
