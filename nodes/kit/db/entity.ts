import { EntitySchema } from 'typeorm';
import type { RecordDef } from '../../../contracts/kernel/record.ts';
import { blindOf, columnsOf, type Dialect, primaryOf, snake, tableOf } from './dialect.ts';

/** Name of an index: short enough for every database, stable over releases. */
export const indexName = (record: RecordDef, fields: readonly string[]): string =>
  `ix_${tableOf(record)}_${fields.map(snake).join('_')}`.slice(0, 60);

/** All indexes of a table: the declared ones and one for each blind index. */
export function indexesOf(record: RecordDef): { name: string; fields: readonly string[]; unique: boolean }[] {
  const blind = Object.entries(record.fields)
    .filter(([, f]) => f.options.blind)
    .map(([name]) => ({
      fields: record.fields.orgId ? ['orgId', blindOf(name)] : [blindOf(name)],
      unique: false,
    }));
  return [...record.indexes, ...blind].map((i) => ({
    name: indexName(record, i.fields),
    fields: i.fields,
    unique: i.unique ?? false,
  }));
}

/** The TypeORM entity of a record: what the migrations must agree with on every database. */
export function entityOf(record: RecordDef, dialect: Dialect): EntitySchema {
  const primary = primaryOf(record);
  return new EntitySchema({
    name: record.name,
    tableName: tableOf(record),
    columns: Object.fromEntries(
      [...columnsOf(record, dialect)].map(([name, column]) => [
        name,
        {
          ...column,
          name: snake(name),
          ...(name === primary
            ? {
                primary: true,
                ...(record.fields[name]!.column.kind === 'seq' ? { generated: 'increment' as const } : {}),
              }
            : {}),
        },
      ]),
    ),
    indices: indexesOf(record).map((i) => ({ name: i.name, columns: [...i.fields], unique: i.unique })),
  });
}
