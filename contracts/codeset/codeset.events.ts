import { Type } from 'typebox';
import { defineEvent } from '../kernel/event.ts';
import { t } from '../kernel/text.ts';

/** The hub reloads its tables and sets the messages that missed this code free. */
export const codeMapped = defineEvent({
  name: 'codeEntry.mapped',
  title: t('代码已对照', 'Code mapped'),
  payload: Type.Object({ table: Type.String(), from: Type.String() }),
});
