// Follows the log from the page: asks the admin port for what is new, a few times a second, so that a fast log costs the node and
// the page no more than a slow one. What it leaves out, because more came than it shows, it counts.
import { call } from './api';
import type { Event, EventFilter } from './views/events';

/** Rows of the view. */
export const maxRows = 300;
const everyMs = 300;
const pageEvents = 200;
const newestEvents = 200;
/** So often the head is read even if nothing matches, so that the next reads begin there. */
const headEveryMs = 10_000;

export interface Tail {
  /** The newest first. */
  rows: Event[];
  received: number;
  /** Events that were not shown; with a filter, positions that were not looked at. */
  dropped: number;
  position: number;
  error: unknown;
}

export const emptyTail: Tail = { rows: [], received: 0, dropped: 0, position: 0, error: undefined };

/** What the rows become with what a read brought; the read is in ascending order. */
export function merged(before: Tail, events: Event[]): Tail {
  const fresh = events.filter((x) => x.seq > before.position);
  if (fresh.length === 0) return { ...before, error: undefined };
  return {
    ...before,
    rows: [...fresh.reverse(), ...before.rows].slice(0, maxRows),
    received: before.received + fresh.length,
    position: fresh[0]!.seq,
    error: undefined,
  };
}

const headOf = async (signal: AbortSignal, filter: EventFilter = {}, limit = 1): Promise<Event[]> =>
  (await call('get', '/api/events', { query: { ...filter, limit }, signal })).events;

/**
 * Follows until the signal aborts; `show` gets each new state, at most once per frame of the screen.
 * @param paused asked before each read
 */
export async function follow(filter: EventFilter, paused: () => boolean, show: (tail: Tail) => void, signal: AbortSignal): Promise<void> {
  let tail = emptyTail;
  let begun = false;
  let headAt = 0;
  let frame = 0;
  const publish = () => {
    if (frame === 0)
      frame = requestAnimationFrame(() => {
        frame = 0;
        if (!signal.aborted) show(tail);
      });
  };

  const begin = async () => {
    const head = (await headOf(signal))[0]?.seq ?? 0;
    tail = merged(tail, (await headOf(signal, filter, 50)).reverse());
    tail = { ...tail, received: 0, position: Math.max(tail.position, head) };
    begun = true;
  };

  const read = async () => {
    let head = 0;
    if (Date.now() - headAt > headEveryMs) {
      head = (await headOf(signal))[0]?.seq ?? 0;
      headAt = Date.now();
    }
    const page = await call('get', '/api/events', { query: { ...filter, order: 'asc', after: tail.position, limit: pageEvents }, signal });
    tail = merged(tail, page.events);
    if (page.nextCursor === null) {
      tail = { ...tail, position: Math.max(tail.position, head) };
      return;
    }
    // More came than a page holds: go on with the newest, and say what is left out.
    const before = tail.position;
    const newest = (await headOf(signal, filter, newestEvents)).reverse();
    const first = newest.find((x) => x.seq > before);
    if (first) tail = { ...tail, dropped: tail.dropped + (first.seq - before - 1) };
    tail = merged(tail, newest);
  };

  while (!signal.aborted) {
    try {
      if (!paused() && !document.hidden) {
        await (begun ? read() : begin());
        publish();
      }
    } catch (error) {
      if (signal.aborted) return;
      tail = { ...tail, error };
      publish();
    }
    await new Promise((resolve) => setTimeout(resolve, tail.error ? 2000 : everyMs));
  }
}
