/** What the page and the preflight worker say to each other. */
import type { Recipe } from '../api/client';

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
  | { kind: 'open'; file: File }
  | { kind: 'forecast'; id: number; recipe: Recipe }
  | { kind: 'preview'; id: number; times: number[]; width: number };

export type Reply =
  | { kind: 'facts'; facts: Facts }
  | { kind: 'unreadable' }
  | { kind: 'forecast'; id: number; forecast: Forecast }
  | { kind: 'preview'; id: number; index: number; isExact: boolean; picture: Blob };
