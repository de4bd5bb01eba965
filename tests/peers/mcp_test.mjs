// `carillon mcp`, as the client of the protocol's own SDK sees it, and on the bare line.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { eventually, publish, requireInstalled, startNode } from './node_fixture.mjs';

const { Client } = requireInstalled('@modelcontextprotocol/sdk/client/index.js');
const { StdioClientTransport } = requireInstalled('@modelcontextprotocol/sdk/client/stdio.js');

const binary = process.env.CARILLON_BINARY;

/** A client that is connected to `carillon mcp`, until the test has ended. */
async function connect(t, url, { key = '', options = [] } = {}) {
  const transport = new StdioClientTransport({
    command: binary,
    args: ['mcp', '--admin-url', url, ...options],
    env: { ...process.env, ...(key ? { CARILLON_KEY: key } : {}) },
    stderr: 'pipe',
  });
  let log = '';
  transport.stderr.on('data', (x) => (log += x));
  const client = new Client({ name: 'carillon-peers', version: '1.0.0' });
  await client.connect(transport);
  t.after(() => client.close());
  client.log = () => log;
  return client;
}

const call = (client, name, args = {}, ...more) => client.callTool({ name, arguments: args }, undefined, ...more);
const textOf = (result) => result.content.map((x) => x.text).join('');

/** An operator's call with a key. */
async function admin(node, path, body, key = node.key) {
  const answer = await fetch(`${node.admin}${path}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${key}` },
    body: JSON.stringify(body),
  });
  assert.ok(answer.ok, `${path} was answered ${answer.status}: ${await answer.clone().text()}`);
  return answer.json();
}

const login = { type: 'user.login', userId: 'u-1', companyId: 'c-1', data: { ip: '::1', userAgent: 'x' } };

test('the SDK lists tools and resources, and reads a node', async (t) => {
  const node = await startNode(t);
  const { seq } = await publish(node, login);
  const client = await connect(t, node.admin);
  assert.equal(client.getServerVersion().name, 'carillon');
  const { tools } = await client.listTools();
  assert.ok(tools.length > 30);
  assert.ok(tools.every((x) => x.annotations.readOnlyHint && x.inputSchema.type === 'object'));
  const { resources } = await client.listResources();
  const { contents } = await client.readResource({ uri: resources[0].uri });
  assert.match(contents[0].text, /^openapi: 3/);
  const found = await call(client, 'getEvent', { id: String(seq) });
  assert.equal(found.isError, false);
  assert.equal(JSON.parse(textOf(found)).type, 'user.login');
  assert.equal(JSON.parse(textOf(await call(client, 'listEvents', { types: 'user.*', limit: 1 }))).events.length, 1);
  const missing = await call(client, 'getEvent', { id: '4711' });
  assert.equal(missing.isError, true);
  assert.equal(JSON.parse(textOf(missing)).status, 404);
  const wrong = await call(client, 'listEvents', { limit: 'many' });
  assert.equal(wrong.isError, true);
  await assert.rejects(call(client, 'noSuchTool'), /no tool of this name/);
});

test('input schemas are JSON Schema, and each reading tool without required input answers', async (t) => {
  const node = await startNode(t);
  await publish(node, login);
  const Ajv2020 = requireInstalled('ajv/dist/2020.js').default;
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  const reading = await connect(t, node.admin);
  const writing = await connect(t, node.admin, { options: ['--allow-writes'] });
  for (const tool of (await writing.listTools()).tools) ajv.compile(tool.inputSchema);
  for (const tool of (await reading.listTools()).tools) {
    if (tool.inputSchema.required?.length) continue;
    const answer = await call(reading, tool.name);
    assert.equal(typeof textOf(answer), 'string', tool.name);
    // The evidence may need parameters; whatever the node says is JSON.
    if (textOf(answer) !== 'done') JSON.parse(textOf(answer));
  }
});

test('without --allow-writes nothing changes; with it, what the key may', async (t) => {
  const node = await startNode(t);
  const reading = await connect(t, node.admin);
  const body = { ...login, id: 'e-1' };
  const refused = await call(reading, 'publishEvent', { body });
  assert.equal(refused.isError, true);
  assert.match(textOf(refused), /--allow-writes/);
  assert.equal(JSON.parse(textOf(await call(reading, 'listEvents'))).events.length, 0);
  const writing = await connect(t, node.admin, { options: ['--allow-writes'] });
  const stored = JSON.parse(textOf(await call(writing, 'publishEvent', { body })));
  assert.equal(stored.id, 'e-1');
  const made = await call(writing, 'createWebhook', { body: { url: 'http://127.0.0.1:9/hook' } });
  assert.equal(made.isError, false, textOf(made));
  assert.doesNotMatch(textOf(made), /whsec_/);
  assert.equal(JSON.parse(textOf(await call(writing, 'listWebhooks'))).webhooks.length, 1);
});

