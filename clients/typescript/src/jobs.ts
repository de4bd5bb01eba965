import { Backoff } from './backoff.js';
import { Batcher } from './batcher.js';
import { pause } from './environment.js';
import { asCarillonError, CarillonError, DeadLetterError, messageOf, RetryLaterError } from './errors.js';
import { isTemporary, parseAnswer, problemOf, type Port } from './http.js';
import type { JsonObject } from './types.js';
import { uuidv7 } from './uuid.js';

export interface EnqueueOptions {
  /** What is to be done: the queue, a dot and more. Default: the queue. */
  kind?: string;
  /** A second job of this key, queue and company is not enqueued. Default: one of its own. */
  key?: string;
  companyId?: string;
  /** Not before. */
  runAt?: Date | string;
  /** −100 to 100, higher goes first. */
  priority?: number;
  /** The trace that it belongs to (W3C Trace Context); one that is not understood is left out. */
  traceparent?: string;
  /** For all attempts together, in milliseconds. Default 30 s. */
  deadlineMs?: number;
}

/** The job is on disk. */
export interface EnqueuedJob {
  id: number;
  queue: string;
  kind: string;
  key: string;
  /** It was enqueued before. */
  duplicate: boolean;
}

/** A job as the node has it. */
export interface JobState {
  id: number;
  queue: string;
  kind: string;
  key: string;
  state: 'queued' | 'running' | 'done' | 'dead' | 'cancelled';
  companyId: string | null;
  attempts: number;
  payload: JsonObject;
  lastError: string | null;
  /** What the worker returned. */
  result: unknown;
  progress: { note: string; percent: number | null; at: string } | null;
}

/** A job in the hands of a worker. */
export interface Job {
  readonly id: number;
  readonly queue: string;
  readonly kind: string;
  readonly key: string;
  readonly companyId: string | null;
  readonly payload: JsonObject;
  /** 1 for the first one. */
  readonly attempt: number;
  /** The trace to go on with: the span of this attempt if the node records it, else what the job came with; absent if there is none. */
  readonly traceparent?: string;
  /** Aborted when the node has given the job to another worker: what this one does may be done twice. */
  readonly signal: AbortSignal;
  /** Says how far it is: a note of at most 500 bytes, and a number of 0 to 100. */
  progress(note: string, percent?: number): Promise<void>;
}

/** What it returns, if anything, is the result of the job: JSON of at most 32 KiB. */
export type JobHandler = (job: Job) => unknown;

export interface WorkOptions {
  /** Jobs at a time in this process. Default 1. */
  concurrency?: number;
  /** A job that runs is extended, but not longer than this, in milliseconds. Default 1 h. */
  longestMs?: number;
}

interface HandedJob {
  id: string;
  fence: string;
  attempt: number;
  traceparent?: string;
  job: Omit<Job, 'attempt' | 'traceparent' | 'signal' | 'progress'>;
}

const waitMs = 2_000;
const answerMarginMs = 10_000;
/** Of a node that does not say how long a job may go without a word. */
const ackTimeoutMs = 30_000;
const endMs = 30_000;
const reasonCharacters = 900;

/** Workers of a queue in this process. */
export class JobWorker {
  readonly queue: string;
  /** Why it ended by itself: the node does not accept it. */
  error: CarillonError | undefined;
  /** Resolves when it has ended, for whatever reason. */
  readonly ended: Promise<void>;
  readonly #port: Port;
  readonly #handler: JobHandler;
  readonly #longestMs: number;
  readonly #onError: (error: Error) => void;
  readonly #stop = new AbortController();
  /** Names this process to the node: what it lets lie is not pulled by it once more. */
  readonly #worker = `jobs-${uuidv7().slice(-12)}`;

