import type { EventDef, Payload } from '../../contracts/kernel/event.ts';
import { Fault } from '../../contracts/kernel/fault.ts';
import type { RecordDef, Row } from '../../contracts/kernel/record.ts';
import {
  auditTable,
  historyTable,
  inboxTable,
  outboxTable,
  sequenceTable,
} from '../../contracts/kernel/system.tables.ts';
import type { CallMeta } from './caller.ts';
import { groupOrg } from './caller.ts';
import { insertRows, insertStored, type TableCode, tableCode, toDb } from './db/rows.ts';
import type { Sql } from './db/sql.ts';
import { type Clock, iso, uuid } from './ids.ts';
import { type FindOptions, find, type Scope, type Where } from './store.ts';
import { Sealed, type Vault } from './vault.ts';

type Values = Record<string, unknown>;

export interface WorkEnv {
  readonly vault: Vault;
  readonly clock: Clock;
  /** Words that take an event. */
  readonly consumersOf: (event: string) => string;
}

interface Pending {
  readonly code: TableCode;
  /** Version as read; null for a row this work inserts. */
  readonly loadedVersion: number | null;
  row: Values;
  stored: Values;
}

/**
 * One transaction's changes, gathered in memory and written in bulk by `flush`: rows, audit, history, events. Changing a row
 * twice writes it once; every change is audited on its own. Serves a single action and a batch of a thousand messages alike.
 */
export class Work {
  readonly sql: Sql;
  readonly meta: CallMeta;
  private readonly env: WorkEnv;
  private readonly pending = new Map<string, Pending>();
  private readonly audits: Values[] = [];
  private readonly histories: Values[] = [];
  private readonly events: Values[] = [];
  private readonly plain = new Map<RecordDef, Values[]>();
  private readonly deferred: ((sql: Sql) => Promise<unknown>)[] = [];
  private readonly series = new Map<string, { next: number; end: number }>();
  private causeId = '';

  constructor(sql: Sql, meta: CallMeta, env: WorkEnv) {
    this.sql = sql;
    this.meta = meta;
    this.env = env;
  }

  get now(): string {
    return iso(this.env.clock());
  }

  /** A new id. */
  id(): string {
    return uuid(this.env.clock);
  }

  get hasEvents(): boolean {
    return this.events.length > 0;
  }

  /** Message or event that the following changes are owed to; shown in history and audit. */
  cause(id: string): void {
    this.causeId = id;
  }

  /** Rows to be read and perhaps changed. */
  async load<R extends RecordDef>(
    record: R,
    where: Where,
    options: FindOptions & { scope?: Scope } = {},
  ): Promise<Row<R>[]> {
    return find(this.sql, this.env.vault, record, options.scope ?? this.meta.caller, where, {
      lock: true,
      ...options,
    });
  }

  /** A personal value that was loaded sealed. */
  reveal<T>(value: T): T {
    return value instanceof Sealed ? (this.env.vault.open(value.text) as T) : value;
  }

  async loadOne<R extends RecordDef>(record: R, id: string): Promise<Row<R>> {
    const [row] = await this.load(record, { id });
    if (!row || (row as Values).voidedAt)
      throw new Fault('kernel.record.missing', { record: record.name, id });
    return row;
  }

  /** Fills the standard fields; the row exists once the work is flushed. */
  insert<R extends RecordDef>(record: R, values: Partial<Row<R>>): Row<R> {
    const now = this.now;
    const actor = this.meta.caller.userId;
    const row: Values = {
      id: uuid(this.env.clock),
      orgId: record.scope === 'group' ? groupOrg : this.meta.caller.orgId,
      version: 1,
      createdAt: now,
      createdBy: actor,
      updatedAt: now,
      updatedBy: actor,
      voidedAt: null,
    };
    const code = tableCode(record, this.sql);
    for (const name of code.nullable) row[name] ??= null;
    Object.assign(row, values);
    const stored = toDb(code, row, this.env.vault);
    this.pending.set(keyOf(record, row.id), { code, loadedVersion: null, row, stored });
    if (record.audited) this.audit(record, row, 'create', null, snapshot(code, stored));
    return row as Row<R>;
  }

