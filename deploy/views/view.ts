import type { Field, RecordDef } from '../../contracts/kernel/record.ts';
import type { Text } from '../../contracts/kernel/text.ts';

export type Codes = Readonly<Record<string, Text>>;

/** A column of a view: a field of its record, or of a joined one (`donor.number`). */
export interface ColumnDef {
  readonly from: string;
  /** Else the title of the field. */
  readonly title?: Text;
  readonly meaning?: Text;
  readonly codes?: Codes;
}

export interface ViewDef {
  /** Without prefix: `orders` becomes `cytomesh_v1_orders`. */
  readonly name: string;
  readonly title: Text;
  readonly meaning: Text;
  readonly of: RecordDef;
  /** Records that a field of `of` refers to by id; a row without one keeps its place. */
  readonly joins?: Readonly<Record<string, { readonly record: RecordDef; readonly by: string }>>;
  /** Equal to one of these, or null. */
  readonly where?: Readonly<Record<string, readonly string[] | null>>;
  readonly columns: Readonly<Record<string, string | ColumnDef>>;
  /** Columns by which another system finds what is new. */
  readonly mark: readonly string[];
}

/** Once given to others a version is only added to, at the end of its columns; what else changes is the next version. */
export interface ViewSet {
  readonly version: number;
  readonly views: readonly ViewDef[];
}

/** A column with the field it shows. */
export interface ViewColumn extends Omit<ColumnDef, 'title' | 'from'> {
  readonly name: string;
  readonly title: Text;
  readonly field: Field;
  /** `base` or the name of a join. */
  readonly table: string;
  readonly fieldName: string;
}

export const base = 'base';

export const viewName = (set: ViewSet, view: ViewDef, org?: string): string =>
  ['cytomesh', `v${set.version}`, ...(org === undefined ? [] : [org.toLowerCase()]), view.name].join('_');

/** Tables a view reads, by the name they have in it. */
export const tablesOf = (view: ViewDef): Map<string, RecordDef> =>
  new Map([
    [base, view.of],
    ...Object.entries(view.joins ?? {}).map(([name, j]) => [name, j.record] as const),
  ]);

/** The columns of a view. Throws where one does not exist, or is sealed: nobody outside could read it, and nobody outside should. */
export function columnsOf(view: ViewDef): ViewColumn[] {
  return Object.entries(view.columns).map(([name, given]) => {
    const { from, ...rest } = typeof given === 'string' ? { from: given } : given;
    const { table, fieldName, field } = fieldOf(view, from);
    if (field.options.personal) throw new Error(`${view.name}.${name} shows ${from}, which is sealed`);
    return { ...rest, name, table, fieldName, field, title: rest.title ?? field.options.title };
  });
}

export function fieldOf(view: ViewDef, path: string): { table: string; fieldName: string; field: Field } {
  const [first = '', second] = path.split('.');
  const [table, fieldName] = second === undefined ? [base, first] : [first, second];
  const field = tablesOf(view).get(table)?.fields[fieldName];
  if (!field) throw new Error(`${view.name} has no field ${path}`);
  return { table, fieldName, field };
}
