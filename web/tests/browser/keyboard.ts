/** A walk by keyboard alone. */
import { expect, type Page } from '@playwright/test';

/** Tab to what has this name, and press Enter. */
export async function choose(page: Page, name: string | RegExp): Promise<void> {
  await tabTo(page, name);
  await page.keyboard.press('Enter');
}

/** Tab to the field of this name, and write. */
export async function write(page: Page, name: string, words: string): Promise<void> {
  await tabTo(page, name);
  await page.keyboard.type(words);
}

/** Press Tab until something of a name has the focus. */
export async function tabTo(page: Page, name: string | RegExp): Promise<void> {
  const named = (told: string) => (typeof name === 'string' ? told === name : name.test(told));
  await expect(page.getByText(name).or(page.getByLabel(name)).first()).toBeAttached();
  for (let presses = 0; presses < 40; presses++) {
    if (named(await page.evaluate(focusedName))) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`Tab does not lead to ${name}`);
}

/** In the page: what names the element that has the focus. */
function focusedName(): string {
  const element = document.activeElement;
  const label = element instanceof HTMLInputElement ? element.labels?.[0]?.textContent : null;
  return label ?? element?.getAttribute('aria-label') ?? element?.textContent?.trim() ?? '';
}
