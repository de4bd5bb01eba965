// Parts of the page that need no browser.
import assert from 'node:assert/strict';
import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('../../../web/console/', import.meta.url));
const { build } = createRequire(join(root, 'package.json'))('esbuild');
const made = mkdtempSync(join(tmpdir(), 'carillon-console-'));
after(() => rmSync(made, { recursive: true, force: true }));
// What a browser has, and a module asks for when it is loaded.
globalThis.sessionStorage = { getItem: () => null, setItem: () => {}, removeItem: () => {} };

async function load(name) {
  const outfile = join(made, `${name.replaceAll('/', '_')}.mjs`);
  await build({ absWorkingDir: root, entryPoints: [`src/${name}`], outfile, bundle: true, format: 'esm', platform: 'node', jsx: 'automatic', jsxImportSource: 'preact', logLevel: 'error' });
  return import(pathToFileURL(outfile));
}

test('metrics of Prometheus are read, with what is escaped in labels', async () => {
  const { parse, buckets, quantile } = await load('prometheus.ts');
  const text = '# HELP a b\na 1\nb{x="1",y="q\\"\\\\n\\n"} 2.5e3\nbroken{\nh_bucket{le="0.001"} 10\nh_bucket{le="0.01"} 99\nh_bucket{le="+Inf"} 100\n';
  const all = parse(text);
  assert.deepEqual(all[0], { name: 'a', labels: {}, value: 1 });
  assert.deepEqual(all[1], { name: 'b', labels: { x: '1', y: 'q"\\n\n' }, value: 2500 });
  assert.equal(all.length, 5);
  const now = buckets(all, 'h');
  assert.equal(quantile(new Map(), now, 0.1), 0.001);
  assert.equal(quantile(new Map(), now, 0.5), 0.01);
  assert.equal(quantile(new Map(), now, 1), 0.01, 'beyond the last bound there is no bound');
  assert.ok(Number.isNaN(quantile(now, now, 0.5)), 'nothing was counted between');
});

test('a call shows the certificate of its user, and has the key in a header only', async () => {
  const { call, setKey } = await load('api.ts');
  const seen = [];
  const before = globalThis.fetch;
  globalThis.fetch = async (url, init) => {
    seen.push({ url, ...init });
    return new Response('{}');
  };
  try {
    await call('get', '/api/me');
    setKey('ck_secret');
    await call('get', '/api/me');
  } finally {
    globalThis.fetch = before;
  }
  assert.deepEqual(seen.map((x) => [x.url, x.headers.Authorization, x.redirect]), [['/api/me', undefined, 'error'], ['/api/me', 'Bearer ck_secret', 'error']]);
  // With `omit` browsers leave the certificate out (Fetch, section 2.2.5), and a port with --tls-client-ca ends the handshake.
  assert.equal(seen[0].credentials, 'same-origin');
});

test('a name that is a step in a path does not become another call', async () => {
  const { call } = await load('api.ts');
  const seen = [];
  const before = globalThis.fetch;
  globalThis.fetch = async (url) => {
    // As a browser reads it.
    seen.push(new URL(url, 'http://node/').pathname);
    return new Response('{}');
  };
  try {
    for (const name of ['..', '.']) {
      await assert.rejects(call('delete', '/api/contacts/{userId}', { path: { userId: name } }), (x) => x.code === 'not_found');
      await assert.rejects(call('post', '/api/consumers/{name}/pause', { path: { name } }), (x) => x.code === 'not_found');
    }
    for (const name of ['...', '../x', '%2e%2e', '..%2f', 'a/..', '.a']) await call('delete', '/api/contacts/{userId}', { path: { userId: name } });
  } finally {
    globalThis.fetch = before;
  }
  assert.deepEqual(seen, ['/api/contacts/...', '/api/contacts/..%2Fx', '/api/contacts/%252e%252e', '/api/contacts/..%252f', '/api/contacts/a%2F..', '/api/contacts/.a']);
});

