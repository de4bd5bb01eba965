import { runtime, type Environment } from './environment.js';
import { CarillonError } from './errors.js';
import * as history from './history.js';
import type { EventQuery, ReplayFilter, ReplayOptions, ReplayProgress, WaitOptions } from './history.js';
import { Port } from './http.js';
import { Jobs } from './jobs.js';
import { TransactionPublisher, type Transaction, type TransactionOptions } from './outbox.js';
import { Publisher, type PublisherOptions } from './publisher.js';
import { Schedules, type DelayedEvent, type Schedule, type ScheduleOptions } from './schedules.js';
import { streamEvents, type StreamedEvent, type StreamOptions } from './stream.js';
import { subscribe, type SubscribeOptions, type SubscriberContext, type SubscriberHandler, type Subscription } from './subscriptions.js';
import type { CarillonEvent, EventData, EventHandler, EventPattern, EventType, Named, PublishMetadata, PublishOptions, Receipt } from './types.js';
import { uuidv7 } from './uuid.js';
import { Webhooks } from './webhooks.js';

export interface EventSystemOptions {
  /** The data port, such as `http://127.0.0.1:7070`. */
  url: string;
  /** The admin port. Without it, port 7071 if `url` has port 7070. */
  adminUrl?: string | undefined;
  /** API key, `ck_…`; none with a node that runs with `--dev`. */
  key?: string | undefined;
  /** Key for the admin port, if it is another one: of a reader, or of an admin for replays and webhooks. */
  adminKey?: string | undefined;
  /** Key for durable subscriptions, if it is another one: of a worker. */
  workerKey?: string | undefined;
  /** Name of the application: of the source of its events, and of its consumers. */
  service: string;
  /** Whose events live streams show, with a node that runs with `--dev`: without a key it shows what is for all. */
  identity?: { userId?: string; companyId?: string } | undefined;
  publisher?: PublisherOptions;
  /** How long handlers may take to end when a subscription ends, in milliseconds. Default 10 s. */
  drainTimeoutMs?: number;
  /** On SIGTERM and SIGINT: ends the subscriptions, sends what waits, and lets the signal end the process. */
  drainOnSignals?: boolean;
  /** Errors of handlers and of subscriptions. Default: `console.error`. */
  onError?: (error: Error, about: { subscription: string; event?: CarillonEvent }) => void;
  /** For tests, and for runtimes that lack something. */
  environment?: Partial<Environment>;
}

/** A connection of an application to a node: publishes, subscribes, reads the history, manages webhooks. */
export class EventSystem {
  readonly service: string;
  /** See the option. */
  readonly identity: { userId?: string; companyId?: string } | undefined;
  readonly webhooks: Webhooks;
  /** Work in queues: enqueuing, and workers. */
  readonly jobs: Jobs;
  /** Events at set times. */
  readonly schedules: Schedules;
  readonly #data: Port;
  readonly #adminPort: Port | undefined;
  readonly #publisher: Publisher;
  readonly #context: SubscriberContext;
  readonly #subscriptions = new Map<Subscription, { pattern: string; handler: unknown }>();
  #removeSignals: () => void = () => undefined;

