// The browser client against a fake browser: frames and subscriptions.
import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';

import { FakeSocket, settle } from './fakes.mjs';
import { goLive, latest, nextSocket, query, setUp } from './fixture.mjs';

beforeEach(() => {
  FakeSocket.all = [];
});

describe('frames', () => {
  const valid = { op: 'hello', session: '1', head: 1, heartbeatMs: 1 };

  test('what is not understood ends it with 4009', async () => {
    for (const frame of [
      'nonsense', '', 'null', '[]', '5', '{}', '{"op":"unheard-of"}', '{"op":"toString"}', '{"op":5}',
      { op: 'event', seq: 1 }, { op: 'event', seq: '1', event: {} }, { op: 'event', seq: 1, event: null },
      { op: 'event', seq: -1, event: {} }, { op: 'event', seq: 2 ** 53, event: {} },
      { op: 'event', seq: 1, event: {}, replay: '7' }, { op: 'position' }, { op: 'gap', from: 1 }, { op: 'gap', from: 5, to: 4 },
      { op: 'gap', from: 5, to: 6, after: 4 }, { op: 'gap', from: 5, to: 6, after: -1, history: 'aaaaaaaaaaaaaaaa' }, { op: 'subscribed' },
      { op: 'error' }, valid,
    ]) {
      const x = setUp();
      await goLive(x);
      latest().say(frame);
      assert.equal(x.client.state, 'closed', JSON.stringify(frame));
      assert.equal(latest().closedWith.code, 4009);
      assert.deepEqual(x.seen.errors.map((e) => [e.code, e.fatal]), [['protocol_error', true]]);
    }
  });

  test('so does a binary message', async () => {
    const x = setUp();
    await goLive(x);
    latest().onmessage({ data: new ArrayBuffer(4) });
    assert.equal(latest().closedWith.code, 4009);
  });

  test('hello comes first, and says what it must', async () => {
    for (const frame of [
      { op: 'event', seq: 1, event: {} }, { op: 'position', seq: 1 }, { op: 'pong' },
      { ...valid, head: undefined }, { ...valid, head: -1 }, { ...valid, heartbeatMs: 0 },
      { ...valid, heartbeatMs: '25' },
    ]) {
      const x = setUp();
      x.client.connect();
      await settle();
      latest().accept();
      latest().say(frame);
      assert.equal(latest().closedWith?.code, 4009, JSON.stringify(frame));
    }
  });

  test('members that are not known are no fault', async () => {
    const x = setUp();
    x.client.connect();
    await settle();
    latest().hello(3, { more: [1] });
    latest().say({ op: 'position', seq: 4, more: 1 });
    assert.equal(x.client.position, 4);
  });

  test("the server's errors are told, before hello too, and end nothing", async () => {
    const x = setUp();
    x.client.connect();
    await settle();
    latest().accept();
    latest().say({ op: 'error', code: 'overloaded', message: 'too many sessions' });
    latest().hello();
    latest().say({ op: 'error', code: 'invalid_argument', message: null });
    assert.deepEqual(x.seen.errors, [
      { code: 'overloaded', message: 'too many sessions', fatal: false },
      { code: 'invalid_argument', message: '', fatal: false },
    ]);
    assert.equal(x.client.state, 'live');
  });
});

