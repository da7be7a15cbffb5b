/** What the page and the worker that looks at thumbnails say to each other. */
import type { Tile } from '../frames/frame-list';

export interface Sheet {
  number: number;
  url: string;
  tiles: (Tile & { position: number })[];
}

export type Reply =
  | {
      kind: 'looked';
      sheet: number;
      positions: number[];
      /** The coarse pictures, one behind the other. */
      coarse: Uint8Array;
      sharpness: Float32Array;
    }
  /** The sheet did not come: its address may have expired. */
  | { kind: 'missing'; sheet: number };
