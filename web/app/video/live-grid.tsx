import type { Extraction } from '../api/client';
import { progress } from '../library/store';

/** The sheets of thumbnails that an extraction has made so far. */
export function LiveGrid({ extraction }: { extraction: Extraction }) {
  const sheets = progress.value.get(extraction.id)?.sheets ?? [];
  return (
    <div class="live-grid" aria-hidden="true">
      {sheets.map((sheet) => (
        <img key={sheet.url} src={sheet.url} alt="" decoding="async" />
      ))}
    </div>
  );
}
