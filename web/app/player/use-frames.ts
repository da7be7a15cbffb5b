import type { Signal } from '@preact/signals';
import type { RefObject } from 'preact';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import type { Preflight } from '../preflight/preflight';
import { followFrames } from './follow';
import { Playhead } from './playhead';

interface Frames {
  /** Null until the times of the frames are known. */
  playhead: Playhead | null;
  /** Have a frame shown, and stay at it. */
  show: (frame: number) => void;
}

/** Follow which frame a video shows; one that was shown before is shown first. */
export function useFrames(
  video: RefObject<HTMLVideoElement | null>,
  preflight: Preflight,
  frame: Signal<number>,
): Frames {
  /** Where the first frame is on the clock of the player. */
  const begin = useRef<number | null>(null);
  const times = preflight.times.value;
  const playhead = useMemo(() => times && new Playhead(times), [times]);
  const show = (wanted: number) => {
    if (playhead === null || video.current === null) return;
    frame.value = playhead.nearest(wanted);
    video.current.pause();
    video.current.currentTime = (begin.current ?? 0) + playhead.within(frame.value);
  };
  useEffect(() => preflight.learnTimes(), [preflight.facts.value]);
  useEffect(() => {
    if (video.current === null) return;
    return followFrames(video.current, (seconds) => {
      begin.current ??= video.current?.currentTime === 0 ? seconds : (times?.start ?? 0);
      // On its way to another frame it still shows those that were asked for before.
      const isOnItsWay = video.current?.seeking ?? true;
      if (playhead && !isOnItsWay) frame.value = playhead.shownAt(seconds - begin.current);
    });
  }, [playhead]);
  useEffect(() => {
    if (frame.value > 0) show(frame.value);
  }, [playhead]);
  return { playhead, show };
}
