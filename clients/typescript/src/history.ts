import { pause } from './environment.js';
import { CarillonError, DeadlineError } from './errors.js';
import { filterText, withFilter, type PayloadFilter } from './filter.js';
import type { Port, QueryValue } from './http.js';
import type { CarillonEvent, EventPattern } from './types.js';

export interface EventQuery<P extends EventPattern = EventPattern> {
  types?: P | readonly P[];
  /** Which of these, by what is in them. A page may be short, and so the answer slow. */
  filter?: PayloadFilter;
  companyId?: string;
  userId?: string;
  correlationId?: string;
  id?: string;
  /** Inclusive. */
  startDate?: Date | string;
  /** Exclusive. */
  endDate?: Date | string;
  /** Newest first, unless `asc`. */
  order?: 'asc' | 'desc';
  /** Only positions beyond this one in the direction of the order. */
  after?: number;
  /** Most events to get, over as many pages as needed. Default 100. */
  limit?: number;
  signal?: AbortSignal;
}

export interface ReplayFilter {
  types?: readonly EventPattern[];
  /** Which of these, by what is in them. */
  filter?: PayloadFilter;
  companyId?: string;
  userId?: string;
  correlationId?: string;
  startDate?: Date | string;
  endDate?: Date | string;
}

export interface ReplayProgress {
  replayId: number;
  phase: 'running' | 'done' | 'failed' | 'cancelled';
  matched: number;
  delivered: number;
  error: string | null;
}

export interface ReplayOptions {
  /** `all`, `handlers`, `handler/NAME`, `webhooks`, `webhook/ID` or `sessions`. Default `handlers`. */
  target?: string;
  /** Events per second; 0, the default, for no limit. */
  rate?: number;
  /** Called with each look at the replay. */
  onProgress?: (progress: ReplayProgress) => void;
  /** How long to wait for its end, in milliseconds. Default 10 min; the replay goes on afterwards. */
  deadlineMs?: number;
  /** Ends the wait; the replay goes on. */
  signal?: AbortSignal;
}

export interface WaitOptions<P extends EventPattern> {
  /** Only an event that the node's filter selects. */
  filter?: PayloadFilter;
  /** Only an event that satisfies it. */
  where?: (event: CarillonEvent<P>) => boolean;
  /** Events after this position count; without it, those after the call. */
  since?: number;
  companyId?: string;
  /** Default 10 s. */
  timeoutMs?: number;
  signal?: AbortSignal;
}

const pageLimit = 1_000;

interface EventPage {
  events: CarillonEvent[];
  nextCursor: string | null;
}

function parameters(query: EventQuery): Record<string, QueryValue> {
  const { types, filter, companyId, userId, correlationId, id, startDate, endDate, order, after } = query;
  return { types, filter: filter && filterText(filter), companyId, userId, correlationId, id, startDate, endDate, order, after };
}

/** Events one by one, over as many pages as there are until a time of `environment.now`; `limit` is the size of a page. */
export async function* eventsOf(admin: Port, query: EventQuery, end = Infinity): AsyncGenerator<CarillonEvent> {
  let cursor: string | null = null;
  do {
    const call = { path: '/api/events', query: { ...parameters(query), limit: Math.min(query.limit ?? pageLimit, pageLimit), cursor }, signal: query.signal };
    const page: EventPage = await admin.json<EventPage>(call);
    yield* page.events;
    cursor = page.nextCursor;
  } while (cursor !== null && admin.environment.now() < end);
}

export async function getEvents(admin: Port, query: EventQuery): Promise<CarillonEvent[]> {
  const limit = query.limit ?? 100;
  const events: CarillonEvent[] = [];
  if (limit <= 0) return events;
  for await (const event of eventsOf(admin, { ...query, limit })) {
    events.push(event);
    if (events.length >= limit) break;
  }
  return events;
}

