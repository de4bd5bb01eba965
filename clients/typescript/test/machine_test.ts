import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runtime, type Environment } from '../src/environment.js';
import { DeadLetterError, RetryLaterError } from '../src/errors.js';
import { DeliveryMachine, type MachineOptions } from '../src/consumer/machine.js';
import { parseMessage, type ClientMessage, type Delivery } from '../src/consumer/messages.js';
import type { CarillonEvent, DeliveryContext } from '../src/types.js';

function delivery(seq: number, attempt = 1): Delivery {
  const event = { seq, id: `e-${seq}`, type: 'order.cancelled', data: { orderId: `o-${seq}`, reason: 'late' } } as unknown as CarillonEvent;
  return { id: `loyalty-${seq}`, fence: `1.${attempt}`, attempt, deadline: '', event };
}

/** A clock that stands until a test moves it. */
class FakeClock {
  time = 1_000_000;
  #timers: { at: number; callback: () => void }[] = [];
  readonly environment: Environment = {
    ...runtime,
    now: () => this.time,
    setTimeout: (callback, ms) => {
      const timer = { at: this.time + ms, callback };
      this.#timers.push(timer);
      return timer;
    },
    clearTimeout: (timer) => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    },
  };

  get timers(): number {
    return this.#timers.length;
  }

  async advance(ms: number): Promise<void> {
    const end = this.time + ms;
    for (;;) {
      const next = this.#timers.filter((timer) => timer.at <= end).sort((left, right) => left.at - right.at)[0];
      if (!next) break;
      this.#timers = this.#timers.filter((timer) => timer !== next);
      this.time = next.at;
      next.callback();
      await turn();
    }
    this.time = end;
  }
}

/** Lets everything run that needs no clock. */
async function turn(): Promise<void> {
  for (let index = 0; index < 3; index += 1) await new Promise((resolve) => setImmediate(resolve));
}

interface Bench {
  machine: DeliveryMachine;
  clock: FakeClock;
  sent: ClientMessage[];
  errors: Error[];
  /** Handlers that run, by position: call to end one. */
  running: Map<number, (error?: Error) => void>;
  contexts: DeliveryContext[];
  started: number[];
  connect: () => { sent: ClientMessage[] };
}

function bench(options: Partial<MachineOptions> = {}): Bench {
  const clock = new FakeClock();
  const running = new Map<number, (error?: Error) => void>();
  const errors: Error[] = [];
  const contexts: DeliveryContext[] = [];
  const started: number[] = [];
  const machine = new DeliveryMachine({
    concurrency: 2,
    prefetch: 4,
    handlerTimeoutMs: 300_000,
    environment: clock.environment,
    onError: (error) => errors.push(error),
    handler: (event, context) =>
      new Promise<void>((resolve, reject) => {
        contexts.push(context);
        started.push(event.seq);
        running.set(event.seq, (error) => {
          running.delete(event.seq);
          if (error) reject(error);
          else resolve();
        });
      }),
    ...options,
  });
  const connect = (): { sent: ClientMessage[] } => {
    const sent: ClientMessage[] = [];
    machine.attach({ send: (message) => sent.push(message) }, 30_000);
    return { sent };
  };
  const { sent } = connect();
  return { machine, clock, sent, errors, running, contexts, started, connect };
}

test('credit is granted for what it holds, and given back with acknowledgements of one turn', async () => {
  const { machine, sent, running, started } = bench();
  assert.deepEqual(sent.splice(0), [{ op: 'credit', n: 4 }]);
  machine.deliver([delivery(1), delivery(2), delivery(3), delivery(4)]);
  await turn();
  assert.deepEqual(started, [1, 2]);
  running.get(1)?.();
  running.get(2)?.();
  await turn();
  assert.deepEqual(sent.splice(0), [{ op: 'ack', ids: ['loyalty-1', 'loyalty-2'] }, { op: 'credit', n: 2 }]);
  assert.deepEqual(started, [1, 2, 3, 4]);
});

