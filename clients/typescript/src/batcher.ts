import { Backoff } from './backoff.js';
import { afterThisTurn, asError } from './environment.js';
import { asCarillonError, CarillonError, DeadlineError, QueueFullError } from './errors.js';
import { errorOf, isTemporary, parseAnswer, problemOf, retryAfter, type Answer, type Port, type Problem } from './http.js';

export interface BatchLimits {
  /** Items that may wait; one more is rejected with a `QueueFullError`. */
  maxQueued: number;
  /** The same in bytes of JSON. */
  maxQueuedBytes: number;
  /** Items of one request. */
  maxBatch: number;
  /** Bytes of one request. */
  maxBatchBytes: number;
  /** For one request, in milliseconds. */
  requestTimeoutMs: number;
  /** From the call to the receipt, over all attempts, in milliseconds. */
  deadlineMs: number;
}

/** Something that is sent, as JSON, and what tells it from others in messages for people. */
export interface Item {
  name: string;
  text: string;
  deadlineMs?: number | undefined;
  signal?: AbortSignal | undefined;
}

interface Entry<Receipt> {
  readonly name: string;
  readonly text: string;
  readonly bytes: number;
  readonly deadline: number;
  readonly resolve: (receipt: Receipt) => void;
  readonly reject: (error: Error) => void;
  /** Of the item itself; a refused request does not count. */
  attempts: number;
  notBefore: number;
  lastError: CarillonError | undefined;
  settled: boolean;
  forget: () => void;
}

interface Refusal {
  error: Problem;
}

const isRefusal = (verdict: object): verdict is Refusal => 'error' in verdict;

const encoder = new TextEncoder();
const minPauseMs = 50;
const maxPauseMs = 5_000;

/**
 * Sends items in arrays, one request at a time, so that they reach the node in the order of the
 * calls; those of one turn of the event loop, and those that wait for a request under way, travel
 * together. An item whose own verdict is "later" is overtaken by later ones.
 */
export class Batcher<Receipt extends object> {
  readonly #port: Port;
  readonly #path: string;
  readonly #limits: BatchLimits;
  readonly #backoff: Backoff;
  #queue: Entry<Receipt>[] = [];
  #sending: Entry<Receipt>[] = [];
  #waiting = 0;
  #queuedBytes = 0;
  #batchLimit: number;
  #pausedUntil = 0;
  #scheduled = false;
  #running = false;
  #closed = false;
  #wake: (() => void) | undefined;
  #sweepTimer: unknown;
  #sweepAt = Infinity;
  #idle: (() => void)[] = [];

  constructor(port: Port, path: string, limits: BatchLimits) {
    this.#port = port;
    this.#path = path;
    this.#limits = limits;
    this.#batchLimit = limits.maxBatch;
    this.#backoff = new Backoff(minPauseMs, maxPauseMs, () => port.environment.random());
  }

  /** Items that have no receipt yet. */
  get pending(): number {
    return this.#waiting;
  }

  /** Resolves with what the node says of it. `make` is called unless the batcher is closed. */
  send(make: () => Item): Promise<Receipt> {
    return new Promise((resolve, reject) => {
      if (this.#closed) throw new CarillonError('closed', 'the event system was closed');
      const { name, text, deadlineMs, signal } = make();
      const bytes = encoder.encode(text).length;
      const { maxQueued, maxQueuedBytes } = this.#limits;
      const waiting = this.#waiting;
      if (waiting >= maxQueued || (waiting > 0 && this.#queuedBytes + bytes > maxQueuedBytes)) throw new QueueFullError(waiting, this.#queuedBytes);
      const deadline = this.#now() + (deadlineMs ?? this.#limits.deadlineMs);
      const entry: Entry<Receipt> = { name, text, bytes, deadline, resolve, reject, attempts: 0, notBefore: 0, lastError: undefined, settled: false, forget: () => undefined };
      this.#waiting += 1;
      this.#queuedBytes += bytes;
      this.#queue.push(entry);
      this.#obey(entry, signal);
      this.#watch(deadline);
      this.#schedule();
    });
  }

  /** Resolves when no item waits any more, with a receipt or without. */
  async flush(): Promise<void> {
    if (this.#waiting === 0) return;
    await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  /** Takes no more items, and sends those that wait within their deadlines. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.flush();
  }

  #obey(entry: Entry<Receipt>, signal: AbortSignal | undefined): void {
    if (!signal) return;
    const onAbort = (): void => {
      this.#refuse(entry, asError(signal.reason));
    };
    signal.addEventListener('abort', onAbort);
    entry.forget = () => {
      signal.removeEventListener('abort', onAbort);
    };
  }

  #now(): number {
    return this.#port.environment.now();
  }

  #schedule(): void {
    this.#wake?.();
    if (this.#scheduled || this.#running) return;
    this.#scheduled = true;
    afterThisTurn(() => {
      this.#scheduled = false;
      void this.#run();
    });
  }

  async #run(): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    try {
      for (;;) {
        this.#queue = this.#queue.filter((entry) => !entry.settled);
        if (this.#queue.length === 0) return;
        const now = this.#now();
        if (this.#pausedUntil > now) {
          await this.#sleep(this.#pausedUntil - now, false);
          continue;
        }
        const batch = this.#take(now);
        if (batch.length === 0) {
          await this.#sleep(Math.min(...this.#queue.map((entry) => entry.notBefore)) - now, true);
          continue;
        }
        await this.#send(batch);
      }
    } finally {
      this.#running = false;
    }
  }

  /** Waits; a new item ends the wait if `early`. */
  async #sleep(ms: number, early: boolean): Promise<void> {
    const { environment } = this.#port;
    await new Promise<void>((resolve) => {
      const timer = environment.setTimeout(resolve, ms);
      if (early) {
        this.#wake = () => {
          environment.clearTimeout(timer);
          resolve();
        };
      }
    });
    this.#wake = undefined;
  }

  /** Moves what fits into one request, and is due, out of the queue. */
  #take(now: number): Entry<Receipt>[] {
    const batch: Entry<Receipt>[] = [];
    const rest: Entry<Receipt>[] = [];
    let bytes = 2;
    let full = false;
    for (const entry of this.#queue) {
      full ||= batch.length >= this.#batchLimit || (batch.length > 0 && bytes + entry.bytes + 1 > this.#limits.maxBatchBytes);
      if (full || entry.notBefore > now) rest.push(entry);
      else {
        batch.push(entry);
        bytes += entry.bytes + 1;
      }
    }
    this.#queue = rest;
    return batch;
  }

  async #send(batch: Entry<Receipt>[]): Promise<void> {
    this.#sending = batch;
    let answer: Answer | undefined;
    let failure: CarillonError | undefined;
    try {
      const body = `[${batch.map((entry) => entry.text).join(',')}]`;
      answer = await this.#port.attempt({ method: 'POST', path: this.#path, body }, this.#limits.requestTimeoutMs);
      if (answer.status >= 400) failure = problemOf(answer);
      else this.#judge(batch, answer);
    } catch (error) {
      failure = asCarillonError(error);
    }
    if (failure) this.#failed(batch, failure);
    else {
      this.#backoff.succeeded();
      this.#batchLimit = Math.min(this.#limits.maxBatch, this.#batchLimit * 2);
    }
    this.#sending = [];
  }

  /** The whole request failed. */
  #failed(batch: Entry<Receipt>[], failure: CarillonError): void {
    if (failure.code === 'unreachable' || isTemporary(failure)) {
      this.#pausedUntil = this.#now() + this.#backoff.failed(failure.retryAfterMs);
      this.#again(batch, failure);
    } else if ((failure.status === 413 || failure.status === 400) && batch.length > 1) {
      // It is too large; or one of the items spoils it, which is found when it is alone.
      this.#batchLimit = Math.ceil(batch.length / 2);
      this.#again(batch, failure);
    } else {
      for (const entry of batch) this.#refuse(entry, failure);
    }
  }

