// Tokens of the portal at a real node: of all calls of docs/openapi.yaml one makes those with `x-portal`, and those see its company only.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { describe, test, before, after } from 'node:test';
import { eventually, startNode, startReceiver } from './node_fixture.mjs';
import { Contract, Generator, Random } from './openapi_contract.mjs';

const seed = Number(process.env.CARILLON_SEED ?? Date.now() % 1_000_000_000);
console.log(`CARILLON_SEED=${seed}`);
const rights = ['endpoints', 'secrets', 'test', 'deliveries', 'resend'];

describe('the portal', () => {
  const ending = [];
  const suite = { after: (x) => ending.unshift(x) };
  let node;
  /** @type {Contract} */
  let api;
  let generator;
  /** By company: its webhook, and a delivery of it. */
  const of = {};

  const asAdmin = { headers: { get Authorization() { return `Bearer ${node.key}`; } } };
  const operator = async (id, request, ...statuses) => {
    const x = await api.call(id, { ...request, headers: { ...asAdmin.headers, ...request?.headers } });
    assert.ok(statuses.includes(x.status), `${id} was answered ${x.status}: ${JSON.stringify(x.body)}`);
    return x.body;
  };
  const tokenFor = async (companyId, may = rights, more = {}) =>
    (await operator('createPortalToken', { body: { companyId, may, ttlSeconds: 600, ...more } }, 201)).token;

  before(async () => {
    const receiver = await startReceiver(suite);
    node = await startNode(suite, ['--portal-origins', 'https://app.example', '--webhooks-allow', '127.0.0.1/32', '--webhooks-allow-http'], { secured: true });
    api = await Contract.load(node);
    generator = new Generator(api, new Random(seed));
    for (const companyId of ['c-1', 'c-2']) {
      const made = await operator('createWebhook', { body: { url: receiver.url, companyId, privateTargets: true, description: `of ${companyId}` } }, 201);
      const event = { type: 'order.cancelled', companyId, data: { orderId: 'o-1', reason: `only ${companyId} knows` } };
      const { seq } = await operator('publishEvents', { body: event }, 201);
      of[companyId] = { webhook: made.id, delivery: `${made.id}-${seq}` };
      await eventually(async () => (await api.call('getDelivery', { path: { id: of[companyId].delivery }, ...asAdmin })).status === 200, 'a delivery');
    }
  });
  after(async () => {
    for (const x of ending) await x();
  });

  /** Sends a call below /portal, with what is the company's in its path. */
  async function send(x, token, company, { query = {}, body, headers = {} } = {}) {
    const { webhook, delivery } = of[company];
    const path = x.path.replace(/\{(\w+)\}/g, (_, name) => {
      if (name === 'id') return x.path.includes('/deliveries/') ? delivery : webhook;
      if (name === 'type') return 'order.created';
      return encodeURIComponent(x.parameters.find((y) => y.in === 'path' && y.name === name)?.schema.type === 'integer' ? 1 : 'u-1');
    });
    const search = new URLSearchParams(query).toString();
    const text = body === undefined ? undefined : JSON.stringify(body);
    const answer = await fetch(`${node.data}/portal${path}${search && `?${search}`}`, {
      method: x.method,
      body: text,
      headers: { ...(token && { Authorization: `Bearer ${token}` }), ...(text !== undefined && { 'Content-Type': 'application/json' }), ...headers },
    });
    return { status: answer.status, text: await answer.text() };
  }

  const bodies = {
    createWebhook: { url: 'https://receiver.example/hook', types: ['order.*'] }, updateWebhook: { description: 'changed' }, recoverWebhook: { since: '2026-01-01T00:00:00Z' },
  };
  const all = () => [...api.operations.values()];
  const portalCalls = () => all().filter((x) => x['x-portal']);

  test('of all calls of the description a token makes those with x-portal, and no other', async () => {
    const token = await tokenFor('c-1');
    assert.equal(portalCalls().length, 16);
    for (const x of all()) {
      if (x['x-portal'] || x.path.startsWith('/portal/')) continue;
      const body = x.requestBody?.content['application/json'] ? generator.valid(x.requestBody.content['application/json'].schema) : undefined;
      // `/portal/` is the page itself, which is open.
      const got = await send(x, token, 'c-1', { body });
      if (x.path === '/') assert.match(got.text, /<!doctype html>/);
      else assert.equal(got.status, 404, `${x.operationId}: ${got.text}`);
    }
    // What deletes comes last.
    for (const x of portalCalls().sort((a, b) => (a.method === 'DELETE') - (b.method === 'DELETE'))) {
      if (x.method === 'DELETE') continue;
      const got = await send(x, token, 'c-1', { body: bodies[x.operationId] });
      assert.ok(got.status < 300, `${x.operationId}: ${got.status} ${got.text}`);
      assert.doesNotMatch(got.text, /c-2/, x.operationId);
    }
  });

  test('on both ports a token is no key', async () => {
    const token = await tokenFor('c-1');
    const headers = { Authorization: `Bearer ${token}` };
    for (const x of all().filter((y) => !y.security && y.path !== '/ws' && y.path !== '/api/events/stream')) {
      const path = Object.fromEntries(x.parameters.filter((y) => y.in === 'path').map((y) => [y.name, y.schema.type === 'integer' ? 1 : generator.valid(y.schema)]));
      const query = Object.fromEntries(x.parameters.filter((y) => y.in === 'query' && y.required).map((y) => [y.name, 'u-1']));
      const media = x.requestBody?.content['application/json'];
      const got = await api.call(x.operationId, { path, query, headers, body: media && generator.valid(media.schema) });
      assert.equal(got.status, 401, x.operationId);
    }
    for (const path of ['/ws', '/api/events/stream'])
      assert.ok((await fetch(`${node.data}${path}`, { headers })).status >= 400, path);
  });

  test("what is another company's is not there", async () => {
    const token = await tokenFor('c-1');
    for (const x of portalCalls().filter((y) => y.path.includes('{id}'))) {
      const got = await send(x, token, 'c-2', { body: bodies[x.operationId] });
      assert.equal(got.status, 404, x.operationId);
      assert.doesNotMatch(got.text, /c-2/);
    }
    const list = await send(api.operation('listWebhooks'), token, 'c-1');
    assert.doesNotMatch(list.text, /c-2/);
    for (const [companyId, status] of [['c-2', 403], ['', 400]]) assert.equal((await send(api.operation('listWebhooks'), token, 'c-1', { query: { companyId } })).status, status);
    assert.equal((await send(api.operation('createWebhook'), token, 'c-1', { body: { ...bodies.createWebhook, companyId: 'c-2' } })).status, 403);
    const kept = await operator('getWebhook', { path: { id: of['c-2'].webhook } }, 200);
    assert.equal(kept.description, 'of c-2');
    assert.equal(kept.enabled, true);
  });

  test('each call needs its right', async () => {
    for (const right of ['', ...rights]) {
      const token = await tokenFor('c-1', right ? [right] : []);
      for (const x of portalCalls()) {
        if (x.method === 'DELETE') continue;
        const { status } = await send(x, token, 'c-1', { body: bodies[x.operationId] });
        assert.equal(status === 403, x['x-portal'] !== 'any' && x['x-portal'] !== right, `${x.operationId} with ${right}: ${status}`);
      }
    }
  });

  test('a token cannot be widened, nor made by others', async () => {
    const token = await tokenFor('c-1', []);
    const [text] = token.slice('pt_'.length).split('.');
    const said = JSON.parse(Buffer.from(text, 'base64url').toString());
    const me = (x) => fetch(`${node.data}/portal/api/me`, { headers: { Authorization: `Bearer ${x}` } }).then((y) => y.status);
    assert.equal(await me(token), 200);
    const seal = token.split('.')[1];
    for (const change of [{ company: 'c-2' }, { may: rights }, { until: said.until + 3_600_000_000 }, { key: 0 }, { id: 'x' }]) {
      const other = `pt_${Buffer.from(JSON.stringify({ ...said, ...change })).toString('base64url')}`;
      assert.equal(await me(`${other}.${seal}`), 401);
      for (const key of ['', 'pt_', node.key, Buffer.alloc(32)])
        assert.equal(await me(`${other}.${createHmac('sha256', key).update(other).digest('base64url')}`), 401);
    }
    for (const x of [`pt_${text}`, `pt_${text}.`, `${text}.${seal}`, `pt_${text}.${seal}=`, `pt_${text}.${seal}.`, node.key]) assert.equal(await me(x), 401);
  });

  test('a token in an address or a cookie counts for nothing, and no page tells its address to others', async () => {
    const token = await tokenFor('c-1');
    for (const path of ['/portal/api/me', '/portal/api/events/webhooks']) {
      for (const name of ['token', 'access_token', 'key', 'Authorization'])
        assert.ok([400, 401].includes((await fetch(`${node.data}${path}?${name}=${encodeURIComponent(token)}`)).status), `${path} by ${name}`);
      for (const headers of [{ Cookie: `token=${token}` }, { Authorization: `Basic ${Buffer.from(`:${token}`).toString('base64')}` }, { Authorization: token }])
        assert.equal((await fetch(`${node.data}${path}`, { headers })).status, 401, JSON.stringify(headers));
    }
    for (const file of ['', 'portal.js', 'portal.css']) {
      const { headers } = await fetch(`${node.data}/portal/${file}`);
      assert.equal(headers.get('Referrer-Policy'), 'no-referrer');
      const policy = headers.get('Content-Security-Policy');
      assert.match(policy, /^default-src 'none'; script-src 'self'; .*require-trusted-types-for 'script'; frame-ancestors https:\/\/app\.example$/);
      assert.doesNotMatch(policy, /unsafe|\*|https?:\/\/(?!app\.example)/);
    }
  });

  test('a token ends when it says', async () => {
    const token = await tokenFor('c-1', [], { ttlSeconds: 1 });
    const me = () => fetch(`${node.data}/portal/api/me`, { headers: { Authorization: `Bearer ${token}` } }).then((x) => x.status);
    assert.equal(await me(), 200);
    await eventually(async () => (await me()) === 401, 'the end of the token', 20_000);
  });

  test('it ends with its key', async () => {
    const made = await operator('createKey', { body: { name: 'app', role: 'admin', companyId: 'c-1' } }, 201);
    const { body } = await api.call('createPortalToken', { body: { companyId: 'c-1', may: [] }, headers: { Authorization: `Bearer ${made.key}` } });
    const me = () => fetch(`${node.data}/portal/api/me`, { headers: { Authorization: `Bearer ${body.token}` } }).then((x) => x.status);
    assert.equal(await me(), 200);
    await operator('deleteKey', { path: { id: made.id } }, 204);
    assert.equal(await me(), 401);
  });

  test('the audit log says who did what by which token', async () => {
    const { id, token } = await operator('createPortalToken', { body: { companyId: 'c-1', may: ['endpoints'] }, headers: { 'Carillon-Actor': 'ada' } }, 201);
    await operator('enableWebhook', { path: { id: of['c-1'].webhook } }, 200);
    assert.ok((await send(api.operation('disableWebhook'), token, 'c-1')).status === 200);
    assert.ok((await send(api.operation('enableWebhook'), token, 'c-1')).status === 200);
    const { audit } = await operator('listAudit', { query: { actor: `portal:${id}` } }, 200);
    assert.equal(audit.length, 2);
    assert.ok(audit.every((x) => x.companyId === 'c-1'), JSON.stringify(audit));
    const made = await operator('listAudit', { query: { subject: `portal:${id}` } }, 200);
    assert.equal(made.audit[0].action, 'portal_token.created');
    assert.doesNotMatch(JSON.stringify(made), /pt_/);
  });

  test('a company deletes its endpoint', async () => {
    const token = await tokenFor('c-1');
    assert.equal((await send(api.operation('deleteWebhook'), token, 'c-1')).status, 204);
    assert.equal((await send(api.operation('getWebhook'), token, 'c-1')).status, 404);
  });
});
