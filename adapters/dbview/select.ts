import type { ListenSettings } from './descriptor.ts';
import type { Dialect } from './dialect.ts';
import type { Answer, Bound, Column, Statement } from './driver.ts';
import { type Plain, plain } from './values.ts';

/** Where reading begins: at a mark, or within the rows of one mark at a key; the row there is read again. */
export interface Place {
  readonly mark: string;
  readonly key?: readonly Plain[];
}

export interface ViewRow {
  readonly place: Required<Place>;
  /** Identity of the row among those of the view. */
  readonly id: string;
  /** The row as JSON, its columns in the order of the view. */
  readonly json: string;
}

const numbers: readonly string[] = ['integer', 'bigint', 'decimal', 'float'];

/** The view does not have what the settings name. */
export const missingOf = (error: unknown): readonly string[] | undefined =>
  (error as { missingColumns?: readonly string[] } | null)?.missingColumns;

/** The statements of one view; made anew whenever its columns have been looked at. */
export class View {
  private readonly settings: ListenSettings;
  private readonly dialect: Dialect;
  private readonly columns: readonly Column[];
  private readonly key: readonly Column[];
  private readonly mark: readonly Column[];
  /** The mark as it is bound: SQLite does not say that a column is a number. */
  private readonly ofMark: Column;
  private readonly where: readonly (readonly [Column, Plain])[];
  /** Columns of the JSON come first, those only needed for the place behind them. */
  private readonly selected: readonly Column[];
  private readonly shown: readonly { readonly name: string; readonly at: number }[];

  constructor(settings: ListenSettings, dialect: Dialect, columns: readonly Column[]) {
    this.settings = settings;
    this.dialect = dialect;
    this.columns = columns;
    const named = [
      ...settings.key,
      ...settings.mark,
      ...(settings.columns ?? []),
      ...Object.keys(settings.where ?? {}),
    ];
    const missingColumns = [...new Set(named)].filter((name) => this.find(name) === undefined);
    if (missingColumns.length > 0)
      throw Object.assign(new Error(`columns are missing: ${missingColumns.join(', ')}`), { missingColumns });
    this.key = settings.key.map((name) => this.find(name)!);
    this.mark = settings.mark.map((name) => this.find(name)!);
    this.where = Object.entries(settings.where ?? {}).map(([name, value]) => [this.find(name)!, value]);
    const number = settings.markKind === 'number';
    this.ofMark = number ? { ...this.mark[0]!, family: 'decimal' } : this.mark[0]!;
    const unfit = this.unfit(number);
    if (unfit !== undefined) throw Object.assign(new Error(unfit), { unfit });
    const out =
      settings.columns?.map((name) => ({ name, column: this.find(name)! })) ??
      columns.map((column) => ({ name: column.name, column }));
    this.selected = [...new Set([...out.map((o) => o.column), ...this.key, ...this.mark])];
    this.shown = out.map(({ name, column }) => ({ name, at: this.selected.indexOf(column) }));
  }

  static probe(settings: ListenSettings, dialect: Dialect): Statement {
    return {
      sql: `SELECT * FROM ${tableName(settings.view, settings.connection.schema, dialect)} WHERE 1 = 0`,
      values: [],
    };
  }

  get columnNames(): readonly string[] {
    return this.columns.map((c) => c.name);
  }

  /** Rows from a place on, in the order of mark and key. */
  page(from: Place | undefined, limit: number): Statement {
    const values: Bound[] = [];
    const { quote, show } = this.dialect;
    const marked = this.markExpression();
    const placed = [marked, ...this.key.map((c) => quote(c.name))].map((name) => `${name} IS NOT NULL`);
    const conditions = [...this.conditions(values), ...placed];
    if (from) conditions.push(this.after(from, marked, values));
    const columns = this.selected.map((c, i) => `${show(quote(c.name), c)} AS ${quote(`c${i}`)}`);
    const order = [marked, ...this.key.map((c) => quote(c.name))].join(', ');
    const rest = `${this.table()} WHERE ${conditions.join(' AND ')}`;
    return { sql: this.dialect.page(columns.join(', '), rest, order, limit), values };
  }

