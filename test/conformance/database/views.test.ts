import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { donorRecord } from '../../../contracts/donor/donor.record.ts';
import { orderRecord } from '../../../contracts/order/order.record.ts';
import { orderFactTable } from '../../../contracts/order/order-fact.record.ts';
import { orgRecord } from '../../../contracts/org/org.record.ts';
import { registry } from '../../../contracts/registry.generated.ts';
import { type PlaceOptions, placeViews } from '../../../deploy/views/place.ts';
import { versions } from '../../../deploy/views/versions.ts';
import { columnsOf, viewName } from '../../../deploy/views/view.ts';
import { systemCaller } from '../../../nodes/kit/caller.ts';
import type { Database } from '../../../nodes/kit/db/database.ts';
import { tableOf } from '../../../nodes/kit/db/dialect.ts';
import { migrate } from '../../../nodes/kit/db/migrate.ts';
import type { Databases } from '../../../nodes/kit/kit.ts';
import { kitForTests, type TestKit } from '../../../nodes/kit/testing/kit-for-tests.ts';
import { type Login, readAs } from '../../peers/foreign-db/reader.ts';
import { testWith } from '../../servers.ts';
import { migrations, onEachDatabase, roles } from './databases.ts';

const all = versions.flatMap((set) => set.views.map((view) => viewName(set, view)));
const tables = [...registry.records.values()].filter((r) => r.database === 'main').map(tableOf);
/** Sealed in the tables; nobody may find them in a view. */
const personal = ['欧阳建国', '110101199003070011', '13800138000', '急性白血病', '龖家住龖街'];
let accounts = 0;

