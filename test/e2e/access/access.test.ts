import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { generateSync } from 'otplib';
import type { Browser, Page } from 'playwright-core';
import { type RunningPlatform, runPlatform } from '../../platform.ts';
import { faultsOf, openBrowser } from '../browser.ts';

let browser: Browser | undefined;
let platform: RunningPlatform;
let page: Page;
let faults: string[];
const demo = 'Cytomesh#Demo1';
const fresh = 'Harbour#Lantern-42';

beforeAll(async () => {
  browser = await openBrowser();
  if (!browser) return;
  platform = await runPlatform();
  page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  faults = faultsOf(page);
}, 60_000);
afterAll(async () => {
  await browser?.close();
  await platform?.kill();
});

async function enter(username: string, password = demo): Promise<void> {
  await page.context().clearCookies();
  await page.goto(`http://127.0.0.1:${platform.httpPort}/`);
  await page.locator('input[autocomplete=username]').fill(username);
  await page.locator('input[autocomplete=current-password]').fill(password);
  await page.keyboard.press('Enter');
}

describe('accounts, by the security administrator and by their people', () => {
  let first = '';

  test('[RES-7.1.1] an account is made with roles by organisation; its password is told once', async () => {
    if (!browser) return;
    await enter('security');
    await page.getByRole('heading', { name: '用户', exact: true }).waitFor(); // no orders for them: the first page they may see
    await page.getByRole('button', { name: '新建用户' }).click();
    await page.getByLabel('用户名').last().fill('wang.fang');
    await page.getByLabel('姓名').last().fill('王芳');
    await page.getByLabel('质量检验员 · 和祐国际医院').check();
    await page.getByRole('button', { name: '新建', exact: true }).click();
    first = (await page.locator('.password').textContent())!.trim();
    await page.getByRole('button', { name: '完成' }).click();
    await page.getByRole('row', { name: /wang\.fang/ }).waitFor();
  }, 60_000);

  test('[EVA-03] system and audit administration in one hand are refused with the names', async () => {
    if (!browser) return;
    await page.getByRole('row', { name: /wang\.fang/ }).click();
    await page.getByLabel('系统管理员 · 和祐国际医院').check();
    await page.getByLabel('审计员 · IMC诊疗中心').check();
    await page.getByLabel('原因').fill('试一试');
    await page.getByRole('button', { name: '保存' }).click();
    await page.getByText(/不能由同一人担任/).waitFor();
    await page.keyboard.press('Escape');
  }, 60_000);

  test('[EVA-03] the policy asks auditors for a second factor', async () => {
    if (!browser) return;
    await page.getByRole('button', { name: '登录策略' }).click();
    await page.getByLabel('审计员', { exact: true }).check();
    await page.getByLabel('原因').fill('等保要求');
    await page.getByRole('button', { name: '保存' }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  }, 60_000);

  test('[EVA-03] the new person chooses a password at the first sign-in', async () => {
    if (!browser) return;
    await enter('wang.fang', first);
    await page.getByText('口令已到期或须修改，请设置新口令').waitFor();
    await page.locator('input[autocomplete=new-password]').first().fill(fresh);
    await page.locator('input[autocomplete=new-password]').last().fill(fresh);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: '订单', exact: true }).waitFor();
  }, 60_000);

  test('[EVA-03] an auditor sets up the second factor before anything else, then signs in with its code', async () => {
    if (!browser) return;
    await enter('auditor');
    await page.getByText('须启用').waitFor();
    expect(await page.getByRole('navigation').getByRole('link').count()).toBe(0);
    await page.getByRole('button', { name: '设置双因素' }).click();
    await page.getByLabel('当前口令').first().fill(demo);
    await page.getByRole('button', { name: '继续' }).click();
    const secret = (await page.locator('.scan .mono').textContent())!.replace(/\s/g, '');
    await page.getByLabel('验证码').fill(generateSync({ secret }));
    await page.getByRole('button', { name: '确认' }).click();
    const codes = await page.locator('ol li').allTextContents();
    await page.getByRole('button', { name: '已保存' }).click();
    await page.getByRole('link', { name: '审计' }).waitFor();
    await enter('auditor');
    await page.getByLabel('验证码').fill(codes[0]!);
    await page.keyboard.press('Enter');
    await page.getByRole('link', { name: '审计' }).waitFor();
    // What was refused on purpose is all the browser complained about.
    expect(faults.filter((f) => !/40[139]/.test(f))).toEqual([]);
  }, 60_000);
});