test('a handler learns the attempt, the replay and the trace of its delivery', async () => {
  const { machine, contexts } = bench();
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  machine.deliver([{ ...delivery(1, 2), replay: 7, traceparent }, delivery(2)]);
  await turn();
  assert.deepEqual(contexts.map(({ attempt, replay, traceparent: trace }) => [attempt, replay, trace]), [[2, 7, traceparent], [1, undefined, undefined]]);
});

test('a failure is told with its reason, its pause, or as final', async () => {
  const { machine, sent, running, errors } = bench({ concurrency: 3 });
  sent.length = 0;
  machine.deliver([delivery(1), delivery(2), delivery(3)]);
  await turn();
  running.get(1)?.(new Error(`no such order ${'x'.repeat(600)}`));
  running.get(2)?.(new RetryLaterError('busy', 1_500.4));
  running.get(3)?.(new DeadLetterError('never'));
  await turn();
  const [first, ...others] = sent;
  assert.ok(first?.op === 'nack' && first.reason.startsWith('no such order') && first.reason.length === 500);
  assert.deepEqual(others, [
    { op: 'nack', id: 'loyalty-2', reason: 'busy', delayMs: 1_500 },
    { op: 'nack', id: 'loyalty-3', reason: 'never', dead: true },
    { op: 'credit', n: 3 },
  ]);
  assert.equal(errors.length, 3);
});

test('what takes long is extended, also while it waits, and not after it ended', async () => {
  const { machine, sent, running, clock } = bench({ concurrency: 1 });
  machine.deliver([delivery(1), delivery(2)]);
  await turn();
  sent.length = 0;
  await clock.advance(29_000);
  assert.deepEqual(sent.splice(0), [{ op: 'extend', id: 'loyalty-1', ms: 30_000 }, { op: 'extend', id: 'loyalty-2', ms: 30_000 }]);
  running.get(1)?.();
  await turn();
  sent.length = 0;
  await clock.advance(30_000);
  assert.deepEqual(new Set(sent.flatMap((message) => (message.op === 'extend' ? [message.id] : []))), new Set(['loyalty-2']));
  running.get(2)?.();
  await turn();
  assert.equal(clock.timers, 0, 'nothing is waited for');
});

test('a handler without an end fails after its time, and frees its place', async () => {
  const { machine, sent, clock, contexts, started } = bench({ concurrency: 1, handlerTimeoutMs: 60_000 });
  machine.deliver([delivery(1), delivery(2)]);
  await turn();
  assert.equal(contexts[0]?.signal.aborted, false);
  await clock.advance(60_000);
  assert.equal(contexts[0].signal.aborted, true);
  assert.ok(sent.some((message) => message.op === 'nack' && message.id === 'loyalty-1' && /longer than 60000 ms/.test(message.reason)));
  assert.deepEqual(started, [1, 2]);
});

test('after a lost connection waiting deliveries are dropped, and running ones not run twice', async () => {
  const { machine, running, started, connect } = bench();
  machine.deliver([delivery(1), delivery(2), delivery(3)]);
  await turn();
  machine.detach();
  assert.equal(machine.held, 2);
  const { sent } = connect();
  assert.deepEqual(sent.splice(0), [{ op: 'credit', n: 2 }]);
  machine.deliver([delivery(1, 2), delivery(3, 2)]);
  await turn();
  // Credit was spent for a delivery that is here already.
  assert.deepEqual(sent.splice(0), [{ op: 'credit', n: 1 }]);
  assert.deepEqual(started, [1, 2]);
  running.get(1)?.();
  await turn();
  assert.deepEqual(sent.splice(0), [{ op: 'ack', ids: ['loyalty-1'] }, { op: 'credit', n: 1 }]);
  running.get(2)?.();
  await turn();
  // The connection that gave it is gone: only the place comes back.
  assert.deepEqual(sent.splice(0), [{ op: 'credit', n: 1 }]);
  assert.deepEqual(started, [1, 2, 3]);
});

