/** How far somebody has come on the first visit. */
import type { Video } from '../api/client';

export const STEPS = ['drop', 'choose', 'take'] as const;
export type Step = (typeof STEPS)[number];
export type Progress = 'drop' | 'choose' | 'wait' | 'take';

interface Sent {
  isChosen: boolean;
}

/** What is to be done now, by what is on its way and what has become of it. */
export function progressOf(
  sent: readonly Sent[],
  videos: readonly Pick<Video, 'status'>[],
): Progress {
  if (sent.some(({ isChosen }) => !isChosen)) return 'choose';
  if (sent.length > 0 || videos.some(({ status }) => status === 'processing')) return 'wait';
  return videos.length === 0 ? 'drop' : 'take';
}

/** The step of the guide that this is. */
export function stepOf(progress: Progress): Step {
  return progress === 'wait' ? 'take' : progress;
}
