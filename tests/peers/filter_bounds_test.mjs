// The bounds of filters are the same at every door: 64 operators and 8 filters within each other are taken, and select what they say;
// one more is refused by the same code, at the same place, and leaves nothing behind.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { eventually, publish, requireInstalled, startNode, startReceiver, temporaryDirectory } from './node_fixture.mjs';

const WebSocket = requireInstalled('ws');

/** Each makes a filter that selects the event, with `n` operators, or of `n` within each other, and gives where number `n` is. */
const operators = {
  'values within $or': (n) => [{ $or: Array.from({ length: n - 1 }, (_, i) => ({ 'data.n': i === n - 2 ? 7 : 100 + i })) }, `/$or/${n - 2}/data.n`],
  'conditions of paths': (n) => [{ ...Object.fromEntries(Array.from({ length: n - 1 }, (_, i) => [`data.m${i}`, { $exists: false }])), 'data.n': { $in: [7] } }, '/data.n/$in'],
  'conditions of one path': (n) => [{ 'data.n': { $eq: 7, $gt: 6 }, $and: Array.from({ length: n - 3 }, (_, i) => ({ 'data.n': { $ne: 100 + i } })) }, `/$and/${n - 4}/data.n/$ne`],
};
const times = (n, start, f) => Array.from({ length: n }).reduce(f, start);
const depths = {
  $and: (n) => [times(n - 1, { 'data.n': 7 }, (x) => ({ $and: [x] })), '/$and/0'.repeat(n - 1)],
  $or: (n) => [times(n - 1, { 'data.n': 7 }, (x) => ({ $or: [x] })), '/$or/0'.repeat(n - 1)],
  // The value makes it hold whether the number of negations is odd or even.
  $not: (n) => [times(n - 1, { 'data.n': n % 2 ? 7 : 8 }, (x) => ({ $not: x })), '/$not'.repeat(n - 1)],
  'a condition\'s $not': (n) => [{ 'data.n': times(n - 1, { $eq: n % 2 ? 7 : 8 }, (x) => ({ $not: x })) }, `/data.n${'/$not'.repeat(n - 1)}`],
};
const bounds = [
  { most: 64, made: operators, says: 'a filter has at most 64 operators' },
  { most: 8, made: depths, says: 'at most 8 filters are within each other' },
].flatMap(({ made, ...bound }) => Object.entries(made).map(([kind, make]) => ({ ...bound, kind, make })));

