// Every text that comes from elsewhere is hostile, and is shown as the text that it is: a table of where each comes from and where it is
// seen. What is no free text (types, names of consumers, queues and measures, states) is refused by the node, which the last test shows;
// alerts are events whose texts are made of such names and numbers.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { eventually, outboxOf, publish, startNode, temporaryDirectory } from '../../peers/node_fixture.mjs';
import { startBrowser } from './browser.mjs';
import { startPage } from './page.mjs';
import { comeOnline } from './world.mjs';

/** Ends attributes and texts in quotes, and makes an element that tells its number. */
const hostile = (n) => `'"><img src=x onerror=taken(${n})>`;
/** What of it is to be read, whatever escapes its quotes. */
const seen = (n) => `<img src=x onerror=taken(${n})>`;

// Number, what it is, and the views where it is read.
const texts = [
  [1, 'id of an event', 'event'],
  [2, 'source of an event', 'event'],
  [3, 'company of an event', 'event', 'events', 'live'],
  [4, 'user of an event', 'event', 'events'],
  [5, 'correlation of an event', 'event'],
  [6, 'cause of an event', 'event'],
  [7, 'value in data', 'event', 'measure'],
  [8, 'name in data', 'event'],
  [9, 'value in metadata', 'event'],
  [10, 'name in metadata', 'event'],
  [11, 'description of a schema', 'type'],
  [12, 'name of a member in a schema', 'type', 'publish'],
  [13, 'description of a member', 'type', 'publish'],
  [14, 'choice of a schema', 'type', 'publish'],
  [15, 'title in a schema', 'type'],
  [16, 'description of a webhook', 'webhooks', 'webhook'],
  [17, 'company of a webhook', 'webhooks', 'webhook'],
  [18, 'answer of a receiver', 'delivery'],
  [19, 'why a dead letter is one', 'dead-letters', 'consumer'],
  [20, 'last error of a consumer', 'consumers', 'trying'],
  [21, 'company of a dead letter', 'dead-letters'],
  [22, 'payload of a job', 'job'],
  [23, 'key of a job', 'job'],
  [24, 'company of a job', 'jobs', 'job'],
  [25, 'why a job failed', 'jobs', 'job'],
  [26, 'note on the progress of a job', 'job'],
  [27, 'result of a job', 'done'],
  [28, 'name of a contact', 'people'],
  [30, 'user of a contact', 'people', 'person', 'documents'],
  [31, 'company of a contact', 'people', 'documents'],
  [32, 'order in a notification', 'person'],
  [33, 'user of a session', 'sessions'],
  [34, 'company of a session', 'sessions'],
  [35, 'filter of a replay', 'replay'],
  [36, 'name of a key', 'keys'],
  [37, 'company of a key', 'keys'],
  [38, 'person for whom an operator acts', 'audit'],
  [39, 'subject of an action', 'audit'],
  [40, 'member that is measured', 'measures', 'odd'],
  [41, 'member that groups', 'measures', 'odd'],
  [42, 'company of a definition', 'measures', 'odd'],
  [43, 'value of a setting', 'settings'],
  [44, 'what an address asks for', 'asked'],
  [46, 'value in the event of a schedule', 'schedule'],
  [47, 'user of the event of a schedule', 'schedule'],
  [48, 'company of a schedule', 'schedules', 'schedule'],
  [49, 'id of a delayed event', 'delayed', 'later'],
  [50, 'company of a delayed event', 'delayed', 'later'],
  [51, 'source of a delayed event', 'later'],
  [52, 'value in a delayed event', 'later'],
  [53, 'company of a source', 'inbound', 'source'],
  [54, 'template of an id', 'source'],
  [55, 'template of a type', 'inbound', 'source'],
  [56, 'user of a password', 'source'],
  [57, 'what a schedule is asked for', 'unknown'],
  [61, 'filter of a webhook', 'webhook'],
  [62, 'what is wrong with the filter of an address', 'refused'],
  [63, 'id of a row of an outbox', 'outbox'],
  [64, 'type of a row of an outbox', 'outbox'],
  [65, 'source of a row of an outbox', 'outbox'],
  [66, 'company of a row of an outbox', 'outbox'],
  [67, 'filter of a measure', 'odd'],
  [68, 'outbox that an address asks for', 'elsewhere'],
];

