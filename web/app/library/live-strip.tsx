import type { Extraction } from '../api/client';
import { progress } from './store';

/** The newest thumbnails of an extraction that runs, as they come. */
export function LiveStrip({ extraction }: { extraction: Extraction }) {
  const sheets = progress.value.get(extraction.id)?.sheets ?? [];
  const newest = sheets.at(-1);
  return newest === undefined ? null : (
    <div class="live-strip" aria-hidden="true">
      <div style={{ backgroundImage: `url("${newest.url}")` }} />
    </div>
  );
}
