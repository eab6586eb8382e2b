/** A row as it stands in the file. */
export interface RawRow {
  /** Line of the text where it begins, or row of the sheet; from 1. */
  readonly number: number;
  readonly cells: readonly string[];
  /** What makes the row as a whole unreadable, and the line as it stands. */
  readonly problem?: { readonly reason: string; readonly text: string };
  /** What is wrong with single cells, by position from 0. */
  readonly faults?: ReadonlyMap<number, string>;
}

/** All rows but blank ones and those skipped; the header, where there is one, is the first. */
export type Table = { readonly rows: readonly RawRow[] } | { readonly bad: string };
