import type { Extraction } from '../api/client';
import { type LiveSheet, progress } from './store';

interface TileProps {
  sheet: LiveSheet;
  index: number;
}

/** The newest thumbnails of an extraction that runs, as they come; the last of them first. */
export function LiveStrip({ extraction, most }: { extraction: Extraction; most: number }) {
  const sheets = progress.value.get(extraction.id)?.sheets ?? [];
  const tiles: TileProps[] = [];
  for (const sheet of sheets.toReversed()) {
    for (let index = sheet.tiles - 1; index >= 0 && tiles.length < most; index--) {
      tiles.push({ sheet, index });
    }
  }
  if (tiles.length === 0) return null;
  return (
    <div class="live-strip" aria-hidden="true">
      {tiles.map(({ sheet, index }) => (
        <Tile key={`${sheet.url}-${index}`} sheet={sheet} index={index} />
      ))}
    </div>
  );
}

/** One thumbnail: a part of its sheet, in per cent, so that it may have any size. */
function Tile({ sheet, index }: TileProps) {
  const { columns, width, height, tile_width, tile_height } = sheet;
  const [column, row] = [index % columns, Math.floor(index / columns)];
  const [across, down] = [width / tile_width, height / tile_height];
  const percent = (at: number, count: number) => (count <= 1 ? 0 : (100 * at) / (count - 1));
  return (
    <div
      class="live-tile"
      style={{
        aspectRatio: `${tile_width} / ${tile_height}`,
        backgroundImage: `url("${sheet.url}")`,
        backgroundSize: `${100 * across}% ${100 * down}%`,
        backgroundPosition: `${percent(column, across)}% ${percent(row, down)}%`,
      }}
    />
  );
}
