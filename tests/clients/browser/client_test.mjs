// The browser client against a fake browser: connecting, position and storage.
import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';

import { Carillon } from '../../../clients/browser/carillon.js';
import { FakeSocket, settle } from './fakes.mjs';
import { codes, goLive, latest, nextSocket, query, setUp, sockets } from './fixture.mjs';

beforeEach(() => {
  FakeSocket.all = [];
});

describe('connecting', () => {
  test('nothing happens before connect()', async () => {
    const x = setUp();
    await x.clock.advance(60_000);
    assert.equal(x.client.state, 'idle');
    assert.equal(sockets().length, 0);
    assert.equal(x.clock.pending, 0);
  });

  test('types, since and slow go into the query, beside what was there', async () => {
    const x = setUp({ url: 'http://h/ws?user=u1#top', types: ['order.*', 'a.b'], since: 7, slow: 'catchup' });
    x.client.connect();
    await settle();
    assert.equal(latest().url.href, 'ws://h/ws?user=u1&types=order.*,a.b&since=7&slow=catchup');
  });

  test('a filter goes into the query, an object or the text of one', async () => {
    for (const filter of [{ 'data.a&b': { $gt: 1 } }, '{"data.a&b":{"$gt":1}}']) {
      const x = setUp({ filter });
      x.client.connect();
      await settle();
      assert.equal(latest().url.search, '?filter=%7B%22data.a%26b%22%3A%7B%22%24gt%22%3A1%7D%7D');
      assert.deepEqual(x.client.filter, { 'data.a&b': { $gt: 1 } });
      x.client.close();
    }
    const exact = setUp({ filter: '{"data.n":9007199254740993}' });
    exact.client.connect();
    await settle();
    assert.equal(latest().url.searchParams.get('filter'), '{"data.n":9007199254740993}');
    assert.equal(setUp().client.filter, null);
  });

  test('without options the query is empty, and no token is offered', async () => {
    const x = setUp();
    x.client.connect();
    await settle();
    assert.equal(latest().url.href, 'ws://node.example/ws');
    assert.deepEqual(latest().protocols, ['carillon.v1']);
  });

  test('the token is the second subprotocol, from a string or a function', async () => {
    for (const token of ['aGk.e30.c2ln-_', () => 'aGk.e30.c2ln-_', async () => 'aGk.e30.c2ln-_']) {
      const x = setUp({ token });
      x.client.connect();
      await settle();
      assert.deepEqual(latest().protocols, ['carillon.v1', 'aGk.e30.c2ln-_']);
      x.client.close();
    }
  });

  test('states go idle, connecting, live, closed', async () => {
    const x = setUp();
    await goLive(x);
    x.client.close();
    assert.deepEqual(
      x.seen.states.map((s) => [s.previous, s.state]),
      [['idle', 'connecting'], ['connecting', 'live'], ['live', 'closed']],
    );
    assert.equal(x.seen.hellos.length, 1);
    assert.equal(latest().closedWith.code, 1000);
    assert.equal(x.clock.pending, 0);
  });

  test('connect() twice opens one socket', async () => {
    const x = setUp();
    x.client.connect();
    x.client.connect();
    await settle();
    x.client.connect();
    latest().hello();
    x.client.connect();
    await settle();
    assert.equal(sockets().length, 1);
  });

  test('close() ends every state, is idempotent, and nothing comes after it', async () => {
    for (const state of ['idle', 'connecting', 'live', 'waiting']) {
      const x = setUp();
      if (state !== 'idle') x.client.connect();
      await settle();
      if (state === 'live') latest().hello();
      if (state === 'waiting') latest().end();
      assert.equal(x.client.state, state);
      const handler = latest()?.onmessage;
      x.client.close();
      x.client.close();
      assert.equal(x.client.state, 'closed');
      assert.equal(x.seen.states.filter((s) => s.state === 'closed').length, 1);
      handler?.({ data: '{"op":"event","seq":9,"event":{}}' });
      x.network.dispatchEvent(new Event('online'));
      const before = sockets().length;
      await x.clock.advance(120_000);
      assert.equal(sockets().length, before, state);
      assert.equal(x.clock.pending, 0);
      assert.deepEqual(x.seen.seqs, []);
      FakeSocket.all = [];
    }
  });

  test('a closed client holds on to nothing of the browser', async () => {
    const x = setUp();
    const held = [];
    const network = x.network;
    network.removeEventListener = (name) => held.splice(held.indexOf(name), 1);
    network.addEventListener = (name) => held.push(name);
    await goLive(x);
    assert.deepEqual(held, ['online', 'offline']);
    x.client.close();
    assert.deepEqual(held, []);
    x.client.connect();
    await settle();
    latest().end(4003);
    assert.deepEqual(held, []);
    assert.equal(x.clock.pending, 0);
  });

  test('close() while the token is asked for opens no socket', async () => {
    let answer;
    const x = setUp({ token: () => new Promise((resolve) => (answer = resolve)) });
    x.client.connect();
    await settle();
    x.client.close();
    answer('late');
    await settle();
    assert.equal(sockets().length, 0);
    assert.equal(x.client.state, 'closed');
  });

  test('connect() after close() starts anew and resumes', async () => {
    const x = setUp();
    await goLive(x, 4);
    latest().event(5);
    x.client.close();
    x.client.connect();
    await settle();
    assert.equal(query().get('since'), '5');
    latest().hello(6);
    latest().event(6);
    assert.deepEqual(x.seen.seqs, [5, 6]);
  });

  test('no hello within 10 s ends the attempt, whatever it is that hangs', async () => {
    const never = new Promise(() => {});
    for (const options of [{}, { token: () => never }, { storage: { get: () => never, set() {} } }]) {
      const x = setUp(options);
      x.client.connect();
      await x.clock.advance(9_999);
      assert.equal(x.client.state, 'connecting');
      latest()?.accept();
      await x.clock.advance(1);
      assert.equal(x.client.state, 'waiting');
      if (latest()) assert.equal(latest().closedWith.code, 1000);
      await x.clock.advance(250);
      assert.equal(x.client.state, 'connecting');
      x.client.close();
      FakeSocket.all = [];
    }
  });

  test('options that cannot work are refused', () => {
    for (const options of [
      { url: 'ftp://h/ws' },
      { url: 'nonsense' },
      { since: -1 },
      { since: 1.5 },
      { since: '5' },
      { types: 'order.*' },
      { types: [''] },
      { types: ['a.*,b.*'] },
      { types: [5] },
      { filter: [] },
      { filter: 5 },
      { filter: '' },
      { filter: 'data.total' },
      { filter: '7' },
      { token: '' },
      { token: null },
      { slow: 'yes' },
      { minBackoff: -1 },
      { maxBackoff: Number.NaN },
    ]) {
      assert.throws(() => setUp(options), /TypeError|SyntaxError|Invalid URL/, JSON.stringify(options));
    }
    assert.throws(() => new Carillon({ url: 'ws://h/ws', environment: { WebSocket: undefined } }), TypeError);
  });

  test('a token that is no subprotocol ends it, and is not shown', async () => {
    const x = setUp({ token: 'not a token' });
    x.client.connect();
    await settle();
    assert.equal(x.client.state, 'closed');
    assert.deepEqual(codes(x.seen), ['invalid']);
    assert.ok(!JSON.stringify(x.seen.errors).includes('not a token'));
    assert.equal(x.clock.pending, 0);
  });

  test('a server that does not choose the subprotocol is refused', async () => {
    for (const protocol of ['', 'token']) {
      const x = setUp();
      x.client.connect();
      await settle();
      latest().accept(protocol);
      assert.equal(x.client.state, 'closed');
      assert.equal(latest().closedWith.code, 4009);
      assert.deepEqual(codes(x.seen), ['protocol_error']);
    }
  });
});

