import { defineConsumer, findConsumer, settingsOf, type ConsumerSettings } from './consumer/definition.js';
import { DeliveryMachine } from './consumer/machine.js';
import { runPull } from './consumer/pull.js';
import { connectWebSocket } from './consumer/websocket.js';
import { Worker, type WorkerState } from './consumer/worker.js';
import { asCarillonError, CarillonError } from './errors.js';
import { withFilter, type PayloadFilter } from './filter.js';
import type { Port } from './http.js';
import { LiveStream } from './live.js';
import type { CarillonEvent, DeliveryContext } from './types.js';

export interface LiveSubscribeOptions {
  /** Live only: what is published while nobody is connected longer than the log is kept, or before, does not come. */
  durable: false;
  /** Which of the events of these types, by what is in them. */
  filter?: PayloadFilter;
  /** Events after this position come first. */
  since?: number | string;
  /** A session of a user, by a JSON Web Token, instead of the service's own. */
  token?: () => string | Promise<string>;
  /** A session of a user, with a node that runs with `--dev`. */
  identity?: { userId?: string; companyId?: string };
  onGap?: (from: number, to: number, history?: string) => void;
  /**
   * An event whose handler fails comes again after a growing pause, and later events wait for it: for handlers that
   * keep `event.seq` in the transaction of their work. Default: the failure is reported, and the next event comes.
   */
  repeatFailed?: boolean;
}

export interface DurableSubscribeOptions extends ConsumerSettings {
  durable?: true;
  /** Of the consumer. Without it, the service and the handler's name, with a dot between. */
  name?: string;
  /** Handlers that run at a time in this process. Default 10; 1 with `order: 'total'`. */
  concurrency?: number;
  /** Deliveries that this process holds at a time. Default twice the concurrency, at least 16. */
  prefetch?: number;
  /** A handler that runs longer has failed, in milliseconds. Default 5 min. */
  handlerTimeoutMs?: number;
  /** `pull` works where no WebSocket gets through. */
  carrier?: 'websocket' | 'pull';
  /** False if the consumer is there already, and the key may not change it. */
  define?: boolean;
}

export type SubscribeOptions = LiveSubscribeOptions | DurableSubscribeOptions;

/** A subscription, from the call of `subscribe` on. */
export interface Subscription {
  /** Of the consumer; empty if it is live only. */
  readonly name: string;
  readonly types: readonly string[];
  readonly state: WorkerState;
  /** Connected for the first time. Rejects if the node refuses for good; nobody has to look at it. */
  readonly ready: Promise<void>;
  /** Everything up to this position is done, durably; of a live one, was handed over. */
  readonly position: number;
  /** Finishes what is here, and ends. The consumer stays, and goes on when it is subscribed again. */
  unsubscribe(): Promise<void>;
}

export interface SubscriberContext {
  data: Port;
  /** The same port, with the key of a worker. */
  workers: Port;
  identity: { userId?: string; companyId?: string } | undefined;
  service: string;
  worker: string;
  drainTimeoutMs: number;
  onError: (error: Error, about: { subscription: string; event?: CarillonEvent }) => void;
}

export type SubscriberHandler = (event: CarillonEvent, delivery: DeliveryContext) => unknown;

/** A credit of one message, as the node takes it. */
const mostCredit = 10_000;

/** The name of a durable consumer. */
export function consumerName(service: string, handlerName: string, given: string | undefined): string {
  if (given === undefined && handlerName === '') throw new TypeError('an anonymous function needs a name: subscribe(type, handler, {name: "…"})');
  // Names are in lower case: `sendMail` becomes `send_mail`.
  const name = given ?? `${service}.${handlerName}`.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toLowerCase().replace(/[^a-z0-9._-]/g, '_');
  if (!/^[a-z][a-z0-9._-]{0,63}$/.test(name)) throw new TypeError(`"${name}" cannot name a consumer: 1 to 64 of a-z 0-9 . _ -, and a letter first`);
  return name;
}

export function subscribe(context: SubscriberContext, types: readonly string[], handler: SubscriberHandler, options: SubscribeOptions): Subscription {
  withFilter(options);
  return options.durable === false ? subscribeLive(context, types, handler, options) : subscribeDurably(context, types, handler, options);
}

function subscribeLive(context: SubscriberContext, types: readonly string[], handler: SubscriberHandler, options: LiveSubscribeOptions): Subscription {
  let state: WorkerState = 'connecting';
  const about = { subscription: `${types.join()} (live)` };
  const stop = new AbortController();
  const stream = new LiveStream(context.data, {
    types,
    filter: options.filter,
    since: options.since,
    token: options.token,
    identity: options.identity ?? context.identity,
    onGap: options.onGap,
    onEvent: async (event, replay) => {
      const delivery: DeliveryContext = { deliveryId: '', attempt: 1, signal: stop.signal, ...(replay === undefined ? {} : { replay }) };
      try {
        await handler(event, delivery);
      } catch (error) {
        context.onError(error instanceof Error ? error : new Error(String(error)), { ...about, event });
        // The stream ends, and begins again before this event.
        if (options.repeatFailed) throw new CarillonError('unreachable', `the handler failed at event ${event.seq}`, { cause: error });
      }
    },
    onState: (now, reason) => {
      state = now;
      if (now === 'closed' && reason) context.onError(reason, about);
    },
  });
  return {
    name: '',
    types,
    get state() {
      return state;
    },
    ready: stream.ready,
    get position() {
      return stream.position ?? 0;
    },
    unsubscribe: async () => {
      stop.abort();
      await stream.close();
    },
  };
}

function subscribeDurably(context: SubscriberContext, types: readonly string[], handler: SubscriberHandler, options: DurableSubscribeOptions): Subscription {
  const name = consumerName(context.service, handler.name, options.name);
  const about = { subscription: name };
  const { workers } = context;
  const concurrency = options.concurrency ?? (options.order === 'total' ? 1 : 10);
  const machine = new DeliveryMachine({
    handler,
    concurrency,
    prefetch: Math.min(options.prefetch ?? Math.max(2 * concurrency, 16), mostCredit),
    handlerTimeoutMs: options.handlerTimeoutMs ?? 300_000,
    environment: workers.environment,
    onError: (error, delivery) => {
      context.onError(error, { ...about, event: delivery.event });
    },
  });
  const onNotice = (error: CarillonError): void => {
    context.onError(error, about);
  };
  const pull = { worker: context.worker, ackTimeoutMs: options.ackTimeoutMs ?? 30_000 };
  const worker = new Worker({
    environment: workers.environment,
    machine,
    prepare: async (signal) => {
      if (options.define === false) await findConsumer(workers, name, signal);
      else await defineConsumer(workers, name, types, settingsOf(options), signal);
    },
    // A refused handshake does not tell why.
    check: (signal) => findConsumer(workers, name, signal),
    connect: (greeted, signal) =>
      options.carrier === 'pull' ? runPull(workers, name, machine, greeted, signal, pull, onNotice) : connectWebSocket(workers, name, machine, greeted, signal, onNotice),
    onState: (state, reason) => {
      if (state === 'closed' && reason) context.onError(asCarillonError(reason), about);
    },
  });
  return {
    name,
    types,
    get state() {
      return worker.state;
    },
    ready: worker.ready,
    get position() {
      return machine.upTo;
    },
    unsubscribe: () => worker.close(context.drainTimeoutMs),
  };
}
