// What a session sends is held to docs/asyncapi.yaml: each frame to the schema of its message, and each
// event to the one of its type.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test, before, after } from 'node:test';
import { eventually, publish, requireInstalled, sourceFile, startNode } from './node_fixture.mjs';

const { Parser } = requireInstalled('@asyncapi/parser');
const Ajv = requireInstalled('ajv').default;
const addFormats = requireInstalled('ajv-formats').default;
const WebSocket = requireInstalled('ws');

const text = 'a text\nof two lines, "quoted", 😀';
const samples = { string: text, number: 12.5, integer: 7, boolean: true, array: ['x'], object: { x: 1 } };

/** Data of a type as its schema wants it. */
function dataFor(schema) {
  const out = {};
  for (const [name, x] of Object.entries(schema.properties ?? {})) {
    const kind = x.type ?? x.oneOf?.[0].type ?? x.anyOf?.[0].type;
    out[name] = x.format === 'date-time' ? '2026-02-03T04:05:06Z' : samples[Array.isArray(kind) ? kind[0] : kind];
  }
  return { ...out, companyId: 'c-1', userId: 'u-1' };
}

describe('sessions by asyncapi.yaml', () => {
  const ending = [];
  const suite = { after: (x) => ending.unshift(x) };
  const ajv = addFormats(new Ajv({ strict: false, allErrors: true }));
  let node;
  let document;
  const frames = [];
  let socket;

  const schemaOf = (message) => document.messages().all().find((x) => x.name() === message)?.payload().json();
  function check(message, value) {
    const schema = schemaOf(message);
    assert.ok(schema, `${message} is not described`);
    assert.ok(ajv.validate(schema, value), `${message}: ${ajv.errorsText()}\n${JSON.stringify(value)}`);
  }
  const got = (op, more = () => true) => eventually(() => frames.find((x) => x.op === op && more(x)), op);
  const own = (events) => document.channels().all().filter((x) => !x.address().startsWith('/'))
    .flatMap((x) => x.operations().all()).filter((x) => x.action() === events).map((x) => x.messages().all()[0].name());

  before(async () => {
    ({ document } = await new Parser().parse(readFileSync(sourceFile('docs/asyncapi.yaml'), 'utf8')));
    node = await startNode(suite);
    socket = new WebSocket(`${node.data.replace('http', 'ws')}/ws?user=u-1&company=c-1&since=0`, ['carillon.v1']);
    suite.after(() => socket.terminate());
    socket.on('message', (x) => frames.push(JSON.parse(x)));
    await got('hello');
  });
  after(async () => {
    for (const x of ending) await x();
  });

  test('every type that may be published is as described, on the way in and out', async () => {
    const types = own('publish');
    assert.ok(types.length > 20);
    for (const type of types) {
      const data = dataFor(schemaOf(type).allOf[1].properties.data);
      const event = { type, companyId: 'c-1', userId: 'u-1', audience: 'company', data };
      check(type, event);
      const { seq } = await publish(node, event);
      const frame = await got('event', (x) => x.seq === seq);
      check('session.event', frame);
      check(type, frame.event);
      assert.deepEqual(frame.event.data, data, type);
    }
  });

  test('what the engine publishes is nobody else\'s', async () => {
    for (const type of own('subscribe'))
      await assert.rejects(publish(node, { type, data: dataFor(schemaOf(type).allOf[1].properties.data) }), /403|409|422/, type);
  });

  test('an event without what its type demands is invalid here and there', async () => {
    assert.equal(ajv.validate(schemaOf('order.created'), { type: 'order.created', companyId: 'c-1' }), false);
    await assert.rejects(publish(node, { type: 'order.created', companyId: 'c-1' }), /422/);
  });

  test('every frame has the form of its message', async () => {
    socket.send('{"op":"ping"}');
    await got('position');
    const subscribe = { op: 'subscribe', types: ['order.*'] };
    check('session.subscribe', subscribe);
    socket.send(JSON.stringify(subscribe));
    await got('subscribed');
    socket.send('{"op":"subscribe","types":["Order"]}');
    await got('error');
    assert.ok(frames.length > 25);
    for (const x of frames) check(`session.${x.op}`, x);
  });
});
