/** The network of an upload: the API that signs, the storage that takes parts. */
import { answer, video } from '../api/client';
import type { Wire } from './transfer';

/** A part that makes no progress for so long is given up, and sent again. */
const STALLED_MS = 60_000;

/** The wire of one upload. */
export function wireOf(uploadId: string): Wire {
  return { sign: (numbers) => signed(uploadId, numbers), put, pause, online };
}

async function signed(uploadId: string, numbers: number[]): Promise<Map<number, string>> {
  const { urls } = await answer(
    video.POST('/video/uploads/{upload_id}/parts', {
      params: { path: { upload_id: uploadId } },
      body: { numbers },
    }),
  );
  return new Map(Object.entries(urls).map(([number, url]) => [Number(number), url]));
}

/** PUT by XMLHttpRequest, which alone tells how much of a body is sent. */
export function put(
  url: string,
  body: Blob,
  onProgress: (sent: number) => void,
  signal: AbortSignal,
): Promise<number> {
  const request = new XMLHttpRequest();
  request.open('PUT', url);
  return sent(request, body, onProgress, signal);
}

/** Send a request; resolves with its status, and rejects where no answer comes or it stalls. */
export function sent(
  request: XMLHttpRequest,
  body: Blob | FormData,
  onProgress: (sent: number) => void,
  signal: AbortSignal,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const abort = () => request.abort();
    let stalled = setTimeout(abort, STALLED_MS);
    const alive = () => {
      clearTimeout(stalled);
      stalled = setTimeout(abort, STALLED_MS);
    };
    request.upload.onprogress = ({ loaded }) => {
      alive();
      onProgress(loaded);
    };
    request.onload = () => resolve(request.status);
    request.onerror = () => reject(new Error('no answer'));
    request.onabort = () => reject(new Error('aborted'));
    request.onloadend = () => {
      clearTimeout(stalled);
      signal.removeEventListener('abort', abort);
    };
    signal.addEventListener('abort', abort);
    request.send(body);
  });
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds);
    addEventListener('online', () => resolve(), { once: true, signal });
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
}

function online(signal: AbortSignal): Promise<void> {
  if (navigator.onLine) return Promise.resolve();
  return new Promise((resolve, reject) => {
    addEventListener('online', () => resolve(), { once: true, signal });
    signal.addEventListener('abort', () => reject(signal.reason));
  });
}
