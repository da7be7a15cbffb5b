/** What a mouse and a finger do in the grid: pick, open, draw a frame around some. */
import type { Gallery } from './gallery';
import { positionOf } from './grid';
import { type Box, type Layout, placesIn } from './layout';

const LONG_PRESS_MS = 450;
const MOVED = 6;
/** So near to an edge of the window it scrolls while a frame is drawn. */
const EDGE = 48;
const SCROLL = 18;
/** The side of the corner of a cell that opens it. */
const OPENER = 32;

interface Point {
  x: number;
  y: number;
}

/** Follow the pointer, until what is returned is called. */
export function followPointer(
  root: HTMLElement | null,
  /** What is drawn around cells. */
  frame: HTMLElement | null,
  gallery: Gallery,
  layoutNow: () => Layout,
): (() => void) | undefined {
  if (root === null || frame === null) return;
  const stop = new AbortController();
  const pointer = new Pointer(root, frame, gallery, layoutNow);
  const on = <Name extends keyof HTMLElementEventMap>(
    name: Name,
    listen: (event: HTMLElementEventMap[Name]) => void,
  ) => root.addEventListener(name, listen, { signal: stop.signal });
  on('pointerdown', (event) => pointer.press(event));
  on('pointermove', (event) => pointer.move(event));
  on('pointerup', () => pointer.release());
  on('pointercancel', () => pointer.release());
  on('touchend', (event) => pointer.lift(event));
  on('click', (event) => pointer.click(event));
  on('dblclick', (event) => pointer.open(event));
  on('contextmenu', (event) => pointer.isTouch && event.preventDefault());
  return () => {
    stop.abort();
    pointer.release();
  };
}

class Pointer {
  isTouch = false;
  private start: Point | null = null;
  private at: Point = { x: 0, y: 0 };
  private timer: ReturnType<typeof setTimeout> | undefined;
  /** What has just been done is not done once more by the click that ends it. */
  private isDone = false;

  constructor(
    private readonly root: HTMLElement,
    private readonly frame: HTMLElement,
    private readonly gallery: Gallery,
    private readonly layoutNow: () => Layout,
  ) {}

  press(event: PointerEvent): void {
    this.release();
    this.isTouch = event.pointerType === 'touch';
    this.isDone = false;
    if (!event.isPrimary || event.button !== 0) return;
    this.start = this.pointOf(event);
    this.at = { x: event.clientX, y: event.clientY };
    const position = positionOf(event.target);
    if (this.isTouch && position !== null) {
      this.timer = setTimeout(() => this.pickByLongPress(position), LONG_PRESS_MS);
    }
  }

  move(event: PointerEvent): void {
    if (this.start === null) return;
    const [dx, dy] = [event.clientX - this.at.x, event.clientY - this.at.y];
    if (this.frame.hidden && Math.hypot(dx, dy) < MOVED) return;
    clearTimeout(this.timer);
    if (this.isTouch) return;
    if (this.frame.hidden) this.begin(event.pointerId);
    this.at = { x: event.clientX, y: event.clientY };
    this.draw();
  }

  release(): void {
    clearTimeout(this.timer);
    this.start = null;
    this.frame.hidden = true;
  }

  /** A finger that has picked something clicks nothing, such as a bar that has come up under it. */
  lift(event: TouchEvent): void {
    if (this.isDone) event.preventDefault();
  }

  click(event: MouseEvent): void {
    const position = positionOf(event.target);
    if (this.isDone || position === null) return;
    const { picks, view } = this.gallery;
    if (this.isOnOpener(event)) this.gallery.opened.value = position;
    else if (event.shiftKey) picks.extend(position, view.value);
    else if (this.isTouch && picks.picked.value.length === 0) this.gallery.opened.value = position;
    else picks.toggle(position);
  }

  open(event: MouseEvent): void {
    if (!this.isTouch) this.gallery.opened.value = positionOf(event.target);
  }

  /** Whether a mouse is on the corner of a cell that opens it, as its sign says. */
  private isOnOpener({ target, clientX, clientY, detail }: MouseEvent): boolean {
    const cell = target instanceof Element ? target.closest('[data-position]') : null;
    if (cell === null || this.isTouch || detail === 0) return false;
    const { right, top } = cell.getBoundingClientRect();
    return right - clientX < OPENER && clientY - top < OPENER;
  }

  private pickByLongPress(position: number): void {
    this.isDone = true;
    this.gallery.picks.toggle(position);
    navigator.vibrate?.(10);
  }

  private begin(pointerId: number): void {
    this.isDone = true;
    this.root.setPointerCapture(pointerId);
    this.frame.hidden = false;
    this.gallery.picks.begin(this.gallery.focused.value);
    this.scroll();
  }

  private draw(): void {
    if (this.start === null) return;
    const end = this.pointOf({ clientX: this.at.x, clientY: this.at.y });
    const box: Box = {
      left: Math.min(this.start.x, end.x),
      top: Math.min(this.start.y, end.y),
      right: Math.max(this.start.x, end.x),
      bottom: Math.max(this.start.y, end.y),
    };
    Object.assign(this.frame.style, {
      transform: `translate(${box.left}px, ${box.top}px)`,
      inlineSize: `${box.right - box.left}px`,
      blockSize: `${box.bottom - box.top}px`,
    });
    const view = this.gallery.view.value;
    const places = placesIn(this.layoutNow(), view.count, box);
    this.gallery.picks.pickAlso(places.map((place) => view.at(place)));
  }

  /** Scroll as long as the pointer is held at an edge of the window. */
  private scroll(): void {
    if (this.frame.hidden) return;
    const { y } = this.at;
    const step = y < EDGE ? -SCROLL : y > innerHeight - EDGE ? SCROLL : 0;
    if (step !== 0) {
      scrollBy(0, step);
      this.draw();
    }
    requestAnimationFrame(() => this.scroll());
  }

  private pointOf({ clientX, clientY }: { clientX: number; clientY: number }): Point {
    const { left, top } = this.root.getBoundingClientRect();
    return { x: clientX - left, y: clientY - top };
  }
}
