// One language behind every door: webhook, consumer, session, log stream, query, measure, trial, export and command line
// select the same events by the same filter, as a plain reading of it does, and alerts are selected by it. What filters exclude is
// counted. SEED repeats a run.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { eventually, publish, requireInstalled, sourceFile, startNode, temporaryDirectory } from './node_fixture.mjs';

const WebSocket = requireInstalled('ws');
const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);
let state = seed;
const random = (n) => {
  state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
  return Math.floor((state / 2_147_483_648) * n);
};
const one = (list) => list[random(list.length)];

// What is near enough to each other for a filter to take one for the other.
const values = [null, true, false, 0, 1, 10, 150, -0.5, '', '1', 'true', 'A-1', 'A-10', 'é', 'z', [], ['A-1'], {}, { n: 1 }];
const events = Array.from({ length: 80 }, (_, i) => ({
  id: `e-${i}`, data: { ...(random(8) ? { v: one(values) } : {}), n: random(200), items: [{ sku: one(['A-1', 'B-2', '']) }], 'a.b': one(['x', 1]) },
}));

/** A filter as JSON, and what it means, written down once more. */
const kind = (x) => (x === null ? 'null' : typeof x);
const simple = (x) => x !== undefined && kind(x) !== 'object';
const compared = (test) => (x, y) => simple(x) && kind(x) === kind(y) && test(x, y);
const same = compared((x, y) => x === y);
const operators = {
  $eq: same, $ne: (x, y) => !same(x, y),
  $gt: compared((x, y) => x > y), $gte: compared((x, y) => x >= y), $lt: compared((x, y) => x < y), $lte: compared((x, y) => x <= y),
  $in: (x, y) => y.some((z) => same(x, z)), $nin: (x, y) => !y.some((z) => same(x, z)), $exists: (x, y) => (x !== undefined) === y,
  $startsWith: compared((x, y) => x.startsWith(y)), $endsWith: compared((x, y) => x.endsWith(y)),
};
const paths = {
  'data.v': (x) => x.data.v, 'data.n': (x) => x.data.n, 'data.items.0.sku': (x) => x.data.items[0].sku, 'data.items.1.sku': () => undefined,
  '/data/a.b': (x) => x.data['a.b'], id: (x) => x.id, 'data.v.n': (x) => x.data.v?.n,
};
function condition() {
  const name = one(Object.keys(operators));
  if (name === '$exists') return [name, random(2) === 1];
  if (name.endsWith('in')) return [name, Array.from({ length: random(4) }, () => one(values.filter(simple)))];
  if (name.endsWith('With')) return [name, one(['', 'A', 'A-1', '1', 'é'])];
  return [name, one(values.filter((x) => (name === '$eq' || name === '$ne' ? simple(x) : ['number', 'string'].includes(kind(x)))))];
}
function filterOf(depth) {
  switch (depth > 2 ? 0 : random(5)) {
    case 1: case 2: {
      const name = one(['$and', '$or']);
      const parts = Array.from({ length: 1 + random(3) }, () => filterOf(depth + 1));
      return [{ [name]: parts.map(([x]) => x) }, (e) => (name === '$and' ? parts.every(([, f]) => f(e)) : parts.some(([, f]) => f(e)))];
    }
    case 3: {
      const [x, f] = filterOf(depth + 1);
      return [{ $not: x }, (e) => !f(e)];
    }
    default: {
      const path = one(Object.keys(paths));
      const [name, y] = condition();
      return [{ [path]: { [name]: y } }, (e) => operators[name](paths[path](e), y)];
    }
  }
}
/** One that tells events apart. */
function tellingFilter() {
  for (;;) {
    const out = filterOf(0);
    const count = events.filter(out[1]).length;
    if (count > 0 && count < events.length) return out;
  }
}
const filters = Array.from({ length: 16 }, tellingFilter);
const end = { 'data.end': true };
const idsOf = (list) => list.map((x) => x.id).filter((id) => id !== 'end').sort();