describe('position', () => {
  test('a first connect takes the head of hello, so that a drop before any event resumes', async () => {
    const x = setUp();
    await goLive(x, 41);
    assert.equal(x.client.position, 41);
    latest().end();
    await nextSocket(x);
    assert.equal(query().get('since'), '41');
  });

  test('with since, the head of hello is not taken', async () => {
    const x = setUp({ since: 3 });
    await goLive(x, 41);
    assert.equal(x.client.position, 3);
    latest().event(4);
    assert.deepEqual(x.seen.seqs, [4]);
  });

  test('since 0 asks for everything', async () => {
    const x = setUp({ since: 0 });
    await goLive(x, 2);
    assert.equal(query().get('since'), '0');
    latest().event(1);
    assert.deepEqual(x.seen.seqs, [1]);
  });

  test('events, position frames and gaps move it, and never back', async () => {
    const x = setUp();
    await goLive(x, 10);
    latest().event(12);
    assert.equal(x.client.position, 12);
    latest().say({ op: 'position', seq: 20 });
    assert.equal(x.client.position, 20);
    latest().say({ op: 'position', seq: 15 });
    assert.equal(x.client.position, 20);
    latest().say({ op: 'gap', from: 21, to: 30 });
    assert.equal(x.client.position, 30);
    assert.deepEqual(x.seen.gaps, [[21, 30]]);
    latest().say({ op: 'gap', from: 21, to: 30 });
    assert.deepEqual(x.seen.gaps, [[21, 30]]);
    latest().end();
    await nextSocket(x);
    assert.equal(query().get('since'), '30');
  });

  test('an event of a replay is told apart, whatever its position, and moves nothing', async () => {
    const x = setUp();
    await goLive(x, 10);
    const replayed = [];
    x.client.addEventListener('replay', (e) => replayed.push([e.detail.seq, e.detail.replay, e.detail.event.type]));
    for (const seq of [3, 12]) latest().say({ op: 'event', seq, replay: 7, event: { type: 'order.paid' } });
    assert.deepEqual(replayed, [[3, 7, 'order.paid'], [12, 7, 'order.paid']]);
    assert.deepEqual(x.seen.seqs, []);
    assert.equal(x.client.position, 10);
    latest().event(11);
    assert.deepEqual(x.seen.seqs, [11]);
  });

  test('an event at or before the position is dropped', async () => {
    const x = setUp();
    await goLive(x, 10);
    for (const seq of [10, 9, 11, 11, 13, 12, 14]) latest().event(seq);
    assert.deepEqual(x.seen.seqs, [11, 13, 14]);
  });

  test('the detail of an event is the event as sent', async () => {
    const x = setUp();
    let detail;
    x.client.addEventListener('event', (e) => (detail = e.detail));
    await goLive(x);
    latest().event(1, 'user.registered');
    assert.deepEqual(detail, { seq: 1, event: { seq: 1, id: 'e1', type: 'user.registered', data: {} } });
  });

  test('a position ahead of the log is reported', async () => {
    const x = setUp({ since: 100 });
    await goLive(x, 5);
    assert.deepEqual(codes(x.seen), ['position_ahead']);
    assert.equal(x.seen.errors[0].fatal, false);
    assert.equal(x.client.state, 'live');
  });

  test('1001 may name where to resume from; nothing moves it back', async () => {
    for (const [reason, since] of [
      ['position=50', '50'],
      ['position=3', '10'],
      ['position=x', '10'],
      ['position=99999999999999999999', '10'],
      ['', '10'],
    ]) {
      const x = setUp();
      await goLive(x, 10);
      latest().end(1001, reason);
      await nextSocket(x);
      assert.equal(query().get('since'), since, reason);
      x.client.close();
    }
  });

  test('a position names the history of the log once that is said', async () => {
    const storage = { value: null, get() { return this.value; }, set(x) { this.value = x; } };
    const x = setUp({ storage });
    await goLive(x, 10, { history: 'aaaaaaaaaaaaaaaa' });
    assert.equal(storage.value, 'aaaaaaaaaaaaaaaa.10');
    assert.equal(x.client.history, 'aaaaaaaaaaaaaaaa');
    latest().event(11);
    latest().end();
    await nextSocket(x);
    assert.equal(query().get('since'), 'aaaaaaaaaaaaaaaa.11');
    x.client.close();
    const y = setUp({ storage });
    await goLive(y, 11, { history: 'aaaaaaaaaaaaaaaa' });
    assert.equal(query().get('since'), 'aaaaaaaaaaaaaaaa.11');
    assert.equal(y.client.position, 11);
  });

  test('a restored log that has the position goes on as if nothing had happened', async () => {
    const x = setUp({ since: 'aaaaaaaaaaaaaaaa.40' });
    await goLive(x, 50, { history: 'bbbbbbbbbbbbbbbb' });
    // Not before something says that no gap comes.
    assert.equal(x.client.history, 'aaaaaaaaaaaaaaaa');
    latest().event(41);
    assert.deepEqual(x.seen.seqs, [41]);
    latest().end();
    await nextSocket(x);
    assert.equal(query().get('since'), 'bbbbbbbbbbbbbbbb.41');
    assert.deepEqual(x.seen.gaps, []);
  });

  test('a restored log that ends before the position is a gap, and all events behind come', async () => {
    const storage = { value: 'aaaaaaaaaaaaaaaa.100', get() { return this.value; }, set(x) { this.value = x; } };
    const x = setUp({ storage });
    const histories = [];
    x.client.addEventListener('gap', (e) => histories.push(e.detail.history));
    await goLive(x, 52, { history: 'bbbbbbbbbbbbbbbb' });
    // The old history until the gap is here: a drop between the two would hide it.
    assert.equal(storage.value, 'aaaaaaaaaaaaaaaa.100');
    latest().say({ op: 'gap', from: 51, to: 100, history: 'bbbbbbbbbbbbbbbb', after: 50 });
    assert.equal(storage.value, 'bbbbbbbbbbbbbbbb.50');
    for (const seq of [51, 52, 53]) latest().event(seq);
    assert.deepEqual(x.seen.seqs, [51, 52, 53]);
    assert.deepEqual(x.seen.gaps, [[51, 100]]);
    assert.deepEqual(histories, ['bbbbbbbbbbbbbbbb']);
    assert.deepEqual(codes(x.seen), []);
    latest().end();
    await nextSocket(x);
    assert.equal(query().get('since'), 'bbbbbbbbbbbbbbbb.53');
  });

  test('other codes do not move it: what was cut off has to come again', async () => {
    for (const code of [4008, 1006, 1011]) {
      const x = setUp();
      await goLive(x, 10);
      latest().end(code, 'position=50');
      await nextSocket(x);
      assert.equal(query().get('since'), '10');
      x.client.close();
    }
  });
});

