/** Who is logged in, and what happens when that ends. */
import { signal } from '@preact/signals';
import { answer, auth, type User } from '../api/client';
import { go } from '../routes';
import { speak } from '../words';
import { logIn, logOut, onSessionChange, resumeSession } from './token';

/** `starting` until it is known; `ended` when somebody was logged in, and must log in again. */
export type SessionState = 'starting' | 'away' | 'out' | 'in' | 'ended';

export const session = signal<SessionState>('starting');
export const user = signal<User | null>(null);

/** Tells the other tabs what is known of the user. */
const channel = new BroadcastChannel('fotograma-user');
let leaving = false;
const whenLeft: (() => Promise<void> | void)[] = [];

/** Have something forgotten when the user logs out. */
export function onLogOut(forget: () => Promise<void> | void): void {
  whenLeft.push(forget);
}

onSessionChange(
  () => {
    if (!leaving) session.value = user.value === null ? 'out' : 'ended';
  },
  () => {
    if (user.value !== null) session.value = 'in';
  },
);

channel.addEventListener('message', ({ data }: MessageEvent<User>) => {
  if (user.value?.id === data.id) user.value = data;
});

/** Take what the API tells of the user, in each tab. */
export function know(me: User): void {
  user.value = me;
  channel.postMessage(me);
}

/** Go on where the browser's cookie says that somebody is logged in. */
export async function startSession(): Promise<void> {
  try {
    if (await resumeSession()) await enter();
    else session.value = 'out';
  } catch {
    session.value = 'away';
    setTimeout(startSession, 5000);
  }
}

/** Log in; over the page, when a session has ended. */
export async function enterWith(email: string, password: string): Promise<void> {
  await logIn(email, password);
  await enter();
}

/** Learn anew who is logged in: another address may have been confirmed. */
export async function learnUser(): Promise<void> {
  if (session.value === 'in') await enter().catch(() => {});
}

async function enter(): Promise<void> {
  const me = await answer(auth.GET('/auth/me'));
  if (user.value !== null && user.value.id !== me.id) location.reload();
  know(me);
  session.value = 'in';
  speak(me.locale);
}

/** Log out: what this browser remembers of the user is forgotten. */
export async function leave(): Promise<void> {
  leaving = true;
  const { hash } = location;
  try {
    await Promise.all(whenLeft.map((forget) => forget()));
    await logOut();
  } finally {
    user.value = null;
    session.value = 'out';
    leaving = false;
    if (location.hash === hash) go('#/login');
  }
}
