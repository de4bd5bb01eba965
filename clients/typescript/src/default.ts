/**
 * The system of a process: `EventBus` and `WebhookManager` work on the one that `initializeEventSystem`
 * made. Subscriptions that are made before it begin with it.
 */
import { CarillonError } from './errors.js';
import type { EventQuery, ReplayFilter, ReplayOptions, ReplayProgress, WaitOptions } from './history.js';
import type { DelayedEvent, Schedule, ScheduleOptions } from './schedules.js';
import type { Transaction, TransactionOptions, TransactionPublisher } from './outbox.js';
import { signatureProblem, verifySignature, type HeadersLike, type VerifyOptions } from './signature.js';
import { consumerName, type SubscribeOptions, type Subscription } from './subscriptions.js';
import { EventSystem, type EventSystemOptions } from './system.js';
import type { CarillonEvent, EventData, EventHandler, EventPattern, EventType, Named, PublishMetadata, PublishOptions, Receipt } from './types.js';
import type { CreatedWebhook, Webhook, WebhookSettings } from './webhooks.js';

interface Slot {
  system: EventSystem | undefined;
  waiting: Set<PendingSubscription>;
}

// One for both forms of the package, ECMAScript modules and CommonJS.
const slotKey = Symbol.for('carillon.default-system');
const holder = globalThis as { [slotKey]?: Slot | undefined };
const slot: Slot = holder[slotKey] ?? { system: undefined, waiting: new Set() };
holder[slotKey] = slot;

/**
 * Makes the system of this process. It does not connect by itself: a node that is away for a moment does
 * not hold up the start of the application.
 */
export function initializeEventSystem(options: EventSystemOptions): EventSystem {
  if (slot.system) throw new CarillonError('conflict', 'the event system is initialized already: shutdownEventSystem() ends it');
  const system = new EventSystem(options);
  slot.system = system;
  for (const pending of slot.waiting) pending.begin(system);
  slot.waiting.clear();
  return system;
}

/** Ends the system of this process; another one may be initialized afterwards. */
export async function shutdownEventSystem(): Promise<void> {
  const system = slot.system;
  slot.system = undefined;
  slot.waiting.clear();
  await system?.close();
}

/** The system of this process. */
export function eventSystem(): EventSystem {
  if (!slot.system) throw new CarillonError('not_configured', 'call initializeEventSystem({url, key, service}) first');
  return slot.system;
}

/** A subscription from before the system. */
class PendingSubscription implements Subscription {
  readonly types: readonly string[];
  readonly pattern: string;
  readonly handler: unknown;
  readonly #make: (system: EventSystem) => Subscription;
  readonly ready: Promise<void>;
  #resolve: (ready: Promise<void>) => void = () => undefined;
  #real: Subscription | undefined;
  #system: EventSystem | undefined;

  constructor(types: readonly string[], handler: unknown, make: (system: EventSystem) => Subscription) {
    this.types = types;
    this.pattern = types.join();
    this.handler = handler;
    this.#make = make;
    this.ready = new Promise<void>((resolve) => {
      this.#resolve = resolve;
    });
    this.ready.catch(() => undefined);
  }

  begin(system: EventSystem): void {
    this.#system = system;
    this.#real = this.#make(system);
    this.#resolve(this.#real.ready);
  }

  get name(): string {
    return this.#real?.name ?? '';
  }

  get state(): Subscription['state'] {
    return this.#real?.state ?? 'waiting';
  }

  get position(): number {
    return this.#real?.position ?? 0;
  }

