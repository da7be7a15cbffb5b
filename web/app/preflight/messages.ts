/** What the page and the preflight worker say to each other. */
import type { Recipe } from '../api/client';

/** A file of the user's, or one that lies in the storage and is read by ranges. */
export type VideoFile = File | RemoteFile;

export interface RemoteFile {
  address: string;
  size: number;
}

/** When each frame is shown, counted from the first. */
export interface FrameTimes {
  /** Ascending, in ticks. */
  ticks: Float64Array<ArrayBuffer>;
  /** Seconds that a tick takes, exactly: `1/24000`. */
  tick: string;
  /** Seconds by which the video begins after its file. */
  start: number;
}

/** What the file's index says. */
export interface Facts {
  container: string;
  codec: string | null;
  width: number;
  height: number;
  rotation: number;
  /** Seconds from the video's first frame to the end of its last. */
  duration: number;
  /** Seconds by which the video begins after its file. */
  videoStart: number;
  /** Null where only the head of the file was read. */
  frames: number | null;
  isRateVarying: boolean;
  /** Whether this browser decodes it, so that there can be previews. */
  canPreview: boolean;
}

/** Which frames a recipe will give. */
export interface Forecast {
  frames: number;
  isExact: boolean;
  /** Seconds of up to twelve of them, spread evenly: those that previews are made of. */
  shown: number[];
  problem: 'nothing_selected' | 'too_many_frames' | null;
}

export type Question =
  | { kind: 'open'; file: VideoFile }
  | { kind: 'times' }
  | { kind: 'forecast'; id: number; recipe: Recipe }
  | { kind: 'preview'; id: number; times: number[]; width: number };

export type Reply =
  | { kind: 'facts'; facts: Facts }
  | { kind: 'unreadable' }
  | { kind: 'times'; times: FrameTimes }
  | { kind: 'forecast'; id: number; forecast: Forecast }
  | { kind: 'preview'; id: number; index: number; isExact: boolean; picture: Blob };
