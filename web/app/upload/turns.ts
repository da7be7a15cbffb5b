/** Lets so many work at once; the others wait, in the order they came. */
export class Turns {
  private readonly waiting = new Set<() => void>();

  constructor(private free: number) {}

  /** Do something when its turn has come. Rejects if `stop` comes first. */
  async take<Result>(work: () => Promise<Result>, stop: AbortSignal): Promise<Result> {
    await this.next(stop);
    try {
      return await work();
    } finally {
      this.pass();
    }
  }

  private async next(stop: AbortSignal): Promise<void> {
    stop.throwIfAborted();
    if (this.free > 0) this.free -= 1;
    else await this.called(stop);
  }

  private called(stop: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const begin = () => {
        stop.removeEventListener('abort', leave);
        resolve();
      };
      const leave = () => {
        this.waiting.delete(begin);
        reject(stop.reason);
      };
      this.waiting.add(begin);
      stop.addEventListener('abort', leave, { once: true });
    });
  }

  private pass(): void {
    const [begin] = this.waiting;
    if (begin === undefined) this.free += 1;
    else {
      this.waiting.delete(begin);
      begin();
    }
  }
}
