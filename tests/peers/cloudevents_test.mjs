// CloudEvents both ways with the SDK for JavaScript, in every mode of the HTTP binding.
import assert from 'node:assert/strict';
import { describe, test, before, after } from 'node:test';
import { requireInstalled, startNode } from './node_fixture.mjs';

const { CloudEvent, HTTP } = requireInstalled('cloudevents');

const batchType = 'application/cloudevents-batch+json';
let count = 0;

/** An event of the SDK with all that CloudEvents 1.0 knows. */
const event = (more = {}) => new CloudEvent({
  id: `ce-${++count}`,
  source: 'https://shop.example/orders?day=1',
  type: 'shop.visited',
  time: '2026-02-03T04:05:06.789Z',
  subject: 'page 7',
  dataschema: 'https://shop.example/schemas/visit.json',
  datacontenttype: 'application/json',
  shopregion: 'eu-north',
  data: { page: 'Käse & "Brot"\n', price: 12.5, deep: [{ x: null }] },
  ...more,
});

/** What an event says, without what the node adds. */
function said({ id, source, type, time, subject, dataschema, data, ...rest }) {
  const extensions = Object.fromEntries(Object.entries(rest).filter(([name]) => name.startsWith('shop')));
  return { id, source, type, time, subject, dataschema, data, ...extensions };
}

describe('the SDK for JavaScript', () => {
  const ending = [];
  let node;

  before(async () => {
    node = await startNode({ after: (x) => ending.push(x) }, ['--accept-unknown-types']);
  });
  after(async () => {
    for (const x of ending) await x();
  });

  async function send({ headers, body }, status) {
    // Without a body there is no Content-Type that fetch makes up.
    const text = typeof body === 'string' ? body || undefined : JSON.stringify(body);
    const answer = await fetch(`${node.data}/api/events`, { method: 'POST', headers, body: text });
    const receipt = await answer.json();
    assert.equal(answer.status, status, JSON.stringify(receipt));
    return receipt;
  }

  /** As the node gives it, read and validated by the SDK. */
  async function received(seq) {
    const answer = await fetch(`${node.admin}/api/events/${seq}`, {
      headers: { Accept: 'application/cloudevents+json' },
    });
    assert.equal(answer.status, 200);
    const out = HTTP.toEvent({ headers: Object.fromEntries(answer.headers), body: await answer.text() });
    assert.ok(out.validate());
    assert.equal(Number(out.sequence), seq);
    return out;
  }

  test('structured mode', async () => {
    const sent = event();
    const { seq } = await send(HTTP.structured(sent), 201);
    assert.deepEqual(said(await received(seq)), said(sent));
  });

  test('binary mode', async () => {
    const sent = event();
    const { seq } = await send(HTTP.binary(sent), 201);
    assert.deepEqual(said(await received(seq)), said(sent));
  });

  test('binary mode without data', async () => {
    const sent = new CloudEvent({ id: 'empty', source: '/shop', type: 'shop.visited' });
    const { headers } = HTTP.binary(sent);
    await send({ headers, body: '' }, 201);
    const { 'content-type': type, ...bare } = { ...headers, 'ce-id': 'emptier' };
    assert.match(type, /json/);
    await send({ headers: bare, body: '' }, 201);
  });

  // JSON format 1.0.2, section 3.1: what is JSON says so by its end.
  test('other names of JSON come back as they were sent', async () => {
    for (const datacontenttype of ['text/json', 'application/vnd.shop.visit+json', 'application/json; charset=utf-8'])
      for (const mode of ['structured', 'binary']) {
        const sent = event({ datacontenttype });
        const { seq } = await send(HTTP[mode](sent), 201);
        const out = await received(seq);
        assert.deepEqual(out.data, sent.data, `${datacontenttype}, ${mode}`);
        assert.equal(out.datacontenttype, datacontenttype, mode);
      }
  });

  test('batch mode', async () => {
    const sent = [event(), event(), event({ data: undefined })];
    const { results } = await send({ headers: { 'Content-Type': batchType }, body: JSON.stringify(sent) }, 200);
    assert.equal(results.length, 3);
    for (const [i, { seq, error }] of results.entries()) {
      assert.equal(error, undefined);
      const out = said(await received(seq));
      assert.deepEqual(out, { ...said(sent[i]), data: sent[i].data ?? {} });
    }
  });

  // The same event whichever way it goes: nothing that the node adds keeps it from going in again.
  test('what the node gives goes in again, in each mode', async () => {
    const { seq } = await send(HTTP.structured(event()), 201);
    const given = await received(seq);
    for (const message of [
      HTTP.structured(given),
      HTTP.binary(given),
    ]) {
      const receipt = await send(message, 200);
      assert.deepEqual([receipt.seq, receipt.duplicate], [seq, true]);
    }
    const { results } = await send({ headers: { 'Content-Type': batchType }, body: JSON.stringify([given]) }, 200);
    assert.deepEqual([results[0].seq, results[0].duplicate], [seq, true]);
  });

  test('extensions of every type come back', async () => {
    const sent = event({ shopcount: 7, shopopen: true });
    const { seq } = await send(HTTP.structured(sent), 201);
    const out = await received(seq);
    assert.equal(out.shopcount, 7);
    assert.equal(out.shopopen, true);
    // A header has no types.
    const other = event({ shopcount: 7, shopopen: true });
    const binary = await send(HTTP.binary(other), 201);
    assert.equal(String((await received(binary.seq)).shopcount), '7');
  });

  // Two that the SDK refuses to read if they are no URI references, and an id that a header quotes.
  test('what is no URI goes out as one', async () => {
    const plain = await send({
      headers: { 'Content-Type': 'application/json' },
      body: { type: 'shop.visited', source: 'my shop/é', id: 'a b%20"c"', data: {} },
    }, 201);
    const out = await received(plain.seq);
    assert.doesNotThrow(() => new URL(out.source, 'https://base.example'));
    assert.match(out.source, /^[!-~]+$/);
  });

  test('attributes that a header cannot hold as they are', async () => {
    const text = 'Käse "frisch" 50 %, 😀';
    const sent = event({ subject: text, shopnote: text });
    // HTTP binding 1.0.2, section 3.1.3.2; the SDK sends them raw, which no header can.
    const encoded = encodeURIComponent(text);
    const { headers, body } = HTTP.binary(sent);
    const { seq } = await send({ headers: { ...headers, 'ce-subject': encoded, 'ce-shopnote': `"${encoded}"` }, body }, 201);
    const out = await received(seq);
    assert.deepEqual([out.subject, out.shopnote], [text, text]);
  });

  test('an event of the plain form is a valid CloudEvent', async () => {
    const { seq } = await send({
      headers: { 'Content-Type': 'application/json' },
      body: { type: 'user.login', userId: 'u-1', data: { ip: '::1', userAgent: 'x' }, metadata: { 'No Name': 1, shop: 'x' } },
    }, 201);
    const out = await received(seq);
    assert.deepEqual([out.type, out.source, out.userid, out.shop], ['user.login', '/api', 'u-1', 'x']);
  });
});
