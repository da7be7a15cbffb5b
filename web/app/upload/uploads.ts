/** All uploads of this browser: begun here or in another tab, now or before a reload. */
import { computed, effect, signal } from '@preact/signals';
import type { Video } from '../api/client';
import { answer, video } from '../api/client';
import { onLogOut } from '../session/session';
import { fingerprint } from './fingerprint';
import { type UploadRecord, UploadStore } from './store';
import { abandon, Upload, type UploadListener, type UploadState } from './upload';

type Message =
  | { kind: 'added' | 'chosen' | 'ended'; key: string }
  | { kind: 'progress'; key: string; sent: number };

export interface Dropped {
  file: File;
  handle: FileSystemFileHandle | null;
}

const TELL_MS = 500;
const SENDING: readonly UploadState['kind'][] = ['reading', 'sending', 'finishing', 'waiting'];

export const uploads = signal<readonly Upload[]>([]);
export const sending = computed(() =>
  uploads.value.filter((upload) => SENDING.includes(upload.state.value.kind)),
);

const store = new UploadStore();
const channel = new BroadcastChannel('fotograma-uploads');
let owner: string | null = null;
const told = new Map<string, number>();
let madeVideo: (made: Video) => void = () => {};

/** Call `listener` with each video that an upload has become. */
export function onVideoMade(listener: (made: Video) => void): void {
  madeVideo = listener;
}

/** Go on with what this browser remembers, and show what the user began elsewhere. */
export async function restoreUploads(userId: string): Promise<void> {
  owner = userId;
  const records = await store.all(userId);
  for (const record of records) restore(record);
  await restoreElsewhere(userId);
}

/** Begin to send files. */
export async function addFiles(files: readonly Dropped[], userId: string): Promise<Upload[]> {
  return Promise.all(files.map((dropped) => addFile(dropped, userId)));
}

async function addFile({ file, handle }: Dropped, userId: string): Promise<Upload> {
  const record: UploadRecord = {
    key: crypto.randomUUID(),
    id: null,
    userId,
    name: file.name,
    size: file.size,
    fingerprint: await fingerprint(file),
    addedAt: Date.now(),
    handle,
    choice: null,
    paused: false,
  };
  await store.put(record);
  const upload = follow(record, file);
  channel.postMessage({ kind: 'added', key: record.key } satisfies Message);
  void upload.run();
  return upload;
}

function restore(record: UploadRecord): void {
  if (uploads.value.some((upload) => upload.key === record.key)) return;
  const upload = follow(record, null);
  if (record.paused) upload.state.value = { kind: 'paused' };
  else void upload.run();
}

function follow(record: UploadRecord, file: File | null): Upload {
  const upload = new Upload(record, store, listener, file);
  uploads.value = [...uploads.value, upload];
  return upload;
}

/** Uploads in progress that this browser knows nothing of: the file is asked for. */
async function restoreElsewhere(userId: string): Promise<void> {
  const { items } = await answer(video.GET('/video/uploads'));
  const records = await store.all(userId); // now: another tab may just have begun one
  const known = new Set(records.flatMap(({ id, fingerprint }) => [id, fingerprint]));
  for (const item of items) {
    if (!item.fingerprint || known.has(item.id) || known.has(item.fingerprint)) continue;
    const record: UploadRecord = {
      key: item.id,
      id: item.id,
      userId,
      name: item.name,
      size: item.size_bytes,
      fingerprint: item.fingerprint,
      addedAt: Date.now(),
      handle: null,
      choice: null,
      paused: false,
    };
    await store.put(record);
    restore(record);
  }
}

const listener: UploadListener = {
  changed(upload) {
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
    remove(upload);
    channel.postMessage({ kind: 'ended', key: upload.key } satisfies Message);
    if (made !== null) madeVideo(made);
  },
};

/** Tell the other tabs that the frames of an upload have been chosen here. */
export function tellChoice(upload: Upload): void {
  channel.postMessage({ kind: 'chosen', key: upload.key } satisfies Message);
}

function remove(upload: Upload): void {
  uploads.value = uploads.value.filter((each) => each !== upload);
}

async function hear(message: Message): Promise<void> {
  const upload = uploads.value.find((each) => each.key === message.key);
  if (message.kind === 'progress') {
    if (upload !== undefined) upload.sent.value = message.sent;
  } else if (message.kind === 'ended') {
    upload?.drop();
    if (upload !== undefined) remove(upload);
  } else await hearOf(message.key, upload);
}

async function hearOf(key: string, upload: Upload | undefined): Promise<void> {
  if (owner === null) return;
  const record = (await store.all(owner)).find((each) => each.key === key);
  if (record === undefined) return;
  if (upload === undefined) restore(record);
  else upload.adopt(record);
}

channel.addEventListener('message', ({ data }: MessageEvent<Message>) => void hear(data));

onLogOut(async () => {
  for (const upload of uploads.value) upload.drop();
  uploads.value = [];
  await store.clear();
});

/** Once more from the beginning, for an upload that the server has given up. */
export async function startAgain(upload: Upload): Promise<void> {
  const { file, record } = upload;
  await upload.cancel();
  if (record.id !== null) await abandon(record.id);
  if (file !== null) await addFile({ file, handle: record.handle }, record.userId);
}

/** Leaving asks first while a file is sent that the user would have to choose again. */
effect(() => {
  if (sending.value.every((upload) => upload.record.handle !== null)) return;
  const ask = (event: BeforeUnloadEvent) => event.preventDefault();
  addEventListener('beforeunload', ask);
  return () => removeEventListener('beforeunload', ask);
});

/** A phone's screen stays on while something is sent. */
effect(() => {
  if (sending.value.length === 0) return;
  const lock = navigator.wakeLock?.request('screen').catch(() => null);
  return () => {
    void lock?.then((held) => held?.release());
  };
});
