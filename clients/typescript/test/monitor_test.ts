import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import express from 'express';
import fastify from 'fastify';
import { EventSystem } from '../src/index.js';
import { carillonRouter, type Grant } from '../src/express.js';
import { carillonPlugin } from '../src/fastify.js';
import { startNode } from './support/node.js';

const node = await startNode({ secured: true });
const system = new EventSystem({ url: node.url, adminUrl: node.adminUrl, key: node.key!, service: 'shop' });
const applications = new Map<string, string>();
const servers: (() => unknown)[] = [];

/** What the header of a test permits. */
function grantOf(header: string | string[] | undefined): Grant | boolean {
  switch (header) {
    case 'reader':
      return true;
    case 'company':
      return { companyId: 'c-1' };
    case 'admin':
      return { admin: true, actor: 'zoë@example.org' };
    case 'company-admin':
      return { admin: true, companyId: 'c-1' };
    default:
      return false;
  }
}

before(async () => {
  for (const companyId of ['c-1', 'c-1', 'c-2']) await system.publish('order.cancelled', { orderId: 'o-1', reason: 'late' }, { companyId });

  const app = express();
  app.use(express.json());
  app.use('/monitoring', carillonRouter<express.Request>({ system, authorize: (request) => grantOf(request.headers['x-test']) }));
  app.use((_request, response) => {
    response.status(404).json({ from: 'application' });
  });
  const server: Server = createServer(app as Parameters<typeof createServer>[1] & object);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  applications.set('express', `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  servers.push(() => {
    server.closeAllConnections();
    server.close();
  });

  const fast = fastify();
  await fast.register(carillonPlugin<{ method: string; url: string; headers: Record<string, string | string[] | undefined> }>({ system, authorize: (request) => grantOf(request.headers['x-test']) }), { prefix: '/monitoring' });
  fast.setNotFoundHandler((_request, reply) => reply.code(404).send({ from: 'application' }));
  applications.set('fastify', await fast.listen({ port: 0, host: '127.0.0.1' }));
  servers.push(() => fast.close());
});

after(async () => {
  await Promise.all(servers.map((stop) => stop()));
  await node.stop();
});

for (const name of ['express', 'fastify']) {
  const call = async (path: string, as?: string, init: RequestInit = {}): Promise<{ status: number; body: Record<string, unknown> }> => {
    const headers = { ...(as ? { 'x-test': as } : {}), ...(init.body ? { 'Content-Type': 'application/json' } : {}) };
    const answer = await fetch(`${applications.get(name) ?? ''}/monitoring${path}`, { ...init, headers });
    const text = await answer.text();
    return { status: answer.status, body: (text === '' ? {} : JSON.parse(text)) as Record<string, unknown> };
  };
  const post = (body: unknown): RequestInit => ({ method: 'POST', body: JSON.stringify(body) });

  test(`${name}: without a grant nothing is forwarded`, async () => {
    for (const path of ['/events', '/events/stats', '/consumers', '/audit']) assert.equal((await call(path)).status, 403, path);
  });

  test(`${name}: a reader reads, and changes nothing`, async () => {
    const events = await call('/events?types=order.*&limit=2', 'reader');
    assert.equal((events.body.events as unknown[]).length, 2);
    assert.equal((await call('/events/stats', 'reader')).body['order.cancelled'], 3);
    assert.ok(Array.isArray((await call('/consumers', 'reader')).body.consumers));
    assert.equal((await call('/events/1', 'reader')).body.seq, 1);
    assert.equal((await call('/events?limit=x', 'reader')).status, 400);
    assert.equal((await call('/events/replay', 'reader', post({ eventIds: [1] }))).status, 403);
  });

  test(`${name}: a grant for a company sees that company, whatever it asks for`, async () => {
    const events = await call('/events?companyId=c-2&types=order.*', 'company');
    assert.deepEqual((events.body.events as { companyId: string }[]).map((event) => event.companyId), ['c-1', 'c-1']);
    assert.equal((await call('/events/stats', 'company')).body['order.cancelled'], 2);
    assert.equal((await call('/events/3', 'company')).status, 404);
    for (const path of ['/dead-letters', '/jobs', '/notifications?userId=u-1', '/metrics']) assert.equal((await call(path, 'company')).status, 200, path);
    const audit = await call('/audit?companyId=c-2', 'company');
    assert.ok((audit.body.audit as { companyId: string }[]).every((row) => row.companyId === 'c-1'));
    for (const path of ['/consumers', '/events/replay', '/events/types']) assert.equal((await call(path, 'company')).status, 403, path);
  });

  test(`${name}: an admin replays, and registers webhooks of its company only`, async () => {
    const replay = await call('/events/replay', 'admin', post({ eventIds: [1], target: 'handler/metrics' }));
    assert.equal(replay.status, 202);
    const made = await call('/events/webhooks', 'company-admin', post({ url: 'https://receiver.example/hook', companyId: 'c-2' }));
    assert.deepEqual([made.status, made.body.companyId], [201, 'c-1']);
    assert.equal((await call('/events/webhooks', 'company-admin', post({ url: 'https://receiver.example/hook', privateTargets: true }))).status, 403);
    assert.equal((await call(`/events/webhooks/${String(made.body.id)}`, 'admin', { method: 'DELETE' })).status, 204);
  });

  test(`${name}: other paths are the application's, and paths cannot leave the router`, async () => {
    assert.deepEqual((await call('/nothing', 'admin')).body, { from: 'application' });
    assert.deepEqual((await call('/keys', 'admin')).body, { from: 'application' });
    assert.equal((await call('/events/..%2Fkeys', 'admin')).status, 404);
    assert.equal((await call('/events/%2E%2E', 'admin')).status, 404);
    assert.equal((await call('/events', 'admin', { method: 'PUT' })).status, 405);
  });
}

test('a node that does not know the key, or is away, is 502', async () => {
  for (const wrong of [new EventSystem({ url: node.url, adminUrl: node.adminUrl, key: 'ck_wrong', service: 'shop' }), new EventSystem({ url: 'http://127.0.0.1:1', adminUrl: 'http://127.0.0.1:1', service: 'shop' })]) {
    const router = carillonRouter({ system: wrong, authorize: () => true });
    const status = await new Promise<number>((resolve, reject) => {
      let code = 0;
      const response = { status: (given: number) => (code = given), setHeader: () => undefined, end: () => { resolve(code); } };
      router({ method: 'GET', url: '/events' }, response, reject);
    });
    assert.equal(status, 502);
  }
});
