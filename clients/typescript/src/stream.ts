import { CarillonError } from './errors.js';
import type { PayloadFilter } from './filter.js';
import type { Port } from './http.js';
import { LiveStream } from './live.js';
import type { CarillonEvent, EventPattern } from './types.js';

export interface StreamOptions<P extends EventPattern = '*'> {
  types?: P | readonly P[];
  /** Which of them, by what is in them. */
  filter?: PayloadFilter;
  /** A bookmark, or a position; 0 is the beginning of the log. Without it, events from now on. */
  since?: string | number | undefined;
  /** Only events of this company. */
  companyId?: string;
  /** The log no longer has these positions. Without this function they end the stream with an error. */
  onGap?: (from: number, to: number) => void;
  /** Ends the stream, without an error. */
  signal?: AbortSignal;
}

export interface StreamedEvent<P extends EventPattern = '*'> {
  event: CarillonEvent<P>;
  /** Where to resume after the event. */
  bookmark: string;
}

/** Events of a log stream, handed over one at a time: the stream waits until the loop asks for the next. */
export async function* streamEvents(port: Port, options: StreamOptions<EventPattern>): AsyncGenerator<StreamedEvent> {
  const offers: StreamedEvent[] = [];
  /** Lets the stream go on after the event that is offered, or is with the loop. */
  let goOn: () => void = () => undefined;
  let ended = false;
  let failure: Error | undefined;
  let changed: () => void = () => undefined;
  const end = (reason?: Error): void => {
    ended = true;
    failure ??= reason;
    changed();
  };
  // Functions, since the compiler does not see that callbacks change the variables.
  const isEnded = (): boolean => ended;
  const failureOf = (): Error | undefined => failure;
  const onAbort = (): void => {
    end();
  };
  if (options.signal?.aborted) return;
  const types = options.types ?? '*';
  const stream = new LiveStream(port, {
    types: typeof types === 'string' ? [types] : types,
    filter: options.filter,
    since: options.since,
    companyId: options.companyId,
    onGap: (from, to) => {
      if (options.onGap) options.onGap(from, to);
      else end(new CarillonError('not_found', `the log no longer has the events ${from} to ${to}`));
    },
    onEvent: (event, replay, bookmark) =>
      new Promise((resolve) => {
        if (ended || replay !== undefined) {
          resolve();
          return;
        }
        offers.push({ event, bookmark });
        goOn = resolve;
        changed();
      }),
    onState: (state, reason) => {
      if (state === 'closed') end(reason);
    },
  });
  options.signal?.addEventListener('abort', onAbort, { once: true });
  try {
    for (;;) {
      const next = offers.shift();
      if (isEnded()) break;
      if (next) {
        yield next;
        goOn();
      } else {
        await new Promise<void>((resolve) => {
          changed = resolve;
        });
      }
    }
    const reason = failureOf();
    if (reason) throw reason;
  } finally {
    ended = true;
    options.signal?.removeEventListener('abort', onAbort);
    const closed = stream.close();
    goOn();
    await closed;
  }
}
