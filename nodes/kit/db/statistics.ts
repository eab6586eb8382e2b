import type { Database } from './database.ts';
import { quoter } from './dialect.ts';

/** So many changed rows at the least, and twice what the table held when it was looked at: a growing table is looked at a few times in all. */
const leastChanges = 500;

/**
 * PostgreSQL plans by what it knows of a table's contents, looks at a table once a minute at best, and without a look reads whole
 * tables for a few keys. Tables that have grown far beyond what it knows are analysed at once. Gives how many were.
 */
export async function freshenStatistics(db: Database): Promise<number> {
  if (db.dialect !== 'postgres') return 0;
  const grown = await db.read.query<{ name: string }>(
    `SELECT s.relname AS name FROM pg_stat_user_tables s JOIN pg_class c ON c.oid = s.relid WHERE s.schemaname = current_schema() AND s.n_mod_since_analyze > ${leastChanges} + 2 * GREATEST(c.reltuples, 0)`,
  );
  const quote = quoter(db.dialect);
  for (const { name } of grown) await db.read.execute(`ANALYZE ${quote(name)}`);
  return grown.length;
}