describe('subscribe', () => {
  test('is sent while live, answered by an event, and kept for the next connection', async () => {
    const x = setUp();
    await goLive(x);
    x.client.subscribe(['a.*', 'b.c']);
    assert.deepEqual(latest().sent, [{ op: 'subscribe', types: ['a.*', 'b.c'] }]);
    latest().say({ op: 'subscribed', types: ['a.*', 'b.c'] });
    assert.deepEqual(x.seen.subscribed, [['a.*', 'b.c']]);
    latest().end();
    await nextSocket(x);
    assert.equal(query().get('types'), 'a.*,b.c');
    latest().hello();
    assert.deepEqual(latest().sent, []);
    x.client.subscribe([]);
    assert.deepEqual(latest().sent, [{ op: 'subscribe', types: [] }]);
    assert.deepEqual(x.client.types, []);
  });

  test('before connect() and while waiting it goes into the query', async () => {
    const x = setUp({ types: ['a.*'] });
    x.client.subscribe(['b.*']);
    await goLive(x);
    assert.equal(query().get('types'), 'b.*');
    latest().end();
    x.client.subscribe(['c.*']);
    await nextSocket(x);
    assert.equal(query().get('types'), 'c.*');
  });

  test('between the request and hello it is sent after hello', async () => {
    const x = setUp({ types: ['a.*'] });
    x.client.connect();
    await settle();
    x.client.subscribe(['b.*']);
    assert.deepEqual(latest().sent, []);
    latest().hello();
    assert.deepEqual(latest().sent, [{ op: 'subscribe', types: ['b.*'] }]);
  });

  test('from a listener of hello or live it is sent once', async () => {
    for (const name of ['hello', 'state']) {
      const x = setUp();
      x.client.addEventListener(name, () => x.client.state === 'live' && x.client.subscribe(['b.*']));
      await goLive(x);
      assert.deepEqual(latest().sent, [{ op: 'subscribe', types: ['b.*'] }]);
      x.client.close();
    }
  });

  test('a thousand calls make two frames: the first and the last', async () => {
    const x = setUp();
    await goLive(x);
    for (let i = 0; i < 1000; ++i) x.client.subscribe([`a.t${i}`]);
    assert.deepEqual(latest().sent.map((f) => f.types[0]), ['a.t0']);
    latest().say({ op: 'subscribed', types: ['a.t0'] });
    assert.deepEqual(latest().sent.map((f) => f.types[0]), ['a.t0', 'a.t999']);
    latest().say({ op: 'subscribed', types: ['a.t999'] });
    assert.equal(latest().sent.length, 2);
  });

  test('types and filter are replaced together, and only what changed is sent', async () => {
    const x = setUp({ types: ['a.*'], filter: { 'data.n': 1 } });
    const told = [];
    x.client.addEventListener('subscribed', ({ detail }) => told.push(detail.filter));
    await goLive(x);
    x.client.subscribe(['a.*'], { 'data.n': 1 });
    assert.deepEqual(latest().sent, []);
    x.client.subscribe(['a.*'], { 'data.n': 2 });
    assert.deepEqual(latest().sent, [{ op: 'subscribe', types: ['a.*'], filter: { 'data.n': 2 } }]);
    latest().say({ op: 'subscribed', types: ['a.*'], filter: { 'data.n': 2 } });
    x.client.subscribe(['a.*']);
    assert.deepEqual(latest().sent.at(-1), { op: 'subscribe', types: ['a.*'] });
    latest().say({ op: 'subscribed', types: ['a.*'] });
    assert.deepEqual(told, [{ 'data.n': 2 }, null]);
    x.client.subscribe([], { 'data.n': 3 });
    latest().end();
    await nextSocket(x);
    assert.equal(query().get('filter'), '{"data.n":3}');
    assert.equal(query().get('types'), null);
  });

  test('an error is an answer as well, and is not asked for again', async () => {
    const x = setUp();
    await goLive(x);
    x.client.subscribe(['**']);
    x.client.subscribe(['b.*']);
    latest().say({ op: 'error', code: 'invalid_argument', message: 'types' });
    assert.deepEqual(latest().sent.map((f) => f.types[0]), ['**', 'b.*']);
    latest().say({ op: 'error', code: 'invalid_argument', message: 'types' });
    assert.equal(latest().sent.length, 2);
  });

  test('what the server refused is not what the next connection begins with', async () => {
    const x = setUp({ types: ['a.*'], filter: { 'data.n': 1 } });
    await goLive(x);
    x.client.subscribe(['b.*'], { total: 1 });
    latest().say({ op: 'error', code: 'invalid_argument', message: 'filter/total' });
    assert.deepEqual(x.client.types, ['a.*']);
    assert.deepEqual(x.client.filter, { 'data.n': 1 });
    assert.equal(latest().sent.length, 1);
    latest().end();
    await nextSocket(x);
    assert.equal(query().get('types'), 'a.*');
    assert.equal(query().get('filter'), '{"data.n":1}');
  });

  test('nonsense is refused and changes nothing', () => {
    const x = setUp({ types: ['a.*'] });
    assert.throws(() => x.client.subscribe('b.*'), TypeError);
    assert.throws(() => x.client.subscribe([1]), TypeError);
    assert.throws(() => x.client.subscribe(['b.*'], 'data.n'), TypeError);
    assert.throws(() => x.client.subscribe([1], {}), TypeError);
    assert.throws(() => x.client.subscribe([], { 'data.n': undefined }), /filter: data.n has no value/);
    assert.throws(() => x.client.subscribe([], { 'data.n': { $in: [Number.NaN] } }), TypeError);
    assert.throws(() => x.client.subscribe([], { 'data.a': { $in: ['\u00e9'.repeat(1_500)] } }), RangeError);
    assert.deepEqual(x.client.types, ['a.*']);
    assert.equal(x.client.filter, null);
  });
});
