import { type Browser, chromium, type Page } from 'playwright-core';
import { chromiumArguments, service } from '../services.ts';

/** A browser, or undefined where none is to be had: then the tests are skipped by name, in CI they fail. */
export async function openBrowser(): Promise<Browser | undefined> {
  const found = await service('chromium');
  if (found) return chromium.launch({ executablePath: found.url, args: chromiumArguments });
  if (process.env.CI === 'true') throw new Error('a browser is needed in CI and none was found');
  console.warn('skipped: no Chromium was found');
  return undefined;
}

/** Messages of the page that should not be there. */
export function faultsOf(page: Page): string[] {
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(String(error)));
  page.on('console', (message) => {
    // The first look at the session answers 401 where nobody is signed in.
    if (message.type() === 'error' && !/401/.test(message.text())) faults.push(message.text());
  });
  return faults;
}

export async function signIn(page: Page, base: string, username: string): Promise<void> {
  await page.goto(`${base}/`);
  await page.locator('input[autocomplete=username]').fill(username);
  await page.locator('input[type=password]').fill('Cytomesh#Demo1');
  await page.keyboard.press('Enter');
  await page.getByText('订单', { exact: true }).first().waitFor();
}