  constructor(port: Port, queue: string, handler: JobHandler, onError: (error: Error) => void, { concurrency = 1, longestMs = 3_600_000 }: WorkOptions) {
    if (!/^[a-z][a-z0-9_-]{0,63}$/.test(queue)) throw new TypeError(`queue "${queue}" has to be 1 to 64 of a-z 0-9 _ -, and begin with a letter`);
    if (!Number.isInteger(concurrency) || concurrency < 1 || concurrency > 1_000) throw new TypeError('concurrency is 1 to 1000');
    this.queue = queue;
    this.#port = port;
    this.#handler = handler;
    this.#longestMs = longestMs;
    this.#onError = onError;
    this.ended = Promise.all(Array.from({ length: concurrency }, () => this.#live())).then(() => undefined);
  }

  /** Takes no further jobs, and resolves when those in hand are done. */
  stop(): Promise<void> {
    this.#stop.abort(new CarillonError('closed', 'the worker stops'));
    return this.ended;
  }

  #stops(): boolean {
    return this.#stop.signal.aborted;
  }

  async #live(): Promise<void> {
    const { environment } = this.#port;
    const backoff = new Backoff(100, 30_000, () => environment.random());
    while (!this.#stops()) {
      try {
        const pulled = await this.#pull();
        backoff.succeeded();
        if (pulled) await this.#do(...pulled);
      } catch (thrown) {
        const error = asCarillonError(thrown);
        if (this.#stops()) return;
        this.#onError(error);
        if (error.status !== undefined && error.status < 500 && !isTemporary(error)) {
          this.error = error;
          this.#stop.abort(error);
          return;
        }
        await pause(environment, backoff.failed(error.retryAfterMs), this.#stop.signal).catch(() => undefined);
      }
    }
  }

  /** A job, and the time in milliseconds after which it has failed unless it is extended. */
  async #pull(): Promise<[HandedJob, number] | undefined> {
    const { environment } = this.#port;
    const began = environment.now();
    const answer = await this.#port.attempt({ method: 'POST', path: this.#path('pull'), body: { max: 1, waitMs, worker: this.#worker } }, waitMs + answerMarginMs);
    if (answer.status >= 400) throw problemOf(answer);
    const { deliveries, ackTimeoutMs: holdMs = ackTimeoutMs } = parseAnswer(answer) as { deliveries?: HandedJob[]; ackTimeoutMs?: number };
    if (!Array.isArray(deliveries)) throw new CarillonError('protocol', 'the answer to pull has no deliveries');
    // A node that is about to stop answers at once.
    if (deliveries.length === 0 && environment.now() - began < waitMs / 4) await pause(environment, waitMs / 4, this.#stop.signal);
    return deliveries[0] && [deliveries[0], holdMs];
  }

  async #do(handed: HandedJob, holdMs: number): Promise<void> {
    const { environment } = this.#port;
    const lost = new AbortController();
    const reference = { id: handed.id, fence: handed.fence };
    const tell = async (call: string, more: object, deadlineMs: number): Promise<void> => {
      const { stale } = await this.#port.json<{ stale?: string[] }>({ method: 'POST', path: this.#path(call), body: { ...reference, ...more }, repeatable: true, deadlineMs });
      if (stale && stale.length > 0) lost.abort(new CarillonError('conflict', 'the node has given the job to another worker'));
    };
    const ends = environment.now() + this.#longestMs;
    let timer: unknown;
    const extend = (): void => {
      timer = environment.setTimeout(() => {
        if (environment.now() >= ends || lost.signal.aborted) return;
        void tell('extend', { ms: holdMs }, holdMs / 3).catch((error: unknown) => {
          this.#onError(asCarillonError(error));
        });
        extend();
      }, holdMs / 3);
    };
    extend();
    const job: Job = {
      ...handed.job,
      attempt: handed.attempt,
      ...(handed.traceparent !== undefined && { traceparent: handed.traceparent }),
      signal: lost.signal,
      progress: (note, percent) => tell('progress', percent === undefined ? { note } : { note, percent }, 5_000),
    };
    let call = 'ack';
    let more: object;
    try {
      const result = await this.#handler(job);
      more = result === undefined ? {} : { result };
    } catch (error) {
      call = 'nack';
      more = refusalOf(error);
      if (!(error instanceof RetryLaterError) && !(error instanceof DeadLetterError)) this.#onError(error instanceof Error ? error : new Error(String(error)));
    } finally {
      environment.clearTimeout(timer);
    }
    try {
      await tell(call, more, endMs);
    } catch (error) {
      // Of this job alone, such as a result that is too large: it has failed, and others go on.
      const why = asCarillonError(error);
      if (why.status !== 400 && why.status !== 413) throw why;
      await tell('nack', { reason: why.message.slice(0, reasonCharacters), dead: true }, endMs);
    }
  }

  #path(call: string): string {
    return `/api/jobs/queues/${this.queue}/${call}`;
  }
}

