import type { Signal } from '@preact/signals';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Frame } from '../frames/frame-list';
import type { Gallery } from '../frames/gallery';
import { words } from '../frames/words';
import { clock, t } from '../words';

const MOST_TRIES = 3;

interface PictureProps {
  gallery: Gallery;
  frame: Frame;
  /** Fitted into the window; or else one pixel of the frame is one of the screen. */
  isWhole: Signal<boolean>;
}

/** The frame itself. Its address is fetched anew when it has expired. */
export function Picture({ gallery, frame, isWhole }: PictureProps) {
  const [tries, again] = useState(0);
  const room = useRef<HTMLDivElement>(null);
  const isFitted = isWhole.value;
  useEffect(() => again(0), [frame.name]);
  useEffect(() => {
    const element = room.current;
    if (element === null || isFitted) return;
    element.scrollTo({
      left: (element.scrollWidth - element.clientWidth) / 2,
      top: (element.scrollHeight - element.clientHeight) / 2,
    });
    return followDrag(element);
  }, [isFitted]);
  const failed = async () => {
    if (tries >= MOST_TRIES) return;
    await gallery.list.load();
    again(tries + 1);
  };
  return (
    <div
      ref={room}
      class={isFitted ? 'loupe-picture' : 'loupe-picture is-large'}
      tabIndex={isFitted ? -1 : 0}
      autofocus
    >
      {tries >= MOST_TRIES ? (
        <p role="alert">{words('loupe.missing')}</p>
      ) : (
        <img
          key={`${frame.name} ${tries}`}
          src={frame.url}
          alt={t('loupe.picture', { time: clock(frame.timeUs / 1e6, 6) })}
          onLoad={() => fetchNext(gallery, frame.position)}
          onError={() => void failed()}
          onDblClick={() => {
            isWhole.value = !isFitted;
          }}
        />
      )}
    </div>
  );
}

/** The frames before and behind are fetched as soon as this one is there. */
function fetchNext({ list, view }: Gallery, position: number): void {
  const place = view.value.placeOf(position);
  for (const next of [place + 1, place - 1]) {
    const frame = next < view.value.count ? list.at(view.value.at(next)) : undefined;
    if (frame !== undefined) new Image().src = frame.url;
  }
}

/** Have a mouse move what is larger than the window, until what is returned is called. */
function followDrag(room: HTMLElement): () => void {
  const stop = new AbortController();
  const { signal } = stop;
  room.addEventListener(
    'pointerdown',
    (event) => {
      if (event.pointerType === 'mouse' && event.button === 0)
        room.setPointerCapture(event.pointerId);
    },
    { signal },
  );
  room.addEventListener(
    'pointermove',
    (event) => {
      if (room.hasPointerCapture(event.pointerId))
        room.scrollBy(-event.movementX, -event.movementY);
    },
    { signal },
  );
  return () => stop.abort();
}
