import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';
import { Broadcaster, EventSystem, type ClientSocket } from '../src/index.js';
import { eventually, startNode } from './support/node.js';

const node = await startNode();
after(() => node.stop());
const system = new EventSystem({ url: node.url, adminUrl: node.adminUrl, service: 'shop' });

class FakeSocket implements ClientSocket {
  readyState = 1;
  bufferedAmount = 0;
  texts: string[] = [];
  closed: number | undefined;
  #listeners: (() => void)[] = [];

  send(text: string): void {
    this.texts.push(text);
  }

  close(code?: number): void {
    this.closed = code;
    this.readyState = 3;
    for (const listener of this.#listeners) listener();
  }

  addEventListener(_name: 'close', listener: () => void): void {
    this.#listeners.push(listener);
  }
}

/** A broadcaster without an upstream that would connect. */
function apart(options: ConstructorParameters<typeof Broadcaster>[0] = {}): Broadcaster {
  return new Broadcaster({ system: new EventSystem({ url: 'http://127.0.0.1:1', service: 'shop' }), ...options });
}

test('clients get the events that they may see, over one upstream session', async (t) => {
  const broadcaster = new Broadcaster({ system, identity: { companyId: 'c-1', userId: 'u-1' } });
  t.after(() => broadcaster.close());
  const sockets = { first: new FakeSocket(), second: new FakeSocket(), foreign: new FakeSocket(), nobody: new FakeSocket() };
  broadcaster.registerConnection('1', sockets.first, 'u-1', 'c-1');
  broadcaster.registerConnection('2', sockets.second, 'u-2', 'c-1');
  broadcaster.registerConnection('3', sockets.foreign, 'u-1', 'c-2');
  broadcaster.registerConnection('4', sockets.nobody);
  await broadcaster.ready();
  const sessions = (await system.admin.json<{ connections: number }>({ path: '/api/events/websocket/stats' })).connections;
  assert.equal(sessions, 1);
  await system.publish('order.cancelled', { orderId: 'o-1', reason: 'late' }, { companyId: 'c-1', ip: '192.0.2.1' });
  await system.publish('user.updated', { fields: ['name'] }, { companyId: 'c-1', userId: 'u-1' });
  await system.publish('system.maintenance', { message: 'soon', startsAt: '2026-01-01T00:00:00Z', endsAt: '2026-01-01T01:00:00Z' });
  await eventually(() => sockets.nobody.texts.length === 1, 'the last event');
  const types = Object.fromEntries(Object.entries(sockets).map(([name, socket]) => [name, socket.texts.map((text) => (JSON.parse(text) as { type: string }).type)]));
  assert.deepEqual(types, {
    first: ['order.cancelled', 'user.updated', 'system.maintenance'],
    second: ['order.cancelled', 'system.maintenance'],
    foreign: ['system.maintenance'],
    nobody: ['system.maintenance'],
  });
  assert.equal(sockets.first.texts[0]?.includes('192.0.2.1'), false, 'metadata is not for clients');
  assert.deepEqual([broadcaster.stats().connections, broadcaster.stats().sent, broadcaster.stats().upstream], [4, 7, 'live']);
  await broadcaster.close();
  assert.deepEqual(Object.values(sockets).map((socket) => socket.closed), [1001, 1001, 1001, 1001]);
});

test('a message goes to the sockets of a user, of a company, or to all', () => {
  const broadcaster = apart();
  const sockets = ['u-1', 'u-1', 'u-2'].map((user, index) => {
    const socket = new FakeSocket();
    broadcaster.registerConnection(String(index), socket, user, index === 2 ? 'c-2' : 'c-1');
    return socket;
  });
  assert.equal(broadcaster.broadcastToUser('u-1', { hello: 1 }), 2);
  assert.equal(broadcaster.broadcastToCompany('c-2', 'text'), 1);
  assert.equal(broadcaster.broadcastToAll({ all: true }), 3);
  assert.equal(broadcaster.broadcastToUser('u-9', 'nobody'), 0);
  assert.deepEqual(sockets.map((socket) => socket.texts), [['{"hello":1}', '{"all":true}'], ['{"hello":1}', '{"all":true}'], ['text', '{"all":true}']]);
  sockets[0]?.close();
  assert.equal(broadcaster.broadcastToUser('u-1', 'again'), 1);
  assert.deepEqual([broadcaster.stats().connections, broadcaster.stats().users, broadcaster.stats().companies], [2, 2, 2]);
  void broadcaster.close();
});

test('a socket that does not take its messages, one too many, and one that is replaced are closed', () => {
  const broadcaster = apart({ maxBufferedBytes: 10, maxConnections: 3, maxConnectionsPerUser: 2 });
  const [slow, second, third, fourth, replacing] = Array.from({ length: 5 }, () => new FakeSocket()) as [FakeSocket, FakeSocket, FakeSocket, FakeSocket, FakeSocket];
  assert.equal(broadcaster.registerConnection('1', slow, 'u-1'), true);
  assert.equal(broadcaster.registerConnection('2', second, 'u-1'), true);
  assert.equal(broadcaster.registerConnection('3', third, 'u-1'), false);
  assert.equal(third.closed, 1013);
  assert.equal(broadcaster.registerConnection('4', fourth, 'u-2'), true);
  assert.equal(broadcaster.registerConnection('5', new FakeSocket(), 'u-3'), false);
  slow.bufferedAmount = 11;
  assert.equal(broadcaster.broadcastToAll('x'), 2);
  assert.equal(slow.closed, 4008);
  assert.equal(broadcaster.registerConnection('2', replacing, 'u-1'), true);
  assert.equal(second.closed, 4000);
  assert.deepEqual([broadcaster.stats().slowCloses, broadcaster.stats().refused, broadcaster.stats().connections], [1, 2, 2]);
  void broadcaster.close();
});

test('sockets of the package ws are clients', async (t) => {
  const broadcaster = new Broadcaster({ system, identity: { companyId: 'c-1' }, types: ['order.*'], format: (event) => event.id });
  t.after(() => broadcaster.close());
  const server = createServer();
  const accepting = new WebSocketServer({ server });
  accepting.on('connection', (socket) => broadcaster.registerConnection('only', socket, undefined, 'c-1'));
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const texts: string[] = [];
  const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  client.on('message', (data: Buffer) => texts.push(data.toString()));
  await eventually(() => broadcaster.stats().connections === 1, 'the connection');
  await broadcaster.ready();
  await system.publish('user.registered', { email: 'a@example.org', role: 'admin' }, { companyId: 'c-1', userId: 'u-4' });
  const receipt = await system.publish('order.cancelled', { orderId: 'o-1', reason: 'late' }, { companyId: 'c-1' });
  await eventually(() => texts.length > 0, 'the event');
  assert.deepEqual(texts, [receipt.id]);
  client.terminate();
  await eventually(() => broadcaster.stats().connections === 0, 'the end of the connection');
  await broadcaster.close();
});
