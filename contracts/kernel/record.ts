import { type Static, type TObject, type TProperties, type TSchema, Type } from 'typebox';
import type { Text } from './text.ts';

/** How a column is stored; portable over SQLite, MySQL 5.6+, MariaDB and PostgreSQL. */
export type Column =
  | { readonly kind: 'id' } // UUIDv7 or a slug, 36 characters
  | { readonly kind: 'string'; readonly max: number } // varchar, max <= 191 where indexed (767-byte keys)
  | { readonly kind: 'text' } // unbounded text
  | { readonly kind: 'json' } // JSON in unbounded text; never queried inside
  | { readonly kind: 'int' } // safe integer, 53 bits
  | { readonly kind: 'real' }
  | { readonly kind: 'bool' }
  | { readonly kind: 'time' } // ISO 8601 UTC, millisecond, fixed width: sorts as text
  | { readonly kind: 'bytes' }
  | { readonly kind: 'seq' }; // auto-increment, at most one per table, always the primary key

/** What a field is beyond its type. */
export interface FieldOptions {
  readonly title: Text;
  readonly help?: Text;
  readonly unit?: string;
  /** Personal data (PIPL): encrypted in the column, masked by default, never logged. */
  readonly personal?: boolean;
  /** With `personal`: a blind index column `<field>_bidx` allows search by equality. */
  readonly blind?: boolean;
  /** Offered as `filter[field]` and `sort` of the list. */
  readonly filter?: boolean;
  /** Found by `q` of the list (prefix match; equality where `blind`). */
  readonly search?: boolean;
  /** Name of the record this id refers to. */
  readonly refers?: string;
  readonly nullable?: boolean;
  /** Set by the system, refused in input. */
  readonly readOnly?: boolean;
}

export interface Field<S extends TSchema = TSchema> {
  readonly schema: S;
  readonly column: Column;
  readonly options: FieldOptions;
}

type Made<S extends TSchema> = Field<S>;
const make = <S extends TSchema>(schema: S, column: Column, options: FieldOptions): Made<S> => ({
  schema: Object.assign(schema, {
    title: options.title.en,
    description: `${options.title.zh} · ${(options.help ?? options.title).en}${options.unit ? ` (${options.unit})` : ''}`,
  }),
  column,
  options,
});

/** Builders for the fields of a record. A nullable field is declared by `orNull`. */
export const field = {
  id: (o: FieldOptions) => make(Type.String({ minLength: 1, maxLength: 36 }), { kind: 'id' }, o),
  string: (max: number, o: FieldOptions) => make(Type.String({ maxLength: max }), { kind: 'string', max }, o),
  text: (o: FieldOptions) => make(Type.String(), { kind: 'text' }, o),
  choice: <const V extends readonly string[]>(values: V, o: FieldOptions) =>
    make(
      Type.Union(values.map((v) => Type.Literal(v))) as unknown as TChoice<V>,
      { kind: 'string', max: 40 },
      o,
    ),
  int: (o: FieldOptions) => make(Type.Integer(), { kind: 'int' }, o),
  real: (o: FieldOptions) => make(Type.Number(), { kind: 'real' }, o),
  bool: (o: FieldOptions) => make(Type.Boolean(), { kind: 'bool' }, o),
  time: (o: FieldOptions) => make(Type.String({ format: 'date-time' }), { kind: 'time' }, o),
  bytes: (o: FieldOptions) =>
    make(Type.Unsafe<Uint8Array>({ contentEncoding: 'base64' }), { kind: 'bytes' }, o),
  json: <S extends TSchema>(schema: S, o: FieldOptions) => make(schema, { kind: 'json' }, o),
  seq: (o: FieldOptions) => make(Type.Integer(), { kind: 'seq' }, o),
  orNull: <S extends TSchema>(f: Field<S>) =>
    make(Type.Union([f.schema, Type.Null()]), f.column, { ...f.options, nullable: true }),
};

/** A string schema whose static type is the union of the given words. */
export type TChoice<V extends readonly string[]> = ReturnType<typeof Type.Unsafe<V[number]>>;

/**
 * - `org`    every row belongs to one organisation; queries carry the scope or are refused
 * - `group`  rows belong to the root organisation and read down to all
 * - `system` no organisation; reached by the kit and the hub only, never through a generic list
 */
export type RecordScope = 'org' | 'group' | 'system';

export interface Index {
  readonly fields: readonly string[];
  readonly unique?: boolean;
}

export interface RecordDef<F extends Record<string, Field> = Record<string, Field>> {
  readonly kind: 'record';
  readonly name: string;
  readonly plural: string;
  readonly title: Text;
  readonly scope: RecordScope;
  readonly database: 'main' | 'log' | 'media' | 'telemetry';
  /** Carries id, orgId, version, createdAt/By, updatedAt/By, voidedAt. */
  readonly standard: boolean;
  readonly fields: F;
  readonly indexes: readonly Index[];
  /** Audited writes (default for standard records). */
  readonly audited: boolean;
  readonly schema: TObject<{ [K in keyof F]: F[K]['schema'] }>;
}

const standardFields = {
  id: field.id({ title: { zh: '编号', en: 'Id' }, readOnly: true }),
  orgId: field.id({ title: { zh: '机构', en: 'Organisation' }, readOnly: true, refers: 'org' }),
  version: field.int({ title: { zh: '版本', en: 'Version' }, readOnly: true }),
  createdAt: field.time({ title: { zh: '创建时间', en: 'Created at' }, readOnly: true, filter: true }),
  createdBy: field.string(64, { title: { zh: '创建人', en: 'Created by' }, readOnly: true }),
  updatedAt: field.time({ title: { zh: '修改时间', en: 'Updated at' }, readOnly: true, filter: true }),
  updatedBy: field.string(64, { title: { zh: '修改人', en: 'Updated by' }, readOnly: true }),
  voidedAt: field.orNull(field.time({ title: { zh: '作废时间', en: 'Voided at' }, readOnly: true })),
};
type Standard = typeof standardFields;

interface RecordInput<F> {
  readonly name: string;
  readonly plural: string;
  readonly title: Text;
  readonly scope?: RecordScope;
  readonly database?: RecordDef['database'];
  readonly audited?: boolean;
  readonly fields: F;
  readonly indexes?: readonly Index[];
}

/** A business record: the standard fields are added and every write is audited. */
export function defineRecord<const F extends Record<string, Field>>(
  input: RecordInput<F>,
): RecordDef<Standard & F> {
  return build({ audited: true, scope: 'org', ...input }, { ...standardFields, ...input.fields }, true);
}

/** A plain table of the kit or the hub: only the fields given, no audit, no generic list. */
export function defineTable<const F extends Record<string, Field>>(input: RecordInput<F>): RecordDef<F> {
  return build({ audited: false, scope: 'system', ...input }, input.fields, false);
}

function build<F extends Record<string, Field>>(
  input: RecordInput<unknown> & { audited: boolean; scope: RecordScope },
  fields: F,
  standard: boolean,
): RecordDef<F> {
  const properties: TProperties = {};
  for (const [name, f] of Object.entries(fields)) properties[name] = f.schema;
  return {
    kind: 'record',
    name: input.name,
    plural: input.plural,
    title: input.title,
    scope: input.scope,
    database: input.database ?? 'main',
    standard,
    fields,
    indexes: input.indexes ?? [],
    audited: input.audited,
    schema: Type.Object(properties, { additionalProperties: false }) as unknown as RecordDef<F>['schema'],
  };
}

/** The TypeScript type of a record's row. */
export type Row<R extends RecordDef> = Static<R['schema']>;