  constructor(options: EventSystemOptions) {
    if (!/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/.test(options.service)) throw new TypeError(`service "${options.service}" has to be 1 to 64 letters, digits, _, . or -`);
    const environment: Environment = { ...runtime, ...options.environment };
    this.service = options.service;
    this.identity = options.identity;
    this.#data = new Port(options.url, options.key, environment);
    const adminUrl = options.adminUrl ?? besides(options.url);
    this.#adminPort = adminUrl === undefined ? undefined : new Port(adminUrl, options.adminKey ?? options.key, environment);
    this.#publisher = new Publisher(this.#data, options.service, options.publisher);
    this.webhooks = new Webhooks(() => this.admin);
    this.schedules = new Schedules(this.#data, () => this.admin, options.service);
    this.#context = {
      data: this.#data,
      workers: options.workerKey === undefined ? this.#data : new Port(options.url, options.workerKey, environment),
      service: options.service,
      identity: options.identity,
      worker: `${options.service}-${uuidv7().slice(-12)}`,
      drainTimeoutMs: options.drainTimeoutMs ?? 10_000,
      onError:
        options.onError ??
        ((error, about) => {
          console.error(`carillon: ${about.subscription}${about.event ? `, event ${about.event.seq}` : ''}:`, error);
        }),
    };
    this.jobs = new Jobs(this.#data, this.#context.workers, (error, queue) => {
      this.#context.onError(error, { subscription: `queue/${queue}` });
    });
    if (options.drainOnSignals) this.#drainOnSignals();
  }

  /** The admin port, for calls that this class does not have. */
  get admin(): Port {
    if (!this.#adminPort) throw new CarillonError('not_configured', 'this call needs the admin port: initializeEventSystem({adminUrl: "http://…:7071", …})');
    return this.#adminPort;
  }

  get data(): Port {
    return this.#data;
  }

  /**
   * Publishes an event. Resolves when it is durable.
   * @throws CarillonError with the code of the refusal, QueueFullError, DeadlineError
   */
  publish<T extends EventType, D extends Named<EventData<T>>>(type: T, data: D, metadata?: PublishMetadata, options?: PublishOptions): Promise<Receipt> {
    return this.#publisher.publish(type, data, metadata, options);
  }

  /** Has an event published at set times: see `Schedules.put`. */
  schedule<T extends EventType, D extends Named<EventData<T>>>(name: string, when: ScheduleOptions, type: T, data: D, metadata?: PublishMetadata): Promise<Schedule> {
    return this.schedules.put(name, when, type, data, metadata);
  }

  /** Publishes an event at a time: see `Schedules.publishLater`. */
  publishLater<T extends EventType, D extends Named<EventData<T>>>(type: T, data: D, at: Date | string, metadata?: PublishMetadata, options?: PublishOptions): Promise<DelayedEvent> {
    return this.schedules.publishLater(type, data, at, metadata, options);
  }

  /** Cancels an event that waits; false if it does not wait any more. */
  cancel(delayed: number | DelayedEvent): Promise<boolean> {
    return this.schedules.cancel(delayed);
  }

  /**
   * Publishes within a transaction of the application's database, by its outbox: an event is committed with the rows
   * of the application, or not at all. Takes transactions of `pg`, Prisma, Drizzle and Knex. See docs/outbox.md.
   */
  withTransaction(transaction: Transaction, options?: TransactionOptions): TransactionPublisher {
    return new TransactionPublisher(transaction, this.service, () => this.#data.environment.now(), options);
  }

  /** Resolves when no event waits to be published any more, and no job to be enqueued. */
  async flush(): Promise<void> {
    await Promise.all([this.#publisher.flush(), this.jobs.flush()]);
  }

  /** Calls a function for each event of a type, of `order.*`, or of `*`: durably, unless `{durable: false}`. */
  subscribe<P extends EventPattern>(types: P | readonly P[], handler: EventHandler<P>, options: SubscribeOptions = {}): Subscription {
    const patterns = typeof types === 'string' ? [types] : types;
    const subscription = subscribe(this.#context, patterns, handler as unknown as SubscriberHandler, options);
    this.#subscriptions.set(subscription, { pattern: patterns.join(), handler });
    return subscription;
  }

  /** Ends a subscription, or those of a handler to a pattern. */
  async unsubscribe(what: Subscription | string, handler?: unknown): Promise<void> {
    const chosen = [...this.#subscriptions].filter(([subscription, made]) =>
      typeof what === 'string' ? made.pattern === what && (handler === undefined || made.handler === handler) : subscription === what,
    );
    await Promise.all(
      chosen.map(async ([subscription]) => {
        this.#subscriptions.delete(subscription);
        await subscription.unsubscribe();
      }),
    );
  }

  getEvents<P extends EventPattern = '*'>(query: EventQuery<P> = {}): Promise<CarillonEvent<P>[]> {
    return history.getEvents(this.admin, query) as Promise<CarillonEvent<P>[]>;
  }

  /** All events that match, page by page. */
  iterateEvents<P extends EventPattern = '*'>(query: EventQuery<P> = {}): AsyncGenerator<CarillonEvent<P>> {
    return history.eventsOf(this.admin, query) as AsyncGenerator<CarillonEvent<P>>;
  }

  /**
   * Every event after a position, whatever its audience, and then what is published from now on: for a program that
   * keeps `bookmark` in the transaction of its work. Needs an API key. The next event is taken when the loop asks for it.
   * @throws CarillonError `conflict` if `since` is of another history of the log
   */
  streamEvents<P extends EventPattern = '*'>(options: StreamOptions<P> = {}): AsyncGenerator<StreamedEvent<P>> {
    return streamEvents(this.#data, options) as AsyncGenerator<StreamedEvent<P>>;
  }

  getEventStats(from?: Date | string, to?: Date | string, companyId?: string): Promise<Record<string, number>> {
    return history.getEventStats(this.admin, from, to, companyId);
  }

  replayEvents(what: readonly (string | number)[] | ReplayFilter, options: ReplayOptions = {}): Promise<ReplayProgress> {
    return history.replayEvents(this.admin, what, options);
  }

  waitFor<P extends EventPattern>(pattern: P, options: WaitOptions<P> = {}): Promise<CarillonEvent<P>> {
    return history.waitFor(this.admin, pattern, options);
  }

  waitUntilHandled(event: string | number, timeoutMs = 10_000): Promise<CarillonEvent> {
    return history.waitUntilHandled(this.admin, event, timeoutMs);
  }

  /** Ends all subscriptions, sends what waits, and takes no more. */
  async close(): Promise<void> {
    this.#removeSignals();
    const subscriptions = [...this.#subscriptions.keys()];
    this.#subscriptions.clear();
    // Handlers may publish until they have ended.
    await Promise.all([...subscriptions.map((subscription) => subscription.unsubscribe()), this.jobs.stopWorkers()]);
    await Promise.all([this.#publisher.close(), this.jobs.close()]);
  }

  #drainOnSignals(): void {
    const drain = (signal: NodeJS.Signals): void => {
      void this.close().finally(() => {
        process.kill(process.pid, signal);
      });
    };
    process.once('SIGTERM', drain);
    process.once('SIGINT', drain);
    this.#removeSignals = () => {
      process.removeListener('SIGTERM', drain);
      process.removeListener('SIGINT', drain);
    };
  }
}

/** The admin port beside a data port of the usual number. */
function besides(url: string): string | undefined {
  const admin = new URL(url);
  if (admin.port !== '7070') return undefined;
  admin.port = '7071';
  return admin.href;
}
