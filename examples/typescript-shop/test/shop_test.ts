/** The shop with a node and a PostgreSQL server of its own: what it shows, and that kills change no count. */
import assert from 'node:assert/strict';
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { EventSystem } from 'carillon';
import { startCarillon } from 'carillon-server';
import { WebSocket } from 'ws';

const postgresServer = fileURLToPath(new URL('../../../../tests/support/postgres_server.sh', import.meta.url));
const directory = mkdtempSync(join(tmpdir(), 'shop-'));
execFileSync('chmod', ['755', directory]);
const databaseDirectory = join(directory, 'postgres');
const database = (...words: string[]): void => {
  execFileSync(postgresServer, words, { stdio: 'ignore', timeout: 60_000 });
};
database('start', databaseDirectory);
const carillon = await startCarillon();
const durable = process.env.SHOP_DURABLE === '1';

let shop: { child: ChildProcess; url: string } | undefined;
let port = 0;

async function startShop(): Promise<{ child: ChildProcess; url: string }> {
  const env = {
    ...process.env,
    CARILLON_URL: carillon.url,
    CARILLON_ADMIN_URL: carillon.adminUrl,
    PGHOST: databaseDirectory,
    PGUSER: 'carillon',
    PGDATABASE: 'postgres',
    PORT: String(port),
    SHOP_ADMIN_TOKEN: 'secret',
  };
  // Its errors while something is killed are expected.
  const child = spawn(process.execPath, [fileURLToPath(new URL('../src/main.js', import.meta.url))], { env, stdio: ['ignore', 'pipe', process.env.SHOP_LOG ? 'inherit' : 'ignore'] });
  const url = await new Promise<string>((resolve, reject) => {
    child.once('close', (code) => { reject(new Error(`the shop ended with ${String(code)}: see its errors with SHOP_LOG=1`)); });
    createInterface({ input: child.stdout }).on('line', (line) => {
      const match = /^shop (\S+)$/.exec(line);
      if (match?.[1]) resolve(match[1]);
    });
  });
  port = Number(new URL(url).port);
  shop = { child, url };
  return shop;
}

after(async () => {
  shop?.child.kill('SIGKILL');
  await carillon.stop();
  database('stop', databaseDirectory);
  rmSync(directory, { recursive: true, force: true });
});

async function eventually<T>(condition: () => Promise<T>, what: string, deadlineMs = 20_000): Promise<NonNullable<T>> {
  const end = Date.now() + deadlineMs;
  for (;;) {
    const found = await condition().catch(() => null);
    if (found) return found;
    if (Date.now() > end) throw new Error(`not within ${deadlineMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function get<T>(path: string, headers: Record<string, string> = {}): Promise<T> {
  const answer = await fetch(`${shop?.url ?? ''}${path}`, { headers });
  if (!answer.ok) throw new Error(`${path} was answered ${answer.status}`);
  return (await answer.json()) as T;
}

/** Orders until the shop has taken it, as a browser's user would. */
async function order(orderId: string, userId: string, total: number): Promise<void> {
  await eventually(async () => {
    const answer = await fetch(`${shop?.url ?? ''}/orders`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ orderId, userId, total, items: 1 }),
      signal: AbortSignal.timeout(5_000),
    });
    return answer.ok;
  }, `order ${orderId}`);
}

const points = (userId: string) => get<{ points: number; orders: number }>(`/points/${userId}`);

test('an order is counted, mailed, notified, recorded, and shown live', async () => {
  const { url } = await startShop();
  await fetch(`${carillon.adminUrl}/api/contacts/u-7`, { method: 'PUT', body: JSON.stringify({ companyId: 'c-1', email: 'zoe@example.org' }), headers: { 'Content-Type': 'application/json' } });
  assert.match(await (await fetch(url)).text(), /<h1>Orders<\/h1>/);
  const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/live`);
  const messages: { type: string; data: { orderId: string } }[] = [];
  socket.on('message', (data: Buffer) => messages.push(JSON.parse(data.toString()) as (typeof messages)[number]));
  await new Promise((resolve) => socket.once('open', resolve));
  await eventually(async () => (await get<{ connections: number }>('/monitoring/events/websocket/stats', { 'x-admin-token': 'secret' })).connections >= 2, 'the sessions of points and of updates');
  await order('o-1', 'u-7', 12.5);
  await order('o-1', 'u-7', 12.5);
  await eventually(async () => messages.some((message) => message.type === 'order.created' && message.data.orderId === 'o-1'), 'the live update');
  await eventually(async () => (await points('u-7')).orders === 1, 'the points');
  assert.deepEqual(await points('u-7'), { points: 12, orders: 1 });
  socket.terminate();
  await carillon.settled();
  assert.deepEqual((await carillon.mails()).map((mail) => mail.to), [['zoe@example.org']]);
  const notifications = (await (await fetch(`${carillon.adminUrl}/api/notifications?userId=u-7`)).json()) as { notifications: unknown[] };
  assert.ok(notifications.notifications.length > 0);
  assert.deepEqual((await (await fetch(`${carillon.adminUrl}/api/audit/verify`)).json() as { valid: boolean }).valid, true);
  assert.equal((await get<Record<string, number>>('/monitoring/events/stats', { 'x-admin-token': 'secret' }))['order.created'], 1);
  assert.equal((await fetch(`${url}/monitoring/events`)).status, 403);
  if (durable) await eventually(async () => (await get<{ type: string }[]>('/monitoring/events?types=inventory.*', { 'x-admin-token': 'secret' })) && true, 'the stock');
});

test('whatever is killed, each order counts once', async (t) => {
  const rounds = Number(process.env.SHOP_KILLS ?? 6);
  const publishing = new EventSystem({ url: carillon.url, service: 'till' });
  const ofRound = 200;
  for (let round = 0; round < rounds; round += 1) {
    const ordering = Promise.all([
      order(`k-${round}`, 'u-8', 3),
      ...Array.from({ length: ofRound - 1 }, (_, index) =>
        publishing.publish('order.created', { orderId: `k-${round}-${index}`, total: 3, items: 1, status: 'new' }, { companyId: 'c-1', userId: 'u-8' }),
      ),
    ]);
    // While it counts.
    await eventually(async () => (await points('u-8')).orders >= round * ofRound + 20, 'some orders of this round');
    if (round % 3 === 1) await carillon.restart();
    else if (round % 3 === 2) database('restart', databaseDirectory, 'immediate');
    else {
      shop?.child.kill('SIGKILL');
      await startShop();
    }
    await ordering;
    await eventually(async () => (await points('u-8')).orders >= (round + 1) * ofRound, 'all orders of this round');
  }
  assert.deepEqual(await points('u-8'), { points: 3 * rounds * ofRound, orders: rounds * ofRound });
  t.diagnostic(`${rounds * ofRound} orders, ${rounds} kills`);
});
