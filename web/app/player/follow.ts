/** Tells at which time of the video the frame is that a browser shows. */

/** Call `show` with the time of each frame that is shown, until what is returned is called. */
export function followFrames(video: HTMLVideoElement, show: (seconds: number) => void): () => void {
  return 'requestVideoFrameCallback' in video ? byFrames(video, show) : byTime(video, show);
}

function byFrames(video: HTMLVideoElement, show: (seconds: number) => void): () => void {
  let handle = 0;
  const next: VideoFrameRequestCallback = (_, { mediaTime }) => {
    show(mediaTime);
    handle = video.requestVideoFrameCallback(next);
  };
  handle = video.requestVideoFrameCallback(next);
  return () => video.cancelVideoFrameCallback(handle);
}

/** In browsers that do not tell of frames: the time of the player's clock. */
function byTime(video: HTMLVideoElement, show: (seconds: number) => void): () => void {
  const stop = new AbortController();
  for (const event of ['timeupdate', 'seeked']) {
    video.addEventListener(event, () => show(video.currentTime), { signal: stop.signal });
  }
  return () => stop.abort();
}
