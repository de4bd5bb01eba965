#!/usr/bin/env node
/** `carillon-types`: prints a module with the event types that applications registered at a node. */
import { Port } from '../http.js';
import { runtime } from '../environment.js';
import { messageOf } from '../errors.js';
import { augmentation, type ListedType } from '../generate.js';

const usage = `Usage: carillon-types [--admin-url URL] [--key KEY] > src/carillon-types.ts
Prints the event types that were registered at a node, as a module that the package "carillon" learns them from.
  --admin-url URL  the admin port [CARILLON_ADMIN_URL], by default http://127.0.0.1:7071
  --key KEY        a key of the role reader [CARILLON_KEY]; better in the environment than in a flag`;

function optionsOf(words: readonly string[]): { adminUrl: string; key: string | undefined } {
  const options = { adminUrl: process.env.CARILLON_ADMIN_URL ?? 'http://127.0.0.1:7071', key: process.env.CARILLON_KEY };
  for (let index = 0; index < words.length; index += 2) {
    const value = words[index + 1];
    if (words[index] === '--admin-url' && value !== undefined) options.adminUrl = value;
    else if (words[index] === '--key' && value !== undefined) options.key = value;
    else throw new TypeError(`${String(words[index])} is no option, or has no value`);
  }
  return options;
}

async function main(words: readonly string[]): Promise<number> {
  if (words.includes('--help')) {
    console.log(usage);
    return 0;
  }
  let options;
  try {
    options = optionsOf(words);
  } catch (error) {
    console.error(`${messageOf(error)}\n${usage}`);
    return 2;
  }
  try {
    const { types } = await new Port(options.adminUrl, options.key, runtime).json<{ types: ListedType[] }>({ path: '/api/events/types' });
    process.stdout.write(augmentation(types));
    return 0;
  } catch (error) {
    console.error(messageOf(error));
    return 1;
  }
}

process.exitCode = await main(process.argv.slice(2));
