import { connect } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { seeded } from '../../test/peers/his/random.ts';
import { hostile, hostileLimit } from '../../test/peers/mqtt/hostile.ts';
import { brokerOf, type Listening, listening } from '../../test/peers/mqtt/listening.ts';
import { RawClient } from '../../test/peers/mqtt/raw.ts';

const cases = 2400;
const atOnce = 30;
let at: Listening;

beforeAll(async () => {
  at = await listening(brokerOf({ maxPacketBytes: hostileLimit, maxPending: 64, maxQueued: 100 }));
});
afterAll(() => at.stop());

/** Writes the pieces, waits until the broker has dealt with them, and tells how it ended. */
async function attack(
  pieces: readonly Buffer[],
): Promise<{ peer: string; ended: 'by the broker' | 'by us'; half: boolean }> {
  const socket = connect({ port: at.listener.port, host: '127.0.0.1', noDelay: true });
  await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
  socket
    .removeAllListeners('error')
    .on('error', () => undefined)
    .resume();
  const peer = `127.0.0.1:${socket.localPort}`;
  let closed = false;
  socket.once('end', () => (closed = true)).once('close', () => (closed = true));
  let sent = 0;
  for (const piece of pieces) {
    sent += piece.length;
    if (!socket.write(piece) && !closed)
      await new Promise((resolve) => socket.once('drain', resolve).once('close', resolve));
  }
  const stats = () => at.listener.connections().find((c) => c.peer === peer);
  for (let seen = stats(); !closed; seen = stats()) {
    if (seen && (!seen.open || (seen.bytesIn >= sent && seen.pending === 0))) break;
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await new Promise((resolve) => setTimeout(resolve, 1));
  const byUs = !closed && stats()?.open === true && stats()?.lastError === undefined;
  const half = byUs && (stats()?.buffered ?? 0) > 0;
  socket.end();
  await new Promise((resolve) => (socket.closed ? resolve(undefined) : socket.once('close', resolve)));
  return { peer, ended: byUs ? 'by us' : 'by the broker', half };
}

test.each([1, 20261127])(
  `[INT-07] ${cases / 2} hostile clients of seed %i: no crash, a reason for each that is sent away, bounded memory`,
  async (seed) => {
    const random = seeded(seed);
    const made = Array.from({ length: cases / 2 }, (_, n) => hostile(random, n));
    const before = process.memoryUsage().heapUsed;
    const silent: string[] = [];
    for (let from = 0; from < made.length; from += atOnce) {
      const group = made.slice(from, from + atOnce);
      const outcomes = await Promise.all(group.map(({ pieces }) => attack(pieces)));
      for (const [i, { peer, ended, half }] of outcomes.entries()) {
        const leave = Buffer.concat(group[i]!.pieces).includes(0xe0); // it may have taken its leave
        const told = at.incidents.some((incident) => incident.peer === peer && incident.reason !== '');
        if ((ended === 'by the broker' || half) && !told && !leave)
          silent.push(
            `seed ${seed} case ${from + i} ${group[i]!.kind}: ${Buffer.concat(group[i]!.pieces).toString('hex').slice(0, 200)}`,
          );
      }
      at.incidents.length = 0;
      at.frames.length = 0;
    }
    expect(silent).toEqual([]);
    const client = await RawClient.signIn(at.listener.port, {
      clientId: `after-${seed}`,
      username: 'fridge-2',
      password: Buffer.from('secret-2'),
    });
    client.publish('lab/fridge-2/t', 'still here', { qos: 1, messageId: 1 });
    await client.next('puback');
    client.end();
    expect(at.texts()).toEqual(['still here']);
    expect((process.memoryUsage().heapUsed - before) / 1024 / 1024).toBeLessThan(150);
  },
  240_000,
);