await onEachDatabase('views for other systems', (place, kind) => {
  let mesh: TestKit;
  let main: Database;
  let url: string;
  const put = (more: Partial<PlaceOptions> = {}) => placeViews({ url, sets: versions, ...more });
  /** On MariaDB an account enters by a database it may see: its own, where the views have one. */
  const read = (sql: string, login?: Login, schema?: string) => {
    const at = new URL(url);
    if (schema !== undefined && main.dialect !== 'postgres') at.pathname = `/${schema}`;
    return readAs(onServer ? at.href : url, sql, login);
  };
  const many = async (
    sql: string,
    login?: Login,
    schema?: string,
  ): Promise<readonly Record<string, string>[]> => {
    const { rows, refused } = await read(sql, login, schema);
    expect(refused).toBe('');
    return rows;
  };
  const here = testWith({ SQLite: 'sqlite3', MariaDB: 'mariadb' }[kind] ?? 'psql');
  const onServer = kind !== 'SQLite';
  /** What only a server has: accounts, schemas. */
  const testOnServer = onServer ? here : test.skip;
  const quiet = async (sql: string): Promise<void> => void (await main.source.query(sql));
  /** A test with an account of its own, gone with it. */
  const withAccount = (use: (user: string) => Promise<void>) => async (): Promise<void> => {
    const user = `reader_${process.pid}_${++accounts}`;
    try {
      await use(user);
    } finally {
      await quiet(
        main.dialect === 'postgres' ? `DROP OWNED BY ${user}; DROP ROLE ${user}` : `DROP USER '${user}'@'%'`,
      );
    }
  };

  beforeAll(async () => {
    url = await place().url();
    main = await place().open(url);
    await migrate(main, migrations);
    const others = await Promise.all(roles.slice(1).map(async (role) => [role, await place().fresh(role)]));
    mesh = await kitForTests([], { databases: { main, ...Object.fromEntries(others) } as Databases });
    for (const [i, code] of ['HY', 'MH'].entries()) {
      const orgId = `org-${code.toLowerCase()}`;
      await mesh.kit.work({ caller: systemCaller('test', orgId), requestId: 'r' }, async (work) => {
        if (i === 0)
          work.insert(orgRecord, { id: 'group', code: 'G', name: '集团', nameEn: 'Group', kind: 'group' });
        work.insert(orgRecord, {
          id: orgId,
          code,
          name: `医院${code}`,
          nameEn: code,
          kind: 'org',
          parentId: 'group',
        });
        const donor = work.insert(donorRecord, {
          number: `D-${code}`,
          name: '欧阳建国',
          sex: 'M',
          idNumber: '110101199003070011',
          phone: '13800138000',
          address: '龖家住龖街',
          identifiers: [],
          status: 'ACTIVE',
        });
        const order = work.insert(orderRecord, {
          number: `O-${code}-1`,
          donorId: donor.id,
          placerNumber: `P-${code}-1`,
          placerAuthority: 'HIS',
          productCode: 'CAR-T',
          productName: '嵌合抗原受体𠮷T细胞 ≥10⁶',
          priority: 'stat',
          quantity: 1.5,
          orderedBy: '欧阳建国',
          department: '血液科',
          visitNumber: 'V1',
          diagnosis: '急性白血病',
          state: 'SUBMITTED',
          previousState: '',
          stateReason: '',
          source: 'message',
          sourceId: 'm-1',
        });
        work.history(orderRecord, order, { action: 'place', from: '', to: 'SUBMITTED' });
        for (const [kind, number] of [
          ['SpecimenCollected', 'S-77'],
          ['ResultReported', 'R-77'],
        ] as const)
          work.add(orderFactTable, {
            id: `${code}-${number}`,
            orgId,
            orderId: order.id,
            donorId: donor.id,
            kind,
            number,
            at: work.now,
            title: '',
            status: 'final',
            source: 'LIS',
            messageId: 'm-2',
            blob: '',
            mediaType: '',
            data: '{"name":"欧阳建国"}',
          });
      });
    }
  }, 60_000);

  afterAll(async () => {
    await mesh?.close();
  });

  here(
    '[INT-03] [INT-01] another system’s client reads orders, samples and results by stable names',
    async () => {
      expect((await put()).views).toEqual(all);
      const [order] = await many(
        "SELECT * FROM cytomesh_v1_orders WHERE org_code = 'HY' ORDER BY updated_at, order_id",
      );
      expect(order).toMatchObject({
        order_number: 'O-HY-1',
        placer_number: 'P-HY-1',
        donor_number: 'D-HY',
        product_name: '嵌合抗原受体𠮷T细胞 ≥10⁶',
        quantity: '1.5',
        department: '血液科',
        state: 'SUBMITTED',
        updated_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      });
      expect(
        await many('SELECT specimen_number, placer_number, status FROM cytomesh_v1_samples ORDER BY seq'),
      ).toEqual([
        { specimen_number: 'S-77', placer_number: 'P-HY-1', status: 'final' },
        { specimen_number: 'S-77', placer_number: 'P-MH-1', status: 'final' },
      ]);
      expect(await many('SELECT report_number, kind FROM cytomesh_v1_results')).toHaveLength(2);
      expect(
        await many('SELECT order_number, to_state FROM cytomesh_v1_order_history ORDER BY seq'),
      ).toMatchObject([{ order_number: 'O-HY-1', to_state: 'SUBMITTED' }, {}]);
    },
  );

  here('[INT-03] columns are those of the description, in its order', async () => {
    await put();
    for (const set of versions)
      for (const view of set.views) {
        const { rows, refused } = await read(`SELECT * FROM ${viewName(set, view)}`);
        expect([viewName(set, view), refused]).toEqual([viewName(set, view), '']);
        if (rows[0]) expect(Object.keys(rows[0])).toEqual(columnsOf(view).map((c) => c.name));
      }
  });

  here('[ARC-09] no view shows what is sealed, nor a name that stands in the clear beside it', async () => {
    await put();
    for (const name of all) {
      const text = JSON.stringify(await many(`SELECT * FROM ${name}`));
      expect([name, personal.filter((p) => text.includes(p))]).toEqual([name, []]);
      expect([name, /k1:[A-Za-z0-9+/]{20}/.test(text)]).toEqual([name, false]);
    }
  });

  here('[INT-03] the same again changes nothing, while readers read', async () => {
    await put();
    let reading = true;
    const refused: string[] = [];
    const reader = (async () => {
      while (reading) refused.push((await read('SELECT order_id FROM cytomesh_v1_orders')).refused);
    })();
    for (let i = 0; i < 4; i++) expect((await put()).views).toEqual(all);
    reading = false;
    await reader;
    expect(refused.filter(Boolean)).toEqual([]);
    expect(refused.length).toBeGreaterThan(0);
  });

  here('[ARC-01] with --org the views show rows of that organisation only', async () => {
    const { views } = await put({ org: 'MH' });
    expect(views).toContain('cytomesh_v1_mh_orders');
    for (const name of views) {
      const rows = await many(`SELECT * FROM ${name}`);
      expect([name, new Set(rows.map((r) => r.org_code))]).toEqual([
        name,
        rows.length ? new Set(['MH']) : new Set(),
      ]);
    }
    expect(await many('SELECT order_number FROM cytomesh_v1_mh_orders')).toEqual([
      { order_number: 'O-MH-1' },
    ]);
    await put({ org: 'MH', drop: true });
  });

  testOnServer(
    '[INT-03] an account of theirs reads these views, and nothing else whatever it tries',
    withAccount(async (user) => {
      await put();
      const first = await put({ grantUser: user, org: 'HY' });
      const login = { user, password: first.password! };
      expect(first.password).toMatch(/.{20}/);
      expect((await put({ grantUser: user, org: 'HY' })).password).toBeUndefined();
      for (const name of first.views) await many(`SELECT * FROM ${name}`, login);
      expect(await many('SELECT order_number FROM cytomesh_v1_hy_orders', login)).toEqual([
        { order_number: 'O-HY-1' },
      ]);

      const tries = [
        ...tables.map(
          (table) => `SELECT * FROM ${main.dialect === 'postgres' ? `"${table}"` : `\`${table}\``}`,
        ),
        ...all.map((view) => `SELECT * FROM ${view}`),
        ...first.views.flatMap((view) => [
          `DELETE FROM ${view}`,
          `INSERT INTO ${view} SELECT * FROM ${view}`,
          `DROP VIEW ${view}`,
        ]),
        "UPDATE cytomesh_v1_hy_orders SET state = 'CANCELLED'",
        'CREATE TABLE mine (a int)',
        'CREATE VIEW cytomesh_v1_hy_mine AS SELECT 1 AS a',
        main.dialect === 'postgres'
          ? "SET default_transaction_read_only = off; UPDATE cytomesh_v1_hy_orders SET state = 'CANCELLED'"
          : 'SELECT * FROM mysql.user',
        main.dialect === 'postgres'
          ? 'SELECT rolpassword FROM pg_authid'
          : `GRANT ALL ON *.* TO '${user}'@'%'`,
        main.dialect === 'postgres' ? `ALTER ROLE ${user} SUPERUSER` : 'SET GLOBAL max_connections = 1',
      ];
      const allowed: string[] = [];
      for (const sql of tries) if ((await read(sql, login)).refused === '') allowed.push(sql);
      expect(allowed).toEqual([]);
      expect(await many('SELECT state FROM cytomesh_v1_hy_orders')).toEqual([{ state: 'SUBMITTED' }]);
      const wrong = await read('SELECT 1', { user, password: 'not-it' });
      // A server that trusts whoever comes from its own machine asks for no password.
      if (main.dialect !== 'postgres') expect(wrong.refused).not.toBe('');
    }),
    120_000,
  );

  testOnServer(
    '[INT-03] an account of one organisation cannot make the server speak of another’s rows',
    withAccount(async (user) => {
      const { password } = await put({ grantUser: user, org: 'HY' });
      // Evaluated before the condition of the view, a cast would name the values that are no numbers.
      const sql =
        main.dialect === 'postgres'
          ? "SET enable_nestloop = off; SET enable_indexscan = off; SET enable_bitmapscan = off; SELECT count(*) FROM cytomesh_v1_hy_orders WHERE CASE WHEN order_number LIKE 'O-HY%' THEN 1 ELSE order_number::int END = 1"
          : 'SELECT count(*) FROM cytomesh_v1_hy_orders WHERE CAST(order_number AS SIGNED) = 7; SHOW WARNINGS';
      const said = await read(sql, { user, password: password! });
      expect(said.refused).toBe('');
      expect(JSON.stringify(said.rows)).not.toContain('O-MH');
    }),
  );

  testOnServer(
    '[INT-03] in a schema of their own, and gone again',
    withAccount(async (user) => {
      const schema = `views_${process.pid}`;
      const { password } = await put({ schema, grantUser: user });
      const login = { user, password: password! };
      expect(await many(`SELECT order_number FROM ${schema}.cytomesh_v1_orders`, login, schema)).toHaveLength(
        2,
      );
      const home = new URL(url).pathname.slice(1);
      const table = main.dialect === 'postgres' ? 'public.orders' : `${home}.orders`;
      expect((await read(`SELECT * FROM ${table}`, login, schema)).refused).not.toBe('');
      await put({ schema, drop: true });
      expect((await read(`SELECT 1 FROM ${schema}.cytomesh_v1_orders`)).refused).not.toBe('');
      await quiet(`DROP SCHEMA ${schema}`);
    }),
  );

  here('[INT-03] dropped they are gone, the tables stay, and they come back', async () => {
    await put();
    await put({ drop: true });
    await put({ drop: true });
    for (const name of all)
      expect([name, (await read(`SELECT 1 FROM ${name}`)).refused]).not.toEqual([name, '']);
    expect(await many('SELECT number FROM orders')).toHaveLength(2);
    await put();
    expect(await many('SELECT order_number FROM cytomesh_v1_orders')).toHaveLength(2);
  });

  here('what cannot be done is refused by name', async () => {
    const problem = async (more: Partial<PlaceOptions>): Promise<string> =>
      put(more).then(
        () => '',
        (e: { message: string }) => e.message,
      );
    expect(await problem({ schema: 'a.b' })).toContain('--schema');
    expect(await problem({ org: "HY' OR 1=1" })).toContain('--org');
    expect(await problem({ grantUser: "a'; DROP" })).toContain('--grant-user');
    if (!onServer) {
      expect(await problem({ schema: 'other' })).toContain('no schemas');
      expect(await problem({ grantUser: 'reader' })).toContain('no accounts');
      expect(await problem({ url: 'sqlite:nowhere-at-all.db' })).toContain('start the platform once');
    } else expect(await problem({ url: await place().url() })).toContain('start the platform once');
  });
});