const ending = [];
const suite = { after: (x) => ending.unshift(x) };
let node;
let page;
let browser;
let views;

async function call(base, method, path, body, more = {}) {
  const answer = await fetch(`${base}${path}`, { method, headers: { 'Content-Type': 'application/json', ...more }, body: body === undefined ? undefined : JSON.stringify(body) });
  const text = await answer.text();
  assert.ok(answer.ok, `${method} ${path} was answered ${answer.status}: ${text}`);
  return text ? JSON.parse(text) : undefined;
}

async function receiver() {
  const server = createServer((request, answer) => request.resume().on('end', () => answer.writeHead(500, { 'Content-Type': 'text/html' }).end(hostile(18))));
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  suite.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${server.address().port}/`;
}

/** Jobs that failed and are done, with all their texts. */
async function work(data) {
  const pull = async () => (await call(node.data, 'POST', '/api/jobs/queues/thumbs/pull', { max: 1, waitMs: 10_000 })).deliveries[0];
  const settle = (how, job, more) => data('POST', `/api/jobs/queues/thumbs/${how}`, { deliveries: [{ id: job.id, fence: job.fence }], ...more });
  await data('POST', '/api/jobs', { queue: 'thumbs', payload: {} });
  const done = await pull();
  await settle('ack', done, { result: { text: hostile(27) } });
  await data('POST', '/api/jobs', { queue: 'thumbs', key: hostile(23), companyId: hostile(24), payload: { text: hostile(22) } });
  const failed = await pull();
  await settle('progress', failed, { note: hostile(26), percent: 3 });
  await settle('nack', failed, { reason: hostile(25), delayMs: 3_600_000 });
  return { done: done.id, failed: failed.id };
}

/** A consumer that gave an event up, and one that tries again. */
async function consume(data) {
  for (const [name, how] of [['loyalty', { dead: true, reason: hostile(19) }], ['trying', { reason: hostile(20), delayMs: 3_600_000 }]]) {
    const { deliveries } = await eventually(async () => {
      const x = await data('POST', `/api/consumers/${name}/pull`, { max: 1, waitMs: 2000 });
      return x.deliveries.length > 0 && x;
    }, `a delivery of ${name}`);
    await data('POST', `/api/consumers/${name}/nack`, { deliveries: deliveries.map(({ id, fence }) => ({ id, fence })), ...how });
  }
}

before(async () => {
  const outbox = outboxOf([{ id: hostile(63), type: hostile(64), source: hostile(65), company_id: hostile(66) }]);
  node = await startNode(suite, ['--evidence-head-file', `${temporaryDirectory()}/${hostile(43).replaceAll('"', '')}`, '--outbox-from', outbox]);
  page = await startPage(suite, node);
  const admin = (...x) => call(node.admin, ...x);
  const data = (...x) => call(node.data, ...x);
  await admin('PUT', '/api/events/types/shop.visited', {
    audience: 'company',
    schema: { type: 'object', description: hostile(11), title: hostile(15), properties: { [hostile(12)]: { type: 'string', description: hostile(13) }, mood: { type: 'string', enum: ['good', hostile(14)] } } },
  });
  for (const name of ['loyalty', 'trying']) await data('PUT', `/api/consumers/${name}`, { types: ['shop.visited'] });
  const webhook = await admin('POST', '/api/events/webhooks', { url: await receiver(), types: ['order.created'], description: hostile(16), companyId: hostile(17), filter: { companyId: { $ne: hostile(61) } }, retrySchedule: [3600] });
  for (const [name, more] of [['visits', { member: '/seconds', groupBy: '/page' }], ['odd', { member: `/${hostile(40)}`, groupBy: `/${hostile(41)}`, companyId: hostile(42), filter: { companyId: { $ne: hostile(67) } } }]])
    await admin('PUT', `/api/metrics/definitions/${name}`, { types: ['shop.visited'], measures: ['sum'], ...more });
  await admin('PUT', `/api/contacts/${encodeURIComponent(hostile(30))}`, { companyId: hostile(31), email: 'anna@example.org', name: hostile(28) });
  const visit = { type: 'shop.visited', id: hostile(1), source: hostile(2), companyId: hostile(3), userId: hostile(4), correlationId: hostile(5), causationId: hostile(6),
    data: { page: hostile(7), seconds: 3, [hostile(8)]: 1 }, metadata: { from: hostile(9), [hostile(10)]: 'x' } };
  const { seq } = await publish(node, visit);
  const ordered = { type: 'order.created', data: { orderId: hostile(32), total: 1, currency: 'EUR', items: [{ sku: 'a' }], status: 'new' } };
  await publish(node, { ...ordered, companyId: hostile(31), userId: hostile(30) });
  const sent = await publish(node, { ...ordered, companyId: hostile(17) });
  await consume(data);
  await publish(node, { ...visit, id: 'again', companyId: hostile(21) });
  // The dead letter of this one has the company.
  const { deliveries } = await eventually(async () => {
    const x = await data('POST', '/api/consumers/loyalty/pull', { max: 1, waitMs: 2000 });
    return x.deliveries.length > 0 && x;
  }, 'a second delivery');
  await data('POST', '/api/consumers/loyalty/nack', { deliveries: deliveries.map(({ id, fence }) => ({ id, fence })), reason: hostile(19), dead: true });
  const jobs = await work(data);
  await comeOnline(suite, node, hostile(33), hostile(34));
  const { replayId } = await admin('POST', '/api/events/replay', { filter: { types: ['*'], companyId: hostile(35) }, target: 'sessions' });
  await admin('POST', '/api/keys', { name: hostile(36), role: 'reader', companyId: hostile(37) });
  await admin('PUT', `/api/contacts/${encodeURIComponent(hostile(39))}`, { email: 'ben@example.org' }, { 'Carillon-Actor': hostile(38) });
  await admin('PUT', '/api/schedules/nightly', { every: '12h', companyId: hostile(48), event: { type: 'shop.visited', userId: hostile(47), data: { page: hostile(46) } } });
  const { delayedId } = await admin('POST', `/api/publish?publishAt=${new Date(Date.now() + 86_400_000).toISOString()}`, {
    type: 'shop.visited', id: hostile(49), companyId: hostile(50), source: hostile(51), data: { page: hostile(52) } });
  await admin('PUT', '/api/inbound/shop', { preset: 'basic', username: hostile(56), companyId: hostile(53), id: `${hostile(54)}{/id}`, type: `${hostile(55)}{/topic}` });
  views = {
    event: [`#/events/${seq}`, `Event ${seq}`],
    events: ['#/events', 'Events'],
    live: ['#/events/live', 'Live tail'],
    type: ['#/types/shop.visited', 'Type shop.visited'],
    publish: ['#/publish?type=shop.visited', 'Publish'],
    webhooks: ['#/webhooks', 'Webhooks'],
    webhook: [`#/webhooks/${webhook.id}`, `Webhook ${webhook.id}`],
    delivery: [`#/deliveries/${webhook.id}-${sent.seq}`, 'Delivery'],
    'dead-letters': ['#/dead-letters', 'Dead letters'],
    consumers: ['#/consumers', 'Consumers'],
    consumer: ['#/consumers/loyalty', 'Consumer loyalty'],
    trying: ['#/consumers/trying', 'Consumer trying'],
    jobs: ['#/jobs', 'Jobs'],
    job: [`#/jobs/${jobs.failed}`, `Job ${jobs.failed}`],
    done: [`#/jobs/${jobs.done}`, `Job ${jobs.done}`],
    people: ['#/people', 'People'],
    person: [`#/people/${encodeURIComponent(hostile(30))}?companyId=${encodeURIComponent(hostile(31))}`, 'User'],
    documents: ['#/documents', 'Documents'],
    sessions: ['#/sessions', 'Sessions'],
    replay: [`#/replays/${replayId}`, `Replay ${replayId}`],
    keys: ['#/keys', 'Keys'],
    audit: ['#/audit', 'Audit'],
    measures: ['#/measures', 'Measures'],
    measure: ['#/measures/visits', 'Measure visits'],
    odd: [`#/measures/odd?definitionOf=${encodeURIComponent(hostile(42))}`, 'Measure odd'],
    settings: ['#/settings', 'Settings in force'],
    schedules: ['#/schedules', 'Schedules'],
    schedule: [`#/schedules/nightly?owner=${encodeURIComponent(hostile(48))}`, 'Schedule nightly'],
    delayed: ['#/delayed', 'Delayed events'],
    later: [`#/delayed/${delayedId}`, `Delayed event ${delayedId}`],
    inbound: ['#/inbound', 'Inbound'],
    source: ['#/inbound/shop', 'Source shop'],
    unknown: [`#/schedules/${encodeURIComponent(hostile(57))}`, 'Schedule'],
    asked: [`#/consumers/${encodeURIComponent(hostile(44))}`, 'Consumer'],
    outbox: ['#/outboxes/other', 'Outbox other'],
    elsewhere: [`#/outboxes/${encodeURIComponent(hostile(68))}`, 'Outbox'],
    refused: [`#/events?filter=${encodeURIComponent(JSON.stringify({ [hostile(62)]: 1 }))}`, 'Events'],
  };
  for (const path of [`/api/events/deliveries/${webhook.id}-${sent.seq}`, '/api/audit/checkpoint'])
    await eventually(async () => (await fetch(`${node.admin}${path}`)).ok, path);
  await eventually(async () => (await admin('GET', '/api/documents')).documents.length >= 2, 'documents');
  await eventually(async () => (await admin('GET', '/api/outboxes/other/refused')).refused.length > 0, 'a row that was put aside');
  await eventually(async () => (await admin('GET', '/api/metrics/measures?name=visits')).series.length > 0, 'measures');
  browser = await startBrowser();
  ending.push(browser.stop);
});
after(async () => {
  for (const x of ending) await x();
});

