import { afterEach, expect, test } from '@jest/globals';
import { FakeIntake } from '../../test/peers/foreign-db/intake.ts';
import { describeWithForeign, mbpoll, startPymodbus } from '../../test/peers/modbus/foreign.ts';
import { ModbusSlave } from '../../test/peers/modbus/slave.ts';
import { adapter } from './index.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

describeWithForeign('pymodbus', 'a server nobody here wrote', () => {
  test.each([
    ['socket', 'tcp'],
    ['rtu', 'rtu-over-tcp'],
  ] as const)(
    '[INT-07] [DEV-04] pymodbus with its %s framer is read and written',
    async (framer, mode) => {
      const server = await startPymodbus(framer);
      cleanups.push(() => server.stop());
      const intake = new FakeIntake();
      const address = { host: '127.0.0.1', port: server.port, mode, timeoutMs: 2000 };
      const listener = await adapter.listen!(
        intake.context({
          ...address,
          everySeconds: 0.2,
          devices: [
            { device: 'TH', unit: 1, driver: 'xy-md02' },
            {
              device: 'MIXED',
              unit: 1,
              points: [
                { point: 'co2', table: 'holding', address: 0, type: 'f32', order: 'CDAB', unit: '[ppm]' },
                { point: 'door', table: 'discrete', address: 2 },
                { point: 'below', table: 'input', address: 3, type: 's16' },
                { point: 'nowhere', table: 'holding', address: 900 },
              ],
            },
          ],
        }),
      );
      cleanups.push(() => listener.stop(0));
      const good = (device: string) =>
        intake.rows.find(
          (r) =>
            r.device === device && (r.readings as unknown as { quality: string }[])[0]!.quality === 'good',
        );
      await intake.until(() => good('TH') !== undefined && good('MIXED') !== undefined);
      expect(good('TH')!.readings).toMatchObject([
        { point: 'temperature', value: 23.5 },
        { point: 'humidity', value: 55.5 },
      ]);
      const byName = new Map(
        (good('MIXED')!.readings as unknown as { point: string; value: number }[]).map((r) => [r.point, r]),
      );
      expect(byName.get('co2')).toMatchObject({ value: 465.65997, quality: 'good' });
      expect(byName.get('door')).toMatchObject({ value: 1 });
      expect(byName.get('below')).toMatchObject({ value: -10 });
      expect(byName.get('nowhere')).toMatchObject({ quality: 'bad', reason: 'illegal-address' });

      const sender = adapter.connect!({
        ...intake.context({
          ...address,
          outputs: [
            { output: 'relay', unit: 1, table: 'coil', address: 1 },
            { output: 'setpoint', unit: 1, table: 'holding', address: 4, type: 's32', scale: 0.1 },
          ],
        }),
      });
      cleanups.push(() => sender.close());
      const options = {
        timeoutMs: 3000,
        matches: () => true,
        id: 'd',
        controlId: '',
        with: {},
        mediaType: '',
      };
      for (const command of [
        { output: 'relay', value: 1 },
        { output: 'setpoint', value: -80 },
      ])
        expect(await sender.send(Buffer.from(JSON.stringify(command)), options)).toMatchObject({
          kind: 'replied',
          said: { verdict: 'good' },
        });
    },
    60_000,
  );
});

describeWithForeign('mbpoll', 'a client nobody here wrote', () => {
  test('[DEV-04] mbpoll reads and writes the device of these tests, so it speaks as devices do', async () => {
    const slave = await ModbusSlave.listen();
    cleanups.push(() => slave.close());
    slave.unit(7).set('input', 1, 235, 555).set('holding', 4, 1);
    slave.unit(7).coils.set(0, 0);
    const at = ['-m', 'tcp', '-p', String(slave.port), '-a', '7', '-0', '-1'];
    const read = await mbpoll([...at, '-t', '3', '-r', '1', '-c', '2', '127.0.0.1']);
    expect(read.output).toMatch(/\[1\]:\s+235[\s\S]*\[2\]:\s+555/);
    await mbpoll([...at, '-t', '4', '-r', '4', '127.0.0.1', '42']);
    await mbpoll([...at, '-t', '0', '-r', '0', '127.0.0.1', '1']);
    expect([slave.unit(7).holding.get(4), slave.unit(7).coils.get(0)]).toEqual([42, 1]);
    const missing = await mbpoll([...at, '-t', '3', '-r', '50', '-c', '1', '127.0.0.1']);
    expect(missing.output).toContain('Illegal data address');
  }, 30_000);
});
