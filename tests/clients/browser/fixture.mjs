// A client in a fake browser, and what most tests do with it.
import assert from 'node:assert/strict';

import { Carillon } from '../../../clients/browser/carillon.js';
import { FakeClock, FakeSocket, settle } from './fakes.mjs';

/** A client with all its surroundings, and what it dispatched so far. */
export function setUp(options = {}, random = () => 0.5) {
  const clock = new FakeClock();
  const network = new EventTarget();
  const client = new Carillon({
    url: 'ws://node.example/ws',
    ...options,
    environment: {
      now: clock.now,
      setTimeout: clock.setTimeout,
      clearTimeout: clock.clearTimeout,
      random: () => random(),
      WebSocket: FakeSocket,
      network,
    },
  });
  const seen = { seqs: [], gaps: [], states: [], errors: [], hellos: [], subscribed: [] };
  client.addEventListener('event', (x) => seen.seqs.push(x.detail.seq));
  client.addEventListener('gap', (x) => seen.gaps.push([x.detail.from, x.detail.to]));
  client.addEventListener('state', (x) => seen.states.push(x.detail));
  client.addEventListener('error', (x) => seen.errors.push(x.detail));
  client.addEventListener('hello', (x) => seen.hellos.push(x.detail));
  client.addEventListener('subscribed', (x) => seen.subscribed.push(x.detail.types));
  return { client, clock, network, seen };
}

export const sockets = () => FakeSocket.all;
export const latest = () => FakeSocket.all.at(-1);
export const query = () => latest().url.searchParams;
export const codes = (seen) => seen.errors.map((x) => x.code);

/** Connects and is welcomed. */
export async function goLive(x, head = 0, more = {}) {
  x.client.connect();
  await settle();
  latest().hello(head, more);
  assert.equal(x.client.state, 'live');
}

/** After a drop: the wait that was announced, then the next socket. */
export async function nextSocket(x) {
  const before = sockets().length;
  assert.equal(x.client.state, 'waiting');
  await x.clock.advance(x.seen.states.at(-1).retryInMs);
  assert.equal(sockets().length, before + 1);
  return latest();
}
