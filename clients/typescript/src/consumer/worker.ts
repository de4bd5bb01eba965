import { Backoff } from '../backoff.js';
import { asError, pause, type Environment } from '../environment.js';
import { asCarillonError, CarillonError } from '../errors.js';
import type { DeliveryMachine } from './machine.js';

export type WorkerState = 'connecting' | 'live' | 'waiting' | 'closed';

export interface WorkerOptions {
  environment: Environment;
  machine: DeliveryMachine;
  /** Before the first connection, such as making the consumer; repeated until it succeeds. */
  prepare: (signal: AbortSignal) => Promise<void>;
  /** After a connection that was not greeted: tells whether the worker may connect at all. */
  check: (signal: AbortSignal) => Promise<void>;
  /** One connection, until it ends. `greeted` is called when the node has accepted the worker. */
  connect: (greeted: () => void, signal: AbortSignal) => Promise<void>;
  onState: (state: WorkerState, reason?: CarillonError) => void;
}

const stableMs = 5_000;

/** Keeps a worker connected: prepares, connects, reconnects after growing pauses, ends on refusals that stay. */
export class Worker {
  readonly #options: WorkerOptions;
  readonly #stop = new AbortController();
  readonly #backoff: Backoff;
  #state: WorkerState = 'connecting';
  readonly done: Promise<void>;
  /** Resolves with the first greeting; rejects if the node refuses the worker for good. */
  readonly ready: Promise<void>;
  #resolveReady: () => void = () => undefined;
  #rejectReady: (error: Error) => void = () => undefined;

  constructor(options: WorkerOptions) {
    this.#options = options;
    this.#backoff = new Backoff(100, 30_000, () => options.environment.random());
    this.ready = new Promise<void>((resolve, reject) => {
      this.#resolveReady = resolve;
      this.#rejectReady = reject;
    });
    this.ready.catch(() => undefined);
    this.done = this.#run();
  }

  get state(): WorkerState {
    return this.#state;
  }

  /** Finishes what is here, at most for `timeoutMs`, and ends. */
  async close(timeoutMs: number): Promise<void> {
    if (this.#state === 'live') await this.#options.machine.drain(timeoutMs);
    this.#stop.abort(new CarillonError('closed', 'the subscription was ended'));
    await this.done;
    // What still runs although the connection was lost before.
    await this.#options.machine.drain(timeoutMs);
  }

  async #run(): Promise<void> {
    const { environment, machine, prepare, check, connect } = this.#options;
    const signal = this.#stop.signal;
    let prepared = false;
    let greetedLast = true;
    while (!signal.aborted) {
      const begun = environment.now();
      let failure: CarillonError;
      try {
        this.#tell('connecting');
        if (!prepared) await prepare(signal);
        else if (!greetedLast) await check(signal);
        prepared = true;
        greetedLast = false;
        await connect(() => {
          greetedLast = true;
          this.#tell('live');
          this.#resolveReady();
        }, signal);
        failure = new CarillonError('unreachable', 'the connection was closed');
      } catch (error) {
        failure = asCarillonError(error);
      }
      machine.detach();
      if (this.#stop.signal.aborted) break;
      if (!isPassing(failure)) {
        this.#rejectReady(failure);
        this.#tell('closed', failure);
        return;
      }
      if (environment.now() - begun >= stableMs) this.#backoff.succeeded();
      this.#tell('waiting', failure);
      try {
        await pause(environment, this.#backoff.failed(failure.retryAfterMs), signal);
      } catch {
        break;
      }
    }
    this.#rejectReady(asError(signal.reason));
    this.#tell('closed');
  }

  #tell(state: WorkerState, reason?: CarillonError): void {
    this.#state = state;
    this.#options.onState(state, reason);
  }
}

const lasting = new Set(['unauthenticated', 'forbidden', 'not_found', 'conflict', 'invalid_argument', 'malformed_json', 'method_not_allowed', 'not_configured', 'protocol', 'too_large']);

/** Whether another attempt may succeed without a change by people. */
function isPassing(failure: CarillonError): boolean {
  return !lasting.has(failure.code);
}
