import { Type } from 'typebox';
import { defineAction, readActions } from '../kernel/action.ts';
import { t } from '../kernel/text.ts';
import { codeEntryRecord, codeMissRecord, codeTableRecord } from './codeset.record.ts';

const table = Type.String({ minLength: 1, maxLength: 60, description: '代码表 · Code table' });
const from = Type.String({ minLength: 1, maxLength: 100, description: '源代码 · Source code' });
const to = Type.String({ maxLength: 100, description: '目标代码 · Target code' });

export const codesetActions = {
  tables: readActions(codeTableRecord, 'codeset.read'),
  entries: readActions(codeEntryRecord, 'codeset.read'),
  misses: readActions(codeMissRecord, 'codeset.read'),
  /** Adds or replaces one pair; an open miss of that code becomes MAPPED. */
  map: defineAction({
    name: 'codeEntry.map',
    title: t('对照代码', 'Map a code'),
    permission: 'codeset.write',
    params: Type.Object({
      table,
      from,
      to,
      note: Type.Optional(Type.String({ maxLength: 200, description: '说明 · Note' })),
    }),
    result: codeEntryRecord.schema,
    repeat: 'key',
    rest: { method: 'POST', path: '/code-entries' },
    faults: ['kernel.record.missing'],
  }),
  /** All pairs of an organisation, for the hub's compiled mappings. */
  snapshot: defineAction({
    name: 'codeEntry.snapshot',
    title: t('代码表快照', 'All pairs in force'),
    permission: 'mesh',
    params: Type.Object({}),
    result: Type.Object({ tables: Type.Record(Type.String(), Type.Record(Type.String(), Type.String())) }),
    repeat: 'read',
  }),
  /** Counts misses; one open work item for each code. */
  miss: defineAction({
    name: 'codeMiss.report',
    title: t('登记未对照', 'Report misses'),
    permission: 'mesh',
    params: Type.Object({
      items: Type.Array(
        Type.Object({
          table,
          code: Type.String({ maxLength: 100 }),
          channel: Type.String({ maxLength: 60 }),
          messageId: Type.String({ maxLength: 36 }),
        }),
        { maxItems: 500 },
      ),
    }),
    result: Type.Object({ open: Type.Integer() }),
    repeat: 'natural',
  }),
};
