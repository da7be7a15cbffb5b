/** What an account needs here; asked once, before anybody is logged in. */
import { signal } from '@preact/signals';
import { type AuthSchemas, answer, auth } from '../api/client';

export type AccountRules = AuthSchemas['AccountRules'];

export const rules = signal<AccountRules | null>(null);

/** Ask, unless it is known. Forms work without it: the server checks all the same. */
export async function learnRules(): Promise<void> {
  if (rules.value !== null) return;
  rules.value = await answer(auth.GET('/auth/settings')).catch(() => null);
}
