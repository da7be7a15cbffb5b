/** What can be done with the frames that are picked. */
import { answer, type Extraction, video } from '../api/client';
import { save } from '../library/actions';
import type { Gallery } from './gallery';
import { type Ranges, stepped, written } from './ranges';

/** Longer addresses are cut by some of what they are pasted into. */
const LONGEST = 2000;
const MOST_SHARED = 10;

/** Download a ZIP of some frames. */
export async function downloadFrames({ video_id, id }: Extraction, ranges: Ranges): Promise<void> {
  const { url } = await answer(
    video.POST('/video/{video_id}/extractions/{extraction_id}/selection', {
      params: { path: { video_id, extraction_id: id } },
      body: { names: [], times: [], positions: stepped(ranges) },
    }),
  );
  save(url);
}

/** The address of this extraction with what is picked; null where that is more than fits into one. */
export function linkTo({ video_id, id }: Extraction, ranges: Ranges): string | null {
  const link = `${location.origin}/#/videos/${video_id}/${id}?picked=${written(ranges)}`;
  return link.length <= LONGEST ? link : null;
}

/** Whether the system takes so many pictures. */
export function canShare(count: number): boolean {
  if (count > MOST_SHARED || navigator.canShare === undefined) return false;
  return navigator.canShare({ files: [new File([], 'frame.png', { type: 'image/png' })] });
}

/** Hand the picked frames to the system's share sheet, as pictures. */
export async function shareFrames({ list }: Gallery, positions: readonly number[]): Promise<void> {
  const files = await Promise.all(
    positions.map(async (position) => {
      const frame = list.at(position);
      const picture = await (await fetch(frame?.url ?? '')).blob();
      return new File([picture], frame?.name ?? '', { type: picture.type });
    }),
  );
  await navigator.share({ files }).catch(() => {}); // The user has thought better of it.
}
