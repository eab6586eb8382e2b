import { type Static, Type } from 'typebox';
import { defineAction, readActions } from '../kernel/action.ts';
import { t } from '../kernel/text.ts';
import { codeEntryRecord, codeMissRecord, codeTableRecord } from './codeset.record.ts';

const table = Type.String({ minLength: 1, maxLength: 60, description: '代码表 · Code table' });
const from = Type.String({ minLength: 1, maxLength: 100, description: '源代码 · Source code' });
const to = Type.String({ maxLength: 100, description: '目标代码 · Target code' });
const note = Type.Optional(Type.String({ maxLength: 200, description: '说明 · Note' }));
const time = (description: string) =>
  Type.Optional(
    Type.Union([Type.String({ format: 'date-time', maxLength: 40 }), Type.Null()], { description }),
  );

const missItem = Type.Object({
  table,
  code: from,
  channel: Type.String({ maxLength: 60 }),
  messageId: Type.String({ minLength: 1, maxLength: 36 }),
});
export type MissItem = Static<typeof missItem>;

const loadedTable = Type.Object({
  code: table,
  name: Type.String({ maxLength: 100 }),
  nameEn: Type.String({ maxLength: 100 }),
  source: Type.String({ maxLength: 60 }),
  target: Type.String({ maxLength: 60 }),
  entries: Type.Array(Type.Object({ from, to, note }), { maxItems: 20000 }),
});
export type LoadedTable = Static<typeof loadedTable>;

export const codesetActions = {
  tables: readActions(codeTableRecord, 'codeset.read'),
  entries: readActions(codeEntryRecord, 'codeset.read'),
  misses: readActions(codeMissRecord, 'codeset.read'),
  /** Adds or replaces one pair; where it holds now, an open miss of that code becomes MAPPED. */
  map: defineAction({
    name: 'codeEntry.map',
    title: t('对照代码', 'Map a code'),
    permission: 'codeset.write',
    params: Type.Object({
      table,
      from,
      to,
      note,
      owner: Type.Optional(Type.String({ maxLength: 64, description: '责任人 · Owner' })),
      validFrom: time('生效时间，缺省立即 · Valid from; at once by default'),
      validUntil: time('失效时间，缺省不失效 · Valid until; for ever by default'),
    }),
    result: codeEntryRecord.schema,
    repeat: 'key',
    rest: { method: 'POST', path: '/code-entries' },
    faults: ['kernel.record.missing', 'codeset.span.empty'],
  }),
  /** All pairs of the caller's organisation, for the hub's compiled mappings: table to source code to target code. */
  snapshot: defineAction({
    name: 'codeEntry.snapshot',
    title: t('代码表快照', 'All pairs in force'),
    permission: 'mesh',
    params: Type.Object({}),
    result: Type.Object({
      tables: Type.Record(Type.String(), Type.Record(Type.String(), Type.String())),
      /** When the next pair begins or ends to hold. */
      until: Type.Union([Type.String(), Type.Null()]),
    }),
    repeat: 'read',
  }),
  /**
   * Brings shipped tables into the caller's organisation: what is not there is added, what is there stays as it is, voided
   * rows too. Gives how many were added. A table of many thousand pairs goes in a call of its own.
   */
  load: defineAction({
    name: 'codeTable.load',
    title: t('装载代码表', 'Load code tables'),
    permission: 'mesh',
    params: Type.Object({ tables: Type.Array(loadedTable, { maxItems: 200 }) }),
    result: Type.Object({ tables: Type.Integer(), entries: Type.Integer() }),
    repeat: 'natural',
  }),
  /**
   * Counts misses; one work item for each code. `open` is how many of the codes told are open work now; one that was mapped
   * meanwhile gives `codeEntry.mapped` again, so that its message is not left waiting.
   */
  miss: defineAction({
    name: 'codeMiss.report',
    title: t('登记未对照', 'Report misses'),
    permission: 'mesh',
    params: Type.Object({ items: Type.Array(missItem, { maxItems: 500 }) }),
    result: Type.Object({ open: Type.Integer() }),
    repeat: 'natural',
  }),
};
