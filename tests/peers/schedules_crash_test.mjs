// A node that is killed again and again, on its own files and on PostgreSQL: every occurrence, and every delayed event, is in the
// log once. It is also killed before and after each write and sync of its files, and on PostgreSQL each message to the server; the
// server is killed, and on both the wall clock is set by hours.
//
// Short in CI: KILLS is how often it is killed at random, EVERY_MESSAGE=1 kills at each write and message, not at every seventh. SEED
// repeats.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { eventually, sourceFile, temporaryDirectory } from './node_fixture.mjs';

const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);
const kills = Number(process.env.KILLS ?? 10);
const stride = process.env.EVERY_MESSAGE ? 1 : 7;
/** Messages after a start at which it is killed: more than a round with all its transactions has. */
const messages = 84;
/** The same of writes and syncs. */
const writes = 70;
let state = seed;
const random = () => ((state = (state * 1_103_515_245 + 12_345) % 2_147_483_648) / 2_147_483_648);
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function start(options, variables = {}) {
  const words = ['serve', '--dev', '--listen', '127.0.0.1:0', '--admin-listen', '127.0.0.1:0', '--accept-unknown-types', ...options];
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', process.env.CARILLON_BINARY, ...words], {
    stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...variables } });
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
  return { data: `http://${data}`, admin: `http://${admin}`, kill, ended };
}

/** The database may hold the lock of the node that is gone for a moment. */
async function startAgain(...words) {
  for (let tries = 0; ; tries += 1)
    try {
      return await start(...words);
    } catch (error) {
      if (tries > 40) throw error;
      await pause(100);
    }
}

function postgres(...words) {
  const done = spawnSync(sourceFile('tests/support/postgres_server.sh'), words, { encoding: 'utf8', timeout: 120_000 });
  assert.equal(done.status, 0, done.stdout + done.stderr);
}

