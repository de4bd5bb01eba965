import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, test, type TestContext } from 'node:test';
import { CarillonError, DeadlineError, EventSystem, QueueFullError } from '../src/index.js';
import { startNode, temporaryDirectory } from './support/node.js';

const order = { orderId: 'o-1', total: 99.5, items: 2, status: 'new' };

interface Draft {
  type: string;
  id: string;
  source: string;
  companyId?: string;
  userId?: string;
  data: Record<string, unknown>;
  metadata?: Record<string, unknown>;
}

/** A node that answers as the test wants: `answer` gets each request's events. */
async function fakeNode(t: TestContext, answer: (events: Draft[], response: ServerResponse, request: IncomingMessage) => void): Promise<{ url: string; requests: Draft[][] }> {
  const requests: Draft[][] = [];
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const events = JSON.parse(Buffer.concat(parts).toString()) as Draft[];
      requests.push(events);
      answer(events, response, request);
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests };
}

function accept(events: Draft[], response: ServerResponse): void {
  response.setHeader('Content-Type', 'application/json');
  response.end(JSON.stringify({ results: events.map((event, index) => ({ seq: index + 1, id: event.id, duplicate: false })) }));
}

function refuse(response: ServerResponse, status: number, code: string, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'Content-Type': 'application/problem+json', ...headers });
  response.end(JSON.stringify({ status, code, title: code, detail: `told ${code}` }));
}

const node = await startNode();
after(() => node.stop());

