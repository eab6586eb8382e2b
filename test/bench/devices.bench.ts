import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ask } from '../api/api.ts';
import { Analyser } from '../peers/astm/analyser.ts';
import { benchOrders } from '../peers/his/messages.ts';
import { ModbusSlave } from '../peers/modbus/slave.ts';
import { freePort, runPlatform } from '../platform.ts';
import { Load, shotOf } from './load.ts';

/**
 * Results over ASTM (the last ACK after the durable commit) against orders over MLLP, and how many simulated devices behind one Modbus
 * gateway are polled every second and kept. All over sockets, against the platform in a process of its own.
 * `node test/bench/devices.bench.ts [--seconds 6] [--connections 32] [--units 500]`
 */
const args = new Map(
  process.argv.slice(2).flatMap((a, i, all) => (a.startsWith('--') ? [[a.slice(2), all[i + 1] ?? '']] : [])),
);
const seconds = Number(args.get('seconds') ?? 6);
const connections = Number(args.get('connections') ?? 32);
const units = Number(args.get('units') ?? 500);

const platform = await runPlatform();
const base = `http://127.0.0.1:${platform.httpPort}`;
const signIn = { username: 'engineer', password: 'Cytomesh#Demo1' };
const { token } = (await ask(base, 'POST', '/auth/login', { body: signIn })).json as { token: string };
const mappings = join(import.meta.dirname, '../../mappings');
const publish = async (file: string, change: (text: string) => string = (text) => text): Promise<void> => {
  const text = change(readFileSync(join(mappings, file), 'utf8'));
  const made = await ask(base, 'POST', '/channels', {
    token,
    headers: { 'Idempotency-Key': file },
    body: { text },
  });
  if (made.status !== 201) throw new Error(made.text);
};
const at = (values: readonly number[], q: number): string =>
  ([...values].sort((a, b) => a - b)[Math.floor(values.length * q)] ?? 0).toFixed(1);

const shots = benchOrders(Math.max(4000, seconds * 4000), { patients: 2000 }).map(shotOf);
let next = 0;
const load = await Load.open(connections, platform.mllpPort);
await load.send(2000, () => shots[next++]); // until the code is compiled; not counted
let began = performance.now();
await load.send(seconds * 1000, () => shots[next++]);
const baseline = (load.latencies.length * 1000) / (performance.now() - began);
console.log(
  `MLLP, orders of 1 KB            ${baseline.toFixed(0).padStart(6)} msg/s  p50 ${at(load.latencies, 0.5)} ms  p99 ${at(load.latencies, 0.99)} ms  ratio 1.00`,
);
load.close();

const port = await freePort();
await publish('analyser-astm/optional/analyser-astm.endpoint.yaml', (text) =>
  text
    .replace('port: 4001', `port: ${port}, maxConnections: 1000`)
    .replace('when: handled, waitSeconds: 8, ', ''),
);
await publish('analyser-astm/optional/analyser-astm-results-in.channel.yaml', (text) =>
  text.replace('calls: [order.receive]\n', ''),
);
const results = Array.from({ length: 20 }, (_, i) => `R|${i + 1}|^^^T${i}|${i}.5|10*9/L|1^9|N||F`).join('\r');
const message = (n: number): Buffer =>
  Buffer.from(
    `H|\\^&|M${n}||XN-L|||||||P|LIS2-A2|20261127083005\rP|1\rO|1|S-${n}||^^^CBC\r${results}\rL|1|N\r`,
  );
const analysers = await Promise.all(Array.from({ length: connections }, () => Analyser.connect(port)));
let sent = 0;
const latencies: number[] = [];
const until = performance.now() + seconds * 1000;
began = performance.now();
await Promise.all(
  analysers.map(async (analyser) => {
    while (performance.now() < until) {
      const start = performance.now();
      if (!(await analyser.send(message(sent++), { packed: true })))
        throw new Error('a message was not acknowledged');
      latencies.push(performance.now() - start);
    }
  }),
);
const rate = (latencies.length * 1000) / (performance.now() - began);
console.log(
  `ASTM, 20 results, 5 to 6 frames ${rate.toFixed(0).padStart(6)} msg/s  p50 ${at(latencies, 0.5)} ms  p99 ${at(latencies, 0.99)} ms  ratio ${(rate / baseline).toFixed(2)}`,
);
for (const analyser of analysers) analyser.hangUp();

const slave = await ModbusSlave.listen();
for (let unit = 1; unit <= Math.min(units, 250); unit++) slave.unit(unit).set('input', 1, 235, 555);
const devices = Array.from(
  { length: units },
  (_, i) => `    - { device: D-${i}, unit: ${(i % 250) + 1}, driver: xy-md02 }`,
);
await publish('iot-devices/optional/iot-modbus.endpoint.yaml', (text) =>
  text
    .replace('port: 502', `port: ${slave.port}`)
    .replace('everySeconds: 10', 'everySeconds: 1')
    .replace('    - { device: ROOM-101, unit: 1, driver: xy-md02 }', devices.join('\n')),
);
await publish('iot-devices/optional/iot-modbus-in.channel.yaml');
await slave.until(() => slave.requests.length >= units * 2);
const requests = slave.requests.length;
began = performance.now();
await sleep(seconds * 1000);
const polls = ((slave.requests.length - requests) * 1000) / (performance.now() - began);
console.log(
  `Modbus, ${units} devices each second ${polls.toFixed(0).padStart(5)} polls/s kept, ${(polls * 2).toFixed(0)} points/s  ratio ${(polls / units).toFixed(2)} of what was asked`,
);
await platform.kill();
await slave.close();
