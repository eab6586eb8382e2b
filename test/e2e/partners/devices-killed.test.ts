import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { ask } from '../../api/api.ts';
import { Analyser } from '../../peers/astm/analyser.ts';
import { ModbusSlave } from '../../peers/modbus/slave.ts';
import { freePort, type RunningPlatform, runPlatform } from '../../platform.ts';

const optional = (profile: string, file: string): string =>
  readFileSync(join(import.meta.dirname, '../../../mappings', profile, 'optional', file), 'utf8');
const message = (n: number): Buffer =>
  Buffer.from(`H|\\^&|||XN-L\rO|1|K-${n}||^^^CBC\rR|1|^^^WBC|5.4|10*9/L||N||F\rL|1|N\r`);

test('[INT-07] [INT-02] killed while analysers send and devices are polled: what was acknowledged is there, once, and the poll goes on', async () => {
  const dataFolder = mkdtempSync(join(tmpdir(), 'cytomesh-devices-kill-'));
  const port = await freePort();
  const slave = await ModbusSlave.listen();
  slave.unit(1).set('input', 1, 235, 555);
  let running = await runPlatform({ dataFolder });
  const tokenOf = async ({ httpPort }: RunningPlatform): Promise<string> => {
    const body = { username: 'engineer', password: 'Cytomesh#Demo1' };
    const { json } = await ask(`http://127.0.0.1:${httpPort}`, 'POST', '/auth/login', { body });
    return (json as { token: string }).token;
  };
  const token = await tokenOf(running);
  const publish = async (text: string): Promise<void> => {
    const headers = { 'Idempotency-Key': text.slice(0, 40).replaceAll(/\W/g, '-') };
    const made = await ask(`http://127.0.0.1:${running.httpPort}`, 'POST', '/channels', {
      token,
      headers,
      body: { text },
    });
    expect([made.status, made.text]).toEqual([201, expect.any(String)]);
  };
  await publish(
    optional('analyser-astm', 'analyser-astm.endpoint.yaml').replace('port: 4001', `port: ${port}`),
  );
  // The results belong to no order here: without the call the ledger alone tells.
  await publish(
    optional('analyser-astm', 'analyser-astm-results-in.channel.yaml').replace(
      'calls: [order.receive]\n',
      '',
    ),
  );
  await publish(
    optional('iot-devices', 'iot-modbus.endpoint.yaml')
      .replace('port: 502', `port: ${slave.port}`)
      .replace('everySeconds: 10', 'everySeconds: 0.1'),
  );
  await publish(optional('iot-devices', 'iot-modbus-in.channel.yaml'));

  const acknowledged = new Set<number>();
  const open = Array.from({ length: 300 }, (_, i) => i);
  /** Four analysers, each sending what is not acknowledged yet until the platform is gone. */
  const send = async (most: number): Promise<void> => {
    let left = most;
    const one = async (): Promise<void> => {
      const analyser = await Analyser.connect(port);
      while (left > 0 && open.length > 0) {
        left--;
        const n = open.shift()!;
        if (await analyser.send(message(n), { packed: true })) acknowledged.add(n);
        else {
          open.push(n);
          break;
        }
      }
      analyser.hangUp();
    };
    await Promise.all([one(), one(), one(), one()]);
  };
  for (let round = 0; round < 2; round++) {
    const sending = send(1000);
    const from = acknowledged.size;
    while (acknowledged.size < from + 20 + round * 30) await new Promise(setImmediate);
    await running.kill('SIGKILL');
    await sending;
    running = await runPlatform({ dataFolder });
  }
  await send(1000);
  expect(acknowledged.size).toBe(300);

  const now = await tokenOf(running);
  const get = async (path: string): Promise<unknown> =>
    (await ask(`http://127.0.0.1:${running.httpPort}`, 'GET', path, { token: now })).json;
  const total = async (query: string): Promise<number> =>
    ((await get(`/messages?${query}`)) as { total: number }).total;
  while ((await total('filter[endpoint]=analyser-astm&filter[state]=RECEIVED')) > 0)
    await new Promise((resolve) => setTimeout(resolve, 50));
  for (const n of acknowledged) {
    const { items } = (await get(`/messages?key=K-${n}`)) as { items: { state: string }[] };
    // What was sent again is a repetition of the first: one and no more is done.
    expect([n, items.filter((m) => m.state === 'DONE').length]).toEqual([n, 1]);
  }
  const asked = slave.requests.length;
  await slave.until(() => slave.requests.length >= asked + 3);
  await running.kill();
  await slave.close();
  rmSync(dataFolder, { recursive: true, force: true, maxRetries: 5 });
}, 180_000);
