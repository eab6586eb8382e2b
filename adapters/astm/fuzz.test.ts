import { afterAll, expect, test } from '@jest/globals';
import { besiege, megabytes } from '../../test/conformance/adapter/hostile.ts';
import { Stand, until } from '../../test/conformance/adapter/stand.ts';
import { Analyser, frame } from '../../test/peers/astm/analyser.ts';
import { seeded } from '../../test/peers/his/random.ts';
import { adapter } from './index.ts';

/** What the siege did is found again by the seed. */
const seed = 846_0103;
const cases = 2400;

const records = ['H|\\^&|||XN-L', 'P|1|||LAB7||张^三', 'O|1|S-1||^^^CBC', 'R|1|^^^WBC|5.4|10*9/L', 'L|1|N'];
const whole = (n: number): Buffer => frame(n, Buffer.from(records.map((r) => `${r}\r`).join('')), true);
const bases: readonly Buffer[] = [
  Buffer.concat([Buffer.from([5]), whole(1), Buffer.from([4])]),
  Buffer.concat([
    Buffer.from([5]),
    ...records.map((r, i) => frame(i + 1, Buffer.from(`${r}\r`), true)),
    Buffer.from([4]),
  ]),
  Buffer.concat([Buffer.from([5]), frame(1, Buffer.from(records[0]!), false, true), Buffer.from([4])]),
  Buffer.concat([Buffer.from([5, 5, 5, 2]), whole(3)]),
  Buffer.from([6, 0x15, 4, 2, 3, 0x17]),
];

let stand: Stand;
afterAll(() => stand?.close());

test(`[INT-07] ${cases} hostile analysers: none brings the listener down, and a good one is taken after them`, async () => {
  const timers = { replyMs: 2000, receiveMs: 2000, busyMs: 50, contentionMs: 100 };
  stand = new Stand(adapter, { host: '127.0.0.1', port: 0, timers, maxMessageBytes: 4000 });
  const listener = await stand.start();
  const { port } = listener;
  const before = megabytes();
  await besiege(port, cases, bases, seeded(seed));

  for (const { broken } of stand.kept) if (broken) expect(broken.reason).not.toBe('');
  expect(stand.kept.length).toBeGreaterThan(cases / 100);
  expect(stand.incidents.length).toBeGreaterThan(cases / 100);
  expect(stand.incidents.filter(({ reason, kind }) => reason === '' || kind === '')).toEqual([]);
  await until(() => listener.connections().every((c) => !c.open), 'all of them gone');
  const peer = await Analyser.connect(port);
  expect(await peer.send(Buffer.from(records.map((r) => `${r}\r`).join('')))).toBe(true);
  peer.hangUp();
  expect(megabytes() - before).toBeLessThan(300);
}, 120_000);
