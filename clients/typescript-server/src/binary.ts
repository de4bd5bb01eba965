import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { packageDirectory } from './directory.js';

/** The node that is run: that of $CARILLON_BINARY, or the one that the package carries. */
export function binaryPath(environment: NodeJS.ProcessEnv = process.env): string {
  const given = environment.CARILLON_BINARY;
  const path = given !== undefined && given !== '' ? given : join(packageDirectory, 'node/bin/carillon');
  if (existsSync(path)) return path;
  const why = given ? 'CARILLON_BINARY names no file' : `this package carries a node for Linux on x64 with glibc 2.36 or newer, and has ${existsSync(join(packageDirectory, 'node')) ? readdirSync(join(packageDirectory, 'node')).join(', ') : 'none'}`;
  throw new Error(`there is no ${path}: ${why}`);
}

/** Before a command: ends it when this process ends, however that happens, where the system has the means. */
export function boundToParent(command: string, words: readonly string[]): { command: string; words: string[] } {
  const setpriv = ['/usr/bin/setpriv', '/bin/setpriv'].find((path) => existsSync(path));
  return setpriv ? { command: setpriv, words: ['--pdeathsig', 'TERM', command, ...words] } : { command, words: [...words] };
}
