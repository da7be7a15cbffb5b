/** Makes a contact sheet of frames, in the browser. */
import type { Frame } from '../frames/frame-list';
import type { Gallery } from '../frames/gallery';
import { positionsOf, type Ranges } from '../frames/ranges';
import { stemOf } from '../library/actions';
import { factsOf } from './evidence';
import { FramePictures } from './frame-pictures';
import { jpegSheet } from './jpeg-sheet';
import { fetchManifest } from './manifest';
import { pdfSheet, SCALE } from './pdf-sheet';
import { columnWidth, type SheetPlan } from './sheet-layout';
import type { Wish } from './wish';
import { words } from './words';

/** Make the sheet; `told` hears how many frames are on it, and ends it by throwing. */
export async function makeSheet(
  gallery: Gallery,
  ranges: Ranges,
  plan: SheetPlan,
  { format, cover }: Wish,
  told: (done: number) => void,
): Promise<Blob> {
  const { list, video, extraction } = gallery;
  await list.load(); // Addresses may have expired.
  const frames = positionsOf(ranges).map((position) => list.at(position) as Frame);
  const pixels = columnWidth(plan) * (format === 'pdf' ? SCALE : 1);
  const pictures = new FramePictures(list, frames.length, pixels);
  if (format === 'jpg') return jpegSheet(plan, frames, pictures, told);
  const manifest = cover ? await fetchManifest(extraction) : null;
  const evidence = { video, extraction, manifest, chosen: frames.length, madeAt: new Date() };
  const contents = {
    title: video.name,
    cover: cover ? { heading: words('evidence'), facts: factsOf(evidence) } : null,
    ...{ frames, pictures },
  };
  return pdfSheet(plan, contents, told);
}

/** `holiday-evidence.pdf` */
export function sheetName(video: string, { format, cover }: Wish): string {
  return `${stemOf(video)}-${cover && format === 'pdf' ? 'evidence' : 'contact'}.${format}`;
}
