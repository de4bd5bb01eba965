import assert from 'node:assert/strict';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, test, type TestContext } from 'node:test';
import { EventSystem, type CarillonError, type CarillonEvent } from '../src/index.js';
import { StreamParser } from '../src/sse.js';
import { eventually, startNode, temporaryDirectory } from './support/node.js';

const identity = { companyId: 'c-1', userId: 'u-1' };
const directory = join(temporaryDirectory(), 'data');
let node = await startNode({ directory });
const port = Number(new URL(node.url).port);
after(() => node.stop());

function systemOf(t: TestContext, errors: Error[] = []): EventSystem {
  const system = new EventSystem({ url: node.url, adminUrl: node.adminUrl, service: 'shop', identity, onError: (error) => errors.push(error) });
  t.after(() => system.close());
  return system;
}

const cancel = (system: EventSystem, orderId: string, companyId = 'c-1') => system.publish('order.cancelled', { orderId, reason: 'late' }, { companyId });

test('a live subscription gets the events of its types, in order', async (t) => {
  const system = systemOf(t);
  const orders: string[] = [];
  const subscription = system.subscribe('order.*', (event) => orders.push(event.type === 'order.cancelled' ? event.data.orderId : event.type), { durable: false });
  await subscription.ready;
  assert.equal(subscription.state, 'live');
  await cancel(system, 'a');
  await system.publish('user.login', { ip: '192.0.2.1', userAgent: 't' }, { companyId: 'c-1', userId: 'u-1' });
  await cancel(system, 'other', 'c-2');
  const last = await cancel(system, 'b');
  await eventually(() => orders.length === 2, 'two events');
  assert.deepEqual(orders, ['a', 'b']);
  await eventually(() => subscription.position === last.seq, 'the position');
  await system.close();
  assert.equal(subscription.state, 'closed');
});

test('a handler that throws is reported, and the next event comes', async (t) => {
  const errors: Error[] = [];
  const system = systemOf(t, errors);
  const seen: string[] = [];
  const subscription = system.subscribe(
    'order.cancelled',
    (event) => {
      seen.push(event.data.orderId);
      if (event.data.orderId === 'bad') throw new Error('no such order');
    },
    { durable: false },
  );
  await subscription.ready;
  await cancel(system, 'bad');
  await cancel(system, 'good');
  await eventually(() => seen.length === 2, 'two events');
  assert.deepEqual(errors.map((error) => error.message), ['no such order']);
});

test('with repeatFailed an event comes again until its handler succeeds, and later events wait', async (t) => {
  const errors: Error[] = [];
  const system = systemOf(t, errors);
  const since = (await system.getEvents({ limit: 1 }))[0]!.seq;
  const seen: string[] = [];
  system.subscribe(
    'order.cancelled',
    (event) => {
      seen.push(event.data.orderId);
      if (event.data.orderId === 'r-2' && seen.length < 4) throw new Error('not yet');
    },
    { durable: false, since, repeatFailed: true },
  );
  for (const orderId of ['r-1', 'r-2', 'r-3']) await cancel(system, orderId);
  await eventually(() => seen.length === 5, 'the last event');
  assert.deepEqual(seen, ['r-1', 'r-2', 'r-2', 'r-2', 'r-3']);
  assert.equal(errors.length, 2);
});

test('it goes on without a gap or a duplicate when the node was killed', async (t) => {
  const system = systemOf(t);
  const seqs: number[] = [];
  const since = (await system.getEvents({ limit: 1 }))[0]!.seq;
  const subscription = system.subscribe('order.cancelled', (event) => seqs.push(event.seq), { durable: false, since });
  await subscription.ready;
  const published: number[] = [];
  for (let round = 0; round < 2; round += 1) {
    for (let index = 0; index < 20; index += 1) published.push((await cancel(system, `${round}-${index}`)).seq);
    await node.stop('SIGKILL');
    node = await startNode({ directory, port });
    published.push((await cancel(system, 'after')).seq);
  }
  await eventually(() => seqs.length >= published.length, 'all events');
  assert.deepEqual(seqs, published);
});

test('an event that an operator sends again is marked', async (t) => {
  const system = systemOf(t);
  const receipt = await cancel(system, 'again');
  const replays: (number | undefined)[] = [];
  const subscription = system.subscribe('order.cancelled', (_event, delivery) => replays.push(delivery.replay), { durable: false });
  await subscription.ready;
  const { replayId } = await system.replayEvents([receipt.id], { target: 'sessions' });
  // Perhaps after the event itself, if the session began before the node had handed it on.
  await eventually(() => replays.includes(replayId), 'the replay');
});

