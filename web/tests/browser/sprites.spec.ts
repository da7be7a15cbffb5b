/** Each thumbnail is that of its frame: the part of a sheet that is shown, by what is on the screen. */
import { execFileSync } from 'node:child_process';
import type { Locator, Page } from '@playwright/test';
import { clip } from './clips';
import { add, bearer, expect, extract, test } from './fixtures';

/** More than a sheet holds, and no whole number of rows. */
const FRAMES = 63;
const [DARKEST, STEP] = [20, 70];
const WIDE = '320x180';
const DONE = { timeout: 90_000 };

/** A clip of a frame a second, each in a colour that is its number: a digit of base 4 in each part. */
function colours(name: string, size: string): string {
  const digit = (place: number) => `'${DARKEST}+${STEP}*mod(floor(N/${4 ** place}),4)'`;
  const paint = `geq=r=${digit(0)}:g=${digit(1)}:b=${digit(2)}`;
  const source = `color=c=black:s=${size}:r=1:d=${FRAMES},format=gbrp,${paint}`;
  return clip(name, ['-c:v', 'libx264', '-g', '1', '-crf', '10'], source);
}

/** The frame whose colour something has in its middle. */
async function frameShown(page: Page, shown: Locator): Promise<number> {
  await shown.scrollIntoViewIfNeeded();
  const box = await shown.boundingBox();
  if (box === null) throw new Error('nothing is shown');
  const [x, y] = [box.x + box.width / 2 - 2, box.y + box.height / 2 - 2];
  const input = await page.screenshot({ clip: { x, y, width: 4, height: 4 } });
  const pixels = execFileSync(
    'ffmpeg',
    ['-v', 'error', '-i', '-', '-f', 'rawvideo', '-pix_fmt', 'rgb24', '-'],
    { input },
  );
  const digits = [...pixels.subarray(0, 3)].map((value) => Math.round((value - DARKEST) / STEP));
  return digits.reduce((sum, digit, place) => sum + digit * 4 ** place, 0);
}

for (const size of [WIDE, '322x182', '150x266']) {
  test(`the grid shows each frame's own thumbnail, ${size}`, async ({ library: page }) => {
    const name = `colours-${size}.mp4`;
    await add(page, colours(name, size));
    await extract(page);
    await expect(page.getByRole('button', { name: 'ZIP' })).toBeVisible(DONE);
    await page.getByRole('link', { name }).click();
    const cells = page.getByRole('grid').locator('[data-position]');
    await expect(cells.first()).toBeVisible();
    for (const position of [0, 1, 4, 5, 38, 39, 40, 44, 45, 61, 62]) {
      await page.getByRole('grid').evaluate((grid, share) => {
        const { top, height } = grid.getBoundingClientRect();
        scrollTo(0, scrollY + top + height * share - innerHeight / 2);
      }, position / FRAMES);
      const cell = page.locator(`[data-position="${position}"]`);
      await expect.poll(() => frameShown(page, cell)).toBe(position);
    }
  });
}

test('thumbnails that come while frames are extracted are those of the newest', async ({
  library: page,
  account,
}) => {
  await add(page, colours('live.mp4', WIDE));
  await extract(page);
  await expect(page.getByRole('button', { name: 'ZIP' })).toBeVisible(DONE);
  const headers = await bearer(page, account);
  const [video] = (await (await page.request.get('/video?limit=1', { headers })).json()).items;
  const [done] = video.extractions;
  const list = `/video/${video.id}/extractions/${done.id}/frames`;
  const { sheets } = await (await page.request.get(list, { headers })).json();
  const running = stillRunning(video);
  await page.route('**/video/events', (route) =>
    route.fulfill({ contentType: 'text/event-stream', body: eventsOf(running, sheets) }),
  );
  await page.route(`**/video/${video.id}`, (route) => route.fulfill({ json: running }));
  await page.goto(`/#/videos/${video.id}`);
  await page.reload();
  const tiles = page.locator('.live-grid .live-tile');
  await expect(tiles).toHaveCount(60);
  for (const place of [0, 2, 3, 22, 23, 24, 59]) {
    await expect.poll(() => frameShown(page, tiles.nth(place))).toBe(FRAMES - 1 - place);
  }
});

interface Sheet {
  url: string;
  width: number;
  height: number;
}

interface Video {
  id: string;
  extractions: { id: string }[];
}

/** A video as the API tells of it before its one extraction has ended. */
function stillRunning(video: Video): Video {
  const told = { status: 'extracting', frames: null, archive_bytes: null, sheets: 0 };
  const extractions = video.extractions.map((each) => ({ ...each, ...told }));
  return { ...video, ...{ status: 'processing' }, extractions };
}

/** The events of a video that is extracted, with these sheets so far. */
function eventsOf(video: Video, sheets: Sheet[]): string {
  const [tile_width = 0, tile_height = 0] = WIDE.split('x').map(Number);
  const live = sheets.map(({ url, width, height }, segment) => ({
    ...{ segment, url, width, height, tile_width, tile_height, columns: width / tile_width },
    tiles: Math.min(40, FRAMES - 40 * segment),
  }));
  const progress = {
    video_id: video.id,
    extraction_id: video.extractions[0]?.id,
    progress: { frames: FRAMES, frames_at_most: 100, segments_done: 1, segments: 2, percent: 63 },
    seconds_left: 10,
    sheets: live,
  };
  return Object.entries({ snapshot: { videos: [video] }, progress })
    .map(([event, data]) => `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`)
    .join('');
}
