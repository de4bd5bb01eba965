// Pages of other origins in Debian's Chromium, before both ports of a real node: they read nothing, publish nothing and change nothing,
// with --dev and without, also where their name was bound to loopback (DNS rebinding). The same page in an origin that may call shows
// that each attempt works where it is permitted, so that no line here passes because nothing arrived.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, describe, test } from 'node:test';
import { eventually, startNode } from '../../peers/node_fixture.mjs';
import { startBrowser } from './browser.mjs';

const secret = 'S3cret-of-the-log';
const ending = [];
const suite = { after: (x) => ending.unshift(x) };
let browser;
/** Where the page of a stranger really is. */
let foreign;

before(async () => {
  // Chromium's own walls around loopback are taken away: other browsers have none.
  browser = await startBrowser(['--host-resolver-rules=MAP *.test 127.0.0.1',
    '--disable-features=LocalNetworkAccessChecks,LocalNetworkAccessChecksWebSockets,BlockInsecurePrivateNetworkRequests,PrivateNetworkAccessSendPreflights,PrivateNetworkAccessForNavigations']);
  ending.push(browser.stop);
  const server = createServer((_, answer) => answer.writeHead(200, { 'Content-Type': 'text/html' }).end('<!doctype html><title>stranger</title>'));
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  suite.after(() => server.closeAllConnections() ?? server.close());
  foreign = `http://foreign.test:${server.address().port}`;
});
after(async () => {
  for (const x of ending) await x();
});

const evil = (how) => ({ type: 'order.cancelled', id: `evil-${how}`, companyId: 'c-1', data: { orderId: 'o-1', reason: 'evil' } });
/** What a stranger would ask of a port: method, path, body, and what of it a page may do without asking first (a "simple" request). */
const calls = {
  data: [
    ['POST', '/api/events', evil('data')],
    ['POST', '/api/events', [evil('array')]],
    ['PUT', '/api/consumers/evil', { types: ['*'] }],
    ['POST', '/api/consumers/keeper/pull', { max: 1, waitMs: 0 }],
    ['POST', '/api/jobs', { queue: 'evil', kind: 'evil.job', payload: {} }],
    ['GET', '/api/notifications?user=u-1&company=c-1'],
  ],
  admin: [
    ['GET', '/api/events'], ['GET', '/api/keys'], ['GET', '/api/node'], ['GET', '/api/me'], ['GET', '/metrics'], ['GET', '/api/audit'], ['GET', '/api/contacts'],
    ['GET', '/api/events/websocket/sessions'],
    ['POST', '/api/publish', evil('admin')],
    ['POST', '/api/keys', { name: 'evil', role: 'admin' }],
    ['POST', '/api/events/webhooks', { url: 'http://127.0.0.1:9/evil', types: [] }],
    ['POST', '/api/consumers/audit/pause'],
    ['POST', '/api/dead-letters/retry', {}],
    ['PUT', '/api/schedules/evil', { every: '12h', companyId: 'c-1', event: { type: 'order.cancelled', data: { orderId: 'o-1', reason: 'evil' } } }],
    ['PUT', '/api/inbound/evil', { preset: 'github' }],
    ['PUT', '/api/contacts/evil', { email: 'evil@example.org', companyId: 'c-1' }],
    ['DELETE', '/api/contacts/u-1?companyId=c-1'],
    ['POST', '/api/events/replay', { filter: { types: ['*'] }, target: 'sessions' }],
  ],
};

