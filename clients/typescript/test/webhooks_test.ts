import assert from 'node:assert/strict';
import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { EventBus, initializeEventSystem, secretFrom, shutdownEventSystem, signatureProblem, verifySignature, WebhookManager, type CarillonError } from '../src/index.js';
import { eventually, startNode } from './support/node.js';

const node = await startNode();
const received: { headers: IncomingHttpHeaders; body: string }[] = [];
const receiver = createServer((request, response) => {
  const parts: Buffer[] = [];
  request.on('data', (part: Buffer) => parts.push(part));
  request.on('end', () => {
    received.push({ headers: request.headers, body: Buffer.concat(parts).toString() });
    response.writeHead(204).end();
  });
});
let url = '';

before(async () => {
  await new Promise<void>((resolve) => {
    receiver.listen(0, '127.0.0.1', resolve);
  });
  url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`;
  initializeEventSystem({ url: node.url, adminUrl: node.adminUrl, service: 'shop' });
});

after(async () => {
  receiver.closeAllConnections();
  receiver.close();
  await shutdownEventSystem();
  await node.stop();
});

for (const secret of ['x', 'correct horse battery staple', 'ünïcode ☃', 'y'.repeat(500), 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw']) {
  test(`the secret "${secret.slice(0, 30)}" signs at the node and verifies here`, async () => {
    const id = await WebhookManager.register('c-1', `${url}?secret=${encodeURIComponent(secret.slice(0, 10))}`, ['order.*'], secret);
    received.length = 0;
    await EventBus.publish('order.cancelled', { orderId: 'o-1', reason: 'late' }, { companyId: 'c-1' });
    const request = await eventually(() => received[0], 'a delivery');
    assert.equal(signatureProblem(request.body, request.headers, secret), null);
    assert.equal(WebhookManager.verifySignature(Buffer.from(request.body), request.headers, secret), true);
    assert.equal(verifySignature(request.body, new Headers(request.headers as Record<string, string>), ['another', secret]), true);
    assert.equal(verifySignature(`${request.body} `, request.headers, secret), false);
    assert.equal(verifySignature(request.body, request.headers, `${secret}BBBB`), false);
    await WebhookManager.unregister(id);
  });
}

test('a text becomes a secret by the documented rule', () => {
  const bytes = createHash('sha256').update(Buffer.concat([Buffer.from('carillon webhook secret v1'), Buffer.from([0]), Buffer.from('shop-secret')])).digest('base64');
  assert.equal(secretFrom('shop-secret'), `whsec_${bytes}`);
  assert.equal(secretFrom('shop-secret'), 'whsec_d3JY4EA41Yyup48Ll2faR5cK70eMWodwGuGbsKy/3hQ=');
  for (const wrong of ['', 'whsec_', 'whsec_AAAA', 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwx', `whsec_${'A'.repeat(88)}`, 'whpk_?']) assert.throws(() => secretFrom(wrong), TypeError, wrong);
});

test('the example of Standard Webhooks verifies, and says why when it does not', () => {
  const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
  const headers = { 'Webhook-Id': 'msg_p5jXN8AQM9LWM0D4loKWxJek', 'Webhook-Timestamp': '1614265330', 'Webhook-Signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=' };
  const body = '{"test": 2432232314}';
  const now = 1614265330_000;
  assert.equal(signatureProblem(body, headers, secret, { now }), null);
  assert.equal(signatureProblem(body, headers, secret, { toleranceSeconds: Infinity }), null);
  assert.match(signatureProblem(body, headers, secret) ?? '', / old$/);
  assert.match(signatureProblem(body, headers, secret, { now: now - 301_000 }) ?? '', /future/);
  assert.match(signatureProblem(body, { ...headers, 'Webhook-Id': undefined }, secret) ?? '', /webhook-id is missing/);
  assert.match(signatureProblem(body, { ...headers, 'Webhook-Timestamp': 'now' }, secret) ?? '', /no number/);
  assert.equal(signatureProblem(body, { ...headers, 'Webhook-Signature': `v1,AAAA v2,x ${headers['Webhook-Signature']}` }, secret, { now }), null);
});

test('a signature of Ed25519 verifies by the public key', () => {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const raw = Buffer.from((publicKey.export({ format: 'jwk' }) as { x: string }).x, 'base64url');
  const now = 1_700_000_000_000;
  const signature = sign(null, Buffer.from('msg_1.1700000000.{}'), privateKey).toString('base64');
  const headers = { 'webhook-id': 'msg_1', 'webhook-timestamp': '1700000000', 'webhook-signature': `v1a,${signature}` };
  assert.equal(verifySignature('{}', headers, `whpk_${raw.toString('base64')}`, { now }), true);
  assert.equal(verifySignature('{} ', headers, `whpk_${raw.toString('base64')}`, { now }), false);
});

test('a webhook by Ed25519 of the node verifies by its public key', async () => {
  const created = await WebhookManager.create({ url: `${url}/ed`, companyId: 'c-ed', kind: 'ed25519' });
  assert.ok(created.publicKey);
  received.length = 0;
  await EventBus.publish('order.cancelled', { orderId: 'o-1', reason: 'late' }, { companyId: 'c-ed' });
  const request = await eventually(() => received[0], 'a delivery');
  assert.equal(signatureProblem(request.body, request.headers, created.publicKey), null);
  await WebhookManager.unregister(created.id);
});

test('registering again at each start is the same webhook', async () => {
  const first = await WebhookManager.register('c-7', `${url}/again`, ['order.created'], 'secret');
  const second = await WebhookManager.register('c-7', `${url}/again`, ['order.created', 'order.shipped'], 'secret');
  assert.equal(second, first);
  const [webhook, ...others] = await WebhookManager.list('c-7');
  assert.deepEqual([webhook?.types, others], [['order.created', 'order.shipped'], []]);
  assert.notEqual(await WebhookManager.register('c-8', `${url}/again`, ['order.created'], 'secret'), first);
  await WebhookManager.unregister(first);
  assert.deepEqual(await WebhookManager.list('c-7'), []);
  await assert.rejects(WebhookManager.unregister(first), (error: CarillonError) => error.code === 'not_found');
});
