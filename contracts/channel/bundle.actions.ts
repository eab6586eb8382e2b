import { Type } from 'typebox';
import { defineAction } from '../kernel/action.ts';
import { t } from '../kernel/text.ts';
import { note, orNull } from './definition.actions.ts';
import { sampleCheck } from './trial.schema.ts';

/** Definitions as files. */
export const bundleActions = {
  export: defineAction({
    name: 'definition.export',
    title: t('导出定义', 'Export definitions as a file'),
    permission: 'message.content',
    params: Type.Object({
      codes: Type.String({
        minLength: 1,
        maxLength: 2000,
        description: '代码，逗号分隔；* 为全部 · Codes with commas; * for all of the organisation’s own',
      }),
      with: Type.Optional(
        Type.String({
          maxLength: 60,
          description: '附带 samples、tables、uses · Also samples, code tables, and what the definitions use',
        }),
      ),
    }),
    result: Type.Object({ name: Type.String(), text: Type.String({ description: 'YAML' }) }),
    repeat: 'read',
    rest: { method: 'GET', path: '/definition-exports' },
    faults: ['kernel.record.missing'],
  }),
  /** A dry run says what would change; the same call without it brings all in, through the gate, as one publication. */
  import: defineAction({
    name: 'definition.import',
    title: t('导入定义', 'Import a file of definitions'),
    permission: 'channel.publish',
    params: Type.Object({
      text: Type.String({
        minLength: 1,
        maxLength: 4_000_000,
        description: '文件内容 · Content of the file',
      }),
      dryRun: Type.Boolean({ description: '试运行 · Only say what would change' }),
      note,
    }),
    result: Type.Object({
      items: Type.Array(
        Type.Object({
          what: Type.Enum(['definition', 'sample', 'table']),
          code: Type.String(),
          state: Type.Enum(['new', 'changed', 'same', 'kept'], {
            description: 'kept: 已有的对照不被覆盖 · What is there already stays as it is',
          }),
        }),
      ),
      problems: Type.Array(Type.Object({ code: Type.String(), reason: Type.String() })),
      checks: Type.Array(sampleCheck),
      /** Null for a dry run, and where no definition changes. */
      publicationId: orNull(Type.String()),
      state: Type.Enum(['checked', 'PUBLISHED', 'PENDING']),
    }),
    repeat: 'key',
    rest: { method: 'POST', path: '/definition-imports' },
    faults: [
      'channel.bundle.invalid',
      'channel.text.invalid',
      'channel.sample.failed',
      'kernel.record.stale',
    ],
  }),
};