/** Runs in the page. Answers what it could read or open, a line each. */
async function attack(base, wanted, secretText) {
  const got = [];
  const read = async (name, response) => {
    if (response.type === 'opaque') return;
    const text = await response.text();
    if (response.ok || text.includes(secretText)) got.push(`${name}: ${response.status} ${text.slice(0, 60)}`);
  };
  const ask = async (name, url, init) => {
    try {
      await read(name, await fetch(url, { ...init, signal: AbortSignal.timeout(10_000) }));
    } catch {
      // Not readable, or refused.
    }
  };
  for (const [method, path, body] of wanted) {
    const url = base + path;
    for (const credentials of ['omit', 'include']) await ask(`${method} ${path}`, url, { method, credentials, ...(body && { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } }) });
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/json', undefined]) {
      if (method !== 'GET' && method !== 'POST') continue;
      await ask(`${method} ${path} without cors`, url, { method, mode: 'no-cors', referrerPolicy: 'no-referrer', ...(body && { body: new Blob([JSON.stringify(body)], type ? { type } : {}) }) });
      if (method === 'GET') break;
    }
    if (method === 'POST' && body) navigator.sendBeacon(url, JSON.stringify(body));
    if (method === 'POST') {
      // A form whose name and value are JSON together, into a frame.
      const frame = Object.assign(document.createElement('iframe'), { name: `f${Math.random()}` });
      const form = Object.assign(document.createElement('form'), { action: url, method: 'post', enctype: 'text/plain', target: frame.name });
      const json = JSON.stringify(body ?? {});
      const field = Object.assign(document.createElement('input'), { name: json.length > 2 ? `${json.slice(0, -1)},"x":"` : '', value: json.length > 2 ? '"}' : '' });
      document.body.append(frame, form);
      form.append(field);
      const loaded = new Promise((resolve) => {
        frame.onload = resolve;
        setTimeout(resolve, 3000);
      });
      form.submit();
      await loaded;
      let text = '';
      try {
        text = frame.contentDocument?.body?.innerText ?? '';
      } catch {
        // Another origin.
      }
      if (text.includes(secretText) || text.includes('"seq"')) got.push(`form ${path}: ${text.slice(0, 60)}`);
      form.remove();
      frame.remove();
    }
    if (method === 'GET') {
      const before = Object.keys(window).length;
      await new Promise((resolve) => {
        const script = Object.assign(document.createElement('script'), { src: url, onload: resolve, onerror: resolve });
        document.head.append(script);
        setTimeout(resolve, 3000);
      });
      if (Object.keys(window).length !== before) got.push(`script ${path}`);
    }
  }
  return got;
}

/** Runs in the page: sessions and streams. */
async function listen(base) {
  const got = [];
  const query = 'user=u-1&company=c-1';
  await new Promise((resolve) => {
    const socket = new WebSocket(`${base.replace('http', 'ws')}/ws?${query}`);
    socket.onopen = () => got.push('socket');
    socket.onmessage = () => resolve(socket.close());
    socket.onerror = resolve;
    setTimeout(resolve, 5000);
  });
  await new Promise((resolve) => {
    const stream = new EventSource(`${base}/api/events/stream?${query}`);
    stream.onopen = () => {
      got.push('stream');
      stream.close();
      resolve();
    };
    stream.onerror = () => {
      stream.close();
      resolve();
    };
    setTimeout(resolve, 5000);
  });
  return got;
}

/** A page of this origin, whoever answers there: as if the name had led elsewhere when it was loaded. */
async function pageAt(origin) {
  const page = await browser.blank();
  await page.setRequestInterception(true);
  page.on('request', (x) => (x.isNavigationRequest() && x.frame() === page.mainFrame() && x.method() === 'GET'
    ? x.respond({ status: 200, contentType: 'text/html', body: '<!doctype html><title>x</title><body></body>' }) : x.continue()));
  await page.goto(`${origin}/`);
  assert.equal(await page.evaluate(() => location.origin), origin);
  return page;
}

const portOf = (url) => new URL(url).port;

/** What a stranger would have changed. */
async function stateOf(node) {
  const headers = node.key ? { Authorization: `Bearer ${node.key}` } : {};
  const get = async (path) => {
    const answer = await fetch(`${node.admin}${path}`, { headers });
    assert.ok(answer.ok, `${path} ${answer.status}`);
    return answer.json();
  };
  return {
    events: (await get('/api/events?types=order.*&limit=1000')).events.map((x) => x.id),
    keys: (await get('/api/keys')).keys.map((x) => x.name),
    webhooks: (await get('/api/events/webhooks')).webhooks.length,
    consumers: (await get('/api/consumers')).consumers.map((x) => `${x.name} ${x.paused}`).sort(),
    contacts: (await get('/api/contacts')).contacts.map((x) => x.userId),
    jobs: (await get('/api/jobs?kind=evil')).jobs.length,
    replays: (await get('/api/events/replay')).replays.length,
    schedules: (await get('/api/schedules')).schedules.map((x) => x.name),
    inbound: (await get('/api/inbound')).sources.map((x) => x.name),
    inFlight: (await get('/api/consumers/keeper')).inFlight,
  };
}