/** How many events filters have excluded, by what they are filters of. */
async function filteredBy(node) {
  const text = await (await fetch(`${node.admin}/metrics`)).text();
  return Object.fromEntries([...text.matchAll(/^carillon_filtered_events_total\{by="(\w+)"\} (\d+)/gm)].map(([, by, x]) => [by, Number(x)]));
}

describe(`a filter selects the same events at every door; SEED=${seed}`, () => {
  let node;
  /** By number of the filter: the ids that came, each time that they came. */
  const got = { webhook: filters.map(() => []), session: filters.map(() => []), stream: filters.map(() => []), consumer: [], query: [], measure: [], trial: [], command: [], export: [] };
  const wanted = filters.map(([, f]) => idsOf(events.filter(f)));

  const ends = [];
  const suite = { after: (end) => ends.unshift(end) };
  after(async () => {
    for (const x of ends) await x();
  });

  before(async () => {
    node = await startNode(suite, ['--accept-unknown-types']);
    const call = async (method, path, body) => {
      const answer = await fetch(`${node.admin}${path}`, { method, headers: { 'Content-Type': 'application/json' }, body: body && JSON.stringify(body) });
      assert.ok(answer.ok, `${path}: ${answer.status} ${answer.ok ? '' : await answer.text()}`);
      return answer.json();
    };
    const receiver = createServer((request, answer) => {
      const parts = [];
      request.on('data', (x) => parts.push(x)).on('end', () => {
        got.webhook[Number(request.url.slice(1))].push(JSON.parse(Buffer.concat(parts)).id ?? request.headers['webhook-id']);
        answer.writeHead(204).end();
      });
    });
    await new Promise((resolve) => receiver.listen(0, '127.0.0.1', resolve));
    suite.after(() => {
      receiver.closeAllConnections();
      receiver.close();
    });
    const webhooks = [];
    for (const [i, [filter]] of filters.entries()) {
      const asked = { $or: [filter, end] };
      const escaped = encodeURIComponent(JSON.stringify(asked));
      const made = await call('POST', '/api/events/webhooks', {
        url: `http://127.0.0.1:${receiver.address().port}/${i}`, types: ['doors.*'], filter: asked, message: { format: 'json', template: { id: '{{id}}' } } });
      webhooks.push(made.id);
      const consumer = await fetch(`${node.data}/api/consumers/doors-${i}`, { method: 'PUT', body: JSON.stringify({ types: ['doors.*'], filter: asked, batch: { max: 100 } }) });
      assert.ok(consumer.ok, await consumer.text());
      await call('PUT', `/api/metrics/definitions/doors-${i}`, { types: ['doors.item'], filter, member: '/n', measures: ['sum'] });
      const socket = new WebSocket(`${node.data.replace('http', 'ws')}/ws?user=u-1&company=c-1&types=doors.*&filter=${escaped}`, ['carillon.v1']);
      suite.after(() => socket.terminate());
      let hello = false;
      socket.on('message', (text) => {
        const message = JSON.parse(text);
        hello ||= message.op === 'hello';
        if (message.op === 'event') got.session[i].push(message.event?.id ?? message.id);
      });
      await eventually(() => hello, 'the session is live');
    }
    for (const x of events) await publish(node, { ...x, type: 'doors.item', companyId: 'c-1', audience: 'company' });
    await publish(node, { id: 'end', type: 'doors.end', companyId: 'c-1', audience: 'company', data: { end: true } });
    const directory = temporaryDirectory();
    for (const [i, [filter]] of filters.entries()) {
      const asked = { $or: [filter, end] };
      const escaped = encodeURIComponent(JSON.stringify(asked));
      got.query.push(idsOf((await call('GET', `/api/events?types=doors.*&limit=1000&filter=${escaped}`)).events));
      got.trial.push(idsOf((await call('POST', `/api/events/webhooks/${webhooks[i]}/match`)).events));
      const stream = await fetch(`${node.data}/api/events/stream?since=0&types=doors.*&filter=${escaped}`, { headers: { Authorization: 'Bearer ck_any' } });
      let text = '';
      for await (const part of stream.body) {
        text += Buffer.from(part).toString();
        if (text.includes('"id":"end"')) break;
      }
      got.stream[i] = [...text.matchAll(/^data: (.*)$/gm)].map(([, x]) => JSON.parse(x)).filter((x) => x.type?.startsWith('doors.')).map((x) => x.id);
      const pulled = [];
      await eventually(async () => {
        const answer = await (await fetch(`${node.data}/api/consumers/doors-${i}/pull`, { method: 'POST', body: JSON.stringify({ max: 100, waitMs: 1_000 }) })).json();
        pulled.push(...answer.deliveries);
        return pulled.some((x) => x.event.id === 'end');
      }, 'the consumer gets the last event');
      got.consumer.push(idsOf(pulled.map((x) => x.event)));
      const words = ['--admin-url', node.admin, '--types', 'doors.*', '--filter', JSON.stringify(asked)];
      const query = spawnSync(process.env.CARILLON_BINARY, ['query', ...words], { encoding: 'utf8' });
      assert.equal(query.status, 0, query.stderr);
      got.command.push(idsOf(query.stdout.split('\n').filter(Boolean).map((x) => JSON.parse(x))));
      const file = join(directory, `${i}.ndjson`);
      const data = node.log().match(/sqlite:\/\/([^,\s]+)/)[1];
      const exported = spawnSync(process.env.CARILLON_BINARY, ['export', '--store', `sqlite://${data}`, '--to', file, '--types', 'doors.*', '--filter', JSON.stringify(asked)], { encoding: 'utf8' });
      assert.equal(exported.status, 0, exported.stderr);
      got.export.push(idsOf(readFileSync(file, 'utf8').split('\n').filter(Boolean).map((x) => JSON.parse(x))));
      await eventually(() => got.webhook[i].includes('end') && got.session[i].includes('end'), 'webhook and session get the last event');
    }
  });

  for (const door of ['query', 'trial', 'command', 'export', 'consumer', 'stream', 'session', 'webhook'])
    test(door, () => {
      for (const [i, [filter]] of filters.entries()) {
        const found = got[door][i].filter((id) => id !== 'end').sort();
        assert.deepEqual(found, wanted[i], `SEED=${seed} ${door}: ${JSON.stringify(filter)}`);
      }
    });

  test('what they exclude is counted, once for each', async () => {
    const excluded = wanted.reduce((sum, x) => sum + events.length - x.length, 0);
    // Sessions and streams of the log share a series.
    const right = { webhook: excluded, consumer: excluded, session: 2 * excluded };
    let found;
    await eventually(async () => JSON.stringify(found = await filteredBy(node)) === JSON.stringify(right), 'the counts', 5_000)
      .catch(() => assert.deepEqual(found, right, `SEED=${seed}`));
  });

  test('measure', async () => {
    for (const [i, [filter, f]] of filters.entries()) {
      const sum = events.filter(f).reduce((x, y) => x + y.data.n, 0);
      await eventually(async () => {
        const answer = await fetch(`${node.admin}/api/metrics/measures?name=doors-${i}`);
        got.measure[i] = await answer.text();
        return answer.ok && JSON.parse(got.measure[i]).series.reduce((x, y) => x + Number(y.sum), 0) === sum;
      }, `SEED=${seed} ${JSON.stringify(filter)} has the sum ${sum}`, 10_000).catch((error) => assert.fail(`${error.message}: ${got.measure[i]}`));
    }
  });
});

