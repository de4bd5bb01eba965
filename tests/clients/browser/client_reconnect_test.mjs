// The browser client against a fake browser: when it comes back, and when it gives up.
import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';

import { FakeSocket, settle } from './fakes.mjs';
import { codes, goLive, latest, nextSocket, query, setUp, sockets } from './fixture.mjs';

beforeEach(() => {
  FakeSocket.all = [];
});

describe('coming back', () => {
  test('full jitter: a random part of 500 ms, doubled with each failure up to 30 s', async () => {
    for (const random of [0, 0.25, 0.999]) {
      const x = setUp({}, () => random);
      x.client.connect();
      await settle();
      const limits = [500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000];
      for (const limit of limits) {
        latest().end();
        assert.equal(x.seen.states.at(-1).retryInMs, random * limit);
        assert.equal(x.seen.states.at(-1).closeCode, 1006);
        await nextSocket(x);
      }
      x.client.close();
    }
  });

  test('limits are options', async () => {
    const x = setUp({ minBackoff: 100, maxBackoff: 150 }, () => 1);
    x.client.connect();
    await settle();
    for (const limit of [100, 150, 150]) {
      latest().end();
      assert.equal(x.seen.states.at(-1).retryInMs, limit);
      await nextSocket(x);
    }
  });

  test('no attempt is made before the wait is over', async () => {
    const x = setUp();
    await goLive(x);
    latest().end();
    await x.clock.advance(249);
    assert.equal(sockets().length, 1);
    await x.clock.advance(1);
    assert.equal(sockets().length, 2);
  });

  test('the back-off starts anew after 5 s live, not after a mere hello', async () => {
    const x = setUp({}, () => 1);
    await goLive(x);
    for (const [live, wait] of [[0, 500], [4999, 1000], [4999, 2000], [5000, 500], [0, 1000]]) {
      await x.clock.advance(live);
      latest().end();
      assert.equal(x.seen.states.at(-1).retryInMs, wait);
      (await nextSocket(x)).hello();
    }
  });

  test('1001 and 4008 come back within 500 ms, whatever failed before', async () => {
    for (const code of [1001, 4008]) {
      const x = setUp({}, () => 1);
      x.client.connect();
      await settle();
      for (let i = 0; i < 6; ++i) {
        latest().end();
        await nextSocket(x);
      }
      latest().hello(10);
      latest().event(11);
      latest().end(code);
      assert.equal(x.seen.states.at(-1).retryInMs, 500);
      x.client.close();
    }
  });

  test('1001 and 4008 over and over: at once while something comes, slower if nothing does', async () => {
    const x = setUp({}, () => 1);
    await goLive(x, 0);
    for (let seq = 1; seq <= 5; ++seq) {
      latest().event(seq);
      latest().end(4008);
      assert.equal(x.seen.states.at(-1).retryInMs, 500);
      (await nextSocket(x)).hello(5);
    }
    for (const wait of [500, 1000, 2000, 4000]) {
      latest().end(4008);
      assert.equal(x.seen.states.at(-1).retryInMs, wait);
      (await nextSocket(x)).hello(5);
    }
  });

  test('nothing received for 2.5 heartbeats: the socket is dropped', async () => {
    const x = setUp();
    x.client.connect();
    await settle();
    latest().hello(0, { heartbeatMs: 1000 });
    await x.clock.advance(2400);
    for (const frame of [{ op: 'position', seq: 0 }, { op: 'pong' }, { op: 'event', seq: 1, event: {} }]) {
      latest().say(frame);
      await x.clock.advance(2499);
      assert.equal(x.client.state, 'live');
    }
    await x.clock.advance(1);
    assert.equal(x.client.state, 'waiting');
    assert.equal(sockets()[0].closedWith.code, 1000);
    await nextSocket(x);
    assert.equal(query().get('since'), '1');
  });

  test('what an abandoned socket still says is not heard', async () => {
    const x = setUp();
    await goLive(x);
    const { onmessage, onclose, onopen } = latest();
    const old = latest();
    await x.clock.advance(62_500);
    assert.equal(x.client.state, 'waiting');
    onmessage({ data: '{"op":"event","seq":1,"event":{}}' });
    await nextSocket(x);
    old.protocol = '';
    onopen();
    onclose({ code: 4003, reason: '' });
    assert.equal(x.client.state, 'connecting');
    assert.deepEqual(x.seen.seqs, []);
  });

  test('online and offline end a wait, and the back-off starts anew', async () => {
    for (const name of ['online', 'offline']) {
      const x = setUp({}, () => 1);
      x.client.connect();
      await settle();
      for (let i = 0; i < 5; ++i) {
        latest().end();
        await nextSocket(x);
      }
      latest().end();
      const before = sockets().length;
      x.network.dispatchEvent(new Event(name));
      await settle();
      assert.equal(sockets().length, before + 1);
      latest().end();
      assert.equal(x.seen.states.at(-1).retryInMs, 500);
      x.client.close();
    }
  });

  test('a change of the network while live asks for a sign of life within 5 s', async () => {
    for (const answers of [true, false]) {
      const x = setUp();
      await goLive(x);
      x.network.dispatchEvent(new Event('offline'));
      assert.deepEqual(latest().sent, [{ op: 'ping' }]);
      await x.clock.advance(4999);
      if (answers) latest().say({ op: 'pong' });
      await x.clock.advance(1);
      assert.equal(x.client.state, answers ? 'live' : 'waiting');
      x.client.close();
    }
  });

  test('connect() ends a wait', async () => {
    const x = setUp();
    await goLive(x);
    latest().end();
    x.client.connect();
    await x.clock.advance(0);
    assert.equal(sockets().length, 2);
    assert.equal(x.client.state, 'connecting');
  });

  test('one timer and one open socket at any time', async () => {
    const x = setUp();
    await goLive(x);
    for (let i = 0; i < 10; ++i) {
      await x.clock.advance(62_500);
      assert.equal(x.clock.pending, 1);
      (await nextSocket(x)).hello();
      assert.equal(x.clock.pending, 1);
    }
    assert.equal(sockets().filter((s) => s.readyState < 2).length, 1);
  });
});

