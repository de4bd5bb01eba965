// The texts of the portal in German and English. They are data (texts/): another language is another set of files.
import { setLocale } from '../format';
import sharedEnglish from '../ui/words.en.json';
import { speak } from '../ui/words';
import german from './texts/de.json';
import english from './texts/en.json';
import sentences from './texts/sentences.json';
import sharedGerman from './texts/shared.de.json';
import words from './texts/words.json';

export type Language = 'de' | 'en';
export type Key = keyof typeof english;

const languages = {
  en: { own: english, shared: sharedEnglish, numbers: 'en', times: 'en-GB' },
  de: { own: german, shared: sharedGerman, numbers: 'de', times: 'de-DE' },
};

let current: Language = 'en';
let patterns: [RegExp, string][] = [];

/** A text, with a value in the place of `{}`. */
export function t(key: Key, value?: string | number): string {
  const text = languages[current].own[key];
  return value === undefined ? text : text.replace('{}', () => String(value));
}

/** German for `de`, `de-AT` …, else English. */
export const languageOf = (tag: string): Language => (/^de\b/i.test(tag) ? 'de' : 'en');

export function setLanguage(to: Language): void {
  current = to;
  const { shared, numbers, times } = languages[to];
  const known = words[to] as Record<string, string>;
  const said = to === 'de' ? sentences.de : { patterns: [], codes: {} as Record<string, string> };
  patterns = said.patterns.map(([from, into]) => [new RegExp(from as string), into as string]);
  const codes = said.codes as Record<string, string>;
  speak(
    shared,
    (word) => known[word] ?? word.replaceAll('_', ' '),
    (text, code) => {
      const read = patterns.reduce((x, [from, into]) => x.replace(from, into), text);
      // What was translated needs no explanation.
      return read === text && code && codes[code] ? `${codes[code]} (${text})` : read;
    },
  );
  setLocale(numbers, times);
  document.documentElement.lang = to;
}
