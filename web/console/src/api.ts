// The documented API of the admin port. Types come from docs/openapi.yaml, so a call that is not documented does not compile.
import type { components, paths } from './generated/openapi';
import { asSentence, words } from './ui/words';

export type Schemas = components['schemas'];
type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';
type PathsOf<M extends Method> = {
  [P in keyof paths]: paths[P] extends { [K in M]: { responses: unknown } } ? P : never;
}[keyof paths];
type OperationOf<M extends Method, P extends keyof paths> = paths[P] extends { [K in M]: infer O } ? O : never;
type JsonOf<R> = R extends { content: { 'application/json': infer J } } ? J : undefined;
type AnswerOf<O> = O extends { responses: infer R } ? JsonOf<R[keyof R & (200 | 201 | 202 | 204)]> : never;
type QueryOf<O> = O extends { parameters: { query?: infer Q } } ? Q : never;
type BodyOf<O> = O extends { requestBody?: { content: { 'application/json': infer B } } } ? B : undefined;

/** What the node refused, and why; status 0 is no answer at all. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    detail: string,
    readonly field?: string,
  ) {
    super(detail);
  }
}

/** Longest wait for an answer; the node's own default is 30 s. */
const deadlineMs = 40_000;
const keyName = 'carillon.key';
let key = readKey();
let onUnauthenticated: () => void = () => {};
let base = '';
let renew: () => Promise<boolean> = async () => false;

function readKey(): string {
  try {
    return sessionStorage.getItem(keyName) ?? '';
  } catch {
    return ''; // storage is blocked: the key lives as long as the page
  }
}

/** The key is kept for this tab only, and never becomes part of an address. */
export function setKey(value: string): void {
  key = value;
  try {
    if (value) sessionStorage.setItem(keyName, value);
    else sessionStorage.removeItem(keyName);
  } catch {
    // see readKey
  }
}

/**
 * For the portal, whose calls are elsewhere, and whose tokens end.
 * @param at what stands before `/api`
 * @param next gets another token when one is refused; answers whether there is one
 */
export function configure(at: string, next: () => Promise<boolean>): void {
  base = at;
  renew = next;
}

/** A token that is kept in memory only. */
export function setToken(value: string): void {
  key = value;
}

export const hasKey = (): boolean => key !== '';

export function whenUnauthenticated(run: () => void): void {
  onUnauthenticated = run;
}

type Values = Record<string, string | number | boolean | null | undefined>;

function address(template: string, path: Values, query: Values): string {
  const filled = template.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = path[name];
    if (value === undefined || value === null) throw new Error(`${template} needs ${name}`);
    // Browsers take these for steps in a path, however they are escaped: it would be another call.
    if (value === '.' || value === '..') throw new Problem(404, 'not_found', `a browser cannot ask for "${value}"; the command line can`);
    return encodeURIComponent(String(value));
  });
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query))
    if (value !== undefined && value !== null && value !== '') search.set(name, String(value));
  const text = search.toString();
  return text ? `${filled}?${text}` : filled;
}

async function problemOf(response: Response): Promise<Problem> {
  const text = await response.text();
  try {
    const body = JSON.parse(text) as { code?: string; detail?: string; title?: string; field?: string };
    const detail = body.detail ?? body.title ?? response.statusText;
    return new Problem(response.status, body.code ?? 'internal', body.field ? `${body.field}: ${detail}` : detail, body.field);
  } catch {
    return new Problem(response.status, 'internal', `the node answered ${response.status}`);
  }
}

async function send(method: Method, url: string, body: unknown, signal?: AbortSignal, again = false): Promise<Response> {
  const headers: Record<string, string> = {};
  if (key) headers['Authorization'] = `Bearer ${key}`;
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  const deadline = AbortSignal.timeout(deadlineMs);
  let response: Response;
  try {
    response = await fetch(base + url, {
      method: method.toUpperCase(),
      headers,
      // A text is JSON already.
      body: body === undefined || typeof body === 'string' ? body : JSON.stringify(body),
      signal: signal ? AbortSignal.any([signal, deadline]) : deadline,
      cache: 'no-store',
      // Without them browsers would not show their user's certificate, which the port may ask for. The node has no cookies.
      credentials: 'same-origin',
      redirect: 'error',
      referrerPolicy: 'no-referrer',
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Problem(0, 'unreachable', deadline.aborted ? words.late : words.unreachable);
  }
  if (response.ok || response.status === 503 && url === '/readyz') return response;
  if (response.status === 401 && !again && (await renew())) return send(method, url, body, signal, true);
  const problem = await problemOf(response);
  if (response.status === 401) onUnauthenticated();
  throw problem;
}

export interface Parts<O> {
  path?: Values;
  query?: QueryOf<O>;
  body?: BodyOf<O>;
  signal?: AbortSignal;
}

/** A call with a JSON answer. Throws `Problem`. */
export async function call<M extends Method, P extends PathsOf<M>>(
  method: M,
  path: P,
  parts: Parts<OperationOf<M, P>> = {},
): Promise<AnswerOf<OperationOf<M, P>>> {
  const url = address(path as string, parts.path ?? {}, (parts.query ?? {}) as Values);
  const response = await send(method, url, parts.body, parts.signal);
  const text = await response.text();
  return (text === '' ? undefined : JSON.parse(text)) as AnswerOf<OperationOf<M, P>>;
}

/** A GET whose answer is text. */
export async function text(path: PathsOf<'get'>, query: Values = {}, signal?: AbortSignal): Promise<string> {
  return (await send('get', address(path as string, {}, query), undefined, signal)).text();
}

/** The file of a GET. */
export async function file(path: PathsOf<'get'>, parts: { path: Values; query?: Values }): Promise<Blob> {
  return (await send('get', address(path as string, parts.path, parts.query ?? {}), undefined)).blob();
}

/** What a person reads of an error. */
export function said(error: unknown): string {
  if (error instanceof Problem) return asSentence(error.message, error.code);
  return error instanceof Error ? asSentence(error.message) : String(error);
}
