// Requests made of docs/openapi.yaml: a node takes what the document calls valid, and refuses what it
// calls invalid. CARILLON_SEED repeats a run.
import assert from 'node:assert/strict';
import { describe, test, before, after } from 'node:test';
import { startNode, startReceiver } from './node_fixture.mjs';
import { Contract, Generator, Random } from './openapi_contract.mjs';

const seed = Number(process.env.CARILLON_SEED ?? Date.now() % 1_000_000_000);
console.log(`CARILLON_SEED=${seed}`);

let receiver;
/** @type {Contract} */
let api;
let webhook;

/** What the node may say to a request that the document calls valid, beside that it did it. */
const lawful = new Map([
  // Whether an event fits its type, and whether its id is taken, is not in the document.
  ['publishEvents', [409, 422]],
  ['publishEvent', [409, 422]],
  // What is to be replayed may not be there.
  ['startReplay', [404]],
  // Another round may have made the consumer with settings that stay as they are.
  ['putRemoteConsumer', [409, 503]],
  // A consumer that another round made has no workers, and is done with no event.
  ['getEvent', [504]],
  // Nothing may be signed yet, and sizes may be beyond what is.
  ['getCheckpoint', [404]],
  ['getConsistency', [400]],
  // Another round may have asked for another time.
  ['backfillMeasureDefinition', [409]],
  ['listMeasures', [404]],
  // The name may be another company's.
  ['putInboundSource', [409]],
  // This node has no OpenID provider; and no query has control characters.
  ['finishSignIn', [400, 404]],
]);

/** Rules between parts of a request, which a schema does not tell. */
function repaired(id, request, random) {
  const { query = {}, body } = request;
  // One event waits for its time, not an array of them.
  if (id === 'publishEvents' && Array.isArray(body)) delete query.publishAt;
  // Opaque: only what an answer gave is valid.
  delete query.cursor;
  // An end before the start is refused.
  if (query.startDate) delete query.endDate;
  if (body?.filter?.startDate) delete body.filter.endDate;
  if (body?.until) body.until = '2999-01-01T00:00:00Z';
  if (id === 'putContact') delete body.userId;
  if (id === 'putMeasureDefinition') delete body.name;
  // The admin port has to be told whose; the data port has not.
  if (id === 'listNotifications') query.userId ??= 'u-1';
  if (id === 'readNotificationsOfUser') request.body = { userId: 'u-1', ...body };
  // Secrets whose grace runs are few at a time.
  if (id === 'rotateWebhookSecret') request.body = { ...body, graceSeconds: 0 };
  // A schedule has one of them.
  if (id === 'getOccurrences') {
    for (const name of Object.keys(query)) delete query[name];
    Object.assign(query, random.pick([{ cron: '30 9 * * 1-5', timeZone: 'Europe/Berlin' }, { every: '15m' }, { at: '2099-01-01T00:00:00Z' }]));
  }
  // Names of headers have rules of HTTP.
  if (body?.headers) body.headers = { 'X-Shop': random.pick(['a', 'b c']) };
  if (id === 'createWebhook' || id === 'updateWebhook') {
    if (body.url) body.url = receiver.url;
    delete body.secret;
    // The receiver is on loopback.
    body.privateTargets = true;
  }
  // What is said twice is said alike.
  for (const name of ['companyId', 'userId']) if (name in query && body && name in body) delete query[name];
  if (id === 'createKey' && body.role !== 'worker') delete body.consumers;
  if (id === 'createKey' && body.breakGlass) {
    body.role = 'admin';
    for (const name of ['companyId', 'expiresAt', 'certificate', 'consumers']) delete body[name];
  }
  // One delivery or job, or several.
  if (['ackDeliveries', 'nackDeliveries', 'extendDeliveries', 'releaseDeliveries', 'ackJobs', 'nackJobs', 'extendJobs', 'releaseJobs', 'noteJobProgress'].includes(id)) {
    if (body.deliveries) for (const name of ['id', 'fence']) delete body[name];
    else Object.assign(body, { id: body.id ?? 'loyalty-1', fence: body.fence ?? '1.1' });
  }
  if (['pullDeliveries', 'pullJobs'].includes(id) && body) body.waitMs = 0;
  // A note, a percentage, or both.
  if (id === 'noteJobProgress') body.percent ??= 50;
  if (id === 'enqueueJob')
    for (const job of [body].flat()) {
      // A key is of one job, and a kind begins with its queue.
      delete job.key;
      job.kind = `${job.queue}.made`;
      if (job.runAt) job.runAt = '2026-02-03T04:05:06Z';
    }
  // Only that order has keys.
  if (id === 'putRemoteConsumer' && body && body.order !== 'per_key') delete body.maxPerKey;
  // The log has to reach it.
  if (id === 'putRemoteConsumer' && typeof body.start === 'number') body.start = 0;
  if (id === 'putInboundSource') {
    const { preset } = body;
    // A preset has what its provider needs, and nothing else.
    delete body.name;
    body.secret = preset === 'standard' ? 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw' : 'secret-of-a-provider';
    if (preset === 'hmac') body.signature ??= { header: 'x-sign' };
    else for (const name of ['signature', 'verifyToken', 'verifyTokenSha256']) delete body[name];
    if (preset === 'basic') body.username ??= 'shop';
    else delete body.username;
    if (preset !== 'bearer') delete body.header;
    if (['hmac', 'basic', 'bearer'].includes(preset)) Object.assign(body, { type: 'shop.{/topic}', id: '{/id}' });
  }
  if (id === 'startReplay') {
    body.target = 'sessions';
    // An id may be that of several events; a position is not.
    if (body.eventIds) body.eventIds = body.eventIds.map((_, i) => i + 1);
  }
  return { ...request, query };
}

