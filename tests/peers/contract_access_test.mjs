// The role that docs/openapi.yaml names for an operation, at the end of its summary, is the one that a
// node asks for: nothing less is enough, and that is.
import assert from 'node:assert/strict';
import { describe, test, before, after } from 'node:test';
import { startNode } from './node_fixture.mjs';
import { Contract, Generator, Random } from './openapi_contract.mjs';

const seed = Number(process.env.CARILLON_SEED ?? Date.now() % 1_000_000_000);
console.log(`CARILLON_SEED=${seed}`);

// From what may do least to what may do most on the admin port.
const roles = ['publisher', 'reader', 'admin'];
const workers = ['worker', 'admin'];

/** `{role, unbound}`; undefined if the operation is open to everybody. */
function accessOf(operation) {
  const found = /\b(Reader|Admin|Publisher|Worker)(, not bound)?\.$/.exec(operation.summary);
  return found && { role: found[1].toLowerCase(), unbound: found[2] !== undefined };
}

describe('access', () => {
  const ending = [];
  let node;
  /** @type {Contract} */
  let api;
  /** By role, and by role with `-bound` of a company. */
  const keys = {};
  let generator;

  before(async () => {
    node = await startNode({ after: (x) => ending.push(x) }, [], { secured: true });
    api = await Contract.load(node);
    generator = new Generator(api, new Random(seed));
    for (const role of [...roles, 'worker'])
      for (const company of ['', 'c-1']) {
        const body = { name: `${role} ${company}`, role, ...(company ? { companyId: company } : {}) };
        const made = await api.call('createKey', { body, headers: { Authorization: `Bearer ${node.key}` } });
        assert.equal(made.status, 201, JSON.stringify(made.body));
        keys[role + (company && '-bound')] = made.body.key;
      }
  });
  after(async () => {
    for (const x of ending) await x();
  });

  /** A call with names of nothing that is there, so that what is permitted changes little. */
  function request(operation, key) {
    const path = {};
    const query = {};
    for (const x of operation.parameters) {
      if (x.in === 'path') path[x.name] = x.schema.type === 'integer' ? 471_100 : generator.valid(x.schema);
      if (x.in === 'query' && x.required) query[x.name] = 'u-1';
    }
    const body = operation.requestBody?.required
      ? generator.valid(operation.requestBody.content['application/json'].schema) : undefined;
    return { path, query, body, headers: key ? { Authorization: `Bearer ${key}` } : {} };
  }

  const judged = async (operation, key) => (await api.call(operation.operationId, request(operation, key))).status;
  const onAdminPort = () => [...api.operations.values()].filter((x) => x.port === 'admin' && accessOf(x));

  test('every operation says who may call it, or is open', () => {
    const unsaid = [...api.operations.values()].filter((x) => !accessOf(x) && !x.security).map((x) => x.operationId);
    assert.deepEqual(unsaid, []);
    assert.ok(onAdminPort().length > 40);
  });

  test('without a key, and with one that nobody made, nothing is told', async () => {
    for (const x of onAdminPort()) {
      assert.equal(await judged(x), 401, x.operationId);
      assert.equal(await judged(x, 'ck_nobody'), 401, x.operationId);
    }
    assert.equal(await judged(api.operation('publishEvents')), 401);
    for (const id of ['getHealth', 'getReadiness', 'getDescription']) assert.equal(await judged(api.operation(id)), 200, id);
  });

  test('keys do not read notifications on the data port, where tokens do', async () => {
    const shared = onAdminPort().filter((x) => x.tags.includes('data') && x.path.startsWith('/api/notifications'));
    assert.equal(shared.length, 4);
    for (const x of shared)
      for (const key of [undefined, 'ck_nobody', keys.admin, keys['reader-bound']]) {
        const { status } = await api.call(x.operationId, { ...request(x, key), port: 'data' });
        assert.equal(status, 401, `${x.operationId} with ${key}`);
      }
  });

  test('a role that is too low is refused, and the one that is named is not', async () => {
    for (const x of onAdminPort()) {
      const { role, unbound } = accessOf(x);
      for (const low of roles.slice(0, roles.indexOf(role))) assert.equal(await judged(x, keys[low]), 403, `${x.operationId} as ${low}`);
      if (unbound) assert.equal(await judged(x, keys[`${role}-bound`]), 403, `${x.operationId}, bound`);
      const enough = unbound ? role : `${role}-bound`;
      const status = await judged(x, keys[enough]);
      // What is made up may name another company.
      if (x.requestBody && !unbound) assert.notEqual(status, 401, `${x.operationId} as ${enough}`);
      else assert.ok(![401, 403].includes(status), `${x.operationId} as ${enough} was answered ${status}`);
    }
  });

  test('workers and admins work for consumers, and nobody else', async () => {
    const all = [...api.operations.values()].filter((x) => accessOf(x)?.role === 'worker');
    assert.equal(all.length, 14);
    const path = { name: 'loyalty', queue: 'thumbs' };
    const status = async (x, key) => (await api.call(x.operationId, { ...request(x, key), path })).status;
    for (const x of all) {
      assert.equal(await status(x), 401, x.operationId);
      for (const role of ['publisher', 'reader']) assert.equal(await status(x, keys[role]), 403, `${x.operationId} as ${role}`);
      for (const role of workers) assert.ok(![401, 403].includes(await status(x, keys[role])), `${x.operationId} as ${role}`);
    }
    for (const x of onAdminPort()) assert.equal(await judged(x, keys.worker), 403, `${x.operationId} as worker`);
  });

  test('no call tells a company which consumers others have', async () => {
    const calls = [...api.operations.values()].filter((x) => x.path.startsWith('/api/consumers/{name}') && accessOf(x)?.role === 'worker');
    assert.equal(calls.length, 8);
    const as = (key) => ({ Authorization: `Bearer ${key}` });
    for (const [name, settings] of [['of-another', { companyId: 'c-2' }], ['of-none', {}]])
      assert.equal((await api.call('putRemoteConsumer', { path: { name }, body: settings, headers: as(keys.admin) })).status, 201);
    const settle = { id: 'x-1', fence: '1.1' };
    const bodies = { putRemoteConsumer: { order: 'total' }, pullDeliveries: {}, ackDeliveries: settle, nackDeliveries: settle, extendDeliveries: { ...settle, ms: 1_000 }, releaseDeliveries: settle };
    const answers = async (name) => {
      const out = [];
      // Before it has one of that name, while it does, and after.
      for (const x of [...calls.filter((y) => y.method !== 'PUT'), api.operation('putRemoteConsumer'), ...calls]) {
        const { status, body } = await api.call(x.operationId, { path: { name }, body: bodies[x.operationId], headers: as(keys['worker-bound']) });
        const text = JSON.stringify(body).replaceAll(name, 'NAME');
        out.push(`${x.operationId} ${status} ${/"generation"|"history"/.test(text) ? '' : text}`);
      }
      return out;
    };
    const free = await answers('of-nobody');
    assert.ok(free.some((x) => x.startsWith('putRemoteConsumer 201')), free.join('\n'));
    assert.ok(free.some((x) => x.startsWith('deleteRemoteConsumer 200')), free.join('\n'));
    assert.deepEqual(await answers('of-another'), free);
    assert.deepEqual(await answers('of-none'), free);
  });

  test("a pattern of a key of no company means companies' consumers only if it says so", async () => {
    const as = (key) => ({ headers: { Authorization: `Bearer ${key}` } });
    const put = (name, key, body = {}) => api.call('putRemoteConsumer', { path: { name }, body, ...as(key) });
    assert.equal((await put('scoped', keys['worker-bound'])).status, 201);
    assert.equal((await put('scoped.own', keys.admin)).status, 201);
    const { consumers } = (await api.call('listConsumers', as(keys.admin))).body;
    const whole = consumers.map((x) => x.name).find((x) => /^scoped\.[0-9a-f]{12}$/.test(x));
    for (const [list, status] of [['scoped.*', 403], ['companies/scoped.*', 200], [whole, 200], ['*', 200], ['queue/*', 403]]) {
      const { body: { key } } = await api.call('createKey', { body: { name: list, role: 'worker', consumers: list }, ...as(keys.admin) });
      for (const [id, body] of [['pullDeliveries', {}], ['ackDeliveries', { id: 'x-1', fence: '1.1' }], ['getRemoteConsumer', undefined]])
        assert.equal((await api.call(id, { path: { name: whole }, body, ...as(key) })).status, status, `${id} with ${list}`);
      if (list.endsWith('.*')) assert.equal((await api.call('pullDeliveries', { path: { name: 'scoped.own' }, body: {}, ...as(key) })).status, 200);
      if (list === 'scoped.*') {
        assert.equal((await put('scoped.new', key, { companyId: 'c-1' })).status, 403);
        assert.equal((await api.call('deleteRemoteConsumer', { path: { name: whole }, ...as(key) })).status, 403);
      }
    }
  });

  test('publishers and admins enqueue jobs, and who may see one on the data port', async () => {
    const body = { queue: 'thumbs' };
    const enqueue = (key, more = {}) => api.call('enqueueJob', {
      body: { ...body, ...more }, headers: key ? { Authorization: `Bearer ${key}` } : {},
    });
    for (const [name, status] of [[undefined, 401], ['reader', 403], ['worker', 403], ['publisher', 201], ['admin', 201]])
      assert.equal((await enqueue(keys[name])).status, status, name);
    const own = await enqueue(keys['publisher-bound']);
    assert.equal(own.status, 201);
    assert.equal((await enqueue(keys['publisher-bound'], { companyId: 'c-2' })).status, 403);
    const { results } = (await api.call('enqueueJob', {
      body: [body, { ...body, companyId: 'c-2' }], headers: { Authorization: `Bearer ${keys['publisher-bound']}` },
    })).body;
    assert.deepEqual(results.map((x) => x.error?.status), [undefined, 403]);
    const other = await enqueue(keys.publisher, { companyId: 'c-2' });
    const see = async (id, name) => (await api.call('getJob', {
      port: 'data', path: { id }, headers: keys[name] ? { Authorization: `Bearer ${keys[name]}` } : {},
    })).status;
    for (const name of ['publisher', 'reader', 'worker', 'admin']) {
      assert.equal(await see(own.body.id, name), 200, name);
      assert.equal(await see(own.body.id, `${name}-bound`), 200, `${name}, bound`);
      assert.equal(await see(other.body.id, name), 200, name);
      assert.equal(await see(other.body.id, `${name}-bound`), 404, `${name}, bound`);
    }
    assert.equal(await see(own.body.id, 'nobody'), 401);
  });

  test('readers do not publish, publishers and admins do', async () => {
    const body = { type: 'user.login', companyId: 'c-1', userId: 'u-1', data: { ip: '::1', userAgent: 'x' } };
    for (const [name, status] of [['reader', 403], ['publisher', 201], ['publisher-bound', 201], ['admin', 201]]) {
      const got = await api.call('publishEvents', { body, headers: { Authorization: `Bearer ${keys[name]}` } });
      assert.equal(got.status, status, name);
    }
    const other = await api.call('publishEvents', {
      body: { ...body, companyId: 'c-2' }, headers: { Authorization: `Bearer ${keys['publisher-bound']}` },
    });
    assert.equal(other.status, 403);
  });
});
