// A node that is killed again and again: every occurrence, and every delayed event, is in the log once.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { eventually, temporaryDirectory } from './node_fixture.mjs';

const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);
let state = seed;
const random = () => ((state = (state * 1_103_515_245 + 12_345) % 2_147_483_648) / 2_147_483_648);
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function start(directory) {
  const words = ['serve', '--dev', '--data-dir', directory, '--listen', '127.0.0.1:0', '--admin-listen', '127.0.0.1:0', '--accept-unknown-types'];
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', process.env.CARILLON_BINARY, ...words], { stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise((resolve) => child.once('close', resolve));
  const lines = [];
  const ready = new Promise((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr])
      createInterface({ input: stream }).on('line', (line) => {
        lines.push(line);
        const match = /^ready data=(\S+) admin=(\S+)/.exec(line);
        if (match) resolve(match);
      });
    void ended.then((code) => reject(new Error(`the node ended with ${code}:\n${lines.join('\n')}`)));
  });
  const [, data, admin] = await ready;
  const kill = async () => {
    child.kill('SIGKILL');
    await ended;
  };
  return { data: `http://${data}`, admin: `http://${admin}`, kill };
}

async function ask(url, method, body) {
  const answer = await fetch(url, { method, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });
  assert.ok(answer.ok, `${url}: ${answer.status} ${answer.ok ? '' : await answer.text()}`);
  return answer.json();
}

async function allEvents(node, types) {
  const out = [];
  let cursor = null;
  do {
    const page = await ask(`${node.admin}/api/events?types=${types}&limit=1000&order=asc${cursor ? `&cursor=${cursor}` : ''}`, 'GET');
    out.push(...page.events);
    cursor = page.nextCursor;
  } while (cursor);
  return out;
}

test(`killed ten times, nothing is lost and nothing comes twice; SEED=${seed}`, async (t) => {
  const directory = join(temporaryDirectory(), 'data');
  let node = await start(directory);
  t.after(() => node.kill());
  const names = Array.from({ length: 20 }, (_, i) => `s${i}`);
  for (const name of names) await ask(`${node.admin}/api/schedules/${name}`, 'PUT', { every: '1s', missed: 'all', event: { type: 'crash.tick', data: {} } });
  const began = Date.now();
  const delayed = new Map();
  for (let i = 0; i < 300; i += 1) {
    const at = new Date(began + random() * 12_000).toISOString();
    delayed.set(`d${i}`, at);
    await ask(`${node.data}/api/events?publishAt=${at}`, 'POST', { type: 'crash.later', id: `d${i}`, source: '/crash', data: {} });
  }
  for (let i = 0; i < 10; i += 1) {
    await pause(100 + random() * 900);
    await node.kill();
    node = await start(directory);
  }
  await eventually(async () => (await ask(`${node.admin}/api/delayed-events`, 'GET')).delayed.length === 0, 'the end of what waits', 40_000);
  await eventually(async () => (await Promise.all(names.map((name) => ask(`${node.admin}/api/schedules/${name}`, 'GET')))).every((x) => new Date(x.nextAt) > new Date(Date.now() - 500)), 'the end of what is due', 40_000);
  for (const name of names) await ask(`${node.admin}/api/schedules/${name}/pause`, 'POST');
  const ticks = await allEvents(node, 'crash.tick');
  for (const name of names) {
    const ids = ticks.filter((x) => x.source === `/schedules/${name}`).map((x) => new Date(x.id).getTime()).sort((a, b) => a - b);
    assert.ok(ids.length > 10, `${name} happened ${ids.length} times`);
    ids.forEach((id, i) => assert.equal(id, ids[0] + i * 1_000, `${name}: number ${i}`));
  }
  const later = await allEvents(node, 'crash.later');
  assert.equal(later.length, delayed.size);
  assert.equal(new Set(later.map((x) => x.id)).size, delayed.size);
  for (const x of later) assert.equal(new Date(x.time).toISOString(), delayed.get(x.id), x.id);
});