/** Of those that wait to be on disk. The node takes 1,000 jobs and 4 MiB in a request. */
const addLimits = { maxQueued: 10_000, maxQueuedBytes: 32 * 1024 * 1024, maxBatch: 1_000, maxBatchBytes: 4 * 1024 * 1024 - 1_024, requestTimeoutMs: 10_000, deadlineMs: 30_000 };

/** Work in queues: enqueuing, and workers. See docs/jobs.md. */
export class Jobs {
  readonly #data: Port;
  readonly #adding: Batcher<EnqueuedJob>;
  readonly #workers: Port;
  readonly #onError: (error: Error, queue: string) => void;
  readonly #running = new Set<JobWorker>();

  constructor(data: Port, workers: Port, onError: (error: Error, queue: string) => void) {
    this.#data = data;
    this.#adding = new Batcher(data, '/api/jobs', addLimits);
    this.#workers = workers;
    this.#onError = onError;
  }

  /**
   * Enqueues a job. Resolves when it is on disk. Those of one turn of the event loop, and those that wait for a request
   * under way, travel as one array, in the order of the calls. Without an answer it is sent again with the same key, so
   * that it is enqueued once.
   * @throws CarillonError with the code of the refusal, QueueFullError, DeadlineError
   */
  enqueue(queue: string, payload: JsonObject = {}, { kind, key = uuidv7(), companyId, runAt, priority, traceparent, deadlineMs }: EnqueueOptions = {}): Promise<EnqueuedJob> {
    return this.#adding.send(() => {
      const job = { queue, kind, key, payload, companyId, priority, traceparent, runAt: runAt instanceof Date ? runAt.toISOString() : runAt };
      return { name: `job ${key}`, text: JSON.stringify(job), deadlineMs };
    });
  }

  /** A job with its state, progress and result. */
  get(id: number): Promise<JobState> {
    return this.#data.json({ path: `/api/jobs/${id}` });
  }

  /** The job when it is done, dead or cancelled, or as it is after this time. */
  async wait(id: number, timeoutMs = 30_000): Promise<JobState> {
    const { environment } = this.#data;
    const end = environment.now() + timeoutMs;
    for (let wait = 50; ; wait = Math.min(wait * 1.5, 2_000)) {
      const job = await this.get(id);
      if (['done', 'dead', 'cancelled'].includes(job.state) || environment.now() + wait > end) return job;
      await pause(environment, wait);
    }
  }

  /**
   * Calls a function for each job of a queue, `concurrency` at a time. A job is done when it returns; it throws
   * RetryLaterError or DeadLetterError, or anything else, for a job that failed.
   */
  work(queue: string, handler: JobHandler, options: WorkOptions = {}): JobWorker {
    const onError = (error: Error): void => {
      this.#onError(error, queue);
    };
    const worker = new JobWorker(this.#workers, queue, handler, onError, options);
    this.#running.add(worker);
    void worker.ended.then(() => this.#running.delete(worker));
    return worker;
  }

  /** Resolves when no job waits to be enqueued any more. */
  flush(): Promise<void> {
    return this.#adding.flush();
  }

  /** Stops all workers, which first end what they have. */
  async stopWorkers(): Promise<void> {
    await Promise.all([...this.#running].map((worker) => worker.stop()));
  }

  /** Stops all workers, then sends the jobs that wait, and takes no more. */
  async close(): Promise<void> {
    await this.stopWorkers();
    await this.#adding.close();
  }
}

function refusalOf(error: unknown): object {
  const reason = messageOf(error).slice(0, reasonCharacters);
  if (error instanceof DeadLetterError) return { reason, dead: true };
  return error instanceof RetryLaterError ? { reason, delayMs: Math.max(0, Math.round(error.delayMs)) } : { reason };
}
