/** Mails and people lead to the right screens. */
import { beforeAll, expect, test, vi } from 'vitest';
import type { Route } from '../../app/routes';

const ID = '0193d5a2-0000-7000-8000-000000000001';
let parseRoute: (fragment: string) => Route;

beforeAll(async () => {
  vi.stubGlobal('location', { hash: '' });
  vi.stubGlobal('addEventListener', () => {});
  ({ parseRoute } = await import('../../app/routes'));
});

test.each([
  ['', { name: 'library' }],
  ['#/', { name: 'library' }],
  ['#/login', { name: 'login' }],
  ['#/verify/abc', { name: 'verify', token: 'abc' }],
  ['#/reset/abc', { name: 'reset', token: 'abc' }],
  ['#/preferences', { name: 'settings', tab: 'mail' }],
  ['#/settings/keys', { name: 'settings', tab: 'keys' }],
  ['#/help', { name: 'help', tab: 'start', reason: null }],
  ['#/help/failures/damaged', { name: 'help', tab: 'failures', reason: 'damaged' }],
  ['#/help/x', { name: 'library', missing: true }],
  ['#/admin', { name: 'admin', tab: 'users', owner: null }],
  [`#/admin/extractions/${ID}`, { name: 'admin', tab: 'extractions', owner: ID }],
  ['#/admin/x', { name: 'library', missing: true }],
  ['#/check', { name: 'check' }],
  [`#/videos/${ID}`, { name: 'video', id: ID, extraction: null, time: null, picked: null }],
  [
    `#/videos/${ID}/${ID}?t=12.5`,
    { name: 'video', id: ID, extraction: ID, time: 12.5, picked: null },
  ],
  [
    `#/videos/${ID}/${ID}?picked=1-9/2,12`,
    { name: 'video', id: ID, extraction: ID, time: null, picked: '1-9/2,12' },
  ],
  ['#/videos/x', { name: 'library', missing: true }],
  ['#/settings/x', { name: 'library', missing: true }],
  ['#/elsewhere', { name: 'library', missing: true }],
] as const)('%s', (fragment, route) => {
  expect(parseRoute(fragment)).toEqual(route);
});
