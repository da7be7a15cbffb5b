/** Live events: one tab holds the stream, and tells the others what comes. */
import { answer, send, type Video, type VideoSchemas, video } from './api/client';

type Progress = VideoSchemas['ProgressEvent'];

export type LiveEvent =
  | { kind: 'snapshot'; data: { videos: Video[] } }
  | { kind: 'video'; data: Video }
  | { kind: 'deleted'; data: { id: string } }
  | { kind: 'progress'; data: Progress };

const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 30_000;
const NAME = 'fotograma-events';

/** Call `listener` with every event until `stop`, whichever tab hears it first. */
export function listen(listener: (event: LiveEvent) => void, stop: AbortSignal): void {
  const channel = new BroadcastChannel(NAME);
  channel.addEventListener('message', ({ data }: MessageEvent<LiveEvent>) => listener(data));
  stop.addEventListener('abort', () => channel.close());
  const tell = (event: LiveEvent) => {
    listener(event);
    if (!stop.aborted) channel.postMessage(event);
  };
  navigator.locks.request(NAME, { signal: stop }, () => follow(tell, stop)).catch(() => {});
}

async function follow(tell: (event: LiveEvent) => void, stop: AbortSignal): Promise<void> {
  let failures = 0;
  while (!stop.aborted) {
    const began = Date.now();
    await stream(tell, stop).catch(() => {});
    failures = Date.now() - began > LONGEST_PAUSE_MS ? 0 : failures + 1;
    await pause(Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** failures) / 2, stop);
  }
}

async function stream(tell: (event: LiveEvent) => void, stop: AbortSignal): Promise<void> {
  const { EventSourceParserStream } = await import('eventsource-parser/stream');
  const response = await send(new Request('/video/events', { signal: stop }));
  if (!response.ok || response.body === null) return;
  const messages = response.body
    .pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array<ArrayBuffer>>)
    .pipeThrough(new EventSourceParserStream());
  const reader = messages.getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    const { event, data } = next.value;
    if (event !== undefined) tell({ kind: event, data: JSON.parse(data) } as LiveEvent);
  }
}

function pause(milliseconds: number, stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    const soon = () => {
      clearTimeout(timer);
      resolve();
    };
    stop.addEventListener('abort', soon, { once: true });
    addEventListener('online', soon, { once: true, signal: stop });
  });
}

/** The newest videos, for a tab that did not hear the stream's snapshot. */
export async function newestVideos(): Promise<Video[]> {
  const page = await answer(video.GET('/video', { params: { query: { limit: 100 } } }));
  return page.items;
}
