import type { CodeTable } from '../../api/client.generated.ts';
import { msg } from '../../state/language.ts';

export const tableName = (table: Pick<CodeTable, 'name' | 'nameEn'>): string =>
  msg(table.name, table.nameEn || table.name);
