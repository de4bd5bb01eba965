import { CarillonError } from './errors.js';
import type { Port } from './http.js';
import { draftOf } from './publisher.js';
import type { Audience, EventData, EventType, JsonObject, Named, PublishMetadata, PublishOptions } from './types.js';
import { uuidv7 } from './uuid.js';

/** When a schedule happens: by a pattern, at the multiples of a time, or once. */
export type ScheduleTiming =
  | {
      /** Minute, hour, day of the month, month, day of the week; or six fields, with the second before them. */
      cron: string;
      /** A name of the IANA database, such as `Europe/Berlin`. Default `UTC`. */
      timeZone?: string;
    }
  | {
      /** `90s`, `15m`, `2h` or `1d`: at its whole multiples since 1970, UTC. */
      every: string;
    }
  | { at: Date | string };

export type ScheduleOptions = ScheduleTiming & {
  /** What becomes of occurrences while the node was stopped: none, the latest (the default) or all happen. */
  missed?: 'skip' | 'once' | 'all';
  audience?: Audience;
};

/** A schedule as the node has it. */
export interface Schedule {
  name: string;
  companyId: string | null;
  cron: string | null;
  timeZone: string | null;
  every: string | null;
  at: string | null;
  missed: 'skip' | 'once' | 'all';
  createdAt: string;
  paused: boolean;
  /** Null: it is paused, or over. */
  nextAt: string | null;
  lastAt: string | null;
  fired: number;
  skipped: number;
  failed: number;
  lastError: string | null;
  /** The next ten occurrences, in UTC; absent in lists. */
  next?: string[];
  /** Absent in lists. */
  event?: JsonObject;
}

/** An event that waits for its time. */
export interface DelayedEvent {
  /** For `cancel`. */
  delayedId: number;
  /** Of the event. */
  id: string;
  type: string;
  source: string;
  companyId: string | null;
  publishAt: string;
  createdAt: string;
  state: 'waiting' | 'taken' | 'failed';
  error: string | null;
}

/** What each occurrence has of its own, or the schedule for all of them. */
const ownMembers = ['id', 'source', 'companyId'];

/** Events at set times. Schedules need the admin port and the key of an admin; delays, the key of a publisher. See docs/schedules.md. */
export class Schedules {
  readonly #data: Port;
  readonly #admin: () => Port;
  readonly #source: string;

  constructor(data: Port, admin: () => Port, service: string) {
    this.#data = data;
    this.#admin = admin;
    this.#source = `/${service}`;
  }

  /**
   * Makes a schedule, or replaces it. Each occurrence is an event of the source `/schedules/<name>` with the
   * occurrence in UTC as its id. The same schedule again changes nothing: a process may put it whenever it starts.
   */
  put<T extends EventType, D extends Named<EventData<T>>>(name: string, options: ScheduleOptions, type: T, data: D, metadata: PublishMetadata = {}): Promise<Schedule> {
    const { audience, missed, ...timing } = options;
    const draft = draftOf(type, '', '', data, metadata, audience === undefined ? {} : { audience });
    const event = Object.fromEntries(Object.entries(draft).filter(([member]) => !ownMembers.includes(member)));
    const at = 'at' in timing && timing.at instanceof Date ? { at: timing.at.toISOString() } : {};
    return this.#admin().json({ method: 'PUT', path: pathOf(name), body: { ...timing, ...at, missed, event, companyId: draft.companyId } });
  }

  get(name: string, companyId?: string): Promise<Schedule> {
    return this.#admin().json({ path: pathOf(name), query: { companyId } });
  }

  async delete(name: string, companyId?: string): Promise<void> {
    await this.#admin().call({ method: 'DELETE', path: pathOf(name), query: { companyId } });
  }

  /** Its occurrences do not happen until it is resumed. */
  pause(name: string, companyId?: string): Promise<Schedule> {
    return this.#admin().json({ method: 'POST', path: `${pathOf(name)}/pause`, query: { companyId }, repeatable: true });
  }

  resume(name: string, companyId?: string): Promise<Schedule> {
    return this.#admin().json({ method: 'POST', path: `${pathOf(name)}/resume`, query: { companyId }, repeatable: true });
  }

  /** All of them, page by page. */
  async *list(companyId?: string): AsyncGenerator<Schedule> {
    let cursor: string | null = null;
    do {
      const page: { schedules: Schedule[]; nextCursor: string | null } = await this.#admin().json({ path: '/api/schedules', query: { companyId, cursor } });
      yield* page.schedules;
      cursor = page.nextCursor;
    } while (cursor !== null);
  }

  /**
   * Publishes an event at a time, at most 366 days ahead. Resolves when the node has it on disk. Without an answer
   * it is sent again with the same id.
   */
  publishLater<T extends EventType, D extends Named<EventData<T>>>(type: T, data: D, at: Date | string, metadata: PublishMetadata = {}, options: PublishOptions = {}): Promise<DelayedEvent> {
    const id = options.id ?? uuidv7(this.#data.environment.now());
    const body = draftOf(type, id, options.source ?? this.#source, data, metadata, options);
    return this.#data.json({ method: 'POST', path: '/api/events', query: { publishAt: at }, body, repeatable: true, deadlineMs: options.deadlineMs, signal: options.signal });
  }

  /** False if it does not wait any more: it was published, is being published, or was cancelled. */
  async cancel(delayed: number | DelayedEvent): Promise<boolean> {
    const id = typeof delayed === 'number' ? delayed : delayed.delayedId;
    try {
      await this.#data.call({ method: 'DELETE', path: `/api/delayed-events/${id}` });
      return true;
    } catch (error) {
      if (error instanceof CarillonError && (error.status === 404 || error.status === 409)) return false;
      throw error;
    }
  }
}

function pathOf(name: string): string {
  return `/api/schedules/${encodeURIComponent(name)}`;
}
