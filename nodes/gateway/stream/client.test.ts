import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import { afterEach, expect, test } from '@jest/globals';
import { FakeKit } from '../fake-kit.ts';
import { GatewayMetrics } from '../ops/metrics.ts';
import { StreamClient } from './client.ts';
import { Gaps } from './gaps.ts';

/** A reader that takes nothing until told. */
class SlowReader extends EventEmitter {
  text = '';
  writableLength = 0;
  writableEnded = false;
  destroyed = false;
  headersSent = true;
  get writableNeedDrain(): boolean {
    return this.writableLength > 0;
  }
  write(text: string): boolean {
    this.text += text;
    this.writableLength += text.length;
    return false;
  }
  drain(): void {
    this.writableLength = 0;
    this.emit('drain');
  }
  destroy(): void {
    this.destroyed = true;
  }
}

const metrics = new GatewayMetrics();
let client: StreamClient;
afterEach(() => client?.stop());

test('a reader that takes nothing is given no more than a bounded part, then told to begin anew from the newest number', () => {
  const fake = new FakeKit();
  const reader = new SlowReader();
  const caller = { userId: 'u', name: 'u', orgId: 'org-a', permissions: ['order.read'] };
  client = new StreamClient(
    reader as unknown as ServerResponse,
    caller,
    new Set(['order']),
    fake.clock,
    metrics,
  );
  client.caughtUp(new Set(), 0);
  for (let i = 1; i <= 2000; i++) {
    fake.now += 10;
    const row = { ...fake.commit('order.placed'), payload: { pad: 'x'.repeat(5000) } };
    client.rows([row], row.seq);
  }
  expect(reader.text.length).toBeLessThan(600_000);
  reader.drain();
  expect(reader.text.slice(-80)).toContain('id: 2000\nevent: reset\ndata: {"reason":"slow"}');
});

test('numbers passed over are waited for, found, and given up after a time', () => {
  const gaps = new Gaps();
  gaps.passed(5, 9, 0);
  gaps.passed(20, 20, 1000);
  expect([gaps.watermark(30), gaps.open]).toMatchObject([
    4,
    [
      { from: 5, to: 9 },
      { from: 20, to: 20 },
    ],
  ]);
  gaps.found(5);
  gaps.found(7);
  expect([gaps.watermark(30), gaps.open]).toMatchObject([
    5,
    [{ from: 6, to: 6 }, { from: 8, to: 9 }, { from: 20 }],
  ]);
  gaps.expire(15_000);
  expect(gaps.watermark(30)).toBe(19);
  gaps.expire(16_000);
  expect(gaps.watermark(30)).toBe(30);
});

test('a server that counts in steps does not make the list of holes grow', () => {
  const gaps = new Gaps();
  for (let seq = 3; seq < 30_000; seq += 3) gaps.passed(seq - 2, seq - 1, 0);
  expect(gaps.open.length).toBeLessThanOrEqual(40);
  const width = gaps.open.reduce((sum, g) => sum + g.to - g.from + 1, 0);
  expect(width).toBeLessThanOrEqual(2100);
});
