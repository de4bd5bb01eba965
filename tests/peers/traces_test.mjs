// Traces of a node, as OpenTelemetry's own definitions read them.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { test } from 'node:test';
import { eventually, publish, requireInstalled, startNode } from './node_fixture.mjs';

const trace = '0af7651916cd43dd8448eb211c80319c';
const caller = 'b7ad6b7169203331';
const traceparent = `00-${trace}-${caller}-01`;

/** The protobuf messages of OTLP that @opentelemetry/otlp-transformer is made of. */
const { ExportTraceServiceRequest } = requireInstalled('@opentelemetry/otlp-transformer/build/src/generated/root.js')
  .opentelemetry.proto.collector.trace.v1;

/** Reads a request by the definitions: unknown names and wrong types throw. */
function read(text) {
  const given = JSON.parse(text);
  const bytes = (hex) => Buffer.from(hex, 'hex');
  const spans = given.resourceSpans.flatMap((x) => x.scopeSpans.flatMap((y) => y.spans));
  for (const x of spans) {
    // The JSON encoding has ids in hexadecimal, where protobuf's own has base64.
    for (const [of, names] of [[x, ['traceId', 'spanId', 'parentSpanId']], ...(x.links ?? []).map((l) => [l, ['traceId', 'spanId']])])
      for (const name of names) {
        if (of[name] === undefined) continue;
        assert.match(of[name], name === 'traceId' ? /^[0-9a-f]{32}$/ : /^[0-9a-f]{16}$/);
        of[name] = bytes(of[name]);
      }
  }
  const message = ExportTraceServiceRequest.fromObject(given);
  assert.equal(ExportTraceServiceRequest.verify(message), null);
  // What was not understood would be lost on the way.
  const decoded = ExportTraceServiceRequest.toObject(ExportTraceServiceRequest.decode(ExportTraceServiceRequest.encode(message).finish()),
    { longs: String, bytes: (x) => x });
  const hex = (x) => (x?.length ? Buffer.from(x).toString('hex') : undefined);
  const value = ({ stringValue, intValue, boolValue }) => stringValue ?? (intValue === undefined ? boolValue : Number(intValue));
  return decoded.resourceSpans.flatMap((x) => {
    const resource = Object.fromEntries(x.resource.attributes.map((y) => [y.key, value(y.value)]));
    return x.scopeSpans.flatMap((y) => y.spans.map((s) => ({
      name: s.name,
      kind: s.kind,
      trace: hex(s.traceId),
      span: hex(s.spanId),
      parent: hex(s.parentSpanId),
      links: (s.links ?? []).map((l) => ({ trace: hex(l.traceId), span: hex(l.spanId) })),
      attributes: Object.fromEntries((s.attributes ?? []).map((a) => [a.key, value(a.value)])),
      error: s.status?.code === 2 ? s.status.message : undefined,
      micros: Number(BigInt(s.endTimeUnixNano) - BigInt(s.startTimeUnixNano)) / 1000,
      resource,
    })));
  });
}

