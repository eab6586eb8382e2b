import { Fault } from '../../../contracts/kernel/fault.ts';
import type { Sql } from './sql.ts';
import type { SqliteWriter } from './sqlite-writer.ts';

/**
 * A transaction on SQLite's writing thread that crosses to it as seldom as can be. What is read before the first write comes from
 * the reading connection, once the transactions before have ended: so it sees just what this one would. Statements that only add or
 * set are handed over without waiting; the commit waits for all of them, and one that failed takes the transaction back. When
 * `commit` or `rollback` has returned its promise, all is handed over, and the next transaction may follow.
 */
export class ThreadTransaction {
  readonly sql: Sql;
  private readonly writer: SqliteWriter;
  private readonly handed: Promise<unknown>[] = [];
  private begun = false;
  private ended = false;

  constructor(writer: SqliteWriter, read: Sql) {
    this.writer = writer;
    this.sql = {
      dialect: 'sqlite',
      query: async (text, params) => {
        if (!this.begun) await writer.settled;
        this.refuseLate();
        return this.begun ? writer.query(text, params) : read.query(text, params);
      },
      execute: async (text, params) => {
        this.begin();
        return writer.execute(text, params);
      },
      executeEach: async (text, rows, lastRow) => {
        this.begin();
        const done = writer.executeEach(text, rows, lastRow);
        if (text.startsWith('INSERT OR IGNORE')) return done; // how many were new is worth the wait
        this.hand(done);
        return rows.length;
      },
    };
  }

  async commit(): Promise<void> {
    this.ended = true;
    if (!this.begun) return;
    const committed = this.writer.commit();
    committed.catch(() => undefined);
    await Promise.all(this.handed); // the first statement that failed is the reason, not the commit that followed it
    await committed;
  }

  async rollback(): Promise<void> {
    this.ended = true;
    if (this.begun) await this.writer.rollback().catch(() => undefined);
  }

  private begin(): void {
    this.refuseLate();
    if (this.begun) return;
    this.begun = true;
    this.hand(this.writer.begin());
  }

  private hand(statement: Promise<unknown>): void {
    statement.catch(() => undefined);
    this.handed.push(statement);
  }

  private refuseLate(): void {
    if (this.ended)
      throw new Fault('kernel.internal.error', {}, new Error('a statement came after its transaction'));
  }
}
