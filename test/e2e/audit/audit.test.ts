import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { adt, MessageFactory, orm } from '../../peers/his/messages.ts';
import { HisSender } from '../../peers/his/sender.ts';
import { type RunningPlatform, runPlatform } from '../../platform.ts';
import { faultsOf, openBrowser, signIn } from '../browser.ts';

let browser: Browser | undefined;
let platform: RunningPlatform;
let page: Page;
let faults: string[];

beforeAll(async () => {
  browser = await openBrowser();
  if (!browser) return;
  platform = await runPlatform();
  const sender = await HisSender.connect({ port: platform.mllpPort });
  const factory = new MessageFactory({ seed: 5, charset: 'GB18030' });
  const patient = factory.patient();
  await sender.send(adt('A01', patient, factory.envelope()).bytes);
  await sender.send(orm('NW', patient, factory.order(), factory.envelope()).bytes);
  await sender.end();
  page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  faults = faultsOf(page);
  await signIn(page, `http://127.0.0.1:${platform.httpPort}`, 'auditor');
  await page.getByRole('link', { name: '审计' }).click();
}, 60_000);
afterAll(async () => {
  await browser?.close();
  await platform?.kill();
});

test('[EVA-05] [EVA-06] the auditor finds an entry, sees what it changed, narrows to its request, verifies the chain, takes an archive', async () => {
  if (!browser) return;
  await page.locator('select').first().selectOption('order');
  await page
    .getByRole('row', { name: /新建订单/ })
    .first()
    .click();
  await page.getByText('申请单号').waitFor();
  await page.getByRole('button', { name: '同一请求' }).click();
  await page.getByText('请求', { exact: false }).first().waitFor();
  await page.getByRole('button', { name: '验证审计链' }).click();
  await page.getByText(/条完整，未被改动/).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: '导出归档' }).click();
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: '导出', exact: true }).click(),
  ]);
  expect(download.suggestedFilename()).toMatch(/^audit-.*\.jsonl\.gz$/);
  await page.getByText(/已导出 \d+ 条/).waitFor();
  expect(faults).toEqual([]);
}, 60_000);