  /** How many rows have no mark, or no key, and are therefore not read. */
  unplaced(): Statement {
    const values: Bound[] = [];
    const names = [this.markExpression(), ...this.key.map((c) => this.dialect.quote(c.name))];
    const conditions = [...this.conditions(values), `(${names.map((n) => `${n} IS NULL`).join(' OR ')})`];
    return { sql: `SELECT COUNT(*) FROM ${this.table()} WHERE ${conditions.join(' AND ')}`, values };
  }

  clock(): Statement {
    const utc = this.settings.clock === 'utc' || this.mark[0]!.family === 'instant';
    return { sql: this.dialect.clock(utc), values: [] };
  }

  rows(answer: Answer): ViewRow[] {
    return answer.rows.map((raw) => this.row(raw));
  }

  private row(raw: readonly unknown[]): ViewRow {
    const values = this.selected.map((column, i) => plain(raw[i], column));
    const at = (column: Column): Plain => values[this.selected.indexOf(column)]!;
    const key = this.key.map(at);
    const mark = String(this.mark.map(at).find((v) => v !== null) ?? '');
    const json = JSON.stringify(Object.fromEntries(this.shown.map(({ name, at: i }) => [name, values[i]])));
    return { place: { mark, key }, id: JSON.stringify(key), json };
  }

  /**
   * `mark >= m AND (mark > m OR (mark = m AND (k1 > a OR (k1 = a AND k2 >= b))))`. The first half lets an index serve; the last
   * `>=` reads the row of the border again, so that keys their collation takes for equal are not passed over.
   */
  private after({ mark, key }: Place, marked: string, values: Bound[]): string {
    const { quote, bind } = this.dialect;
    const m = (): string => bind(mark, values, this.ofMark);
    if (key === undefined) return `${marked} >= ${m()}`;
    const nested = (i: number): string => {
      const name = quote(this.key[i]!.name);
      const k = (): string => bind(key[i]!, values, this.key[i]);
      if (i === this.key.length - 1) return `${name} >= ${k()}`;
      return `(${name} > ${k()} OR (${name} = ${k()} AND ${nested(i + 1)}))`;
    };
    return `${marked} >= ${m()} AND (${marked} > ${m()} OR (${marked} = ${m()} AND ${nested(0)}))`;
  }

  /** Why the columns cannot serve as mark and key: their order would not be the order of the marks. */
  private unfit(number: boolean): string | undefined {
    if (this.settings.connection.kind === 'sqlite') return undefined;
    const bytes = [...this.key, ...this.mark].find((c) => c.family === 'bytes' || c.family === 'bool');
    if (bytes) return `column ${bytes.name} (${bytes.type}) can be neither key nor mark`;
    const wrong = this.mark.find((c) => numbers.includes(c.family) !== number);
    return (
      wrong && `column ${wrong.name} (${wrong.type}) is no mark of the kind ${number ? 'number' : 'time'}`
    );
  }

  private conditions(values: Bound[]): string[] {
    const { quote, bind } = this.dialect;
    return this.where.map(([column, value]) =>
      value === null
        ? `${quote(column.name)} IS NULL`
        : `${quote(column.name)} = ${bind(value, values, column)}`,
    );
  }

  private markExpression(): string {
    const names = this.mark.map((c) => this.dialect.quote(c.name));
    return names.length === 1 ? names[0]! : `COALESCE(${names.join(', ')})`;
  }

  private table(): string {
    return tableName(this.settings.view, this.settings.connection.schema, this.dialect);
  }

  /** As it is written, else the one column that differs in case only. */
  private find(name: string): Column | undefined {
    const exact = this.columns.find((c) => c.name === name);
    if (exact) return exact;
    const alike = this.columns.filter((c) => c.name.toLowerCase() === name.toLowerCase());
    return alike.length === 1 ? alike[0] : undefined;
  }
}

export const tableName = (name: string, schema: string | undefined, { quote }: Dialect): string =>
  schema === undefined ? quote(name) : `${quote(schema)}.${quote(name)}`;