test('each is shown as the text that it is', async () => {
  const view = await browser.open(page);
  await view.page.evaluate(() => {
    window.stolen = [];
    window.taken = (n) => window.stolen.push(n);
  });
  const shown = new Set();
  for (const [name, [hash, heading]] of Object.entries(views)) {
    const here = texts.filter(([, , ...places]) => places.includes(name));
    assert.ok(here.length > 0, `nothing is looked for in ${name}`);
    await view.go(hash, heading);
    for (const [n, what] of here) {
      // Values of fields are text, too.
      await view.until((x) => [document.body.innerText, ...[...document.querySelectorAll('input, select, option')].map((y) => `${y.value} ${y.textContent}`)].some((y) => y.includes(x)), `${what} in ${name}`, seen(n));
      shown.add(n);
    }
    const state = await view.page.evaluate(() => ({
      stolen: window.stolen,
      elements: document.querySelectorAll('#app img, #app script, #app iframe, #app object').length,
      handlers: [...document.querySelectorAll('#app *')].filter((x) => [...x.attributes].some((y) => y.name.startsWith('on'))).length,
      addresses: [...document.querySelectorAll('#app a')].map((x) => x.href).filter((x) => !/^https?:/.test(x)),
    }));
    assert.deepEqual(state, { stolen: [], elements: 0, handlers: 0, addresses: [] }, name);
  }
  assert.deepEqual(texts.map(([n]) => n).filter((n) => !shown.has(n)), []);
  // Neither the policy nor Trusted Types had to stop anything.
  assert.deepEqual(view.faults, []);
  await view.close();
});

