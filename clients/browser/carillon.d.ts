// Types of carillon.js, which also reads them: this file is their only place.

/** One event, as docs/protocol.md describes it. */
export interface CarillonMessage {
  seq?: number;
  id: string;
  type: string;
  source: string;
  /** RFC 3339, UTC. */
  time: string;
  recordedAt?: string;
  companyId?: string;
  userId?: string;
  correlationId?: string;
  causationId?: string;
  traceparent?: string;
  data: Record<string, unknown>;
  /** Only if the node runs with `--sessions-metadata`. */
  metadata?: Record<string, unknown>;
  [name: string]: unknown;
}

/**
 * - `idle`: `connect()` was not called yet.
 * - `connecting`: asking for a token, opening the socket, or waiting for the server's hello.
 * - `live`: the server said hello; events come.
 * - `waiting`: between two attempts.
 * - `closed`: by `close()`, or by a fatal error. `connect()` starts anew.
 */
export type CarillonState = 'idle' | 'connecting' | 'live' | 'waiting' | 'closed';

/**
 * Keeps the position over a reload of the page, e.g. in sessionStorage. What `get` returns and is
 * not a position (null, "", …) counts as none. A `set` that returns a promise is not called again
 * before that has settled.
 */
export interface CarillonStorage {
  get(): number | string | null | undefined | Promise<number | string | null | undefined>;
  /** A number, or a text that begins with the history of the log, once the server has said it. */
  set(position: number | string): unknown;
}

/** Called before every attempt; `refused` says that the server did not accept the last token. */
export type CarillonTokenSource = (asked: { refused: boolean }) => string | Promise<string>;

/** What the client takes from the browser; tests put their own here. */
export interface CarillonEnvironment {
  /** Milliseconds on a clock that never goes back. */
  now(): number;
  setTimeout(callback: () => void, ms: number): unknown;
  clearTimeout(timer: any): void;
  /** In [0, 1). */
  random(): number;
  WebSocket: new (url: string, protocols: string[]) => any;
  /** Where `online` and `offline` are announced; undefined outside of browsers. */
  network?: Pick<EventTarget, 'addEventListener' | 'removeEventListener'>;
}

/**
 * What is in the events: `{ 'data.total': { $gt: 100 } }`, see docs/filters.md. A text is the JSON of
 * one, which keeps all digits of large numbers.
 */
export type CarillonFilter = string | { readonly [path: string]: unknown };

export interface CarillonOptions {
  /** Of `/ws`: ws:, wss:, http: or https:, in a page also relative to it. */
  url: string | URL;
  /** A JWT, or a function that gets one. Without it the server has to know the user otherwise. */
  token?: string | CarillonTokenSource;
  /** Event types or patterns such as `order.*`; default: everything that this user may see. */
  types?: Iterable<string>;
  /** Which of these, by what is in them; default: all. */
  filter?: CarillonFilter | null;
  /** Everything after this position first; default: what is published from now on. */
  since?: number | string;
  /** `catchup`: the server reads the log for a client that is too slow, and does not cut it off. */
  slow?: 'catchup';
  /** Milliseconds, default 500. */
  minBackoff?: number;
  /** Milliseconds, default 30,000. */
  maxBackoff?: number;
  /** A position found here goes before `since`. */
  storage?: CarillonStorage;
  environment?: Partial<CarillonEnvironment>;
}

export interface CarillonHello {
  op: 'hello';
  session: string;
  userId?: string | null;
  companyId?: string | null;
  /** The last position of the log. */
  head: number;
  heartbeatMs: number;
  /** Which history of the log the positions are of; a restored log has another one. */
  history?: string;
}

export interface CarillonStateChange {
  state: CarillonState;
  previous: CarillonState;
  /** Of the socket whose end led here; 1006 if there was no close frame. */
  closeCode?: number;
  /** Milliseconds until the next attempt; with `waiting` only. */
  retryInMs?: number;
}

/**
 * Codes of the client: `unauthenticated`, `forbidden`, `too_big`, `protocol_error` and `invalid`
 * (URL or token cannot be used) are fatal; `token` (the function failed), `storage` and
 * `position_ahead` (the log ends before our position: it is another log, or an old copy) are not.
 * What the server tells in an `error` frame has codes of its own, some of the same name, and is not
 * fatal by itself: go by `fatal`.
 */
export interface CarillonError {
  code: string;
  message: string;
  /** The client is in state `closed` and does not try again. */
  fatal: boolean;
}

export interface CarillonEventMap {
  event: CustomEvent<{ seq: number; event: CarillonMessage }>;
  /**
   * An event of the past that an operator sent again, whether it was seen before or not. It moves no
   * position, and one that is missed does not come again.
   */
  replay: CustomEvent<{ seq: number; replay: number; event: CarillonMessage }>;
  /**
   * These positions, both included, are no longer available. With a `history` the log was restored
   * from a backup, or is another one: what was seen of these positions is not in it, and events
   * follow from `from` on. Load the state anew.
   */
  gap: CustomEvent<{ from: number; to: number; history?: string }>;
  state: CustomEvent<CarillonStateChange>;
  error: CustomEvent<CarillonError>;
  hello: CustomEvent<CarillonHello>;
  subscribed: CustomEvent<{ types: string[]; filter: { readonly [path: string]: unknown } | null }>;
}

type Listener<Name extends keyof CarillonEventMap> =
  | ((event: CarillonEventMap[Name]) => unknown)
  | { handleEvent(event: CarillonEventMap[Name]): unknown }
  | null;

export class Carillon extends EventTarget {
  /** Throws TypeError or SyntaxError for options that cannot work. */
  constructor(options: CarillonOptions);

  readonly state: CarillonState;
  /** Everything up to here was seen or does not concern this client; null before the first hello without `since`. */
  readonly position: number | null;
  /** Which history of the log the position is of; null if the server never said it. */
  readonly history: string | null;
  readonly types: string[];
  readonly filter: { readonly [path: string]: unknown } | null;

  /** Starts, ends a wait, or does nothing if already under way. */
  connect(): void;
  /** Ends it; no event of any kind comes after the `state` event of this. */
  close(): void;
  /**
   * Replaces types and filter, at once or with the next connection; none = everything. What was
   * published before and was not subscribed to is not sent later. A filter that the server rejects
   * is told by an `error`, with its place, and the former subscription goes on, also after a
   * reconnection.
   */
  subscribe(types: Iterable<string>, filter?: CarillonFilter | null): void;

  addEventListener<Name extends keyof CarillonEventMap>(
    name: Name,
    listener: Listener<Name>,
    options?: boolean | AddEventListenerOptions,
  ): void;
  removeEventListener<Name extends keyof CarillonEventMap>(
    name: Name,
    listener: Listener<Name>,
    options?: boolean | EventListenerOptions,
  ): void;
}
