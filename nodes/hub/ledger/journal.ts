import type { Row } from '../../../contracts/kernel/record.ts';
import {
  markTable,
  messageBodyTable,
  messageKeyTable,
  messageOutcomeTable,
  messageTable,
} from '../../../contracts/message/message.record.ts';
import type { Database } from '../../kit/db/database.ts';
import { tableOf } from '../../kit/db/dialect.ts';
import { insertRows, tableCode } from '../../kit/db/rows.ts';
import { inList, type Sql } from '../../kit/db/sql.ts';
import { find } from '../../kit/store.ts';
import type { Vault } from '../../kit/vault.ts';

export type MessageRow = Row<typeof messageTable>;
export type NewMessage = Omit<MessageRow, 'seq'>;

const markId = (endpoint: string, name: string): string => `${endpoint}/${name}`.slice(0, 120);

/** Lanes are spread over shards; a shard has one node that works it. */
export const shards = 64;

export function shardOf(lane: string): number {
  let hash = 5381;
  for (let i = 0; i < lane.length; i++) hash = ((hash << 5) + hash + lane.charCodeAt(i)) | 0;
  return Math.abs(hash) % shards;
}

export interface OrgLane {
  readonly orgId: string;
  readonly lane: string;
}

/** Lanes a message keeps its order in: its own, and for a merge those of the patients that end in it. */
export const lanesOf = (row: Pick<MessageRow, 'lane' | 'moreLanes'>): string[] =>
  row.lane === '' ? [] : [row.lane, ...(row.moreLanes ?? [])];

/** What a parked message bars. */
export const barsOf = (row: Pick<MessageRow, 'orgId' | 'lane' | 'moreLanes'>): OrgLane[] =>
  lanesOf(row).map((lane) => ({ orgId: row.orgId, lane }));

export interface Settled {
  readonly seq: number;
  readonly id: string;
  readonly state: MessageRow['state'];
  readonly channel: string;
  readonly channelVersion: number;
  readonly ack: MessageRow['ack'];
  readonly fault?: { code: string } | undefined;
  readonly canonical?: string | undefined;
  readonly mapping?: string | null | undefined;
  readonly context?: Record<string, string> | undefined;
}

/** The journal's tables: everything that is written about messages passes here. */
export class Journal {
  readonly db: Database;
  private readonly vault: Vault;

  constructor(db: Database, vault: Vault) {
    this.db = db;
    this.vault = vault;
  }

  /**
   * Appends messages with contents and keys, and how far polls have come with them, in a transaction that reads nothing first, so that
   * it waits for no other. Durable once this resolves, with the sequence numbers by id: then they may be acknowledged.
   */
  async append(
    rows: readonly { message: NewMessage; raw: Uint8Array }[],
    marks: readonly { endpoint: string; name: string; value: string }[],
    now: string,
  ): Promise<Map<string, number>> {
    const ids = rows.map((r) => r.message.id);
    let last = 0;
    const told = await this.db.tx(async (sql) => {
      await insertRows(
        sql,
        messageTable,
        rows.map((r) => r.message),
        this.vault,
        'refuse',
        (rowId) => {
          last = rowId;
        },
      );
      await this.insertContents(sql, rows);
      await this.marks(sql, marks, now);
      return sql.dialect === 'sqlite' ? undefined : this.sequences(sql, ids);
    });
    // One writer: the rows of one statement have numbers that follow each other.
    return told ?? new Map(ids.map((id, i) => [id, last - ids.length + 1 + i]));
  }

  /** The same for messages that a transaction makes beside other things. */
  async insert(
    sql: Sql,
    rows: readonly { message: NewMessage; raw: Uint8Array }[],
  ): Promise<Map<string, number>> {
    const ids = rows.map((r) => r.message.id);
    const last = sql.dialect === 'sqlite' ? await this.lastSequence(sql) : undefined;
    await insertRows(
      sql,
      messageTable,
      rows.map((r) => r.message),
      this.vault,
    );
    await this.insertContents(sql, rows);
    if (last === undefined) return this.sequences(sql, ids);
    return new Map(ids.map((id, i) => [id, last + 1 + i]));
  }

  /** One writer: the rows inserted next have the numbers that follow, in their order. */
  private async lastSequence(sql: Sql): Promise<number> {
    const [row] = await sql.query<{ seq: number }>('SELECT seq FROM sqlite_sequence WHERE name = ?', [
      tableOf(messageTable),
    ]);
    return Number(row?.seq ?? 0);
  }

  /** Contents and keys of messages whose rows are written by other means. */
  async insertContents(
    sql: Sql,
    rows: readonly { message: Pick<NewMessage, 'id' | 'orgId' | 'keys'>; raw: Uint8Array }[],
  ): Promise<void> {
    await insertRows(
      sql,
      messageBodyTable,
      rows.map((r) => ({ id: r.message.id, raw: r.raw })),
      this.vault,
    );
    const keys = rows.flatMap(({ message }) =>
      message.keys.map(({ kind, value }) => ({
        value,
        kind,
        messageId: message.id,
        orgId: message.orgId,
      })),
    );
    await insertRows(sql, messageKeyTable, keys, this.vault);
  }

  /** How far polls have come, with the messages they brought. */
  async marks(
    sql: Sql,
    marks: readonly { endpoint: string; name: string; value: string }[],
    now: string,
  ): Promise<void> {
    const last = new Map(marks.map((m) => [markId(m.endpoint, m.name), m.value]));
    const rows = [...last].map(([id, value]) => ({ id, value, at: now }));
    await insertRows(sql, markTable, rows, this.vault, 'replace');
  }

