/** Times as editing programs count them: in whole frames at a steady rate. */

export interface Rate {
  /** Frames that a timecode counts to a second. */
  base: number;
  /** That many are shown in 1.001 s. */
  isNtsc: boolean;
}

const USUAL: Rate = { base: 25, isNtsc: false };
const NTSC_BASES = [24, 30, 48, 60, 120];
const NEAR = 0.005;

/** The rate that a video is edited at; of one without a steady rate the nearest that there is. */
export function rateOf(framesPerSecond: number | null | undefined): Rate {
  if (!framesPerSecond || framesPerSecond < 1) return USUAL;
  const ntsc = NTSC_BASES.find((base) => Math.abs(framesPerSecond - base / 1.001) < NEAR);
  if (ntsc !== undefined) return { base: ntsc, isNtsc: true };
  return { base: Math.round(framesPerSecond), isNtsc: false };
}

/** The number of the frame that is shown from a time on, the first being 0. */
export function frameAt(seconds: number, { base, isNtsc }: Rate): number {
  return Math.round((seconds * base) / (isNtsc ? 1.001 : 1));
}

/** `00:01:02:12`, without dropped numbers. */
export function timecode(frame: number, { base }: Rate): string {
  const seconds = Math.floor(frame / base);
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return [...parts, frame % base].map((part) => String(part).padStart(2, '0')).join(':');
}
