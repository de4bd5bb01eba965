import type { PayloadFilter } from '../filter.js';
import type { Port } from '../http.js';

/**
 * What `PUT /api/consumers/{name}` takes beside `types`. What is absent has the default of the node. Types,
 * filter, company, order, key and start cannot be changed: they give the cursor its meaning.
 */
export interface ConsumerSettings {
  /** Which of the events of these types, by what is in them. */
  filter?: PayloadFilter;
  /** Only events of this company. */
  companyId?: string;
  order?: 'none' | 'per_key' | 'total';
  /** What events have to have in common to be handled in order: for `per_key`. */
  key?: 'company' | 'user' | `/${string}`;
  /** Where a new consumer begins: a position, or a time. */
  start?: 'now' | 'beginning' | number | Date;
  maxAttempts?: number;
  /** Pauses between attempts, in milliseconds. */
  retrySchedule?: readonly number[];
  ackTimeoutMs?: number;
  /** Deliveries of all workers together. */
  maxInFlight?: number;
  /** Deliveries of a key that workers have at a time, for `per_key`: with more than one they begin in order, and may end in another one. */
  maxPerKey?: number;
  ratePerSecond?: number;
  batch?: { max: number; waitMs: number };
}

const names = ['filter', 'companyId', 'order', 'key', 'start', 'maxAttempts', 'retrySchedule', 'ackTimeoutMs', 'maxInFlight', 'maxPerKey', 'ratePerSecond', 'batch'] as const;

/** The settings among other options. */
export function settingsOf(options: ConsumerSettings): ConsumerSettings {
  return Object.fromEntries(names.flatMap((name) => (options[name] === undefined ? [] : [[name, options[name]]])));
}

/** Makes a consumer, or finds that it is there as wanted. A change that its cursor does not survive is refused. */
export async function defineConsumer(port: Port, name: string, types: readonly string[], settings: ConsumerSettings, signal?: AbortSignal): Promise<void> {
  const start = settings.start instanceof Date ? settings.start.toISOString() : settings.start;
  const body = { types, ...settingsOf(settings), ...(start === undefined ? {} : { start }) };
  await port.call({ method: 'PUT', path: `/api/consumers/${encodeURIComponent(name)}`, body, signal });
}

/** Finds out whether a consumer is there, and the key may work for it. */
export async function findConsumer(port: Port, name: string, signal?: AbortSignal): Promise<void> {
  await port.call({ path: `/api/consumers/${encodeURIComponent(name)}/workers`, signal });
}
