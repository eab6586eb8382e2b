import { afterEach, describe, expect, test } from '@jest/globals';
import type { InboundFrame, Listener, Reply } from '../../contracts/adapter/port.ts';
import type { WireIncident } from '../../contracts/adapter/wire.ts';
import { Fault } from '../../contracts/kernel/fault.ts';
import { Feed } from '../../test/peers/rest/feed.ts';
import { answer, RestPeer } from '../../test/peers/rest/server.ts';
import { adapter } from './index.ts';
import { JsonPage } from './json-slices.ts';
import { later } from './poll-mark.ts';

const quiet = () => undefined;
const log = { debug: quiet, info: quiet, warn: quiet, error: quiet };

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

/** The hub as the poll sees it: frames and marks that survive a restart; `full` refuses. */
class Hub {
  readonly frames: InboundFrame[] = [];
  readonly marks = new Map<string, string>();
  readonly incidents: WireIncident[] = [];
  /** Frames it still takes; then the process dies before the commit. */
  room = Number.POSITIVE_INFINITY;
  private listener: Listener | undefined;

  async start(settings: Record<string, unknown>): Promise<Listener> {
    this.listener = await adapter.listen!({
      endpoint: 'his-poll',
      settings: { poll: { everySeconds: 0.1, ...settings } },
      log,
      now: Date.now,
      incident: (one) => this.incidents.push(one),
      accept: (frame) => this.accept(frame),
      web: { url: '', mount: () => quiet },
      mark: (name) => Promise.resolve(this.marks.get(name)),
      query: () => Promise.reject(new Error('not asked')),
    });
    cleanups.push(() => this.listener?.stop(0));
    return this.listener;
  }

  async restart(settings: Record<string, unknown>): Promise<void> {
    await this.listener?.stop(0);
    this.room = Number.POSITIVE_INFINITY;
    await this.start(settings);
  }

  get texts(): string[] {
    return this.frames.map((f) => Buffer.from(f.bytes).toString());
  }

  get ids(): unknown[] {
    return this.texts.map((t) => (JSON.parse(t) as { id: unknown }).id);
  }

  private accept(frame: InboundFrame): Promise<Reply> {
    if (this.room-- <= 0) return Promise.reject(new Fault('kernel.store.unavailable'));
    this.frames.push(frame);
    if (frame.mark) this.marks.set(frame.mark.name, frame.mark.value);
    return Promise.resolve({ outcome: 'kept', results: [] });
  }
}

async function until(holds: () => boolean): Promise<void> {
  for (let i = 0; i < 600 && !holds(); i++) await new Promise((resolve) => setTimeout(resolve, 10));
  expect(holds()).toBe(true);
}

async function partner(): Promise<{ peer: RestPeer; feed: Feed; hub: Hub }> {
  const peer = await RestPeer.listen();
  cleanups.push(() => peer.close());
  return { peer, feed: new Feed(), hub: new Hub() };
}

const at = (minute: number): string => `2026-11-25T08:${String(minute).padStart(2, '0')}:00+08:00`;
const grow = (feed: Feed, ...ids: number[]): void => {
  for (const id of ids) feed.items.push({ id, at: at(id) });
};

