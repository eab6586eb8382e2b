import type { DataSource, QueryRunner } from 'typeorm';
import { type Dialect, storeFault } from './dialect.ts';
import type { Sql } from './sql.ts';

type Structured = { records?: unknown[]; raw: unknown; affected?: number };

/** Statements of a database on a server, on the connection of a transaction. */
export function runnerSql(runner: Pick<QueryRunner, 'query'>, dialect: Dialect): Sql {
  const run = (sql: string, params: readonly unknown[], kept = false): Promise<Structured> =>
    runner.query(
      (dialect === 'postgres' ? numbered(sql, kept) : sql) as string,
      (dialect === 'postgres' ? params.map(withoutNul) : params) as unknown[],
      true,
    ) as unknown as Promise<Structured>;
  const sql: Sql = {
    dialect,
    query: async (text, params = []) => ((await run(text, params)).records ?? []) as never,
    execute: async (text, params = [], kept = false) => {
      const done = await run(text, params, kept);
      return done.affected ?? (done.raw as { affectedRows?: number } | undefined)?.affectedRows ?? 0;
    },
    executeEach: async (text, rows) => {
      let changes = 0;
      for (const row of rows) changes += await sql.execute(text, row);
      return changes;
    },
  };
  return sql;
}

/** Statements outside a transaction, each on a connection of the pool. */
export function pooledSql(source: DataSource, dialect: Dialect): Sql {
  const query = async (sql: string, params: unknown[]): Promise<unknown> => {
    const runner = source.createQueryRunner();
    try {
      return await runner.query(sql, params, true);
    } catch (error) {
      throw storeFault(error);
    } finally {
      await runner.release().catch(() => undefined);
    }
  };
  return runnerSql({ query } as Pick<QueryRunner, 'query'>, dialect);
}

/** PostgreSQL refuses a NUL in a text, wherever it came from; nobody means anything by it. */
const withoutNul = (value: unknown): unknown =>
  typeof value === 'string' && value.includes('\u0000') ? value.replaceAll('\u0000', '') : value;

interface Numbered {
  readonly text: string;
  readonly name: string;
}
const numberedCache = new Map<string, Numbered>();

/**
 * `?` to `$1, $2 …`; statements of the store never carry a question mark in a literal. What is to be kept has a name, by which
 * the driver prepares it once on each connection.
 */
function numbered(sql: string, kept: boolean): string | Numbered {
  let made = numberedCache.get(sql);
  if (!made) {
    let n = 0;
    made = { text: sql.replace(/\?/g, () => `$${++n}`), name: `kept${numberedCache.size}` };
    if (numberedCache.size >= 500) return made.text;
    numberedCache.set(sql, made);
  }
  return kept ? made : made.text;
}

const unclean = /\\u0000|\\ud[89a-f]/;

/** Rows as one parameter, `jsonb_array_elements(?)`. JSON in PostgreSQL knows neither NUL nor half of a surrogate pair. */
export function jsonRows(rows: readonly (readonly unknown[])[], bytes: boolean): string {
  const base64 = (v: unknown): unknown => (v instanceof Uint8Array ? Buffer.from(v).toString('base64') : v);
  const plain = bytes ? rows.map((row) => row.map(base64)) : rows;
  const text = JSON.stringify(plain);
  if (!unclean.test(text)) return text;
  const clean = (v: unknown): unknown =>
    typeof v === 'string' ? (withoutNul(v) as string).toWellFormed() : v;
  return JSON.stringify(plain.map((row) => row.map(clean)));
}
