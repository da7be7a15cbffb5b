/** Where the page is: routes live in the address's fragment. */
import { signal } from '@preact/signals';

export const SETTINGS = ['account', 'mail', 'sessions', 'keys', 'usage'] as const;
export type SettingsTab = (typeof SETTINGS)[number];
export const HELP = ['start', 'formats', 'failures', 'keys', 'notices'] as const;
export type HelpTab = (typeof HELP)[number];
export const ADMIN = ['users', 'dead-letters', 'extractions'] as const;
export type AdminTab = (typeof ADMIN)[number];

export type Route =
  | { name: 'library'; missing?: boolean }
  | {
      name: 'video';
      id: string;
      extraction: string | null;
      time: number | null;
      picked: string | null;
    }
  | { name: 'settings'; tab: SettingsTab }
  | { name: 'help'; tab: HelpTab; reason: string | null }
  | { name: 'check' }
  | { name: 'admin'; tab: AdminTab; owner: string | null }
  | { name: 'login' | 'register' | 'forgot' }
  | { name: 'verify' | 'reset'; token: string | null };

const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The route of a fragment, such as `#/videos/<id>?t=12.5`. */
export function parseRoute(fragment: string): Route {
  const [path = '', query = ''] = fragment.replace(/^#?\/?/, '').split('?', 2);
  const [first = '', second, third, ...more] = path.split('/').filter(Boolean);
  if (more.length > 0) return { name: 'library', missing: true };
  switch (first) {
    case '':
      return { name: 'library' };
    case 'videos':
      return videoRoute(second, third, new URLSearchParams(query));
    case 'preferences':
      return { name: 'settings', tab: 'mail' };
    case 'settings':
      return settingsRoute(second);
    case 'help':
      return helpRoute(second, third);
    case 'admin':
      return adminRoute(second, third);
    case 'check':
    case 'login':
    case 'register':
    case 'forgot':
      return { name: first };
    case 'verify':
    case 'reset':
      return { name: first, token: second ?? null };
    default:
      return { name: 'library', missing: true };
  }
}

function videoRoute(
  id: string | undefined,
  extraction: string | undefined,
  query: URLSearchParams,
): Route {
  if (id === undefined || !ID.test(id)) return { name: 'library', missing: true };
  const time = Number.parseFloat(query.get('t') ?? '');
  return {
    name: 'video',
    id,
    extraction: extraction !== undefined && ID.test(extraction) ? extraction : null,
    time: Number.isFinite(time) && time >= 0 ? time : null,
    picked: query.get('picked'),
  };
}

function settingsRoute(tab: string | undefined): Route {
  const known = SETTINGS.find((each) => each === (tab ?? 'account'));
  return known === undefined
    ? { name: 'library', missing: true }
    : { name: 'settings', tab: known };
}

function helpRoute(tab: string | undefined, reason: string | undefined): Route {
  const known = HELP.find((each) => each === (tab ?? 'start'));
  return known === undefined
    ? { name: 'library', missing: true }
    : { name: 'help', tab: known, reason: reason ?? null };
}

function adminRoute(tab: string | undefined, owner: string | undefined): Route {
  const known = ADMIN.find((each) => each === (tab ?? 'users'));
  return known === undefined
    ? { name: 'library', missing: true }
    : { name: 'admin', tab: known, owner: owner !== undefined && ID.test(owner) ? owner : null };
}

export const route = signal<Route>(readRoute());

/** Read the address. A mailed token is taken out of it: it belongs in no history. */
function readRoute(): Route {
  const found = parseRoute(location.hash);
  if ((found.name === 'verify' || found.name === 'reset') && found.token !== null) {
    history.replaceState(null, '', `#/${found.name}`);
  }
  return found;
}

addEventListener('hashchange', () => {
  route.value = readRoute();
});

/** Go to a route; `#/videos/…`. */
export function go(fragment: string): void {
  if (location.hash === fragment) route.value = readRoute();
  else location.hash = fragment;
}
