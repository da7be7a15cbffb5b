/** What the API would tell, where a test is about what the page makes of it. */
import type { Page, Route } from '@playwright/test';

export const VIDEO = '00000000-0000-4000-8000-000000000001';
const EXTRACTION = '00000000-0000-4000-8000-000000000002';

/** A video as the API would tell of it. */
export function told(extraction: object = {}, video: object = {}): object {
  return {
    id: VIDEO,
    name: 'lecture.mov',
    status: 'failed',
    size_bytes: 1_000_000,
    sha256: null,
    created_at: '2026-01-02T03:04:05Z',
    retention_days: null,
    expires_at: '2026-02-01T03:04:05Z',
    poster_url: null,
    extractions: [
      {
        id: EXTRACTION,
        video_id: VIDEO,
        status: 'failed',
        recipe: { sampling: { mode: 'interval', seconds: '1' }, output: { format: 'png' } },
        source: null,
        frames: null,
        sheets: 0,
        archive_bytes: null,
        frames_url: null,
        reason: 'damaged',
        detail: 'A sentence of the API.',
        warnings: [],
        seconds_left: null,
        ahead_seconds: null,
        retryable: false,
        created_at: '2026-01-02T03:04:05Z',
        finished_at: '2026-01-02T03:05:05Z',
        ...extraction,
      },
    ],
    ...video,
  };
}

/** Have the API tell of one video. */
export async function tell(page: Page, video: object): Promise<void> {
  await page.route('**/video/events', (route) => route.fulfill({ status: 204 }));
  await page.route(/\/video\?/, (route) => fulfil(route, { items: [video], next: null }));
  await page.route(`**/video/${VIDEO}`, (route) => fulfil(route, video));
}

/** Answer as the API would. */
export function fulfil(route: Route, body: object, status = 200): Promise<void> {
  const contentType = status < 400 ? 'application/json' : 'application/problem+json';
  return route.fulfill({ status, contentType, body: JSON.stringify(body) });
}
