/** All uploads of this browser: begun here or in another tab, now or before a reload. */
import { batch, computed, effect, signal } from '@preact/signals';
import type { Video } from '../api/client';
import { answer, video } from '../api/client';
import { onLogOut } from '../session/session';
import { soon } from '../soon';
import { type UploadRecord, UploadStore } from './store';
import { abandon, Upload, type UploadListener, type UploadState } from './upload';

type Message =
  | { kind: 'added' }
  | { kind: 'chosen' | 'ended'; key: string }
  | { kind: 'progress'; key: string; sent: number };

export interface Dropped {
  file: File;
  handle: FileSystemFileHandle | null;
}

const TELL_MS = 500;
const SENDING: readonly UploadState['kind'][] = [
  'queued',
  'reading',
  'sending',
  'finishing',
  'waiting',
];

export const uploads = signal<readonly Upload[]>([]);
/** Those on their way; looked for now and then only, since there may be thousands. */
export const sending = signal<readonly Upload[]>([]);

const store = new UploadStore();
const channel = new BroadcastChannel('fotograma-uploads');
let owner: string | null = null;
const told = new Map<string, number>();
let tellChange: (upload: Upload) => void = () => {};
let madeVideo: (made: Video, upload: Upload) => void = () => {};

/** Call `listener` with each upload that has changed, until what is returned is called. */
export function onUploadChange(listener: (upload: Upload) => void): () => void {
  tellChange = listener;
  return () => {
    tellChange = () => {};
  };
}

/** Call `listener` with each video, and the upload that has become it. */
export function onVideoMade(listener: (made: Video, upload: Upload) => void): void {
  madeVideo = listener;
}

/** Go on with what this browser remembers, and show what the user began elsewhere. */
export async function restoreUploads(userId: string): Promise<void> {
  owner = userId;
  restore(await store.of(userId));
  await restoreElsewhere(userId);
}

/** Begin to send files, in the order they are given. */
export async function addFiles(files: readonly Dropped[], userId: string): Promise<Upload[]> {
  const addedAt = Date.now();
  const records = files.map(({ file, handle }, index) => ({
    ...newRecord(userId, file.name, file.size),
    addedAt: addedAt + index / files.length,
    handle,
  }));
  await store.put(...records);
  const added = records.map((record, index) => uploadOf(record, files[index]?.file ?? null));
  follow(added);
  channel.postMessage({ kind: 'added' } satisfies Message);
  return added;
}

function newRecord(userId: string, name: string, size: number): UploadRecord {
  return {
    key: crypto.randomUUID(),
    id: null,
    userId,
    name,
    size,
    fingerprint: null,
    addedAt: Date.now(),
    handle: null,
    choice: null,
    paused: false,
  };
}

function uploadOf(record: UploadRecord, file: File | null): Upload {
  return new Upload(record, store, listener, file);
}

/** Go on with those that are not shown yet. */
function restore(records: readonly UploadRecord[]): void {
  const shown = new Set(uploads.value.map(({ key }) => key));
  const unknown = records.filter(({ key }) => !shown.has(key));
  follow(unknown.map((record) => uploadOf(record, null)));
}

function follow(added: readonly Upload[]): void {
  batch(() => {
    uploads.value = [...uploads.value, ...added];
    for (const each of added) {
      if (each.record.paused) each.state.value = { kind: 'paused' };
      else void each.run();
    }
  });
}

/** Uploads in progress that this browser knows nothing of: the file is asked for. */
async function restoreElsewhere(userId: string): Promise<void> {
  const { items } = await answer(video.GET('/video/uploads'));
  const records = await store.of(userId); // now: another tab may just have begun one
  const known = new Set(records.flatMap(({ id, fingerprint }) => [id, fingerprint]));
  const begunElsewhere = items
    .filter(({ id, fingerprint }) => fingerprint && !known.has(id) && !known.has(fingerprint))
    .map(({ id, name, size_bytes, fingerprint = null }) => ({
      ...newRecord(userId, name, size_bytes),
      key: id,
      id,
      fingerprint,
    }));
  await store.put(...begunElsewhere);
  restore(begunElsewhere);
}

const listener: UploadListener = {
  changed(upload) {
    look();
    tellChange(upload);
    const now = Date.now();
    if (upload.state.value.kind !== 'sending') return;
    if (now - (told.get(upload.key) ?? 0) < TELL_MS) return;
    told.set(upload.key, now);
    channel.postMessage({
      kind: 'progress',
      key: upload.key,
      sent: upload.sent.value,
    } satisfies Message);
  },
  ended(upload, made) {
    channel.postMessage({ kind: 'ended', key: upload.key } satisfies Message);
    batch(() => {
      remove(upload);
      if (made !== null) madeVideo(made, upload);
    });
  },
};

/** Tell the other tabs that the frames of an upload have been chosen here. */
export function tellChoice(upload: Upload): void {
  channel.postMessage({ kind: 'chosen', key: upload.key } satisfies Message);
}

function remove(upload: Upload): void {
  uploads.value = uploads.value.filter((each) => each !== upload);
  look();
}

/** See anew which are on their way. */
function look(): void {
  soon(sending, () => {
    sending.value = uploads.value.filter(({ state }) => SENDING.includes(state.value.kind));
  });
}

async function hear(message: Message): Promise<void> {
  if (message.kind === 'added') return hearOfNew();
  const upload = uploads.value.find((each) => each.key === message.key);
  if (upload === undefined) return;
  if (message.kind === 'progress') {
    soon(upload.sent, () => {
      upload.sent.value = message.sent;
    });
  } else if (message.kind === 'ended') {
    upload.drop();
    remove(upload);
  } else {
    const record = await store.get(message.key);
    if (record !== undefined) upload.adopt(record);
  }
}

async function hearOfNew(): Promise<void> {
  if (owner !== null) restore(await store.of(owner));
}

channel.addEventListener('message', ({ data }: MessageEvent<Message>) => void hear(data));

onLogOut(async () => {
  for (const upload of uploads.value) upload.drop();
  uploads.value = [];
  look();
  await store.clear();
});

/** Once more from the beginning, for an upload that the server has given up. */
export async function startAgain(upload: Upload): Promise<void> {
  const { file, record } = upload;
  await upload.cancel();
  if (record.id !== null) await abandon(record.id);
  if (file !== null) await addFiles([{ file, handle: record.handle }], record.userId);
}

/** Leaving asks first while a file is sent that the user would have to choose again. */
const isFileNeeded = computed(() => sending.value.some(({ record }) => record.handle === null));
effect(() => {
  if (!isFileNeeded.value) return;
  const ask = (event: BeforeUnloadEvent) => event.preventDefault();
  addEventListener('beforeunload', ask);
  return () => removeEventListener('beforeunload', ask);
});

/** A phone's screen stays on while something is sent. */
const isSending = computed(() => sending.value.length > 0);
effect(() => {
  if (!isSending.value) return;
  const lock = navigator.wakeLock?.request('screen').catch(() => null);
  return () => {
    void lock?.then((held) => held?.release());
  };
});
