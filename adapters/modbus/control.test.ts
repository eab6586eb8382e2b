import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Sender, SendOutcome } from '../../contracts/adapter/port.ts';
import { FakeIntake } from '../../test/peers/foreign-db/intake.ts';
import { ModbusSlave } from '../../test/peers/modbus/slave.ts';
import { adapter } from './index.ts';

let slave: ModbusSlave;
let sender: Sender;

const send = (command: unknown, more: { signal?: AbortSignal } = {}): Promise<SendOutcome> =>
  sender.send(Buffer.from(typeof command === 'string' ? command : JSON.stringify(command)), {
    timeoutMs: 1000,
    matches: () => true,
    id: 'd1',
    controlId: '',
    with: {},
    mediaType: 'application/json',
    ...more,
  });
const open = (port: number): Sender =>
  adapter.connect!(
    new FakeIntake().context({
      host: '127.0.0.1',
      port,
      timeoutMs: 100,
      outputs: [
        { output: 'horn', unit: 3, table: 'coil', address: 5 },
        {
          output: 'setpoint',
          unit: 3,
          table: 'holding',
          address: 10,
          type: 's16',
          scale: 0.1,
          min: -90,
          max: -60,
        },
        { output: 'level', unit: 3, table: 'holding', address: 20, type: 'f32', order: 'CDAB' },
      ],
    }),
  );

beforeEach(async () => {
  slave = await ModbusSlave.listen();
  slave.unit(3).coils.set(5, 0);
  slave.unit(3).set('holding', 10, 0).set('holding', 20, 0, 0);
  sender = open(slave.port);
});
afterEach(async () => {
  await sender.close();
  await slave.close();
});

describe('[DEV-05] remote control', () => {
  test('a coil and registers are written and read back', async () => {
    expect(await send({ output: 'horn', value: true })).toMatchObject({
      kind: 'replied',
      said: { verdict: 'good' },
    });
    expect(await send({ output: 'setpoint', value: -80 })).toMatchObject({ said: { verdict: 'good' } });
    expect(await send({ output: 'level', value: 12.5 })).toMatchObject({ said: { verdict: 'good' } });
    const { coils, holding } = slave.unit(3);
    expect([coils.get(5), holding.get(10), holding.get(20), holding.get(21)]).toEqual([1, 0xfce0, 0, 0x4148]);
    expect(slave.requests.map(({ code }) => code)).toEqual([5, 1, 6, 3, 16, 3]);
  });

  test.each([
    ['no output of this endpoint', { output: 'other', value: 1 }],
    ['is no number', { output: 'horn', value: 'on' }],
    ['takes 0 or 1', { output: 'horn', value: 2 }],
    ['outside what the output allows', { output: 'setpoint', value: -20 }],
    ['no JSON', '{'],
    ['no output', 'null'],
  ])('a command that is refused (%s) writes nothing', async (reason, command) => {
    expect(await send(command)).toMatchObject({
      kind: 'replied',
      said: { verdict: 'negative', code: 'COMMAND', reason: expect.stringContaining(reason) },
    });
    expect(slave.requests).toHaveLength(0);
  });

  test('a device that confirms and does not do it is found out', async () => {
    slave.unit(3).deaf = true;
    expect(await send({ output: 'horn', value: 1 })).toMatchObject({
      said: { verdict: 'negative', code: 'READ-BACK' },
    });
  });

  test('busy is tried later, an exception parks, silence is unknown, nobody there is not sent', async () => {
    slave.behave({ kind: 'exception', code: 6 });
    expect(await send({ output: 'horn', value: 1 })).toMatchObject({ said: { verdict: 'busy', code: '6' } });
    slave.behave({ kind: 'exception', code: 2 });
    expect(await send({ output: 'horn', value: 1 })).toMatchObject({
      said: { verdict: 'negative', reason: 'illegal-address' },
    });
    slave.behave({ kind: 'silent' });
    expect(await send({ output: 'horn', value: 1 })).toMatchObject({
      kind: 'unknown',
      code: 'hub.peer.timeout',
    });
    slave.behave({ kind: 'hang-up' });
    expect(await send({ output: 'horn', value: 1 })).toMatchObject({
      kind: 'unknown',
      code: 'hub.peer.lost',
    });
    slave.behave((r) => (r.code < 5 ? { kind: 'silent' } : { kind: 'answer' }));
    expect(await send({ output: 'horn', value: 1 })).toMatchObject({
      kind: 'unknown',
      reason: expect.stringContaining('written, but not read back'),
    });
    await slave.close();
    while (sender.connections()[0]!.open) await new Promise(setImmediate);
    expect(await send({ output: 'horn', value: 1 })).toMatchObject({ kind: 'not-sent' });
    slave = await ModbusSlave.listen();
  });

  test('two at once go one after the other; a closed or aborted sender sends nothing', async () => {
    await Promise.all([send({ output: 'horn', value: 1 }), send({ output: 'horn', value: 0 })]);
    expect(slave.unit(3).coils.get(5)).toBe(0);
    expect(slave.requests.map(({ code }) => code)).toEqual([5, 1, 5, 1]);
    expect(await send({ output: 'horn', value: 1 }, { signal: AbortSignal.abort() })).toMatchObject({
      kind: 'not-sent',
    });
    await sender.close();
    expect(await send({ output: 'horn', value: 1 })).toMatchObject({ kind: 'not-sent' });
    expect(slave.requests).toHaveLength(4);
  });
});
