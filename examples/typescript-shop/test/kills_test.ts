/**
 * Worker, application, node and database are killed at random moments while orders are counted: each order counts
 * once. SHOP_KILLS says how often, four times if not; SHOP_SEED repeats a run, which is printed.
 */
import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { after, test } from 'node:test';
import { EventSystem } from 'carillon';
import pg from 'pg';
import { eventually, Processes } from './processes.js';

const victims = ['worker', 'application', 'node', 'database'] as const;
const ofRound = 100;

/** Numbers from 0 to below 1, the same for a seed (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let x = Math.imul(state ^ (state >>> 15), state | 1);
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
    return ((x ^ (x >>> 14)) >>> 0) / 2 ** 32;
  };
}

test('whatever is killed, each order counts once', { timeout: 600_000 }, async (t) => {
  const kills = Number(process.env.SHOP_KILLS ?? victims.length);
  const seed = Number(process.env.SHOP_SEED ?? randomInt(2 ** 31));
  t.diagnostic(`SHOP_SEED=${seed}`);
  const random = randomOf(seed);
  // Each of them once, in any order, before one comes again.
  const plan: (typeof victims)[number][] = [];
  while (plan.length < kills) {
    const block = victims.map((victim) => ({ victim, at: random() })).sort((left, right) => left.at - right.at);
    plan.push(...block.map(({ victim }) => victim).slice(0, kills - plan.length));
  }

  // Without mails and their documents, which are not what is tested, and take longer than all else.
  const processes = await Processes.start(['--email-types', '', '--notification-types', '']);
  const { database, node } = processes;
  const system = new EventSystem({ url: node.url, adminUrl: node.adminUrl, service: 'till', publisher: { deadlineMs: 120_000 } });
  const pool = new pg.Pool({ host: '127.0.0.1', port: database.port, user: 'carillon', database: 'postgres', connectionTimeoutMillis: 5_000 });
  pool.on('error', () => undefined);
  after(async () => {
    await system.close();
    await pool.end();
    await processes.stop();
  });
  await processes.begin('application', true);
  await processes.begin('worker', true);

  const counted = async (): Promise<{ points: number; orders: number }> => {
    const { rows } = await pool.query<{ points: string; orders: string }>('select coalesce(sum(points), 0) as points, coalesce(sum(orders), 0) as orders from points');
    return { points: Number(rows[0]?.points), orders: Number(rows[0]?.orders) };
  };
  const reserved = async (): Promise<string[]> => {
    const ids: string[] = [];
    for await (const event of system.iterateEvents({ types: 'inventory.updated' })) ids.push(event.id);
    return ids;
  };

  const expected: { orderId: string; total: number }[] = [];
  const publishing: Promise<unknown>[] = [];
  for (const [round, victim] of plan.entries()) {
    const orders = Array.from({ length: ofRound }, (_, index) => ({ orderId: `k-${round}-${index}`, total: 1 + Math.floor(random() * 9) }));
    expected.push(...orders);
    publishing.push(
      ...orders.map(({ orderId, total }, index) =>
        system.publish('order.created', { orderId, total, items: 1, status: 'new' }, { companyId: 'c-1', userId: `u-${index % 7}` }),
      ),
    );
    // While it counts: at any point of the round.
    const point = round * ofRound + Math.floor(random() * ofRound * 0.9);
    await eventually(async () => (await counted()).orders > point, `more than ${point} orders`, 60_000);
    const before = (await counted()).orders;
    if (victim === 'node') await node.restart();
    else if (victim === 'database') database.crash();
    else {
      await processes.end(victim, 'SIGKILL');
      await processes.begin(victim, true);
    }
    t.diagnostic(`killed the ${victim} when ${before} of ${expected.length} orders were counted`);
  }
  const begun = performance.now();
  await Promise.all(publishing);
  await eventually(async () => (await counted()).orders >= expected.length, 'all orders', 120_000);
  t.diagnostic(`all are counted ${Math.round(performance.now() - begun)} ms after the last kill`);
  await eventually(async () => (await reserved()).length >= expected.length, 'all reservations', 120_000);
  t.diagnostic(`all are reserved ${Math.round(performance.now() - begun)} ms after it`);
  // What comes after them in the log is handled last: nothing of before is counted once more meanwhile.
  expected.push({ orderId: 'last', total: 1 });
  await system.publish('order.created', { orderId: 'last', total: 1, items: 1, status: 'new' }, { companyId: 'c-1', userId: 'u-0' });
  await eventually(async () => (await counted()).orders >= expected.length && (await reserved()).length >= expected.length, 'the last order');
  assert.deepEqual(await counted(), { points: expected.reduce((sum, { total }) => sum + total, 0), orders: expected.length });
  assert.deepEqual((await reserved()).sort(), expected.map(({ orderId }) => `stock/${orderId}`).sort());
  t.diagnostic(`${expected.length} orders, ${plan.length} kills`);
});
