import type { Dialect } from './dialect.ts';

/** Statements with `?` for parameters, on whatever database. */
export interface Sql {
  readonly dialect: Dialect;
  query<T = Record<string, unknown>>(sql: string, params?: readonly unknown[]): Promise<T[]>;
  /** Gives the number of rows changed. `kept`: one of few texts that run often, worth to be prepared once and kept. */
  execute(sql: string, params?: readonly unknown[], kept?: boolean): Promise<number>;
  /**
   * One statement, many rows of parameters; cheaper than so many calls. The number is that of the rows given unless the
   * statement may pass over some (`INSERT OR IGNORE`): use `execute` where the rows changed must be known. SQLite tells the row id
   * of the last row, at the latest when the transaction is committed.
   */
  executeEach(
    sql: string,
    rows: readonly (readonly unknown[])[],
    lastRow?: (rowId: number) => void,
  ): Promise<number>;
}

/**
 * Marks and values of an IN list, filled up with its last value to a power of two: few different statements, so each is
 * prepared once and kept.
 */
export function inList<T>(values: readonly T[]): { readonly marks: string; readonly values: readonly T[] } {
  let size = 1;
  while (size < values.length) size *= 2;
  const filled =
    size === values.length ? values : [...values, ...Array<T>(size - values.length).fill(values.at(-1)!)];
  return { marks: Array(size).fill('?').join(', '), values: filled };
}
