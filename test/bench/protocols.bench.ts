import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { adapter as dicom } from '../../adapters/dicom/index.ts';
import { messageTable } from '../../contracts/message/message.record.ts';
import { Database } from '../../nodes/kit/db/database.ts';
import { tableCode } from '../../nodes/kit/db/rows.ts';
import { Engineer } from '../e2e/engineer.ts';
import type { Sent } from '../fault/hospital.ts';
import { settledState } from '../fault/ledger.ts';
import { byFile, byMqtt, byRest, bySoap, byView, type Courier, connectRows } from '../fault/partners.ts';
import { makeInstance } from '../peers/dicom/instance.ts';
import { foreignDb } from '../peers/foreign-db/foreign-db.ts';
import { benchOrders } from '../peers/his/messages.ts';
import { freePort, runPlatform } from '../platform.ts';
import { Load, shotOf } from './load.ts';

/**
 * Messages a second of each protocol, on one platform, one protocol after another: each is on disk before it is answered, or
 * counted where we fetch. The figure of MLLP in the same run is the baseline.
 * `node test/bench/protocols.bench.ts [--seconds 5] [--connections 16]`
 */
const args = new Map(
  process.argv.slice(2).flatMap((a, i, all) => (a.startsWith('--') ? [[a.slice(2), all[i + 1] ?? '']] : [])),
);
const seconds = Number(args.get('seconds') ?? 5);
const connections = Number(args.get('connections') ?? 16);

const dataFolder = mkdtempSync(join(tmpdir(), 'cytomesh-bench-'));
const watched = join(dataFolder, 'files/HY/bench');
mkdirSync(watched, { recursive: true });
const his = await foreignDb('sqlite');
await his.run(
  'CREATE TABLE v_cell_order (apply_no TEXT PRIMARY KEY, state TEXT, item_code TEXT, patient_id TEXT, patient_name TEXT, sex TEXT, create_time TEXT, modify_time TEXT)',
);
const mqttPort = await freePort();
const platform = await runPlatform({ dataFolder });
const engineer = await Engineer.at(platform);
await engineer.post('/channel-secrets', { code: 'bench-device', value: 'secret-1' });
await connectRows(engineer, 'bench-rest', 'http', { path: 'bench' });
await connectRows(engineer, 'bench-mqtt', 'mqtt', {
  broker: {
    host: '127.0.0.1',
    port: mqttPort,
    devices: [{ name: 'fridge-1', password: '$secret:bench-device' }],
  },
});
for (const file of ['imaging.endpoint', 'imaging-stored-in.channel'])
  await engineer.connect(`imaging/optional/${file}.yaml`);
const db = await Database.open({
  role: 'main',
  url: `sqlite:${join(dataFolder, 'main.sqlite')}`,
  records: [messageTable],
});
const m = tableCode(messageTable, db.read);

async function keptOf(endpoint: string): Promise<number> {
  const [row] = await db.read.query<{ n: number }>(
    `SELECT COUNT(*) AS n FROM ${m.table} WHERE ${m.name('endpoint')} = ?`,
    [endpoint],
  );
  return Number(row?.n ?? 0);
}

let baseline = 0;
function say(name: string, count: number, ms: number, more = ''): void {
  const rate = (count * 1000) / ms;
  if (baseline === 0) baseline = rate;
  console.log(
    `${name.padEnd(24)} ${String(Math.round(rate)).padStart(6)} msg/s  ratio to MLLP ${(rate / baseline).toFixed(2)}  ${more}`,
  );
}

/** Nothing of the protocol before is left to do. */
async function quietNow(): Promise<void> {
  while ((await settledState(db)) > 0) await sleep(50);
}

let nth = 0;
const next = (prefix: string): [Sent, number] => {
  const n = ++nth;
  const placer = `${prefix}-${n}`;
  return [{ mrn: `${prefix}-P${n % 500}`, placer, controlId: placer, acknowledgements: 0 }, n];
};

/** So many couriers, each with one message under way. */
async function answered(name: string, prefix: string, courierOf: (ward: number) => Courier): Promise<void> {
  const couriers = Array.from({ length: connections }, (_, ward) => courierOf(ward));
  const run = async (ms: number): Promise<number> => {
    const until = performance.now() + ms;
    let count = 0;
    await Promise.all(
      couriers.map(async (courier) => {
        while (performance.now() < until) if (await courier(...next(prefix))) count++;
      }),
    );
    return count;
  };
  await run(1500); // until the code is compiled; not counted
  await quietNow();
  const began = performance.now();
  const count = await run(seconds * 1000);
  say(name, count, performance.now() - began);
}

/** Lies there before the platform begins to fetch. */
async function fetched(
  name: string,
  endpoint: string,
  adapter: string,
  courier: Courier,
  listen: object,
): Promise<void> {
  const count = seconds * 300;
  for (let i = 0; i < count; i++) await courier(...next(endpoint));
  await quietNow();
  const began = performance.now();
  await connectRows(engineer, endpoint, adapter, listen);
  while ((await keptOf(endpoint)) < count) await sleep(10);
  say(name, count, performance.now() - began, `${count} of them lay there`);
}

const shots = benchOrders(Math.max(4000, (seconds + 2) * 5000), { patients: 2000, prefix: 'B' }).map(shotOf);
const load = await Load.open(connections, platform.mllpPort);
let shot = 0;
await load.send(1500, () => shots[shot++]);
await quietNow();
const began = performance.now();
await load.send(seconds * 1000, () => shots[shot++]);
say('MLLP, orders of 1 KB', load.latencies.length, performance.now() - began);
load.close();

const web = `http://127.0.0.1:${platform.interfacePort}`;
await answered('REST, JSON', 'R', () => byRest(`${web}/in/bench`));
await answered('SOAP, WS/T 846', 'S', () => bySoap(`${web}/soap/hip`));
await answered('MQTT, QoS 1', 'Q', (ward) => byMqtt(mqttPort, ward));

const quiet = (): void => undefined;
await answered('DICOM, images of 64 KB', 'D', (ward) => {
  const sender = dicom.connect!({
    endpoint: `modality-${ward}`,
    settings: {
      kind: 'dimse',
      dimse: { host: '127.0.0.1', port: platform.dicomPort, calledAe: 'CYTOMESH' },
    },
    log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
    now: Date.now,
    incident: quiet,
    web: { url: '', mount: () => quiet },
  });
  return async ({ placer }) => {
    const { file } = makeInstance({ accession: placer.slice(0, 16), pixelBytes: 65_536 });
    const outcome = await sender.send(file, {
      timeoutMs: 20_000,
      matches: () => true,
      id: placer,
      controlId: '',
      with: {},
      mediaType: 'application/dicom',
    });
    return outcome.kind === 'replied' && outcome.said?.verdict === 'good';
  };
});
await fetched('files, one message each', 'bench-file', 'file', byFile(watched, Number.POSITIVE_INFINITY), {
  folder: 'bench',
  pollMs: 100,
  stableMs: 0,
});
await fetched('rows of a view', 'bench-view', 'dbview', byView(his, 0), {
  connection: his.connection,
  view: 'v_cell_order',
  key: ['apply_no'],
  mark: ['modify_time'],
  clock: 'none',
  every: 0.1,
  inFlight: 50,
  backfill: 'all',
});

await db.close();
await platform.kill();
await his.drop();
rmSync(dataFolder, { recursive: true, force: true, maxRetries: 5 });
process.exit(0);
