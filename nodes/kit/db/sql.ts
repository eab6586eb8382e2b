import type { Dialect } from './dialect.ts';

/** Statements with `?` for parameters, on whatever database. */
export interface Sql {
  readonly dialect: Dialect;
  query<T = Record<string, unknown>>(sql: string, params?: readonly unknown[]): Promise<T[]>;
  /** Gives the number of rows changed. */
  execute(sql: string, params?: readonly unknown[]): Promise<number>;
  /** One statement, many rows of parameters; cheaper than so many calls. */
  executeEach(sql: string, rows: readonly (readonly unknown[])[]): Promise<number>;
}
