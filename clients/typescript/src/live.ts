import { Backoff } from './backoff.js';
import { asError, pause } from './environment.js';
import { asCarillonError, CarillonError } from './errors.js';
import { isTemporary, problemOf, type Port } from './http.js';
import { StreamParser, type StreamMessage } from './sse.js';
import { filterText, type PayloadFilter } from './filter.js';
import type { CarillonEvent } from './types.js';

export interface LiveOptions {
  types: readonly string[];
  /** Which of them, by what is in them. */
  filter?: PayloadFilter | undefined;
  /** Events after this position, or this bookmark, come first; without it, those from now on. */
  since?: number | string | undefined;
  /** Of a log stream: only events of this company. */
  companyId?: string | undefined;
  /** A JSON Web Token of a user, instead of the key of the service. */
  token?: (() => string | Promise<string>) | undefined;
  /** Whose session it is, with a node that runs with `--dev`. */
  identity?: { userId?: string | undefined; companyId?: string | undefined } | undefined;
  /** `bookmark` is where to resume after the event. */
  onEvent: (event: CarillonEvent, replay: number | undefined, bookmark: string) => void | Promise<void>;
  /**
   * The log no longer has these positions. With a `history` the log was restored from a backup, or is another
   * one: what was seen of these positions is not in it, and events come from `from` on.
   */
  onGap?: ((from: number, to: number, history?: string) => void) | undefined;
  onState?: ((state: LiveState, reason?: CarillonError) => void) | undefined;
}

export type LiveState = 'connecting' | 'live' | 'waiting' | 'closed';

/** Without a byte for so long, a stream is given up; the node sends a position every 25 s. */
const silentMs = 65_000;
const connectMs = 10_000;
const stableMs = 5_000;
/** Codes of `end` and of statuses after which another attempt would end in the same way. */
const finalCodes = new Set([4003, 4009]);

/** The position of a bookmark, `<mark>.<seq>` with an API key and `<history>.<seq>` with a token; NaN of other texts. */
export function positionOf(bookmark: string): number {
  const text = bookmark.slice(bookmark.indexOf('.') + 1);
  const seq = /^\d+$/.test(text) ? Number(text) : NaN;
  return Number.isSafeInteger(seq) ? seq : NaN;
}

/**
 * A stream of events over `GET /api/events/stream`: in order, resumed after lost connections without a
 * gap or a duplicate. `onEvent` is awaited, so a slow receiver slows the stream: the node then reads the
 * log for it.
 */
export class LiveStream {
  readonly #port: Port;
  readonly #options: LiveOptions;
  readonly #stop = new AbortController();
  readonly #backoff: Backoff;
  #position: number | undefined;
  /** The same as the node says it, with a mark of the event of an API key's stream, or the history of a user's. */
  #bookmark: string | undefined;
  #rejected = 0;
  readonly done: Promise<void>;
  /** Resolves with the first hello; rejects if the node refuses the stream for good. */
  readonly ready: Promise<void>;
  #resolveReady: () => void = () => undefined;
  #rejectReady: (error: Error) => void = () => undefined;

  constructor(port: Port, options: LiveOptions) {
    this.#port = port;
    this.#options = options;
    if (options.filter) filterText(options.filter);
    if (options.since !== undefined) this.#reach(String(options.since), positionOf(String(options.since)));
    this.#backoff = new Backoff(200, 30_000, () => port.environment.random());
    this.ready = new Promise<void>((resolve, reject) => {
      this.#resolveReady = resolve;
      this.#rejectReady = reject;
    });
    this.ready.catch(() => undefined);
    this.done = this.#run();
  }

  /** Everything up to there was handed over. */
  get position(): number | undefined {
    return this.#position;
  }

  async close(): Promise<void> {
    this.#stop.abort(new CarillonError('closed', 'the subscription was ended'));
    await this.done;
  }

  async #run(): Promise<void> {
    const { environment } = this.#port;
    while (!this.#stop.signal.aborted) {
      const begun = environment.now();
      let failure: CarillonError;
      let leastMs = 0;
      try {
        this.#options.onState?.('connecting');
        leastMs = await this.#connect();
        failure = new CarillonError('unreachable', 'the stream ended');
      } catch (error) {
        failure = asCarillonError(error);
        leastMs = failure.retryAfterMs ?? 0;
      }
      if (this.#isStopped()) break;
      if (this.#isFinal(failure)) {
        this.#rejectReady(failure);
        this.#options.onState?.('closed', failure);
        return;
      }
      if (environment.now() - begun >= stableMs) this.#backoff.succeeded();
      this.#options.onState?.('waiting', failure);
      try {
        await pause(environment, this.#backoff.failed(leastMs), this.#stop.signal);
      } catch {
        break;
      }
    }
    this.#rejectReady(asError(this.#stop.signal.reason));
    this.#options.onState?.('closed');
  }

  #isStopped(): boolean {
    return this.#stop.signal.aborted;
  }