/** Path parameters of things that are there, so that a call goes past them. */
const pathFor = (id) => ({
  updateWebhook: webhook, rotateWebhookSecret: webhook, recoverWebhook: webhook, listWebhookDeliveries: webhook,
  putRemoteConsumer: { name: 'loyalty' }, putContact: { userId: 'u-7' }, putEventType: { type: 'shop.generated' },
  putMeasureDefinition: { name: 'generated' }, putInboundSource: { source: 'generated' },
})[id];

const bodyOf = (x) => x.requestBody?.content['application/json']?.schema;
// A handshake has a test of its own, and a stream does not end.
const left = new Set(['openSession', 'streamEvents']);
const withChoices = () => [...api.operations.values()].filter((x) =>
  !left.has(x.operationId) && (bodyOf(x) || x.parameters.some((y) => y.in === 'query')));

const bodiesOf = (x) => Object.entries(x.requestBody?.content ?? {});

function drawn(x, generator, random) {
  const request = { path: pathFor(x.operationId) ?? {}, query: {} };
  for (const y of x.parameters) {
    if (y.in === 'path') request.path = { [y.name]: generator.valid(y.schema), ...request.path };
    if (y.in === 'query' && (y.required || random.chance(40))) request.query[y.name] = generator.valid(y.schema);
  }
  if (x.requestBody && (x.requestBody.required || random.chance(70))) {
    const [mediaType, media] = random.pick(bodiesOf(x));
    Object.assign(request, { mediaType, body: generator.valid(media.schema) });
  }
  return repaired(x.operationId, request, random);
}

/** Breaks one part of a request; undefined if there is nothing to break. */
function broken(x, request, generator, random) {
  const asked = x.parameters.filter((y) => y.in === 'query');
  if (bodyOf(x) && random.chance(75)) {
    const mediaType = request.mediaType ?? 'application/json';
    const body = generator.invalid(x.requestBody.content[mediaType].schema);
    return body === undefined ? undefined : { ...request, mediaType, body };
  }
  // Publishing does not look at the query, which the document says.
  if (x.operationId === 'publishEvents') return undefined;
  if (asked.length === 0 || random.chance(20)) return { ...request, query: { ...request.query, unheardOf: 1 } };
  const y = random.pick(asked);
  const value = generator.invalid(y.schema);
  // In a query all is text, and what is empty is not there; a list becomes one of texts.
  const text = String(value);
  const number = Number(text);
  if (typeof value === 'object' || generator.fits(y.schema, text)) return undefined;
  if (text !== '' && ['integer', 'number'].includes(y.schema.type) && generator.fits(y.schema, number)) return undefined;
  // Flags are 0 and 1 as well.
  if (y.schema.type === 'boolean' && ['0', '1', 'true', 'false'].includes(text)) return undefined;
  return { ...request, query: { ...request.query, [y.name]: text } };
}

const tells = (status, body) => (status >= 400 && status < 500) || (status === 200 && body.results?.some((x) => x.error));

describe('requests made of the document', () => {
  const ending = [];
  const suite = { after: (x) => ending.unshift(x) };

  before(async () => {
    receiver = await startReceiver(suite);
    const node = await startNode(suite, ['--webhooks-allow', '127.0.0.1/32', '--webhooks-allow-http', '--accept-unknown-types']);
    api = await Contract.load(node);
    const made = await api.call('createWebhook', { body: { url: receiver.url, types: ['no.such'] } });
    webhook = { id: made.body.id };
  });
  after(async () => {
    for (const x of ending) await x();
  });

  test('what the document calls valid is taken', { timeout: 90_000 }, async () => {
    const random = new Random(seed);
    const generator = new Generator(api, random);
    const wrong = [];
    for (let round = 0; round < 12; ++round)
      for (const x of withChoices()) {
        const request = drawn(x, generator, random);
        const { status, body } = await api.call(x.operationId, request);
        // Things that are made up are not there.
        const is404 = status === 404 && !pathFor(x.operationId) && x.parameters.some((y) => y.in === 'path');
        // Of an array all items are taken.
        const refused = x.operationId === 'enqueueJob' && body?.results?.find((y) => y.error);
        if ((status >= 400 && !is404 && !lawful.get(x.operationId)?.includes(status)) || refused)
          wrong.push(`${x.operationId} ${JSON.stringify(request).slice(0, 500)}: ${status} ${body?.detail ?? JSON.stringify(refused)} (${body?.field})`);
      }
    assert.deepEqual(wrong, []);
  });

  test('what the document calls invalid is refused', { timeout: 90_000 }, async () => {
    const random = new Random(seed + 1);
    const generator = new Generator(api, random);
    const wrong = [];
    for (let round = 0; round < 25; ++round)
      for (const x of withChoices()) {
        const request = broken(x, drawn(x, generator, random), generator, random);
        if (!request) continue;
        const { status, body } = await api.call(x.operationId, request);
        if (!tells(status, body))
          wrong.push(`${x.operationId} ${JSON.stringify({ query: request.query, body: request.body }).slice(0, 500)}: ${status}`);
      }
    assert.deepEqual(wrong, []);
  });
});
