import { Type } from 'typebox';
import { defineAction, idParams } from '../kernel/action.ts';
import { t } from '../kernel/text.ts';
import { codeEntryRecord, codeTableRecord } from './codeset.record.ts';

const id = Type.String({ minLength: 1, maxLength: 36, description: '编号 · Id' });
const version = Type.Integer({ minimum: 1, description: '版本，来自 If-Match · Version from If-Match' });

/** What a person does with code tables besides mapping one code. */
export const codeSheetActions = {
  /** The pair stays in the trail and holds no more; the code is a miss again when it comes. */
  end: defineAction({
    name: 'codeEntry.end',
    title: t('终止代码对照', 'End a pair'),
    permission: 'codeset.write',
    params: Type.Object({
      id,
      version,
      at: Type.Optional(
        Type.String({
          format: 'date-time',
          maxLength: 40,
          description: '终止时间，缺省立即 · When; at once by default',
        }),
      ),
      reason: Type.String({ minLength: 1, maxLength: 500, description: '原因 · Reason' }),
    }),
    result: codeEntryRecord.schema,
    repeat: 'key',
    rest: { method: 'POST', path: '/code-entries/{id}/actions/end', ifMatch: true },
    faults: ['kernel.record.missing', 'kernel.record.stale', 'codeset.span.empty'],
  }),
  change: defineAction({
    name: 'codeTable.change',
    title: t('修改代码表信息', 'Change name and owner of a table'),
    permission: 'codeset.write',
    params: Type.Object({
      id,
      version,
      name: Type.String({ minLength: 1, maxLength: 100, description: '名称 · Name' }),
      nameEn: Type.String({ maxLength: 100, description: '英文名称 · English name' }),
      owner: Type.String({ maxLength: 64, description: '责任人 · Owner' }),
    }),
    result: codeTableRecord.schema,
    repeat: 'key',
    rest: { method: 'PUT', path: '/code-tables/{id}', ifMatch: true },
    faults: ['kernel.record.missing', 'kernel.record.stale'],
  }),
  /** Tables with the number of their pairs and of codes that wait for one. */
  overview: defineAction({
    name: 'codeTable.overview',
    title: t('代码表概览', 'Code tables with their counts'),
    permission: 'codeset.read',
    params: Type.Object({}),
    result: Type.Object({
      items: Type.Array(
        Type.Object({
          table: codeTableRecord.schema,
          entries: Type.Integer({ description: '有效对照 · Pairs in force' }),
          misses: Type.Integer({ description: '未对照 · Codes without a pair' }),
        }),
      ),
    }),
    repeat: 'read',
    rest: { method: 'GET', path: '/code-table-overview' },
  }),
  /** CSV of the pairs in force, in UTF-8 with a byte order mark, as spreadsheets open it. */
  export: defineAction({
    name: 'codeTable.export',
    title: t('导出代码表', 'Export a table'),
    permission: 'codeset.read',
    params: idParams,
    result: Type.Object({ name: Type.String({ description: '文件名 · File name' }), text: Type.String() }),
    repeat: 'read',
    rest: { method: 'GET', path: '/code-tables/{id}/sheet' },
    faults: ['kernel.record.missing'],
  }),
  /**
   * Lines of a sheet, as pasted from a spreadsheet or read from a CSV: source code, target code, note. What is not in the sheet stays.
   * `check` only tells what would change. All lines or none.
   */
  import: defineAction({
    name: 'codeTable.import',
    title: t('导入代码表', 'Import into a table'),
    permission: 'codeset.write',
    params: Type.Object({
      id,
      text: Type.String({
        minLength: 1,
        maxLength: 2_000_000,
        description: '表格文本：制表符、逗号或分号分隔 · Lines separated by tab, comma or semicolon',
      }),
      check: Type.Boolean({ description: '只检查 · Only tell what would change' }),
    }),
    result: Type.Object({
      added: Type.Integer(),
      changed: Type.Integer(),
      same: Type.Integer(),
      problems: Type.Array(
        Type.Object({
          line: Type.Integer(),
          kind: Type.Enum(['columns', 'source', 'target', 'note', 'twice']),
        }),
        { description: '不能导入的行，最多 100 行 · Lines that cannot be taken, at most 100' },
      ),
    }),
    repeat: 'key',
    rest: { method: 'POST', path: '/code-tables/{id}/actions/import' },
    faults: ['kernel.record.missing', 'codeset.sheet.invalid'],
  }),
};
