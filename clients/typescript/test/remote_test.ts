/** Durable subscriptions against a real node. */
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { after, test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { DeadLetterError, EventSystem, RetryLaterError, type CarillonError, type CarillonEvent } from '../src/index.js';
import { eventually, startNode, temporaryDirectory, type TestNode } from './support/node.js';


const directory = join(temporaryDirectory(), 'data');
let node: TestNode = await startNode({ directory });
const port = Number(new URL(node.url).port);
after(() => node.stop());

function systemOf(t: TestContext, service = 'shop', errors: Error[] = []): EventSystem {
  const system = new EventSystem({ url: node.url, adminUrl: node.adminUrl, service, onError: (error) => errors.push(error), drainTimeoutMs: 2_000 });
  t.after(() => system.close());
  return system;
}

const cancel = (system: EventSystem, orderId: string, companyId = 'c-1') => system.publish('order.cancelled', { orderId, reason: 'late' }, { companyId });

interface DeadLetter {
  eventId: string;
  attempts: number;
  lastError: string | null;
}

async function deadLettersOf(system: EventSystem, consumer: string): Promise<DeadLetter[]> {
  return (await system.admin.json<{ deadLetters: DeadLetter[] }>({ path: '/api/dead-letters', query: { consumer } })).deadLetters;
}

for (const carrier of ['websocket', 'pull'] as const) {
  test(`${carrier}: events are handled once, in order per key, and acknowledged durably`, async (t) => {
    const system = systemOf(t);
    const name = `order_${carrier}`;
    const seen: CarillonEvent<'order.cancelled'>[] = [];
    const active = new Set<string>();
    const subscription = system.subscribe(
      'order.cancelled',
      async (event) => {
        assert.equal(active.has(event.data.orderId), false, 'two of a key at a time');
        active.add(event.data.orderId);
        await new Promise((resolve) => setImmediate(resolve));
        active.delete(event.data.orderId);
        seen.push(event);
      },
      { name, order: 'per_key', key: '/orderId', carrier, concurrency: 8 },
    );
    await subscription.ready;
    const receipts = await Promise.all(Array.from({ length: 300 }, (_, index) => cancel(system, `o-${index % 20}`)));
    await system.publish('user.login', { ip: '192.0.2.1', userAgent: 't' }, { companyId: 'c-1', userId: 'u-1' });
    await eventually(() => seen.length >= receipts.length, 'all events');
    assert.equal(seen.length, receipts.length);
    for (let key = 0; key < 20; key += 1) {
      const ofKey = seen.filter((event) => event.data.orderId === `o-${key}`).map((event) => event.seq);
      assert.deepEqual(ofKey, [...ofKey].sort((left, right) => left - right));
    }
    const last = receipts.at(-1)?.seq ?? 0;
    const cursor = async () => (await system.admin.json<{ cursor: number }>({ path: `/api/consumers/${name}` })).cursor;
    await eventually(async () => (await cursor()) >= last, 'the cursor');
  });

  test(`${carrier}: failures are tried again by the schedule, later when asked, or never`, async (t) => {
    const errors: Error[] = [];
    const system = systemOf(t, 'shop', errors);
    const name = `failures_${carrier}`;
    const attempts = new Map<string, { attempt: number; at: number }[]>();
    const subscription = system.subscribe(
      'order.cancelled',
      (event, { attempt }) => {
        const { orderId } = event.data;
        attempts.set(orderId, [...(attempts.get(orderId) ?? []), { attempt, at: Date.now() }]);
        if (orderId === 'hopeless') throw new Error('no such order');
        if (orderId === 'dead') throw new DeadLetterError('never');
        if (orderId === 'later' && attempt === 1) throw new RetryLaterError('busy', 400);
      },
      { name, carrier, maxAttempts: 3, retrySchedule: [20, 20] },
    );
    await subscription.ready;
    await Promise.all(['good', 'hopeless', 'dead', 'later'].map((orderId) => cancel(system, orderId)));
    await eventually(() => attempts.get('later')?.length === 2, 'the later attempt');
    await eventually(async () => (await deadLettersOf(system, name)).length === 2, 'two dead letters');
    assert.deepEqual([...attempts].map(([orderId, all]) => [orderId, all.map(({ attempt }) => attempt)]).sort(), [['dead', [1]], ['good', [1]], ['hopeless', [1, 2, 3]], ['later', [1, 2]]]);
    const [first, second] = attempts.get('later') ?? [];
    assert.ok((second?.at ?? 0) - (first?.at ?? 0) >= 390, 'the pause that was asked for');
    assert.deepEqual((await deadLettersOf(system, name)).map((one) => [one.attempts, one.lastError]).sort(), [[1, 'never'], [3, 'no such order']]);
    assert.equal(errors.length, 5);
  });

  test(`${carrier}: a handler that takes longer than the time to acknowledge keeps its delivery`, async (t) => {
    const system = systemOf(t);
    let runs = 0;
    let done = false;
    const subscription = system.subscribe(
      'order.cancelled',
      async () => {
        runs += 1;
        await new Promise((resolve) => setTimeout(resolve, 1_500));
        done = true;
      },
      { name: `long_${carrier}`, carrier, ackTimeoutMs: 500 },
    );
    await subscription.ready;
    const receipt = await cancel(system, 'long');
    await eventually(() => done, 'the end of the handler');
    await eventually(async () => (await system.admin.json<{ cursor: number }>({ path: `/api/consumers/long_${carrier}` })).cursor >= receipt.seq, 'the cursor');
    assert.equal(runs, 1);
  });

  test(`${carrier}: a worker that is killed loses nothing; another one has its deliveries soon`, async (t) => {
    const name = `killed_${carrier}`;
    // A lost connection is noticed at once; who pulls is missed when its time to acknowledge is over.
    const ackTimeoutMs = carrier === 'pull' ? '1000' : '60000';
    const system = systemOf(t);
    const handled = new Map<number, number>();
    const workers: ChildProcess[] = [];
    t.after(() => { workers.forEach((worker) => worker.kill('SIGKILL')); });
    const begin = async (): Promise<ChildProcess> => {
      const worker = spawn(process.execPath, [fileURLToPath(new URL('support/worker.js', import.meta.url)), node.url, name, carrier, '5', ackTimeoutMs], { stdio: ['ignore', 'pipe', 'inherit'] });
      workers.push(worker);
      await new Promise<void>((resolve) => {
        createInterface({ input: worker.stdout }).on('line', (line) => {
          if (line === 'ready') resolve();
          const seq = Number(/^handled (\d+)$/.exec(line)?.[1]);
          if (seq) handled.set(seq, (handled.get(seq) ?? 0) + 1);
        });
      });
      return worker;
    };
    const [first] = await Promise.all([begin(), begin()]);
    const receipts = await Promise.all(Array.from({ length: 400 }, (_, index) => cancel(system, `k-${index % 50}`)));
    await eventually(() => handled.size > 50, 'some events');
    first.kill('SIGKILL');
    const killed = performance.now();
    await eventually(() => receipts.every(({ seq }) => handled.has(seq)), 'all events').catch(async (error: unknown) => {
      const state = await Promise.all([`${node.url}/api/consumers/${name}/workers`, `${node.adminUrl}/api/consumers/${name}`].map(async (url) => (await fetch(url)).text()));
      throw new Error(`${receipts.filter(({ seq }) => !handled.has(seq)).length} are left: ${state.join(' ')}`, { cause: error });
    });
    t.diagnostic(`all handled ${Math.round(performance.now() - killed)} ms after the kill`);
    const repeats = [...handled.values()].reduce((sum, count) => sum + count - 1, 0);
    assert.ok(repeats <= 256, `${repeats} repeats`);
  });
}

test('it goes on when the node was killed, and repeats no more than was in flight', async (t) => {
  const system = systemOf(t);
  const counts = new Map<number, number>();
  const subscription = system.subscribe('order.cancelled', (event) => void counts.set(event.seq, (counts.get(event.seq) ?? 0) + 1), { name: 'node_killed' });
  await subscription.ready;
  const calls: Promise<{ seq: number }>[] = [];
  for (let round = 0; round < 3; round += 1) {
    for (let index = 0; index < 100; index += 1) calls.push(cancel(system, `n-${index}`));
    await Promise.race(calls.slice(-100));
    await node.stop('SIGKILL');
    node = await startNode({ directory, port });
  }
  const receipts = await Promise.all(calls);
  await eventually(() => receipts.every(({ seq }) => counts.has(seq)), 'all events');
  const repeats = [...counts.values()].reduce((sum, count) => sum + count - 1, 0);
  assert.ok(repeats <= 3 * 256, `${repeats} repeats`);
});

test('a consumer cannot change its meaning, and begins where it is told', async (t) => {
  const system = systemOf(t);
  await cancel(system, 'before');
  const seqs: number[] = [];
  const subscription = system.subscribe('order.cancelled', (event) => void seqs.push(event.seq), { name: 'meaning', start: 'beginning' });
  await subscription.ready;
  const first = (await system.getEvents({ types: 'order.cancelled', order: 'asc', limit: 1 }))[0]?.seq;
  await eventually(() => seqs.length > 0, 'the first event');
  assert.equal(seqs[0], first);
  const errors: Error[] = [];
  const another = systemOf(t, 'shop', errors).subscribe('order.*', () => undefined, { name: 'meaning', start: 'beginning' });
  await assert.rejects(another.ready, (error: CarillonError) => error.code === 'conflict' && error.field === 'types');
});

test('a replay that names a remote consumer reaches it, and is marked', async (t) => {
  const system = systemOf(t);
  const replays: (number | undefined)[] = [];
  const subscription = system.subscribe('order.cancelled', (_event, delivery) => void replays.push(delivery.replay), { name: 'replayed' });
  await subscription.ready;
  const receipt = await cancel(system, 'again');
  await eventually(() => replays.length === 1, 'the event');
  const { replayId } = await system.replayEvents([receipt.seq], { target: 'handler/replayed' });
  await eventually(() => replays.length === 2, 'the replay');
  assert.deepEqual(replays, [undefined, replayId]);
});

test('the trace of an event goes on in its handler, and what has none begins none', async (t) => {
  const system = systemOf(t);
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  for (const carrier of ['websocket', 'pull'] as const) {
    const seen: (string | undefined)[][] = [];
    await system.subscribe('order.cancelled', (event, delivery) => void seen.push([delivery.traceparent, event.traceparent]), { name: `traced_${carrier}`, carrier }).ready;
    await system.publish('order.cancelled', { orderId: 'traced', reason: 'late' }, { companyId: 'c-1', traceparent });
    await cancel(system, 'untraced');
    await eventually(() => seen.length === 2, 'both');
    // This node records no spans: it passes on what the event came with.
    assert.deepEqual(seen, [[traceparent, traceparent], [undefined, undefined]]);
  }
});

test('subscribing again goes on where the last one ended', async (t) => {
  const system = systemOf(t);
  const seen: string[] = [];
  const handler = (event: CarillonEvent<'order.cancelled'>): void => void seen.push(event.data.orderId);
  const begin = () => system.subscribe('order.cancelled', handler, { name: 'pausing' });
  const first = begin();
  await first.ready;
  await cancel(system, 'one');
  await eventually(() => seen.length === 1, 'the first event');
  await first.unsubscribe();
  await cancel(system, 'two');
  await begin().ready;
  await eventually(() => seen.length === 2, 'the second event');
  assert.deepEqual(seen, ['one', 'two']);
});

test('many events a second pass', { timeout: 40_000 }, async (t) => {
  const system = systemOf(t);
  const publishing = new EventSystem({ url: node.url, service: 'shop', publisher: { maxQueuedEvents: 10_000 } });
  await Promise.all(Array.from({ length: 5_000 }, (_, index) => cancel(publishing, `m-${index}`, 'c-many')));
  let handled = 0;
  const begun = performance.now();
  system.subscribe('order.cancelled', () => void (handled += 1), { name: 'many', companyId: 'c-many', start: 'beginning', concurrency: 200, prefetch: 1_000, maxInFlight: 1_000 });
  await eventually(() => handled >= 5_000, 'all events');
  t.diagnostic(`${Math.round(5_000 / ((performance.now() - begun) / 1_000))} events/s by one WebSocket`);
});
