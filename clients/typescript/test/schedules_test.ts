/** Schedules and delayed events of a real node. */
import assert from 'node:assert/strict';
import { after, test, type TestContext } from 'node:test';
import { EventBus, EventSystem, initializeEventSystem, shutdownEventSystem, type CarillonError } from '../src/index.js';
import { eventually, startNode, type TestNode } from './support/node.js';

const node: TestNode = await startNode();
after(() => node.stop());

function systemOf(t: TestContext): EventSystem {
  const system = new EventSystem({ url: node.url, adminUrl: node.adminUrl, service: 'shop' });
  t.after(() => system.close());
  return system;
}

const notice = { message: 'tonight', startsAt: '2026-12-24T20:00:00Z', endsAt: '2026-12-24T22:00:00Z' };

test('a schedule publishes each occurrence, and is paused and deleted', async (t) => {
  const system = systemOf(t);
  const made = await system.schedule('often', { every: '1s' }, 'order.cancelled', { orderId: 'o-1', reason: 'late' }, { companyId: 'c-1', shop: 'bell' });
  assert.equal(made.companyId, 'c-1');
  assert.equal(made.next?.length, 10);
  assert.deepEqual((await system.schedule('often', { every: '1s' }, 'order.cancelled', { orderId: 'o-1', reason: 'late' }, { companyId: 'c-1', shop: 'bell' })).createdAt, made.createdAt);
  const [first, second] = await eventually(async () => {
    const found = await system.getEvents({ types: 'order.cancelled', companyId: 'c-1', order: 'asc' });
    return found.length >= 2 ? found : undefined;
  }, 'two occurrences');
  assert.ok(first && second);
  assert.equal(first.source, '/schedules/often');
  assert.equal(new Date(second.id).getTime() - new Date(first.id).getTime(), 1_000);
  assert.deepEqual(first.metadata, { shop: 'bell' });
  assert.equal((await system.schedules.pause('often', 'c-1')).nextAt, null);
  assert.notEqual((await system.schedules.resume('often', 'c-1')).nextAt, null);
  const names: string[] = [];
  for await (const x of system.schedules.list()) names.push(x.name);
  assert.deepEqual(names, ['often']);
  await system.schedules.delete('often', 'c-1');
  await assert.rejects(system.schedules.get('often', 'c-1'), (error: CarillonError) => error.code === 'not_found');
});

test('a wrong schedule is refused with its field', async (t) => {
  const system = systemOf(t);
  const field = (name: string) => (error: CarillonError) => error.field === name;
  await assert.rejects(system.schedule('daily', { cron: '61 * * * *' }, 'system.maintenance', notice), field('cron'));
  await assert.rejects(system.schedule('daily', { cron: '1 * * * *', timeZone: 'Europe/Atlantis' }, 'system.maintenance', notice), field('timeZone'));
  await assert.rejects(system.schedule('Daily', { at: new Date(Date.now() + 60_000) }, 'system.maintenance', notice), field('name'));
  await assert.rejects(system.schedule('daily', { at: '2020-01-01T00:00:00Z' }, 'system.maintenance', notice), field('at'));
});

test('an event is published at its time, once, and another one is cancelled', async () => {
  initializeEventSystem({ url: node.url, adminUrl: node.adminUrl, service: 'shop' });
  try {
    const soon = new Date(Date.now() + 500);
    const later = await EventBus.publishLater('order.shipped', { orderId: 'o-2', trackingNumber: 't', carrier: 'c' }, soon, { companyId: 'c-2', userId: 'u-2' }, { id: 'later-1' });
    assert.deepEqual(await EventBus.publishLater('order.shipped', { orderId: 'o-2', trackingNumber: 't', carrier: 'c' }, soon, { companyId: 'c-2', userId: 'u-2' }, { id: 'later-1' }), later);
    const never = await EventBus.publishLater('order.shipped', { orderId: 'o-3', trackingNumber: 't', carrier: 'c' }, soon, { companyId: 'c-2', userId: 'u-2' });
    assert.equal(await EventBus.cancel(never), true);
    assert.equal(await EventBus.cancel(never.delayedId), false);
    const [event] = await eventually(async () => {
      const found = await EventBus.getEvents({ types: 'order.shipped', companyId: 'c-2' });
      return found.length > 0 ? found : undefined;
    }, 'an event at its time');
    assert.deepEqual([event?.id, event?.source, new Date(event?.time ?? 0).getTime()], ['later-1', '/shop', soon.getTime()]);
    assert.equal(await EventBus.cancel(later), false);
    await assert.rejects(EventBus.publishLater('order.shipped', { orderId: 'o-4', trackingNumber: 't', carrier: 'c' }, new Date(Date.now() + 400 * 86_400_000)), (error: CarillonError) => error.field === 'publishAt' || error.code === 'schema_violation');
  } finally {
    await shutdownEventSystem();
  }
});
