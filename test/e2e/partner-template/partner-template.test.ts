import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { ask } from '../../api/api.ts';
import { adt, MessageFactory, orm } from '../../peers/his/messages.ts';
import { HisSender } from '../../peers/his/sender.ts';
import { freePort, type RunningPlatform, runPlatform } from '../../platform.ts';
import { faultsOf, openBrowser, signIn } from '../browser.ts';

let browser: Browser | undefined;
let platform: RunningPlatform;
let base: string;
let engineer: string;
const factory = new MessageFactory({ seed: 21, charset: 'GB18030' });

const tokenOf = async (username: string, org?: string): Promise<string> => {
  const body = { username, password: 'Cytomesh#Demo1', ...(org ? { org } : {}) };
  return ((await ask(base, 'POST', '/auth/login', { body })).json as { token: string }).token;
};
const get = async (path: string, token = engineer) => (await ask(base, 'GET', path, { token })).json as never;
const post = (path: string, body: object, token = engineer) =>
  ask(base, 'POST', path, { token, body, headers: { 'Idempotency-Key': crypto.randomUUID() } });
const total = async (path: string): Promise<number> => ((await get(path)) as { total: number }).total;
const until = async (holds: () => Promise<boolean>): Promise<void> => {
  for (let i = 0; i < 400; i++) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('it did not come about');
};

beforeAll(async () => {
  browser = await openBrowser();
  platform = await runPlatform();
  base = `http://127.0.0.1:${platform.httpPort}`;
  engineer = await tokenOf('engineer');
}, 60_000);
afterAll(async () => {
  await browser?.close();
  await platform?.kill();
});

/** Runs the story only where there is a browser; CI has one. */
const story = (title: string, run: (page: Page) => Promise<void>): void =>
  test(title, async () => {
    if (!browser) return;
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, locale: 'zh-CN' });
    const page = await context.newPage();
    const faults = faultsOf(page);
    await signIn(page, base, 'engineer');
    await run(page);
    expect(faults).toEqual([]);
    await context.close();
  }, 120_000);

story(
  '[INT-01] [ARC-15] an engineer makes a new HIS in the browser, from the template to its first message',
  async (page) => {
    const port = await freePort();
    await page.goto(`${base}/partners`);
    await page.getByRole('button', { name: /^HIS（HL7 v2 over MLLP）/ }).click();
    await page.locator('input[name=port]').fill('99999');
    await page.locator('input[name=title]').fill('二院 HIS');
    await page.locator('input[name=titleEn]').fill('Second HIS');
    await page.getByText('不大于 65535').waitFor();
    await page.locator('input[name=port]').fill(String(port));
    await page.getByText('不大于 65535').waitFor({ state: 'detached' });
    await page.getByRole('button', { name: '下一步' }).click();
    await page.getByRole('button', { name: '测试连接' }).click();
    await page.getByText('空闲，可以监听').waitFor();
    await page.getByText(`port: ${port}`).waitFor();
    await page.getByRole('button', { name: '创建 3 个定义' }).click();
    await page.getByText('监听中').waitFor();
    await page.getByRole('button', { name: '运行自检' }).click();
    await page.getByText(/通过 \d+，未通过 0/).waitFor({ timeout: 60_000 });
    // A self-test leaves nothing to do and nobody's data.
    expect(await total('/messages?filter[endpoint]=second-his&filter[state]=PARKED,REFUSED,DONE')).toBe(0);
    expect(await total('/donors')).toBe(0);

    const patient = factory.patient();
    const order = factory.order();
    const sender = await HisSender.connect({ port });
    expect((await sender.send(adt('A01', patient, factory.envelope()).bytes)).code).toBe('AA');
    expect((await sender.send(orm('NW', patient, order, factory.envelope()).bytes)).code).toBe('AA');
    await sender.end();
    await page.goto(`${base}/orders`);
    await page.getByText(order.placer).waitFor();
    expect(await total('/messages?filter[channel]=second-his-orders-in&filter[state]=DONE')).toBe(1);
  },
);

