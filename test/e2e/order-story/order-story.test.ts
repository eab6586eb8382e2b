import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { adt, type Built, MessageFactory, orm } from '../../peers/his/messages.ts';
import { HisReceiver } from '../../peers/his/receiver.ts';
import { HisSender } from '../../peers/his/sender.ts';
import { freePort, type RunningPlatform, runPlatform } from '../../platform.ts';
import { faultsOf, openBrowser, signIn } from '../browser.ts';

let browser: Browser | undefined;
let platform: RunningPlatform;
let his: HisReceiver;
let sender: HisSender;
let base: string;
const factory = new MessageFactory({ seed: 7, charset: 'GB18030' });
const patient = { ...factory.patient(), name: '珅質弢' };
const first = factory.order();
const second = factory.order();
let order: Built;

beforeAll(async () => {
  browser = await openBrowser();
  if (!browser) return;
  const hisPort = await freePort();
  his = await HisReceiver.listen({ port: hisPort });
  platform = await runPlatform({ env: { CYTOMESH_DEMO_HIS_PORT: String(hisPort) } });
  base = `http://127.0.0.1:${platform.httpPort}`;
  sender = await HisSender.connect({ port: platform.mllpPort });
  const admission = adt('A01', patient, factory.envelope());
  order = orm('NW', patient, first, factory.envelope());
  expect((await sender.send(admission.bytes)).code).toBe('AA');
  expect((await sender.send(order.bytes)).code).toBe('AA');
}, 60_000);

afterAll(async () => {
  await browser?.close();
  await sender?.end();
  await platform?.kill();
  await his?.close();
});

/** Runs the story only where there is a browser; CI has one. */
const story = (title: string, run: (page: Page) => Promise<void>): void =>
  test(title, async () => {
    if (!browser) return;
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: 'zh-CN' });
    const page = await context.newPage();
    const faults = faultsOf(page);
    await run(page);
    expect(faults).toEqual([]);
    await context.close();
  }, 60_000);

story(
  '[PRO-3.1.1] [PRO-3.1.3] [INT-01] a planner sees an order arrive without reloading, accepts it, and the HIS is told',
  async (page) => {
    await signIn(page, base, 'planner');
    await page.getByText(first.placer).waitFor();
    const later = orm('NW', patient, second, factory.envelope());
    expect((await sender.send(later.bytes)).code).toBe('AA');
    await page.getByText(second.placer).waitFor();

    await page.getByText(first.placer).click();
    await page.waitForURL(/\/orders\/.+/);
    await page.getByRole('button', { name: '接收' }).click();
    const confirm = page.getByRole('button', { name: '接收', exact: true }).nth(1);
    await confirm.waitFor();
    await confirm.click();
    await his.waitFor(() => his.byPlacer(first.placer).length > 0, 15_000);
    const status = his.byPlacer(first.placer)[0]!;
    expect(status.field('ORC.1.1')).toBe('OK');
    expect(status.text).toContain('珅質弢');
    await page.getByText('已接收').first().waitFor();
    // The page shows what made the order and what it caused.
    await page.getByText('ORM^O01').first().waitFor();
    await page.getByText('已投递').first().waitFor();
  },
);

story(
  '[INT-02] [EVA-05] an engineer finds the message by its order number, sees all its forms, and replays it',
  async (page) => {
    await signIn(page, base, 'engineer');
    await page.goto(`${base}/messages?key=${first.placer}`);
    await page.getByText('ORM^O01').first().waitFor();
    const id = await page.evaluate(async (key) => {
      const found = (await (await fetch(`/api/v1/messages?key=${key}`)).json()) as {
        items: { id: string; messageType: string; direction: string }[];
      };
      return found.items.find((m) => m.direction === 'in')!.id;
    }, order.controlId);
    await page.goto(`${base}/messages/${id}`);
    await page.getByText('his-orders-in').first().waitFor();
    await page.getByText('珅質弢').first().waitFor();
    await page.getByText('OrderPlaced').first().waitFor();
    await page.getByRole('button', { name: '重放' }).first().click();
    await page.locator('textarea:visible').last().fill('核对映射');
    await page.getByRole('button', { name: '重放' }).last().click();
    const copies = await page.evaluate(async (key) => {
      for (let i = 0; i < 50; i++) {
        const found = (await (await fetch(`/api/v1/messages?key=${key}`)).json()) as {
          items: { originKind: string; state: string }[];
        };
        const copy = found.items.find((m) => m.originKind === 'replay');
        if (copy?.state === 'DONE') return copy.state;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      return 'none';
    }, order.controlId);
    expect(copies).toBe('DONE');
  },
);

story(
  '[ARC-10] a person switches organisation without signing in again and sees nothing of the other one',
  async (page) => {
    await signIn(page, base, 'planner');
    await page.getByText(first.placer).waitFor();
    await page.getByRole('button', { name: '机构', exact: true }).click();
    await page.getByText('IMC', { exact: false }).last().click();
    await page.getByText(first.placer).waitFor({ state: 'detached' });
  },
);