  #isFinal(failure: CarillonError): boolean {
    if (failure.code === 'unreachable' || isTemporary(failure)) return false;
    // An expired token is fetched anew, once.
    if (failure.code === 'unauthenticated' && this.#options.token && this.#rejected < 1) {
      this.#rejected += 1;
      return false;
    }
    return true;
  }

  /** One stream, until it ends. Returns the pause that the node asked for, in milliseconds. */
  async #connect(): Promise<number> {
    const { environment } = this.#port;
    const { types, filter, token, identity } = this.#options;
    const ended = new AbortController();
    const onStop = (): void => {
      ended.abort(this.#stop.signal.reason);
    };
    this.#stop.signal.addEventListener('abort', onStop, { once: true });
    let timer: unknown;
    const watch = (ms: number): void => {
      environment.clearTimeout(timer);
      timer = environment.setTimeout(() => {
        ended.abort(new CarillonError('unreachable', `nothing came for ${ms} ms`));
      }, ms);
    };
    try {
      watch(connectMs);
      const bearer = token ? await token() : this.#port.key;
      const url = this.#port.url('/api/events/stream', {
        types: types.includes('*') ? undefined : types.join(','),
        filter: filter && filterText(filter),
        since: this.#bookmark,
        companyId: this.#options.companyId,
        slow: 'catchup',
        user: identity?.userId,
        company: identity?.companyId,
      });
      const headers: Record<string, string> = { Accept: 'text/event-stream', ...(bearer === undefined ? {} : { Authorization: `Bearer ${bearer}` }) };
      const answer = await environment.fetch(url, { headers, signal: ended.signal });
      if (!answer.ok) throw problemOf({ status: answer.status, headers: answer.headers, text: await answer.text() });
      if (!answer.body) throw new CarillonError('protocol', 'the stream has no body');
      const parser = new StreamParser();
      const decoder = new TextDecoder();
      const reader = (answer.body as ReadableStream<Uint8Array>).getReader();
      for (;;) {
        watch(silentMs);
        const { done, value } = await reader.read();
        environment.clearTimeout(timer);
        if (done) return parser.retryMs ?? 0;
        for (const message of parser.push(decoder.decode(value, { stream: true }))) {
          if (this.#isStopped()) return 0;
          await this.#take(message);
        }
      }
    } catch (error) {
      throw ended.signal.aborted ? asError(ended.signal.reason) : error;
    } finally {
      environment.clearTimeout(timer);
      this.#stop.signal.removeEventListener('abort', onStop);
      ended.abort();
    }
  }

  #reach(bookmark: string, position: number): void {
    this.#bookmark = bookmark;
    this.#position = position;
  }

  async #take(message: StreamMessage): Promise<void> {
    if (message.event === 'message') {
      const seq = positionOf(message.id);
      const isNew = seq > (this.#position ?? -1);
      if (message.data !== '' && isNew) await this.#options.onEvent(JSON.parse(message.data) as CarillonEvent, undefined, message.id);
      if (isNew) this.#reach(message.id, seq);
      return;
    }
    if (message.data === '') return;
    const content = JSON.parse(message.data) as Record<string, unknown>;
    if (message.event === 'hello') {
      const head = typeof content.history === 'string' ? `${content.history}.${String(content.head)}` : String(content.head);
      const begin = typeof content.bookmark === 'string' ? content.bookmark : head;
      if (this.#position === undefined) this.#reach(begin, positionOf(begin));
      this.#rejected = 0;
      this.#resolveReady();
      this.#options.onState?.('live');
    } else if (message.event === 'replay') {
      await this.#options.onEvent(content.event as CarillonEvent, Number(content.replay), '');
    } else if (message.event === 'gap' && typeof content.after === 'number') {
      this.#options.onGap?.(Number(content.from), Number(content.to), String(content.history));
      this.#reach(`${String(content.history)}.${content.after}`, content.after);
    } else if (message.event === 'gap') {
      this.#options.onGap?.(Number(content.from), Number(content.to));
      const end = Math.max(this.#position ?? 0, Number(content.to));
      this.#reach(String(end), end);
    } else if (message.event === 'end') {
      const code = Number(content.code);
      if (finalCodes.has(code)) throw new CarillonError('forbidden', `the node ended the stream with ${code}`);
      if (code === 4001) throw new CarillonError('unauthenticated', 'the credentials of the stream expired');
    }
  }
}