test('what is JSON is no element', () => {
  // Preact 10.27.2 took an object with `"constructor": null` for one of its own (CVE-2026-22028).
  const { createElement, isValidElement } = createRequire(join(root, 'package.json'))('preact');
  assert.equal(isValidElement(createElement('img')), true);
  for (const constructor of ['null', '{}', '"x"', 'false', '0', '""'])
    assert.equal(isValidElement(JSON.parse(`{"constructor":${constructor},"type":"img","key":null,"ref":null,"props":{"src":"x"},"__b":1}`)), false, constructor);
});

test('what caused what is drawn once, whatever publishers say of it', async () => {
  const { treeOf } = await load('causes.ts');
  const shape = (nodes) => nodes.map(({ x, below }) => (below.length > 0 ? [x.seq, shape(below)] : x.seq));
  const event = (seq, id, causationId) => ({ seq, id, ...(causationId !== undefined && { causationId }) });
  assert.deepEqual(shape(treeOf([event(1, 'a'), event(2, 'b', 'a'), event(3, 'c', 'a'), event(4, 'd', 'b'), event(5, 'e', 'elsewhere')])), [[1, [[2, [4]], 3]], 5]);
  // Its own cause, and two that cause each other.
  assert.deepEqual(shape(treeOf([event(1, 'a', 'a'), event(2, 'b', 'c'), event(3, 'c', 'b')])), [1, [2, [3]]]);
  // Five of each id, a hundred times below each other: 5 to the power of 100 ways.
  const many = Array.from({ length: 500 }, (_, i) => event(i + 1, `n${Math.floor(i / 5)}`, i < 5 ? undefined : `n${Math.floor(i / 5) - 1}`));
  const begun = Date.now();
  const count = (nodes) => nodes.reduce((sum, { below }) => sum + 1 + count(below), 0);
  assert.equal(count(treeOf(many)), 500);
  assert.ok(Date.now() - begun < 1000);
});

test('a spreadsheet takes no text of an event for a formula', async () => {
  const { csv } = await load('format.ts');
  assert.equal(csv([['=1+1', 'a,b', 'say "x"', -1, null]]), `'=1+1,"a,b","say ""x""",-1,\r\n`);
  // Where spreadsheets part cells at `;` or tabs, quotes within a cell are none, and a line may begin in the middle of one.
  assert.equal(csv([['x;=1+1;y', 'a\t@SUM(A1)', 'a\n  +1', '\uff1d1+1', 'a=b']]), `"x;'=1+1;y","a\t'@SUM(A1)","a\n'  +1",'\uff1d1+1,a=b\r\n`);
  // However long it is, it does not take long.
  const begun = Date.now();
  csv([['\t'.repeat(200_000), ' '.repeat(200_000), `;${' '.repeat(1000)}`.repeat(200)]]);
  assert.ok(Date.now() - begun < 2000);
  // Exact numbers are texts.
  assert.equal(csv([['-12345678901234567.89', '-1+1', '-2-x']]), `-12345678901234567.89,'-1+1,'-2-x\r\n`);
});

test('a file that is saved has a name that says what it is', async () => {
  const { fileName } = await load('format.ts');
  for (const [name, plain] of [
    ['order-7.pdf', 'order-7.pdf'], ['Übersicht 2026.csv', 'Übersicht 2026.csv'],
    ['../../etc/passwd', '_.._etc_passwd'], ['..\\run.bat', '_run.bat'], ['.bashrc', 'bashrc'],
    // Shown as `cod.exe`-like names by what turns the direction of text.
    ['order\u202efdp.exe', 'orderfdp.exe'], ['a\u200bb\u0000c\nd.pdf', 'abcd.pdf'], ['a:b|c?.pdf', 'a_b_c_.pdf'], ['...', 'file'], ['', 'file'],
  ]) assert.equal(fileName(name), plain, JSON.stringify(name));
  assert.equal(fileName(`${'x'.repeat(300)}.pdf`).length, 120);
  assert.ok(fileName(`${'x'.repeat(300)}.pdf`).endsWith('.pdf'));
});

