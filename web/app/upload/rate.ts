/** How fast an upload goes, and how long it will still take. */
import type { ReadonlySignal } from '@preact/signals';

const SAMPLE_MS = 1000;
/** The share of the newest second in the average: one of ten seconds. */
const WEIGHT = 0.15;
const SETTLED_SAMPLES = 3;

export class Rate {
  private readonly timer: ReturnType<typeof setInterval>;
  private last: number;
  private perSecond = 0;
  private samples = 0;

  constructor(
    private readonly sent: ReadonlySignal<number>,
    private readonly size: number,
    private readonly tell: (secondsLeft: number | null) => void,
  ) {
    this.last = sent.value;
    this.timer = setInterval(() => this.sample(), SAMPLE_MS);
  }

  stop(): void {
    clearInterval(this.timer);
    this.tell(null);
  }

  private sample(): void {
    const now = Math.max(0, this.sent.value - this.last);
    this.last = this.sent.value;
    this.perSecond = this.samples === 0 ? now : this.perSecond * (1 - WEIGHT) + now * WEIGHT;
    this.samples += 1;
    const isKnown = this.samples >= SETTLED_SAMPLES && this.perSecond > 0;
    this.tell(isKnown ? (this.size - this.last) / this.perSecond : null);
  }
}