test('a stream that is refused for good ends the subscription, and ready tells why', async () => {
  const errors: Error[] = [];
  const system = new EventSystem({ url: node.url, service: 'shop', onError: (error) => errors.push(error) });
  const subscription = system.subscribe('*', () => undefined, { durable: false, token: () => 'not.a.token' });
  await assert.rejects(subscription.ready, (error: CarillonError) => error.code === 'unauthenticated');
  await eventually(() => subscription.state === 'closed', 'the end');
  assert.equal(errors.length, 1);
});

test('at a restored log the subscription is told a gap, and goes on behind it', async (t) => {
  const old = 'aaaaaaaaaaaaaaaa';
  const restored = 'bbbbbbbbbbbbbbbb';
  const asked: (string | null)[] = [];
  const message = (history: string, seq: number): string =>
    `id: ${history}.${seq}\ndata: ${JSON.stringify({ seq, id: `e-${seq}`, type: 'order.cancelled', data: {} })}\n\n`;
  const hello = (history: string, head: number): string => `event: hello\ndata: ${JSON.stringify({ head, history })}\n\n`;
  const server = createServer((request, response: ServerResponse) => {
    const since = new URL(request.url ?? '', 'http://127.0.0.1').searchParams.get('since');
    asked.push(since);
    response.writeHead(200, { 'Content-Type': 'text/event-stream' });
    if (since === null) {
      response.end(hello(old, 99) + message(old, 100));
      return;
    }
    const gap = JSON.stringify({ op: 'gap', from: 51, to: 100, history: restored, after: 50 });
    const head = since === `${old}.100` ? `event: gap\ndata: ${gap}\n\nid: ${restored}.50\n\n` : '';
    // The second stream ends in the middle.
    if (head === '') response.write(hello(restored, 52) + message(restored, 52));
    else response.end(hello(restored, 52) + head + message(restored, 51));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const system = new EventSystem({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, service: 'shop' });
  const seen: (number | undefined)[] = [];
  const gaps: unknown[] = [];
  const onGap = (from: number, to: number, history?: string): void => {
    gaps.push([from, to, history]);
  };
  const subscription = system.subscribe('*', (event) => seen.push(event.seq), { durable: false, onGap });
  await eventually(() => seen.length === 3, 'all events');
  assert.deepEqual(seen, [100, 51, 52]);
  assert.deepEqual(gaps, [[51, 100, restored]]);
  assert.deepEqual(asked, [null, `${old}.100`, `${restored}.51`]);
  await subscription.unsubscribe();
});

test('a slow handler holds the stream, and not the memory', async (t) => {
  // A server that sends as fast as it may.
  let sent = 0;
  const server = createServer((_request, response: ServerResponse) => {
    response.writeHead(200, { 'Content-Type': 'text/event-stream' });
    response.write('event: hello\ndata: {"head":0}\n\n');
    const pump = (): void => {
      while (sent < 20_000) {
        sent += 1;
        const event = { seq: sent, id: `e-${sent}`, type: 'order.cancelled', data: { pad: 'x'.repeat(1_000) } };
        if (!response.write(`id: ${sent}\ndata: ${JSON.stringify(event)}\n\n`)) {
          response.once('drain', pump);
          return;
        }
      }
    };
    pump();
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const system = new EventSystem({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, service: 'shop' });
  let release: () => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  let seen = 0;
  let last: CarillonEvent | undefined;
  const subscription = system.subscribe('*', async (event) => {
    seen += 1;
    last = event;
    if (seen === 10) await held;
  }, { durable: false });
  await eventually(() => seen === 10, 'ten events');
  const before = sent;
  assert.ok(before < 20_000, 'the server was held');
  release();
  await eventually(() => last?.seq === 20_000, 'all events');
  assert.equal(seen, 20_000);
  await subscription.unsubscribe();
});

test('the parser takes streams in any pieces', () => {
  const text = 'retry: 1500\r\n\r\n: comment\nevent: hello\ndata: {"a":1}\n\nid: 4\ndata: {"x":\ndata: 2}\r\n\r\nid: 5\n\nid: 6\rdata\r\rdata:  two\n\n';
  const whole = new StreamParser().push(text);
  assert.deepEqual(
    whole.filter((message) => message.data !== '' || message.id !== '').map(({ event, data, id }) => [event, data, id]),
    [['hello', '{"a":1}', ''], ['message', '{"x":\n2}', '4'], ['message', '', '5'], ['message', '', '6'], ['message', ' two', '6']],
  );
  for (let size = 1; size < 12; size += 1) {
    const parser = new StreamParser();
    const messages = [];
    for (let at = 0; at < text.length; at += size) messages.push(...parser.push(text.slice(at, at + size)));
    assert.deepEqual(messages, whole, `pieces of ${size}`);
    assert.equal(parser.retryMs, 1500);
  }
  assert.throws(() => new StreamParser(100).push(`data: ${'x'.repeat(200)}`), RangeError);
});