describe('being refused', () => {
  test('4001: another token is asked for once, and a second refusal ends it', async () => {
    const asked = [];
    const x = setUp({ token: (why) => `t${asked.push(why.refused)}` });
    x.client.connect();
    await settle();
    latest().accept();
    latest().end(4001);
    await nextSocket(x);
    assert.deepEqual(latest().protocols, ['carillon.v1', 't2']);
    latest().accept();
    latest().end(4001);
    assert.equal(x.client.state, 'closed');
    assert.deepEqual(asked, [false, true]);
    assert.deepEqual(x.seen.errors, [
      { code: 'unauthenticated', message: 'the server does not accept the token', fatal: true },
    ]);
    await x.clock.advance(120_000);
    assert.equal(sockets().length, 2);
    assert.equal(x.clock.pending, 0);
  });

  test('4001 of a session that expires is not a refusal of the next token', async () => {
    const x = setUp({ token: () => 't' });
    await goLive(x);
    for (let i = 0; i < 5; ++i) {
      await x.clock.advance(20_000);
      latest().end(4001);
      (await nextSocket(x)).hello();
    }
    assert.equal(x.client.state, 'live');
    assert.deepEqual(x.seen.errors, []);
  });

  test('a server that says hello and 4001 for ever is met with the back-off', async () => {
    const x = setUp({ token: () => 't' }, () => 1);
    await goLive(x);
    for (const wait of [500, 1000, 2000]) {
      latest().end(4001);
      assert.equal(x.seen.states.at(-1).retryInMs, wait);
      (await nextSocket(x)).hello();
    }
  });

  test('a drop between the refusal and the second one changes nothing', async () => {
    const x = setUp({ token: () => 't' });
    x.client.connect();
    await settle();
    latest().end(4001);
    (await nextSocket(x)).end(1006);
    (await nextSocket(x)).end(4001);
    assert.equal(x.client.state, 'closed');
  });

  test('4001 ends it at once if the token is a string, or none', async () => {
    for (const token of ['t', undefined]) {
      const x = setUp({ token });
      await goLive(x);
      latest().end(4001);
      assert.equal(x.client.state, 'closed');
      assert.deepEqual(codes(x.seen), ['unauthenticated']);
    }
  });

  test('1009, 4003 and 4009 end it', async () => {
    for (const [code, name] of [[1009, 'too_big'], [4003, 'forbidden'], [4009, 'protocol_error']]) {
      const x = setUp({ token: () => 't' });
      await goLive(x);
      latest().end(code);
      assert.equal(x.client.state, 'closed');
      assert.equal(x.seen.states.at(-1).closeCode, code);
      assert.deepEqual(x.seen.errors.map((e) => [e.code, e.fatal]), [[name, true]]);
      const before = sockets().length;
      await x.clock.advance(120_000);
      x.network.dispatchEvent(new Event('online'));
      await settle();
      assert.equal(sockets().length, before);
    }
  });

  test('every other code is a drop', async () => {
    for (const code of [1000, 1001, 1005, 1006, 1011, 1012, 1013, 4000, 4008]) {
      const x = setUp();
      await goLive(x);
      latest().end(code);
      await nextSocket(x);
      assert.deepEqual(x.seen.errors, []);
      x.client.close();
    }
  });

  test('a listener of the fatal error may connect again', async () => {
    const x = setUp({ token: 't' });
    x.client.addEventListener('error', () => x.client.connect(), { once: true });
    await goLive(x);
    latest().end(4001);
    await settle();
    assert.equal(x.client.state, 'connecting');
    assert.equal(sockets().length, 2);
  });

  test('a token function that fails, or has none, is asked again after the back-off', async () => {
    let calls = 0;
    const answers = [() => Promise.reject(new Error('offline')), () => '', () => undefined, () => 't'];
    const x = setUp({ token: () => answers[calls++]() }, () => 1);
    x.client.connect();
    await x.clock.advance(500 + 1000 + 2000);
    assert.equal(calls, 4);
    assert.deepEqual(codes(x.seen), ['token', 'token', 'token']);
    assert.equal(sockets().length, 1);
    latest().hello();
    assert.equal(x.client.state, 'live');
  });
});
