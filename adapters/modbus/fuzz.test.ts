import { expect, test } from '@jest/globals';
import { FakeIntake } from '../../test/peers/foreign-db/intake.ts';
import { type Random, seeded } from '../../test/peers/his/random.ts';
import { ModbusSlave } from '../../test/peers/modbus/slave.ts';
import { crcBytes, type Mode, takeAnswer } from './frames.ts';
import { adapter } from './index.ts';

/** Kept, so that what failed once fails again. */
const seed = 20261127;

const good = (mode: Mode): Buffer => {
  const pdu = Buffer.from('0404 00EB 022B'.replaceAll(' ', ''), 'hex');
  const body = Buffer.concat([Buffer.from([1]), pdu]);
  return mode === 'tcp'
    ? Buffer.concat([Buffer.from('000100000007', 'hex'), body])
    : Buffer.concat([body, crcBytes(body)]);
};

/** Bits turned, bytes cut, put in, repeated. */
function spoilt(random: Random, bytes: Buffer): Buffer {
  let out: Buffer = Buffer.from(bytes);
  for (let n = random.int(1, 4); n > 0; n--) {
    const at = random.int(0, Math.max(0, out.length - 1));
    const how = random.int(0, 4);
    if (how === 0 && out.length > 0) out[at]! ^= 1 << random.int(0, 7);
    else if (how === 1) out = out.subarray(0, at);
    else if (how === 2)
      out = Buffer.concat([out.subarray(0, at), Buffer.from([random.int(0, 255)]), out.subarray(at)]);
    else if (how === 3) out = Buffer.concat([out, out]);
    else
      out = Buffer.concat([
        Buffer.from(Array.from({ length: random.int(1, 40) }, () => random.int(0, 255))),
        out,
      ]);
  }
  return out;
}

test.each(['tcp', 'rtu-over-tcp'] as const)(
  '2,500 spoilt answers over %s: each is told apart and takes no more than it has',
  (mode) => {
    const random = seeded(seed);
    for (let i = 0; i < 2500; i++) {
      let rest = spoilt(random, good(mode));
      for (let n = 0; rest.length > 0; n++) {
        expect(n).toBeLessThan(300);
        const taken = takeAnswer(mode, rest);
        if (!taken || 'garbage' in taken) break;
        expect(taken.rest.length).toBeLessThan(rest.length);
        expect(taken.answer.pdu.length).toBeGreaterThan(0);
        if (mode === 'rtu-over-tcp') {
          const size = rest.length - taken.rest.length;
          expect(crcBytes(rest.subarray(0, size - 2))).toEqual(rest.subarray(size - 2, size));
        }
        rest = taken.rest;
      }
    }
  },
);

test('[DEV-04] over a real connection with checksums a spoilt answer never becomes a good value, and the poll goes on', async () => {
  const slave = await ModbusSlave.listen({ mode: 'rtu-over-tcp' });
  slave.unit(1).set('input', 1, 235, 555);
  const random = seeded(seed);
  slave.behave(() =>
    slave.requests.length % 4 === 0
      ? { kind: 'answer' }
      : { kind: 'bytes', bytes: spoilt(random, good('rtu-over-tcp')) },
  );
  const intake = new FakeIntake();
  const listener = await adapter.listen!(
    intake.context({
      host: '127.0.0.1',
      port: slave.port,
      mode: 'rtu-over-tcp',
      timeoutMs: 20,
      everySeconds: 0.1,
      retries: 5,
      devices: [{ device: 'A', unit: 1, driver: 'xy-md02' }],
    }),
  );
  await slave.until(() => slave.requests.length >= 120);
  const readings = intake.rows.flatMap(
    (r) => r.readings as unknown as { point: string; value: number | null }[],
  );
  expect(readings.filter((r) => r.value !== null).length).toBeGreaterThan(10);
  for (const { point, value } of readings)
    if (value !== null) expect([point, value]).toEqual([point, point === 'temperature' ? 23.5 : 55.5]);
  await listener.stop(0);
  await slave.close();
}, 60_000);