describe('bounds of filters', () => {
  let node;
  let receiver;
  let webhook;
  let count = 0;
  const directory = temporaryDirectory();
  const ends = [];
  const suite = { after: (x) => ends.unshift(x) };
  after(async () => {
    for (const x of ends) await x();
  });

  async function call(base, method, path, body) {
    const answer = await fetch(`${base}${path}`, { method, body: body && JSON.stringify(body),
      headers: { 'Content-Type': 'application/json', ...(base === node.data && { Authorization: 'Bearer ck_any' }) } });
    if (answer.headers.get('content-type')?.startsWith('text/event-stream')) {
      await answer.body.cancel();
      return { taken: true };
    }
    const text = await answer.text();
    return answer.ok ? { taken: true, body: JSON.parse(text) } : { taken: false, status: answer.status, ...JSON.parse(text) };
  }
  /** A command that says why it refuses. */
  function run(...words) {
    const done = spawnSync(process.env.CARILLON_BINARY, words, { encoding: 'utf8', timeout: 60_000 });
    return { taken: done.status === 0, status: done.status, text: done.stdout + done.stderr };
  }
  /** With the filter in its address, or in the message that replaces it. */
  async function session(filter, inAddress) {
    const query = inAddress ? `&filter=${encodeURIComponent(JSON.stringify(filter))}` : '';
    const socket = new WebSocket(`${node.data.replace('http', 'ws')}/ws?user=u-1&company=c-1&types=bounds.*${query}`, ['carillon.v1']);
    const frames = [];
    let refused;
    socket.on('message', (x) => frames.push(JSON.parse(x))).on('error', () => undefined);
    socket.on('unexpected-response', (request, answer) => {
      const parts = [];
      answer.on('data', (x) => parts.push(x)).on('end', () => (refused = { taken: false, status: answer.statusCode, ...JSON.parse(Buffer.concat(parts)) }));
    });
    const frame = (...names) => eventually(() => refused ?? frames.find((x) => names.includes(x.op)), 'a frame');
    const first = await frame('hello', 'error');
    if (!inAddress && first.op === 'hello') socket.send(JSON.stringify({ op: 'subscribe', types: ['bounds.*'], filter }));
    const last = inAddress ? first : await frame('subscribed', 'error');
    socket.terminate();
    return last.op === 'hello' || last.op === 'subscribed' ? { taken: true } : { ...last, taken: false };
  }
  const escaped = (x) => encodeURIComponent(JSON.stringify(x));
  const name = () => `bounds-${(count += 1)}`;
  const measure = { types: ['bounds.*'], member: '/n', measures: ['sum'] };

  /** What a door says of a filter. */
  const doors = {
    'a new webhook': (filter) => call(node.admin, 'POST', '/api/events/webhooks', { url: receiver.url, types: ['bounds.*'], filter }),
    'a webhook that changes': (filter) => call(node.admin, 'PATCH', `/api/events/webhooks/${webhook}`, { filter }),
    'a trial': (filter) => call(node.admin, 'POST', `/api/events/webhooks/${webhook}/match`, { types: ['bounds.*'], filter }),
    'a query': (filter) => call(node.admin, 'GET', `/api/events?types=bounds.*&filter=${escaped(filter)}`),
    'a consumer': (filter) => call(node.data, 'PUT', `/api/consumers/${name()}`, { types: ['bounds.*'], filter }),
    'a measure': (filter) => call(node.admin, 'PUT', `/api/metrics/definitions/${name()}`, { ...measure, filter }),
    'a replay': (filter) => call(node.admin, 'POST', '/api/events/replay', { filter: { types: ['bounds.*'], filter }, dryRun: true }),
    'a log stream': (filter) => call(node.data, 'GET', `/api/events/stream?types=bounds.*&filter=${escaped(filter)}`),
    'a session': (filter) => session(filter, true),
    'a session that subscribes': (filter) => session(filter, false),
  };
  /** By the command line, which looks at a filter before it asks a node. */
  const commands = {
    export: (filter) => run('export', '--store', `sqlite://${node.log().match(/sqlite:\/\/([^,\s]+)/)[1]}`, '--to', join(directory, `${name()}.ndjson`), '--types', 'bounds.*', '--filter', filter),
    query: (filter) => run('query', '--admin-url', node.admin, '--types', 'bounds.*', '--filter', filter),
    replay: (filter) => run('replay', '--admin-url', node.admin, '--types', 'bounds.*', '--dry-run', '--filter', filter),
    'webhooks create': (filter) => run('webhooks', 'create', '--admin-url', node.admin, '--url', receiver.url, '--types', 'bounds.*', '--filter', filter),
    'consumers put': (filter) => run('consumers', 'put', '--url', node.data, name(), '--types', 'bounds.*', '--filter', filter),
    'metrics put': (filter) => run('metrics', 'put', '--admin-url', node.admin, name(), '--types', 'bounds.*', '--member', '/n', '--measures', 'sum', '--filter', filter),
  };

  before(async () => {
    node = await startNode(suite, ['--accept-unknown-types']);
    receiver = await startReceiver(suite);
    webhook = (await call(node.admin, 'POST', '/api/events/webhooks', { url: receiver.url, types: ['bounds.*'] })).body.id;
    await publish(node, { id: 'seven', type: 'bounds.item', companyId: 'c-1', audience: 'company', data: { n: 7 } });
  });
  /** What the node has of that which doors make. */
  async function kept() {
    const webhooks = (await call(node.admin, 'GET', '/api/events/webhooks')).body.webhooks;
    const names = [];
    for (const [path, member] of [['/api/metrics/definitions', 'definitions'], ['/api/events/replay', 'replays'], ['/api/consumers', 'consumers']])
      names.push((await call(node.admin, 'GET', path)).body[member].map((x) => x.name ?? x.replayId));
    return JSON.stringify([webhooks.map((x) => [x.id, x.filter]), ...names]);
  }

  for (const [door, ask] of Object.entries(doors))
    test(door, async () => {
      for (const { most, make, kind } of bounds) {
        const [filter] = make(most);
        const said = await ask(filter);
        assert.ok(said.taken, `${door}: ${most}, ${kind}: ${JSON.stringify(said)}`);
      }
      const before = await kept();
      for (const { most, make, kind, says } of bounds) {
        const [filter, place] = make(most + 1);
        const said = await ask(filter);
        assert.equal(said.taken, false, `${door}: ${most + 1}, ${kind}`);
        assert.equal(said.code, 'invalid_argument');
        if (said.op === 'error') assert.equal(said.message, `${says}, at filter${place}`);
        // The filter of a replay is a member of its filter, and the pointer leads through both.
        else assert.deepEqual([said.status, said.type, said.detail, said.field],
          [400, 'urn:carillon:problem:invalid_argument', says, `${door === 'a replay' ? 'filter/filter' : 'filter'}${place}`], kind);
      }
      assert.equal(await kept(), before);
    });

  for (const [command, ask] of Object.entries(commands))
    test(`carillon ${command}`, async () => {
      for (const { most, make, kind, says } of [bounds[0], bounds.at(-1)]) {
        const taken = ask(JSON.stringify(make(most)[0]));
        assert.ok(taken.taken, `${kind}: ${taken.text}`);
        const before = await kept();
        const [filter, place] = make(most + 1);
        const said = ask(JSON.stringify(filter));
        assert.equal(said.status, 2, said.text);
        assert.ok(said.text.startsWith(`--filter: ${says}, at filter${place}\n`), said.text);
        assert.equal(await kept(), before);
      }
    });

  test('what is at the bound selects what it says', async () => {
    for (const { most, make, kind } of bounds) {
      const [filter] = make(most);
      const selected = async (x) => (await doors['a query'](x)).body.events.map((y) => y.id);
      assert.deepEqual(await selected(filter), ['seven'], kind);
      // Not every filter of that size does.
      assert.deepEqual(await selected(JSON.parse(JSON.stringify(filter).replaceAll(/([:[])(7|8)\b/g, (_, x, y) => `${x}${15 - y}`))), [], kind);
      assert.equal((await doors['a trial'](filter)).body.matched, 1, kind);
      assert.equal((await doors['a replay'](filter)).body.matched, 1, kind);
    }
  });
});
