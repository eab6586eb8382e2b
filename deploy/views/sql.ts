import { type Dialect, quoter, snake, tableOf } from '../../nodes/kit/db/dialect.ts';
import { base, columnsOf, fieldOf, tablesOf, type ViewDef, type ViewSet, viewName } from './view.ts';

export interface ViewOptions {
  readonly dialect: Dialect;
  /** Where the views stand; else in the database (the schema) of the tables. */
  readonly schema?: string;
  /** Where the tables stand, when the views stand elsewhere. */
  readonly tables?: string;
  /** Only rows of the organisation with this code, in views of their own. */
  readonly org?: string;
}

const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** Quoted name of a view, with its schema where it has one. */
export function quotedView(set: ViewSet, view: ViewDef, { dialect, schema, org }: ViewOptions): string {
  const quote = quoter(dialect);
  const name = quote(viewName(set, view, org));
  return schema === undefined ? name : `${quote(schema)}.${name}`;
}

/** The SELECT of a view: columns by name, joins by primary key, nothing that MySQL 5.6 has not. */
export function selectOf(view: ViewDef, options: ViewOptions): string {
  const quote = quoter(options.dialect);
  const at = (table: string, field: string): string => `${quote(table)}.${quote(snake(field))}`;
  const tables = tablesOf(view);
  const table = (alias: string): string => {
    const name = quote(tableOf(tables.get(alias)!));
    return `${options.tables === undefined ? name : `${quote(options.tables)}.${name}`} ${quote(alias)}`;
  };
  const columns = columnsOf(view).map((c) => `${at(c.table, c.fieldName)} AS ${quote(c.name)}`);
  const joins = Object.entries(view.joins ?? {}).map(
    ([alias, { by }]) => ` LEFT JOIN ${table(alias)} ON ${at(alias, 'id')} = ${at(base, by)}`,
  );
  const conditions = Object.entries(view.where ?? {}).map(([path, values]) => {
    const { table: of, fieldName } = fieldOf(view, path);
    const column = at(of, fieldName);
    return values === null ? `${column} IS NULL` : `${column} IN (${values.map(literal).join(', ')})`;
  });
  if (options.org !== undefined) conditions.push(ofOrg(view, options.org, at));
  const where = conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`;
  return `SELECT ${columns.join(', ')} FROM ${table(base)}${joins.join('')}${where}`;
}

/** Rows of one organisation; of organisations, the one itself. */
function ofOrg(view: ViewDef, org: string, at: (table: string, field: string) => string): string {
  return `${view.joins?.org ? at('org', 'code') : at(base, 'code')} = ${literal(org)}`;
}

/** The statements that put a view in place; run again they leave what is there. */
export function createView(set: ViewSet, view: ViewDef, options: ViewOptions): string[] {
  const name = quotedView(set, view, options);
  const select = selectOf(view, options);
  if (options.dialect === 'sqlite')
    return [`DROP VIEW IF EXISTS ${name}`, `CREATE VIEW ${name} AS ${select}`];
  // A barrier, so that no condition of a reader is tried on rows of other organisations, whose values an error would name.
  if (options.dialect === 'postgres')
    return [
      `CREATE OR REPLACE VIEW ${name}${options.org === undefined ? '' : ' WITH (security_barrier)'} AS ${select}`,
    ];
  // The rights are those of the one who made it: a reader needs none on the tables.
  return [`CREATE OR REPLACE ALGORITHM = MERGE SQL SECURITY DEFINER VIEW ${name} AS ${select}`];
}

export const dropView = (set: ViewSet, view: ViewDef, options: ViewOptions): string =>
  `DROP VIEW IF EXISTS ${quotedView(set, view, options)}`;
