/** What those who hear the page are told of uploads and extractions, wherever they are in it. */
import { effect, untracked } from '@preact/signals';
import type { Video } from '../api/client';
import { say } from '../ui/announce';
import { Narrator } from '../ui/narrator';
import { isOnline } from '../ui/online';
import type { Upload, UploadState } from '../upload/upload';
import { onUploadChange, sending } from '../upload/uploads';
import { number, t } from '../words';
import { runningWords } from './running';
import { isRunning, newestExtraction, progress, videos } from './store';
import { uploadWords } from './upload-row';
import { lineOf } from './video-row';

/** An upload has ended, goes no further, or needs something. */
const SAID: readonly UploadState['kind'][] = [
  'arrived',
  'finishing',
  'waiting',
  'failed',
  'gone',
  'unreachable',
  'another-file',
  'needs-file',
  'needs-permission',
];

/** Say how it goes on, until what is returned is called. */
export function narrate(): () => void {
  const narrator = new Narrator(say, progressWords);
  const unfollow = onUploadChange((upload) => hearUpload(narrator, upload));
  const unfollowVideos = effect(() => {
    const all = videos.value.values();
    untracked(() => {
      for (const video of all) hearVideo(narrator, video);
    });
  });
  const unfollowNetwork = effect(() => {
    const isThere = isOnline.value;
    const words = () => (isThere ? '' : t('upload.offline'));
    untracked(() => narrator.hear('network', `${isThere}`, words));
  });
  return () => {
    for (const stop of [unfollow, unfollowVideos, unfollowNetwork]) stop();
    narrator.stop();
  };
}

function hearUpload(narrator: Narrator, upload: Upload): void {
  const { kind } = upload.state.value;
  // To begin once more, each time it has waited, is no news.
  if (kind === 'queued' || kind === 'reading') narrator.meet(upload.key);
  else narrator.hear(upload.key, kind, () => (SAID.includes(kind) ? lineOfUpload(upload) : ''));
}

function hearVideo(narrator: Narrator, video: Video): void {
  const extraction = newestExtraction(video);
  if (extraction === undefined) return;
  const state = isRunning(extraction) ? 'running' : extraction.status;
  const words = () => (state === 'running' ? '' : `${video.name}: ${lineOf(video, extraction)}`);
  narrator.hear(extraction.id, state, words);
}

/** `lecture.mov: 1.8 of 6.2 GB · 12 min left`, and how many are under way besides. */
function progressWords(): string {
  const [first, ...others] = [
    ...sending.value.filter(({ state }) => state.value.kind === 'sending').map(lineOfUpload),
    ...[...videos.value.values()].flatMap(lineOfRunning),
  ];
  if (first === undefined) return '';
  return others.length === 0 ? first : `${first} ${t('said.more', { n: number(others.length) })}`;
}

function lineOfUpload(upload: Upload): string {
  return `${upload.record.name}: ${uploadWords(upload)}`;
}

function lineOfRunning(video: Video): string[] {
  const extraction = newestExtraction(video);
  if (extraction === undefined || !isRunning(extraction)) return [];
  return [`${video.name}: ${runningWords(extraction, progress.value.get(extraction.id))}`];
}