test('what succeeded while there was no connection is acknowledged without another run', async () => {
  const { machine, running, started, connect } = bench();
  machine.deliver([delivery(1), delivery(2)]);
  await turn();
  machine.detach();
  running.get(1)?.();
  running.get(2)?.(new Error('failed'));
  await turn();
  const { sent } = connect();
  machine.deliver([delivery(1, 2), delivery(2, 2)]);
  await turn();
  assert.deepEqual(sent, [{ op: 'credit', n: 4 }, { op: 'ack', ids: ['loyalty-1'] }, { op: 'credit', n: 1 }]);
  assert.deepEqual(started, [1, 2, 2]);
});

test('an id of another history is another delivery', async () => {
  const { machine, sent, running, started, connect } = bench();
  machine.during('h1');
  machine.deliver([delivery(1), delivery(2)]);
  await turn();
  running.get(1)?.();
  await turn();
  machine.acked(1);
  // The same history, and a node that does not tell: nothing is forgotten.
  machine.during('h1');
  machine.during(undefined);
  assert.equal(machine.upTo, 1);
  assert.equal(machine.held, 1);
  const late = running.get(2);
  machine.detach();
  machine.during('h2');
  assert.equal(machine.upTo, 0);
  assert.equal(machine.held, 0);
  sent.length = 0;
  const second = connect();
  assert.deepEqual(second.sent.splice(0), [{ op: 'credit', n: 4 }]);
  late?.();
  await turn();
  assert.deepEqual(second.sent, [], 'what ran for the other history settles nothing');
  machine.deliver([delivery(2)]);
  await turn();
  assert.deepEqual(started, [1, 2, 2]);
});

test('a success is forgotten when its commit is durable', async () => {
  const { machine, running, started } = bench();
  machine.deliver([delivery(1)]);
  await turn();
  running.get(1)?.();
  await turn();
  machine.acked(1);
  assert.equal(machine.upTo, 1);
  machine.deliver([delivery(1, 2)]);
  await turn();
  assert.deepEqual(started, [1, 1]);
});

test('a drain finishes what runs, gives back what waits, and asks for nothing more', async () => {
  const { machine, sent, running, started } = bench();
  machine.deliver([delivery(1), delivery(2), delivery(3), delivery(4)]);
  await turn();
  sent.length = 0;
  const drained = machine.drain(10_000);
  assert.deepEqual(sent.splice(0), [{ op: 'drain' }, { op: 'release', ids: ['loyalty-3', 'loyalty-4'] }]);
  assert.equal(machine.held, 2);
  // Was on its way.
  machine.deliver([delivery(5)]);
  assert.deepEqual(sent.splice(0), [{ op: 'release', ids: ['loyalty-5'] }]);
  running.get(1)?.();
  running.get(2)?.();
  await drained;
  await turn();
  assert.deepEqual(sent, [{ op: 'ack', ids: ['loyalty-1', 'loyalty-2'] }]);
  assert.deepEqual(started, [1, 2]);
});

test('a drain without a connection gives nothing back: the node knows', async () => {
  const { machine, sent, running } = bench({ concurrency: 1 });
  machine.deliver([delivery(1), delivery(2)]);
  await turn();
  machine.detach();
  sent.length = 0;
  const drained = machine.drain(10_000);
  running.get(1)?.();
  await drained;
  assert.deepEqual(sent, []);
});

test('a drain ends at its deadline, and tells the handlers', async () => {
  const { machine, clock, contexts, sent, running } = bench();
  machine.deliver([delivery(1)]);
  await turn();
  sent.length = 0;
  const drained = machine.drain(10_000);
  await clock.advance(10_000);
  await drained;
  assert.equal(contexts[0]?.signal.aborted, true);
  running.get(1)?.();
  await turn();
  assert.deepEqual(sent, [{ op: 'drain' }], 'a late success is not acknowledged');
});

test('when the node drains, no more credit is granted', async () => {
  const { machine, sent, running } = bench();
  machine.deliver([delivery(1)]);
  await turn();
  sent.length = 0;
  machine.suspend();
  running.get(1)?.();
  await machine.empty();
  await turn();
  assert.deepEqual(sent, [{ op: 'ack', ids: ['loyalty-1'] }]);
});