test('the rights are those of the key, and the key is shown nowhere', async (t) => {
  const node = await startNode(t, [], { secured: true });
  const own = await admin(node, '/api/keys', { name: 'agent', role: 'reader', companyId: 'c-1' });
  const client = await connect(t, node.admin, { key: own.key, options: ['--allow-writes'] });
  const said = [];
  const mine = await call(client, 'listEvents');
  assert.equal(mine.isError, false, textOf(mine));
  for (const [tool, args] of [['listEvents', { companyId: 'c-2' }], ['listKeys', {}],
    ['publishEvent', { body: login }], ['deleteKey', { id: own.id }]]) {
    const answer = await call(client, tool, args);
    said.push(textOf(answer));
    if (tool !== 'listEvents') assert.equal(answer.isError, true, `${tool}: ${textOf(answer)}`);
  }
  const stranger = await connect(t, node.admin, { key: 'ck_0000000000000000000000000000000000000000000' });
  const denied = await call(stranger, 'listEvents');
  assert.equal(denied.isError, true);
  said.push(textOf(denied), client.log(), stranger.log());
  assert.ok(!said.join('\n').includes(own.key));
  assert.doesNotMatch(said.join('\n'), /ck_[0-9A-Za-z]{8}/);
});

test('a node that is away is an error of the call, not of the session', async (t) => {
  const client = await connect(t, 'http://127.0.0.1:9', { key: 'ck_hush' });
  for (let i = 0; i < 2; ++i) {
    const answer = await call(client, 'getNode');
    assert.equal(answer.isError, true);
    assert.match(textOf(answer), /no answer/);
    assert.doesNotMatch(textOf(answer), /hush/);
  }
  assert.ok((await client.listTools()).tools.length > 30);
});

/** A server in place of a node. */
async function startServer(t, serve) {
  const server = createServer(serve);
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${server.address().port}`;
}

test('a cancelled call is given up, and others go on', async (t) => {
  let hanging = 0;
  let closed = 0;
  const url = await startServer(t, (request, answer) => {
    if (!request.url.startsWith('/api/node')) return answer.end('{"fine":true}');
    ++hanging;
    request.socket.once('close', () => ++closed);
  });
  const client = await connect(t, url);
  const end = new AbortController();
  const waiting = call(client, 'getNode', {}, { signal: end.signal });
  await eventually(() => hanging === 1, 'the call');
  end.abort();
  await assert.rejects(waiting);
  await eventually(() => closed === 1, 'the end of its connection');
  assert.deepEqual(JSON.parse(textOf(await call(client, 'listConsumers'))), { fine: true });
});

test('answers are bounded', async (t) => {
  const url = await startServer(t, (request, answer) => {
    const size = request.url.startsWith('/api/node') ? 100_000 : 10_000_000;
    answer.end(JSON.stringify({ text: 'x'.repeat(size) }));
  });
  const client = await connect(t, url, { options: ['--answer-bytes', '2000'] });
  const cut = textOf(await call(client, 'getNode'));
  assert.ok(cut.length < 2_300 && cut.includes('cut'), cut.slice(-200));
  const huge = await call(client, 'listConsumers');
  assert.equal(huge.isError, true);
  assert.match(textOf(huge), /too long/);
});

/** What the server answers to these lines, until its input ends. */
async function lines(url, input) {
  const child = spawn(binary, ['mcp', '--admin-url', url], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  const out = [];
  for await (const line of createInterface({ input: child.stdout })) out.push(JSON.parse(line));
  return { out, code: child.exitCode ?? (await new Promise((resolve) => child.once('close', resolve))) };
}

test('garbage is answered by errors, and the end of the input ends it', async (t) => {
  const node = await startNode(t);
  const start = '{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18"}}\n';
  const { out, code } = await lines(node.admin,
    Buffer.concat([
      Buffer.from('{\n\n[]\r\n'), Buffer.from([0xff, 0xfe, 0x0a]), Buffer.from(start),
      Buffer.from(`{"jsonrpc":"2.0","id":2,"method":"ping","params":{"x":"${'y'.repeat(5_000_000)}"}}\n`),
      Buffer.from('{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"getNode"}}'),
    ]));
  assert.equal(code, 0);
  assert.deepEqual(out.slice(0, 5).map((x) => x.error?.code ?? x.id), [-32700, -32600, -32700, 1, -32600]);
  // The last line has no end, and its call is answered before the end all the same.
  assert.equal(out.length, 6);
  assert.equal(out[5].id, 3);
  assert.equal(out[5].result.isError, false);
});