test('an object where a text should be makes no element', async () => {
  const view = await browser.open(page);
  const consumer = await (await fetch(`${node.admin}/api/consumers/loyalty`)).json();
  const element = JSON.parse('{"constructor":null,"type":"img","key":null,"ref":null,"props":{"src":"x","title":"made of JSON"},"__k":null,"__":null,"__b":1,"__e":null,"__c":null,"__v":1,"__i":-1,"__u":0}');
  await view.page.setRequestInterception(true);
  let answered = 0;
  view.page.on('request', (x) => {
    if (!x.url().endsWith('/api/consumers/loyalty')) return void x.continue();
    answered += 1;
    void x.respond({ status: 200, contentType: 'application/json', body: JSON.stringify({ ...consumer, lastError: element }) });
  });
  await view.go('#/consumers/loyalty', 'Consumer loyalty');
  await view.says('Last error');
  assert.ok(answered > 0);
  assert.equal(await view.page.evaluate(() => document.querySelectorAll('#app img').length), 0);
  await view.close();
});

test('what would run if it were markup, does so in a page without the policy', async () => {
  // So that the elements above are the right ones to look for.
  const blank = await browser.blank();
  await blank.goto('data:text/html,<body></body>');
  const taken = await blank.evaluate(async (text) => {
    const out = new Promise((resolve) => { window.taken = resolve; });
    document.body.innerHTML = `<p title="${text}"></p>`;
    return Promise.race([out, new Promise((resolve) => setTimeout(resolve, 5000))]);
  }, hostile(45));
  assert.equal(taken, 45);
  await blank.browserContext().close();
});

