// Clients that generators make of docs/openapi.yaml: they compile by `tsc --strict`, and do what a
// client is for.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { cpSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { npmDirectory, sourceFile, startNode, temporaryDirectory } from './node_fixture.mjs';

const program = (name) => join(npmDirectory, 'node_modules/.bin', name);

/** Runs a program to its end; gives what it printed. Not synchronous: it may call this process. */
async function run(command, args, cwd) {
  const child = spawn(command, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  let out = '';
  let error = '';
  child.stdout.on('data', (x) => (out += x));
  child.stderr.on('data', (x) => (error += x));
  const code = await new Promise((resolve, reject) => child.on('close', resolve).on('error', reject));
  assert.equal(code, 0, `${command} ${args.join(' ')}\n${out}${error}`);
  return out;
}

/** A project with the client's source, and the installed packages. */
function project(source) {
  const out = temporaryDirectory();
  for (const file of [source, 'tsconfig.json']) cpSync(sourceFile(`tests/peers/clients/${file}`), join(out, file));
  writeFileSync(join(out, 'package.json'), '{"private": true}\n');
  symlinkSync(join(npmDirectory, 'node_modules'), join(out, 'node_modules'));
  return out;
}

async function checkClient(t, directory, name) {
  await run(program('tsc'), ['-p', '.'], directory);
  const node = await startNode(t, ['--webhooks-allow-http', '--webhooks-allow', '127.0.0.1/32']);
  const printed = await run(process.execPath,
    [join('built', `${name}.js`), node.data, node.admin, 'http://127.0.0.1:9/hook'], directory);
  const { secret, ...rest } = JSON.parse(printed);
  assert.match(secret, /^whsec_/);
  assert.deepEqual(rest, {
    seq: 1, verdicts: ['false', 'schema_violation'], events: 1, total: 12.5, code: 'unknown_type',
  });
}

test('openapi-typescript with openapi-fetch', async (t) => {
  const directory = project('openapi_fetch.ts');
  await run(program('openapi-typescript'), [sourceFile('docs/openapi.yaml'), '-o', 'schema.ts'], directory);
  await checkClient(t, directory, 'openapi_fetch');
});

test('@hey-api/openapi-ts', async (t) => {
  const directory = project('hey_api.ts');
  await run(program('openapi-ts'),
    ['-i', sourceFile('docs/openapi.yaml'), '-o', 'generated', '-c', '@hey-api/client-fetch', '--silent'], directory);
  await checkClient(t, directory, 'hey_api');
});
