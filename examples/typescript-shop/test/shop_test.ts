/** What the shop shows, and its durable handler. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { EventSystem } from 'carillon';
import { WebSocket } from 'ws';
import { eventually, Processes } from './processes.js';

const processes = await Processes.start();
const { node } = processes;
const system = new EventSystem({ url: node.url, adminUrl: node.adminUrl, service: 'test' });
after(async () => {
  await system.close();
  await processes.stop();
});

const admin = { 'x-admin-token': 'secret' };

async function get<T>(path: string, headers: Record<string, string> = {}): Promise<T> {
  const answer = await fetch(`${processes.url}${path}`, { headers });
  if (!answer.ok) throw new Error(`${path} was answered ${answer.status}`);
  return (await answer.json()) as T;
}

const points = (userId: string) => get<{ points: number; orders: number }>(`/points/${userId}`);

async function order(orderId: string, userId: string, total: number, items = 1): Promise<number> {
  const body = JSON.stringify({ orderId, userId, total, items });
  return (await fetch(`${processes.url}/orders`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body })).status;
}

/** What was reserved, in the order of the log. */
const reserved = async (): Promise<{ id: string; quantity: number }[]> =>
  (await system.getEvents({ types: 'inventory.updated', order: 'asc', limit: 1_000 })).map(({ id, data }) => ({ id, quantity: data.quantity }));

const consumers = async (): Promise<string[]> => (await get<{ consumers: { name: string }[] }>('/monitoring/consumers', admin)).consumers.map(({ name }) => name);

test('an order is counted, mailed, notified, recorded, and shown live', async () => {
  await processes.begin('application', false);
  const { url } = processes;
  await fetch(`${node.adminUrl}/api/contacts/u-7`, { method: 'PUT', body: JSON.stringify({ companyId: 'c-1', email: 'zoe@example.org' }), headers: { 'Content-Type': 'application/json' } });
  assert.match(await (await fetch(url)).text(), /<h1>Orders<\/h1>/);
  const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/live`);
  const messages: { type: string; data: { orderId: string } }[] = [];
  socket.on('message', (data: Buffer) => messages.push(JSON.parse(data.toString()) as (typeof messages)[number]));
  await new Promise((resolve) => socket.once('open', resolve));
  await eventually(async () => (await get<{ connections: number }>('/monitoring/events/websocket/stats', admin)).connections >= 2, 'the sessions of points and of updates');
  assert.equal(await order('o-1', 'u-7', 12.5), 201);
  assert.equal(await order('o-1', 'u-7', 12.5), 200);
  await eventually(async () => messages.some((message) => message.type === 'order.created' && message.data.orderId === 'o-1'), 'the live update');
  await eventually(async () => (await points('u-7')).orders === 1, 'the points');
  assert.deepEqual(await points('u-7'), { points: 12, orders: 1 });
  socket.terminate();
  await node.settled();
  assert.deepEqual((await node.mails()).map((mail) => mail.to), [['zoe@example.org']]);
  const notifications = (await (await fetch(`${node.adminUrl}/api/notifications?userId=u-7`)).json()) as { notifications: unknown[] };
  assert.ok(notifications.notifications.length > 0);
  assert.deepEqual((await (await fetch(`${node.adminUrl}/api/audit/verify`)).json() as { valid: boolean }).valid, true);
  assert.equal((await get<Record<string, number>>('/monitoring/events/stats', admin))['order.created'], 1);
  assert.equal((await fetch(`${url}/monitoring/events`)).status, 403);
  assert.equal((await consumers()).includes('shop.stock'), false);
  assert.equal(await processes.end('application', 'SIGTERM'), 0);
});

test('with SHOP_DURABLE=1 what was ordered before is reserved as well, once for each order, in order', async () => {
  await processes.begin('application', true);
  await eventually(async () => (await reserved()).length === 1, 'the order of before');
  const orders = Array.from({ length: 30 }, (_, index) => `s-${index}`);
  for (const [index, orderId] of orders.entries()) assert.equal(await order(orderId, 'u-9', 1, index + 1), 201);
  // A repeated request is no other order.
  assert.equal(await order('s-0', 'u-9', 1, 1), 200);
  await eventually(async () => (await reserved()).length > orders.length, 'all orders');
  await node.settled();
  assert.deepEqual(await reserved(), [{ id: 'stock/o-1', quantity: -1 }, ...orders.map((orderId, index) => ({ id: `stock/${orderId}`, quantity: -index - 1 }))]);
});

test('an order that needs a person is a dead letter, and the next one of the customer goes on', async () => {
  assert.equal(await order('large', 'u-9', 1, 1_001), 201);
  assert.equal(await order('after', 'u-9', 1, 2), 201);
  await eventually(async () => (await reserved()).some(({ id }) => id === 'stock/after'), 'the order after it');
  const { deadLetters } = await get<{ deadLetters: { attempts: number; lastError: string }[] }>('/monitoring/dead-letters?consumer=shop.stock', admin);
  assert.deepEqual(deadLetters.map(({ attempts, lastError }) => [attempts, lastError]), [[1, 'order large has 1001 items: a person has to look at it']]);
  assert.equal((await reserved()).some(({ id }) => id === 'stock/large'), false);
});

test('a worker beside the application takes over when that ends', async () => {
  await processes.begin('worker', true);
  assert.equal(await processes.end('application', 'SIGTERM'), 0);
  await system.publish('order.created', { orderId: 'w-1', total: 5, items: 3, status: 'new' }, { companyId: 'c-1', userId: 'u-7' });
  await eventually(async () => (await reserved()).some(({ id, quantity }) => id === 'stock/w-1' && quantity === -3), 'the order');
  await node.settled();
});
