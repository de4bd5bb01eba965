/** The package in other runtimes, with their own fetch and WebSocket: those that $CARILLON_BUN and $CARILLON_DENO name. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { delivery, fakeNode } from './support/fake_node.js';
import { eventually, startNode, temporaryDirectory } from './support/node.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const node = await startNode();
after(() => node.stop());
const project = temporaryDirectory();
// Without `ws`, but in Node.js 20.
mkdirSync(join(project, 'node_modules/carillon'), { recursive: true });
for (const name of ['package.json', 'dist']) cpSync(join(root, name), join(project, 'node_modules/carillon', name), { recursive: true });
cpSync(join(root, 'test/fixtures/runtime.mjs'), join(project, 'runtime.mjs'));
if (!('WebSocket' in globalThis)) symlinkSync(join(root, 'node_modules/ws'), join(project, 'node_modules/ws'));

const runtimes: [string, string | undefined, string[]][] = [
  ['Node.js', process.execPath, []],
  ['Bun', process.env.CARILLON_BUN, []],
  ['Deno', process.env.CARILLON_DENO, ['run', '--allow-all', '--no-lock', '--node-modules-dir=manual']],
];
for (const [name, command, words] of runtimes) {
  test(`it works in ${name}`, { skip: command ? false : 'its variable names no program' }, async (t) => {
    const workers = await fakeNode(t);
    const ending = promisify(execFile)(command ?? '', [...words, 'runtime.mjs', node.url, node.adminUrl, workers.url], { cwd: project, timeout: 30_000 });
    void workers.nth(0).then((connection) => {
      connection.send({ op: 'deliver', deliveries: [delivery(7)] });
    }).catch(() => undefined);
    const { stdout } = await ending;
    assert.deepEqual(JSON.parse(stdout), { same: true, events: 2, seq: 7, valid: true });
    const [connection] = workers.connections;
    assert.deepEqual([connection?.authorization, connection?.protocols], ['Bearer ck_test', ['carillon.consumer.v1']]);
    await eventually(() => connection?.messages.some((message) => message.op === 'ack'), 'the acknowledgement');
  });
}
