import { existsSync } from 'node:fs';
import { type Browser, chromium, type Page } from 'playwright-core';

const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Where a Chromium is: the system's, or the one an npm package carries. */
async function executable(): Promise<string | undefined> {
  for (const path of [process.env.TEST_CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'])
    if (path && existsSync(path)) return path;
  try {
    const { default: packed } = await import('@sparticuz/chromium');
    return await packed.executablePath();
  } catch {
    return undefined;
  }
}

/** A browser, or undefined where none can be started: then the tests are skipped by name, in CI they fail. */
export async function openBrowser(): Promise<Browser | undefined> {
  const path = await executable();
  if (!path) return missing('no Chromium was found');
  try {
    return await chromium.launch({ executablePath: path, args: flags });
  } catch (error) {
    return missing(String((error as Error).message).split('\n')[0]!);
  }
}

function missing(why: string): undefined {
  if (process.env.CI === 'true') throw new Error(`a browser is needed in CI: ${why}`);
  console.warn(`skipped: ${why}`);
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
