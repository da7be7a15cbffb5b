/**
 * The access token, in memory alone. The refresh token is in a cookie that scripts cannot read, and
 * is used by one tab at a time: the others are told the access token it gave.
 */
import { ApiProblem, problemOf, Unreachable } from '../api/problems';

interface Tokens {
  access_token: string;
  expires_in: number;
}

interface Token {
  value: string;
  /** Milliseconds of `Date.now()`. */
  expiresAt: number;
}

type Message = { kind: 'token'; token: Token } | { kind: 'ended' };

/** Tokens are renewed this long before their end, so that none ends on its way. */
const EARLY_MS = 30_000;
const LOCK = 'fotograma-session';
/** Says that there may be a session, so that strangers are not asked for one. */
const HINT = 'fotograma-session';
const PAGE_HEADERS = { 'Content-Type': 'application/json', 'X-Fotograma-Page': '1' };

let token: Token | null = null;
let whenEnded: () => void = () => {};
let whenResumed: () => void = () => {};
/** Requests wait for it when a session has ended, until the user has logged in again. */
let again: PromiseWithResolvers<string | null> | null = null;
const channel = new BroadcastChannel(LOCK);

channel.addEventListener('message', ({ data }: MessageEvent<Message>) => {
  if (data.kind === 'token') take(data.token);
  else end();
});

/** Call the one when the session has ended, the other when it goes on; here or in another tab. */
export function onSessionChange(ended: () => void, resumed: () => void): void {
  whenEnded = ended;
  whenResumed = resumed;
}

/** Begin a session. Throws `ApiProblem` or `Unreachable`. */
export async function logIn(email: string, password: string): Promise<void> {
  hold(await ask('/auth/login', { email, password }));
}

/** End the session, in each tab. */
export async function logOut(): Promise<void> {
  try {
    await navigator.locks.request(LOCK, () => post('/auth/logout', undefined));
  } finally {
    endEverywhere();
    again?.resolve(null);
    again = null;
  }
}

/**
 * A token that is good for a while, or null where nobody is logged in. When a session has ended it
 * waits until the user has logged in again.
 */
export async function accessToken(): Promise<string | null> {
  if (token === null) return again?.promise ?? null;
  if (token.expiresAt - EARLY_MS > Date.now()) return token.value;
  return renewToken(token.value);
}

/** Go on with the session that the browser's cookie holds, if there is one. */
export async function resumeSession(): Promise<boolean> {
  if (!isHinted()) return false;
  return (await renewToken(null)) !== null;
}

/** Ask whether the session still goes on: with another password it has ended. */
export async function checkSession(): Promise<void> {
  if (token !== null) await renewToken(token.value);
}

/**
 * Exchange the refresh token. `used` is the access token that is not good any more: if another tab
 * has brought a new one meanwhile, that is it. Null when the session has ended.
 */
export async function renewToken(used: string | null): Promise<string | null> {
  return navigator.locks.request(LOCK, async () => {
    if (token !== null && token.value !== used) return token.value;
    try {
      return hold(await ask('/auth/refresh', undefined));
    } catch (error) {
      if (!isRefused(error)) throw error;
      endEverywhere();
      return null;
    }
  });
}

/** The session has ended: the service neither is away nor asks for patience. */
function isRefused(error: unknown): boolean {
  return error instanceof ApiProblem && error.problem.status < 500 && error.problem.status !== 429;
}

function hold(tokens: Tokens): string {
  const { access_token: value, expires_in: seconds } = tokens;
  const held = { value, expiresAt: Date.now() + seconds * 1000 };
  channel.postMessage({ kind: 'token', token: held } satisfies Message);
  hint(true);
  take(held);
  return value;
}

function take(held: Token): void {
  token = held;
  again?.resolve(held.value);
  if (again !== null) whenResumed();
  again = null;
}

function hint(isThere: boolean): void {
  try {
    if (isThere) localStorage.setItem(HINT, '1');
    else localStorage.removeItem(HINT);
  } catch {
    // A browser that keeps nothing is asked each time.
  }
}

function isHinted(): boolean {
  try {
    return localStorage.getItem(HINT) !== null;
  } catch {
    return true;
  }
}

function endEverywhere(): void {
  channel.postMessage({ kind: 'ended' } satisfies Message);
  end();
}

function end(): void {
  const was = token;
  token = null;
  hint(false);
  if (was === null) return;
  again = Promise.withResolvers();
  whenEnded();
}

async function ask(path: string, body: unknown): Promise<Tokens> {
  const response = await post(path, body);
  if (!response.ok) throw await problemOf(response);
  return (await response.json()) as Tokens;
}

async function post(path: string, body: unknown): Promise<Response> {
  try {
    return await fetch(path, {
      method: 'POST',
      headers: PAGE_HEADERS,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  } catch {
    throw new Unreachable();
  }
}
