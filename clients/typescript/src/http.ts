import { Backoff } from './backoff.js';
import { asError, pause, type Environment } from './environment.js';
import { CarillonError, DeadlineError, messageOf } from './errors.js';

export type QueryValue = string | number | boolean | Date | undefined | null | readonly string[];

export interface Call {
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below the base URL, such as `/api/events`. */
  path: string;
  query?: Readonly<Record<string, QueryValue>>;
  /** A value, sent as JSON, or a text that is JSON. */
  body?: unknown;
  /** For all attempts together, in milliseconds; without it 30 s. */
  deadlineMs?: number | undefined;
  /** It may be sent again, whatever became of it. Default: of GET and PUT. */
  repeatable?: boolean;
  signal?: AbortSignal | undefined;
  headers?: Readonly<Record<string, string>>;
}

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
}

/** One port of the node: its base URL, the key, and the runtime that calls it. */
export class Port {
  readonly base: string;
  readonly key: string | undefined;
  readonly environment: Environment;

  constructor(base: string, key: string | undefined, environment: Environment) {
    const url = new URL(base);
    if (url.protocol !== 'http:' && url.protocol !== 'https:') throw new TypeError(`${base} is no URL of http or https`);
    this.base = url.href.replace(/\/+$/, '');
    this.key = key;
    this.environment = environment;
  }

  url(path: string, query: Readonly<Record<string, QueryValue>> = {}): string {
    const parts = Object.entries(query).flatMap(([name, value]) => {
      if (value === undefined || value === null) return [];
      const text = value instanceof Date ? value.toISOString() : typeof value === 'object' ? value.join(',') : String(value);
      return [`${encodeURIComponent(name)}=${encodeURIComponent(text)}`];
    });
    return this.base + path + (parts.length > 0 ? `?${parts.join('&')}` : '');
  }

  /** The headers of every request. */
  headers(more: Readonly<Record<string, string>> = {}): Record<string, string> {
    return { ...(this.key === undefined ? {} : { Authorization: `Bearer ${this.key}` }), ...more };
  }

  /** One attempt. Throws `unreachable` if there is no whole answer; a status is an answer, whatever it is. */
  async attempt(call: Call, timeoutMs: number): Promise<Answer> {
    const controller = new AbortController();
    const timer = this.environment.setTimeout(() => {
      controller.abort(new CarillonError('unreachable', `no answer within ${timeoutMs} ms`));
    }, timeoutMs);
    const onAbort = (): void => {
      controller.abort(call.signal?.reason);
    };
    if (call.signal?.aborted) onAbort();
    call.signal?.addEventListener('abort', onAbort, { once: true });
    const hasBody = call.body !== undefined;
    try {
      const answer = await this.environment.fetch(this.url(call.path, call.query), {
        method: call.method ?? 'GET',
        headers: this.headers({ ...(hasBody ? { 'Content-Type': 'application/json' } : {}), ...call.headers }),
        body: hasBody ? (typeof call.body === 'string' ? call.body : JSON.stringify(call.body)) : null,
        signal: controller.signal,
      });
      return { status: answer.status, headers: answer.headers, text: await answer.text() };
    } catch (error) {
      if (call.signal?.aborted) throw asError(call.signal.reason);
      const reason: unknown = controller.signal.aborted ? controller.signal.reason : error;
      throw reason instanceof CarillonError ? reason : new CarillonError('unreachable', `${this.base}: ${messageOf(reason)}`, { cause: reason });
    } finally {
      this.environment.clearTimeout(timer);
      call.signal?.removeEventListener('abort', onAbort);
    }
  }

  /**
   * Calls until there is an answer other than "come again later", within the deadline. A change whose
   * connection broke is not repeated: it may have been made.
   * @throws CarillonError with the code of the refusal
   */
  async call(call: Call): Promise<Answer> {
    const { environment } = this;
    const end = environment.now() + (call.deadlineMs ?? 30_000);
    const backoff = new Backoff(50, 5_000, () => environment.random());
    const repeatable = call.repeatable ?? ((call.method ?? 'GET') === 'GET' || call.method === 'PUT');
    for (;;) {
      let answer: Answer | undefined;
      let failure: CarillonError | undefined;
      try {
        answer = await this.attempt(call, Math.max(1, end - environment.now()));
      } catch (error) {
        if (!(error instanceof CarillonError) || error.code !== 'unreachable') throw error;
        if (!repeatable && !neverSent(error)) throw error;
        failure = error;
      }
      if (answer && answer.status < 400) return answer;
      failure ??= problemOf(answer as Answer);
      if (answer && (!isTemporary(failure) || (answer.status === 504 && !repeatable))) throw failure;
      const wait = backoff.failed(failure.retryAfterMs);
      if (environment.now() + wait >= end) {
        throw new DeadlineError(`${call.method ?? 'GET'} ${call.path} did not succeed in time: ${failure.message}`, failure);
      }
      await pause(environment, wait, call.signal);
    }
  }

  /** As `call`, with the JSON of the answer; `undefined` for an empty one. */
  async json<T>(call: Call): Promise<T> {
    const answer = await this.call(call);
    return (answer.text === '' ? undefined : parseAnswer(answer)) as T;
  }
}

/** The JSON of an answer. */
export function parseAnswer(answer: Answer): unknown {
  try {
    return JSON.parse(answer.text) as unknown;
  } catch (error) {
    throw new CarillonError('protocol', `the answer (${answer.status}) is no JSON`, { status: answer.status, cause: error });
  }
}

/** A problem document (RFC 9457), as an answer or as a verdict holds it. */
export interface Problem {
  code?: string;
  title?: string;
  detail?: string;
  status?: number;
  field?: string;
}

/** A refusal as an error; also of what is no problem document, as a proxy answers it. */
export function problemOf(answer: Answer): CarillonError {
  let problem: Problem = {};
  try {
    const parsed = JSON.parse(answer.text) as unknown;
    if (typeof parsed === 'object' && parsed !== null) problem = parsed;
  } catch {
    // A proxy's page.
  }
  return errorOf({ ...problem, status: answer.status }, retryAfter(answer.headers.get('retry-after')));
}

export function errorOf(problem: Problem, retryAfterMs?: number): CarillonError {
  const status = problem.status ?? 0;
  const code = problem.code ?? (status === 429 ? 'quota_exceeded' : status === 502 || status === 503 || status === 504 ? 'overloaded' : 'protocol');
  const text = problem.detail ?? problem.title ?? `HTTP ${status}`;
  return new CarillonError(code, text, { status, field: problem.field, retryAfterMs });
}

/** Whether the node asks to come again. */
export function isTemporary(error: CarillonError): boolean {
  return error.status === 429 || error.status === 502 || error.status === 503 || error.status === 504 || error.status === 408;
}

/** Whether the request surely did not reach the node. */
function neverSent(error: CarillonError): boolean {
  let cause: unknown = error;
  for (let depth = 0; depth < 5 && cause instanceof Error; depth += 1) {
    const code = (cause as { code?: unknown }).code;
    if (code === 'ECONNREFUSED' || code === 'ENOTFOUND' || code === 'EAI_AGAIN' || code === 'ConnectionRefused') return true;
    cause = cause.cause;
  }
  return false;
}

/** `Retry-After` in milliseconds, of either form; undefined if there is none. */
export function retryAfter(value: string | null, now: number = Date.now()): number | undefined {
  if (value === null) return undefined;
  if (/^\s*\d+\s*$/.test(value)) return Number(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
