// A provider is answered 202 when its delivery is on the disk, and not before: with a disk that holds its syncs, and one that fails them.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { eventually, sourceFile, temporaryDirectory } from './node_fixture.mjs';

const secret = 'secret-of-a-provider';

async function start(directory, variables = {}) {
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', process.env.CARILLON_BINARY, 'serve', '--dev', '--accept-unknown-types', '--data-dir', directory,
    '--listen', '127.0.0.1:0', '--admin-listen', '127.0.0.1:0'], { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, ...variables } });
  const ended = new Promise((resolve) => child.once('close', resolve));
  const [, data, admin] = await new Promise((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const match = /^ready data=(\S+) admin=(\S+)/.exec(line);
      if (match) resolve(match);
    });
    void ended.then((code) => reject(new Error(`the node ended with ${code}`)));
  });
  return { data: `http://${data}`, admin: `http://${admin}`, kill: () => (child.kill('SIGKILL'), ended) };
}

function deliver(node, id) {
  const body = JSON.stringify({ n: id });
  return fetch(`${node.data}/in/hook`, { method: 'POST', body, headers: { 'Content-Type': 'application/json', 'x-id': id, 'x-sig': createHmac('sha256', secret).update(body).digest('hex') } });
}

const stored = async (node) => (await (await fetch(`${node.admin}/api/events?types=hook.event`)).json()).events.map((x) => x.id).sort();

test('202 comes after the sync, not before, and never of a sync that failed', async (t) => {
  const library = join(temporaryDirectory(), 'held_sync.so');
  const built = spawnSync('cc', ['-shared', '-fPIC', '-O1', '-o', library, sourceFile('tests/support/held_sync.c')], { encoding: 'utf8' });
  assert.equal(built.status, 0, built.stderr);
  const orders = join(temporaryDirectory(), 'order');
  const syncs = (order) => writeFileSync(orders, order, { flag: 'r+' });
  writeFileSync(orders, '0 ');
  const directory = join(temporaryDirectory(), 'data');
  let node = await start(directory, { LD_PRELOAD: library, HELD_SYNC_FILE: orders });
  t.after(() => node.kill());
  const made = await fetch(`${node.admin}/api/inbound/hook`, { method: 'PUT', headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ preset: 'hmac', secret, signature: { header: 'x-sig' }, type: 'hook.event', id: '{header:x-id}' }) });
  assert.ok(made.ok, await made.text());
  assert.equal((await deliver(node, 'before')).status, 202);

  syncs('1');
  let answered = false;
  const held = deliver(node, 'held').then((answer) => ((answered = true), answer));
  await eventually(async () => readFileSync(orders, 'latin1')[1] === 'h', 'a sync of the log that waits');
  // What was answered before the sync has come before this answer.
  assert.ok((await fetch(`${node.data}/healthz`)).ok);
  assert.equal(answered, false, 'it was answered while the disk had not confirmed it');
  syncs('0');
  assert.equal((await held).status, 202);

  syncs('2');
  const refused = await deliver(node, 'refused');
  assert.equal(refused.status, 503, await refused.text());
  syncs('0');
  // A provider sends again what was not answered with 2xx, until the log has gone on.
  let last;
  await eventually(async () => (last = await deliver(node, 'refused')).status === 202, 'the log goes on').catch((error) => assert.fail(`${error.message}: ${last.status}`));
  await node.kill();
  node = await start(directory);
  assert.deepEqual(await stored(node), ['before', 'held', 'refused']);
});
