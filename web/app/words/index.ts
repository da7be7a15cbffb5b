/** The page's words: typed keys in each language, and numbers as each language writes them. */
import { batch, computed, effect, signal } from '@preact/signals';
import type { en } from './en';

export type Words = { readonly [Key in keyof typeof en]: string };
export type Key = keyof typeof en;
export type Language = 'en' | 'pt';

type Names<Text extends string> = Text extends `${string}{${infer Name}}${infer Rest}`
  ? Name | Names<Rest>
  : never;
type Values<Text extends string> = { [Name in Names<Text>]: string };
type Rest<Text extends string> = Names<Text> extends never ? [] : [values: Values<Text>];
type Counted = Key extends infer K ? (K extends `${infer Stem}.one` ? Stem : never) : never;

const STORED = 'fotograma-language';
/** A language's words are fetched when it is spoken: nobody needs both. */
const FETCHES: Record<Language, () => Promise<Words>> = {
  en: async () => (await import('./en')).en,
  pt: async () => (await import('./pt')).pt,
};
const TAGS: Record<Language, string> = { en: 'en', pt: 'pt-BR' };

let wanted = firstLanguage();
/** Empty until `learnToSpeak` has ended; nothing is shown before. */
const words = signal<Words>({} as Words);
export const language = signal<Language>(wanted);
/** The language's BCP 47 tag. */
export const tag = computed(() => TAGS[language.value]);

effect(() => {
  document.documentElement.lang = tag.value;
});

/** What another tab speaks is spoken here, too. */
addEventListener('storage', ({ key, newValue }) => {
  if (key === STORED && (newValue === 'en' || newValue === 'pt')) void change(newValue);
});

/** Fetch the first language's words. Rejects where they do not come. */
export async function learnToSpeak(): Promise<void> {
  words.value = await FETCHES[wanted]();
}

/** Speak a language from now on, and after a reload too. */
export function speak(next: Language): void {
  void change(next);
  try {
    localStorage.setItem(STORED, next);
  } catch {
    // A browser that keeps nothing asks for the language again.
  }
}

/** Change the language once its words are there; where they do not come, it stays as it is. */
async function change(next: Language): Promise<void> {
  wanted = next;
  const found = await FETCHES[next]().catch(() => null);
  if (found === null || wanted !== next) return;
  batch(() => {
    words.value = found;
    language.value = next;
  });
}

/** Whether there are words of this name. */
export function isKey(name: string): name is Key {
  return name in words.value;
}

/** The words of a key, with its placeholders filled in. */
export function t<K extends Key>(key: K, ...rest: Rest<(typeof en)[K]>): string {
  return filled(words.value[key], rest[0] ?? {});
}

/**
 * What says the words of a screen in the language that is spoken: one that few people open has words
 * of its own, which are fetched with it.
 */
export function speaker<const English extends Record<string, string>>(
  english: English,
  portuguese: { readonly [Key in keyof English]: string },
) {
  return <Key extends keyof English & string>(key: Key, ...rest: Rest<English[Key]>): string => {
    const spoken = language.value === 'pt' ? portuguese : english;
    return filled(spoken[key] as string, rest[0] ?? {});
  };
}

/** `{n} frames` in the plural form that the language has for the number. */
export function counted(stem: Counted, n: number): string {
  const form = new Intl.PluralRules(tag.value).select(n) === 'one' ? 'one' : 'other';
  return filled(words.value[`${stem}.${form}` as Key], { n: number(n) });
}

function filled(text: string, values: Partial<Record<string, string>>): string {
  return text.replace(/\{(\w+)\}/g, (place, name: string) => isolated(values[name] ?? place));
}

const TURNING =
  /[\p{Bidi_Control}\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}\p{Script=Adlam}]/u;

/** What is written from right to left, kept from turning the words around it. */
function isolated(value: string): string {
  return TURNING.test(value) ? `\u2068${value}\u2069` : value;
}

function firstLanguage(): Language {
  let stored: string | null = null;
  try {
    stored = localStorage.getItem(STORED);
  } catch {
    // as above
  }
  const known = [stored, ...navigator.languages].find((each) => /^(en|pt)\b/.test(each ?? ''));
  return known?.startsWith('pt') ? 'pt' : 'en';
}

const formats = new Map<string, Intl.NumberFormat>();

/** Write a number in the language. A format is made once: that takes longer than all it writes in a row. */
function written(value: number, options: Intl.NumberFormatOptions): string {
  const key = tag.value + JSON.stringify(options);
  const format = formats.get(key) ?? new Intl.NumberFormat(tag.value, options);
  formats.set(key, format);
  return format.format(value);
}

export function number(value: number, fraction = 0): string {
  return written(value, { maximumFractionDigits: fraction });
}

export function percent(share: number): string {
  return written(share, { style: 'percent' });
}

const UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;

/** `1.8 GB`: three digits at most, powers of 1,000 as disks are sold and the API's limits are told. */
export function bytes(value: number): string {
  const power = value < 1000 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log10(value) / 3));
  const scaled = value / 1000 ** power;
  return written(scaled, {
    style: 'unit',
    unit: UNITS[power] ?? 'byte',
    unitDisplay: power === 0 ? 'long' : 'short',
    maximumFractionDigits: power === 0 || scaled >= 100 ? 0 : 1,
  });
}

/** `12 min`, `40 s`: how long something will take, in one unit. */
export function span(seconds: number): string {
  const [value, unit] =
    seconds < 90
      ? [Math.max(1, Math.round(seconds)), 'second']
      : seconds < 90 * 60
        ? [Math.round(seconds / 60), 'minute']
        : [Math.round(seconds / 3600), 'hour'];
  return written(value as number, {
    style: 'unit',
    unit: unit as string,
    unitDisplay: 'short',
  });
}

/** `1:02:05`, and with fraction digits `0:02.500`. */
export function clock(seconds: number, digits = 0): string {
  const scale = 10 ** digits;
  const ticks = Math.floor(seconds * scale + 1e-6);
  const whole = Math.floor(ticks / scale);
  const [hours, minutes, rest] = [
    Math.floor(whole / 3600),
    Math.floor(whole / 60) % 60,
    whole % 60,
  ];
  const start = hours > 0 ? `${hours}:${String(minutes).padStart(2, '0')}` : `${minutes}`;
  const fraction = digits > 0 ? `.${String(ticks % scale).padStart(digits, '0')}` : '';
  return `${start}:${String(rest).padStart(2, '0')}${fraction}`;
}

export function day(iso: string): string {
  return new Intl.DateTimeFormat(tag.value, { dateStyle: 'medium' }).format(new Date(iso));
}

export function moment(iso: string): string {
  return new Intl.DateTimeFormat(tag.value, { dateStyle: 'medium', timeStyle: 'short' }).format(
    new Date(iso),
  );
}
