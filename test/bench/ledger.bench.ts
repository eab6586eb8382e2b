import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { messageTable } from '../../contracts/message/message.record.ts';
import { registry } from '../../contracts/registry.generated.ts';
import { Journal, type NewMessage, shardOf } from '../../nodes/hub/ledger/journal.ts';
import { listMessages } from '../../nodes/hub/ledger/query.ts';
import { Database } from '../../nodes/kit/db/database.ts';
import { migrate, readMigrations } from '../../nodes/kit/db/migrate.ts';
import { uuid } from '../../nodes/kit/ids.ts';
import type { Kit } from '../../nodes/kit/kit.ts';
import { find } from '../../nodes/kit/store.ts';
import { Vault } from '../../nodes/kit/vault.ts';

/**
 * Search by business key in a large journal; ratio against reading one row by its primary key.
 * `node test/bench/ledger.bench.ts [--rows 1000000] [--db <empty database url>]`
 */
const args = new Map(
  process.argv.slice(2).flatMap((a, i, all) => (a.startsWith('--') ? [[a.slice(2), all[i + 1] ?? '']] : [])),
);
const rows = Number(args.get('rows') ?? 1_000_000);
const folder = mkdtempSync(join(tmpdir(), 'cytomesh-ledger-'));
const records = [...registry.records.values()].filter((r) => r.database === 'main');
const db = await Database.open({
  role: 'main',
  url: args.get('db') ?? `sqlite:${join(folder, 'main.sqlite')}`,
  records,
});
await migrate(db, readMigrations(join(import.meta.dirname, '../../deploy/migrations')));
const vault = Vault.open(join(folder, 'keys.json'));
const journal = new Journal(db, vault);

const began = performance.now();
const size = 5000;
for (let n = 0; n < rows; n += size) {
  const batch = Array.from({ length: Math.min(size, rows - n) }, (_, i) => message(n + i));
  await db.tx((sql) => journal.insert(sql, batch));
}
console.log(`${rows} messages written in ${((performance.now() - began) / 1000).toFixed(0)} s`);

const kit = { databases: { main: db }, vault } as unknown as Kit;
const searchMessages = (key: string) => listMessages(kit, 'org-hy', { key });

const byId = await timed(async (i) => {
  await find(db.read, vault, messageTable, { orgId: 'org-hy' }, { seq: ((i * 7919) % rows) + 1 });
});
const byOrder = await timed((i) => searchMessages(`R${(i * 104_729) % rows}`));
const byPatient = await timed((i) => searchMessages(`P${(i * 104_729) % Math.ceil(rows / 20)}`));
const none = await timed((i) => searchMessages(`nothing-${i}`));
console.log(`one row by its key          p50 ${byId.p50.toFixed(2)} ms  p99 ${byId.p99.toFixed(2)} ms`);
for (const [name, t] of [
  ['by order number', byOrder],
  ['by patient (20 messages)', byPatient],
  ['by a key that is not there', none],
] as const)
  console.log(
    `${name.padEnd(27)} p50 ${t.p50.toFixed(2)} ms  p99 ${t.p99.toFixed(2)} ms  ratio ${(t.p50 / byId.p50).toFixed(1)}`,
  );
await db.close();
rmSync(folder, { recursive: true, force: true, maxRetries: 5 });

function message(n: number): { message: NewMessage; raw: Uint8Array } {
  const lane = `P${n % Math.ceil(rows / 20)}`;
  const now = new Date(1_760_000_000_000 + n * 1000).toISOString();
  const id = uuid();
  return {
    message: {
      id,
      orgId: 'org-hy',
      receivedAt: now,
      doneAt: now,
      direction: 'in',
      endpoint: 'his',
      connection: 'his#1',
      peer: '127.0.0.1:1',
      channel: 'his-orders-in',
      channelVersion: 1,
      messageType: 'ORM^O01',
      controlId: `M${n}`,
      charset: 'GB18030',
      size: 100,
      digest: id.slice(4),
      lane,
      shard: shardOf(lane),
      state: 'DONE',
      ack: 'SENT',
      ackCode: 'AA',
      faultCode: '',
      fault: null,
      warnings: null,
      keys: [
        { kind: 'control', value: `M${n}` },
        { kind: 'patient', value: lane },
        { kind: 'order', value: `R${n}` },
      ],
      originId: null,
      originKind: '',
      reason: '',
    } as NewMessage,
    raw: new Uint8Array(100),
  };
}

async function timed(run: (i: number) => Promise<unknown>): Promise<{ p50: number; p99: number }> {
  const times: number[] = [];
  for (let i = 0; i < 300; i++) {
    const at = performance.now();
    await run(i);
    times.push(performance.now() - at);
  }
  times.sort((a, b) => a - b);
  return { p50: times[150]!, p99: times[297]! };
}
