import { Type } from 'typebox';
import { defineAction, listParams, listResult } from '../kernel/action.ts';
import { sealedTable } from '../kernel/system.tables.ts';
import { t } from '../kernel/text.ts';

/**
 * Words: **audit entry** 审计记录 who did what to which record, when, why, from where, with the values before and after. Written in the
 * transaction of the change, then sealed: each entry's hash covers the one before it. Nothing is ever removed from the chain.
 */
const { before: _before, after: _after, seq: _seq, hash: _hash, ...head } = sealedTable.schema.properties;

export const auditEntry = Type.Object({
  ...head,
  actorName: Type.String({ description: '操作人 · Person, as named today' }),
  seq: Type.Union([Type.Integer(), Type.Null()], {
    description: '链序号，空为等待封存 · Place in the chain; null while it waits to be sealed',
  }),
});

const change = Type.Object({
  field: Type.String({ description: '字段 · Field' }),
  title: Type.Object({ zh: Type.String(), en: Type.String() }),
  before: Type.Union([Type.String(), Type.Null()], { description: '之前 · Before; null where it was not' }),
  after: Type.Union([Type.String(), Type.Null()], { description: '之后 · After; null where it is not' }),
  personal: Type.Boolean({ description: '个人信息，不显示 · Personal data, not shown' }),
});

const range = Type.Object({
  from: Type.String({ format: 'date-time', description: '起 · From' }),
  to: Type.String({ format: 'date-time', description: '止，不含 · Until, not included' }),
});

export const auditActions = {
  /**
   * Newest first. `filter[actor]`, `filter[action]` (`order.accept`), `filter[record]`, `filter[recordId]`, `filter[requestId]`,
   * `filter[at]=<from>..<to>`; without a time, id or request the last 90 days. At most 10,000 are counted. In the group's own
   * organisation the entries of all.
   */
  list: defineAction({
    name: 'auditEntry.list',
    title: t('查询审计记录', 'Search the audit trail'),
    permission: 'audit.read',
    params: listParams,
    result: listResult(auditEntry),
    repeat: 'read',
    rest: { method: 'GET', path: '/audit-entries' },
  }),
  get: defineAction({
    name: 'auditEntry.get',
    title: t('查看审计记录', 'Get an audit entry'),
    permission: 'audit.read',
    params: Type.Object({
      id: Type.String({ minLength: 1, maxLength: 36, description: '编号 · Id' }),
    }),
    result: Type.Object({
      entry: auditEntry,
      changes: Type.Array(change),
      hash: Type.String({ description: '哈希，空为等待封存 · Hash; empty while it waits to be sealed' }),
    }),
    repeat: 'read',
    rest: { method: 'GET', path: '/audit-entries/{id}' },
    faults: ['kernel.record.missing'],
  }),
  /** Recomputes a part of the chain from `from` on; the caller goes on at `next` until `done`. */
  verify: defineAction({
    name: 'auditEntry.verify',
    title: t('验证审计链', 'Verify the chain'),
    permission: 'audit.verify',
    params: Type.Object({
      from: Type.Optional(
        Type.Integer({ minimum: 1, description: '起始链序号，缺省 1 · First place, default 1' }),
      ),
    }),
    result: Type.Object({
      ok: Type.Boolean(),
      checked: Type.Integer({ description: '本次核对条数 · Entries recomputed by this call' }),
      brokenAt: Type.Union([Type.Integer(), Type.Null()], {
        description: '首个不符处 · First place that does not verify: changed, removed or inserted there',
      }),
      next: Type.Integer({ description: '下次起点 · Where to go on' }),
      total: Type.Integer({ description: '链长 · Length of the chain' }),
      done: Type.Boolean(),
    }),
    repeat: 'read',
    rest: { method: 'GET', path: '/audit-verification' },
  }),
  /** A signed archive of a span: gzip of one JSON line for each entry, closed by a line with count, digest and signature. */
  archive: defineAction({
    name: 'auditEntry.archive',
    title: t('导出审计归档', 'Export a signed archive'),
    permission: 'audit.export',
    params: Type.Object(range.properties),
    result: Type.Object({
      file: Type.String({ description: '文件名 · File name' }),
      mediaType: Type.String(),
      count: Type.Integer({ description: '条数 · Entries' }),
      content: Type.String({ description: 'base64' }),
      digest: Type.String({ description: '各行的 SHA-256 · SHA-256 of all lines but the last' }),
      signature: Type.String({ description: 'Ed25519，base64' }),
      publicKey: Type.String({ description: '公钥，base64 SPKI · Public key' }),
    }),
    repeat: 'key',
    rest: { method: 'POST', path: '/audit-archives' },
    faults: ['audit.archive.large'],
  }),
};
