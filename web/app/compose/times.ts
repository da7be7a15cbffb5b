/** Reads times as people write them: `1:02.5`, `62.5`, `1001/30`, `50%`, a CSV's column, an EDL. */
import { Fraction } from '../preflight/fraction';

export interface ReadTimes {
  /** As a recipe holds them: exact seconds, or per cent. */
  times: string[];
  /** What could not be read, as it was written. */
  unread: string[];
}

const EDL_EVENT = /^\d{3,}\s.*?(\d{2}:\d{2}:\d{2}[:;]\d{2})\s+\d{2}:\d{2}:\d{2}[:;]\d{2}/;
const PERCENT = /^\d{1,3}(\.\d{1,20})?%$/;

/** Read a list of times. `frameRate` gives an EDL's frames their length. */
export function readTimes(text: string, frameRate = 25): ReadTimes {
  const found: ReadTimes = { times: [], unread: [] };
  const isEdl = /^TITLE:/m.test(text) || EDL_EVENT.test(text.trimStart());
  const words = isEdl ? edlTimes(text) : text.split(/[\s,;]+/);
  for (const word of words.map((each) => each.replaceAll('"', '')).filter(Boolean)) {
    const time = readTime(word, frameRate);
    if (time === null) found.unread.push(word);
    else if (!found.times.includes(time)) found.times.push(time);
  }
  return found;
}

/** A list with one more time; null where it is among them already. */
export function withTime(text: string, time: string): string | null {
  const exact = readTime(time, 25);
  if (exact === null || readTimes(text).times.includes(exact)) return null;
  return text.trim() === '' ? time : `${text.trimEnd()}\n${time}`;
}

/** The start of each event on the source's clock. */
function edlTimes(text: string): string[] {
  return text.split('\n').flatMap((line) => EDL_EVENT.exec(line.trim())?.[1] ?? []);
}

function readTime(word: string, frameRate: number): string | null {
  if (PERCENT.test(word)) return Number.parseFloat(word) <= 100 ? word : null;
  const seconds = readSeconds(word, frameRate);
  return seconds === null || seconds.isBefore(Fraction.ZERO) ? null : seconds.toString();
}

/** Exact seconds of `62.5`, `1001/30`, `1:02.5`, `1:02:03.5` or, with frames, `00:01:02:12`. */
export function readSeconds(word: string, frameRate = 25): Fraction | null {
  const parts = word.trim().replace(/s$/, '').split(/[:;]/);
  if (parts.length > 4) return null;
  const frames = parts.length === 4 ? parts.pop() : undefined;
  let seconds = Fraction.ZERO;
  for (const [index, part] of parts.entries()) {
    const value = Fraction.parse(part);
    if (value === null || (index > 0 && !value.isBefore(Fraction.of(60n)))) return null;
    seconds = seconds.times(Fraction.of(60n)).plus(value);
  }
  if (frames === undefined) return seconds;
  const count = Fraction.parse(frames);
  const rate = Fraction.parse(String(frameRate));
  return count === null || rate === null ? null : seconds.plus(count.over(rate));
}