test('what is no free text is refused by the node', async () => {
  const bad = hostile(0);
  for (const [base, method, path, body] of [
    [node.data, 'POST', '/api/events', { type: bad, data: {} }],
    [node.data, 'PUT', `/api/consumers/${encodeURIComponent(bad)}`, { types: ['*'] }],
    [node.data, 'POST', '/api/jobs', { queue: bad, payload: {} }],
    [node.data, 'POST', '/api/jobs', { queue: 'thumbs', kind: bad, payload: {} }],
    [node.admin, 'PUT', `/api/events/types/${encodeURIComponent(bad)}`, { audience: 'all', schema: {} }],
    [node.admin, 'PUT', `/api/metrics/definitions/${encodeURIComponent(bad)}`, { types: ['*'], member: '/x', measures: ['sum'] }],
    [node.admin, 'POST', '/api/events/webhooks', { url: 'javascript:taken(0)', types: [] }],
    [node.admin, 'POST', '/api/events/webhooks', { url: `http://127.0.0.1:1/${bad}`, types: [] }],
    [node.admin, 'POST', '/api/events/webhooks', { url: 'http://127.0.0.1:1/', types: [bad] }],
    [node.admin, 'POST', '/api/keys', { name: 'x', role: bad }],
    [node.admin, 'PUT', `/api/schedules/${encodeURIComponent(bad)}`, { every: '1h', event: { type: 'shop.visited', data: {} } }],
    [node.admin, 'PUT', '/api/schedules/x', { cron: bad, event: { type: 'shop.visited', data: {} } }],
    [node.admin, 'PUT', '/api/schedules/x', { cron: '* * * * *', timeZone: bad, event: { type: 'shop.visited', data: {} } }],
    [node.admin, 'PUT', `/api/inbound/${encodeURIComponent(bad)}`, { preset: 'github' }],
    [node.admin, 'PUT', '/api/inbound/x', { preset: bad }],
    [node.admin, 'PUT', '/api/inbound/x', { preset: 'bearer', header: bad, type: 'shop.{/topic}', id: '{/id}' }],
    [node.admin, 'PUT', '/api/contacts/x', { email: bad }],
    [node.admin, 'PUT', '/api/contacts/x', { email: 'x@example.org', role: bad }],
  ]) {
    const answer = await fetch(`${base}${path}`, { method, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });
    assert.ok(answer.status >= 400 && answer.status < 500, `${method} ${path} ${JSON.stringify(body)}: ${answer.status}`);
    // Nor does a browser take the answer for a page.
    assert.match(answer.headers.get('content-type'), /^application\/problem\+json/);
    assert.equal(answer.headers.get('x-content-type-options'), 'nosniff');
  }
});
