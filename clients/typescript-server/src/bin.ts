#!/usr/bin/env node
/** `npx carillon-server --dev`: runs the node that the package carries. The first word may be another of its commands. */
import { spawn } from 'node:child_process';
import { binaryPath, boundToParent } from './binary.js';

const given = process.argv.slice(2);
const isCommand = given[0] !== undefined && !given[0].startsWith('-');
let path: string;
try {
  path = binaryPath();
} catch (error) {
  console.error((error as Error).message);
  process.exit(1);
}
const bound = boundToParent(path, isCommand ? given : ['serve', ...given]);
const child = spawn(bound.command, bound.words, { stdio: 'inherit' });
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal));
child.once('error', (error) => {
  console.error(error.message);
  process.exitCode = 1;
});
child.once('close', (code, signal) => {
  process.exitCode = code ?? (signal === null ? 1 : 128);
});