test('random connections and ends: never two runs of a position at a time, and no credit is lost', async (t) => {
  const seed = Number(process.env.CARILLON_SEED ?? Math.floor(Math.random() * 2 ** 31));
  t.diagnostic(`seed ${seed}, again with CARILLON_SEED`);
  let state = seed || 1;
  const random = (below: number): number => {
    state = (Math.imul(state, 48271) >>> 0) % 2147483647;
    return state % below;
  };
  const active = new Set<number>();
  const ends: { seq: number; end: (error?: Error) => void }[] = [];
  const prefetch = 6;
  const made = bench({
    concurrency: 3,
    prefetch,
    handler: (event) =>
      new Promise<void>((resolve, reject) => {
        assert.equal(active.has(event.seq), false, `two runs of ${event.seq}, seed ${seed}`);
        active.add(event.seq);
        ends.push({
          seq: event.seq,
          end: (error) => {
            active.delete(event.seq);
            if (error) reject(error);
            else resolve();
          },
        });
      }),
  });
  const { machine } = made;
  // A node: positions that are not acknowledged, those out with this connection, and its credit.
  const open = new Map<number, number>(Array.from({ length: 200 }, (_, index) => [index + 1, 1]));
  let out = new Set<number>();
  let sent = made.sent;
  let read = 0;
  let credit = 0;
  const take = (): void => {
    for (; read < sent.length; read += 1) {
      const message = sent[read];
      if (message?.op === 'credit') credit += message.n;
      if (message?.op === 'ack') {
        for (const id of message.ids) {
          const seq = Number(id.slice(8));
          assert.ok(out.delete(seq), `acknowledged what was not out: ${id}, seed ${seed}`);
          open.delete(seq);
        }
      }
      if (message?.op === 'nack') {
        const seq = Number(message.id.slice(8));
        assert.ok(out.delete(seq), `refused what was not out: ${message.id}, seed ${seed}`);
        open.set(seq, (open.get(seq) ?? 0) + 1);
      }
    }
    assert.ok(credit + out.size <= prefetch + 3, `credit ${credit} with ${out.size} out, seed ${seed}`);
  };
  for (let step = 0; step < 5_000 && open.size > 0; step += 1) {
    take();
    const choice = random(10);
    if (choice < 5) {
      const next = [...open.keys()].filter((seq) => !out.has(seq)).slice(0, Math.min(credit, 1 + random(4)));
      credit -= next.length;
      for (const seq of next) out.add(seq);
      if (next.length > 0) machine.deliver(next.map((seq) => delivery(seq, open.get(seq))));
    } else if (choice < 9 && ends.length > 0) {
      const [one] = ends.splice(random(ends.length), 1);
      one?.end(random(4) === 0 ? new Error('failed') : undefined);
    } else if (choice === 9 && random(5) === 0) {
      await turn();
      take();
      machine.detach();
      for (const seq of out) open.set(seq, (open.get(seq) ?? 0) + 1);
      out = new Set();
      credit = 0;
      read = 0;
      sent = made.connect().sent;
    }
    await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setImmediate(resolve));
  }
  take();
  assert.equal(open.size, 0, `left ${[...open.keys()].join()}, seed ${seed}`);
  for (const one of ends.splice(0)) one.end();
  await turn();
  take();
  assert.equal(credit, prefetch, `credit at the end, seed ${seed}`);
});

test('messages that are none, or lack something, are told from those of a later version', () => {
  for (const wrong of ['', '[]', 'null', '{}', '{"op":1}', '{"op":"hello"}', '{"op":"hello","ackTimeoutMs":0}', '{"op":"deliver"}', '{"op":"deliver","deliveries":[{}]}', '{"op":"deliver","deliveries":[{"id":"a","attempt":1,"event":null}]}', '{"op":"acked","upTo":"1"}']) {
    assert.equal(parseMessage(wrong), null, wrong);
  }
  assert.equal(parseMessage(new Uint8Array(3)), null);
  assert.deepEqual(parseMessage('{"op":"later","x":1}'), { op: 'unknown' });
  assert.equal(parseMessage('{"op":"hello","consumer":"a","generation":3,"ackTimeoutMs":30000}')?.op, 'hello');
});