  async mark(endpoint: string, name: string): Promise<string | undefined> {
    const id = markId(endpoint, name);
    const [row] = await find(this.db.read, this.vault, markTable, 'system', { id });
    return row?.value;
  }

  /** Sequence numbers of rows, by id. */
  private async sequences(sql: Sql, ids: readonly string[]): Promise<Map<string, number>> {
    const code = tableCode(messageTable, sql);
    const rows = await sql.query<{ id: string; seq: number }>(
      `SELECT ${code.name('id')}, ${code.name('seq')} FROM ${code.table} WHERE ${code.name('id')} IN (${inList(ids).marks})`,
      inList(ids).values,
    );
    return new Map(rows.map((r) => [r.id, Number(r.seq)]));
  }

  /** Digests among these that an accepted message of the window carries already. */
  async seen(digests: readonly string[], since: string): Promise<Set<string>> {
    if (digests.length === 0) return new Set();
    const among = inList(digests);
    const code = tableCode(messageTable, this.db);
    const rows = await this.db.read.query<{ digest: string }>(
      `SELECT ${code.name('digest')} FROM ${code.table} WHERE ${code.name('digest')} IN (${among.marks}) AND ${code.name('receivedAt')} >= ? AND ${code.name('direction')} = 'in' AND ${code.name('originKind')} = '' AND ${code.name('state')} <> 'REFUSED'`,
      [...among.values, since],
    );
    return new Set(rows.map((r) => r.digest));
  }

  /** Outcomes of a wave, in as few statements as there are different outcomes. */
  async settle(sql: Sql, rows: readonly Settled[], now: string): Promise<void> {
    const code = tableCode(messageTable, sql);
    const groups = new Map<string, Settled[]>();
    for (const r of rows) {
      const key = JSON.stringify([r.state, r.channel, r.channelVersion, r.ack, r.fault ?? null]);
      const group = groups.get(key);
      if (group) group.push(r);
      else groups.set(key, [r]);
    }
    for (const group of groups.values()) {
      const { state, channel, channelVersion, ack, fault } = group[0]!;
      const sets: [string, unknown][] = [
        ['state', state],
        ['channel', channel],
        ['channelVersion', channelVersion],
        ...(ack === 'PENDING' ? [] : ([['ack', ack]] as [string, unknown][])), // it may have been noted meanwhile
        ['faultCode', fault?.code ?? ''],
        ['fault', fault ? JSON.stringify(fault) : null],
        ['doneAt', state === 'RECEIVED' || state === 'HELD' ? null : now],
      ];
      await this.inChunks(
        group.map((r) => r.seq),
        (seqs, marks) =>
          sql.executeEach(
            `UPDATE ${code.table} SET ${sets.map(([f]) => `${code.name(f)} = ?`).join(', ')} WHERE ${code.name('seq')} IN (${marks})`,
            [[...sets.map(([, v]) => v), ...seqs]],
          ),
      );
    }
    await this.outcomes(sql, rows);
  }

  private async outcomes(sql: Sql, rows: readonly Settled[]): Promise<void> {
    const made = rows
      .filter((r) => r.canonical !== undefined)
      .map((r) => ({
        id: r.id,
        canonical: r.canonical,
        mapping: r.mapping ?? null,
        context: r.context ?? {},
      }));
    await insertRows(sql, messageOutcomeTable, made, this.vault, 'replace');
  }

  /** Acknowledgement outcomes that came after their message was settled. */
  async acknowledged(rows: readonly { id: string; ack: MessageRow['ack'] }[]): Promise<void> {
    await this.db.tx(async (sql) => {
      const code = tableCode(messageTable, sql);
      for (const ack of new Set(rows.map((r) => r.ack)))
        await this.inChunks(
          rows.filter((r) => r.ack === ack).map((r) => r.id),
          (ids, marks) =>
            sql.execute(
              `UPDATE ${code.table} SET ${code.name('ack')} = ? WHERE ${code.name('id')} IN (${marks})`,
              [ack, ...ids],
            ),
        );
    });
  }

  /** Lanes that parked messages bar; those of a merge may be of any shard. */
  async parkedLanes(ofShards: readonly number[]): Promise<OrgLane[]> {
    if (ofShards.length === 0) return [];
    const shard = inList(ofShards);
    const rows = await find(
      this.db.read,
      this.vault,
      messageTable,
      'system',
      { state: 'PARKED', direction: 'in' },
      {
        and: (name) => [
          `${name('shard')} IN (${shard.marks}) OR ${name('moreLanes')} IS NOT NULL`,
          shard.values,
        ],
        limit: 10_000,
      },
    );
    return rows.flatMap(barsOf);
  }

  /** A lane is free again: what was held behind takes its turn. */
  async releaseLane(sql: Sql, orgId: string, lane: string): Promise<number> {
    const code = tableCode(messageTable, sql);
    return sql.execute(
      `UPDATE ${code.table} SET ${code.name('state')} = 'RECEIVED' WHERE ${code.name('state')} = 'HELD' AND ${code.name('shard')} = ? AND ${code.name('lane')} = ? AND ${code.name('orgId')} = ?`,
      [shardOf(lane), lane, orgId],
    );
  }

  async bodies(ids: readonly string[]): Promise<Map<string, Uint8Array>> {
    const rows = await find(this.db.read, this.vault, messageBodyTable, 'system', { id: ids });
    return new Map(rows.map((r) => [r.id, r.raw]));
  }

  private async inChunks<T>(
    values: readonly T[],
    run: (values: readonly T[], marks: string) => Promise<unknown>,
  ): Promise<void> {
    for (let i = 0; i < values.length; i += 500) {
      const chunk = values.slice(i, i + 500);
      const { marks, values: filled } = inList(chunk);
      await run(filled, marks);
    }
  }
}
