import { useEffect } from 'preact/hooks';
import type { Gallery } from '../frames/gallery';
import { spriteOf } from '../frames/sprite';

/** Frames on either side. */
const BESIDE = 7;
const HEIGHT = 54;

interface FilmstripProps {
  gallery: Gallery;
  position: number;
  onGo: (position: number) => void;
}

/** The frames before and behind, for the eye and the pointer; keys have their own. */
export function Filmstrip({ gallery, position, onGo }: FilmstripProps) {
  const view = gallery.view.value;
  const place = view.placeOf(position);
  const places = Array.from({ length: 2 * BESIDE + 1 }, (_, index) => place - BESIDE + index);
  const positions = places.map((each) => (each < 0 || each >= view.count ? null : view.at(each)));
  useEffect(() => {
    const tiles = positions.map((each) => (each === null ? null : gallery.list.tileAt(each)));
    const sheets = new Set(tiles.flatMap((tile) => tile?.sheet ?? []));
    gallery.pictures.want({ sheets: [...sheets], top: 0, window: 1 });
  }, [position, view]);
  return (
    <div class="filmstrip" aria-hidden="true">
      {positions.map((each, index) => (
        <Tile
          key={each ?? -index - 1}
          gallery={gallery}
          position={each}
          isCurrent={index === BESIDE}
          onGo={onGo}
        />
      ))}
    </div>
  );
}

interface TileProps {
  gallery: Gallery;
  position: number | null;
  isCurrent: boolean;
  onGo: (position: number) => void;
}

function Tile({ gallery, position, isCurrent, onGo }: TileProps) {
  const tile = position === null ? null : gallery.list.tileAt(position);
  if (position === null || tile === null) return <span class="filmstrip-tile" />;
  const width = (HEIGHT * tile.width) / tile.height;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: keys go through the frames without it
    // biome-ignore lint/a11y/noStaticElementInteractions: as above
    <span
      class="filmstrip-tile"
      data-current={isCurrent || undefined}
      data-mark={gallery.picks.markOf(position) ?? undefined}
      style={{
        inlineSize: `${width}px`,
        blockSize: `${HEIGHT}px`,
        ...spriteOf(gallery, tile, width),
      }}
      onClick={() => onGo(position)}
    />
  );
}
