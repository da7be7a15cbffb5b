import type { Signal } from '@preact/signals';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Frame } from '../frames/frame-list';
import type { Gallery } from '../frames/gallery';
import { stretchedSpriteOf } from '../frames/sprite';
import { words } from '../frames/words';
import { clock, t } from '../words';
import { followSweeps, type Sweep } from './sweep';

const MOST_TRIES = 3;

interface PictureProps {
  gallery: Gallery;
  frame: Frame;
  /** Fitted into the window; or else one pixel of the frame is one of the screen. */
  isWhole: Signal<boolean>;
  onSweep: (sweep: Sweep) => void;
}

const MIDDLE = { x: 0.5, y: 0.5 };

/** The frame itself. Its address is fetched anew when it has expired. */
export function Picture({ gallery, frame, isWhole, onSweep }: PictureProps) {
  const [tries, again] = useState(0);
  const room = useRef<HTMLDivElement>(null);
  /** What of the frame is in the middle when it is enlarged, as shares of it. */
  const aim = useRef(MIDDLE);
  const sweep = useRef(onSweep);
  sweep.current = onSweep;
  const isFitted = isWhole.value;
  useEffect(() => again(0), [frame.name]);
  useEffect(() => {
    const element = room.current;
    if (element === null) return;
    if (isFitted) return followSweeps(element, (each) => sweep.current(each));
    const { x, y } = aim.current;
    aim.current = MIDDLE;
    element.scrollTo({
      left: x * element.scrollWidth - element.clientWidth / 2,
      top: y * element.scrollHeight - element.clientHeight / 2,
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
          style={placeOf(gallery, frame)}
          onLoad={({ currentTarget: { naturalWidth: width, naturalHeight: height } }) => {
            gallery.frameSize.value = { width, height };
            fetchNext(gallery, frame.position);
          }}
          onError={() => void failed()}
          onDblClick={({ currentTarget, clientX, clientY }) => {
            const { left, top, width, height } = currentTarget.getBoundingClientRect();
            aim.current = { x: (clientX - left) / width, y: (clientY - top) / height };
            isWhole.value = !isFitted;
          }}
        />
      )}
    </div>
  );
}

/** How large a frame is, and its thumbnail, which is seen until the frame itself is there. */
function placeOf(gallery: Gallery, { tile }: Frame): Record<string, string> {
  const size = gallery.frameSize.value;
  return {
    '--own': size === null ? '100vw' : `${size.width}px`,
    '--ratio': `${size === null ? gallery.ratio : size.width / size.height}`,
    ...stretchedSpriteOf(gallery, tile),
  };
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
