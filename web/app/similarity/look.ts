/** What a thumbnail looks like, in a few numbers: a coarse picture of it, and how sharp it is. */

/** Cells of the coarse picture. */
export const ACROSS = 16;
export const DOWN = 9;
export const CELLS = ACROSS * DOWN;

/** The luminances of a picture, row by row. */
export interface Grey {
  width: number;
  height: number;
  pixels: Uint8Array;
}

/** Of pixels as a canvas has them (BT.709). */
export function greyOf({ width, height, data }: ImageData): Grey {
  const pixels = new Uint8Array(width * height);
  for (let pixel = 0, at = 0; pixel < pixels.length; pixel++, at += 4) {
    const [red, green, blue] = [data[at] as number, data[at + 1] as number, data[at + 2] as number];
    pixels[pixel] = (red * 54 + green * 183 + blue * 19) >> 8;
  }
  return { width, height, pixels };
}

/** The mean luminance of each cell. */
export function coarse({ width, height, pixels }: Grey): Uint8Array {
  const sums = new Uint32Array(CELLS);
  const counts = new Uint32Array(CELLS);
  for (let y = 0; y < height; y++) {
    const row = Math.floor((y * DOWN) / height) * ACROSS;
    for (let x = 0; x < width; x++) {
      const cell = row + Math.floor((x * ACROSS) / width);
      sums[cell] = (sums[cell] as number) + (pixels[y * width + x] as number);
      counts[cell] = (counts[cell] as number) + 1;
    }
  }
  return Uint8Array.from(sums, (sum, cell) =>
    Math.round(sum / Math.max(1, counts[cell] as number)),
  );
}

/** The variance of the Laplacian: the more, the sharper. */
export function sharpness({ width, height, pixels }: Grey): number {
  let [count, sum, squares] = [0, 0, 0];
  const at = (index: number) => pixels[index] as number;
  for (let y = 1; y < height - 1; y++) {
    for (let x = 1; x < width - 1; x++) {
      const middle = y * width + x;
      const beside = at(middle - 1) + at(middle + 1) + at(middle - width) + at(middle + width);
      const edge = 4 * at(middle) - beside;
      count += 1;
      sum += edge;
      squares += edge * edge;
    }
  }
  return count === 0 ? 0 : squares / count - (sum / count) ** 2;
}