  /**
   * Changes fields of a loaded or inserted row and raises its version. Gives the new row; the row given stays as it was.
   * A stale row makes the flush fail with `kernel.record.stale`.
   */
  update<R extends RecordDef>(
    record: R,
    row: Row<R>,
    changes: Partial<Row<R>>,
    action = 'change',
    reason = '',
  ): Row<R> {
    const values = row as Values;
    const key = keyOf(record, values.id);
    const code = tableCode(record, this.sql);
    let entry = this.pending.get(key);
    if (!entry) {
      entry = { code, loadedVersion: values.version as number, row: values, stored: {} };
      this.pending.set(key, entry);
    }
    const before = entry.row;
    const next: Values = {
      ...before,
      ...changes,
      version: (before.version as number) + 1,
      updatedAt: this.now,
      updatedBy: this.meta.caller.userId,
    };
    const fields = [...Object.keys(changes), 'version', 'updatedAt', 'updatedBy'];
    const picked = Object.fromEntries(fields.map((f) => [f, next[f]]));
    const stored = toDb(code, picked, this.env.vault);
    if (record.audited) {
      const was = toDb(code, Object.fromEntries(fields.map((f) => [f, before[f]])), this.env.vault);
      this.audit(record, next, action, snapshot(code, was), snapshot(code, stored), reason);
    }
    Object.assign(entry.stored, stored);
    entry.row = next;
    return next as Row<R>;
  }

  /** A row of a plain table: no standard fields, no audit. */
  add<R extends RecordDef>(record: R, row: Partial<Row<R>>): void {
    const rows = this.plain.get(record);
    if (rows) rows.push(row as Values);
    else this.plain.set(record, [row as Values]);
  }

  history(
    record: RecordDef,
    row: { id: string; orgId: string },
    entry: { action: string; from: string; to: string; reason?: string; meaning?: string },
  ): void {
    this.histories.push({
      orgId: row.orgId,
      record: record.name,
      recordId: row.id,
      at: this.now,
      actor: this.meta.caller.userId,
      actorName: this.meta.caller.name,
      action: entry.action,
      from: entry.from,
      to: entry.to,
      reason: entry.reason ?? '',
      meaning: entry.meaning ?? '',
      cause: this.causeId,
    });
  }

  /** Written with the change, delivered after it. `key` orders events among themselves. */
  event<E extends EventDef>(event: E, orgId: string, key: string, payload: Payload<E>): void {
    this.events.push({
      id: uuid(this.env.clock),
      orgId,
      name: event.name,
      key,
      at: this.now,
      actor: this.meta.caller.userId,
      requestId: this.meta.requestId,
      payload,
      pending: this.env.consumersOf(event.name),
    });
  }

  /** What `consumer` has done of these ids already. */
  async done(consumer: string, ids: readonly string[]): Promise<Map<string, unknown>> {
    if (ids.length === 0) return new Map();
    const rows = await find(this.sql, this.env.vault, inboxTable, 'system', {
      id: ids.map((id) => `${consumer}:${id}`),
    });
    return new Map(rows.map((r) => [r.id.slice(consumer.length + 1), r.result]));
  }

  markDone(consumer: string, id: string, result: unknown): void {
    this.add(inboxTable, { id: `${consumer}:${id}`, at: this.now, result });
  }

  /**
   * A block of at most `n` running numbers of a series. Numbers belong to this transaction: what is not used is given back
   * at the flush, and a rollback takes all of them back, so the series has no gaps.
   */
  async numbers(series: string, n: number): Promise<() => number> {
    if (n === 0)
      return () => {
        throw new Fault('kernel.internal.error', {}, new Error(`series ${series}: no number was reserved`));
      };
    const block = this.series.get(series) ?? (await this.begin(series));
    block.end += n;
    return () => {
      if (block.next >= block.end)
        throw new Fault(
          'kernel.internal.error',
          {},
          new Error(`series ${series}: more numbers than reserved`),
        );
      return ++block.next;
    };
  }

