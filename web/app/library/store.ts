/** The user's videos, as the API has told of them and keeps telling. */
import { computed, signal } from '@preact/signals';
import {
  answer,
  type Extraction,
  type Limits,
  type Video,
  type VideoSchemas,
  video,
} from '../api/client';
import { type LiveEvent, listen, newestVideos } from '../events';
import { onLogOut } from '../session/session';
import { onVideoMade, restoreUploads } from '../upload/uploads';
import { passPoster } from './posters';

export type Progress = VideoSchemas['ProgressEvent'];
export type LiveSheet = Progress['sheets'][number];
export type Sort = 'created' | 'name' | 'size';
export type StatusFilter = 'all' | Video['status'];

const PAGE = 100;

export const videos = signal<ReadonlyMap<string, Video>>(new Map());
/** The newest news of each extraction that runs, by its id. */
export const progress = signal<ReadonlyMap<string, Progress>>(new Map());
export const isLoaded = signal(false);
/** Why the list did not come, as long as nothing has come instead. */
export const loadError = signal<unknown>(null);
/** Where older videos go on, if there are any. */
export const more = signal<string | null>(null);
export const limits = signal<Limits | null>(null);
export const search = signal('');
export const sort = signal<Sort>('created');
export const statusFilter = signal<StatusFilter>('all');

/** Those that are shown, in the order that is wanted. */
export const shownVideos = computed(() => {
  const wanted = search.value.trim().toLocaleLowerCase();
  const status = statusFilter.value;
  return [...videos.value.values()]
    .filter((each) => wanted === '' || each.name.toLocaleLowerCase().includes(wanted))
    .filter((each) => status === 'all' || each.status === status)
    .sort(ORDERS[sort.value]);
});

const ORDERS: Record<Sort, (a: Video, b: Video) => number> = {
  created: (a, b) => b.created_at.localeCompare(a.created_at),
  name: (a, b) => a.name.localeCompare(b.name),
  size: (a, b) => b.size_bytes - a.size_bytes,
};

let stop: AbortController | null = null;

/** Load the library, go on with uploads, and follow what changes. */
export async function openLibrary(userId: string): Promise<void> {
  stop?.abort();
  stop = new AbortController();
  listen(hear, stop.signal);
  onVideoMade((made, { key }) => {
    passPoster(key, made.id);
    // Events may have told of it already, and of what has become of it since.
    if (!videos.value.has(made.id)) put(made);
    void learnLimits();
  });
  void restoreUploads(userId).catch(() => {});
  void learnLimits();
  await loadNewest();
}

/** Load the newest videos. Events may bring them meanwhile, or where the list does not come. */
export async function loadNewest(): Promise<void> {
  const before = videos.value;
  try {
    replace((await newestVideos()).map((each) => newer(each, before)));
  } catch (problem) {
    if (!isLoaded.value) loadError.value = problem;
  }
}

/** What events have told while the list was on its way is newer than the list. */
function newer(listed: Video, before: ReadonlyMap<string, Video>): Video {
  const told = videos.value.get(listed.id);
  return told !== undefined && told !== before.get(listed.id) ? told : listed;
}

/** What the user may have, and has. */
export async function learnLimits(): Promise<void> {
  limits.value = await answer(video.GET('/video/limits')).catch(() => limits.value);
}

/** Fetch the next page of older videos, or those that are searched for. */
export async function loadMore(): Promise<void> {
  const query = { limit: PAGE, ...(more.value !== null && { cursor: more.value }) };
  const page = await answer(video.GET('/video', { params: { query } }));
  put(...page.items);
  more.value = page.next;
}

/** Ask the server for videos by name: those that are not loaded are found, too. */
export async function find(words: string): Promise<void> {
  if (words.trim() === '' || more.value === null) return;
  const query = { q: words.trim(), limit: PAGE };
  const page = await answer(video.GET('/video', { params: { query } }));
  put(...page.items);
}

/** Fetch one video. Throws `ApiProblem` where it is gone. */
export async function fetchVideo(id: string): Promise<Video> {
  const found = await answer(
    video.GET('/video/{video_id}', { params: { path: { video_id: id } } }),
  );
  put(found);
  return found;
}

/** Show videos as they are now: all at once, since each time all rows are looked at. */
export function put(...changed: readonly Video[]): void {
  const known = new Map(videos.value);
  for (const each of changed) known.set(each.id, each);
  videos.value = known;
  forgetProgress(changed.flatMap(({ extractions }) => extractions));
}

export function remove(id: string): void {
  const left = new Map(videos.value);
  left.delete(id);
  videos.value = left;
}

/** The extraction of a video that is shown first: its newest. */
export function newestExtraction({ extractions }: Video): Extraction | undefined {
  return extractions[0];
}

export function isRunning({ status }: Extraction): boolean {
  return status === 'planning' || status === 'extracting' || status === 'assembling';
}

export function isComplete({ status }: Extraction): boolean {
  return status === 'completed' || status === 'completed_with_warnings';
}

function replace(newest: readonly Video[]): void {
  videos.value = new Map(newest.map((each) => [each.id, each]));
  isLoaded.value = true;
  loadError.value = null;
  if (newest.length === PAGE) void loadMore().catch(() => {});
}

function hear(event: LiveEvent): void {
  if (event.kind === 'snapshot') replace(event.data.videos);
  else if (event.kind === 'video') put(event.data);
  else if (event.kind === 'deleted') remove(event.data.id);
  else if (event.kind === 'progress') {
    const { extraction_id: id, sheets } = event.data;
    const known = progress.value.get(id)?.sheets ?? [];
    // A service of the release before tells of none.
    const news = { ...event.data, sheets: joined(known, sheets ?? []) };
    progress.value = new Map(progress.value).set(id, news);
  }
}

/** All sheets so far: an event tells the newest ones, each with a newly signed address. */
function joined(known: readonly LiveSheet[], news: readonly LiveSheet[]): LiveSheet[] {
  const path = ({ url }: LiveSheet) => url.split('?', 1)[0];
  const paths = new Set(known.map(path));
  return [...known, ...news.filter((sheet) => !paths.has(path(sheet)))];
}

function forgetProgress(extractions: readonly Extraction[]): void {
  const ended = extractions.filter((each) => !isRunning(each) && progress.value.has(each.id));
  if (ended.length === 0) return;
  const left = new Map(progress.value);
  for (const each of ended) left.delete(each.id);
  progress.value = left;
}

onLogOut(() => {
  stop?.abort();
  videos.value = new Map();
  progress.value = new Map();
  isLoaded.value = false;
  loadError.value = null;
});
