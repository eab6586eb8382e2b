import type { SendSettings } from './descriptor.ts';
import type { Dialect } from './dialect.ts';
import type { Bound, Driver, Statement } from './driver.ts';
import { tableName } from './select.ts';
import type { Plain } from './values.ts';

export type Row = Readonly<Record<string, Plain>>;
export type Written = 'inserted' | 'updated' | 'unchanged';

/** A row of JSON for the table, or why it is none. Values inside objects and lists are written as their JSON. */
export function rowOf(
  bytes: Uint8Array,
  { columns, key }: SendSettings,
): { readonly row: Row } | { readonly bad: string } {
  let found: unknown;
  try {
    found = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return { bad: 'not JSON in UTF-8' };
  }
  if (typeof found !== 'object' || found === null || Array.isArray(found))
    return { bad: 'not a JSON object' };
  const stranger = Object.keys(found).find((name) => !columns.includes(name));
  if (stranger !== undefined) return { bad: `column ${stranger} is not among those that may be written` };
  const row = Object.fromEntries(Object.entries(found).map(([name, v]) => [name, scalar(v)]));
  const without = key.find((name) => row[name] === undefined || row[name] === null);
  return without === undefined ? { row } : { bad: `key ${without} has no value` };
}

const scalar = (value: unknown): Plain =>
  typeof value === 'object' && value !== null ? JSON.stringify(value) : (value as Plain);

/**
 * Looks for the key, then updates or inserts, in the transaction that is open. It asks for no index of theirs and is the same
 * on every database; one sender has one message at a time, so nothing of ours comes in between.
 */
export async function writeRow(
  driver: Driver,
  dialect: Dialect,
  settings: SendSettings,
  row: Row,
): Promise<Written> {
  const statements = new Statements(dialect, settings, row);
  const { rows } = await driver.run(statements.find());
  if (rows.length === 0) {
    await driver.run(statements.insert());
    return 'inserted';
  }
  if (settings.mode === 'insert' || statements.rest.length === 0) return 'unchanged';
  await driver.run(statements.update());
  return 'updated';
}

class Statements {
  readonly rest: readonly string[];
  private readonly dialect: Dialect;
  private readonly settings: SendSettings;
  private readonly row: Row;
  private readonly table: string;

  constructor(dialect: Dialect, settings: SendSettings, row: Row) {
    this.dialect = dialect;
    this.settings = settings;
    this.row = row;
    this.table = tableName(settings.table, settings.connection.schema, dialect);
    this.rest = Object.keys(row).filter((name) => !settings.key.includes(name));
  }

  find(): Statement {
    const values: Bound[] = [];
    const { quote } = this.dialect;
    return {
      sql: `SELECT ${quote(this.settings.key[0]!)} FROM ${this.table} WHERE ${this.ofKey(values)}`,
      values,
    };
  }

  insert(): Statement {
    const values: Bound[] = [];
    const names = Object.keys(this.row);
    const bound = names.map((name) => this.dialect.bind(this.row[name]!, values));
    const columns = names.map((name) => this.dialect.quote(name)).join(', ');
    return { sql: `INSERT INTO ${this.table} (${columns}) VALUES (${bound.join(', ')})`, values };
  }

  update(): Statement {
    const values: Bound[] = [];
    const { quote, bind } = this.dialect;
    const sets = this.rest.map((name) => `${quote(name)} = ${bind(this.row[name]!, values)}`);
    return { sql: `UPDATE ${this.table} SET ${sets.join(', ')} WHERE ${this.ofKey(values)}`, values };
  }

  private ofKey(values: Bound[]): string {
    const { quote, bind } = this.dialect;
    return this.settings.key.map((name) => `${quote(name)} = ${bind(this.row[name]!, values)}`).join(' AND ');
  }
}
