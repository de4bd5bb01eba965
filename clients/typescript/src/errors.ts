/**
 * What the package throws. `code` is what programs go by: a code of the node (docs/protocol.md,
 * "Refusals"), or one of the client's own below. Messages are for people.
 */

/** Codes that only the client makes. */
export type ClientCode =
  | 'unreachable' // no answer: a refused or broken connection, or a request that took too long
  | 'deadline' // the deadline of the call passed
  | 'queue_full' // there is no room for what waits to be sent
  | 'closed' // the system was closed
  | 'not_configured' // the call needs `adminUrl`, or `initializeEventSystem` was not called
  | 'protocol' // the node answered what this client does not understand
  | 'replay_failed'; // a replay ended otherwise than done

/** Codes of the node. */
export type NodeCode =
  | 'invalid_argument'
  | 'malformed_json'
  | 'schema_violation'
  | 'unknown_type'
  | 'not_found'
  | 'conflict'
  | 'unauthenticated'
  | 'forbidden'
  | 'too_large'
  | 'unsupported_media_type'
  | 'method_not_allowed'
  | 'overloaded'
  | 'store_unavailable'
  | 'store_corrupt'
  | 'store_too_new'
  | 'store_locked'
  | 'timeout'
  | 'shutting_down'
  | 'handler_failed'
  | 'internal'
  | 'store_refused'
  | 'quota_exceeded'
  | 'not_owner';

export interface ErrorDetails {
  /** HTTP status, if there was an answer. */
  status?: number | undefined;
  /** The member, parameter or header at fault. */
  field?: string | undefined;
  /** Pause that the node asked for, in milliseconds. */
  retryAfterMs?: number | undefined;
  cause?: unknown;
}

export class CarillonError extends Error {
  readonly code: ClientCode | NodeCode | (string & {});
  readonly status: number | undefined;
  readonly field: string | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(code: ClientCode | NodeCode | (string & {}), message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'CarillonError';
    this.code = code;
    this.status = details.status;
    this.field = details.field;
    this.retryAfterMs = details.retryAfterMs;
  }
}

/** Too many events, or jobs, wait to be sent. This one was not sent: fewer at a time, or wait for earlier calls. */
export class QueueFullError extends CarillonError {
  constructor(items: number, bytes: number) {
    super('queue_full', `${items} items of ${bytes} bytes wait to be sent: there is no room for another`);
    this.name = 'QueueFullError';
  }
}

/**
 * The deadline passed. An event may or may not be stored: publish it again with the same `id`, and it is
 * stored once. `cause` is what the last attempt failed with.
 */
export class DeadlineError extends CarillonError {
  constructor(what: string, cause?: unknown) {
    super('deadline', what, { cause });
    this.name = 'DeadlineError';
  }
}

/** Thrown by a handler: the delivery becomes a dead letter at once, without further attempts. */
export class DeadLetterError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'DeadLetterError';
  }
}

/** Thrown by a handler: the next attempt comes after this pause rather than by the schedule. */
export class RetryLaterError extends Error {
  readonly delayMs: number;

  constructor(message: string, delayMs: number, options?: ErrorOptions) {
    super(message, options);
    this.name = 'RetryLaterError';
    this.delayMs = delayMs;
  }
}

/** A text for people of whatever was thrown. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause;
  return cause instanceof Error && cause.message !== '' ? `${error.message}: ${cause.message}` : error.message;
}

/** Whatever was thrown, as a CarillonError. */
export function asCarillonError(error: unknown): CarillonError {
  if (error instanceof CarillonError) return error;
  return new CarillonError('unreachable', messageOf(error), { cause: error });
}
