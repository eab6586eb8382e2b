import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { leaseTable } from '../../contracts/kernel/system.tables.ts';
import { messageTable } from '../../contracts/message/message.record.ts';
import { Database } from '../../nodes/kit/db/database.ts';
import { tableCode } from '../../nodes/kit/db/rows.ts';
import { faultRecords } from '../fault/ledger.ts';
import { HisReceiver } from '../peers/his/receiver.ts';
import { freePort, type RunningPlatform, runPlatform } from '../platform.ts';
import { type PrivateServer, privateMariaDb, privateNats, privateRedis } from '../servers.ts';

export const clusterPrograms = ['mariadbd', 'mariadb-install-db', 'mariadb', 'nats-server', 'redis-server'];

interface Ports {
  readonly mllp: number;
  readonly http: number;
}

/** Two places for nodes of one installation, with servers of their own; nodes come and go on the same ports. */
export class Cluster {
  readonly maria: PrivateServer;
  readonly nats: PrivateServer;
  readonly redis: PrivateServer;
  readonly his: HisReceiver;
  readonly db: Database;
  readonly ports: readonly [Ports, Ports];
  readonly nodes: [RunningPlatform | undefined, RunningPlatform | undefined] = [undefined, undefined];
  private readonly folder: string;
  private starts = 0;

  private constructor(
    servers: [PrivateServer, PrivateServer, PrivateServer],
    his: HisReceiver,
    db: Database,
    ports: readonly [Ports, Ports],
    folder: string,
  ) {
    [this.maria, this.nats, this.redis] = servers;
    this.his = his;
    this.db = db;
    this.ports = ports;
    this.folder = folder;
  }

  static async open(): Promise<Cluster> {
    const servers = await Promise.all([privateMariaDb(), privateNats(), privateRedis()] as const);
    const his = await HisReceiver.listen({ port: await freePort() });
    const db = await Database.open({
      role: 'main',
      url: servers[0].url,
      records: [...faultRecords, leaseTable],
      poolSize: 2,
    });
    const place = async (): Promise<Ports> => ({ mllp: await freePort(), http: await freePort() });
    const folder = mkdtempSync(join(tmpdir(), 'cytomesh-cluster-'));
    return new Cluster(servers, his, db, [await place(), await place()], folder);
  }

  get mllpPorts(): number[] {
    return this.ports.map((p) => p.mllp);
  }

  async start(place: 0 | 1): Promise<RunningPlatform> {
    const { mllp, http } = this.ports[place];
    const url = this.maria.url;
    const node = await runPlatform({
      dataFolder: join(this.folder, `node${place}`),
      mllpPort: mllp,
      httpPort: http,
      env: {
        CYTOMESH_DB_MAIN: url,
        CYTOMESH_DB_LOG: url,
        CYTOMESH_DB_MEDIA: url,
        CYTOMESH_DB_TELEMETRY: url,
        CYTOMESH_TRANSPORTER: this.nats.url,
        CYTOMESH_REDIS_URL: this.redis.url,
        CYTOMESH_KEYS: join(this.folder, 'keys.json'),
        CYTOMESH_NAMESPACE: 'cluster-test',
        CYTOMESH_NODE_ID: `place${place}-${++this.starts}`,
        CYTOMESH_DEMO_HIS_PORT: String(this.his.port),
      },
    });
    this.nodes[place] = node;
    return node;
  }

  async end(place: 0 | 1, signal: NodeJS.Signals): Promise<void> {
    await this.nodes[place]?.kill(signal);
    this.nodes[place] = undefined;
  }

  /** Shards each node works now, by the node's place. */
  async shards(): Promise<[number, number]> {
    const code = tableCode(leaseTable, this.db.read);
    const rows = await this.db.read.query<{ holder: string; n: number }>(
      `SELECT ${code.name('holder')} AS holder, COUNT(*) AS n FROM ${code.table} WHERE ${code.name('id')} LIKE 'lane/%' AND ${code.name('until')} > ? GROUP BY ${code.name('holder')}`,
      [Date.now()],
    );
    const of = (place: number): number =>
      rows.filter((r) => r.holder.startsWith(`place${place}-`)).reduce((sum, r) => sum + Number(r.n), 0);
    return [of(0), of(1)];
  }

  /** Messages that were handled, by the place that works their shard now. */
  async handled(): Promise<[number, number]> {
    const [m, l] = [tableCode(messageTable, this.db.read), tableCode(leaseTable, this.db.read)];
    const holders = await this.db.read.query<{ id: string; holder: string }>(
      `SELECT ${l.name('id')} AS id, ${l.name('holder')} AS holder FROM ${l.table} WHERE ${l.name('id')} LIKE 'lane/%'`,
    );
    const counts = await this.db.read.query<{ shard: number; n: number }>(
      `SELECT ${m.name('shard')} AS shard, COUNT(*) AS n FROM ${m.table} WHERE ${m.name('state')} = 'DONE' AND ${m.name('direction')} = 'in' GROUP BY ${m.name('shard')}`,
    );
    const of = (place: number): number =>
      counts
        .filter((c) =>
          holders.some((h) => h.id === `lane/${c.shard}` && h.holder.startsWith(`place${place}-`)),
        )
        .reduce((sum, c) => sum + Number(c.n), 0);
    return [of(0), of(1)];
  }

  async close(): Promise<void> {
    await Promise.all([this.end(0, 'SIGKILL'), this.end(1, 'SIGKILL')]);
    await this.his.close();
    await this.db.close();
    await Promise.all([this.maria.stop(), this.nats.stop(), this.redis.stop()]);
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}
