/** What every test of the page shares: a watched page, an account, clips, the mailbox. */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import AxeBuilder from '@axe-core/playwright';
import { type BrowserContext, test as base, expect, type Page } from '@playwright/test';

export { expect };

export interface Account {
  email: string;
  password: string;
}

const PASSWORD = 'correct horse battery staple';
/** Answers that a browser logs as errors though they are what a test is about. */
const EXPECTED = /Failed to load resource|ERR_INTERNET_DISCONNECTED/;

interface Fixtures {
  account: Account;
  /** A page where the account is logged in, at the library. */
  library: Page;
  /** What went wrong in any page of the test; asserted to be nothing at its end. */
  troubles: string[];
}

export const test = base.extend<Fixtures>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of what is needed
  troubles: async ({}, use) => {
    const troubles: string[] = [];
    await use(troubles);
    expect(troubles).toEqual([]);
  },
  context: async ({ context, troubles }, use) => {
    await context.addInitScript(() => {
      addEventListener('securitypolicyviolation', (event) => {
        console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`);
      });
    });
    context.on('page', (page) => watch(page, troubles));
    await use(context);
  },
  account: async ({ request }, use) => {
    const account = { email: newEmail(), password: PASSWORD };
    const answer = await request.post('/auth/register', { data: account });
    expect(answer.status()).toBe(201);
    await use(account);
  },
  library: async ({ page, account }, use) => {
    await logIn(page, account);
    await use(page);
  },
});

/** The administrator whom whoever runs these tests has made. */
export const ADMIN: Account = { email: process.env.FOTOGRAMA_ADMIN ?? '', password: PASSWORD };

export function newEmail(): string {
  return `page-${Date.now()}-${Math.random().toString(36).slice(2, 8)}@example.org`;
}

function watch(page: Page, troubles: string[]): void {
  page.on('console', (message) => {
    const isExpected = EXPECTED.test(message.text());
    if (message.type() === 'error' && !isExpected) troubles.push(message.text());
  });
  page.on('pageerror', (error) => troubles.push(String(error)));
}

/** Log in by the form. */
export async function logIn(page: Page, { email, password }: Account): Promise<void> {
  await page.goto('/#/login');
  await page.getByLabel('E-mail address').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Log in' }).click();
  await expect(page.getByRole('button', { name: 'Choose files' })).toBeVisible();
}

/** A token with which the test itself asks the API. */
export async function bearer(page: Page, account: Account): Promise<Record<string, string>> {
  const answer = await page.request.post('/auth/login', { data: account });
  return { Authorization: `Bearer ${(await answer.json()).access_token}` };
}

/** Drop a file by its input, and leave the choice of frames open. */
export async function add(page: Page, ...files: string[]): Promise<void> {
  await page.getByTestId('files').setInputFiles(files);
}

/** Accept the frames that are proposed. */
export async function extract(page: Page): Promise<void> {
  await page.getByRole('button', { name: /^Extract( \d+ frames)?$/ }).click();
}

const WCAG_2_2_AA = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
/** What colours decide; everything else is the same in the dark. */
const OF_COLOURS = ['color-contrast', 'link-in-text-block'];

/** No finding of axe, in the rules of WCAG 2.2 AA: in Portuguese and English, in dark and light. */
export async function expectAccessible(page: Page): Promise<void> {
  for (const language of ['pt', 'en']) {
    for (const colorScheme of ['dark', 'light'] as const) {
      await page.emulateMedia({ colorScheme });
      await page.evaluate(speak, language);
      const colours = new AxeBuilder({ page }).withRules(OF_COLOURS);
      if (colorScheme === 'dark') await expectNoFinding(colours);
      else await expectAccessibleAsItIs(page);
    }
  }
}

/** The same, but in the language and the colours that the page has. */
export async function expectAccessibleAsItIs(page: Page): Promise<void> {
  await expectNoFinding(new AxeBuilder({ page }).withTags(WCAG_2_2_AA));
}

async function expectNoFinding(axe: AxeBuilder): Promise<void> {
  const { violations } = await axe.setLegacyMode().analyze();
  const told = violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html)}`);
  expect(told).toEqual([]);
}

/**
 * In the page: speak a language, as when another tab does, with all that changes by it at its end.
 *
 * What changes is brought to its end rather than awaited: a browser that draws nothing may leave a
 * transition unfinished.
 */
async function speak(language: string): Promise<void> {
  dispatchEvent(new StorageEvent('storage', { key: 'fotograma-language', newValue: language }));
  while (!document.documentElement.lang.startsWith(language)) {
    await new Promise(requestAnimationFrame);
  }
  await new Promise(requestAnimationFrame);
  await new Promise(requestAnimationFrame);
  const changing = document.getAnimations().filter((each) => each instanceof CSSTransition);
  for (const each of changing) each.finish();
}

/** Nothing is wider than the window. */
export async function expectNoSidewaysScrolling(page: Page): Promise<void> {
  const [content, window] = await page.evaluate(() => [
    document.documentElement.scrollWidth,
    document.documentElement.clientWidth,
  ]);
  expect(content).toBeLessThanOrEqual(window as number);
}

/** The link that was mailed last to an address, in a mail whose subject has these words. */
export async function mailedLink(
  page: Page,
  email: string,
  kind: string,
  words = '',
): Promise<string> {
  const pattern = new RegExp(`/#/${kind}(/[\\w-]+)?`);
  return found(async () => {
    const bodies = await mailed(page, email, words);
    return bodies.map((body) => pattern.exec(body)?.[0]).find(Boolean);
  });
}

/** The address of Fotograma itself, in a mail that leads nowhere else. */
export async function mailedHome(page: Page, email: string, words: string): Promise<string> {
  return found(async () => {
    const [body] = await mailed(page, email, words);
    return body?.match(/https?:\/\/\S+/g)?.find((url) => !url.includes('#'));
  });
}

/** The mails to an address whose subject has these words, the newest first. */
async function mailed(page: Page, email: string, words: string): Promise<string[]> {
  const answer = await page.request.get(process.env.FOTOGRAMA_MAILBOX ?? '');
  const mails = Object.values((await answer.json()).messages as Record<string, Mail[]>).flat();
  const mine = mails.filter((mail) => mail.To.includes(email) && mail.Subject.includes(words));
  return mine.toReversed().map(({ BodyText }) => BodyText);
}

/** What is looked for, as soon as it is there. */
async function found(look: () => Promise<string | undefined>): Promise<string> {
  let text = '';
  await expect
    .poll(async () => {
      text = (await look()) ?? '';
      return text;
    })
    .not.toBe('');
  return text;
}

interface Mail {
  To: string[];
  Subject: string;
  BodyText: string;
}

/** Every PUT of a part in any tab of a context, by the part's number. */
export function countParts(context: BrowserContext): number[] {
  const parts: number[] = [];
  context.on('response', (response) => {
    const number = new URL(response.url()).searchParams.get('partNumber');
    const isSent = response.request().method() === 'PUT' && response.ok();
    if (number !== null && isSent) parts.push(Number(number));
  });
  return parts;
}

/** Have a process of the product stopped, or started; by whoever runs these tests. */
export async function operate(verb: 'stop' | 'start', name: string): Promise<void> {
  const path = join(process.env.FOTOGRAMA_ASKED ?? '', `${verb} ${name}`);
  writeFileSync(path, '');
  await expect.poll(() => existsSync(path)).toBe(false);
}

/** Let so many parts through, and hold the others back until what is returned is called. */
export async function holdParts(context: BrowserContext, most: number): Promise<() => void> {
  const { promise: isReleased, resolve: release } = Promise.withResolvers<void>();
  let through = 0;
  await context.route(/partNumber=/, async (route) => {
    if (through++ >= most) await isReleased;
    await route.continue().catch(() => {});
  });
  return release;
}

/** Let each part take a while, so that something can happen meanwhile. */
export async function slowParts(context: BrowserContext, milliseconds: number): Promise<void> {
  await context.route(/partNumber=/, async (route) => {
    await new Promise((resolve) => setTimeout(resolve, milliseconds));
    await route.continue().catch(() => {});
  });
}
