import { afterAll, expect, test } from '@jest/globals';
import { Stand, until } from '../../test/conformance/adapter/stand.ts';
import { type ForeignDb, foreignDb } from '../../test/peers/foreign-db/foreign-db.ts';
import { type Random, seeded } from '../../test/peers/his/random.ts';
import { adapter } from './index.ts';

/** A case that fails is found again by the seed and its number. */
const seed = 846_0104;
const cases = 2400;

let db: ForeignDb | undefined;
afterAll(() => db?.drop());

/** A value as SQL that no well-meaning system would write. */
function odd(random: Random): string {
  const bytes = Array.from({ length: random.int(0, 60) }, () =>
    random.int(0, 255).toString(16).padStart(2, '0'),
  );
  return random.pick([
    'NULL',
    `x'${bytes.join('')}'`,
    `CAST(x'${bytes.join('')}' AS TEXT)`,
    `'${'张'.repeat(random.int(0, 3000))}'`,
    `printf('%.*c', ${random.int(1, 90_000)}, 'a')`,
    "'it''s \"quoted\" \\ back; DROP TABLE rows; --'",
    'char(0, 1, 2, 27, 55296, 65279)',
    '9e999',
    '-9223372036854775808',
    '9223372036854775807',
    '1.0000000000000000000001',
    "'2026-13-45T99:99:99'",
    "'\u202e<script>&amp;'",
  ]);
}

let stand: Stand;
afterAll(() => stand?.close());

test(`[INT-01] [INT-03] ${cases} hostile rows: each is handed over once, as JSON that can be read or with a reason`, async () => {
  const random = seeded(seed);
  db = await foreignDb('sqlite');
  await db.run('CREATE TABLE rows (no INTEGER, at TEXT, a, b, "we""ird; --")');
  for (let from = 0; from < cases; from += 200) {
    const rows = Array.from(
      { length: 200 },
      (_, i) =>
        `(${from + i}, '2026-03-02T00:00:00.${String(from + i).padStart(6, '0')}', ${odd(random)}, ${odd(random)}, ${odd(random)})`,
    );
    await db.run(`INSERT INTO rows VALUES ${rows.join(',')}`);
  }
  stand = new Stand(adapter, {
    connection: db.connection,
    view: 'rows',
    key: ['no'],
    mark: ['at'],
    clock: 'none',
    every: 0.05,
    page: 100,
    inFlight: 20,
    maxRowBytes: 50_000,
    backfill: 'all',
  });
  const listener = await stand.start();
  await until(() => stand.kept.length >= cases, 'every row handed over', 60);
  const seen = new Set<number>();
  let broken = 0;
  for (const frame of stand.kept) {
    if (frame.broken) {
      broken++;
      expect(frame.broken.reason).toMatch(/.{10}/);
      continue;
    }
    const row = JSON.parse(Buffer.from(frame.bytes).toString('utf8')) as Record<string, unknown>;
    expect(Object.keys(row)).toEqual(['no', 'at', 'a', 'b', 'we"ird; --']);
    expect(seen.has(Number(row.no))).toBe(false);
    seen.add(Number(row.no));
  }
  expect(seen.size + broken).toBe(cases);
  expect(broken).toBeGreaterThan(0);
  await listener.stop(1000);
  expect(stand.kept).toHaveLength(cases);
}, 120_000);
