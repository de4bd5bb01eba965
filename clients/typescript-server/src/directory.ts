import { fileURLToPath } from 'node:url';

/** Of the package. The CommonJS form of this file is written by scripts/build.mjs. */
// eslint-disable-next-line @typescript-eslint/ban-ts-comment -- an error in one of the two forms only
// @ts-ignore -- CommonJS has no import.meta
export const packageDirectory = fileURLToPath(new URL('../..', import.meta.url));
