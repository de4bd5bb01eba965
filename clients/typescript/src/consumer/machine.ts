import { afterThisTurn, type Environment } from '../environment.js';
import { CarillonError, messageOf } from '../errors.js';
import type { CarillonEvent, DeliveryContext } from '../types.js';
import type { ClientMessage, Delivery } from './messages.js';

export interface MachineOptions {
  handler: (event: CarillonEvent, delivery: DeliveryContext) => unknown;
  /** Handlers that run at a time. */
  concurrency: number;
  /** Deliveries that this worker holds at a time, running ones included. */
  prefetch: number;
  /** A handler that runs longer has failed, in milliseconds. */
  handlerTimeoutMs: number;
  environment: Environment;
  onError: (error: Error, delivery: Delivery) => void;
}

/** The way of messages to the node. Sends must not throw: a lost connection is told by `detach`. */
export interface Carrier {
  send(message: ClientMessage): void;
}

interface Item {
  delivery: Delivery;
  running: boolean;
  /** The present connection, if it gave it; a lost one cannot take its acknowledgement. */
  carrier: Carrier | null;
  /** On our clock: when the node gives it to another worker. */
  deadline: number;
  startedAt: number;
  stop: AbortController;
}

/** Successes whose durable commit the node has not confirmed; more are forgotten, and then may run again. */
const maxRemembered = 10_000;
const maxReasonChars = 500;
/** Ids of one message, so that it stays below the 64 KiB that the node takes. */
const maxIdsOfMessage = 500;

/**
 * What a worker does with deliveries, whatever carries the messages: grants credit, runs handlers,
 * acknowledges in groups, extends what takes long, drains. It outlives connections. A delivery that
 * comes again while its handler still runs here is not run twice at a time; one whose handler has
 * succeeded here already is acknowledged without running it again.
 */
export class DeliveryMachine {
  readonly #options: MachineOptions;
  readonly #held = new Map<string, Item>();
  readonly #done = new Map<string, number>();
  #queue: Item[] = [];
  #running = 0;
  #carrier: Carrier | null = null;
  #ackTimeoutMs = 30_000;
  #draining = false;
  #suspended = false;
  #returned = 0;
  #acks: string[] = [];
  #flushScheduled = false;
  #timer: unknown;
  #empty: (() => void)[] = [];
  #history: string | undefined;
  /** Acknowledgements and the like that came too late for the node, and changed nothing. */
  stale = 0;
  /** The highest position of which the node said that everything up to it is committed. */
  upTo = 0;

  constructor(options: MachineOptions) {
    this.#options = options;
  }

  /** Deliveries that wait or run here. */
  get held(): number {
    return this.#held.size;
  }

