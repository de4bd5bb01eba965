import { CarillonError } from './errors.js';

/** The part of the standard WebSocket that the client uses; `ws` of npm has it as well. */
export interface WebSocketLike {
  readonly protocol: string;
  readonly readyState: number;
  readonly bufferedAmount: number;
  onopen: ((event: never) => void) | null;
  onmessage: ((event: never) => void) | null;
  onclose: ((event: never) => void) | null;
  onerror: ((event: never) => void) | null;
  send(text: string): void;
  close(code?: number, reason?: string): void;
}

/** Opens a WebSocket with request headers, which runtimes on servers can send. */
export type OpenWebSocket = (url: string, protocols: string[], headers: Readonly<Record<string, string>>) => WebSocketLike;

/** What the client takes from the runtime. Tests replace parts of it. */
export interface Environment {
  fetch: typeof globalThis.fetch;
  /** The runtime's own, or that of the package `ws`. */
  webSocket(): Promise<OpenWebSocket>;
  /** Milliseconds since 1970. */
  now(): number;
  random(): number;
  setTimeout(callback: () => void, ms: number): unknown;
  clearTimeout(timer: unknown): void;
}

type OwnWebSocket = new (url: string, options: { protocols: string[]; headers: Readonly<Record<string, string>> }) => WebSocketLike;
type PackageWebSocket = new (url: string, protocols: string[], options: { headers: Readonly<Record<string, string>> }) => WebSocketLike;

async function findWebSocket(): Promise<OpenWebSocket> {
  const Own = (globalThis as { WebSocket?: OwnWebSocket }).WebSocket;
  // Node.js 22, Bun and Deno take headers beside the protocols.
  if (Own) return (url, protocols, headers) => new Own(url, { protocols, headers });
  // The name is no literal, so that bundlers do not ask for a package that most runtimes need not have.
  const name = 'ws';
  try {
    const loaded = (await import(name)) as { WebSocket?: PackageWebSocket; default?: PackageWebSocket };
    const Found = loaded.WebSocket ?? loaded.default;
    if (Found) return (url, protocols, headers) => new Found(url, protocols, { headers });
  } catch (error) {
    throw new CarillonError('not_configured', 'this runtime has no WebSocket: run `npm install ws`, or use Node.js 22, Bun or Deno', {
      cause: error,
    });
  }
  throw new CarillonError('not_configured', 'the package `ws` has no WebSocket');
}

export const runtime: Environment = {
  fetch: (input, init) => globalThis.fetch(input, init),
  webSocket: findWebSocket,
  now: () => Date.now(),
  random: () => Math.random(),
  setTimeout: (callback, ms) => globalThis.setTimeout(callback, ms),
  clearTimeout: (timer) => {
    globalThis.clearTimeout(timer as ReturnType<typeof globalThis.setTimeout>);
  },
};

/** Waits; ends early when `signal` aborts, and then throws its reason. */
export function pause(environment: Environment, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(asError(signal.reason));
      return;
    }
    const onAbort = (): void => {
      environment.clearTimeout(timer);
      reject(asError(signal?.reason));
    };
    const timer = environment.setTimeout(() => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    }, ms);
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

/** The reason of an abort, which may be anything. */
export function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason));
}

/** Runs after the calls of this turn of the event loop. */
export function afterThisTurn(callback: () => void): void {
  if (typeof setImmediate === 'function') setImmediate(callback);
  else globalThis.setTimeout(callback, 0);
}
