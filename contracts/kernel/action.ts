import { type Static, type TObject, type TSchema, Type } from 'typebox';
import type { FaultCode } from '../faults/catalogue.ts';
import type { RecordDef } from './record.ts';
import type { Text } from './text.ts';

/**
 * How an action may be repeated.
 * - `read`    no effect
 * - `key`     a write guarded by the idempotency key in the call's meta (header `Idempotency-Key`)
 * - `natural` a write that deduplicates by its own content (message id, event id)
 */
export type Repeat = 'read' | 'key' | 'natural';

export interface Rest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below `/api/v1`, path parameters in braces: `/orders/{id}/actions/accept`. */
  readonly path: string;
  /** The change is guarded by `If-Match` (param `version`). */
  readonly ifMatch?: boolean;
  /** Success status, default 200. */
  readonly status?: number;
}

export interface ActionDef<P extends TObject = TObject, R extends TSchema = TSchema> {
  readonly kind: 'action';
  /** `<word>.<verb>` */
  readonly name: string;
  readonly title: Text;
  /** `<word>.<right>`; `public` needs no session, `session` any session, `mesh` is never reachable from outside. */
  readonly permission: string;
  readonly params: P;
  readonly result: R;
  readonly repeat: Repeat;
  readonly rest?: Rest;
  /** Faults a caller should expect beyond the general ones. */
  readonly faults?: readonly FaultCode[];
}

/** Declares an action. Params refuse unknown fields. */
export function defineAction<const P extends TObject, const R extends TSchema>(
  def: Omit<ActionDef<P, R>, 'kind'>,
): ActionDef<P, R> {
  return { kind: 'action', ...def, params: Object.assign(def.params, { additionalProperties: false }) };
}

export type Params<A extends ActionDef> = Static<A['params']>;
export type Result<A extends ActionDef> = Static<A['result']>;

/** Query of every list: `q`, `filter[field]=`, `sort=-createdAt`, `page` from 1, `pageSize` up to 200. */
export const listParams = Type.Object({
  q: Type.Optional(Type.String({ maxLength: 100, description: '查找 · Text to find' })),
  filter: Type.Optional(
    Type.Record(Type.String({ maxLength: 40 }), Type.String({ maxLength: 2000 }), {
      description: '筛选，逗号表示或 · Field filters; a comma means any of',
    }),
  ),
  sort: Type.Optional(
    Type.String({ maxLength: 60, description: '排序字段，负号为倒序 · Sort field, minus for descending' }),
  ),
  page: Type.Optional(Type.Integer({ minimum: 1, maximum: 100000, description: '页码 · Page from 1' })),
  pageSize: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 200, description: '每页条数 · Rows per page' }),
  ),
});
export type ListParams = Static<typeof listParams>;

export const listResult = <S extends TSchema>(item: S) =>
  Type.Object({
    items: Type.Array(item),
    total: Type.Integer({ description: '总数 · Matching rows' }),
    page: Type.Integer(),
    pageSize: Type.Integer(),
  });

export const idParams = Type.Object({
  id: Type.String({ minLength: 1, maxLength: 36, description: '编号 · Id' }),
});

/** The list and get of a record; what a record needs at least to be seen. */
export function readActions<R extends RecordDef>(record: R, permission = `${record.name}.read`) {
  const path = `/${record.plural}`;
  return {
    list: defineAction({
      name: `${record.name}.list`,
      title: { zh: `查询${record.title.zh}`, en: `List ${record.plural}` },
      permission,
      params: listParams,
      result: listResult(record.schema as R['schema']),
      repeat: 'read',
      rest: { method: 'GET', path },
    }),
    get: defineAction({
      name: `${record.name}.get`,
      title: { zh: `查看${record.title.zh}`, en: `Get a ${record.name}` },
      permission,
      params: idParams,
      result: record.schema as R['schema'],
      repeat: 'read',
      rest: { method: 'GET', path: `${path}/{id}` },
      faults: ['kernel.record.missing'],
    }),
  };
}
