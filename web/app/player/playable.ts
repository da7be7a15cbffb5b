/** Where a player finds a video, and what is known of its frames. */
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { answer, video } from '../api/client';
import { Preflight } from '../preflight/preflight';

export type Playable =
  /** One that is being uploaded: nothing has to arrive for it. */
  { file: File; preflight: Preflight } | { videoId: string };

export interface Opened {
  address: string;
  preflight: Preflight;
}

/** Open what is to be played, and anew with each other `turn`; null until that is done. */
export function usePlayable(
  playable: Playable,
  turn: number,
): { opened: Opened | null; error: unknown } {
  const opened = useSignal<Opened | null>(null);
  const error = useSignal<unknown>(null);
  useEffect(() => {
    const stop = new AbortController();
    const open = 'file' in playable ? openFile(playable) : openVideo(playable.videoId);
    open.then(
      ({ close, ...found }) => {
        stop.signal.addEventListener('abort', close);
        if (stop.signal.aborted) close();
        else opened.value = found;
      },
      (problem) => {
        error.value = problem;
      },
    );
    return () => {
      opened.value = null;
      stop.abort();
    };
  }, [turn]);
  return { opened: opened.value, error: error.value };
}

type Closable = Opened & { close: () => void };

async function openFile({
  file,
  preflight,
}: {
  file: File;
  preflight: Preflight;
}): Promise<Closable> {
  const address = URL.createObjectURL(file);
  return { address, preflight, close: () => URL.revokeObjectURL(address) };
}

/** Throws `ApiProblem` or `Unreachable`. */
async function openVideo(id: string): Promise<Closable> {
  const path = { video_id: id };
  const { url, size_bytes } = await answer(
    video.GET('/video/{video_id}/source', { params: { path } }),
  );
  const preflight = new Preflight({ address: url, size: size_bytes });
  return { address: url, preflight, close: () => preflight.close() };
}