describe('[INT-01] partners that we ask', () => {
  const ways = {
    token: (url: string) => ({
      url: `${url}/feed`,
      items: '/data/list',
      cursor: { kind: 'token', at: '/data/next', param: 'cursor' },
    }),
    since: (url: string) => ({
      url: `${url}/feed`,
      items: '',
      cursor: { kind: 'item', at: '/at', param: 'since' },
    }),
    id: (url: string) => ({
      url: `${url}/feed`,
      items: '/rows',
      cursor: { kind: 'item', at: '/id', param: 'after', initial: '0' },
    }),
    link: (url: string) => ({ url: `${url}/feed`, items: '', cursor: { kind: 'link' } }),
  } as const;
  const pages = { token: 'byToken', since: 'bySince', id: 'byId', link: 'byLink' } as const;

  test.each(['token', 'since', 'id', 'link'] as const)(
    'by %s: every item once, page after page, and new ones as they come',
    async (way) => {
      const { peer, feed, hub } = await partner();
      grow(feed, 1, 2, 3, 4, 5, 6, 7);
      peer.behave((request) => feed[pages[way]](request));
      await hub.start(ways[way](peer.url));
      await until(() => hub.frames.length >= 7);
      grow(feed, 8, 9, 10, 11);
      await until(() => hub.frames.length >= 11);
      const asked = peer.taken.length;
      await until(() => peer.taken.length > asked);
      expect(hub.ids).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
      expect(hub.incidents).toEqual([]);
    },
  );

  test.each(['token', 'since', 'id', 'link'] as const)(
    'by %s: a restart in the middle of a page neither loses nor repeats',
    async (way) => {
      const { peer, feed, hub } = await partner();
      grow(feed, 1, 2, 3, 4, 5, 6, 7, 8);
      peer.behave((request) => feed[pages[way]](request));
      for (const room of [2, 1, 4]) {
        hub.room = room;
        const before = hub.frames.length;
        await hub.start(ways[way](peer.url));
        await until(() => hub.frames.length === before + room && hub.room < 0);
        await cleanups.pop()?.();
      }
      await hub.restart(ways[way](peer.url));
      await until(() => hub.frames.length >= 8);
      const asked = peer.taken.length;
      await until(() => peer.taken.length > asked);
      expect(hub.ids).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
      expect(hub.incidents.every((i) => i.kind === 'intake-refused')).toBe(true);
    },
  );

  test('items with the very time of the cursor are taken once, also those that come later', async () => {
    const { peer, feed, hub } = await partner();
    feed.items.push({ id: 1, at: at(1) }, { id: 2, at: at(2) }, { id: 3, at: at(2) });
    feed.pageSize = 50;
    peer.behave((request) => feed.bySince(request));
    await hub.start(ways.since(peer.url));
    await until(() => hub.frames.length === 3);
    await hub.restart(ways.since(peer.url));
    feed.items.push({ id: 4, at: at(2) }, { id: 5, at: at(3) });
    await until(() => hub.frames.length >= 5);
    expect(hub.ids).toEqual([1, 2, 3, 4, 5]);
  });

  test('numbers and spelling of an item stay as they came, in any charset', async () => {
    const { peer, hub } = await partner();
    const gbk = Buffer.concat([
      Buffer.from('[ {"id": 90071992547409931234, "v":1.50, "name":"'),
      Buffer.from('95738e5b817d', 'hex'),
      Buffer.from('"} , {"id":2} ]'),
    ]);
    peer.behave({ kind: 'answer', status: 200, body: gbk });
    await hub.start({ url: peer.url, items: '', everySeconds: 3600 });
    await until(() => hub.frames.length === 2);
    expect(Buffer.from(hub.frames[0]!.bytes).toString('latin1')).toBe(
      '{"id": 90071992547409931234, "v":1.50, "name":"\x95\x73\x8e\x5b\x81\x7d"}',
    );
  });

  test('a page as a whole is a message, and the same page is none', async () => {
    const { peer, hub } = await partner();
    peer.behave(answer(200, '<list><a/></list>', { 'content-type': 'application/xml' }));
    await hub.start({ url: peer.url });
    await peer.waitFor(2);
    peer.behave(answer(200, '<list><a/><b/></list>'));
    await until(() => hub.frames.length === 2);
    expect(hub.texts).toEqual(['<list><a/></list>', '<list><a/><b/></list>']);
    expect(hub.frames[0]!.meta).toMatchObject({ contentType: 'application/xml', path: `${peer.url}/` });
  });

  test('a POST carries the cursor in its body', async () => {
    const { peer, hub } = await partner();
    peer.behave(answer(200, '{"rows":[{"id":"a\\"1"}]}'));
    await hub.start({
      url: peer.url,
      method: 'POST',
      body: '{"after":"{cursor}"}',
      items: '/rows',
      cursor: { kind: 'item', at: '/id' },
      headers: { 'X-System': 'LAB' },
      auth: { bearer: 't' },
    });
    await peer.waitFor(2);
    expect(peer.taken.map((t) => t.body.toString()).slice(0, 2)).toEqual([
      '{"after":""}',
      '{"after":"a\\"1"}',
    ]);
    expect(peer.taken[0]!.headers).toMatchObject({
      authorization: 'Bearer t',
      'x-system': 'LAB',
      'content-type': 'application/json',
    });
  });
});

