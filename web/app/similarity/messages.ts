/** What the page and the worker that looks at thumbnails say to each other: a sheet each time. */
import type { Tile } from '../frames/frame-list';

export interface Sheet {
  picture: Blob;
  tiles: readonly Tile[];
}

export interface Looked {
  /** The coarse pictures, one behind the other. */
  coarse: Uint8Array;
  sharpness: Float32Array;
}