describe('storage', () => {
  const memory = (value = null) => ({
    value,
    writes: 0,
    get() {
      return this.value;
    },
    set(x) {
      this.value = x;
      this.writes += 1;
    },
  });

  test('a new page resumes from it, and it goes before since', async () => {
    const storage = memory();
    const x = setUp({ storage });
    await goLive(x, 10);
    assert.equal(storage.value, 10);
    latest().event(11);
    assert.equal(storage.value, 11);
    latest().say({ op: 'position', seq: 15 });
    assert.equal(storage.value, 15);
    latest().say({ op: 'gap', from: 16, to: 17 });
    assert.equal(storage.value, 17);
    const y = setUp({ storage, since: 2 });
    y.client.connect();
    await settle();
    assert.equal(query().get('since'), '17');
  });

  test('an event is stored after its dispatch, even if the listener closes', async () => {
    const storage = memory();
    const x = setUp({ storage });
    const during = [];
    x.client.addEventListener('event', () => {
      during.push(storage.value);
      x.client.close();
    });
    await goLive(x, 10);
    latest().event(11);
    assert.deepEqual(during, [10]);
    assert.equal(storage.value, 11);
  });

  test('text as localStorage gives it is a position, garbage is none', async () => {
    const none = ['', 'x', null, undefined, -4, 1.5, '1.5', {}];
    for (const [stored, since] of [['17', '17'], [17, '17'], ...none.map((x) => [x, null])]) {
      const x = setUp({ storage: memory(stored) });
      x.client.connect();
      await settle();
      assert.equal(query().get('since'), since, String(stored));
      x.client.close();
    }
  });

  test('nothing is written when nothing moved', async () => {
    const storage = memory('10');
    const x = setUp({ storage });
    await goLive(x, 10);
    latest().event(10);
    latest().say({ op: 'position', seq: 10 });
    assert.equal(storage.writes, 0);
  });

  test('a failing storage is reported once and stops nothing', async () => {
    const storage = { get() { throw new Error('denied'); }, set() { throw new Error('full'); } };
    const x = setUp({ storage });
    await goLive(x, 10);
    latest().event(11);
    latest().event(12);
    assert.deepEqual(x.seen.seqs, [11, 12]);
    assert.deepEqual(x.seen.errors.map((e) => e.message), ['no stored position: denied', 'position not stored: full']);
    assert.equal(x.client.state, 'live');
  });

  test('an answer that comes after the deadline does not move the position back', async () => {
    const answers = [];
    const x = setUp({ storage: { get: () => new Promise((resolve) => answers.push(resolve)), set() {} } });
    x.client.connect();
    await x.clock.advance(10_000 + 250);
    assert.equal(answers.length, 2);
    answers[1]('20');
    await settle();
    latest().hello(20);
    latest().event(21);
    answers[0]('5');
    await settle();
    assert.equal(x.client.position, 21);
  });

  test('a slow storage has one write at a time, and the last position is written', async () => {
    const writes = [];
    let done;
    const storage = {
      get: async () => '9',
      set: (position) => {
        writes.push(position);
        return new Promise((resolve) => (done = resolve));
      },
    };
    const x = setUp({ storage });
    await goLive(x, 10);
    assert.equal(query().get('since'), '9');
    for (const seq of [10, 11, 12, 13]) latest().event(seq);
    assert.deepEqual(writes, [10]);
    done();
    await settle();
    assert.deepEqual(writes, [10, 13]);
    done();
    await settle();
    assert.deepEqual(writes, [10, 13]);
  });
});