async function prepared(t, options, how) {
  const node = await startNode(t, options, how);
  const headers = { 'Content-Type': 'application/json', ...(node.key && { Authorization: `Bearer ${node.key}` }) };
  const send = async (url, method, body) => {
    const answer = await fetch(url, { method, headers, body: JSON.stringify(body) });
    assert.ok(answer.ok, `${method} ${url}: ${answer.status} ${await answer.text()}`);
  };
  await send(`${node.admin}/api/contacts/u-1`, 'PUT', { companyId: 'c-1', email: 'anna@example.org', name: secret });
  if (!node.key) await send(`${node.data}/api/consumers/keeper`, 'PUT', { types: ['payment.*'] });
  else await send(`${node.data}/api/consumers/keeper`, 'PUT', { types: ['payment.*'] }).catch(() => undefined);
  await send(`${node.admin}/api/publish`, 'POST', { type: 'order.cancelled', id: 'mine', companyId: 'c-1', userId: 'u-1', data: { orderId: 'o-1', reason: secret } });
  return node;
}

/** All that a page of this origin gets from both ports, called by these names. */
async function gotBy(origin, node, hosts) {
  const page = await pageAt(origin);
  const got = [];
  for (const host of hosts) {
    for (const kind of ['data', 'admin']) {
      const base = `http://${host}:${portOf(node[kind])}`;
      for (const x of await page.evaluate(attack, base, calls[kind], secret)) got.push(`${kind} by ${host}: ${x}`);
    }
    for (const x of await page.evaluate(listen, `http://${host}:${portOf(node.data)}`)) got.push(`${x} by ${host}`);
  }
  await page.browserContext().close();
  return got;
}

for (const secured of [false, true]) {
  describe(secured ? 'with keys' : 'with --dev', () => {
    let node;
    let untouched;
    before(async () => {
      node = await prepared(suite, [], { secured });
      untouched = await stateOf(node);
      assert.deepEqual(untouched.events, ['mine']);
    });

    test('a page of another origin gets nothing and changes nothing', async () => {
      assert.deepEqual(await gotBy(foreign, node, ['127.0.0.1', 'localhost']), []);
      assert.deepEqual(await stateOf(node), untouched);
    });

    test('nor does one whose name leads to loopback by now', async () => {
      for (const kind of ['data', 'admin']) {
        const origin = `http://rebound.test:${portOf(node[kind])}`;
        assert.deepEqual(await gotBy(origin, node, ['rebound.test', '127.0.0.1']), [], kind);
      }
      assert.deepEqual(await stateOf(node), untouched);
    });

    test('nor does a page without an origin', async () => {
      const page = await browser.blank();
      await page.goto(`data:text/html,<body></body>`);
      assert.equal(await page.evaluate(() => self.origin), 'null');
      for (const kind of ['data', 'admin']) assert.deepEqual(await page.evaluate(attack, node[kind], calls[kind], secret), []);
      assert.deepEqual(await page.evaluate(listen, node.data), []);
      assert.deepEqual(await stateOf(node), untouched);
      await page.browserContext().close();
    });
  });
}

test('where an origin may call, the same page does all of it', async (t) => {
  const node = await prepared(t, ['--sessions-origins', foreign, '--admin-origins', foreign]);
  const before = await stateOf(node);
  const got = await gotBy(foreign, node, ['localhost']);
  for (const kind of ['data', 'admin'])
    for (const [method, path] of calls[kind]) {
      // A consumer that is new, and a pull of nothing, are answered as well.
      assert.ok(got.some((x) => x.startsWith(`${kind} by localhost: ${method} ${path}:`)), `${method} ${path} of ${kind} was not answered: ${got.join('\n')}`);
    }
  for (const x of ['socket', 'stream']) assert.ok(got.includes(`${x} by localhost`), x);
  const now = await stateOf(node);
  for (const id of ['evil-data', 'evil-array', 'evil-admin']) assert.ok(now.events.includes(id), id);
  for (const what of ['keys', 'webhooks', 'consumers', 'contacts', 'jobs', 'replays', 'schedules', 'inbound']) assert.notDeepEqual(now[what], before[what], what);
});

test('a page of the port itself, by a name of loopback, may call it, and the rebound one reached the node', async (t) => {
  const node = await prepared(t, []);
  const port = portOf(node.admin);
  const own = await pageAt(`http://localhost:${port}`);
  const read = await own.evaluate(attack, `http://localhost:${port}`, [['GET', '/api/events']], secret);
  assert.ok(read.some((x) => x.startsWith('GET /api/events: 200')), read.join('\n'));
  const rebound = await pageAt(`http://rebound.test:${port}`);
  const refusals = [];
  rebound.on('response', (x) => refusals.push(x.status()));
  await rebound.evaluate(attack, `http://rebound.test:${port}`, [['GET', '/api/events']], secret);
  await eventually(async () => refusals.includes(403), 'a refusal by the node');
  for (const x of [own, rebound]) await x.browserContext().close();
});