test('addresses survive any name, and a broken one is no failure', async () => {
  const { parse, to } = await load('router.ts');
  for (const name of ['a/b', 'a?b=c', '%', 'ä ö', '"><script>', '#/x']) {
    const route = parse(to(['consumers', name], { cursor: name }));
    assert.deepEqual(route.segments, ['consumers', name]);
    assert.equal(route.query.get('cursor'), name);
  }
  assert.deepEqual(parse('#/a/%zz').segments, ['a', '%zz']);
  assert.deepEqual(parse('').segments, []);
});

test('an example fits what its schema demands', async () => {
  const { example, kindOf } = await load('schema.ts');
  const schema = { type: 'object', required: ['orderId', 'total', 'at', 'state', 'inner'], properties: {
    orderId: { type: 'string' }, total: { type: 'number', minimum: 5 }, at: { type: 'string', format: 'date-time' }, state: { enum: ['new', 'old'] },
    inner: { type: 'object', required: ['x'], properties: { x: { type: ['null', 'integer'] } } }, left: { type: 'string' } } };
  assert.deepEqual(example(schema), { orderId: 'order-1', total: 5, at: '2026-01-31T12:00:00Z', state: 'new', inner: { x: 1 } });
  assert.ok('left' in example(schema, true));
  assert.equal(kindOf({ type: 'array' }), 'json');
  assert.equal(kindOf({ enum: ['a'] }), 'choice');
  const endless = { type: 'object', properties: {} };
  endless.properties.again = endless;
  assert.ok(JSON.stringify(example(endless, true)).length < 1000, 'it ends');
});

test('the tail keeps a bounded number of rows, in order, each once', async () => {
  const { merged, emptyTail, maxRows } = await load('tail.ts');
  const events = (from, count) => Array.from({ length: count }, (_, i) => ({ seq: from + i }));
  let tail = merged(emptyTail, events(1, 3));
  tail = merged(tail, events(2, 4));
  assert.deepEqual(tail.rows.map((x) => x.seq), [5, 4, 3, 2, 1]);
  assert.equal(tail.received, 5);
  tail = merged(tail, events(6, 2000));
  assert.equal(tail.rows.length, maxRows);
  assert.equal(tail.rows[0].seq, 2005);
  assert.equal(tail.position, 2005);
});

