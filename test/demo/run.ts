import { parseArgs } from 'node:util';
import { makeDay } from './day.ts';
import type { DayItem } from './item.ts';
import { judge, type Listed, unsettled } from './judge.ts';
import { Platform } from './platform.ts';
import { sendDay } from './send-day.ts';
import { summary, table } from './table.ts';

const help = `Sends a day of varied traffic to a running platform and tells what became of each message.

  --count N       messages, 300
  --seed N        the same seed sends the same bytes; by default each run is a new day
  --host NAME     where the interface port is, 127.0.0.1 (CYTOMESH_DEMO_HOST)
  --port N        2575 (CYTOMESH_MLLP_PORT)
  --api URL       http://127.0.0.1:3000 (CYTOMESH_DEMO_API)
  --user NAME     engineer (CYTOMESH_DEMO_USER)
  --password WORD (CYTOMESH_DEMO_PASSWORD)
  --settle N      seconds the platform may take to finish its work, 30
  --only-odd      leave ordinary messages out of the table

Exit code: 0 all as expected, 1 something differs, 2 the platform could not be reached.`;

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '300' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
    host: { type: 'string', default: process.env.CYTOMESH_DEMO_HOST ?? '127.0.0.1' },
    port: { type: 'string', default: process.env.CYTOMESH_MLLP_PORT ?? '2575' },
    api: { type: 'string', default: process.env.CYTOMESH_DEMO_API ?? 'http://127.0.0.1:3000' },
    user: { type: 'string', default: process.env.CYTOMESH_DEMO_USER ?? 'engineer' },
    password: { type: 'string', default: process.env.CYTOMESH_DEMO_PASSWORD ?? 'Cytomesh#Demo1' },
    settle: { type: 'string', default: '30' },
    'only-odd': { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

async function main(): Promise<number> {
  if (values.help) {
    console.log(help);
    return 0;
  }
  const day = makeDay({ count: Number(values.count), seed: Number(values.seed), start: new Date() });
  const platform = new Platform(values.api);
  await platform.signIn(values.user, values.password);
  const started = performance.now();
  const times: number[] = [];
  const acks = await sendDay(day, {
    host: values.host,
    port: Number(values.port),
    sent: (_, __, ms) => void (ms > 0 && times.push(ms)),
  });
  const seconds = (performance.now() - started) / 1000;
  const found = await lookUp(platform, day, Number(values.settle) * 1000);
  const rows = day.map((item, at) => ({ item, ack: acks[at]!, verdict: judge(item, acks[at]!, found) }));
  const shown = values['only-odd'] ? rows.filter((row) => !row.verdict.ok || isOdd(row.item)) : rows;
  console.log(table(shown));
  console.log(summary(rows, { seed: values.seed, seconds, times }));
  return rows.every((row) => row.verdict.ok) ? 0 : 1;
}

/** Looks every key up, again while the platform is at work on one, for at most `patienceMs`. */
async function lookUp(
  platform: Platform,
  day: readonly DayItem[],
  patienceMs: number,
): Promise<Map<string, Listed[]>> {
  const until = Date.now() + patienceMs;
  const found = new Map<string, Listed[]>();
  let open = [...new Set(day.flatMap((item) => item.keys))];
  while (open.length > 0) {
    const queue = [...open];
    const lane = async () => {
      for (let key = queue.shift(); key !== undefined; key = queue.shift()) {
        found.set(key, await platform.messages(key));
      }
    };
    await Promise.all([1, 2, 3, 4].map(lane));
    open = open.filter((key) => unsettled(found.get(key) ?? []));
    if (Date.now() > until) break;
    if (open.length > 0) await new Promise((resolve) => setTimeout(resolve, 500));
  }
  return found;
}

const isOdd = (item: DayItem) => item.expect !== 'applied' || item.chunks !== undefined;

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: Error & { cause?: Error }) => {
    console.error(`The platform could not be reached: ${error.cause?.message ?? error.message}`);
    process.exitCode = 2;
  },
);
