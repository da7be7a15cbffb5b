/** What a finger asks for that sweeps over a frame: the next one, the one before, or an end. */
export type Sweep = 'next' | 'before' | 'close';

/** Pixels from where it counts. */
const FAR = 48;
/** What takes longer is something else. */
const SOON_MS = 600;

/** What a move of one finger means, if it means anything. */
export function sweepOf(x: number, y: number, milliseconds: number): Sweep | null {
  if (milliseconds > SOON_MS) return null;
  if (Math.abs(x) > Math.max(FAR, 2 * Math.abs(y))) return x < 0 ? 'next' : 'before';
  return y > Math.max(FAR, 2 * Math.abs(x)) ? 'close' : null;
}

/** Follow a finger, until what is returned is called. In a page that is enlarged it moves the page. */
export function followSweeps(room: HTMLElement, act: (sweep: Sweep) => void): () => void {
  const stop = new AbortController();
  const options = { signal: stop.signal, passive: true };
  let start: { x: number; y: number; at: number } | null = null;
  room.addEventListener(
    'touchstart',
    ({ touches: [first, ...others], timeStamp }) => {
      const isAlone = first !== undefined && others.length === 0;
      const isEnlarged = (visualViewport?.scale ?? 1) > 1;
      start = isAlone && !isEnlarged ? { x: first.clientX, y: first.clientY, at: timeStamp } : null;
    },
    options,
  );
  room.addEventListener(
    'touchend',
    ({ changedTouches: [last], timeStamp }) => {
      if (start === null || last === undefined) return;
      const sweep = sweepOf(last.clientX - start.x, last.clientY - start.y, timeStamp - start.at);
      start = null;
      if (sweep !== null) act(sweep);
    },
    options,
  );
  return () => stop.abort();
}