/** A collector of spans, and receiver of webhooks; `collect(count, text, answer)` answers in its place. */
async function startCollector(t, collect = (_count, _text, answer) => answer.end('{}')) {
  const out = { spans: [], requests: 0, hooks: [], hookStatus: 200, headers: null };
  const server = createServer((request, answer) => {
    const pieces = [];
    request.on('data', (x) => pieces.push(x)).on('end', () => {
      const text = Buffer.concat(pieces).toString();
      if (request.url !== '/v1/traces') {
        out.hooks.push(request.headers);
        return answer.writeHead(out.hookStatus).end();
      }
      ++out.requests;
      out.headers = request.headers;
      try {
        out.spans.push(...read(text));
      } catch (error) {
        out.broken = error;
      }
      collect(out.requests, text, answer);
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  out.url = `http://127.0.0.1:${server.address().port}`;
  out.find = (name, many = 1) =>
    eventually(() => {
      if (out.broken) throw out.broken;
      const found = out.spans.filter((x) => x.name === name);
      return found.length >= many && found;
    }, `${many} spans ${name}, of ${out.spans.map((x) => x.name)}`);
  return out;
}

const login = (more = {}) => ({ type: 'user.login', userId: 'u-1', companyId: 'c-1', data: { ip: '192.0.2.7', userAgent: 'hush' }, ...more });

async function send(url, body, method = 'POST', headers = {}) {
  const answer = await fetch(url, { method, headers: { 'Content-Type': 'application/json', ...headers }, body: JSON.stringify(body) });
  const text = await answer.text();
  assert.ok(answer.ok, `${url} was answered ${answer.status}: ${text}`);
  return text ? JSON.parse(text) : null;
}

async function metric(node, name) {
  const text = await (await fetch(`${node.admin}/metrics`)).text();
  return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]);
}

const traced = (collector, ...more) =>
  ['--otlp-endpoint', collector.url, '--otlp-interval', '20ms', ...(more.includes('--otlp-sample-ratio') ? [] : ['--otlp-sample-ratio', '0']), ...more];

test('a publish is a child of its caller, and each delivery a trace with a link to it', async (t) => {
  const collector = await startCollector(t);
  const node = await startNode(t, traced(collector, '--otlp-headers', 'x-tenant=a%20b', '--otlp-service', 'shop'));
  await send(`${node.admin}/api/events/webhooks`, { url: `${collector.url}/hook?key=hush`, types: ['user.login'], retrySchedule: [1] });
  await send(`${node.data}/api/consumers/loyalty`, { types: ['user.login'] }, 'PUT');
  collector.hookStatus = 500;
  const { seq } = await publish(node, login({ traceparent }));

  const [published] = await collector.find('publish user.login');
  assert.equal(published.trace, trace);
  assert.equal(published.parent, caller);
  assert.equal(published.kind, 4);
  assert.equal(published.attributes['carillon.position'], seq);
  assert.equal(published.resource['service.name'], 'shop');
  assert.equal(collector.headers['x-tenant'], 'a b');
  assert.ok(published.micros > 0);
  const link = [{ trace, span: published.span }];

  // Attempts of the webhook: the first fails, the second does not.
  const [failed] = await collector.find('deliver webhook');
  assert.match(failed.error, /500/);
  collector.hookStatus = 200;
  const attempts = await collector.find('deliver webhook', 2);
  const again = attempts.at(-1);
  assert.equal(again.error, undefined);
  assert.equal(again.attributes['http.response.status_code'], 200);
  assert.equal(again.attributes['carillon.attempt'], 2);
  assert.notEqual(again.trace, failed.trace);
  for (const [i, x] of attempts.entries()) {
    assert.deepEqual(x.links, link);
    assert.equal(x.parent, undefined);
    assert.equal(collector.hooks[i].traceparent, `00-${x.trace}-${x.span}-01`);
  }

  // A worker.
  const pulled = await send(`${node.data}/api/consumers/loyalty/pull`, { max: 1, waitMs: 20_000 });
  const [delivery] = pulled.deliveries;
  assert.equal(delivery.event.traceparent, traceparent);
  await send(`${node.data}/api/consumers/loyalty/ack`, { id: delivery.id, fence: delivery.fence });
  const [handed] = await collector.find('hand over delivery');
  assert.equal(delivery.traceparent, `00-${handed.trace}-${handed.span}-01`);
  assert.deepEqual(handed.links, link);

  // Handlers of the node.
  for (const name of ['process audit', 'process metrics', 'process notification']) {
    const [x] = await collector.find(name);
    assert.deepEqual(x.links, link);
    assert.equal(x.kind, 5);
  }
  const all = JSON.stringify(collector.spans);
  assert.doesNotMatch(all, /hush|192\.0\.2\.7/, 'data of events and paths of URLs stay here');
  for (const x of collector.spans) assert.ok(x.trace === trace || x.links.length === 1, x.name);
});

test('jobs: of a caller, and of an event', async (t) => {
  const collector = await startCollector(t);
  const node = await startNode(t, traced(collector));
  const own = traceparent.replace(trace, '11111111111111111111111111111111');
  await send(`${node.data}/api/jobs`, { queue: 'thumbs', payload: { photo: 'hush' }, traceparent: own });
  const { deliveries: [job] } = await send(`${node.data}/api/jobs/queues/thumbs/pull`, { max: 1, waitMs: 20_000 });
  await send(`${node.data}/api/jobs/queues/thumbs/nack`, { id: job.id, fence: job.fence, reason: 'no light' });
  const [handed] = await collector.find('hand over job');
  assert.equal(job.traceparent, `00-${handed.trace}-${handed.span}-01`);
  assert.deepEqual(handed.links, [{ trace: '11111111111111111111111111111111', span: caller }]);
  assert.match(handed.error, /no light/);
  assert.doesNotMatch(JSON.stringify(handed), /hush/);

  // The sheet of an order is a job that the event causes.
  const order = { type: 'order.created', companyId: 'c-1', userId: 'u-1', traceparent,
    data: { orderId: 'o-1', total: 99.5, items: [{ sku: 'bell' }], status: 'new' } };
  await publish(node, order);
  const [published] = await collector.find('publish order.created');
  const [run] = await collector.find('run document.order_sheet');
  assert.deepEqual(run.links, [{ trace, span: published.span }]);
});

test('what the caller does not record is not recorded, and passed on', async (t) => {
  const collector = await startCollector(t);
  const node = await startNode(t, traced(collector));
  await send(`${node.admin}/api/events/webhooks`, { url: `${collector.url}/hook`, types: ['user.login'] });
  const silent = traceparent.replace(/01$/, '00');
  await publish(node, login({ traceparent: silent }));
  await eventually(() => collector.hooks.length === 1, 'the webhook');
  assert.equal(collector.hooks[0].traceparent, silent);
  await publish(node, login());
  await eventually(() => collector.hooks.length === 2, 'the webhook');
  assert.equal(collector.hooks[1].traceparent, undefined);
  // A recorded one comes after what the two would have made.
  await publish(node, login({ traceparent }));
  await collector.find('publish user.login');
  assert.deepEqual([...new Set(collector.spans.filter((x) => x.name.startsWith('publish')).map((x) => x.trace))], [trace]);
});

test('the header of the request is the trace of events without one', async (t) => {
  const node = await startNode(t);
  const other = `00-${trace}-00000000000000aa-01`;
  const post = (body, headers, type = 'application/json') =>
    send(`${node.data}/api/events`, body, 'POST', { 'Content-Type': type, ...headers });
  await post(login(), { traceparent });
  await post(login({ traceparent: other }), { traceparent });
  await post([login(), login({ traceparent: other })], { traceparent });
  await post({ specversion: '1.0', id: 'ce-1', source: '/t', type: 'user.login', data: login().data, companyid: 'c-1', userid: 'u-1' },
    { traceparent }, 'application/cloudevents+json');
  await send(`${node.admin}/api/publish`, login(), 'POST', { traceparent });
  await post(login(), { traceparent: 'garbage' });
  const { events } = await (await fetch(`${node.admin}/api/events?order=asc`)).json();
  assert.deepEqual(events.map((x) => x.traceparent), [traceparent, other, traceparent, other, traceparent, traceparent, undefined]);
});

test('--otlp-sample-ratio 1 records what comes without a trace; a duplicate only for its caller', async (t) => {
  const collector = await startCollector(t);
  const node = await startNode(t, traced(collector, '--otlp-sample-ratio', '1'));
  await publish(node, login({ id: 'e-1' }));
  const [root] = await collector.find('publish user.login');
  assert.equal(root.parent, undefined);
  const [handled] = await collector.find('process metrics');
  assert.deepEqual(handled.links, [{ trace: root.trace, span: root.span }]);
  await publish(node, login({ id: 'e-1', traceparent }));
  const second = (await collector.find('publish user.login', 2))[1];
  assert.equal(second.attributes['carillon.duplicate'], true);
  assert.equal(second.parent, caller);
  assert.notEqual(second.span, root.span);
});

test('a delivery after a restart links to the span that was sent before it', async (t) => {
  const collector = await startCollector(t);
  const { mkdtempSync, rmSync } = await import('node:fs');
  const directory = mkdtempSync('/tmp/carillon-traces-');
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  const options = [...traced(collector), '--data-dir', directory];
  const first = await startNode(t, options);
  await send(`${first.data}/api/consumers/loyalty`, { types: ['user.login'], start: 'now' }, 'PUT');
  await publish(first, login({ traceparent }));
  const [published] = await collector.find('publish user.login');
  await first.stop();
  const second = await startNode(t, options);
  const { deliveries: [delivery] } = await send(`${second.data}/api/consumers/loyalty/pull`, { max: 1, waitMs: 20_000 });
  await send(`${second.data}/api/consumers/loyalty/ack`, { id: delivery.id, fence: delivery.fence });
  const [handed] = await collector.find('hand over delivery');
  assert.deepEqual(handed.links, [{ trace, span: published.span }]);
});

for (const [name, collect] of Object.entries({
  'hangs': () => {},
  'answers 500': (_count, _text, answer) => answer.writeHead(500).end(),
  'answers 429 and asks for an hour': (_count, _text, answer) => answer.writeHead(429, { 'Retry-After': '3600' }).end(),
  'answers 10 MB': (_count, _text, answer) => answer.end('x'.repeat(10_000_000)),
  'breaks the connection': (_count, _text, answer) => answer.socket.destroy(),
}))
  test(`a collector that ${name} harms nothing`, async (t) => {
    const collector = await startCollector(t, collect);
    const node = await startNode(t, traced(collector, '--otlp-sample-ratio', '1', '--otlp-queue', '50', '--otlp-batch', '50'));
    await publish(node, login());
    await eventually(() => collector.requests > 0, 'a request to the collector');
    const events = Array.from({ length: 500 }, login);
    const begun = Date.now();
    for (let i = 0; i < 4; ++i) await send(`${node.data}/api/events`, events);
    assert.ok(Date.now() - begun < 20_000);
    await eventually(async () => (await metric(node, 'carillon_consumer_cursor\\{consumer="metrics"\\}')) >= 2001, 'the handlers');
    assert.equal((await fetch(`${node.admin}/readyz`)).status, 200);
    if (name !== 'answers 10 MB') {
      await eventually(async () => (await metric(node, 'carillon_spans_dropped_total')) > 0, 'dropped spans are counted');
      await eventually(() => /traces .*spans were dropped|spans are made/.test(node.log()), 'a line in the log');
    }
    const stopped = Date.now();
    await node.stop();
    assert.ok(Date.now() - stopped < 8_000, 'the stop does not wait for the collector');
  });

test('without --otlp-endpoint nothing is sent, and the series are 0', async (t) => {
  const collector = await startCollector(t);
  const node = await startNode(t);
  await send(`${node.admin}/api/events/webhooks`, { url: `${collector.url}/hook`, types: ['user.login'] });
  await publish(node, login({ traceparent }));
  await eventually(() => collector.hooks.length === 1, 'the webhook');
  assert.equal(collector.hooks[0].traceparent, traceparent, 'it is passed on all the same');
  assert.equal(collector.requests, 0);
  assert.equal(await metric(node, 'carillon_spans_sent_total'), 0);
});
