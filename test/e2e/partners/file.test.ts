import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import excel from 'exceljs';
import iconv from 'iconv-lite';
import { eventually } from '../../fault/ward.ts';
import { type SftpServer, startSftpServer } from '../../peers/sftp/server.ts';
import { type RunningPlatform, runPlatform } from '../../platform.ts';
import { Engineer } from '../engineer.ts';

const dataFolder = mkdtempSync(join(tmpdir(), 'cytomesh-e2e-file-'));
/** Of the demo hospital. */
const exchange = join(dataFolder, 'files/HY');
const remote = join(dataFolder, 'remote');
let platform: RunningPlatform;
let engineer: Engineer;
let planner: Engineer;
let server: SftpServer;

const quick = (text: string): string =>
  text.replace(/stableMs: \d+/, 'stableMs: 150, pollMs: 200, takeBackMs: 2000');
const overSftp = (text: string): string =>
  text
    .replaceAll('lis-file', 'lis-sftp')
    .replace('map: lis-sftp-results', 'map: lis-file-results')
    .replace(
      /listen: \{ folder: lis\/in, create: true/,
      `listen: { folder: /in, sftp: { host: 127.0.0.1, port: ${server.port}, user: lab, password: secret, hostKeys: ["${server.fingerprint}"] }`,
    );

async function signIn(): Promise<void> {
  engineer = await Engineer.at(platform);
  planner = await Engineer.at(platform, 'planner');
}

beforeAll(async () => {
  mkdirSync(join(remote, 'in'), { recursive: true });
  server = await startSftpServer({ folder: remote });
  platform = await runPlatform({ dataFolder });
  await signIn();
  for (const file of [
    'his-file/optional/his-order-files.endpoint',
    'his-file/optional/his-file-orders-in.channel',
    'his-file/optional/his-file-out.endpoint',
    'his-file/optional/his-file-status-out.channel',
    'lis-file/optional/lis-file.endpoint',
    'lis-file/optional/lis-file-results-in.channel',
    'lis-file/optional/lis-file-out.endpoint',
    'lis-file/optional/lis-file-orders-out.channel',
  ])
    await engineer.connect(`${file}.yaml`, {}, quick);
  for (const file of ['lis-file.endpoint', 'lis-file-results-in.channel'])
    await engineer.connect(`lis-file/optional/${file}.yaml`, {}, (text) => overSftp(quick(text)));
}, 90_000);
afterAll(async () => {
  await platform?.kill();
  await server?.stop();
  rmSync(dataFolder, { recursive: true, force: true, maxRetries: 5 });
}, 30_000);

const there = async (folder: string): Promise<void> => {
  await eventually(async () => existsSync(folder), Boolean, 20_000);
};
const filesIn = (folder: string): string[] =>
  existsSync(folder)
    ? readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((one) => one.isFile())
        .map((one) => join(one.parentPath, one.name))
        .sort()
    : [];
const appeared = (folder: string, ending: string, count = 1): Promise<string[]> =>
  eventually(
    async () => filesIn(folder).filter((file) => file.endsWith(ending) && !file.includes('/.')),
    (files) => files.length >= count,
    30_000,
  );
const text = (file: string): string => iconv.decode(readFileSync(file), 'gb18030');

async function workbook(rows: readonly unknown[][]): Promise<Buffer> {
  const book = new excel.Workbook();
  const sheet = book.addWorksheet('申请');
  sheet.addRow([
    '申请单号',
    '病历号',
    '姓名',
    '性别',
    '出生日期',
    '申请科室',
    '项目代码',
    '数量',
    '申请时间',
  ]);
  for (const row of rows) sheet.addRow(row);
  return Buffer.from(await book.xlsx.writeBuffer());
}
const order = (number: string, more: { item?: string } = {}): unknown[] => [
  number,
  `F-${number}`,
  '龖若曦',
  '女',
  '1985-3-9',
  '血液科',
  more.item ?? 'XB0201',
  1,
  '2026/3/2 8:30',
];

/** A CSV as Excel saves it in China. */
const csv = (rows: readonly string[][]): Buffer =>
  iconv.encode(
    [
      '报告单号,条码号,申请单号,组合代码,组合名称,项目代码,项目名称,结果,单位,报告状态,报告时间',
      ...rows.map((row) => row.join(',')),
      '',
    ].join('\r\n'),
    'gb18030',
  );
const result = (report: string, placer: string): string[] => [
  report,
  `S-${report}`,
  placer,
  'CD34',
  'CD34+ 细胞计数',
  'CD34P',
  '比例',
  '1.85',
  '%',
  '已审核',
  '2026/3/2 8:30',
];

test('[INT-01] [INT-02] [INT-03] orders from a workbook, each row told; accepted, they leave as files; results of a CSV stand at the order', async () => {
  const inbox = join(exchange, 'his/orders');
  await there(inbox);
  const book = await workbook([order('X-1'), order('X-2', { item: 'NO SUCH' }), order('X-3')]);
  writeFileSync(join(inbox, '申请 三月.xlsx'), book);
  const [told] = await appeared(join(inbox, 'error'), '申请 三月.xlsx.result.csv');
  const lines = readFileSync(told!, 'utf8').trim().split('\r\n').slice(1);
  expect(lines.map((line) => line.split(',').slice(0, 3))).toEqual([
    ['1', 'kept', '已接收'],
    ['2', 'refused', '已拒收'],
    ['3', 'kept', '已接收'],
  ]);
  expect(lines[1]).toContain('NO SUCH');
  const [reason] = await appeared(join(inbox, 'error'), '申请 三月.xlsx.reason.txt');
  expect(readFileSync(reason!, 'utf8')).toContain('共 3 条，其中 1 条被拒收');

  const placed = await planner.order('X-1');
  expect(placed).toMatchObject({ state: 'SUBMITTED' });
  await planner.post(`/orders/${placed.id}/actions/accept`, {}, { 'if-match': `"${placed.version}"` });
  const [forLis] = await appeared(join(exchange, 'lis/out'), '.csv');
  expect(text(forLis!).split('\r\n')[1]).toMatch(
    new RegExp(`^新增,X-1,${placed.number},F-X-1,龖若曦,F,19850309,NK-P,`),
  );
  const [forHis] = await appeared(join(exchange, 'his/status'), '.csv');
  expect(text(forHis!)).toContain(`X-1,${placed.number},F-X-1,NK-P,ACCEPTED`);

  const results = join(exchange, 'lis/in');
  await there(results);
  writeFileSync(join(results, '结果 1.csv'), csv([result('R-1', 'X-1'), result('R-2', 'NOBODY')]));
  const facts = await engineer.facts('X-1', (found) => found.length > 0);
  expect(facts).toMatchObject([
    { kind: 'ResultReported', number: 'R-1', title: 'CD34+ 细胞计数', status: 'final' },
  ]);
  const [outcome] = await appeared(join(results, 'error'), '结果 1.csv.result.csv');
  const outcomes = readFileSync(outcome!, 'utf8').trim().split('\r\n').slice(1);
  expect(outcomes.map((line) => line.split(',')[1])).toEqual(['kept', 'refused']);
}, 90_000);

test('[INT-01] [INT-03] results over SFTP, and the same file again under another name, stand once', async () => {
  for (const name of ['一.csv', '二.csv']) {
    writeFileSync(join(remote, 'in', name), csv([result('R-SFTP', 'X-3')]));
    await appeared(join(remote, 'in/processed'), name);
  }
  expect(await engineer.facts('X-3', (found) => found.length > 0)).toMatchObject([
    { kind: 'ResultReported', number: 'R-SFTP' },
  ]);
  const [again] = await appeared(join(remote, 'in/processed'), '二.csv.result.csv');
  expect(readFileSync(again!, 'utf8')).toContain('1,repeated,');
}, 60_000);

test('[INT-01] [INT-02] [INT-03] killed while files come in: every result stands once, and every file lies in processed', async () => {
  const inbox = join(exchange, 'lis/in');
  const name = (i: number): string => `杀 ${String(i).padStart(2, '0')}.csv`;
  for (let i = 0; i < 24; i++) {
    writeFileSync(join(inbox, name(i)), csv([result(`K-${i}`, 'X-3')]));
    if (i % 8 !== 4) continue;
    await appeared(join(inbox, 'processed'), 'result.csv', i / 4);
    await platform.kill('SIGKILL');
    platform = await runPlatform({ dataFolder });
  }
  await signIn();
  const lies = (): string[] =>
    filesIn(inbox).map((file) => file.slice(inbox.length + 1).replace(/\d{4}-\d\d-\d\d/, 'DAY'));
  const wanted = Array.from({ length: 24 }, (_, i) => `processed/DAY/${name(i)}`);
  // Whatever is not where it should be is told, with why.
  await eventually(
    async () => [
      ...wanted.filter((file) => !lies().includes(file)),
      ...lies().filter(
        (file) =>
          /(^|\/)杀 [^/]*\.csv$|claimed/.test(file) &&
          !file.startsWith('processed/') &&
          !file.endsWith('.result.csv'),
      ),
      ...filesIn(join(inbox, 'error'))
        .filter((file) => /杀.*reason/.test(file))
        .map((file) => readFileSync(file, 'utf8')),
    ],
    (odd) => odd.length === 0,
    60_000,
  );
  const facts = await engineer.facts(
    'X-3',
    (found) => found.filter(({ number }) => /^K-/.test(number)).length === 24,
  );
  expect(new Set(facts.map(({ number }) => number)).size).toBe(facts.length);
}, 180_000);