export function getEventStats(admin: Port, from?: Date | string, to?: Date | string, companyId?: string): Promise<Record<string, number>> {
  return admin.json({ path: '/api/events/stats', query: { startDate: from, endDate: to, companyId } });
}

/** Starts a replay, and waits for its end. */
export async function replayEvents(admin: Port, what: readonly (string | number)[] | ReplayFilter, options: ReplayOptions): Promise<ReplayProgress> {
  if (Array.isArray(what) && what.length === 0) return { replayId: 0, phase: 'done', matched: 0, delivered: 0, error: null };
  const selection = Array.isArray(what) ? { eventIds: what as readonly (string | number)[] } : { filter: withFilter(what as ReplayFilter) };
  const body = { ...selection, target: options.target ?? 'handlers', ...(options.rate === undefined ? {} : { rate: options.rate }) };
  const { replayId } = await admin.json<{ replayId: number }>({ method: 'POST', path: '/api/events/replay', body, signal: options.signal });
  const { environment } = admin;
  const end = environment.now() + (options.deadlineMs ?? 600_000);
  for (let waitMs = 20; ; waitMs = Math.min(1_000, waitMs * 1.5)) {
    const progress = await admin.json<ReplayProgress>({ path: `/api/events/replay/${replayId}`, signal: options.signal });
    options.onProgress?.(progress);
    if (progress.phase === 'done') return progress;
    if (progress.phase !== 'running') throw new CarillonError('replay_failed', `replay ${replayId} ended ${progress.phase}: ${progress.error ?? 'without a reason'}`);
    if (environment.now() >= end) throw new DeadlineError(`replay ${replayId} still runs: ${progress.delivered} of ${progress.matched} events are through`);
    await pause(environment, waitMs, options.signal);
  }
}

/** The first event that matches, of those after a position. It reads the log, so no event is missed. */
export async function waitFor<P extends EventPattern>(admin: Port, pattern: P, options: WaitOptions<P>): Promise<CarillonEvent<P>> {
  const { environment } = admin;
  const end = environment.now() + (options.timeoutMs ?? 10_000);
  const signal = options.signal;
  const head = async (): Promise<number> => (await getEvents(admin, { limit: 1, ...(signal ? { signal } : {}) }))[0]?.seq ?? 0;
  let after = options.since ?? (await head());
  for (let waitMs = 20; ; waitMs = Math.min(500, waitMs * 1.5)) {
    const query: EventQuery = { types: pattern, order: 'asc', after, ...(options.filter ? { filter: options.filter } : {}), ...(options.companyId === undefined ? {} : { companyId: options.companyId }), ...(signal ? { signal } : {}) };
    // Events that the filter excludes are not read again.
    const seen = options.filter ? await head() : after;
    for await (const event of eventsOf(admin, query, end)) {
      after = event.seq;
      if (options.where?.(event as CarillonEvent<P>) ?? true) return event as CarillonEvent<P>;
    }
    if (environment.now() >= end) throw new DeadlineError(`no event of ${pattern} came within ${options.timeoutMs ?? 10_000} ms`);
    after = Math.max(after, seen);
    await pause(environment, Math.min(waitMs, Math.max(0, end - environment.now())), signal);
  }
}

/** Waits until every handler of the node is done with an event, or has given it up, durably. */
export async function waitUntilHandled(admin: Port, event: string | number, timeoutMs: number): Promise<CarillonEvent> {
  const end = admin.environment.now() + timeoutMs;
  for (;;) {
    const left = Math.max(0, end - admin.environment.now());
    try {
      return await admin.json({
        path: `/api/events/${encodeURIComponent(event)}`,
        query: { until: 'handled', timeoutMs: Math.min(left, 10_000) },
        deadlineMs: 1_000 + Math.min(left, 10_000),
      });
    } catch (error) {
      if (!(error instanceof CarillonError) || (error.code !== 'timeout' && error.code !== 'deadline')) throw error;
      if (admin.environment.now() >= end) throw new DeadlineError(`event ${event} is not handled: ${error.message}`, error);
    }
  }
}