test('an event is durable when publish resolves, and has the envelope of its metadata', async () => {
  const system = new EventSystem({ url: node.url, adminUrl: node.adminUrl, service: 'shop' });
  const receipt = await system.publish('order.created', order, { companyId: 'c-1', userId: 'u-1', correlationId: 'x-1', ip: '192.0.2.1', source: 'web' });
  assert.equal(receipt.duplicate, false);
  assert.match(receipt.id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  const [event] = await system.getEvents({ id: receipt.id });
  assert.ok(event);
  assert.equal(event.seq, receipt.seq);
  assert.deepEqual(
    [event.source, event.companyId, event.userId, event.correlationId, event.data, event.metadata],
    ['/shop', 'c-1', 'u-1', 'x-1', order, { ip: '192.0.2.1', source: 'web' }],
  );
});

test('the same id is stored once', async () => {
  const system = new EventSystem({ url: node.url, service: 'shop' });
  const first = await system.publish('order.created', order, { companyId: 'c-1' }, { id: 'order-created/o-7' });
  const again = await system.publish('order.created', order, { companyId: 'c-1' }, { id: 'order-created/o-7' });
  assert.deepEqual(again, { ...first, duplicate: true });
});

test('an event that does not match its type is refused, the others of its request are stored', async () => {
  const system = new EventSystem({ url: node.url, service: 'shop' });
  const wrong = { orderId: 'o-2' } as unknown as typeof order;
  const [good, bad] = await Promise.allSettled([
    system.publish('order.created', order, { companyId: 'c-1' }),
    system.publish('order.created', wrong, { companyId: 'c-1' }),
  ]);
  assert.equal(good.status, 'fulfilled');
  assert.equal(bad.status, 'rejected');
  assert.ok(bad.reason instanceof CarillonError);
  assert.deepEqual([bad.reason.code, bad.reason.status], ['schema_violation', 422]);
  assert.match(bad.reason.field ?? '', /^data\./);
});

test('a wrong key is refused at once', async () => {
  const secured = await startNode({ secured: true });
  try {
    const wrong = new EventSystem({ url: secured.url, key: 'ck_wrong', service: 'shop' });
    await assert.rejects(wrong.publish('order.created', order, { companyId: 'c-1' }), (error: CarillonError) => error.code === 'unauthenticated');
    const right = new EventSystem({ url: secured.url, key: secured.key!, service: 'shop' });
    assert.equal((await right.publish('order.created', order, { companyId: 'c-1' })).duplicate, false);
  } finally {
    await secured.stop();
  }
});

test('a node that comes late, and one that is killed, store each event once', async (t) => {
  const directory = join(temporaryDirectory(), 'data');
  let running = await startNode({ directory });
  t.after(() => running.stop());
  const port = Number(new URL(running.url).port);
  await running.stop();
  const system = new EventSystem({ url: `http://127.0.0.1:${port}`, service: 'shop' });
  const early = system.publish('order.created', order, { companyId: 'c-1' }, { id: 'early' });
  running = await startNode({ directory, port });
  assert.equal((await early).duplicate, false);

  const calls: Promise<unknown>[] = [];
  for (let round = 0; round < 3; round += 1) {
    for (let index = 0; index < 300; index += 1) calls.push(system.publish('order.created', order, { companyId: 'c-1' }, { id: `${round}-${index}` }));
    await Promise.race(calls.slice(-300));
    await running.stop('SIGKILL');
    running = await startNode({ directory, port });
  }
  await Promise.all(calls);
  const admin = new EventSystem({ url: running.url, adminUrl: running.adminUrl, service: 'shop' });
  const ids = (await admin.getEvents({ limit: 5_000 })).map((event) => event.id);
  assert.equal(ids.length, 901);
  assert.equal(new Set(ids).size, 901);
});

test('calls of one turn travel as one array, in their order', async (t) => {
  const { url, requests } = await fakeNode(t, accept);
  const system = new EventSystem({ url, service: 'shop' });
  const receipts = await Promise.all(Array.from({ length: 50 }, (_, index) => system.publish('order.created', { ...order, orderId: `o-${index}` }, { companyId: 'c-1' })));
  assert.deepEqual(requests.map((events) => events.length), [50]);
  assert.deepEqual(requests[0]!.map((event) => event.data.orderId), Array.from({ length: 50 }, (_, index) => `o-${index}`));
  assert.deepEqual(receipts.map((receipt) => receipt.id), requests[0]!.map((event) => event.id));
});

test('the event is that of the call, whatever the caller changes afterwards', async (t) => {
  const { url, requests } = await fakeNode(t, accept);
  const system = new EventSystem({ url, service: 'shop' });
  const data = { ...order };
  const call = system.publish('order.created', data, { companyId: 'c-1' });
  data.orderId = 'changed';
  await call;
  assert.equal(requests[0]![0]!.data.orderId, 'o-1');
});

test('batches end at the bounds of events and bytes', async (t) => {
  const { url, requests } = await fakeNode(t, accept);
  const few = new EventSystem({ url, service: 'shop', publisher: { maxBatchEvents: 20 } });
  await Promise.all(Array.from({ length: 50 }, () => few.publish('order.created', order, { companyId: 'c-1' })));
  assert.deepEqual(requests.splice(0).map((events) => events.length), [20, 20, 10]);
  const small = new EventSystem({ url, service: 'shop', publisher: { maxBatchBytes: 1_000 } });
  await Promise.all(Array.from({ length: 4 }, () => small.publish('order.created', { ...order, note: 'x'.repeat(600) }, { companyId: 'c-1' })));
  assert.deepEqual(requests.map((events) => events.length), [1, 1, 1, 1]);
});

test('what is refused for now is sent again with its id, after the pause that the node asks for', async (t) => {
  const times: number[] = [];
  const { url, requests } = await fakeNode(t, (events, response) => {
    times.push(performance.now());
    if (requests.length === 1) refuse(response, 503, 'overloaded', { 'Retry-After': '1' });
    else accept(events, response);
  });
  const system = new EventSystem({ url, service: 'shop' });
  const receipt = await system.publish('order.created', order, { companyId: 'c-1' });
  assert.deepEqual(requests.map((events) => events[0]!.id), [receipt.id, receipt.id]);
  assert.ok(times[1]! - times[0]! >= 990, `${times[1]! - times[0]!} ms`);
});

test('a connection that breaks before the answer is no failure', async (t) => {
  const { url, requests } = await fakeNode(t, (events, response, request) => {
    if (requests.length <= 2) request.socket.destroy();
    else accept(events, response);
  });
  const system = new EventSystem({ url, service: 'shop' });
  const receipt = await system.publish('order.created', order, { companyId: 'c-1' });
  assert.deepEqual(requests.map((events) => events[0]!.id), [receipt.id, receipt.id, receipt.id]);
});

test('a request without an answer is given up and sent again', async (t) => {
  const { url, requests } = await fakeNode(t, (events, response) => {
    if (requests.length > 1) accept(events, response);
  });
  const system = new EventSystem({ url, service: 'shop', publisher: { requestTimeoutMs: 100 } });
  await system.publish('order.created', order, { companyId: 'c-1' });
  assert.equal(requests.length, 2);
});

test('only events whose own verdict is "later" are sent again', async (t) => {
  const { url, requests } = await fakeNode(t, (events, response) => {
    const first = requests.length === 1;
    response.end(
      JSON.stringify({
        results: events.map((event) =>
          first && event.companyId === 'full' ? { error: { status: 429, code: 'quota_exceeded', detail: 'share used up' } } : { seq: 1, id: event.id, duplicate: false },
        ),
      }),
    );
  });
  const system = new EventSystem({ url, service: 'shop' });
  await Promise.all(['a', 'full', 'b'].map((companyId) => system.publish('order.created', order, { companyId })));
  assert.deepEqual(requests.map((events) => events.map((event) => event.companyId)), [['a', 'full', 'b'], ['full']]);
});

test('a batch that is too large is divided', async (t) => {
  const { url, requests } = await fakeNode(t, (events, response) => {
    if (events.length > 3) refuse(response, 413, 'too_large');
    else accept(events, response);
  });
  const system = new EventSystem({ url, service: 'shop' });
  await Promise.all(Array.from({ length: 10 }, () => system.publish('order.created', order, { companyId: 'c-1' })));
  assert.equal(requests[0]!.length, 10);
  assert.ok(requests.length <= 8, `${requests.length} requests`);
});

test('the queue is bounded, by events and by bytes', async (t) => {
  const { url } = await fakeNode(t, () => undefined);
  const byEvents = new EventSystem({ url, service: 'shop', publisher: { maxQueuedEvents: 2, deadlineMs: 200 } });
  const first = byEvents.publish('order.created', order, { companyId: 'c-1' });
  const second = byEvents.publish('order.created', order, { companyId: 'c-1' });
  await assert.rejects(byEvents.publish('order.created', order, { companyId: 'c-1' }), (error: CarillonError) => error instanceof QueueFullError && error.code === 'queue_full');
  const byBytes = new EventSystem({ url, service: 'shop', publisher: { maxQueuedBytes: 300, deadlineMs: 200 } });
  const third = byBytes.publish('order.created', order, { companyId: 'c-1' });
  await assert.rejects(byBytes.publish('order.created', order, { companyId: 'c-1' }), QueueFullError);
  await Promise.allSettled([first, second, third]);
});

test('a deadline ends the call with its own error, and frees the place', async (t) => {
  const { url } = await fakeNode(t, (_events, response) => {
    refuse(response, 503, 'store_unavailable');
  });
  const system = new EventSystem({ url, service: 'shop', publisher: { maxQueuedEvents: 1 } });
  const begun = performance.now();
  const call = () => system.publish('order.created', order, { companyId: 'c-1' }, { deadlineMs: 150 });
  await assert.rejects(call(), (error: CarillonError) => {
    assert.ok(error instanceof DeadlineError);
    assert.equal((error.cause as CarillonError).code, 'store_unavailable');
    return true;
  });
  const lasted = performance.now() - begun;
  assert.ok(lasted >= 140 && lasted < 2_000, `${lasted} ms`);
  await assert.rejects(call(), DeadlineError);
  await system.flush();
});

test('a signal ends the wait', async (t) => {
  const { url } = await fakeNode(t, () => undefined);
  const system = new EventSystem({ url, service: 'shop' });
  const controller = new AbortController();
  const call = system.publish('order.created', order, { companyId: 'c-1' }, { signal: controller.signal });
  controller.abort(new Error('enough'));
  await assert.rejects(call, /enough/);
});

test('close sends what waits, and takes no more', async (t) => {
  const { url, requests } = await fakeNode(t, accept);
  const system = new EventSystem({ url, service: 'shop' });
  const call = system.publish('order.created', order, { companyId: 'c-1' });
  await system.close();
  assert.equal(requests.length, 1);
  await call;
  await assert.rejects(system.publish('order.created', order), (error: CarillonError) => error.code === 'closed');
});

test('what is no JSON is refused before it is sent', async () => {
  const system = new EventSystem({ url: node.url, service: 'shop' });
  await assert.rejects(system.publish('order.created', { ...order, big: 1n }), TypeError);
});

test('many events a second pass', { timeout: 20_000 }, async (t) => {
  const system = new EventSystem({ url: node.url, service: 'shop', publisher: { maxQueuedEvents: 5_000 } });
  const begun = performance.now();
  await Promise.all(Array.from({ length: 2_000 }, () => system.publish('order.created', order, { companyId: 'c-1' })));
  t.diagnostic(`${Math.round(2_000 / ((performance.now() - begun) / 1_000))} events/s by one process, each awaited`);
});
