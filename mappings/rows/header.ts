import type { Column } from './settings.ts';
import type { RawRow } from './table.ts';

/** Where each column stands in the rows, from 0. */
export interface Places {
  readonly columns: readonly { readonly name: string; readonly at: number }[];
  /** Cells that a whole row has. */
  readonly width: number;
}

/** Header texts are compared without blanks, case and the difference of full and half width. */
const folded = (text: string): string =>
  text
    .normalize('NFKC')
    .replace(/[\s\ufeff]/g, '')
    .toLowerCase();

/** Finds the columns by the header, or by position where there is none. */
export function findColumns(
  columns: readonly Column[] | undefined,
  header: RawRow | undefined,
  first: RawRow | undefined,
): Places | { readonly bad: string } {
  if (header === undefined) return byPosition(columns, first);
  if (header.problem !== undefined) return { bad: `表头：${header.problem.reason} · in the header` };
  const texts = header.cells.map(folded);
  const width = texts.findLastIndex((text) => text !== '') + 1;
  if (columns === undefined) return byText(header.cells, texts, width);
  const found: { name: string; at: number }[] = [];
  for (const column of columns) {
    const place = placeOf(column, texts);
    if (place === undefined && column.optional) continue;
    if (place === undefined)
      return { bad: `表头缺少列 ${column.headers.join('、')} · the header lacks the column ${column.name}` };
    if (place === 'twice')
      return {
        bad: `表头有多个列 ${column.headers.join('、')} · the header has the column ${column.name} twice`,
      };
    found.push({ name: column.name, at: place });
  }
  const shared = found.find(({ at }, i) => found.findIndex((other) => other.at === at) < i);
  if (shared)
    return { bad: `两个列名指向同一列 ${shared.name} · two columns stand in one place: ${shared.name}` };
  return { columns: found, width: Math.max(width, ...found.map(({ at }) => at + 1)) };
}

function placeOf({ headers, position }: Column, texts: readonly string[]): number | 'twice' | undefined {
  if (headers.length === 0) return position === undefined ? undefined : position - 1;
  const wanted = headers.map(folded);
  const places = texts.flatMap((text, at) => (wanted.includes(text) ? [at] : []));
  if (position !== undefined && places.includes(position - 1)) return position - 1;
  return places.length > 1 ? 'twice' : places[0];
}

function byText(cells: readonly string[], texts: readonly string[], width: number): Places | { bad: string } {
  const columns = cells.flatMap((cell, at) => (texts[at] === '' ? [] : [{ name: cell.trim(), at }]));
  const again = columns.find(({ name }, i) => columns.findIndex((other) => other.name === name) < i);
  if (again) return { bad: `表头有重复的列 ${again.name} · the header has the column ${again.name} twice` };
  return { columns, width };
}

function byPosition(
  columns: readonly Column[] | undefined,
  first: RawRow | undefined,
): Places | { bad: string } {
  if (columns === undefined)
    return { bad: '没有表头时须设 columns · without a header the setting columns is needed' };
  const found = columns.map(({ name, position }, i) => ({ name, at: (position ?? i + 1) - 1 }));
  const last = Math.max(...found.map(({ at }) => at)) + 1;
  return { columns: found, width: Math.max(last, first?.cells.length ?? 0) };
}
