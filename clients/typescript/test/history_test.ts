import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { CarillonError, DeadlineError, EventBus, EventSystem, initializeEventSystem, shutdownEventSystem, WebhookManager, type ReplayProgress } from '../src/index.js';
import { startNode } from './support/node.js';

const node = await startNode();
const receipts: { seq: number; id: string }[] = [];

before(async () => {
  initializeEventSystem({ url: node.url, adminUrl: node.adminUrl, service: 'shop' });
  for (const number of [1, 2, 3]) {
    receipts.push(await EventBus.publish('order.created', { orderId: `o-${number}`, total: number, items: [], status: 'new' }, { companyId: 'c-1', userId: `u-${number}` }));
  }
  receipts.push(await EventBus.publish('order.cancelled', { orderId: 'o-1', reason: 'late' }, { companyId: 'c-1' }));
  receipts.push(await EventBus.publish('user.login', { ip: '192.0.2.1', userAgent: 'test' }, { companyId: 'c-2', userId: 'u-9' }));
});

after(async () => {
  await shutdownEventSystem();
  await node.stop();
});

test('getEvents filters, and gives as many as asked for, newest first', async () => {
  const orders = await EventBus.getEvents({ types: 'order.*', companyId: 'c-1' });
  assert.deepEqual(orders.map((event) => event.type), ['order.cancelled', 'order.created', 'order.created', 'order.created']);
  const created = await EventBus.getEvents({ types: ['order.created'], order: 'asc', limit: 2 });
  // Typed by its pattern.
  assert.deepEqual(created.map((event) => event.data.total), [1, 2]);
  assert.equal((await EventBus.getEvents({ userId: 'u-2', types: 'order.*' })).length, 1);
  assert.deepEqual(await EventBus.getEvents({ endDate: new Date(0) }), []);
  assert.deepEqual(await EventBus.getEvents({ limit: 0 }), []);
});

test('a filter selects by what is in the events, in queries, replays and waits', async () => {
  const large = { 'data.total': { $gte: 2 } };
  const found = await EventBus.getEvents({ types: 'order.created', filter: large, order: 'asc' });
  assert.deepEqual(found.map((event) => event.data.total), [2, 3]);
  assert.deepEqual(await EventBus.getEvents({ filter: { 'data.total': 99 } }), []);
  const replayed = await EventBus.replayEvents({ types: ['order.*'], filter: large }, { target: 'handler/metrics' });
  assert.equal(replayed.matched, 2);
  assert.equal((await EventBus.waitFor('order.created', { since: 0, filter: { 'data.total': 3 } })).seq, receipts[2]!.seq);
  await assert.rejects(EventBus.getEvents({ filter: { total: 1 } }), (error: CarillonError) => error.code === 'invalid_argument' && error.field === 'filter/total');
});

test('iterateEvents goes over as many pages as there are', async () => {
  const system = new EventSystem({ url: node.url, adminUrl: node.adminUrl, service: 'shop' });
  const seqs: number[] = [];
  for await (const event of system.iterateEvents({ limit: 2, order: 'asc' })) seqs.push(event.seq);
  // The handlers of the node publish as well.
  assert.ok(seqs.length >= 5);
  assert.deepEqual(seqs, seqs.map((_, index) => index + 1));
});

test('an argument that the node refuses is an error with code and field', async () => {
  await assert.rejects(EventBus.getEvents({ startDate: 'yesterday' }), (error: CarillonError) => error.code === 'invalid_argument' && error.field === 'startDate');
});

test('getEventStats counts by type', async () => {
  const day = 86_400_000;
  const counts = await EventBus.getEventStats(new Date(Date.now() - day), new Date(Date.now() + day));
  assert.equal(counts['order.created'], 3);
  assert.equal(counts['order.cancelled'], 1);
  assert.deepEqual(await EventBus.getEventStats(undefined, undefined, 'c-2'), { 'user.login': 1 });
});

test('replayEvents waits for the end, and reports progress', async () => {
  const seen: ReplayProgress[] = [];
  const end = await EventBus.replayEvents([receipts[0]!.id, receipts[3]!.seq], { target: 'handler/metrics', onProgress: (progress) => seen.push(progress) });
  assert.deepEqual([end.phase, end.matched, end.delivered], ['done', 2, 2]);
  assert.equal(seen.at(-1), end);
  const byFilter = await EventBus.replayEvents({ types: ['order.*'], companyId: 'c-1' }, { target: 'handler/metrics' });
  assert.equal(byFilter.matched, 4);
  assert.equal((await EventBus.replayEvents([])).matched, 0);
  await assert.rejects(EventBus.replayEvents(['no-such-event']), (error: CarillonError) => error.code === 'not_found');
});