  /** The series as it stands, ours until the transaction ends; what was given of it is written with the flush. */
  private async begin(series: string): Promise<{ next: number; end: number }> {
    const code = tableCode(sequenceTable, this.sql);
    const [id, value] = [code.name('id'), code.name('value')];
    const read = (): Promise<{ value: number }[]> =>
      this.sql.query(
        `SELECT ${value} FROM ${code.table} WHERE ${id} = ?${this.sql.dialect === 'sqlite' ? '' : ' FOR UPDATE'}`,
        [series],
      );
    let [row] = await read();
    if (!row) {
      await insertRows(this.sql, sequenceTable, [{ id: series, value: 0 }], this.env.vault, 'ignore');
      [row] = await read();
    }
    const start = Number(row!.value);
    const block = { next: start, end: start };
    this.series.set(series, block);
    this.defer(async (sql) => {
      if (block.next > start)
        await sql.executeEach(`UPDATE ${code.table} SET ${value} = ? WHERE ${id} = ?`, [
          [block.next, series],
        ]);
    });
    return block;
  }

  /** A statement of the word's own, run with the flush, after all rows of the work are written. */
  defer(statement: (sql: Sql) => Promise<unknown>): void {
    this.deferred.push(statement);
  }

  audit(
    record: RecordDef,
    row: Values,
    action: string,
    before: string | null,
    after: string | null,
    reason = '',
  ): void {
    this.audits.push({
      id: uuid(this.env.clock),
      orgId: row.orgId ?? groupOrg,
      at: this.now,
      actor: this.meta.caller.userId,
      action: `${record.name}.${action}`,
      record: record.name,
      recordId: row.id,
      requestId: this.causeId || this.meta.requestId,
      station: this.meta.caller.station ?? '',
      reason,
      before,
      after,
    });
  }

  /** Writes everything. Called once, by the kit, at the end of the transaction. */
  async flush(): Promise<void> {
    const inserts = new Map<TableCode, Values[]>();
    for (const entry of this.pending.values()) {
      if (entry.loadedVersion === null) {
        const rows = inserts.get(entry.code);
        if (rows) rows.push(entry.stored);
        else inserts.set(entry.code, [entry.stored]);
      } else await this.writeUpdate(entry);
    }
    const { vault } = this.env;
    const statements: (() => Promise<unknown>)[] = [
      ...[...inserts].map(
        ([code, rows]) =>
          () =>
            insertStored(this.sql, code, rows),
      ),
      ...[...this.plain].map(
        ([record, rows]) =>
          () =>
            insertRows(this.sql, record, rows, vault),
      ),
      ...this.deferred.map((statement) => () => statement(this.sql)),
      () => insertRows(this.sql, historyTable, this.histories, vault),
      () => insertRows(this.sql, auditTable, this.audits, vault),
      () => insertRows(this.sql, outboxTable, this.events, vault),
    ];
    // SQLite's thread takes them in one go; a server's connection takes one after the other.
    if (this.sql.dialect === 'sqlite') await Promise.all(statements.map((run) => run()));
    else for (const run of statements) await run();
  }

  private async writeUpdate({ code, stored, row, loadedVersion }: Pending): Promise<void> {
    const sets = Object.keys(stored)
      .map((f) => `${code.name(f)} = ?`)
      .join(', ');
    const changed = await this.sql.execute(
      `UPDATE ${code.table} SET ${sets} WHERE ${code.name('id')} = ? AND ${code.name('version')} = ?`,
      [...Object.values(stored), row.id, loadedVersion],
    );
    if (changed === 0) throw new Fault('kernel.record.stale', { record: code.record.name, id: row.id });
  }
}

const keyOf = (record: RecordDef, id: unknown): string => `${record.name}:${String(id)}`;

/** Audit text of stored values: personal columns stay sealed, blind indexes stay out. */
const snapshot = (code: TableCode, stored: Values): string => {
  if (!code.blind) return JSON.stringify(stored);
  const out: Values = {};
  for (const field in stored) if (!field.endsWith('Bidx')) out[field] = stored[field];
  return JSON.stringify(out);
};
