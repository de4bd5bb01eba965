import { Batcher } from './batcher.js';
import type { Port } from './http.js';
import type { Audience, PublishMetadata, PublishOptions, Receipt } from './types.js';
import { uuidv7 } from './uuid.js';

export interface PublisherOptions {
  /** Events that may wait; one more is rejected with a `QueueFullError`. Default 10,000. */
  maxQueuedEvents?: number;
  /** The same in bytes of JSON. Default 32 MiB. */
  maxQueuedBytes?: number;
  /** Events of one request. Default 1,000; the node takes at most 10,000. */
  maxBatchEvents?: number;
  /** Bytes of one request. Default 4 MiB; the node takes at most 8 MiB. */
  maxBatchBytes?: number;
  /** For one request, in milliseconds. Default 10 s. */
  requestTimeoutMs?: number;
  /** From the call to the receipt, over all attempts, in milliseconds. Default 30 s. */
  deadlineMs?: number;
}

/** Sends events in arrays, and stores them in the order of the calls: see `Batcher`. */
export class Publisher {
  readonly #port: Port;
  readonly #source: string;
  readonly #batcher: Batcher<Receipt>;

  constructor(port: Port, service: string, options: PublisherOptions = {}) {
    this.#port = port;
    this.#source = `/${service}`;
    this.#batcher = new Batcher(port, '/api/events', {
      maxQueued: options.maxQueuedEvents ?? 10_000,
      maxQueuedBytes: options.maxQueuedBytes ?? 32 * 1024 * 1024,
      maxBatch: options.maxBatchEvents ?? 1_000,
      maxBatchBytes: options.maxBatchBytes ?? 4 * 1024 * 1024,
      requestTimeoutMs: options.requestTimeoutMs ?? 10_000,
      deadlineMs: options.deadlineMs ?? 30_000,
    });
  }

  /** Events that have no receipt yet. */
  get pending(): number {
    return this.#batcher.pending;
  }

  publish(type: string, data: unknown, metadata: PublishMetadata = {}, options: PublishOptions = {}): Promise<Receipt> {
    return this.#batcher.send(() => {
      options.signal?.throwIfAborted();
      const id = options.id ?? uuidv7(this.#port.environment.now());
      // The text is made now: what the caller changes later does not matter.
      const text = JSON.stringify(draftOf(type, id, options.source ?? this.#source, data, metadata, options));
      return { name: `event ${id}`, text, deadlineMs: options.deadlineMs, signal: options.signal };
    });
  }

  /** Resolves when no event waits any more, with a receipt or without. */
  flush(): Promise<void> {
    return this.#batcher.flush();
  }

  /** Takes no more events, and sends those that wait within their deadlines. */
  close(): Promise<void> {
    return this.#batcher.close();
  }
}

export interface Draft {
  type: string;
  id: string;
  source: string;
  time?: string;
  audience?: Audience;
  data: unknown;
  metadata?: Record<string, unknown>;
  [name: string]: unknown;
}

const enveloped = ['companyId', 'userId', 'correlationId', 'causationId', 'traceparent'];

/** An event as `POST /api/events` takes it. */
export function draftOf(
  type: string,
  id: string,
  source: string,
  data: unknown,
  metadata: PublishMetadata,
  options: Pick<PublishOptions, 'time' | 'audience'>,
): Draft {
  const draft: Draft = { type, id, source, data };
  if (options.time !== undefined) draft.time = typeof options.time === 'string' ? options.time : options.time.toISOString();
  if (options.audience !== undefined) draft.audience = options.audience;
  for (const name of enveloped) if (metadata[name] !== undefined && metadata[name] !== null) draft[name] = metadata[name];
  const rest = Object.entries(metadata).filter(([name, value]) => !enveloped.includes(name) && value !== undefined);
  if (rest.length > 0) draft.metadata = Object.fromEntries(rest);
  return draft;
}
