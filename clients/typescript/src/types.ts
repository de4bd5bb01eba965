import type { BuiltInEvents } from './catalogue.js';

/** Event types with the type of their `data`. Types of your own join it: see `carillon-types`. */
// eslint-disable-next-line @typescript-eslint/no-empty-object-type -- is there to be extended
export interface EventCatalogue extends BuiltInEvents {}

/** Members that were added to `data` of types of the catalogue. Filled by the same command. */
// eslint-disable-next-line @typescript-eslint/no-empty-object-type -- is there to be extended
export interface EventExtensions {}

export type EventType = keyof EventCatalogue;

/** `data` of a type. */
export type EventData<T extends EventType> = EventCatalogue[T] & (T extends keyof EventExtensions ? EventExtensions[T] : unknown);

/** The named members alone, so that interfaces may be published as well as literals. */
export type Named<T> = { [K in keyof T as string extends K ? never : K]: T[K] };

/** A type, all types below a prefix, or all types. */
export type EventPattern = EventType | '*' | `${string}.*`;

/** The types of the catalogue that a pattern covers. */
export type TypesOf<P extends string> = P extends '*' ? EventType : P extends `${infer Prefix}.*` ? Extract<EventType, `${Prefix}.${string}`> : Extract<EventType, P>;

export type JsonObject = Record<string, unknown>;

export type Audience = 'none' | 'user' | 'company' | 'all';

/** An event of the log. */
export interface StoredEvent<T extends string, D> {
  /** Position in the log, from 1. */
  seq: number;
  id: string;
  type: T;
  source: string;
  /** When it happened, RFC 3339. */
  time: string;
  /** When it was stored, RFC 3339. */
  recordedAt: string;
  companyId?: string;
  userId?: string;
  correlationId?: string;
  causationId?: string;
  traceparent?: string;
  audience: Audience;
  hops?: number;
  data: D;
  /** Absent in live updates, unless the node sends it. */
  metadata?: JsonObject;
}

type OfTypes<T> = T extends EventType ? StoredEvent<T, EventData<T>> : never;

/** An event of the types that a pattern covers: a union that `type` tells apart. */
export type CarillonEvent<P extends string = '*'> = [TypesOf<P>] extends [never] ? StoredEvent<string, JsonObject> : OfTypes<TypesOf<P>>;

/** What a publisher gets: the event is durable at this position. */
export interface Receipt {
  seq: number;
  id: string;
  /** The same event was stored before, at `seq`. */
  duplicate: boolean;
}

/**
 * What is known beside `data`. The members that are named here become members of the event; all others
 * are its `metadata`, which sessions and webhooks do not get.
 */
export interface PublishMetadata {
  companyId?: string | null | undefined;
  userId?: string | null | undefined;
  correlationId?: string | null | undefined;
  causationId?: string | null | undefined;
  traceparent?: string | null | undefined;
  [name: string]: unknown;
}

export interface PublishOptions {
  /** Identifies the event for ever, with its company and source. Without it, a UUIDv7. */
  id?: string;
  /** Without it, `/` and the name of the service. */
  source?: string;
  /** When it happened. Without it, now. */
  time?: Date | string;
  audience?: Audience;
  /** Until then it is durable, or the call fails with a `DeadlineError`; in milliseconds. */
  deadlineMs?: number;
  signal?: AbortSignal;
}

/** What a handler learns of a delivery beside the event. */
export interface DeliveryContext {
  /** The same in every attempt; empty for live updates. */
  deliveryId: string;
  /** From 1. */
  attempt: number;
  /** The number of the replay that sent the event again; absent otherwise. */
  replay?: number;
  /** The trace to go on with (W3C Trace Context): the span of this delivery if the node records it, else what the event came with; absent if there is none, and for live updates. */
  traceparent?: string;
  /** Aborts when the handler takes too long, or the subscription ends before it is done: it does not count then. */
  signal: AbortSignal;
}

export type EventHandler<P extends string = '*'> = (event: CarillonEvent<P>, delivery: DeliveryContext) => unknown;

/** Matches a type with a pattern, as the node does. */
export function matches(pattern: string, type: string): boolean {
  if (pattern === '*') return true;
  return pattern.endsWith('.*') ? type.startsWith(pattern.slice(0, -1)) : pattern === type;
}
