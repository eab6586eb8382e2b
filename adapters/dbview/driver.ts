import type { ConnectionSettings } from './descriptor.ts';

/** What a column holds, in the terms all databases share. */
export type Family =
  | 'text'
  | 'integer' // within 53 bits
  | 'bigint'
  | 'decimal'
  | 'float'
  | 'bool'
  | 'date'
  | 'time' // date and time of day without a zone
  | 'instant' // with a zone, brought to UTC
  | 'bytes';

export interface Column {
  readonly name: string;
  readonly family: Family;
  /** As the driver names it; dialects that convert by type read it. */
  readonly type: string;
}

/** What may be bound in a statement. */
export type Bound = string | number | bigint | boolean | null;

export interface Answer {
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly unknown[])[];
  /** Rows that an UPDATE or INSERT touched. */
  readonly changed: number;
}

export interface Statement {
  readonly sql: string;
  readonly values: readonly Bound[];
}

/** One connection to their database; one statement at a time. Errors are the driver's own. */
export interface Driver {
  run(statement: Statement): Promise<Answer>;
  begin(): Promise<void>;
  commit(): Promise<void>;
  rollback(): Promise<void>;
  /** Ends it politely; never rejects. */
  close(): Promise<void>;
  /** Ends it at once, whatever it does. */
  destroy(): void;
}

export interface OpenOptions {
  readonly settings: ConnectionSettings;
  /** Refuse every change, where the database can. */
  readonly readOnly: boolean;
  readonly statementMs: number;
  readonly connectMs: number;
}

export type Open = (options: OpenOptions) => Promise<Driver>;
