// A node with something of everything, so that each view has something to show.
import { eventually, outboxOf, publish } from '../../peers/node_fixture.mjs';

/** If any of it were taken for markup or an address, the page would say so by `window.taken`. */
export const hostile = '"><img src=x onerror="window.taken=1"><script>window.taken=1</script><a href="javascript:window.taken=1">x</a>${7*7}{{7*7}}';

async function call(base, method, path, body) {
  const answer = await fetch(`${base}${path}`, {
    method,
    headers: body === undefined ? {} : { 'Content-Type': 'application/json' },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path} was answered ${answer.status}: ${text}`);
  return text ? JSON.parse(text) : undefined;
}

export const order = (n, more = {}) => ({
  type: 'order.created',
  id: `order-${n}`,
  source: '/shop',
  companyId: 'c-1',
  userId: 'u-1',
  correlationId: `cart-${n}`,
  data: { orderId: `o-${n}`, total: 12.5 + n, currency: 'EUR', items: [{ sku: `bell-${n}` }], status: 'new' },
  ...more,
});

/** Options of a node that moves an outbox: of its four rows one becomes an event. */
export const withOutbox = (text = 'Bell & Sons') => ['--outbox-from', outboxOf([
  { type: 'order.canceled', id: 'row-1' }, 'order.cancelled', { type: 'shop.closed', id: text, source: text, company_id: text }, { type: 'shop.opened', id: 'row-4' },
])];

/**
 * @param node of `startNode`, with --dev
 * @param receiver of `startReceiver`
 * @param {string} text what names and texts are, e.g. `hostile`
 * @returns what was made, by its ids
 */
export async function populate(node, receiver, text = 'Bell & Sons') {
  const admin = (method, path, body) => call(node.admin, method, path, body);
  const data = (method, path, body) => call(node.data, method, path, body);
  await admin('PUT', '/api/contacts/u-1', { companyId: 'c-1', email: 'anna@example.org', name: text.slice(0, 100), role: 'admin' });
  await admin('PUT', '/api/events/types/shop.visited', {
    audience: 'company',
    schema: {
      type: 'object', description: text, required: ['page'],
      properties: { page: { type: 'string', description: text }, seconds: { type: 'integer', minimum: 0 }, mood: { type: 'string', enum: ['good', 'bad'] }, from: { type: 'object', properties: { country: { type: 'string' } } } },
    },
  });
  await data('PUT', '/api/consumers/loyalty', { types: ['order.*'], maxAttempts: 1 });
  const good = await admin('POST', '/api/events/webhooks', { url: receiver.url, types: ['order.*'], description: 'the warehouse', companyId: 'c-1' });
  const bad = await admin('POST', '/api/events/webhooks', { url: receiver.badUrl, types: ['order.created'], description: text.slice(0, 200), retrySchedule: [3600] });
  const first = await publish(node, order(1));
  await publish(node, { type: 'payment.received', ...{}, id: 'pay-1', companyId: 'c-1', correlationId: 'cart-1', causationId: 'order-1', source: '/shop', data: { orderId: 'o-1', amount: 13.5, currency: 'EUR', method: 'card', paymentId: 'p-1' } }).catch(() => undefined);
  await publish(node, { type: 'order.cancelled', id: 'cancel-1', companyId: 'c-1', correlationId: 'cart-1', causationId: 'order-1', source: '/shop', data: { orderId: 'o-1', reason: text } });
  for (let n = 2; n <= 24; ++n) await publish(node, order(n));
  const odd = await publish(node, { type: 'shop.visited', id: 'visit-1', companyId: text.slice(0, 100), userId: text.slice(0, 100), correlationId: text.slice(0, 100), source: text.slice(0, 200), data: { page: text }, metadata: { from: text } });
  // A worker gives the first six up. A pull may answer fewer, and what it had answered is not in the next: the dead letters of what is behind
  // it would wait for it.
  const taken = [];
  await eventually(async () => {
    const { deliveries } = await data('POST', '/api/consumers/loyalty/pull', { max: 6 - taken.length, waitMs: 2000 });
    taken.push(...deliveries);
    return taken.length >= 6;
  }, 'deliveries of the worker');
  const given = await data('POST', '/api/consumers/loyalty/nack', { deliveries: taken.map(({ id, fence }) => ({ id, fence })), reason: `the points are not there ${text}`, dead: true });
  if (given.settled !== 6) throw new Error(`six deliveries were given up, and the answer is ${JSON.stringify(given)}`);
  await eventually(async () => (await admin('GET', '/api/dead-letters')).deadLetters.length >= 6, 'dead letters');
  // Jobs: one waits, one is dead.
  for (const size of ['small', 'large']) await data('POST', '/api/jobs', { queue: 'thumbs', kind: `thumbs.${size}`, payload: { text }, companyId: 'c-1' });
  const jobs = await eventually(async () => {
    const x = await data('POST', '/api/jobs/queues/thumbs/pull', { max: 1, waitMs: 2000 });
    return x.deliveries.length > 0 && x;
  }, 'a job');
  await data('POST', '/api/jobs/queues/thumbs/nack', { deliveries: [{ id: jobs.deliveries[0].id, fence: jobs.deliveries[0].fence }], reason: `no such picture ${text}`, dead: true });
  await eventually(async () => (await admin('GET', '/api/jobs?state=dead')).jobs.length > 0, 'a dead job');
  await admin('POST', '/api/keys', { name: text.slice(0, 100), role: 'reader', companyId: 'c-1' });
  await admin('POST', '/api/consumers/metrics/pause').catch(() => undefined);
  await admin('POST', '/api/consumers/metrics/resume').catch(() => undefined);
  const { replayId } = await admin('POST', '/api/events/replay', { filter: { types: ['order.*'] }, target: 'sessions' });
  await admin('PUT', '/api/schedules/nightly', { cron: '30 2 * * *', timeZone: 'Europe/Berlin', companyId: 'c-1', event: { type: 'shop.visited', userId: text.slice(0, 100), data: { page: text } } });
  const later = new Date(Date.now() + 86_400_000).toISOString();
  const { delayedId } = await admin('POST', `/api/publish?publishAt=${later}`, { type: 'shop.visited', id: `later ${text.slice(0, 80)}`, companyId: text.slice(0, 100), data: { page: text } });
  await admin('PUT', '/api/inbound/github', { preset: 'github', companyId: text.slice(0, 100), type: 'shop.visited' });
  for (const { name } of (await admin('GET', '/api/outboxes')).outboxes)
    await eventually(async () => (await admin('GET', `/api/outboxes/${name}/refused`)).refused.length >= 3, 'rows that were put aside');
  const deliveryId = `${bad.id}-${first.seq}`;
  await eventually(async () => (await admin('GET', `/api/events/deliveries/${deliveryId}`).catch(() => null)), 'a delivery that failed');
  await eventually(async () => (await fetch(`${node.admin}/api/audit/checkpoint`)).ok, 'a checkpoint');
  return { seq: first.seq, odd: odd.seq, webhook: good.id, badWebhook: bad.id, deliveryId, replayId, job: Number(jobs.deliveries[0].id), event: first.seq, delayedId };
}

/** A user who is online until the node or the test ends. */
export async function comeOnline(t, node, user = 'u-1', company = 'c-1') {
  const end = new AbortController();
  t.after(() => end.abort());
  const query = new URLSearchParams({ user, company });
  const stream = await fetch(`${node.data}/api/events/stream?${query}`, { signal: end.signal });
  void stream.text().catch(() => undefined);
}

/** The views with their addresses and headings; a function of what `populate` made. */
export const views = (x) => [
  ['overview', '#/overview', 'Overview'],
  ['events', '#/events', 'Events'],
  ['live', '#/events/live', 'Live tail'],
  ['event', `#/events/${x.event}`, `Event ${x.event}`],
  ['publish', '#/publish?type=shop.visited', 'Publish'],
  ['consumers', '#/consumers', 'Consumers'],
  ['consumer', '#/consumers/loyalty', 'Consumer loyalty'],
  ['dead-letters', '#/dead-letters', 'Dead letters'],
  ['webhooks', '#/webhooks', 'Webhooks'],
  ['webhook-new', '#/webhooks/new', 'Register a webhook'],
  ['webhook', `#/webhooks/${x.badWebhook}`, `Webhook ${x.badWebhook}`],
  ['delivery', `#/deliveries/${x.deliveryId}`, `Delivery ${x.deliveryId}`],
  ['sessions', '#/sessions', 'Sessions'],
  ['inbound', '#/inbound', 'Inbound'],
  ['source', '#/inbound/github', 'Source github'],
  ['outboxes', '#/outboxes', 'Outboxes'],
  ['outbox', '#/outboxes/other', 'Outbox other'],
  ['schedules', '#/schedules', 'Schedules'],
  ['schedule', '#/schedules/nightly?owner=c-1', 'Schedule nightly'],
  ['delayed', '#/delayed', 'Delayed events'],
  ['delayed-event', `#/delayed/${x.delayedId}`, `Delayed event ${x.delayedId}`],
  ['jobs', '#/jobs', 'Jobs'],
  ['job', `#/jobs/${x.job}`, `Job ${x.job}`],
  ['people', '#/people', 'People'],
  ['person', '#/people/u-1?companyId=c-1', 'User u-1'],
  ['documents', '#/documents', 'Documents'],
  ['replays', '#/replays', 'Replay'],
  ['replay', `#/replays/${x.replayId}`, `Replay ${x.replayId}`],
  ['metrics', '#/metrics', 'Metrics'],
  ['measures', '#/measures', 'Measures'],
  ['measure', '#/measures/revenue', 'Measure revenue'],
  ['audit', '#/audit', 'Audit'],
  ['types', '#/types', 'Types'],
  ['type', '#/types/shop.visited', 'Type shop.visited'],
  ['keys', '#/keys', 'Keys'],
  ['nodes', '#/nodes', 'Nodes'],
  ['settings', '#/settings', 'Settings in force'],
];

/** Those of the portal, of the company c-1. */
export const portalViews = (x) => [
  ['portal', '#/endpoints', 'Endpoints'],
  ['portal-endpoint', `#/endpoints/${x.webhook}`, 'the warehouse'],
  ['portal-delivery', `#/deliveries/${x.webhook}-${x.seq}`, `Delivery ${x.webhook}-${x.seq}`],
  ['portal-types', '#/types', 'Event types'],
];
