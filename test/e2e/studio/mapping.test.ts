import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser, Locator, Page } from 'playwright-core';
import { ask } from '../../api/api.ts';
import { adt, MessageFactory, orm } from '../../peers/his/messages.ts';
import { HisSender } from '../../peers/his/sender.ts';
import { type RunningPlatform, runPlatform } from '../../platform.ts';
import { faultsOf, openBrowser, signIn } from '../browser.ts';

let browser: Browser | undefined;
let platform: RunningPlatform;
let sender: HisSender;
let base: string;
let token: string;
const factory = new MessageFactory({ seed: 5, charset: 'GB18030' });
const patient = factory.patient();

beforeAll(async () => {
  browser = await openBrowser();
  if (!browser) return;
  platform = await runPlatform();
  base = `http://127.0.0.1:${platform.httpPort}`;
  sender = await HisSender.connect({ port: platform.mllpPort });
  await sender.send(adt('A01', patient, factory.envelope()).bytes);
  const body = { username: 'engineer', password: 'Cytomesh#Demo1' };
  token = ((await ask(base, 'POST', '/auth/login', { body })).json as { token: string }).token;
}, 60_000);

afterAll(async () => {
  await browser?.close();
  await sender?.end();
  await platform?.kill();
});

const inForce = async (): Promise<string> =>
  ((await ask(base, 'GET', '/definitions/his-orders', { token })).json as { text: string }).text;

/** An order from the HIS. Gives the id of its message and what mapped it, once it is handled. */
async function orderArrives(): Promise<{ id: string; mapping: string; name: string }> {
  const order = orm('NW', patient, factory.order(), factory.envelope());
  expect((await sender.send(order.bytes)).code).toBe('AA');
  for (;;) {
    const found = await ask(base, 'GET', `/messages?key=${order.controlId}`, { token });
    const [message] = (found.json as { items: { id: string; state: string }[] }).items;
    if (message?.state === 'DONE') {
      const { json } = await ask(base, 'GET', `/messages/${message.id}`, { token });
      const { mapping, canonical } = json as { mapping: string; canonical: { order: { name: string } }[] };
      return { id: message.id, mapping, name: canonical[0]!.order.name };
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Types a whole text in place of the one that stands there. */
async function type(page: Page, text: string): Promise<void> {
  await page.locator('cm-code .cm-content').click();
  await page.keyboard.press('Control+a');
  await page.keyboard.insertText(text);
}
const badge = (page: Page, text: string): Locator =>
  page.locator('cm-studio-result cm-badge', { hasText: text });

test('[ARC-15] [INT-02] a mapping is edited beside a sample, refused while red, published, used, and rolled back', async () => {
  if (!browser) return;
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'zh-CN' });
  const page = await context.newPage();
  const faults = faultsOf(page);
  const shipped = await inForce();
  expect((await orderArrives()).mapping).toBe('his-orders@0');

  await signIn(page, base, 'engineer');
  await page.goto(`${base}/studio/his-orders`);
  await page
    .locator('cytomesh-channel-studio select')
    .first()
    .selectOption({ label: 'orm-new-rich（随产品）' });
  await badge(page, '与期望一致').waitFor();

  // A mistake is told at its line while one types.
  await type(page, shipped.replace('direction: in', 'direction: in\nsurprise: 1'));
  await page.locator('.problems li', { hasText: 'unknown key "surprise"' }).waitFor();

  // Another result is red, field by field, and cannot be published.
  const line = 'name: { from: OBR-4.2, do: [trim: true, max: 200] }';
  expect(shipped).toContain(line);
  await type(page, shipped.replace(line, 'name: { value: 写死的名称 }'));
  await badge(page, '处与期望不同').waitFor();
  await page.locator('cm-studio-result li', { hasText: '[0].order.name' }).waitFor();
  await page.getByText('草稿已保存').waitFor();
  await page.keyboard.press('Control+Enter');
  await page.getByText('有样例未通过，不能发布').waitFor();
  const publish = page.locator('cm-studio-publish').getByRole('button', { name: '发布' });
  expect(await publish.isDisabled()).toBe(true);
  const refused = await ask(base, 'POST', '/publications', {
    token,
    body: { items: [{ text: shipped.replace(line, 'name: { value: 写死的名称 }'), baseVersion: 0 }] },
  });
  expect([refused.status, (refused.json as { code: string }).code]).toEqual([409, 'channel.sample.failed']);
  await page.keyboard.press('Escape');

  // Mended, it is published and the next message goes through it.
  await type(page, shipped.replace(line, 'name: { from: OBR-4.2, do: [trim: true, max: 3] }'));
  await badge(page, '处与期望不同').waitFor();
  await type(page, shipped.replace(line, 'name: { from: OBR-4.2, do: [trim: true, max: 150] }'));
  await badge(page, '与期望一致').waitFor();
  await page.keyboard.press('Control+Enter');
  await page.locator('cm-studio-publish textarea').fill('名称最长 150');
  await publish.click();
  await page.locator('cm-badge', { hasText: '第 1 版' }).first().waitFor();
  const through = await orderArrives();
  expect(through.mapping).toBe('his-orders@1');

  // From the message to a sample in one click, without its personal data.
  await page.goto(`${base}/messages/${through.id}`);
  await page.getByText('his-orders · 第 1 版').waitFor();
  await page.getByRole('button', { name: '存为样例' }).click();
  await page.getByRole('button', { name: '存为样例' }).last().click();
  await page.waitForURL(/\/studio\/his-orders/);
  const { json } = await ask(base, 'GET', '/golden-samples?definition=his-orders', { token });
  const own = (json as { items: { id: string; origin: string; pseudonymised: boolean }[] }).items.find(
    (s) => s.origin === 'message',
  )!;
  expect(own.pseudonymised).toBe(true);
  const sample = (await ask(base, 'GET', `/golden-samples/${own.id}`, { token })).json as { bytes: string };
  const text = new TextDecoder('gb18030').decode(Buffer.from(sample.bytes, 'base64'));
  expect(text).toContain('ORM^O01');
  expect(text).not.toContain(patient.name);

  // Tried over what is stored, and then back to what was shipped.
  await page.getByRole('tab', { name: '影子运行' }).click();
  await page.getByRole('button', { name: '用当前定义影子运行' }).click();
  await page.locator('cm-studio-shadow', { hasText: '2 / 2' }).waitFor();
  await page.getByRole('tab', { name: /^版本/ }).click();
  await page.locator('cm-studio-versions select').nth(1).selectOption({ label: '随产品提供' });
  await page.locator('.diff .new', { hasText: 'max: 200' }).waitFor();
  await page.getByRole('button', { name: '回退到右侧版本' }).click();
  await page.getByRole('button', { name: '回退', exact: true }).click();
  await page.locator('header cm-badge', { hasText: '随产品提供' }).waitFor();
  expect(await inForce()).toBe(shipped);
  expect((await orderArrives()).mapping).toBe('his-orders@0');
  expect(faults).toEqual([]);
  await context.close();
}, 120_000);