test('a replay that takes longer than the wait goes on', async () => {
  await assert.rejects(EventBus.replayEvents({ types: ['order.*'] }, { target: 'handler/metrics', rate: 1, deadlineMs: 50 }), DeadlineError);
});

test('waitFor finds what comes after the call, or after a position', async () => {
  const coming = EventBus.waitFor('order.shipped', { where: (event) => event.data.orderId === 'o-2' });
  const ship = (orderId: string) => EventBus.publish('order.shipped', { orderId, carrier: 'post', trackingNumber: 't' }, { companyId: 'c-1' });
  // It looks from the head of the log at the time of the call on.
  await EventBus.waitFor('*', { since: 0 });
  await ship('o-1');
  const receipt = await ship('o-2');
  const event = await coming;
  assert.deepEqual([event.seq, event.data.carrier], [receipt.seq, 'post']);
  assert.equal((await EventBus.waitFor('order.created', { since: 0, companyId: 'c-1' })).seq, 1);
  await assert.rejects(EventBus.waitFor('order.delivered', { timeoutMs: 60 }), DeadlineError);
});

test('waitFor keeps its deadline over a long log, and reads no event twice that a filter excludes', async () => {
  let now = 0;
  const asked: URL[] = [];
  const fetch = (address: string | URL | Request): Promise<Response> => {
    const url = new URL(address instanceof Request ? address.url : address);
    asked.push(url);
    now += 100;
    const isHead = url.searchParams.get('limit') === '1';
    const from = Number(url.searchParams.get('cursor') ?? url.searchParams.get('after') ?? 0);
    const body = isHead ? { events: [{ seq: 500_000 }], nextCursor: '499999' } : { events: [], nextCursor: from < 500_000 ? String(from + 10_000) : null };
    return Promise.resolve(new Response(JSON.stringify(body), { headers: { 'Content-Type': 'application/json' } }));
  };
  // Pauses between two looks pass at once; deadlines of requests are longer, and are not reached.
  const later = (callback: () => void, ms: number): unknown => {
    if (ms > 500) return setTimeout(callback, ms);
    now += ms;
    return setTimeout(callback, 0);
  };
  const system = new EventSystem({ url: node.url, adminUrl: node.adminUrl, service: 'shop', environment: { fetch, now: () => now, setTimeout: later } });
  await assert.rejects(system.waitFor('order.created', { since: 0, filter: { 'data.total': -1 }, timeoutMs: 2_000 }), DeadlineError);
  assert.ok(now <= 2_200, `${now} ms`);
  asked.length = 0;
  await assert.rejects(system.waitFor('order.created', { since: 0, filter: { 'data.total': -1 }, timeoutMs: 20_000 }), DeadlineError);
  const again = asked.filter((x) => x.searchParams.get('limit') !== '1' && x.searchParams.get('after') === '0' && !x.searchParams.has('cursor'));
  assert.equal(again.length, 1);
});

test('a filter with a member that has no value is refused, and selects nothing', async () => {
  const lost: { id?: number } = {};
  const filter = { 'data.orderId': lost.id };
  await assert.rejects(EventBus.getEvents({ filter }), /data.orderId has no value/);
  await assert.rejects(EventBus.replayEvents({ filter }), TypeError);
  assert.throws(() => EventBus.subscribe('order.*', () => undefined, { name: 'lost', filter }), TypeError);
  await assert.rejects(async () => WebhookManager.create({ url: 'http://127.0.0.1:9/', filter: { 'data.n': { $gt: Number.NaN } } }), TypeError);
});

test('waitFor ends when its signal aborts', async () => {
  const controller = new AbortController();
  const coming = EventBus.waitFor('order.delivered', { signal: controller.signal });
  controller.abort(new Error('enough'));
  await assert.rejects(coming, /enough/);
});

test('waitUntilHandled waits for the handlers of the node', async () => {
  const receipt = await EventBus.publish('user.login', { ip: '192.0.2.1', userAgent: 'test' }, { companyId: 'c-1', userId: 'u-1' });
  const event = await EventBus.waitUntilHandled(receipt.seq);
  assert.equal(event.id, receipt.id);
});

test('without the admin port, reads say what is missing', () => {
  const system = new EventSystem({ url: node.url, service: 'shop' });
  assert.throws(() => system.admin, (error: CarillonError) => error.code === 'not_configured');
});

test('a system is initialized once', () => {
  assert.throws(() => initializeEventSystem({ url: node.url, service: 'shop' }), (error: CarillonError) => error.code === 'conflict');
});
