/** Durable subscriptions against a server that speaks the protocol of DESIGN §13 as a test wants it. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { EventBus, EventSystem, initializeEventSystem, shutdownEventSystem, type CarillonError } from '../src/index.js';
import { delivery, fakeNode, type FakeNode } from './support/fake_node.js';
import { eventually } from './support/node.js';

function systemOf(t: TestContext, node: FakeNode, errors: Error[] = []): EventSystem {
  const system = new EventSystem({ url: node.url, adminUrl: node.url, key: 'ck_test', service: 'shop', onError: (error) => errors.push(error), drainTimeoutMs: 1_000 });
  t.after(() => system.close());
  return system;
}

test('a durable subscription makes its consumer, connects, and acknowledges', async (t) => {
  const node = await fakeNode(t);
  const system = systemOf(t, node);
  const seen: string[] = [];
  const subscription = system.subscribe(
    ['order.*', 'user.login'],
    function loyalty(event, { attempt, deliveryId }) {
      seen.push(`${deliveryId} ${attempt} ${event.type}`);
    },
    { order: 'per_key', key: '/orderId', start: 'beginning', maxAttempts: 5, concurrency: 3, prefetch: 7 },
  );
  await subscription.ready;
  assert.deepEqual(node.calls, [
    { method: 'PUT', path: '/api/consumers/shop.loyalty', body: { types: ['order.*', 'user.login'], order: 'per_key', key: '/orderId', start: 'beginning', maxAttempts: 5 } },
  ]);
  const connection = await node.nth(0);
  assert.deepEqual([connection.path, connection.protocols, connection.authorization], ['/consume/shop.loyalty', ['carillon.consumer.v1'], 'Bearer ck_test']);
  connection.send({ op: 'deliver', deliveries: [delivery(1), delivery(2)] });
  await eventually(() => connection.messages.length >= 3, 'acknowledgements');
  assert.deepEqual(connection.messages, [{ op: 'credit', n: 7 }, { op: 'ack', ids: ['x-1', 'x-2'] }, { op: 'credit', n: 2 }]);
  assert.deepEqual(seen, ['x-1 1 order.cancelled', 'x-2 1 order.cancelled']);
  connection.send({ op: 'acked', upTo: 2 });
  await eventually(() => subscription.position === 2, 'the position');
  await system.unsubscribe(subscription);
  await eventually(() => connection.closeCode !== undefined, 'the close');
  assert.equal(connection.closeCode, 1000);
  assert.deepEqual(connection.messages.at(-1), { op: 'drain' });
  assert.equal(subscription.state, 'closed');
});

test('unsubscribe waits for the handlers, whose acknowledgements leave before the close', async (t) => {
  const node = await fakeNode(t);
  const system = systemOf(t, node);
  const ends: (() => void)[] = [];
  system.subscribe('*', () => new Promise<void>((resolve) => ends.push(resolve)), { name: 'x' });
  const connection = await node.nth(0);
  connection.send({ op: 'deliver', deliveries: [delivery(1)] });
  await eventually(() => ends.length === 1, 'a handler that runs');
  const closed = system.close();
  await eventually(() => connection.messages.some((message) => message.op === 'drain'), 'the drain');
  assert.equal(connection.closeCode, undefined);
  ends[0]?.();
  await closed;
  await eventually(() => connection.closeCode !== undefined, 'the close');
  assert.ok(connection.messages.some((message) => message.op === 'ack' && message.ids?.[0] === 'x-1'));
});

test('it connects again after a broken connection, and after the node drained', async (t) => {
  const node = await fakeNode(t);
  const system = systemOf(t, node);
  const seen: number[] = [];
  system.subscribe('*', (event) => seen.push(event.seq), { name: 'x' });
  const first = await node.nth(0);
  first.socket.terminate();
  const second = await node.nth(1);
  second.send({ op: 'deliver', deliveries: [delivery(1)] });
  second.send({ op: 'drain' });
  await eventually(() => second.closeCode !== undefined, 'the close');
  assert.equal(second.closeCode, 1000);
  assert.deepEqual(second.messages.map((message) => message.op), ['credit', 'ack']);
  const third = await node.nth(2);
  third.send({ op: 'deliver', deliveries: [delivery(2)] });
  await eventually(() => seen.length === 2, 'both');
  // The consumer was made once.
  assert.equal(node.calls.length, 1);
});

test('nonsense from the server ends the connection, and the next one goes on', async (t) => {
  const node = await fakeNode(t);
  const system = systemOf(t, node);
  system.subscribe('*', () => undefined, { name: 'x' });
  (await node.nth(0)).send('{"op":"deliver","deliveries":[{}]}');
  const second = await node.nth(1);
  assert.equal(node.connections[0]?.closeCode, 4009);
  second.send({ op: 'of a later version', x: 1 });
  second.send({ op: 'deliver', deliveries: [delivery(1)] });
  await eventually(() => second.messages.some((message) => message.op === 'ack'), 'the acknowledgement');
});

test('a refusal that stays ends the subscription, and ready and onError tell why', async (t) => {
  for (const [status, code] of [[409, 'conflict'], [403, 'forbidden'], [401, 'unauthenticated'], [405, 'method_not_allowed']] as const) {
    const node = await fakeNode(t);
    const errors: Error[] = [];
    node.answer = () => ({ status, body: { code, status, title: code, detail: `because of ${code}` } });
    const subscription = systemOf(t, node, errors).subscribe('*', () => undefined, { name: 'x' });
    await assert.rejects(subscription.ready, (error: CarillonError) => error.code === code && error.message === `because of ${code}`);
    assert.equal(subscription.state, 'closed');
    assert.equal(errors.length, 1);
    assert.equal(node.connections.length, 0);
  }
});

test('an error before the hello, and its close code, are told', async (t) => {
  const node = await fakeNode(t);
  node.greet = false;
  const errors: Error[] = [];
  const subscription = systemOf(t, node, errors).subscribe('*', () => undefined, { name: 'x', define: false });
  const connection = await node.nth(0);
  connection.send({ op: 'error', code: 'not_found', message: 'there is no consumer x' });
  connection.socket.close(4009);
  await assert.rejects(subscription.ready, (error: CarillonError) => error.code === 'not_found');
  assert.deepEqual(node.calls.map(({ method, path }) => [method, path]), [['GET', '/api/consumers/x/workers']]);
});

test('a refused handshake is looked into, and ends the subscription if it stays', async (t) => {
  const node = await fakeNode(t);
  const errors: Error[] = [];
  const system = systemOf(t, node, errors);
  const subscription = system.subscribe('*', () => undefined, { name: 'x' });
  await subscription.ready;
  node.refuseSockets = true;
  node.answer = ({ method }) => (method === 'GET' ? { status: 401, body: { code: 'unauthenticated', status: 401, detail: 'the key was removed' } } : { status: 200 });
  node.connections[0]?.socket.terminate();
  await eventually(() => subscription.state === 'closed', 'the end');
  assert.deepEqual(errors.map((error) => error.message), ['the key was removed']);
});

test('a server that speaks no consumer protocol is refused', async (t) => {
  const node = await fakeNode(t);
  const errors: Error[] = [];
  const system = new EventSystem({
    url: node.url,
    adminUrl: node.url,
    service: 'shop',
    onError: (error) => errors.push(error),
    environment: {
      webSocket: async () => {
        const { WebSocket: Ws } = await import('ws');
        return (address: string) => new Ws(address, ['another']);
      },
    },
  });
  const subscription = system.subscribe('*', () => undefined, { name: 'x' });
  await assert.rejects(subscription.ready, (error: CarillonError) => error.code === 'protocol');
  await system.close();
});

test('a node that is away for a moment delays a subscription only', async (t) => {
  const node = await fakeNode(t);
  let refusals = 0;
  node.answer = () => (++refusals < 3 ? { status: 503, body: { code: 'shutting_down', status: 503 } } : { status: 201 });
  const subscription = systemOf(t, node).subscribe('*', () => undefined, { name: 'x' });
  await subscription.ready;
  assert.equal(refusals, 3);
});

test('handlers are named; an anonymous one needs a name', async (t) => {
  const node = await fakeNode(t);
  const system = systemOf(t, node);
  assert.throws(() => system.subscribe('*', () => undefined), TypeError);
  assert.throws(() => EventBus.subscribe('*', () => undefined), TypeError);
  assert.throws(() => system.subscribe('*', () => undefined, { name: 'Upper' }), TypeError);
  const sendMail = () => undefined;
  assert.equal(system.subscribe('order.created', sendMail).name, 'shop.send_mail');
});

test('at SIGTERM handlers end, acknowledgements leave, and then the process ends by the signal', async (t) => {
  const node = await fakeNode(t);
  const child = spawn(process.execPath, [fileURLToPath(new URL('support/draining.js', import.meta.url)), node.url], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.after(() => child.kill('SIGKILL'));
  const lines: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
  const connection = await node.nth(0);
  connection.send({ op: 'deliver', deliveries: [delivery(1)] });
  await eventually(() => lines.includes('started'), 'the handler');
  const ended = new Promise((resolve) => child.once('close', (_code, signal) => { resolve(signal); }));
  child.kill('SIGTERM');
  assert.equal(await ended, 'SIGTERM');
  assert.deepEqual(lines, ['started', 'ended']);
  assert.deepEqual(connection.messages.map((message) => message.op), ['credit', 'drain', 'ack']);
  assert.equal(connection.closeCode, 1000);
});

test('subscriptions from before the start begin with it, and end by type and handler', async (t) => {
  const node = await fakeNode(t);
  const seen: number[] = [];
  function stock(event: { seq: number }): void {
    seen.push(event.seq);
  }
  function other(): void {
    assert.fail('was ended before the start');
  }
  const subscription = EventBus.subscribe('order.cancelled', stock);
  EventBus.subscribe('order.cancelled', other);
  await EventBus.unsubscribe('order.cancelled', other);
  assert.equal(subscription.state, 'waiting');
  initializeEventSystem({ url: node.url, adminUrl: node.url, service: 'shop' });
  t.after(() => shutdownEventSystem());
  await subscription.ready;
  assert.equal(subscription.name, 'shop.stock');
  (await node.nth(0)).send({ op: 'deliver', deliveries: [delivery(1)] });
  await eventually(() => seen.length === 1, 'the event');
  await EventBus.unsubscribe('order.cancelled', stock);
  assert.equal(subscription.state, 'closed');
  assert.equal(node.connections.length, 1);
});

test('by pull: long polls within the credit, acknowledgements, refusals, and a drain', async (t) => {
  const node = await fakeNode(t);
  const pending = [delivery(1), delivery(2), delivery(3)];
  const held: (() => void)[] = [];
  node.answer = async (call) => {
    if (!call.path.endsWith('/pull')) return { status: 200 };
    if (pending.length === 0 && Number(call.body.waitMs) > 0) await new Promise<void>((resolve) => held.push(resolve));
    return { status: 200, body: { deliveries: pending.splice(0, Number(call.body.max)) } };
  };
  const system = systemOf(t, node);
  const subscription = system.subscribe(
    '*',
    (event) => {
      if (event.seq === 2) throw new Error('no');
    },
    { name: 'x', carrier: 'pull', concurrency: 2, prefetch: 2 },
  );
  await subscription.ready;
  await eventually(() => node.calls.filter((call) => call.path.endsWith('/ack')).length >= 2, 'acknowledgements');
  const pulls = node.calls.filter((call) => call.path.endsWith('/pull'));
  assert.deepEqual([pulls[0]?.body.max, pulls[0]?.body.waitMs, typeof pulls[0]?.body.worker], [2, 0, 'string']);
  const bodies = (end: string) => node.calls.filter((call) => call.path === `/api/consumers/x/${end}`).map((call) => call.body);
  assert.deepEqual(bodies('ack').flatMap((body) => body.deliveries), [{ id: 'x-1', fence: '3.1' }, { id: 'x-3', fence: '3.1' }]);
  assert.deepEqual(bodies('nack'), [{ deliveries: [{ id: 'x-2', fence: '3.1' }], reason: 'no' }]);
  await system.close();
  assert.equal(subscription.state, 'closed');
  for (const resolve of held) resolve();
});

test('by pull: what was not begun is given back at the end', async (t) => {
  const node = await fakeNode(t);
  const pending = [delivery(1), delivery(2), delivery(3)];
  const ends: (() => void)[] = [];
  node.answer = async (call) => {
    if (!call.path.endsWith('/pull')) return { status: 200 };
    if (pending.length === 0 && Number(call.body.waitMs) > 0) await new Promise<void>((resolve) => setTimeout(resolve, 2_000));
    return { status: 200, body: { history: 'h', deliveries: pending.splice(0, Number(call.body.max)) } };
  };
  const system = systemOf(t, node);
  system.subscribe('*', () => new Promise<void>((resolve) => ends.push(resolve)), { name: 'x', carrier: 'pull', concurrency: 1, prefetch: 5 });
  await eventually(() => ends.length === 1, 'a handler that runs');
  const closed = system.close();
  const bodies = (end: string) => node.calls.filter((call) => call.path === `/api/consumers/x/${end}`).map((call) => call.body);
  await eventually(() => bodies('release').length > 0, 'the rest is given back');
  assert.deepEqual(bodies('release'), [{ deliveries: [{ id: 'x-2', fence: '3.1' }, { id: 'x-3', fence: '3.1' }] }]);
  ends[0]?.();
  await closed;
  assert.deepEqual(bodies('ack'), [{ deliveries: [{ id: 'x-1', fence: '3.1' }] }]);
  assert.equal(ends.length, 1);
});

test('by pull: a lost acknowledgement is sent again, and a lost node is waited for', async (t) => {
  const node = await fakeNode(t);
  const pending = [delivery(1)];
  let acks = 0;
  let pulls = 0;
  node.answer = async (call) => {
    if (call.path.endsWith('/ack')) return (acks += 1) === 1 ? { status: 503, body: { code: 'overloaded', status: 503 } } : { status: 200 };
    if (!call.path.endsWith('/pull')) return { status: 200 };
    pulls += 1;
    if (pulls === 2) return { status: 503, body: { code: 'shutting_down', status: 503 } };
    if (pending.length === 0) await new Promise((resolve) => setTimeout(resolve, 50));
    return { status: 200, body: { deliveries: pending.splice(0) } };
  };
  const system = systemOf(t, node);
  system.subscribe('*', () => undefined, { name: 'x', carrier: 'pull' });
  await eventually(() => acks === 2 && pulls >= 3, 'both again');
});