test('what the tail leaves out is counted', async () => {
  const { follow } = await load('tail.ts');
  globalThis.document = { hidden: false };
  globalThis.requestAnimationFrame = (run) => setTimeout(run, 1);
  const log = Array.from({ length: 20 }, (_, i) => ({ seq: i + 1 }));
  globalThis.fetch = async (url) => {
    const query = new URL(url, 'http://node').searchParams;
    const limit = Number(query.get('limit'));
    const after = Number(query.get('after') ?? 0);
    const asc = query.get('order') === 'asc';
    const found = asc ? log.filter((x) => x.seq > after) : [...log].reverse();
    return new Response(JSON.stringify({ events: found.slice(0, limit), nextCursor: found.length > limit ? 'x' : null }));
  };
  const stop = new AbortController();
  let seen;
  const ended = follow({}, () => false, (x) => { seen = x; }, stop.signal);
  const until = async (condition) => {
    const end = Date.now() + 5000;
    while (!condition()) {
      assert.ok(Date.now() < end, JSON.stringify({ ...seen, rows: undefined }));
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
  await until(() => seen?.rows.length === 20);
  assert.equal(seen.received, 0, 'what was there before is not new');
  for (let i = 0; i < 5000; ++i) log.push({ seq: log.length + 1 });
  await until(() => seen.position === 5020);
  // One page in order, and the newest: all else is counted.
  assert.equal(seen.received + seen.dropped, 5000);
  assert.ok(seen.dropped > 4000);
  stop.abort();
  await ended;
});

test('a proof that fits is told from one that was changed', async () => {
  const { prove } = await load('proof.ts');
  const sha = (...x) => x.reduce((h, y) => h.update(y), createHash('sha256')).digest();
  const number = (x) => { const b = Buffer.alloc(8); b.writeBigInt64BE(BigInt(x)); return b; };
  const text = (x) => Buffer.concat([number(Buffer.byteLength(x)), Buffer.from(x)]);
  const event = { seq: 2, time: 1, recordedAt: 2, audience: 3, hops: 0, id: 'ä', source: '/s', type: 'a.b', companyId: '', userId: '', correlationId: '', causationId: '', traceparent: '', metadata: '{}', data: '{"x":1}' };
  const salt = Buffer.alloc(16, 7);
  const leaf = sha(Buffer.of(0), number(1), ...['seq', 'time', 'recordedAt', 'audience', 'hops'].map((x) => number(event[x])),
    ...['id', 'source', 'type', 'companyId', 'userId', 'correlationId', 'causationId', 'traceparent'].map((x) => text(event[x])),
    sha(salt, event.metadata), sha(salt, event.data));
  const other = Buffer.alloc(32, 1);
  const third = Buffer.alloc(32, 2);
  const rootHash = sha(Buffer.of(1), sha(Buffer.of(1), other, leaf), third);
  const proof = { format: 'carillon event proof 1', event, salts: { metadata: salt.toString('base64'), data: salt.toString('base64') },
    path: [other, third].map((x) => x.toString('base64')), checkpoint: `carillon/x\n3\n${rootHash.toString('base64')}\n\n— x y\n` };
  assert.deepEqual(await prove(proof), { fits: true, why: '', size: 3 });
  for (const change of [{ event: { ...event, data: '{"x":2}' } }, { event: { ...event, seq: 1 } }, { path: proof.path.slice(1) }, { path: [...proof.path, proof.path[0]] },
    { checkpoint: proof.checkpoint.replace('\n3\n', '\n1\n') }])
    assert.equal((await prove({ ...proof, ...change })).fits, false, JSON.stringify(change).slice(0, 60));
});

const sha256 = (...x) => x.reduce((h, y) => h.update(y), createHash('sha256')).digest();
const node = (a, b) => sha256(Buffer.of(1), a, b);
/** The tree of RFC 9162, section 2.1, by its definition. */
const largestPower = (n) => 2 ** Math.floor(Math.log2(n - 1));
const treeOf = (leaves) => (leaves.length === 1 ? leaves[0] : node(treeOf(leaves.slice(0, largestPower(leaves.length))), treeOf(leaves.slice(largestPower(leaves.length)))));
function consistencyOf(m, leaves, whole = true) {
  const n = leaves.length;
  if (m === n) return whole ? [] : [treeOf(leaves)];
  const k = largestPower(n);
  return m <= k ? [...consistencyOf(m, leaves.slice(0, k), whole), treeOf(leaves.slice(k))] : [...consistencyOf(m - k, leaves.slice(k), false), treeOf(leaves.slice(0, k))];
}

test('a checkpoint that the log continues is told from one that it does not', async () => {
  const { continues } = await load('checkpoint.ts');
  const leaves = Array.from({ length: 21 }, (_, i) => sha256(Buffer.of(0, i)));
  let refused = 0;
  for (let n = 1; n <= leaves.length; ++n)
    for (let m = 1; m <= n; ++m) {
      const from = { size: m, root: treeOf(leaves.slice(0, m)) };
      const until = { size: n, root: treeOf(leaves.slice(0, n)) };
      const path = consistencyOf(m, leaves.slice(0, n));
      assert.equal(await continues(from, until, path), true, `${m} of ${n}`);
      const bad = Buffer.alloc(32, 9);
      const wrong = [[{ ...from, root: bad }, until, path], [from, { ...until, root: bad }, path], [from, until, [...path, bad]],
        ...path.map((_, i) => [from, until, path.map((x, j) => (i === j ? bad : x))]), ...(path.length > 0 ? [[from, until, path.slice(1)], [from, until, path.slice(0, -1)]] : [])];
      for (const x of wrong) {
        assert.equal(await continues(...x), false, `${m} of ${n}, ${wrong.indexOf(x)}`);
        refused += 1;
      }
      assert.equal(await continues(until, from, path), m === n);
    }
  assert.ok(refused > 1000);
  assert.equal(await continues({ size: 0, root: sha256('') }, { size: 3, root: treeOf(leaves.slice(0, 3)) }, []), true);
});

test('a checkpoint is read, and who signed it is found', async () => {
  const { readCheckpoint, signerOf } = await load('checkpoint.ts');
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const raw = Buffer.concat([Buffer.of(1), Buffer.from(publicKey.export({ format: 'jwk' }).x, 'base64url')]);
  const id = sha256('carillon/x\n', raw).subarray(0, 4);
  const key = `carillon/x+${id.toString('hex')}+${raw.toString('base64')}`;
  const body = `carillon/x\n12\n${sha256('r').toString('base64')}\n`;
  const note = `${body}\n— carillon/x ${Buffer.concat([id, sign(null, Buffer.from(body), privateKey)]).toString('base64')}\n`;
  const read = readCheckpoint(note);
  assert.deepEqual([read.origin, read.size, Buffer.from(read.root)], ['carillon/x', 12, sha256('r')]);
  assert.deepEqual(await signerOf(read, ['something else', key]), { by: key });
  assert.equal(await signerOf(read, []), 'nobody');
  assert.equal(await signerOf(readCheckpoint(note.replace('\n12\n', '\n13\n')), [key]), 'nobody');
  assert.equal(await signerOf(read, [key.replace('carillon/x+', 'carillon/y+')]), 'nobody');
  for (const text of ['', 'x', 'a\nb\nc\n\nd', body, note.replace('12', '-1'), note.replace('12', '1e3'), note.replace(/=\n/, '*\n')]) assert.throws(() => readCheckpoint(text), /no checkpoint/, text);
});

test('a measure has a line for each group, and zeros only where they are true', async () => {
  const { linesOf } = await load('measured.ts');
  const begin = (h) => `2026-12-01T0${h}:00:00.000Z`;
  const times = [0, 1, 2].map((h) => Date.parse(begin(h)) / 1000);
  const row = (h, group, more) => ({ begin: begin(h), companyId: 'c', type: 'a.b', group, other: false, count: 2, skipped: 0, sum: '0.30', avg: '0.15', ...more });
  const rows = [row(0, 'EUR'), row(2, 'EUR', { sum: '-12345678901234567.5' }), row(1, null, { other: true, sum: '5' }), row(1, 'USD', { avg: null })];
  assert.deepEqual(linesOf(rows, 'sum', times, 3600).lines, [{ name: 'EUR', values: [0.3, 0, -12345678901234567.5] }, { name: 'other groups', values: [0, 5, 0] }, { name: 'USD', values: [0, 0.3, 0] }]);
  assert.deepEqual(linesOf(rows, 'avg', times, 3600).lines.find((x) => x.name === 'EUR').values, [0.15, null, 0.15]);
  const many = Array.from({ length: 20 }, (_, i) => row(0, `g${i}`, { companyId: i % 2 ? 'c' : null }));
  const { lines, left } = linesOf(many, 'count', times, 3600);
  assert.deepEqual([lines.length, left, lines[0].name], [8, 12, 'g0, no company']);
});

test('a filter becomes part of a body with all its digits, and nothing else does', async () => {
  const { withFilter, filterFault, filterText } = await load('ui/filter.tsx');
  assert.equal(withFilter({ types: [] }, '{"data.n": 9007199254740993}'), '{"types":[],"filter":{"data.n": 9007199254740993}}');
  assert.equal(withFilter({}, '  '), '{"filter":null}');
  for (const text of ['{', '{}, "url": "x"', '{"a":1}}', 'data.n', '{"a":1,}']) {
    assert.throws(() => withFilter({}, text), (error) => error.field === 'filter' && filterFault(error)?.includes('filter'), text);
  }
  assert.equal(filterText('{}'), '{}');
  assert.equal(filterFault(new Error('x')), undefined);
});

test('phases of an attempt follow each other, and those that were not needed are left out', async () => {
  const { phasesOf } = await load('views/attempts.tsx');
  const phases = { dnsMs: 0, connectMs: 2, tlsMs: 2, firstByteMs: 10, totalMs: null };
  assert.deepEqual(phasesOf({ phases }), [{ name: 'connect', from: 0, to: 2 }, { name: 'first byte', from: 2, to: 10 }]);
});
