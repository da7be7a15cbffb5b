/** Which frames of an extraction the user has picked, and which rejected; kept by the browser. */
import { type ReadonlySignal, signal } from '@preact/signals';
import { RecordStore } from '../database';
import { onLogOut } from '../session/session';
import { common, has, inverted, NONE, type Ranges, rangesOf, union, without } from './ranges';
import type { View } from './view';

interface Record {
  /** The extraction's id. */
  key: string;
  picked: Ranges;
  rejected: Ranges;
}

export type Mark = 'picked' | 'rejected' | null;

const store = new RecordStore<Record>('fotograma-picks', 'picks');

onLogOut(() => store.clear());

export class Picks {
  private readonly pickedNow = signal<Ranges>(NONE);
  private readonly rejectedNow = signal<Ranges>(NONE);
  /** Where a range that is extended begins, and what is picked besides. */
  private anchor = 0;
  private others: Ranges = NONE;
  private isKeeping = false;
  private isChanged = false;

  constructor(private readonly extractionId: string) {}

  get picked(): ReadonlySignal<Ranges> {
    return this.pickedNow;
  }

  get rejected(): ReadonlySignal<Ranges> {
    return this.rejectedNow;
  }

  /** Take up what was picked before; unless something has been picked meanwhile. */
  async restore(): Promise<void> {
    const kept = await store.get(this.extractionId).catch(() => undefined);
    if (kept === undefined || this.pickedNow.value !== NONE) return;
    this.pickedNow.value = kept.picked;
    this.rejectedNow.value = kept.rejected;
  }

  markOf(position: number): Mark {
    if (has(this.pickedNow.value, position)) return 'picked';
    return has(this.rejectedNow.value, position) ? 'rejected' : null;
  }

  mark(positions: readonly number[], mark: Mark): void {
    const ranges = rangesOf(positions);
    const others = (all: Ranges) => without(all, ranges);
    const { value: picked } = this.pickedNow;
    const { value: rejected } = this.rejectedNow;
    this.set(
      mark === 'picked' ? union(picked, ranges) : others(picked),
      mark === 'rejected' ? union(rejected, ranges) : others(rejected),
    );
  }

  /** Pick a frame, or do not any more; a range may be extended from it. */
  toggle(position: number): void {
    this.mark([position], this.markOf(position) === 'picked' ? null : 'picked');
    this.begin(position);
  }

  /** Have a range begin at a frame. */
  begin(position: number): void {
    this.anchor = position;
    this.others = this.pickedNow.value;
  }

  /** Pick what is shown from where the range begins to a frame, in the place of what it was before. */
  extend(position: number, view: View): void {
    const positions = view.between(view.placeOf(this.anchor), view.placeOf(position));
    this.pickAlso(positions);
  }

  /** Pick these besides what was picked when the range began. */
  pickAlso(positions: readonly number[]): void {
    const ranges = rangesOf(positions);
    this.set(union(this.others, ranges), without(this.rejectedNow.value, ranges));
  }

  /** Pick these alone of what is shown. */
  replace(ranges: Ranges, view: View): void {
    const shown = common(ranges, view.ranges);
    const kept = without(this.pickedNow.value, view.ranges);
    this.set(union(kept, shown), without(this.rejectedNow.value, shown));
  }

  /** Pick these, too, of what is shown. */
  add(ranges: Ranges, view: View): void {
    this.replace(union(this.pickedNow.value, ranges), view);
  }

  invert(view: View, count: number): void {
    this.replace(inverted(this.pickedNow.value, count), view);
  }

  /** Pick none; returns what was picked, and what picks it again. */
  clear(): () => void {
    const [picked, rejected] = [this.pickedNow.value, this.rejectedNow.value];
    this.set(NONE, rejected);
    return () => this.set(picked, rejected);
  }

  /** Pick what a link says. */
  adopt(ranges: Ranges): void {
    this.set(ranges, without(this.rejectedNow.value, ranges));
  }

  private set(picked: Ranges, rejected: Ranges): void {
    this.pickedNow.value = picked;
    this.rejectedNow.value = rejected;
    this.isChanged = true;
    if (!this.isKeeping) void this.keep();
  }

  /** Keep what is picked, as often as it changes, but one change after the other. */
  private async keep(): Promise<void> {
    this.isKeeping = true;
    while (this.isChanged) {
      this.isChanged = false;
      const [picked, rejected] = [this.pickedNow.value, this.rejectedNow.value];
      const isEmpty = picked.length === 0 && rejected.length === 0;
      const record = { key: this.extractionId, picked, rejected };
      await (isEmpty ? store.delete(this.extractionId) : store.put(record)).catch(() => {});
    }
    this.isKeeping = false;
  }
}