story(
  '[ARC-15] the specification of a channel leaves the browser as a page and as a Word file',
  async (page) => {
    const { items } = (await get('/channels?q=his-orders-in')) as { items: { id: string }[] };
    await page.goto(`${base}/channels/${items[0]!.id}`);
    await page.getByRole('tab', { name: '自检与规范' }).click();
    await page.getByText('预期流量').waitFor();
    const taken = async (name: string): Promise<Buffer> => {
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('button', { name, exact: true }).click(),
      ]);
      return readFileSync(await download.path());
    };
    const html = (await taken('HTML')).toString('utf8');
    for (const words of ['接口规范', 'ORM^O01', 'OBR-4.1', 'MSA|', 'codeset.code.unmapped'])
      expect(html).toContain(words);
    expect((await taken('Word')).subarray(0, 2).toString()).toBe('PK');
  },
);

story(
  '[INT-03] [ARC-15] a code nobody mapped is told once as an alert, mapped in the browser, and its messages run again',
  async (page) => {
    const sender = await HisSender.connect({ port: platform.mllpPort });
    const placers: string[] = [];
    for (let i = 0; i < 3; i++) {
      const patient = factory.patient();
      const order = { ...factory.order(), code: 'HIS-NK-7' };
      placers.push(order.placer);
      expect((await sender.send(orm('NW', patient, order, factory.envelope()).bytes)).code).toBe('AA');
    }
    await sender.end();
    await until(async () => (await total('/messages?filter[state]=PARKED')) === 3);

    // The watch looks every half minute.
    await page.goto(`${base}/alerts`);
    const card = page.locator('article', { hasText: '有未对照代码' });
    await card.waitFor({ timeout: 60_000 });
    await card.getByRole('button', { name: '确认' }).click();
    await page.locator('textarea:visible').fill('已联系 HIS');
    await page.getByRole('button', { name: '确认', exact: true }).last().click();
    await card.getByText('已联系 HIS').waitFor();

    await page.goto(`${base}/codes`);
    await page.getByText('HIS-NK-7').waitFor();
    await page.getByRole('button', { name: '对照', exact: true }).click();
    await page.getByText('有 3 条消息在等它').waitFor();
    await page.locator('input[name=to]').fill('NK-P');
    await page.getByRole('button', { name: '对照并重跑 3 条' }).click();
    await page.getByText('已对照，3 条消息已重跑').waitFor({ timeout: 30_000 });
    for (const placer of placers) await until(async () => (await total(`/orders?q=${placer}`)) === 1);
    await page.getByRole('button', { name: '关闭', exact: true }).last().click();
    await page.getByText('没有待对照的代码').waitFor();
  },
);

test('[ARC-15] two partners of one template stand side by side; a secret is in no text, no version and no answer', async () => {
  const make = (partner: string, key: string) =>
    post('/channel-templates/lab-rest/actions/create', {
      partner,
      title: `检验 ${partner}`,
      values: { path: partner },
      secrets: { key },
      start: true,
    });
  const keys = { east: 'east-key-0123456789', west: 'west-key-0123456789' };
  const made = [await make('east', keys.east), await make('west', keys.west)];
  expect(made.map(({ status }) => status)).toEqual([201, 201]);
  const items = made.flatMap(
    ({ json }) => (json as { items: { id: string; code: string; text: string }[] }).items,
  );
  expect(items.map((i) => i.code)).toEqual(['east', 'east-results-in', 'west', 'west-results-in']);
  const said = JSON.stringify([
    made.map((m) => m.text),
    await get('/channels?pageSize=200'),
    await get('/channel-secrets'),
    await get(`/channels/${items[0]!.id}/versions`),
    await get(`/channels/${items[0]!.id}/specification?form=html&language=en`),
  ]);
  expect(said).not.toContain('key-0123456789');
  expect(said).toContain('$secret:east-key');

  const call = async (path: string, key: string) => {
    const body = JSON.stringify({
      kind: 'specimen',
      id: `s-${path}-${key}`,
      order: { placer: `NONE-${path}-${key}` },
      specimen: { barcode: 'B', status: 'x' },
    });
    const headers = { 'content-type': 'application/json', 'x-api-key': key };
    return (
      await fetch(`http://127.0.0.1:${platform.interfacePort}/in/${path}`, { method: 'POST', headers, body })
    ).status;
  };
  await until(async () => (await call('west', keys.west)) !== 404);
  expect(await call('east', keys.west)).toBe(401);
  expect(await call('east', keys.east)).not.toBe(401);

  // Another secret in its place holds at once, and the old one no more.
  expect((await post('/channel-secrets', { code: 'east-key', value: 'east-key-of-today-42' })).status).toBe(
    200,
  );
  await until(async () => (await call('east', 'east-key-of-today-42')) !== 401);
  expect(await call('east', keys.east)).toBe(401);
}, 60_000);

