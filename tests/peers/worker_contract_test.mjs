// What a worker's connection carries is held to docs/asyncapi.yaml: each message of the node to its schema,
// and the node understands every example of what a worker sends.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test, before, after } from 'node:test';
import { eventually, publish, requireInstalled, sourceFile, startNode } from './node_fixture.mjs';

const { Parser } = requireInstalled('@asyncapi/parser');
const Ajv = requireInstalled('ajv').default;
const addFormats = requireInstalled('ajv-formats').default;
const WebSocket = requireInstalled('ws');

const protocol = 'carillon.consumer.v1';

describe('workers by asyncapi.yaml', () => {
  const ending = [];
  const suite = { after: (x) => ending.unshift(x) };
  const ajv = addFormats(new Ajv({ strict: false, allErrors: true }));
  let document;
  let node;

  const messagesOf = (path, action) => new Map(document.channels().all().find((x) => x.address() === path).operations().all()
    .filter((x) => x.action() === action).flatMap((x) => x.messages().all()).map((x) => [x.name(), x]));
  const faults = (message, value) => (ajv.validate(message.payload().json(), value) ? '' : `${message.name()}: ${ajv.errorsText()}\n${JSON.stringify(value)}`);

  /** A connection whose frames are all checked; `has(op)` awaits one, and takes it. */
  function connect(channel, path, prefix) {
    const described = messagesOf(channel, 'subscribe');
    const socket = new WebSocket(`${node.data.replace('http', 'ws')}${path}`, [protocol]);
    suite.after(() => socket.terminate());
    const frames = [];
    const wrong = [];
    const seen = new Set();
    socket.on('message', (bytes) => {
      const x = JSON.parse(bytes);
      const message = described.get(`${prefix}.${x.op}`);
      wrong.push(...(message ? [faults(message, x)] : [`${x.op} is not described`]).filter(Boolean));
      seen.add(message?.name());
      frames.push(x);
    });
    const has = (op) => eventually(() => {
      const at = frames.findIndex((x) => x.op === op);
      return at >= 0 && frames.splice(at, 1)[0];
    }, `${op}, not only ${JSON.stringify(frames)}`);
    const say = (x) => socket.send(typeof x === 'string' ? x : JSON.stringify(x));
    return { has, say, seen, wrong, frames, described };
  }

  /** Sends every example of a channel; those of deliveries that nobody has are `stale`, and none is an error. */
  async function sendExamples(worker, channel) {
    const said = [...messagesOf(channel, 'publish').values()];
    assert.ok(said.length > 5);
    for (const message of said.filter((x) => !x.name().endsWith('.drain'))) {
      const examples = message.examples().all();
      assert.ok(examples.length > 0, message.name());
      for (const example of examples) {
        const value = example.payload();
        assert.equal(faults(message, value), '');
        worker.say(value);
        if (value.op !== 'credit') assert.deepEqual((await worker.has('stale')).ids, value.ids ?? value.deliveries?.map(({ id }) => id) ?? [value.id]);
      }
    }
    assert.deepEqual(worker.frames.filter((x) => x.op === 'error'), []);
    // What is not described is not understood either.
    for (const [name, more] of [['credit', { n: 0 }], ['ack', {}], ['nack', { id: 'x', dead: 'yes' }], ['extend', { id: 'x' }], ['release', { ids: [] }], ['drain', { x: 1 }]]) {
      const message = said.find((x) => x.name().endsWith(`.${name}`));
      assert.notEqual(faults(message, { op: name, ...more }), '', name);
      worker.say({ op: name, ...more });
      assert.equal((await worker.has('error')).code, 'invalid_argument', name);
    }
  }

  before(async () => {
    ({ document } = await new Parser().parse(readFileSync(sourceFile('docs/asyncapi.yaml'), 'utf8')));
    node = await startNode(suite);
  });
  after(async () => {
    for (const x of ending) await x();
  });

  test('a worker of a consumer', async () => {
    const channel = '/consume/{name}';
    const put = await fetch(`${node.data}/api/consumers/contract`, { method: 'PUT', body: '{}' });
    assert.equal(put.status, 201);
    const worker = connect(channel, '/consume/contract', 'work');
    const { generation } = await worker.has('hello');
    await sendExamples(worker, channel);
    await publish(node, { type: 'user.login', companyId: 'c-1', userId: 'u-1', data: { ip: '::1', userAgent: 'x' } });
    const { deliveries: [{ id, fence, event }] } = await worker.has('deliver');
    assert.equal(Number(fence.split('.')[0]), generation);
    worker.say({ op: 'ack', deliveries: [{ id, fence }] });
    assert.ok((await worker.has('acked')).upTo >= event.seq);
    // A consumer that is changed ends its connections.
    const changed = await fetch(`${node.data}/api/consumers/contract`, { method: 'PUT', body: '{"maxAttempts": 3}' });
    assert.equal(changed.status, 200);
    await worker.has('drain');
    assert.deepEqual(worker.wrong, []);
    assert.deepEqual([...worker.seen].sort(), [...worker.described.keys()].sort());
  });

  test('a worker of a queue', async () => {
    const channel = '/consume/queue/{queue}';
    const worker = connect(channel, '/consume/queue/contract', 'queue_work');
    await worker.has('hello');
    await sendExamples(worker, channel);
    const made = await fetch(`${node.data}/api/jobs`, {
      method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ queue: 'contract', companyId: 'c-1', payload: { photo: 9 } }),
    });
    assert.equal(made.status, 201);
    const { deliveries: [{ id, job }] } = await worker.has('deliver');
    assert.deepEqual(job.payload, { photo: 9 });
    worker.say({ op: 'progress', id, percent: 50 });
    worker.say({ op: 'ack', id, result: { pages: 3 } });
    await eventually(async () => (await (await fetch(`${node.data}/api/jobs/${id}`)).json()).state === 'done', 'the end of the job');
    assert.deepEqual(worker.wrong, []);
    // That the node drains at its end comes of the same line as for a consumer.
    assert.deepEqual([...worker.seen, 'queue_work.drain'].sort(), [...worker.described.keys()].sort());
  });
});
