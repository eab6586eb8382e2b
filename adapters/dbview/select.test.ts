import { describe, expect, test } from '@jest/globals';
import type { Kind, ListenSettings } from './descriptor.ts';
import { dialects } from './dialect.ts';
import type { Column, Family } from './driver.ts';
import { View } from './select.ts';
import { plain } from './values.ts';

const column = (name: string, family: Family, type = ''): Column => ({ name, family, type });
const settings = (kind: Kind, more: Partial<ListenSettings> = {}): ListenSettings => ({
  connection: { kind, schema: 'his' },
  view: 'v_order',
  key: ['no', 'item'],
  mark: ['changed'],
  columns: ['no', 'dose'],
  backfill: 'all',
  ...more,
});
const columns: Record<'sqlserver' | 'oracle', Column[]> = {
  sqlserver: [
    column('no', 'text', 'VarChar'),
    column('item', 'integer', 'IntN'),
    column('changed', 'time', 'DateTimeN'),
    column('dose', 'decimal', 'NumericN'),
  ],
  oracle: [
    column('NO', 'text', 'VARCHAR2'),
    column('ITEM', 'decimal', 'NUMBER'),
    column('CHANGED', 'time', 'DATE'),
    column('DOSE', 'decimal', 'NUMBER'),
  ],
};
const from = { mark: '2026-01-02T08:00:00.003', key: ["A'1", 7] };

describe('statements where no server is at hand', () => {
  test('SQL Server: TOP, brackets, values of the type of their column, decimals as text', () => {
    const view = new View(settings('sqlserver'), dialects.sqlserver, columns.sqlserver);
    const { sql, values } = view.page(from, 50);
    expect(sql).toBe(
      'SELECT TOP (50) [no] AS [c0], CONVERT(varchar(60), [dose]) AS [c1], [item] AS [c2], CONVERT(varchar(33), [changed], 126) AS [c3]' +
        ' FROM [his].[v_order] WHERE [changed] IS NOT NULL AND [no] IS NOT NULL AND [item] IS NOT NULL' +
        ' AND [changed] >= CONVERT(datetime, @p1, 126) AND ([changed] > CONVERT(datetime, @p2, 126)' +
        ' OR ([changed] = CONVERT(datetime, @p3, 126) AND ([no] > CAST(@p4 AS varchar(8000))' +
        ' OR ([no] = CAST(@p5 AS varchar(8000)) AND [item] >= 7)))) ORDER BY [changed], [no], [item]',
    );
    expect(values).toEqual([from.mark, from.mark, from.mark, "A'1", "A'1"]);
  });

  test('Oracle: ROWNUM, names in upper case where written in lower, dates by format', () => {
    const view = new View(settings('oracle'), dialects.oracle, columns.oracle);
    const { sql } = view.page({ mark: '2026-01-02T08:00:00' }, 50);
    expect(sql).toContain('SELECT * FROM (SELECT "NO" AS "C0"');
    expect(sql).toContain('FROM "HIS"."V_ORDER"');
    expect(sql).toContain(`"CHANGED" >= TO_DATE(SUBSTR(:1, 1, 19), 'YYYY-MM-DD"T"HH24:MI:SS')`);
    expect(sql).toMatch(/ORDER BY "CHANGED", "NO", "ITEM"\) WHERE ROWNUM <= 50$/);
    const { rows } = {
      rows: view.rows({ columns: [], changed: 0, rows: [['A1', '0.10', '3', '2026-01-02T08:00:00']] }),
    };
    expect(rows[0]).toMatchObject({ json: '{"no":"A1","dose":"0.10"}', id: '["A1","3"]' });
  });
});

describe('names and values', () => {
  test('a name cannot leave its quotes, a value its literal', () => {
    expect(dialects.mysql.quote('a`; DROP')).toBe('`a``; DROP`');
    expect(dialects.postgres.quote('a"; DROP')).toBe('"a""; DROP"');
    expect(dialects.sqlserver.quote('a]; DROP')).toBe('[a]]; DROP]');
    expect(dialects.mysql.bind("' OR 1=1 -- \\", [])).toBe(
      `_utf8mb4 x'${Buffer.from("' OR 1=1 -- \\").toString('hex')}'`,
    );
    expect(dialects.mysql.bind('1; DROP TABLE x', [], column('n', 'integer'))).toMatch(/^_utf8mb4 x'/);
  });

  test('columns the settings name and the view has not are named all at once', () => {
    const make = () =>
      new View(settings('oracle', { where: { gone: 1 } }), dialects.oracle, columns.oracle.slice(0, 2));
    expect(make).toThrow(expect.objectContaining({ missingColumns: ['changed', 'dose', 'gone'] }));
  });

  test('a mark or key of a wrong kind is refused before it can lose rows', () => {
    const text = [
      column('no', 'text'),
      column('item', 'bytes', 'RAW'),
      column('changed', 'time'),
      column('dose', 'text'),
    ];
    expect(() => new View(settings('oracle'), dialects.oracle, text)).toThrow(/item \(RAW\) can be neither/);
    const number = settings('oracle', { markKind: 'number' });
    expect(() => new View(number, dialects.oracle, columns.oracle)).toThrow(
      /CHANGED \(DATE\) is no mark of the kind number/,
    );
  });

  test('values are the same text for the same value', () => {
    const cases: [unknown, Family, unknown][] = [
      ['2026-11-23 08:30:00.123456+08', 'instant', '2026-11-23T00:30:00.123456Z'],
      ['2026-01-01 00:15:00-03:30', 'instant', '2026-01-01T03:45:00Z'],
      ['infinity', 'instant', 'infinity'],
      ['2026-11-23 08:30:00', 'time', '2026-11-23T08:30:00'],
      ['0000-00-00 00:00:00', 'time', null],
      ['0000-00-00', 'date', null],
      ['12.50', 'decimal', '12.50'],
      ['9007199254740993', 'bigint', '9007199254740993'],
      [9007199254740993n, 'text', '9007199254740993'],
      [5n, 'text', 5],
      ['7', 'integer', 7],
      ['NaN', 'float', 'NaN'],
      ['t', 'bool', true],
      ['f', 'bool', false],
      [Buffer.from([0, 255]), 'bytes', 'AP8='],
      [new Uint8Array([0, 255]), 'text', 'AP8='],
      [null, 'text', null],
    ];
    expect(cases.map(([raw, family]) => plain(raw, column('c', family)))).toEqual(cases.map((c) => c[2]));
  });
});
