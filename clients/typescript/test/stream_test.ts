import assert from 'node:assert/strict';
import { after, test, type TestContext } from 'node:test';
import { CarillonError, EventSystem, type StreamedEvent } from '../src/index.js';
import { positionOf } from '../src/live.js';
import { startNode } from './support/node.js';

const node = await startNode({ secured: true });
after(() => node.stop());
const admin = new EventSystem({ url: node.url, adminUrl: node.adminUrl, key: node.key!, service: 'shop' });
after(() => admin.close());

async function systemOf(t: TestContext, role: string, companyId?: string): Promise<EventSystem> {
  const { key } = await admin.admin.json<{ key: string }>({ method: 'POST', path: '/api/keys', body: { name: 'stream', role, ...(companyId === undefined ? {} : { companyId }) } });
  const system = new EventSystem({ url: node.url, adminUrl: node.adminUrl, key, service: 'shop', onError: () => undefined });
  t.after(() => system.close());
  return system;
}

let count = 0;
const cancel = (companyId: string) => admin.publish('order.cancelled', { orderId: `o-${++count}`, reason: 'late' }, { companyId, audience: 'none' });

async function take<T>(from: AsyncIterable<T>, most: number): Promise<T[]> {
  const out: T[] = [];
  for await (const x of from) {
    out.push(x);
    if (out.length === most) break;
  }
  return out;
}

const ordersOf = (all: StreamedEvent<'order.cancelled'>[]): string[] => all.map(({ event }) => event.data.orderId);

test('a bookmark has a position', () => {
  assert.equal(positionOf('0123456789ab.17'), 17);
  assert.equal(positionOf('17'), 17);
  assert.equal(positionOf('012345678912.17'), 17);
  for (const wrong of ['', 'x', '.', '1.', '-1', '9007199254740993']) assert.ok(Number.isNaN(positionOf(wrong)), wrong);
});

test('every event of the company comes once, from the log and live, and resumes by its bookmark', async (t) => {
  const system = await systemOf(t, 'worker', 'c-1');
  await cancel('c-1');
  await cancel('c-2');
  await cancel('c-1');
  const first = await take(system.streamEvents({ types: 'order.cancelled', since: 0 }), 1);
  assert.deepEqual(ordersOf(first), ['o-1']);
  const rest = take(system.streamEvents({ types: 'order.cancelled', since: first[0]!.bookmark }), 3);
  await cancel('c-1');
  await cancel('c-2');
  await cancel('c-1');
  assert.deepEqual(ordersOf(await rest), ['o-3', 'o-4', 'o-6']);
});

test('the next event waits until the loop asks for it, and the loop ends by a signal', async (t) => {
  const system = await systemOf(t, 'reader', 'c-3');
  await cancel('c-3');
  await cancel('c-3');
  const stop = new AbortController();
  const seen: string[] = [];
  for await (const { bookmark } of system.streamEvents({ since: 0, signal: stop.signal })) {
    seen.push(bookmark);
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(seen.length, new Set(seen).size);
    if (seen.length === 2) stop.abort();
  }
  assert.equal(seen.length, 2);
});

test('what cannot be streamed ends the loop with the reason', async (t) => {
  const reader = await systemOf(t, 'reader');
  const publisher = await systemOf(t, 'publisher');
  const codeOf = async (events: AsyncIterable<unknown>): Promise<string> => {
    try {
      await take(events, 1);
    } catch (error) {
      assert.ok(error instanceof CarillonError);
      return error.code;
    }
    return 'none';
  };
  assert.equal(await codeOf(publisher.streamEvents({ since: 0 })), 'forbidden');
  assert.equal(await codeOf(reader.streamEvents({ since: 1_000_000 })), 'conflict');
  assert.equal(await codeOf(reader.streamEvents({ since: '0123456789ab.1' })), 'conflict');
  assert.equal(await codeOf(reader.streamEvents({ since: 'nonsense' })), 'invalid_argument');
});

test('a live subscription with a key gets what is not for people, too', async (t) => {
  const system = await systemOf(t, 'reader', 'c-4');
  const seen: number[] = [];
  const { seq } = await cancel('c-4');
  const subscription = system.subscribe('order.cancelled', (event) => seen.push(event.seq), { durable: false, since: seq - 1 });
  await subscription.ready;
  const last = await cancel('c-4');
  for (let i = 0; i < 500 && seen.length < 2; i++) await new Promise((resolve) => setTimeout(resolve, 10));
  assert.deepEqual(seen, [seq, last.seq]);
});
