import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventually } from '../../fault/ward.ts';
import { type ForeignDb, foreignDb } from '../../peers/foreign-db/foreign-db.ts';
import { readAs } from '../../peers/foreign-db/reader.ts';
import { type RunningPlatform, runPlatform } from '../../platform.ts';
import { testWith } from '../../servers.ts';
import { Engineer } from '../engineer.ts';

const run = promisify(execFile);
const root = join(import.meta.dirname, '../../..');
let platform: RunningPlatform;
let his: ForeignDb;
let planner: Engineer;
/** Of the endpoint, as long as no channel took from it. */
let before: string;

/** The profile speaks to a MySQL of theirs; here to what stands in for it. */
const theirs = (text: string): string =>
  text
    .replace(/connection:\s*\{.*\}/, `connection: ${JSON.stringify(his.connection)}`)
    .replace('every: 10', 'every: 0.2');

const row = (applyNo: string, more: Record<string, string> = {}): Record<string, string> => ({
  apply_no: applyNo,
  state: '1',
  item_code: 'XB0201',
  item_name: 'NK细胞制备',
  priority: '加急',
  quantity: '2',
  patient_id: `V-${applyNo}`,
  patient_name: '龖明远',
  sex: '1',
  birth_date: '1985-07-09',
  create_time: '2026-03-02T08:00:00',
  modify_time: '2026-03-02T08:05:00',
  ...more,
});
const place = (values: Record<string, string>): Promise<void> =>
  his.run(
    `INSERT OR REPLACE INTO v_cell_order (${Object.keys(values).join(', ')}) VALUES (${Object.values(values)
      .map((v) => `'${v}'`)
      .join(', ')})`,
  );

const statusOf = async (engineer: Engineer): Promise<string> => {
  const { items } = await engineer.get<{ items: { id: string; code: string }[] }>('/channels?pageSize=200');
  const { id } = items.find((c) => c.code === 'his-view')!;
  const live = await engineer.get<{ items: { channelId: string; status: string }[] }>('/channel-live');
  return live.items.find((l) => l.channelId === id)!.status;
};

beforeAll(async () => {
  his = await foreignDb('sqlite');
  const columns =
    'state, item_code, item_name, priority, quantity, patient_id, patient_name, sex, birth_date, id_no, phone, visit_no, dept_name, doctor_name, diagnosis, remark, create_time, need_time, modify_time';
  await his.run(
    `CREATE TABLE v_cell_order (apply_no TEXT PRIMARY KEY, ${columns.replaceAll(',', ' TEXT,')} TEXT)`,
  );
  await his.run(
    'CREATE TABLE cell_order_status (apply_no TEXT PRIMARY KEY, order_no TEXT, state TEXT, reason TEXT, changed_by TEXT, changed_at TEXT)',
  );
  await place(row('A-OLD', { modify_time: '2025-06-01T00:00:00', create_time: '2025-06-01T00:00:00' }));
  await place(row('A-1'));
  platform = await runPlatform();
  const engineer = await Engineer.at(platform);
  const connect = (file: string) => engineer.connect(`his-view/optional/${file}.yaml`, {}, theirs);
  await connect('his-view.endpoint');
  before = await statusOf(engineer);
  await connect('his-view-orders-in.channel');
  await connect('his-view-out.endpoint');
  await connect('his-view-status-out.channel');
  planner = await Engineer.at(platform, 'planner');
}, 60_000);
afterAll(async () => {
  await platform?.kill();
  await his?.drop();
});

test('[INT-01] a view is not read before a channel takes its rows: nothing passes by unused', async () => {
  expect(before).toBe('waiting');
  expect(await statusOf(planner)).toBe('listening');
});

test('[INT-01] [INT-03] a request in a view of the HIS becomes an order, from the start of the back-fill on', async () => {
  expect(await planner.order('A-1')).toMatchObject({ state: 'SUBMITTED' });
  await place(row('A-2', { modify_time: '2026-03-02T09:00:00' }));
  expect(await planner.order('A-2')).toMatchObject({ state: 'SUBMITTED' });
  const { items } = await planner.get<{ items: unknown[] }>('/orders?q=A-OLD');
  expect(items).toEqual([]);
}, 60_000);

test('[INT-01] [INT-03] a decision of the laboratory is written to a table of the HIS, one row for each request', async () => {
  const order = await planner.order('A-1');
  const decide = async (action: string, body: object = {}): Promise<void> => {
    const { version } = await planner.order('A-1');
    await planner.post(`/orders/${order.id}/actions/${action}`, body, { 'if-match': `"${version}"` });
  };
  const written = (state: string) =>
    eventually(
      () => his.rows('SELECT apply_no, order_no, state FROM cell_order_status'),
      ([first]) => first?.state === state,
      20_000,
    );
  const told = { apply_no: 'A-1', order_no: order.number };
  await decide('accept');
  expect(await written('ACCEPTED')).toEqual([{ ...told, state: 'ACCEPTED' }]);
  await decide('hold', { reason: '床位未定' });
  expect(await written('ON_HOLD')).toEqual([{ ...told, state: 'ON_HOLD' }]);
  await place(row('A-1', { state: '9', modify_time: '2026-03-02T10:00:00' }));
  await planner.order('A-1', ({ state }) => state === 'CANCELLED');
}, 60_000);

test('[INT-03] a request that was placed and cancelled between two polls stands as cancelled', async () => {
  await place(row('A-3', { state: '已作废', modify_time: '2026-03-02T11:00:00' }));
  await planner.order('A-3', ({ state }) => state === 'CANCELLED');
}, 60_000);

testWith('sqlite3')(
  '[INT-01] [INT-03] another system reads our orders by a view, put in place while the platform runs',
  async () => {
    const main = `sqlite:${join(platform.dataFolder, 'main.sqlite')}`;
    const settings = join(platform.dataFolder, 'cytomesh.env');
    writeFileSync(settings, `CYTOMESH_DB_MAIN=${main}\n`);
    const views = (...more: string[]) =>
      run(process.execPath, [join(root, 'deploy/views/apply.ts'), '--settings', settings, ...more]);
    expect((await views()).stdout).toContain('cytomesh_v1_orders');
    const orders =
      "SELECT placer_number, state FROM cytomesh_v1_orders WHERE placer_number LIKE 'A-%' ORDER BY placer_number";
    expect(await readAs(main, orders)).toEqual({
      refused: '',
      rows: [
        { placer_number: 'A-1', state: 'CANCELLED' },
        { placer_number: 'A-2', state: 'SUBMITTED' },
        { placer_number: 'A-3', state: 'CANCELLED' },
      ],
    });
    await place(row('A-4', { modify_time: '2026-03-02T12:00:00' }));
    await planner.order('A-4');
    expect((await readAs(main, orders)).rows.length).toBe(4);
    const everything = await readAs(
      main,
      'SELECT * FROM cytomesh_v1_orders; SELECT * FROM cytomesh_v1_donors',
    );
    expect(JSON.stringify(everything.rows)).not.toContain('龖明远');

    const page = join(platform.dataFolder, 'views.html');
    await run(process.execPath, [join(root, 'deploy/views/document.ts'), '--html', '--out', page]);
    expect(readFileSync(page, 'utf8')).toContain('<code>cytomesh_v1_orders</code>');
    await views('--drop');
    expect((await readAs(main, orders)).refused).toContain('no such table');
  },
  60_000,
);