async function freePort() {
  const probe = createServer();
  await new Promise((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

/** A server of its own. */
async function startPostgres(t) {
  // Its owner is another user: no parent may be closed to it.
  const directory = mkdtempSync('/tmp/carillon-schedules-');
  chmodSync(directory, 0o755);
  const port = await freePort();
  t.after(() => {
    spawnSync(sourceFile('tests/support/postgres_server.sh'), ['stop', join(directory, 'pg')]);
    rmSync(directory, { recursive: true, force: true });
  });
  postgres('start', join(directory, 'pg'), String(port));
  return { port, crash: () => postgres('restart', join(directory, 'pg'), 'immediate') };
}

const optionsFor = (store, directory) => ['--data-dir', directory, ...(store ? ['--store', `postgresql://carillon@127.0.0.1:${store.port}/postgres`] : [])];

/** Between a node and its server: `kill` is called at a message to the server, before or after it goes on. */
async function startGate(t, port) {
  const gate = { at: 0, before: true, kill: () => undefined, seen: 0 };
  const server = createServer((client) => {
    const upstream = connect(port, '127.0.0.1');
    for (const [from, to] of [[client, upstream], [upstream, client]]) {
      from.on('error', () => to.destroy());
      from.on('close', () => to.destroy());
    }
    upstream.on('data', (data) => client.write(data));
    client.on('data', (data) => {
      if (gate.at > 0) gate.seen += 1;
      const isIt = gate.at > 0 && gate.seen === gate.at;
      if (isIt && gate.before) gate.kill();
      else upstream.write(data);
      if (isIt && !gate.before) gate.kill();
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  gate.port = server.address().port;
  return gate;
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

const putSchedule = (node, name, every) => ask(`${node.admin}/api/schedules/${name}`, 'PUT', { every, missed: 'all', event: { type: 'crash.tick', data: {} } });
const putDelayed = (node, id, at) => ask(`${node.data}/api/events?publishAt=${at}`, 'POST', { type: 'crash.later', id, source: '/crash', data: {} });

/** Schedules of every second, and events that wait for up to `spread` milliseconds. */
async function fill(node, schedules, count, spread) {
  const names = Array.from({ length: schedules }, (_, i) => `s${i}`);
  for (const name of names) await putSchedule(node, name, '1s');
  const began = Date.now();
  const delayed = new Map();
  for (let i = 0; i < count; i += 1) {
    const at = new Date(began + random() * spread).toISOString();
    delayed.set(`d${i}`, at);
    await putDelayed(node, `d${i}`, at);
  }
  return { names, delayed };
}

/** When nothing is due any more: all is there, once. */
async function judge(node, { names, delayed }, least) {
  await eventually(async () => (await ask(`${node.admin}/api/delayed-events`, 'GET')).delayed.length === 0, 'the end of what waits', 60_000);
  await eventually(async () => (await Promise.all(names.map((name) => ask(`${node.admin}/api/schedules/${name}`, 'GET')))).every((x) => new Date(x.nextAt) > new Date(Date.now() - 500)), 'the end of what is due', 60_000);
  for (const name of names) await ask(`${node.admin}/api/schedules/${name}/pause`, 'POST');
  const ticks = await allEvents(node, 'crash.tick');
  for (const name of names) {
    const ids = ticks.filter((x) => x.source === `/schedules/${name}`).map((x) => new Date(x.id).getTime()).sort((a, b) => a - b);
    assert.ok(ids.length > least, `${name} happened ${ids.length} times`);
    ids.forEach((id, i) => assert.equal(id, ids[0] + i * 1_000, `${name}: number ${i}`));
  }
  const later = await allEvents(node, 'crash.later');
  assert.equal(later.length, delayed.size);
  assert.equal(new Set(later.map((x) => x.id)).size, delayed.size);
  for (const x of later) assert.equal(new Date(x.time).toISOString(), delayed.get(x.id), x.id);
}

for (const kind of ['files', 'PostgreSQL'])
  test(`${kind}: killed ${kills} times at random, nothing is lost and nothing comes twice; SEED=${seed}`, async (t) => {
    const store = kind === 'files' ? null : await startPostgres(t);
    const options = optionsFor(store, join(temporaryDirectory(), 'data'));
    let node = await start(options);
    t.after(() => node.kill());
    const wanted = await fill(node, 20, 300, 12_000);
    for (let i = 0; i < kills; i += 1) {
      await pause(100 + random() * 900);
      // A node ends by itself when its server has gone.
      if (store && i % 3 === 2) store.crash();
      await node.kill();
      node = await startAgain(options);
    }
    await judge(node, wanted, 10);
  });

test(`PostgreSQL: killed before and after messages to the server; SEED=${seed}`, async (t) => {
  const store = await startPostgres(t);
  const gate = await startGate(t, store.port);
  const options = optionsFor({ port: gate.port }, join(temporaryDirectory(), 'data'));
  let node = await start(options);
  t.after(() => node.kill());
  const wanted = await fill(node, 5, 200, 60_000);
  await node.kill();
  let reached = 0;
  for (let at = 1; at <= messages; at += stride)
    for (const before of [true, false]) {
      node = await startAgain(options);
      Object.assign(gate, { at: at + (stride === 1 ? 0 : Math.floor(random() * stride)), before, seen: 0, kill: () => void node.kill() });
      await Promise.race([node.ended.then(() => (reached += 1)), pause(5_000)]);
      gate.at = 0;
      await node.kill();
    }
  // Rounds come each second, so each message was there.
  assert.ok(reached >= (2 * Math.floor(messages / stride)) * 0.9, `${reached} kills by messages`);
  node = await startAgain(options);
  await judge(node, wanted, 10);
});

test(`files: killed before and after writes and syncs; SEED=${seed}`, async (t) => {
  const library = join(temporaryDirectory(), 'killed_write.so');
  const built = spawnSync('cc', ['-shared', '-fPIC', '-O1', '-o', library, sourceFile('tests/support/killed_write.c')], { encoding: 'utf8' });
  assert.equal(built.status, 0, built.stderr);
  const file = join(temporaryDirectory(), 'order');
  const arm = (at, after) => {
    const bytes = Buffer.alloc(8);
    bytes.writeInt32LE(at, 0);
    bytes.writeInt32LE(after ? 1 : 0, 4);
    writeFileSync(file, bytes, { flag: 'r+' });
  };
  writeFileSync(file, Buffer.alloc(8));
  const options = optionsFor(null, join(temporaryDirectory(), 'data'));
  const variables = { LD_PRELOAD: library, KILLED_WRITE_FILE: file };
  let node = await start(options, variables);
  t.after(() => node.kill());
  const wanted = await fill(node, 5, 200, 60_000);
  await node.kill();
  let reached = 0;
  let kills = 0;
  for (let at = 1; at <= writes; at += stride)
    for (const after of [false, true]) {
      arm(0, false);
      node = await startAgain(options, variables);
      arm(at + (stride === 1 ? 0 : Math.floor(random() * stride)), after);
      kills += 1;
      await Promise.race([node.ended.then(() => (reached += 1)), pause(5_000)]);
      await node.kill();
    }
  assert.ok(reached >= kills * 0.9, `${reached} of ${kills} kills by writes`);
  arm(0, false);
  node = await startAgain(options, variables);
  await judge(node, wanted, 10);
});

for (const kind of ['files', 'PostgreSQL'])
  test(`${kind}: the clock is set by hours, and the node is killed in between; nothing is lost or comes twice`, async (t) => {
    const library = join(temporaryDirectory(), 'clock_shift.so');
    const built = spawnSync('cc', ['-shared', '-fPIC', '-O1', '-o', library, sourceFile('tests/support/clock_shift.c')], { encoding: 'utf8' });
    assert.equal(built.status, 0, built.stderr);
    const file = join(temporaryDirectory(), 'shift');
    let shift = 0;
    const set = (hours) => {
      shift = hours * 3_600_000;
      const bytes = Buffer.alloc(8);
      bytes.writeBigInt64LE(BigInt(hours * 3_600));
      writeFileSync(file, bytes, { flag: 'r+' });
    };
    writeFileSync(file, Buffer.alloc(8));
    const now = () => Date.now() + shift;
    const store = kind === 'files' ? null : await startPostgres(t);
    const options = optionsFor(store, join(temporaryDirectory(), 'data'));
    const variables = { LD_PRELOAD: library, CLOCK_SHIFT_FILE: file };
    let node = await start(options, variables);
    t.after(() => node.kill());
    const again = async () => {
      await node.kill();
      node = await startAgain(options, variables);
    };
    const began = Date.now();
    const names = ['a', 'b', 'c'];
    for (const name of names) await putSchedule(node, name, '1m');
    const delayed = new Map([['early', 30], ['late', 90]].map(([id, minutes]) => [id, new Date(began + minutes * 60_000).toISOString()]));
    for (const [id, at] of delayed) await putDelayed(node, id, at);
    /** Until all that the clock has passed over has happened. */
    const caughtUp = () =>
      eventually(async () => (await Promise.all(names.map((name) => ask(`${node.admin}/api/schedules/${name}`, 'GET')))).every((x) => new Date(x.nextAt).getTime() > now() - 500),
        'what the clock passed over', 40_000);
    const laterIds = async () => (await allEvents(node, 'crash.later')).map((x) => x.id);
    set(1);
    await caughtUp();
    await eventually(async () => (await laterIds()).includes('early'), 'the event that was due in between');
    assert.deepEqual(await laterIds(), ['early']);
    const count = (await allEvents(node, 'crash.tick')).length;
    assert.ok(count >= 3 * 59, `${count} occurrences of an hour`);
    await again();
    for (const hours of [0, -1, 1]) {
      set(hours);
      await pause(1_500);
      await again();
      await pause(500);
    }
    // What happened early does not happen again.
    await caughtUp();
    const more = (await allEvents(node, 'crash.tick')).length - count;
    assert.ok(more >= 0 && more <= 6, `${more} more`);
    set(2);
    await again();
    await caughtUp();
    await eventually(async () => (await laterIds()).includes('late'), 'the other event');
    assert.deepEqual((await laterIds()).sort(), ['early', 'late']);
    for (const name of names) {
      const ids = (await allEvents(node, 'crash.tick')).filter((x) => x.source === `/schedules/${name}`).map((x) => new Date(x.id).getTime()).sort((a, b) => a - b);
      assert.ok(ids.length >= 119, `${name} happened ${ids.length} times`);
      ids.forEach((id, i) => assert.equal(id, ids[0] + i * 60_000, `${name}: number ${i}`));
    }
  });