  async unsubscribe(): Promise<void> {
    slot.waiting.delete(this);
    if (this.#real) await this.#system?.unsubscribe(this.#real);
  }
}

/** Events of this process's system. Its calls are those of `EventSystem`. */
export const EventBus = {
  publish<T extends EventType, D extends Named<EventData<T>>>(type: T, data: D, metadata?: PublishMetadata, options?: PublishOptions): Promise<Receipt> {
    return late(() => eventSystem().publish(type, data, metadata, options));
  },

  /** Has an event published at set times. The same schedule again changes nothing. */
  schedule<T extends EventType, D extends Named<EventData<T>>>(name: string, when: ScheduleOptions, type: T, data: D, metadata?: PublishMetadata): Promise<Schedule> {
    return late(() => eventSystem().schedule(name, when, type, data, metadata));
  },

  /** Publishes an event at a time; `cancel` takes it back until then. */
  publishLater<T extends EventType, D extends Named<EventData<T>>>(type: T, data: D, at: Date | string, metadata?: PublishMetadata, options?: PublishOptions): Promise<DelayedEvent> {
    return late(() => eventSystem().publishLater(type, data, at, metadata, options));
  },

  cancel(delayed: number | DelayedEvent): Promise<boolean> {
    return late(() => eventSystem().cancel(delayed));
  },

  /** Publishes with a transaction of `pg`, Prisma, Drizzle or Knex: the event is committed with its rows, or not at all. */
  withTransaction(transaction: Transaction, options?: TransactionOptions): TransactionPublisher {
    return eventSystem().withTransaction(transaction, options);
  },

  /** `order.*` and `*` are patterns. Durable, and named `service.function`, unless `options` say otherwise. */
  subscribe<P extends EventPattern>(types: P | readonly P[], handler: EventHandler<P>, options: SubscribeOptions = {}): Subscription {
    if (slot.system) return slot.system.subscribe(types, handler, options);
    // What is wrong is told here, and not when the system begins.
    if (options.durable !== false) consumerName('service', handler.name, options.name);
    const pending = new PendingSubscription(typeof types === 'string' ? [types] : types, handler, (system) => system.subscribe(types, handler, options));
    slot.waiting.add(pending);
    return pending;
  },

  async unsubscribe(what: Subscription | string, handler?: unknown): Promise<void> {
    if (typeof what !== 'string') {
      await what.unsubscribe();
      return;
    }
    for (const pending of slot.waiting) if (pending.pattern === what && (handler === undefined || pending.handler === handler)) slot.waiting.delete(pending);
    await slot.system?.unsubscribe(what, handler);
  },

  getEvents<P extends EventPattern = '*'>(query: EventQuery<P> = {}): Promise<CarillonEvent<P>[]> {
    return late(() => eventSystem().getEvents(query));
  },

  /** Counts by type. Both times are rounded to full hours. */
  getEventStats(from?: Date | string, to?: Date | string, companyId?: string): Promise<Record<string, number>> {
    return late(() => eventSystem().getEventStats(from, to, companyId));
  },

  /** Delivers stored events again, by id, position or filter, and waits until that is done. */
  replayEvents(what: readonly (string | number)[] | ReplayFilter, options?: ReplayOptions): Promise<ReplayProgress> {
    return late(() => eventSystem().replayEvents(what, options));
  },

  /** The next event that matches. */
  waitFor<P extends EventPattern>(pattern: P, options?: WaitOptions<P>): Promise<CarillonEvent<P>> {
    return late(() => eventSystem().waitFor(pattern, options));
  },

  /** Until the handlers of the node are done with an event. */
  waitUntilHandled(event: string | number, timeoutMs?: number): Promise<CarillonEvent> {
    return late(() => eventSystem().waitUntilHandled(event, timeoutMs));
  },
};

/** Webhooks of this process's system. */
export const WebhookManager = {
  register(companyId: string | null, url: string, types: readonly EventPattern[], secret?: string): Promise<number> {
    return late(() => eventSystem().webhooks.register(companyId, url, types, secret));
  },
  create(settings: WebhookSettings): Promise<CreatedWebhook> {
    return late(() => eventSystem().webhooks.create(settings));
  },
  unregister(id: number | string): Promise<void> {
    return late(() => eventSystem().webhooks.unregister(id));
  },
  list(companyId?: string): Promise<Webhook[]> {
    return late(() => eventSystem().webhooks.list(companyId));
  },
  /** Needs no system: for receivers. */
  verifySignature(body: string | Uint8Array, headers: HeadersLike, secret: string | readonly string[], options?: VerifyOptions): boolean {
    return verifySignature(body, headers, secret, options);
  },
  signatureProblem(body: string | Uint8Array, headers: HeadersLike, secret: string | readonly string[], options?: VerifyOptions): string | null {
    return signatureProblem(body, headers, secret, options);
  },
};

/** What throws at once becomes a rejection, so that callers have one way of failure. */
function late<T>(call: () => Promise<T>): Promise<T> {
  try {
    return call();
  } catch (error) {
    return Promise.reject(error instanceof Error ? error : new Error(String(error)));
  }
}
