// Texts of the parts that the operations page and the portal share. The portal replaces them by those of its language.
import english from './words.en.json';

export type Words = typeof english;

export const words: Words = { ...english };

/** `Attempt {}` with a value. */
export const put = (text: string, value: string | number): string => text.replace('{}', () => String(value));

/** A word of the API, such as an outcome, as people read it; what is not known is shown as it is. */
let readable: (word: string) => string = (word) => word.replaceAll('_', ' ');
/** A sentence of the node, as people read it; `code` is that of a refusal. */
let sentence: (text: string, code?: string) => string = (text) => text;

export const asWord = (word: string): string => readable(word);
export const asSentence = (text: string, code?: string): string => sentence(text, code);

/** Takes another language from now on; what is on the screen has to be drawn again. */
export function speak(texts: Words, word: (x: string) => string, said: (x: string, code?: string) => string): void {
  Object.assign(words, texts);
  readable = word;
  sentence = said;
}