  /** The request succeeded: one verdict per item, in their order. */
  #judge(batch: Entry<Receipt>[], answer: Answer): void {
    const { results } = parseAnswer(answer) as { results?: (Receipt | Refusal)[] };
    if (!Array.isArray(results) || results.length !== batch.length) throw new CarillonError('protocol', 'the answer does not have one verdict per item');
    const later: Entry<Receipt>[] = [];
    const leastMs = retryAfter(answer.headers.get('retry-after'), this.#now()) ?? 0;
    batch.forEach((entry, index) => {
      const verdict = results[index];
      if (verdict === undefined) return;
      if (!isRefusal(verdict)) {
        this.#settle(entry, () => {
          entry.resolve(verdict);
        });
        return;
      }
      const error = errorOf(verdict.error);
      if (!isTemporary(error)) {
        this.#refuse(entry, error);
        return;
      }
      entry.attempts += 1;
      entry.notBefore = this.#now() + Math.max(leastMs, Math.min(maxPauseMs, minPauseMs * 2 ** entry.attempts) * (0.5 + 0.5 * this.#port.environment.random()));
      entry.lastError = error;
      later.push(entry);
    });
    if (later.length > 0) this.#again(later, undefined);
  }

  #again(entries: Entry<Receipt>[], failure: CarillonError | undefined): void {
    for (const entry of entries) entry.lastError = failure ?? entry.lastError;
    this.#queue = [...entries.filter((entry) => !entry.settled), ...this.#queue];
  }

  #refuse(entry: Entry<Receipt>, error: Error): void {
    this.#settle(entry, () => {
      entry.reject(error);
    });
  }

  #settle(entry: Entry<Receipt>, how: () => void): void {
    if (entry.settled) return;
    entry.settled = true;
    entry.forget();
    this.#waiting -= 1;
    this.#queuedBytes -= entry.bytes;
    how();
    if (this.#waiting === 0) this.#nowIdle();
  }

  #nowIdle(): void {
    for (const resolve of this.#idle.splice(0)) resolve();
    if (this.#sweepTimer !== undefined) this.#port.environment.clearTimeout(this.#sweepTimer);
    this.#sweepTimer = undefined;
    this.#sweepAt = Infinity;
  }

  /** Has the deadlines looked at, the next one at `deadline` at the latest. */
  #watch(deadline: number): void {
    if (deadline >= this.#sweepAt) return;
    const { environment } = this.#port;
    if (this.#sweepTimer !== undefined) environment.clearTimeout(this.#sweepTimer);
    this.#sweepAt = deadline;
    this.#sweepTimer = environment.setTimeout(() => {
      this.#sweep();
    }, Math.max(0, deadline - this.#now()));
  }

  #sweep(): void {
    this.#sweepAt = Infinity;
    this.#sweepTimer = undefined;
    const now = this.#now();
    let next = Infinity;
    for (const entry of [...this.#sending, ...this.#queue]) {
      if (entry.settled) continue;
      if (entry.deadline > now) next = Math.min(next, entry.deadline);
      else {
        const why = entry.lastError ? `: ${entry.lastError.message}` : '';
        this.#settle(entry, () => {
          entry.reject(new DeadlineError(`${entry.name} was not acknowledged in time${why}`, entry.lastError));
        });
      }
    }
    if (next < Infinity) this.#watch(next);
  }
}