describe('partners that do not answer well', () => {
  test('errors, nonsense and another host’s next page are told, and asked again', async () => {
    const { peer, hub } = await partner();
    const answers = [
      answer(500),
      answer(200, 'not json'),
      answer(200, '{"rows":{}}'),
      answer(200, '{"rows":[{"id":1}]}', { link: '<http://evil.example/x>; rel=next' }),
    ];
    peer.behave(() => answers.shift() ?? answer(200, '{"rows":[{"id":1}]}'));
    await hub.start({ url: peer.url, items: '/rows', cursor: { kind: 'link' } });
    await until(() => hub.incidents.length === 1);
    expect(hub.incidents[0]).toMatchObject({ kind: 'poll-failed', reason: 'status 500' });
    await peer.waitFor(2);
    expect(hub.frames).toHaveLength(0);
  });

  test('stopping ends a request that is under way', async () => {
    const { peer, hub } = await partner();
    peer.behave({ kind: 'silent' });
    const listener = await hub.start({ url: peer.url });
    await peer.waitFor(1);
    const began = Date.now();
    await listener.stop(5000);
    expect(Date.now() - began).toBeLessThan(1000);
    await until(() => peer.openConnections === 0);
    expect(hub.incidents).toEqual([]);
  });

  test('a mark that is none, and settings that do not fit together, are refused at the start', async () => {
    const { peer, hub } = await partner();
    const invalid = { code: 'channel.text.invalid' };
    const url = `${peer.url}/feed`;
    await expect(hub.start({ url: `${url}/{x}` })).rejects.toMatchObject(invalid);
    await expect(hub.start({ url, cursor: { kind: 'token' } })).rejects.toMatchObject(invalid);
    await expect(hub.start({ url, cursor: { kind: 'item', at: '/id', param: 'x' } })).rejects.toMatchObject(
      invalid,
    );
    hub.marks.set('http /feed', 'rubbish');
    await expect(hub.start({ url })).rejects.toMatchObject(invalid);
    expect(peer.taken).toHaveLength(0);
  });

  test('only a poll needs to be alone in a cluster', () => {
    const { single } = adapter.descriptor;
    const alone = single as (settings: object) => boolean;
    expect([alone({ path: 'x' }), alone({ poll: { url: 'http://his/' } })]).toEqual([false, true]);
  });
});

describe('pages cut byte by byte', () => {
  const page = (text: string) => new JsonPage(Buffer.from(text));

  test('items of any kind, with brackets and quotes inside texts', () => {
    const found = page('\ufeff { "a/b" : [ 1 , "],\\"[" , {"x":[{}]} , [] , null,true ] } ').items('/a~1b');
    expect(found?.map((f) => Buffer.from(f).toString())).toEqual([
      '1',
      '"],\\"["',
      '{"x":[{}]}',
      '[]',
      'null',
      'true',
    ]);
    expect(page('[]').items('')).toEqual([]);
    expect(page('{}').items('/a')).toBeUndefined();
    expect(page('{"a":{}}').items('/a')).toBeUndefined();
  });

  test('values as text, numbers as written, the last of equal names', () => {
    const own = page('{"a":{"b":[{"c":1.10},"x\\u00e9"]},"n":null,"o":{},"t":true,"d":1,"d":2}');
    expect(own.text('/a/b/0/c')).toBe('1.10');
    expect(own.text('/a/b/1')).toBe('xé');
    expect(own.text('/t')).toBe('true');
    expect(own.text('/d')).toBe('2');
    for (const none of ['/n', '/o', '/a/b/2', '/a/b/01', '/a/x', '/__proto__'])
      expect([none, own.text(none)]).toEqual([none, undefined]);
  });

  test.each(['', '{', '[1,]', "{'a':1}", '\u0000'])('%j is no page', (text) => {
    expect(() => page(text)).toThrow();
  });

  test('later by number, by instant, by text', () => {
    expect(later('10', '9')).toBe(true);
    expect(later('90071992547409931235', '90071992547409931234')).toBe(true);
    expect(later('2026-11-25T08:00:00Z', '2026-11-25T15:59:00+08:00')).toBe(true);
    expect(later('b', 'a')).toBe(true);
    expect(later('a', 'a')).toBe(false);
  });
});
