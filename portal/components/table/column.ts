import type { nothing, TemplateResult } from 'lit';

/** What a cell shows; `''`, null and undefined show a dash. */
export type Cell = TemplateResult | typeof nothing | string | number | null | undefined;

export interface Column<T> {
  /** Also the field of `sort`. */
  readonly key: string;
  readonly title: string;
  readonly cell: (row: T) => Cell;
  readonly sortable?: boolean;
  /** CSS width. */
  readonly width?: string;
  readonly align?: 'end';
  /** Left out where the table is narrower than about 1000 (`wide`) or 780 (`medium`) pixels; cards show it again. */
  readonly from?: 'wide' | 'medium';
  /** Place on a card: `head` is its title, `corner` its upper right. */
  readonly card?: 'head' | 'corner';
}

/** The next sort of a column: ascending, descending, ascending … */
export function nextSort(sort: string, key: string): string {
  if (sort === key) return `-${key}`;
  return sort === `-${key}` ? key : `-${key}`;
}

export function sortOf(sort: string, key: string): 'ascending' | 'descending' | undefined {
  if (sort === key) return 'ascending';
  return sort === `-${key}` ? 'descending' : undefined;
}
