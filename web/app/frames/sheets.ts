/** Sheets of thumbnails, fetched and decoded when they come near the window, and not sooner. */
import { type Signal, signal } from '@preact/signals';

/** In which a sheet's cells are not looked at any more. */
const TICK_MS = 60;
/** Sheets that are held decoded; a window shows two or three. */
const HELD = 12;
const FETCHED_AT_ONCE = 3;

export interface Wanted {
  /** Those of which something is shown, and those that come next in the direction of scrolling. */
  sheets: readonly number[];
  /** What lies at the top of the window, and how much a window shows, in the same unit. */
  top: number;
  window: number;
}

export class SheetPictures {
  private readonly ready = new Map<number, Signal<boolean>>();
  private readonly pictures = new Map<number, HTMLImageElement>();
  private readonly fetching = new Set<number>();
  /** Did not come, with a newly signed address neither. */
  private readonly missing = new Set<number>();
  private wanted: Wanted = { sheets: [], top: 0, window: 1 };
  private topBefore = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private glance: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly addressOf: (sheet: number) => string | undefined,
    /** A sheet does not come: its address may have expired. */
    private readonly onMissing: () => Promise<void>,
  ) {}

  /** Whether a sheet can be shown without a wait. */
  isReady(sheet: number): Signal<boolean> {
    const known = this.ready.get(sheet) ?? signal(false);
    this.ready.set(sheet, known);
    return known;
  }

  /** Have sheets fetched, once they have stayed near the window for a moment. */
  want(wanted: Wanted): void {
    this.wanted = wanted;
    this.timer ??= setTimeout(() => this.look(), TICK_MS);
  }

  /** Have one more sheet fetched, of what the pointer stays on for a moment. */
  wantAlso(sheet: number): void {
    clearTimeout(this.glance);
    this.glance = setTimeout(() => this.fetchUnknown(sheet), TICK_MS);
  }

  stop(): void {
    clearTimeout(this.timer);
    clearTimeout(this.glance);
    this.wanted = { sheets: [], top: 0, window: 1 };
  }

  private look(): void {
    const { top, window } = this.wanted;
    const isFlying = Math.abs(top - this.topBefore) > window;
    this.topBefore = top;
    this.timer = isFlying ? setTimeout(() => this.look(), TICK_MS) : undefined;
    if (!isFlying) this.fetchNext();
  }

  private fetchNext(): void {
    for (const sheet of this.wanted.sheets) {
      if (this.fetching.size >= FETCHED_AT_ONCE) return;
      this.fetchUnknown(sheet);
    }
  }

  private fetchUnknown(sheet: number): void {
    const isKnown = [this.pictures, this.fetching, this.missing].some((each) => each.has(sheet));
    if (!isKnown && this.addressOf(sheet) !== undefined) void this.fetch(sheet);
  }

  private async fetch(sheet: number): Promise<void> {
    this.fetching.add(sheet);
    const picture = await this.decoded(sheet).catch(async () => {
      await this.onMissing();
      return this.decoded(sheet).catch(() => null);
    });
    this.fetching.delete(sheet);
    if (picture === null) this.missing.add(sheet);
    else this.hold(sheet, picture);
    this.fetchNext();
  }

  private async decoded(sheet: number): Promise<HTMLImageElement> {
    const picture = new Image();
    picture.src = this.addressOf(sheet) ?? '';
    await picture.decode();
    return picture;
  }

  private hold(sheet: number, picture: HTMLImageElement): void {
    this.pictures.set(sheet, picture);
    this.isReady(sheet).value = true;
    for (const old of this.pictures.keys()) {
      if (this.pictures.size <= HELD) break;
      if (!this.wanted.sheets.includes(old)) this.pictures.delete(old);
    }
  }
}