test('a filter of alerts', async (t) => {
  const node = await startNode(t, ['--accept-unknown-types', '--alert-interval', '50ms', '--alert-consumer-lag', '1s', '--alert-disk-free', '0', '--alert-index-lag', '0']);
  const call = async (base, method, path, body) => {
    const answer = await fetch(`${base}${path}`, { method, headers: { 'Content-Type': 'application/json' }, body: body && JSON.stringify(body) });
    const text = await answer.text();
    assert.ok(answer.ok, `${path}: ${answer.status} ${text}`);
    return text && JSON.parse(text);
  };
  const names = ['doors-a', 'doors-b', 'doors-c', 'other'];
  /** Filters, and what they mean. */
  const asked = [
    [{}, () => true],
    [{ 'data.state': 'begun' }, (x) => x.state === 'begun'],
    [{ 'data.subject': { $startsWith: 'doors-' }, 'data.state': { $ne: 'begun' } }, (x) => x.subject.startsWith('doors-') && x.state !== 'begun'],
    [{ $or: [{ 'data.subject': 'other' }, { 'data.value': { $gte: 1 }, 'data.subject': { $in: ['doors-a', 'none'] } }] }, (x) => x.subject === 'other' || (x.value >= 1 && x.subject === 'doors-a')],
    [{ 'data.alert': { $in: ['disk_free', 'queue_dead'] } }, () => false],
    [{ $not: { 'data.subject': { $in: ['doors-a', 'doors-b'] } }, 'data.threshold': 1 }, (x) => !['doors-a', 'doors-b'].includes(x.subject) && x.threshold === 1],
  ];
  const got = asked.map(() => []);
  const receiver = createServer((request, answer) => {
    const parts = [];
    request.on('data', (x) => parts.push(x)).on('end', () => {
      got[Number(request.url.slice(1))].push(JSON.parse(Buffer.concat(parts)).id);
      answer.writeHead(204).end();
    });
  });
  await new Promise((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    receiver.closeAllConnections();
    receiver.close();
  });
  const webhooks = [];
  for (const [i, [filter]] of asked.entries())
    webhooks.push((await call(node.admin, 'POST', '/api/events/webhooks', { url: `http://127.0.0.1:${receiver.address().port}/${i}`, types: ['system.alert'], filter, message: { format: 'json', template: { id: '{{id}}' } } })).id);
  for (const name of names) await call(node.data, 'PUT', `/api/consumers/${name}`, { types: ['doors.*'] });
  await publish(node, { type: 'doors.item', data: {} });
  // Nobody pulls, so each lags; and an alert ends with its consumer.
  const alerts = async () => (await call(node.admin, 'GET', '/api/events?types=system.alert&limit=1000')).events;
  await eventually(async () => (await alerts()).length === names.length, 'all lag');
  for (const name of names) await call(node.data, 'DELETE', `/api/consumers/${name}`);
  await eventually(async () => (await alerts()).length === 2 * names.length, 'all are gone');
  const all = await alerts();
  const wanted = asked.map(([, f]) => all.filter((x) => f(x.data)).map((x) => x.id).sort());
  // But for the first, which takes all, and one that takes none, they tell alerts apart. (What ended with its consumer has no threshold.)
  assert.deepEqual(wanted.map((x) => x.length), [8, 4, 3, 3, 0, 2]);
  await eventually(() => got.every((x, i) => x.length >= wanted[i].length), 'the webhooks get them');
  const excluded = wanted.reduce((sum, x) => sum + all.length - x.length, 0);
  await eventually(async () => (await filteredBy(node)).webhook === excluded, `${excluded} are counted`);
  assert.deepEqual(got.map((x) => x.sort()), wanted);
  for (const [i, id] of webhooks.entries())
    assert.deepEqual((await call(node.admin, 'POST', `/api/events/webhooks/${id}/match`)).events.map((x) => x.id).sort(), wanted[i]);
});

test('the operators are written once', () => {
  const found = spawnSync('grep', ['-rl', '--include=*.cpp', '--include=*.hpp', '"\\$startsWith"', ...['base', 'messages', 'persistence', 'net', 'handlers', 'actors', 'node'].map(sourceFile)], { encoding: 'utf8' });
  assert.deepEqual(found.stdout.split('\n').filter(Boolean).map((x) => x.replace(/.*\/messages\//, 'messages/')), ['messages/events/payload_filter.cpp']);
});
