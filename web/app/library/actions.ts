/** What can be done with a video or an extraction. What goes wrong is shown, and said, at once. */
import { answer, type Extraction, type Recipe, type Video, video } from '../api/client';
import { explain } from '../api/problems';
import { toast } from '../ui/announce';
import { t } from '../words';
import { fetchVideo, learnLimits, put, remove } from './store';

/** Do something; say why not where it does not work. */
export async function attempt(work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (problem) {
    toast(explain(problem));
  }
}

export async function rename({ id }: Video, name: string): Promise<void> {
  put(await changed(id, { name }));
}

export async function keepFor({ id }: Video, days: number | null): Promise<void> {
  put(await changed(id, { retention_days: days }));
  toast(t('saved'));
}

function changed(
  id: string,
  body: { name?: string; retention_days?: number | null },
): Promise<Video> {
  return answer(video.PATCH('/video/{video_id}', { params: { path: { video_id: id } }, body }));
}

export async function deleteVideo({ id }: Video): Promise<void> {
  await answer(video.DELETE('/video/{video_id}', { params: { path: { video_id: id } } }));
  remove(id);
  void learnLimits();
}

export async function retry({ video_id, id }: Extraction): Promise<void> {
  const path = { video_id, extraction_id: id };
  await answer(
    video.POST('/video/{video_id}/extractions/{extraction_id}/retry', { params: { path } }),
  );
  await fetchVideo(video_id);
}

export async function cancel({ video_id, id }: Extraction): Promise<void> {
  const path = { video_id, extraction_id: id };
  await answer(
    video.POST('/video/{video_id}/extractions/{extraction_id}/cancel', { params: { path } }),
  );
  await fetchVideo(video_id);
}

/** Extract other frames of a video that is there already; resolves with the extraction's id. */
export async function extractAgain(videoId: string, recipe: Recipe): Promise<string> {
  const made = await answer(
    video.POST('/video/{video_id}/extractions', {
      params: {
        path: { video_id: videoId },
        header: { 'Idempotency-Key': crypto.randomUUID() },
      },
      body: recipe,
    }),
  );
  await fetchVideo(videoId);
  return made.id;
}

/** Download an extraction's ZIP from the storage. */
export async function downloadZip({ video_id, id }: Extraction): Promise<void> {
  const { url } = await answer(
    video.GET('/video/{video_id}/download', {
      params: { path: { video_id }, query: { extraction: id } },
      headers: { Accept: 'application/json' },
    }),
  );
  save(url);
}

/** Have the browser download an address that the API has signed. */
export function save(url: string, name = ''): void {
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.rel = 'noopener';
  link.click();
}

/** Addresses of what was made here are given back when its download has begun for sure. */
const SAVED_MS = 60_000;

/** Have the browser download what was made here. */
export function saveBlob(blob: Blob, name: string): void {
  const address = URL.createObjectURL(blob);
  save(address, name);
  setTimeout(() => URL.revokeObjectURL(address), SAVED_MS);
}

/** A file's name without its ending. */
export function stemOf(name: string): string {
  return name.replace(/\.[^.]*$/, '');
}
