// A real node is held to docs/openapi.yaml: every operation is called, and every answer compared with
// its schema.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { describe, test, before, after } from 'node:test';
import { eventually, outboxOf, sourceFile, startNode, startReceiver } from './node_fixture.mjs';
import { Contract } from './openapi_contract.mjs';

/** Sends a text as it is; gives all that comes back until the connection closes. */
function exchange(url, text) {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    let out = '';
    const socket = connect(Number(port), hostname, () => socket.write(text));
    socket.setEncoding('utf8').on('data', (x) => (out += x));
    // The node may close while it is still being written to.
    socket.on('error', () => {}).on('close', () => resolve(out)).setTimeout(10_000, () => socket.destroy());
  });
}

const order = (id, more = {}) => ({
  type: 'order.created',
  id,
  companyId: 'c-1',
  userId: 'u-1',
  data: { orderId: id, total: 12.5, items: [{ sku: 'bell' }], status: 'new' },
  ...more,
});

describe('the contract', () => {
  const ending = [];
  const suite = { after: (x) => ending.unshift(x) };
  let node;
  let receiver;
  /** @type {Contract} */
  let api;
  let webhook;

  const call = (id, request, ...statuses) => api.call(id, request).then((x) => {
    assert.ok(statuses.includes(x.status), `${id} was answered ${x.status}: ${JSON.stringify(x.body)}`);
    return x;
  });
  const ok = (id, request) => call(id, request, 200).then((x) => x.body);

  before(async () => {
    receiver = await startReceiver(suite);
    const outbox = outboxOf(['no type', 'order.cancelled', 'still no type']);
    node = await startNode(suite, ['--webhooks-allow', '127.0.0.1/32', '--webhooks-allow-http', '--accept-unknown-types', '--outbox-from', outbox]);
    api = await Contract.load(node);
  });

  after(async () => {
    for (const x of ending) await x();
  });

  test('the node itself', async () => {
    for (const port of ['data', 'admin']) await ok('getHealth', { port });
    assert.equal((await ok('getReadiness')).status, 'ready');
    assert.match(await ok('getDescription'), /^openapi: 3/);
    assert.match(await ok('getPrometheusMetrics'), /carillon_log_head/);
  });

  test('the operations page, and what it asks first', async () => {
    assert.match(await ok('getConsole'), /<!doctype html>/);
    for (const file of ['console.js', 'console.css']) {
      const part = await call('getConsoleFile', { path: { file } }, 200);
      await call('getConsoleFile', { path: { file }, headers: { 'If-None-Match': part.headers.get('ETag') } }, 304);
    }
    await call('getConsoleFile', { path: { file: 'index.html' } }, 404);
    assert.deepEqual(await ok('getCaller'), { name: null, role: 'admin', companyId: null, subject: null });
    assert.deepEqual(await ok('getSignIn'), { enabled: false, issuer: null, loginUrl: null });
    for (const id of ['beginSignIn', 'finishSignIn', 'signOut']) await call(id, {}, 404);
    const { dataAddress, settings } = await ok('getNode');
    assert.equal(dataAddress, node.data);
    const { nodes } = await ok('listNodes');
    assert.deepEqual(nodes.map((x) => [x.self, x.state]), [[true, 'active']]);
    assert.equal(settings.find((x) => x.name === 'accept-unknown-types').value, 'true');
  });

  test('publishing by hand', async () => {
    const body = { type: 'order.cancelled', id: 'by-hand', companyId: 'c-9', data: { orderId: 'o-9', reason: 'late' } };
    const { body: receipt } = await call('publishEvent', { body }, 201);
    assert.deepEqual(await ok('publishEvent', { body }), { ...receipt, duplicate: true });
    await call('publishEvent', { body: { ...order('by-hand'), companyId: 'c-9' } }, 409);
    await call('publishEvent', { body: { type: 'order.created', data: {} } }, 422);
    await call('publishEvent', { text: '[]' }, 400);
  });

  test('publishing', async () => {
    await call('putContact', { path: { userId: 'u-1' }, body: { companyId: 'c-1', email: 'anna@example.org', name: 'Anna', role: 'admin', muted: { email: ['user.login'] } } }, 200);
    const first = await call('publishEvents', { body: order('e-1') }, 201);
    assert.equal((await ok('publishEvents', { body: order('e-1') })).seq, first.body.seq);
    const verdicts = await ok('publishEvents', { body: [order('e-2'), { type: 'order.created' }, order('e-1')] });
    assert.deepEqual(verdicts.results.map((x) => x.error?.code ?? x.duplicate), [false, 'schema_violation', true]);
    const cloud = { specversion: '1.0', id: 'ce-1', source: '/shop', type: 'user.login', userid: 'u-1', data: { ip: '::1', userAgent: 'x' } };
    await call('publishEvents', { body: cloud, mediaType: 'application/cloudevents+json' }, 201);
    await ok('publishEvents', { body: [{ ...cloud, id: 'ce-2' }], mediaType: 'application/cloudevents-batch+json' });
    await call('publishEvents', { body: { type: 'shop.visited' } }, 201);
    await call('publishEvents', { text: '{' }, 400);
    await call('publishEvents', { text: 'x', mediaType: 'text/plain' }, 415);
    await call('publishEvents', { body: { type: 'order.created', companyId: 'c-1', data: {} } }, 422);
  });

  test('events', async () => {
    const page = await ok('listEvents', { query: { types: 'order.*,user.login', limit: 2, order: 'asc' } });
    assert.equal(page.events.length, 2);
    await ok('listEvents', { query: { types: 'order.*,user.login', limit: 2, order: 'asc', cursor: page.nextCursor } });
    await ok('getEvent', { path: { id: page.events[0].seq }, query: { expand: 'handlers,deliveries' } });
    await ok('getEvent', { path: { id: 'ce-1' }, headers: { Accept: 'application/cloudevents+json' } });
    await call('getEvent', { path: { id: 'never' } }, 404);
    await ok('getEventStats');
    assert.ok((await ok('getEventStats', { query: { bucket: 'day' } })).buckets.length > 0);
    assert.ok((await ok('listMetrics', { query: { bucket: 'hour' } })).metrics);
  });

  test('measures', async () => {
    const path = { name: 'sales' };
    const body = { types: ['order.*'], member: '/total', groupBy: '/status', measures: ['sum', 'avg', 'min', 'max', 'distinct'] };
    assert.deepEqual((await ok('listMeasureDefinitions')).definitions.map((x) => x.name), ['ai-tokens', 'revenue']);
    await ok('putMeasureDefinition', { path, body });
    const made = await ok('getMeasureDefinition', { path });
    assert.deepEqual({ ...made, ...body }, made);
    await ok('putMeasureDefinition', { path, body: made });
    await ok('backfillMeasureDefinition', { path });
    await ok('backfillMeasureDefinition', { path, body: {} });
    await call('backfillMeasureDefinition', { path, body: { since: '2026-01-01T00:00:00Z' } }, 409);
    await eventually(async () => (await ok('getMeasureDefinition', { path })).backfill.done, 'a backfill');
    const { events } = await ok('listEvents', { query: { types: 'order.*', companyId: 'c-1', limit: 1000 } });
    const live = order('m-1');
    await call('publishEvents', { body: live }, 201);
    const counted = (x) => x.series.reduce((sum, row) => sum + row.count, 0);
    const series = await eventually(async () => {
      const page = await ok('listMeasures', { query: { name: 'sales', companyId: 'c-1', bucket: 'day' } });
      return counted(page) === events.length + 1 && page;
    }, 'a measured event');
    assert.ok(series.series.every((x) => x.companyId === 'c-1' && typeof x.sum === 'string' && x.distinct >= 1));
    await ok('listMeasures', { query: { name: 'revenue' } });
    await call('listMeasures', { query: { name: 'none' } }, 404);
    await call('putMeasureDefinition', { path, body: { ...body, member: 'total' } }, 400);
    await call('putMeasureDefinition', { path, body: { ...body, measures: ['median'] } }, 400);
    await call('deleteMeasureDefinition', { path }, 204);
    await call('deleteMeasureDefinition', { path }, 404);
    await call('getMeasureDefinition', { path }, 404);
  });

  test('webhooks from outside', async () => {
    const path = { source: 'github' };
    const made = await call('putInboundSource', { path, body: { preset: 'github', companyId: 'c-1' } }, 201);
    assert.equal(made.headers.get('Location'), '/api/inbound/github');
    const { secret } = made.body;
    const shown = await ok('getInboundSource', { path });
    assert.equal(shown.secret, undefined);
    await ok('putInboundSource', { path, body: shown });
    assert.equal((await ok('listInboundSources')).sources.length, 1);
    const text = JSON.stringify({ ref: 'refs/heads/main' });
    const signed = (key, x = text) => ({
      'X-Hub-Signature-256': `sha256=${createHmac('sha256', key).update(x).digest('hex')}`,
      'X-GitHub-Event': 'push',
      'X-GitHub-Delivery': 'd-1',
    });
    const first = await call('receiveWebhook', { path, text, headers: signed(secret) }, 202);
    assert.deepEqual(first.body, { id: 'd-1', duplicate: false });
    const again = await call('receiveWebhook', { path, text, headers: signed(secret) }, 202);
    assert.deepEqual(again.body, { id: 'd-1', duplicate: true });
    const event = await ok('getEvent', { path: { id: 'd-1' }, query: { source: '/in/github' } });
    assert.equal(event.type, 'github.push');
    assert.equal(event.companyId, 'c-1');
    assert.equal(event.metadata.inbound.headers['x-github-delivery'], 'd-1');
    const rotated = await ok('rotateInboundSecret', { path, body: { graceSeconds: 60 } });
    for (const key of [secret, rotated.secret]) await call('receiveWebhook', { path, text, headers: signed(key) }, 202);
    await ok('rotateInboundSecret', { path, body: { secret: 'another secret', graceSeconds: 0 } });
    await call('receiveWebhook', { path, text, headers: signed(secret) }, 401);
    await call('receiveWebhook', { path, text: `${text} `, headers: signed('another secret') }, 401);
    await call('receiveWebhook', { path, text: 'x', mediaType: 'text/plain', headers: signed('another secret', 'x') }, 415);
    await call('receiveWebhook', { path, text: 'x', headers: signed('another secret', 'x') }, 400);
    await call('receiveWebhook', { path: { source: 'none' }, text }, 404);
    await call('putInboundSource', { path, body: { preset: 'gitlab' } }, 400);
    await call('putInboundSource', { path: { source: 'stripe' }, body: { preset: 'stripe' } }, 400);
    await call('putInboundSource', { path, body: { preset: 'github', companyId: 'c-2' } }, 409);
    await call('deleteInboundSource', { path }, 204);
    await call('receiveWebhook', { path, text, headers: signed('another secret') }, 404);
    for (const id of ['deleteInboundSource', 'getInboundSource', 'rotateInboundSecret']) await call(id, { path }, 404);
    const meta = { preset: 'hmac', secret: 'app-secret', type: 'meta.{/object}', id: '{sha256}', answerStatus: 204, verifyToken: 'token-of-meta', signature: { header: 'x-hub-signature-256', prefix: 'sha256=' } };
    await call('putInboundSource', { path: { source: 'meta' }, body: meta }, 201);
    const query = { 'hub.mode': 'subscribe', 'hub.verify_token': 'token-of-meta', 'hub.challenge': '1158201444' };
    assert.equal(await ok('answerChallenge', { path: { source: 'meta' }, query }), '1158201444');
    await call('answerChallenge', { path: { source: 'meta' }, query: { ...query, 'hub.verify_token': 'x' } }, 401);
    const page = JSON.stringify({ object: 'page' });
    await call('receiveWebhook', { path: { source: 'meta' }, text: page, headers: signed('app-secret', page) }, 204);
    const slack = { preset: 'slack', secret: '8f742231b10e8888abcd99yyyzzz85a5' };
    await call('putInboundSource', { path: { source: 'slack' }, body: slack }, 201);
    const bySlack = (x) => {
      const now = Math.floor(Date.now() / 1000);
      const mac = createHmac('sha256', slack.secret).update(`v0:${now}:${x}`).digest('hex');
      return { 'X-Slack-Request-Timestamp': `${now}`, 'X-Slack-Signature': `v0=${mac}` };
    };
    const asks = JSON.stringify({ type: 'url_verification', challenge: '3eZbrw1aB' });
    assert.equal(await ok('receiveWebhook', { path: { source: 'slack' }, text: asks, headers: bySlack(asks) }), '3eZbrw1aB');
    for (const source of ['meta', 'slack']) await call('deleteInboundSource', { path: { source } }, 204);
  });

  test('schedules', async () => {
    const path = { name: 'daily' };
    const event = { type: 'shop.due', data: { shop: 'bell' }, audience: 'none' };
    const body = { cron: '30 9 * * MON-FRI', timeZone: 'Europe/Berlin', missed: 'skip', event };
    const made = await ok('putSchedule', { path, body });
    assert.equal(made.next.length, 10);
    assert.deepEqual({ ...made, ...body, event: made.event }, made);
    assert.deepEqual(await ok('putSchedule', { path, body: made }), made);
    assert.deepEqual(await ok('getSchedule', { path }), made);
    assert.equal((await ok('pauseSchedule', { path })).nextAt, null);
    assert.equal((await ok('resumeSchedule', { path })).paused, false);
    const { body: byHand } = await call('runSchedule', { path }, 201);
    assert.equal((await ok('getEvent', { path: { id: byHand.seq } })).source, '/schedules/daily');
    assert.deepEqual((await ok('getOccurrences', { query: { cron: body.cron, timeZone: body.timeZone } })).next, made.next);
    assert.deepEqual((await ok('getOccurrences', { query: { at: '2000-01-01T00:00:00Z' } })).next, []);
    for (const query of [{}, { cron: '* * * * *', every: '1s' }, { cron: '61 * * * *' }]) await call('getOccurrences', { query }, 400);
    await ok('putSchedule', { path: { name: 'often' }, body: { every: '1s', event } });
    const { events } = await eventually(async () => {
      const page = await ok('listEvents', { query: { types: 'shop.due', order: 'asc', after: byHand.seq } });
      return page.events.length >= 2 && page;
    }, 'two occurrences');
    assert.equal(events[0].source, '/schedules/often');
    assert.equal(new Date(events[1].id) - new Date(events[0].id), 1000);
    await call('deleteSchedule', { path: { name: 'often' } }, 204);
    assert.deepEqual((await ok('listSchedules')).schedules.map((x) => x.name), ['daily']);
    for (const wrong of [{ cron: '61 * * * *', event }, { every: '1h', at: '2099-01-01T00:00:00Z', event }, { every: '1h', event: { ...event, id: 'x' } }, { event }]) await call('putSchedule', { path, body: wrong }, 400);
    await call('deleteSchedule', { path }, 204);
    for (const id of ['deleteSchedule', 'getSchedule', 'pauseSchedule', 'resumeSchedule', 'runSchedule']) await call(id, { path }, 404);
  });

  test('events that wait for their time', async () => {
    const later = { publishAt: new Date(Date.now() + 3_600_000).toISOString() };
    const body = { type: 'shop.later', id: 'later-1', companyId: 'c-1', data: { n: 1 } };
    const first = await call('publishEvents', { body, query: later }, 202);
    assert.deepEqual((await call('publishEvents', { body, query: later }, 202)).body, first.body);
    await call('publishEvents', { body: { ...body, data: { n: 2 } }, query: later }, 409);
    await call('publishEvents', { body: [body], query: later }, 400);
    await call('publishEvents', { body, query: { publishAt: 'soon' } }, 400);
    const second = await call('publishEvent', { body: { ...body, id: 'later-2' }, query: later }, 202);
    assert.deepEqual((await ok('listDelayedEvents')).delayed.map((x) => x.id), ['later-1', 'later-2']);
    for (const port of ['data', 'admin']) assert.equal((await ok('getDelayedEvent', { path: { id: first.body.delayedId }, port })).event.data.n, 1);
    await call('cancelDelayedEvent', { path: { id: first.body.delayedId }, port: 'data' }, 204);
    await call('cancelDelayedEvent', { path: { id: second.body.delayedId } }, 204);
    for (const port of ['data', 'admin']) await call('cancelDelayedEvent', { path: { id: first.body.delayedId }, port }, 404);
    await call('getDelayedEvent', { path: { id: first.body.delayedId } }, 404);
    const soon = await call('publishEvents', { body: { ...body, id: 'later-3' }, query: { publishAt: new Date().toISOString() } }, 202);
    await eventually(async () => (await ok('listEvents', { query: { types: 'shop.later' } })).events.length === 1, 'an event at its time');
    // It is forgotten once the log has it.
    await eventually(async () => (await call('getDelayedEvent', { path: { id: soon.body.delayedId } }, 200, 404)).status === 404, 'an event that waits no more');
  });

  test('outboxes, and rows that can be no events', async () => {
    const other = await eventually(async () => {
      const { outboxes } = await ok('listOutboxes');
      return outboxes[0].refused === 2 && outboxes[0];
    }, 'rows that were put aside');
    assert.deepEqual([other.name, other.up, other.waiting, other.movedSinceStart, other.refusedSinceStart], ['other', true, 0, 1, 2]);
    const page = await ok('listRefusedRows', { path: { name: 'other' }, query: { limit: 1 } });
    assert.deepEqual(page.refused.map((x) => [x.type, x.errorCode]), [['no type', 'invalid_argument']]);
    const next = await ok('listRefusedRows', { path: { name: 'other' }, query: { limit: 10, cursor: page.nextCursor } });
    assert.deepEqual([next.refused.map((x) => x.type), next.nextCursor], [['still no type'], null]);
    const [first, second] = [page.refused[0].seq, next.refused[0].seq];
    await call('retryRefusedRow', { path: { name: 'other', seq: first } }, 204);
    await call('retryRefusedRow', { path: { name: 'other', seq: first } }, 404);
    await call('discardRefusedRow', { path: { name: 'other', seq: '9223372036854775808' } }, 404);
    // What was not there leaves no row in the audit log.
    assert.equal((await ok('listAudit', { query: { action: 'outbox.retried' } })).audit.length, 1);
    assert.equal((await ok('listAudit', { query: { action: 'outbox.discarded' } })).audit.length, 0);
    await call('discardRefusedRow', { path: { name: 'other', seq: second } }, 204);
    await call('discardRefusedRow', { path: { name: 'other', seq: second } }, 404);
    // It has not changed, and comes back with another number.
    const again = await eventually(async () => {
      const { refused } = await ok('listRefusedRows', { path: { name: 'other' } });
      return refused.length === 1 && refused[0].type === 'no type' && refused[0];
    }, 'the row that was refused again');
    assert.ok(again.seq > second);
    for (const id of ['retryRefusedRow', 'discardRefusedRow']) await call(id, { path: { name: 'own', seq: first } }, 404);
    await call('listRefusedRows', { path: { name: 'own' } }, 404);
    const { audit } = await ok('listAudit', { query: { action: 'outbox.discarded' } });
    assert.equal(audit[0].subject, `outbox:other/${second}`);
  });

  test('types', async () => {
    const path = { type: 'shop.opened' };
    const body = { audience: 'none', schema: { type: 'object', properties: { shop: { type: 'string' } } } };
    await call('putEventType', { path, body }, 201);
    await call('putEventType', { path, body }, 200);
    await ok('getEventType', { path });
    await call('getEventType', { path: { type: 'no.such' } }, 404);
    assert.ok((await ok('listEventTypes')).types.length > 30);
    await call('deleteEventType', { path }, 204);
    await call('deleteEventType', { path }, 404);
  });

  test('webhooks', async () => {
    const made = await call('createWebhook', { body: { url: receiver.url, retrySchedule: [], headers: { 'X-Shop': 'x' }, types: ['order.*'] } }, 201);
    await call('createWebhook', { body: { url: receiver.url, types: ['no.such'], kind: 'ed25519', companyId: 'c-1' } }, 201);
    webhook = { id: made.body.id };
    assert.equal(made.headers.get('Location'), `/api/events/webhooks/${webhook.id}`);
    await ok('listWebhooks');
    await ok('updateWebhook', { path: webhook, body: { description: 'the shop' } });
    assert.equal((await ok('testWebhook', { path: webhook })).outcome, 'delivered');
    const filter = { 'data.total': { $gt: 12 }, 'data.items.0.sku': 'bell' };
    const message = { format: 'slack', template: 'New order {{data.orderId}}' };
    const filtered = await call('updateWebhook', { path: webhook, body: { filter, message } }, 200);
    assert.deepEqual([filtered.body.filter, filtered.body.message], [filter, message]);
    const tried = await ok('matchWebhook', { path: webhook });
    assert.ok(tried.matched > 0 && tried.events.every((x) => x.type.startsWith('order.')));
    assert.equal((await ok('matchWebhook', { path: webhook, body: { filter: { 'data.total': { $gt: 13 } } } })).matched, 0);
    const wrong = await call('matchWebhook', { path: webhook, body: { filter: { 'data.total': { $gtt: 1 } } } }, 400);
    assert.equal(wrong.body.field, 'filter/data.total/$gtt');
    assert.ok((await ok('listEvents', { query: { filter: JSON.stringify(filter) } })).events.length > 0);
    await call('listEvents', { query: { filter: '{"total":1}' } }, 400);
    await call('updateWebhook', { path: webhook, body: { filter: null, message: null } }, 200);
    receiver.status = 500;
    await call('publishEvents', { body: order('e-3') }, 201);
    // The status is ahead of what is written down.
    const { deliveries } = await eventually(async () => {
      const page = await ok('listWebhookDeliveries', { path: webhook, query: { state: 'failed' } });
      return page.deliveries.length > 0 && page;
    }, 'a delivery that failed');
    await ok('getWebhook', { path: webhook });
    await ok('getDelivery', { path: { id: deliveries[0].id } });
    const seq = deliveries[0].seq;
    assert.ok((await ok('getEvent', { path: { id: seq }, query: { expand: 'deliveries' } })).deliveries.length > 0);
    receiver.status = 200;
    await call('recoverWebhook', { path: webhook, body: { since: '2026-01-01T00:00:00Z' } }, 202);
    await eventually(async () => (await ok('getDelivery', { path: { id: deliveries[0].id } })).state === 'delivered', 'a recovery');
    await call('retryDelivery', { path: { id: deliveries[0].id } }, 202);
    await ok('rotateWebhookSecret', { path: webhook });
    await ok('rotateWebhookSecret', { path: webhook, body: { graceSeconds: 60 } });
    assert.equal((await ok('disableWebhook', { path: webhook })).disabledReason, 'operator');
    await ok('enableWebhook', { path: webhook });
  });

  test('replays', async () => {
    const body = { filter: { types: ['order.*'], startDate: '2026-01-01' }, target: 'sessions' };
    assert.ok((await ok('startReplay', { body: { ...body, dryRun: true } })).matched > 0);
    const { body: { replayId } } = await call('startReplay', { body }, 202);
    await call('startReplay', { body: { eventIds: [1], target: 'sessions' } }, 202);
    await eventually(async () => (await ok('getReplay', { path: { id: replayId } })).phase === 'done', 'a replay');
    assert.equal((await ok('listReplays')).replays.length, 2);
    await call('getReplay', { path: { id: 4711 } }, 404);
  });

  test('sessions', async () => {
    const end = new AbortController();
    const stream = await fetch(`${node.data}/api/events/stream?user=u-1&company=c-1`, { signal: end.signal });
    assert.equal(stream.headers.get('content-type').split(';')[0], 'text/event-stream');
    assert.ok(api.operation('streamEvents').responses['200'].content['text/event-stream']);
    const { sessions } = await eventually(async () => {
      const page = await ok('listSessions', { query: { userId: 'u-1' } });
      return page.sessions.length > 0 && page;
    }, 'a session');
    await ok('getSessionStats');
    await ok('getSessionStats', { query: { companyId: 'c-1' } });
    assert.equal((await ok('endSession', { path: { id: sessions[0].id } })).disconnected, 1);
    await call('endSession', { path: { id: 4711 } }, 200, 404);
    const another = await fetch(`${node.data}/api/events/stream?user=u-2`, { signal: end.signal });
    assert.equal(another.status, 200);
    await eventually(async () => {
      const { status } = await call('endSessionsOfUser', { path: { userId: 'u-2' } }, 200, 404);
      return status === 200;
    }, 'the end of a session');
    end.abort();
    await call('streamEvents', { query: { since: 'x' } }, 400);
    await call('openSession', {}, 426);
    await call('openSession', { headers: { Origin: 'https://elsewhere.example' } }, 403);
  });

  test('a session opens by the handshake that is described', async () => {
    assert.ok(api.operation('openSession').responses['101']);
    await new Promise((resolve, reject) => {
      httpRequest(`${node.data}/ws?user=u-1`, {
        headers: { Connection: 'Upgrade', Upgrade: 'websocket', 'Sec-WebSocket-Version': '13', 'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==' },
      }).on('upgrade', (answer, socket) => {
        socket.destroy();
        resolve(answer);
      }).on('response', (answer) => reject(new Error(`answered ${answer.statusCode}`))).on('error', reject).end();
    });
  });

  test('limits', async () => {
    const { limits } = await ok('getLimits', { query: { companyId: 'c-1' } });
    assert.ok(limits.some((x) => x.name === 'events in flight' && x.own === 0));
  });

  test('consumers and dead letters', async () => {
    const { consumers } = await ok('listConsumers');
    const path = { name: consumers.find((x) => x.name.includes('audit')).name };
    await ok('getConsumer', { path });
    assert.equal((await ok('pauseConsumer', { path })).paused, true);
    assert.equal((await ok('resumeConsumer', { path })).paused, false);
    await call('getConsumer', { path: { name: 'handler/none' } }, 404);
    const { deadLetters } = await ok('listDeadLetters');
    // The built-in handlers give nothing up: what a webhook gives up is a delivery.
    for (const x of deadLetters) await call('retryDeadLetter', { path: { id: x.id } }, 200, 404, 409);
    await call('retryDeadLetter', { path: { id: 4711 } }, 404);
    await call('discardDeadLetter', { path: { id: 4711 } }, 404);
    assert.equal((await ok('retryDeadLetters', { body: { ids: [4711] } })).retried, 0);
    assert.equal((await ok('retryDeadLetters', { body: { consumer: 'none', upTo: 3 } })).upTo, 3);
    assert.equal((await ok('discardDeadLetters', { body: { consumer: 'none' } })).discarded, 0);
    for (const body of [{}, { upTo: 3 }, { ids: [] }, { ids: [1], consumer: 'none' }]) await call('discardDeadLetters', { body }, 400);
  });

  test('jobs', async () => {
    await ok('pauseJobQueue', { path: { queue: 'email' } });
    await call('publishEvents', { body: order('e-4') }, 201);
    const { jobs } = await eventually(async () => {
      const page = await ok('listJobs', { query: { state: 'queued', kind: 'email' } });
      return page.jobs.length > 0 && page;
    }, 'a job that waits');
    const path = { id: jobs[0].id };
    await ok('getJob', { path });
    await ok('retryJob', { path });
    await ok('cancelJob', { path });
    await call('cancelJob', { path }, 409);
    await ok('listJobQueues');
    await ok('retryDeadJobs', { body: { kind: 'email' } });
    await ok('resumeJobQueue', { path: { queue: 'email' } });
    await call('getJob', { path: { id: 4711 } }, 404);
  });

  test('an array of jobs has a verdict for each', async () => {
    const { results } = await ok('enqueueJob', { body: [
      { queue: 'arrays', key: 'a', payload: { n: 1 } }, { queue: 'email' }, { queue: 'arrays', kind: 'other' }, { queue: 'arrays', key: 'a', payload: { n: 1 } },
      { queue: 'arrays', key: 'a', payload: { n: 2 } }, { queue: 'more', companyId: 'c-1' },
    ] });
    assert.deepEqual(results.map((x) => x.error?.status ?? x.duplicate), [false, 409, 400, true, 409, false]);
    assert.deepEqual(results.map((x) => x.index), [undefined, 1, 2, undefined, 4, undefined]);
    assert.equal(results[0].id, results[3].id);
    for (const [text, status] of [['[]', 400], ['[{"queue": "arrays"}, {"queue" "arrays"}]', 400], [JSON.stringify(Array(1_001).fill({ queue: 'arrays' })), 413]])
      assert.equal((await call('enqueueJob', { text }, status)).status, status);
    // Above what is parsed at once.
    const many = Array.from({ length: 1_000 }, (_, n) => ({ queue: 'arrays', payload: { n, text: 'x'.repeat(100) } }));
    const all = (await ok('enqueueJob', { body: many })).results;
    assert.equal(new Set(all.map((x) => x.id)).size, 1_000);
    assert.ok(all.every((x) => x.duplicate === false));
    assert.deepEqual((await ok('getJob', { port: 'data', path: { id: all[999].id } })).payload.n, 999);
    const large = Array.from({ length: 17 }, () => ({ queue: 'arrays', payload: { text: 'x'.repeat(256 * 1024 - 20) } }));
    await call('enqueueJob', { body: large }, 413);
  });

  test('jobs for workers outside of the node', async () => {
    const path = { queue: 'thumbs' };
    const body = { queue: 'thumbs', kind: 'thumbs.small', key: 'photo-7', payload: { photo: 7 }, companyId: 'c-1', priority: 5 };
    const made = await call('enqueueJob', { body }, 201);
    const { id } = made.body;
    assert.equal(made.headers.get('location'), `/api/jobs/${id}`);
    assert.equal((await ok('enqueueJob', { body })).duplicate, true);
    await call('enqueueJob', { body: { ...body, payload: { photo: 8 } } }, 409);
    await call('enqueueJob', { body: { queue: 'email', payload: {} } }, 409);
    await call('enqueueJob', { body: { queue: 'thumbs', kind: 'other.small' } }, 400);
    await call('pullJobs', { path: { queue: 'email' }, body: {} }, 409);
    const pulled = async () => (await ok('pullJobs', { path, body: { max: 1, waitMs: 10_000 } })).deliveries[0];
    const begun = await pulled();
    assert.equal((await ok('releaseJobs', { path, body: { id: begun.id, fence: begun.fence } })).settled, 1);
    const first = await pulled();
    assert.deepEqual([first.id, first.attempt], [String(id), begun.attempt]);
    assert.deepEqual(first.job.payload, { photo: 7 });
    const has = { id: first.id, fence: first.fence };
    assert.equal((await ok('extendJobs', { path, body: { ...has, ms: 60_000 } })).settled, 1);
    assert.equal((await ok('noteJobProgress', { path, body: { ...has, note: 'resized', percent: 50 } })).settled, 1);
    assert.equal((await ok('ackJobs', { path, body: { ...has, result: { width: 64 } } })).settled, 1);
    assert.deepEqual((await ok('ackJobs', { path, body: { deliveries: [has] } })).stale, [first.id]);
    const done = await eventually(async () => {
      const x = await ok('getJob', { port: 'data', path: { id } });
      return x.state === 'done' && x;
    }, 'a job that is done');
    assert.deepEqual(done.result, { width: 64 });
    assert.equal(done.progress.percent, 50);
    assert.deepEqual(await ok('getJob', { path: { id } }), done);
    const second = await call('enqueueJob', { body: { queue: 'thumbs' } }, 201);
    const { id: other, fence } = await pulled();
    assert.equal((await ok('nackJobs', { path, body: { id: other, fence, reason: 'no photo', dead: true } })).settled, 1);
    await eventually(async () => (await ok('getJob', { path: { id: second.body.id } })).state === 'dead', 'a dead job');
    assert.equal((await ok('getJob', { path: { id: second.body.id } })).lastError, 'no photo');
    const { jobs } = await ok('listJobs', { query: { kind: 'thumbs' } });
    assert.equal(jobs.length, 2);
    await call('getJob', { port: 'data', path: { id: 4711 } }, 404);
    const mail = (await ok('listJobs', { query: { kind: 'email' } })).jobs[0];
    await call('getJob', { port: 'data', path: { id: mail.id } }, 404);
  });

  test('contacts, notifications and documents', async () => {
    await ok('listContacts', { query: { role: 'admin' } });
    await ok('getContact', { path: { userId: 'u-1' } });
    const { notifications } = await eventually(async () => {
      const page = await ok('listNotifications', { query: { userId: 'u-1', unread: true } });
      return page.notifications.length > 0 && page;
    }, 'a notification');
    await ok('getNotification', { path: { id: notifications[0].id } });
    await ok('readNotification', { path: { id: notifications[0].id } });
    await ok('readNotificationsOfUser', { body: { userId: 'u-1' } });
    await call('readNotification', { path: { id: 471_100 } }, 404);
    await call('listNotifications', {}, 400);
    await call('readNotificationsOfUser', { body: {} }, 400);
    const { documents } = await eventually(async () => {
      const page = await ok('listDocuments');
      return page.documents.length > 0 && page;
    }, 'a document');
    assert.match(await ok('getDocument', { path: { id: documents[0].id } }), /^%PDF/);
    await ok('getDocument', { path: { id: documents[0].id }, query: { metadata: true } });
    await ok('deleteDocuments', { query: { before: '2026-01-01' } });
    await call('deleteDocument', { path: { id: documents[0].id } }, 204);
    await call('putContact', { path: { userId: 'u-9' }, body: {} }, 200);
    await call('deleteContact', { path: { userId: 'u-9' } }, 204);
    await call('deleteContact', { path: { userId: 'u-9' } }, 404);
  });

  test('notifications on the data port, of the user who asks', async () => {
    const own = { port: 'data', query: { user: 'u-1', company: 'c-1' } };
    const page = await ok('listNotifications', { ...own, query: { ...own.query, limit: 1 } });
    assert.equal(page.notifications[0].userId, 'u-1');
    const path = { id: page.notifications[0].id };
    assert.deepEqual(await ok('getNotification', { ...own, path }), await ok('getNotification', { path }));
    await ok('readNotification', { ...own, path });
    await ok('readNotificationsOfUser', own);
    await ok('readNotificationsOfUser', { ...own, body: {} });
    await ok('listNotifications', own);
    const other = { port: 'data', query: { user: 'u-2' } };
    await call('getNotification', { ...other, path }, 404);
    await call('readNotification', { ...other, path }, 404);
    await call('readNotificationsOfUser', { ...own, body: { userId: 'u-2' } }, 400);
    await call('getNotification', { ...own, path, query: { ...own.query, userId: 'u-1' } }, 400);
    await call('listNotifications', { port: 'data' }, 400);
  });

  test('remote consumers', async () => {
    const path = { name: 'loyalty' };
    await call('putRemoteConsumer', { path, body: { types: ['user.*'], start: 'beginning', maxAttempts: 2 } }, 201);
    await ok('putRemoteConsumer', { path, body: { types: ['user.*'], start: 'beginning', maxAttempts: 2 } });
    await call('putRemoteConsumer', { path, body: { types: ['order.*'] } }, 409);
    await call('publishEvents', { body: { type: 'user.login', companyId: 'c-1', userId: 'u-1', data: { ip: '::1', userAgent: 'x' } } }, 201);
    const pulled = async () => (await ok('pullDeliveries', { path, body: { max: 1, waitMs: 10_000 } })).deliveries[0];
    const released = await pulled();
    assert.equal((await ok('releaseDeliveries', { path, body: { id: released.id, fence: released.fence } })).settled, 1);
    const first = await pulled();
    assert.deepEqual([first.id, first.attempt], [released.id, 1]);
    assert.notEqual(first.fence, released.fence);
    const { id, fence } = first;
    assert.equal((await ok('extendDeliveries', { path, body: { id, fence, ms: 60_000 } })).settled, 1);
    assert.equal((await ok('ackDeliveries', { path, body: { id, fence } })).settled, 1);
    assert.deepEqual((await ok('ackDeliveries', { path, body: { deliveries: [{ id, fence }] } })).stale, [id]);
    await call('publishEvents', { body: { type: 'user.login', companyId: 'c-1', userId: 'u-1', data: { ip: '::1', userAgent: 'x' } } }, 201);
    const { id: second, fence: its } = await pulled();
    assert.equal((await ok('nackDeliveries', { path, body: { id: second, fence: its, reason: 'no', dead: true } })).settled, 1);
    assert.equal((await ok('getRemoteConsumer', { path })).workers.connected, 0);
    await ok('deleteRemoteConsumer', { path });
    await call('deleteRemoteConsumer', { path }, 404);
    await call('getRemoteConsumer', { path }, 404);
  });

  test('audit and keys', async () => {
    await eventually(async () => (await ok('listAudit', { query: { order: 'asc' } })).audit.length > 0, 'an audited event');
    assert.equal((await ok('verifyAudit')).valid, true);
    assert.deepEqual((await ok('listAudit')).eventTypes, ['security.*', 'user.*', 'webhook.*', 'system.*']);
    const made = await call('createKey', { body: { name: 'shop', role: 'publisher', companyId: 'c-1' } }, 201);
    await ok('listKeys');
    await call('deleteKey', { path: { id: made.body.id } }, 204);
    await call('deleteKey', { path: { id: made.body.id } }, 404);
    await call('deleteWebhook', { path: { id: 4711 } }, 404);
  });

  test('the portal, and tokens for it', async () => {
    for (const file of ['index.html', 'portal.js', 'portal.css']) {
      const part = await call('getPortalFile', { path: { file } }, 200);
      await call('getPortalFile', { path: { file }, headers: { 'If-None-Match': part.headers.get('ETag') } }, 304);
    }
    await call('getPortalFile', { path: { file: 'console.js' } }, 404);
    const { body: made } = await call('createPortalToken', { body: { companyId: 'c-1', ttlSeconds: 60, may: ['test'] } }, 201);
    await call('createPortalToken', { body: { companyId: 'c-1', may: ['any'] } }, 400);
    await call('createPortalToken', { body: { companyId: 'c-1', may: [], ttlSeconds: 3601 } }, 400);
    const me = await fetch(`${node.data}/portal/api/me`, { headers: { Authorization: `Bearer ${made.token}` } });
    const caller = await me.json();
    const described = api.operation('getCaller').responses['200'].content['application/json'].schema;
    assert.equal(api.faults(described, caller), '');
    assert.deepEqual(api.undescribed(described, caller), []);
    assert.deepEqual(caller, { name: null, role: 'portal', companyId: 'c-1', may: ['test'], expiresAt: made.expiresAt });
  });

  test('evidence', async () => {
    await eventually(async () => (await api.call('getCheckpoint')).status === 200, 'a signed checkpoint');
    const head = await ok('getCheckpoint');
    assert.equal(head.keys.length, 1);
    assert.equal(head.checkpoint.split('\n')[1], String(head.size));
    await ok('getCheckpoint', { query: { format: 'note' } });
    await call('getCheckpoint', { query: { format: 'xml' } }, 400);
    const proof = await ok('getEventProof', { path: { seq: 1 } });
    assert.equal(proof.event.seq, 1);
    await call('getEventProof', { path: { seq: 4711000 } }, 404);
    const consistency = await ok('getConsistency', { query: { from: 1 } });
    assert.ok(consistency.to >= head.size);
    await call('getConsistency', { query: { from: 2, to: 1 } }, 400);
    await call('getConsistency', { query: { from: 1, to: 4711000 } }, 400);
    await call('getConsistency', {}, 400);
  });

  // What no client of HTTP sends. A request that never ends would take as long as 408 does.
  test('what breaks HTTP is answered with the statuses of protocol.md', async () => {
    const sentence = /A request that breaks HTTP itself.*?connection closes/s.exec(readFileSync(sourceFile('docs/protocol.md'), 'utf8'));
    const documented = new Set([...sentence[0].matchAll(/`(\d{3})`/g)].map((x) => Number(x[1])));
    const known = api.operation('publishEvents').responses.default.content['application/problem+json'].schema.properties.status.enum;
    const head = (line, ...fields) => [line, 'Host: localhost', 'Connection: close', ...fields, '', ''].join('\r\n');
    const broken = [
      'GARBAGE\r\n\r\n',
      head('GET / HTTP/2.0'),
      head('GET / HTTP/9.9'),
      head('BREW /api/events HTTP/1.1'),
      head('PROPFIND /api/events HTTP/1.1'),
      head('GET /api/events HTTP/1.1', `X: ${'x'.repeat(40_000)}`),
      head(`GET /${'x'.repeat(12_000)} HTTP/1.1`),
      head('POST /api/events HTTP/1.1', 'Content-Type: application/json', 'Content-Length: 1', 'Content-Length: 2') + '{}',
      head('POST /api/keys HTTP/1.1', 'Content-Type: application/json', 'Transfer-Encoding: chunked') + '2\r\n{}\r\n0\r\n\r\n',
      head('POST /api/events HTTP/1.1', 'Content-Type: application/json', 'Transfer-Encoding: chunked') + 'zz\r\n',
      head('POST /api/events HTTP/1.1', 'Content-Type: application/json', 'Transfer-Encoding: gzip, chunked') + '0\r\n\r\n',
      head('POST /api/keys HTTP/1.1', 'Content-Type: application/json', 'Content-Length: 999999999'),
      head('POST /api/events HTTP/1.1', 'Content-Type: application/json', 'Content-Length: 999999999'),
      head('POST /api/keys HTTP/1.1', 'Expect: a miracle', 'Content-Length: 2') + '{}',
      head('POST /api/events HTTP/1.1', 'Content-Type: application/json', 'Expect: a miracle', 'Content-Length: 2') + '{}',
    ];
    const seen = new Map();
    for (const port of ['data', 'admin'])
      for (const text of broken) {
        const answer = await exchange(node[port], text);
        const [, status] = /^HTTP\/1\.1 (\d{3}) /.exec(answer) ?? [];
        const where = `${port} ${text.slice(0, 80)} was answered ${answer.slice(0, 300)}`;
        assert.ok(known.includes(Number(status)), where);
        assert.equal(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n'))).status, Number(status), where);
        seen.set(Number(status), where);
      }
    // These two are no faults of HTTP.
    for (const status of [404, 405]) seen.delete(status);
    assert.deepEqual([...seen.keys()].filter((x) => !documented.has(x)).map((x) => seen.get(x)), []);
    assert.deepEqual([...documented].filter((x) => x !== 408 && !seen.has(x)), [], 'documented, and never seen');
  });

  test('every operation was called, and went well where a stranger can make it do so', () => {
    // Nothing that a node does by itself makes a dead letter.
    const never = new Set(['retryDeadLetter', 'discardDeadLetter', 'deleteWebhook']);
    // These were called without this file's help, or need a provider, see tests/web/sso.
    const elsewhere = new Set(['streamEvents', 'openSession', 'beginSignIn', 'finishSignIn', 'signOut']);
    const missing = [...api.operations.keys()].filter((id) => {
      const statuses = [...(api.answered.get(id) ?? [])];
      return statuses.length === 0 || (!never.has(id) && !elsewhere.has(id) && !statuses.some((x) => x < 300));
    });
    assert.deepEqual(missing, []);
  });
});