  /**
   * The history of the log that the node's positions, and so the ids of its deliveries, are of. Another one than
   * before: a delivery is new although one of the same id was handled here. Of an older node it is not known.
   */
  during(history: string | undefined): void {
    if (history === undefined || history === this.#history) return;
    const before = this.#history;
    this.#history = history;
    if (before === undefined) return;
    this.#done.clear();
    this.upTo = 0;
    this.#acks = [];
    this.#queue = [];
    // What runs still runs to its end, and settles nothing.
    for (let left = this.#held.size; left > 0; left -= 1) this.#giveBack();
    this.#held.clear();
    this.#watch();
    this.#tellEmpty();
  }

  /** A connection is open and greeted. */
  attach(carrier: Carrier, ackTimeoutMs: number): void {
    this.#carrier = carrier;
    this.#ackTimeoutMs = ackTimeoutMs;
    this.#acks = [];
    this.#returned = 0;
    this.#suspended = false;
    this.#watch();
    const credit = this.#options.prefetch - this.#held.size;
    if (this.#draining) carrier.send({ op: 'drain' });
    else if (credit > 0) carrier.send({ op: 'credit', n: credit });
  }

  /** The connection is lost: the node gives its deliveries to another worker, or here again. */
  detach(): void {
    this.#carrier = null;
    this.#acks = [];
    this.#returned = 0;
    for (const item of this.#queue) this.#held.delete(item.delivery.id);
    this.#queue = [];
    for (const item of this.#held.values()) item.carrier = null;
    this.#watch();
    this.#tellEmpty();
  }

  deliver(deliveries: readonly Delivery[]): void {
    const carrier = this.#carrier;
    if (!carrier) return;
    for (const delivery of deliveries) this.#take(delivery, carrier);
    // What was on its way when the drain was sent.
    if (this.#draining) this.#release();
    this.#watch();
    this.#start();
  }

  acked(upTo: number): void {
    this.upTo = Math.max(this.upTo, upTo);
    for (const [id, seq] of this.#done) if (seq <= upTo) this.#done.delete(id);
  }

  /** The node has told of so many that came too late. */
  late(count: number): void {
    this.stale += count;
  }

  /** The node has taken these acknowledgements. */
  confirmed(ids: readonly string[]): void {
    for (const id of ids) this.#done.delete(id);
  }

  /** The node asks to end the connection: what is here is finished, and nothing more is asked for. */
  suspend(): void {
    this.#suspended = true;
  }

  /**
   * Asks for nothing more, gives back what was not begun, and finishes what runs. After `timeoutMs` handlers are
   * told to stop.
   */
  async drain(timeoutMs: number): Promise<void> {
    const { environment } = this.#options;
    if (!this.#draining) {
      this.#draining = true;
      this.#carrier?.send({ op: 'drain' });
      this.#release();
    }
    if (this.#held.size > 0) {
      let timer: unknown;
      const late = new Promise<void>((resolve) => {
        timer = environment.setTimeout(resolve, timeoutMs);
      });
      await Promise.race([this.empty(), late]);
      environment.clearTimeout(timer);
    }
    this.#queue = [];
    for (const item of this.#held.values()) item.stop.abort(new CarillonError('closed', 'the subscription was ended'));
    this.#held.clear();
    this.#flush();
    this.#watch();
  }

  /** Resolves when nothing waits or runs here. */
  async empty(): Promise<void> {
    if (this.#held.size > 0) await new Promise<void>((resolve) => this.#empty.push(resolve));
  }

  #take(delivery: Delivery, carrier: Carrier): void {
    const deadline = this.#options.environment.now() + this.#ackTimeoutMs;
    if (this.#done.has(delivery.id)) {
      this.#acks.push(delivery.id);
      this.#giveBack();
      return;
    }
    const known = this.#held.get(delivery.id);
    if (known) {
      // It was counted when it came first, or when this connection began; this time as well.
      this.#giveBack();
      known.delivery = delivery;
      known.carrier = carrier;
      known.deadline = deadline;
      return;
    }
    const item: Item = { delivery, running: false, carrier, deadline, startedAt: 0, stop: new AbortController() };
    this.#held.set(delivery.id, item);
    this.#queue.push(item);
  }

  /** What waits here was not begun: another worker may have it at once. */
  #release(): void {
    const ids: string[] = [];
    for (const { delivery, carrier } of this.#queue.splice(0)) {
      this.#held.delete(delivery.id);
      if (carrier) ids.push(delivery.id);
    }
    while (ids.length > 0) this.#carrier?.send({ op: 'release', ids: ids.splice(0, maxIdsOfMessage) });
    this.#tellEmpty();
  }

  #start(): void {
    while (this.#running < this.#options.concurrency) {
      const item = this.#queue.shift();
      if (!item) return;
      void this.#run(item);
    }
  }

  async #run(item: Item): Promise<void> {
    const { environment, handler } = this.#options;
    item.running = true;
    item.startedAt = environment.now();
    this.#running += 1;
    const { delivery, stop } = item;
    const context: DeliveryContext = { deliveryId: delivery.id, attempt: delivery.attempt, signal: stop.signal };
    if (delivery.replay !== undefined) context.replay = delivery.replay;
    if (delivery.traceparent !== undefined) context.traceparent = delivery.traceparent;
    let timer: unknown;
    const tooLong = new Promise<never>((_, reject) => {
      timer = environment.setTimeout(() => {
        const error = new CarillonError('deadline', `the handler took longer than ${this.#options.handlerTimeoutMs} ms`);
        stop.abort(error);
        reject(error);
      }, this.#options.handlerTimeoutMs);
    });
    let failure: { error: unknown } | undefined;
    try {
      await Promise.race([Promise.resolve().then(() => handler(delivery.event, context)), tooLong]);
    } catch (error) {
      failure = { error };
    }
    environment.clearTimeout(timer);
    this.#running -= 1;
    if (this.#held.get(item.delivery.id) === item) {
      this.#held.delete(item.delivery.id);
      if (failure) this.#failed(item, failure.error);
      else this.#succeeded(item);
      this.#giveBack();
    }
    this.#start();
    this.#tellEmpty();
  }

  #succeeded(item: Item): void {
    const { id, event } = item.delivery;
    this.#done.set(id, event.seq);
    if (this.#done.size > maxRemembered) this.#done.delete(this.#done.keys().next().value ?? '');
    if (item.carrier) this.#acks.push(id);
  }

  #failed(item: Item, error: unknown): void {
    this.#options.onError(error instanceof Error ? error : new Error(String(error)), item.delivery);
    if (!item.carrier) return;
    const nack: ClientMessage = { op: 'nack', id: item.delivery.id, reason: messageOf(error).slice(0, maxReasonChars) };
    // By name: an application may have both forms of the package.
    const named = error as { name?: unknown; delayMs?: unknown };
    if (error instanceof Error && named.name === 'DeadLetterError') nack.dead = true;
    if (error instanceof Error && named.name === 'RetryLaterError' && typeof named.delayMs === 'number') nack.delayMs = Math.max(0, Math.round(named.delayMs));
    item.carrier.send(nack);
  }

  /** A place is free; acknowledgements and credit of one turn travel together. */
  #giveBack(): void {
    this.#returned += 1;
    if (this.#flushScheduled) return;
    this.#flushScheduled = true;
    afterThisTurn(() => {
      this.#flushScheduled = false;
      this.#flush();
    });
  }

  #flush(): void {
    const carrier = this.#carrier;
    if (!carrier) return;
    while (this.#acks.length > 0) carrier.send({ op: 'ack', ids: this.#acks.splice(0, maxIdsOfMessage) });
    const credit = this.#returned;
    this.#returned = 0;
    if (credit > 0 && !this.#draining && !this.#suspended) carrier.send({ op: 'credit', n: credit });
  }

  /** Keeps a timer while there is something whose deadline may have to be moved. */
  #watch(): void {
    const { environment } = this.#options;
    const needed = this.#carrier !== null && this.#held.size > 0;
    if (needed && this.#timer === undefined) {
      this.#timer = environment.setTimeout(() => {
        this.#timer = undefined;
        this.#extend();
        this.#watch();
      }, this.#ackTimeoutMs / 4);
    } else if (!needed && this.#timer !== undefined) {
      environment.clearTimeout(this.#timer);
      this.#timer = undefined;
    }
  }

  #extend(): void {
    const now = this.#options.environment.now();
    for (const item of this.#held.values()) {
      if (!item.carrier || item.deadline - now > this.#ackTimeoutMs / 2) continue;
      item.carrier.send({ op: 'extend', id: item.delivery.id, ms: this.#ackTimeoutMs });
      item.deadline = now + this.#ackTimeoutMs;
    }
  }

  #tellEmpty(): void {
    if (this.#held.size > 0) return;
    this.#watch();
    for (const resolve of this.#empty.splice(0)) resolve();
  }
}
