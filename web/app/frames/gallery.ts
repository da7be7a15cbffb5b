/** The frames of an extraction as they are looked through: which are shown, picked, opened. */
import { batch, computed, type Signal, signal } from '@preact/signals';
import type { Extraction, Video } from '../api/client';
import { DuplicateSearch } from '../similarity/duplicates';
import { FrameList } from './frame-list';
import { SIZES } from './layout';
import { Picks } from './picks';
import { common, inverted, type Ranges, without } from './ranges';
import { SheetPictures } from './sheets';
import { View } from './view';

const SIZE = 'fotograma-cell-size';

interface Size {
  width: number;
  height: number;
}

export class Gallery {
  readonly list: FrameList;
  readonly picks: Picks;
  readonly pictures: SheetPictures;
  readonly isOnlyPicked = signal(false);
  readonly isRejectedHidden = signal(false);
  /** The position of the frame that keys act on. */
  readonly focused = signal(0);
  /** The position of the frame that is shown by itself. */
  readonly opened = signal<number | null>(null);
  /** The frames that a contact sheet is to be made of. */
  readonly onSheet = signal<Ranges | null>(null);
  /** Pixels of a frame; before one has been fetched, those of the video. */
  readonly frameSize: Signal<Size | null>;
  readonly duplicates: DuplicateSearch;
  readonly isDuplicatesHidden = signal(false);
  /** The places that the window shows, `[first, last]`. */
  readonly seen = signal<readonly [number, number]>([0, 0]);
  /** What the user has chosen of the sizes; null where it is the window's. */
  readonly size = signal<number | null>(keptSize());
  /** Have a place of the grid brought into view; by the grid, once it is there. */
  goTo: (place: number) => void = () => {};
  /** Have keys act on a frame, and its cell seen and focused; by the grid, too. */
  focusOn: (position: number) => void = () => {};

  readonly view = computed(() => {
    const { picked, rejected } = this.picks;
    const { total } = this.list;
    const gone = this.isDuplicatesHidden.value ? (this.duplicates.found.value?.others ?? []) : [];
    const refused = this.isRejectedHidden.value ? rejected.value : [];
    const wanted = this.isOnlyPicked.value ? picked.value : null;
    if (gone.length === 0 && refused.length === 0 && wanted === null) return View.all(total);
    const left = without(inverted(gone, total), refused);
    return View.of(wanted === null ? left : common(left, wanted));
  });

  constructor(
    readonly video: Video,
    readonly extraction: Extraction,
  ) {
    this.list = new FrameList(extraction);
    this.frameSize = signal(extraction.source);
    this.picks = new Picks(extraction.id);
    this.duplicates = new DuplicateSearch(this.list);
    this.pictures = new SheetPictures(
      (sheet) => this.list.sheet(sheet)?.url,
      () => this.list.load(),
    );
  }

  async load(): Promise<void> {
    await Promise.all([this.list.load(), this.picks.restore()]);
  }

  stop(): void {
    this.list.stop();
    this.pictures.stop();
    this.duplicates.stop();
  }

  /** What is picked; or else all that is shown. */
  get wanted(): Ranges {
    const picked = this.picks.picked.value;
    return picked.length > 0 ? picked : this.view.value.ranges;
  }

  /** Show all frames there are. */
  showAll(): void {
    batch(() => {
      this.isOnlyPicked.value = false;
      this.isRejectedHidden.value = false;
      this.isDuplicatesHidden.value = false;
    });
  }

  /** Seconds from the first frame to the end of the video, as far as that is known. */
  get duration(): number {
    const last = this.list.seconds(this.list.total - 1);
    return Math.max(this.extraction.source?.duration_seconds ?? 0, last);
  }

  /** A picture's width by its height, of all of them. */
  get ratio(): number {
    const tile = this.list.known.value > 0 ? this.list.tileAt(0) : null;
    const { source } = this.extraction;
    if (tile !== null) return tile.width / tile.height;
    return source ? source.width / source.height : 16 / 9;
  }

  chooseSize(size: number): void {
    this.size.value = Math.max(0, Math.min(SIZES.length - 1, size));
    try {
      localStorage.setItem(SIZE, `${this.size.value}`);
    } catch {
      // A browser that keeps nothing shows the first size again.
    }
  }

  /** Show the frame that is on screen at a time, and have keys act on it. */
  goToTime(seconds: number): void {
    const position = this.list.positionAt(seconds);
    batch(() => {
      const place = this.view.value.placeOf(position);
      this.focused.value = this.view.value.at(place);
      this.goTo(place);
    });
  }
}

function keptSize(): number | null {
  try {
    const kept = Number.parseInt(localStorage.getItem(SIZE) ?? '', 10);
    return kept >= 0 && kept < SIZES.length ? kept : null;
  } catch {
    return null;
  }
}