test('[ARC-01] [ARC-15] what a template makes belongs to one organisation; nothing of a refused one is left', async () => {
  const other = await tokenOf('engineer', 'IMC');
  const { items } = (await get('/channels?q=east')) as { items: { id: string }[] };
  for (const path of ['specification?form=html&language=en', 'about', 'reach'])
    expect((await ask(base, 'GET', `/channels/${items[0]!.id}/${path}`, { token: other })).status).toBe(404);
  expect((await post(`/channels/${items[0]!.id}/actions/self-test`, {}, other)).status).toBe(404);
  expect(((await get('/channel-secrets', other)) as { items: unknown[] }).items).toEqual([]);

  const before = await total('/channels');
  const twice = await post('/channel-templates/lab-rest/actions/create', {
    partner: 'east',
    title: '又一个',
    values: { path: 'again' },
    secrets: { key: 'k'.repeat(20) },
    start: true,
  });
  expect(twice.status).toBe(422);
  const unfilled = await post('/channel-templates/lab-rest/actions/create', {
    partner: 'north',
    title: '北',
    values: { path: 'a b' },
    secrets: { key: 'k'.repeat(20) },
    start: true,
  });
  expect([unfilled.status, (unfilled.json as { code: string }).code]).toEqual([
    422,
    'channel.template.unfilled',
  ]);
  expect(await total('/channels')).toBe(before);
  const same = await post(
    '/channel-templates/lab-rest/actions/create',
    {
      partner: 'east',
      title: '东',
      values: { path: 'east' },
      secrets: { key: 'k'.repeat(20) },
      start: false,
    },
    other,
  );
  expect(same.status).toBe(201);
}, 60_000);

test('[INT-01] [INT-02] a LIS made from its template sends a result by HL7, and it stands at the order the HIS placed', async () => {
  const port = await freePort();
  const made = await post('/channel-templates/lis-hl7/actions/create', {
    partner: 'main-lis',
    title: '检验科',
    values: { port: String(port) },
    start: true,
  });
  expect(made.status).toBe(201);
  const order = factory.order();
  const his = await HisSender.connect({ port: platform.mllpPort });
  expect((await his.send(orm('NW', factory.patient(), order, factory.envelope()).bytes)).code).toBe('AA');
  await his.end();
  await until(async () => (await total(`/orders?q=${order.placer}`)) === 1);
  const oru = [
    'MSH|^~\\&|LIS|HY|CYTOMESH|CELLLAB|20260320153005||ORU^R01|L1|P|2.4|||||CHN|UNICODE UTF-8',
    `OBR|1|${order.placer}|L26000031|QC-MSC^质检|||20260320090000|||||||||||||||20260320153000|||F`,
    'OBX|1|NM|VIAB^细胞活率||96.4|%||N|||F',
    '',
  ].join('\r');
  const lis = await HisSender.connect({ port });
  expect((await lis.send(Buffer.from(oru))).code).toBe('AA');
  await lis.end();
  const { items } = (await get(`/orders?q=${order.placer}`)) as { items: { id: string }[] };
  const facts = async () =>
    ((await get(`/orders/${items[0]!.id}/facts`)) as { items: { kind: string; number: string }[] }).items;
  await until(async () => (await facts()).length > 0);
  expect(await facts()).toMatchObject([{ kind: 'ResultReported', number: 'L26000031' }]);
}, 60_000);

test('[EVA-01] the national pairs of every inbound service pass through the real port, offered by the product', async () => {
  const { items } = (await get('/channels?filter[code]=hip')) as { items: { id: string }[] };
  const { json } = await post(`/channels/${items[0]!.id}/actions/self-test`, {});
  const { rows, failed } = json as {
    failed: number;
    rows: { sample: string; way: string; passed: boolean }[];
  };
  expect(rows.filter((r) => !r.passed)).toEqual([]);
  expect(failed).toBe(0);
  const wire = rows.filter((r) => r.way === 'wire').map((r) => r.sample);
  for (const pair of [
    'PatientInfoRegister-t01-r2',
    'PatientInfoRegister-f01-r2',
    'OrderInfoAdd-t01-r1',
    'PatientInfoQuery-t01-r2',
  ])
    expect(wire).toContain(pair);
}, 60_000);
