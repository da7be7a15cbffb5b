/** Says a change of state at once, and what changes all the time every ten seconds. */

const EVERY_MS = 10_000;

export class Narrator {
  private readonly states = new Map<string, string>();
  private readonly timer: ReturnType<typeof setInterval>;
  private last = '';

  /** `progress` gives the words of what is under way, which are none where nothing is. */
  constructor(
    private readonly say: (words: string) => void,
    private readonly progress: () => string,
  ) {
    this.timer = setInterval(() => this.goOn(), EVERY_MS);
  }

  /** Hear in which state something is. One that is new is said, if it has words; the first is not. */
  hear(key: string, state: string, words: () => string): void {
    const before = this.states.get(key);
    this.states.set(key, state);
    if (before === undefined || before === state) return;
    const said = words();
    if (said !== '') this.say(said);
  }

  /** Know of something, so that its next state is said. */
  meet(key: string): void {
    if (!this.states.has(key)) this.states.set(key, '');
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private goOn(): void {
    const words = this.progress();
    if (words !== '' && words !== this.last) this.say(words);
    this.last = words;
  }
}
