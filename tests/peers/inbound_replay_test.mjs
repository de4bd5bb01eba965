// What a provider sent is an event like others: a replay brings it to one webhook again, by the same id, and makes none. And of delayed events,
// schedules and sources another company's key sees, changes and cancels nothing, by either port.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import { test } from 'node:test';
import { eventually, startNode } from './node_fixture.mjs';

const secret = 'secret-of-a-provider';

async function call(base, method, path, body, key) {
  const answer = await fetch(`${base}${path}`, { method, body: body && JSON.stringify(body),
    headers: { 'Content-Type': 'application/json', ...(key && { Authorization: `Bearer ${key}` }) } });
  const text = await answer.text();
  return { status: answer.status, body: text && JSON.parse(text), text };
}

test('an event of a provider is replayed like every other', async (t) => {
  const node = await startNode(t, ['--accept-unknown-types']);
  const got = [];
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (x) => (text += x)).on('end', () => {
      got.push({ headers: request.headers, event: JSON.parse(text) });
      response.writeHead(204).end();
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const made = await call(node.admin, 'PUT', '/api/inbound/hook',
    { preset: 'hmac', secret, signature: { header: 'x-sig' }, type: 'hook.event', id: '{header:x-id}' });
  assert.ok(made.status < 300, made.text);
  const hook = await call(node.admin, 'POST', '/api/events/webhooks', { url: `http://127.0.0.1:${server.address().port}/`, types: ['hook.*'] });
  assert.equal(hook.status, 201, hook.text);

  const body = JSON.stringify({ amount: 7 });
  const deliver = () => fetch(`${node.data}/in/hook`, { method: 'POST', body, headers: { 'Content-Type': 'application/json', 'x-id': 'p-1',
    'x-sig': createHmac('sha256', secret).update(body).digest('hex') } });
  assert.equal((await deliver()).status, 202);
  await eventually(() => got.length === 1, 'the webhook');

  const replay = await call(node.admin, 'POST', '/api/events/replay', { filter: { types: ['hook.event'] }, target: `webhook/${hook.body.id}` });
  assert.ok(replay.status < 300, replay.text);
  await eventually(() => got.length === 2, 'the webhook again');
  assert.equal(got[0].headers['carillon-replay'], undefined);
  assert.notEqual(got[1].headers['carillon-replay'], undefined);
  assert.deepEqual(got[1].event, got[0].event);
  // Neither a replay nor a repeat of the provider is another event.
  assert.equal((await deliver()).status, 202);
  const { events } = (await call(node.admin, 'GET', '/api/events?types=hook.event')).body;
  assert.deepEqual(events.map((x) => x.id), ['p-1']);
});

test('what is delayed, scheduled or let in is its company\'s alone', async (t) => {
  const node = await startNode(t, ['--accept-unknown-types'], { secured: true });
  const admin = (...args) => call(node.admin, ...args, node.key);
  const keyOf = async (role, companyId) => (await admin('POST', '/api/keys', { name: `${role} ${companyId}`, role, companyId })).body.key;
  const [mine, theirs, theirReader] = [await keyOf('admin', 'A'), await keyOf('admin', 'B'), await keyOf('reader', 'B')];
  const publisher = await keyOf('publisher', 'B');
  const later = new Date(Date.now() + 3_600_000).toISOString();
  const delayed = await call(node.admin, 'POST', `/api/publish?publishAt=${later}`, { type: 'a.b', companyId: 'A', data: { secret: 'of A' } }, mine);
  assert.equal(delayed.status, 202, delayed.text);
  const id = delayed.body.delayedId;
  const schedule = { every: '1h', event: { type: 'a.b', data: { secret: 'of A' } } };
  const put = await call(node.admin, 'PUT', '/api/schedules/nightly', schedule, mine);
  assert.ok(put.status < 300, put.text);
  const source = await call(node.admin, 'PUT', '/api/inbound/shop', { preset: 'github', type: 'a.push' }, mine);
  assert.ok(source.status < 300, source.text);

  const calls = [
    ['GET', `/api/delayed-events/${id}`], ['DELETE', `/api/delayed-events/${id}`],
    ['GET', '/api/schedules/nightly'], ['DELETE', '/api/schedules/nightly'], ['POST', '/api/schedules/nightly/run'],
    ['POST', '/api/schedules/nightly/pause'], ['POST', '/api/schedules/nightly/resume'],
    ['GET', '/api/inbound/shop'], ['DELETE', '/api/inbound/shop'], ['POST', '/api/inbound/shop/rotate-secret'],
  ];
  for (const [method, path] of calls)
    for (const [base, key] of [[node.admin, theirs], [node.admin, theirReader], [node.admin, publisher], [node.data, theirs], [node.data, publisher]]) {
      const { status, text } = await call(base, method, path, undefined, key);
      assert.ok([401, 403, 404, 405].includes(status), `${method} ${path}: ${status} ${text}`);
      assert.ok(!text.includes('of A'), `${method} ${path}: ${text}`);
    }
  for (const [path, member] of [['/api/delayed-events', 'delayed'], ['/api/schedules', 'schedules'], ['/api/inbound', 'sources']]) {
    const own = (await call(node.admin, 'GET', path, undefined, mine)).body;
    assert.equal(own[member]?.length, 1, `${path}: ${JSON.stringify(own)}`);
    assert.deepEqual((await call(node.admin, 'GET', path, undefined, theirs)).body[member], []);
  }
  // They changed nothing; and its own company's keys may do each of it, so that it was the company that was refused.
  const publisherOfMine = await keyOf('publisher', 'A');
  const own = async (base, key, method, path) => {
    const { status, body, text } = await call(base, method, path, undefined, key);
    assert.ok(status >= 200 && status < 300, `${method} ${path}: ${status} ${text}`);
    return body;
  };
  const shown = await own(node.admin, mine, 'GET', '/api/schedules/nightly');
  assert.deepEqual([shown.paused, shown.every, shown.event.data.secret], [false, '1h', 'of A']);
  assert.deepEqual((await own(node.admin, mine, 'GET', '/api/events?types=a.b')).events, []);
  assert.equal((await own(node.admin, mine, 'GET', '/api/inbound/shop')).type, 'a.push');
  assert.equal((await own(node.admin, mine, 'GET', `/api/delayed-events/${id}`)).state, 'waiting');
  assert.equal((await own(node.data, publisherOfMine, 'GET', `/api/delayed-events/${id}`)).state, 'waiting');
  for (const word of ['pause', 'resume', 'run']) await own(node.admin, mine, 'POST', `/api/schedules/nightly/${word}`);
  await own(node.admin, mine, 'POST', '/api/inbound/shop/rotate-secret');
  // Nor does a key publish later for another company, by either port.
  for (const base of [node.admin, node.data]) {
    const path = base === node.admin ? '/api/publish' : '/api/events';
    const refused = await call(base, 'POST', `${path}?publishAt=${later}`, { type: 'a.b', companyId: 'A' }, theirs);
    assert.equal(refused.status, 403, refused.text);
  }
  await own(node.data, publisherOfMine, 'DELETE', `/api/delayed-events/${id}`);
  for (const path of ['/api/schedules/nightly', '/api/inbound/shop']) await own(node.admin, mine, 'DELETE', path);
});
