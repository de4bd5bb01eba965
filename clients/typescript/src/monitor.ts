/**
 * The monitoring calls of the admin port, behind the application's own authorization: what the routers
 * for Express and Fastify share.
 */
import { CarillonError } from './errors.js';
import { parseAnswer, type Answer, type QueryValue } from './http.js';
import { eventSystem } from './default.js';
import type { EventSystem } from './system.js';

/** What a request may do. */
export interface Grant {
  /** Only what belongs to this company. */
  companyId?: string;
  /** Also the calls that change something: replays, dead letters, webhooks. */
  admin?: boolean;
  /** Who it is, for the audit log of the node. */
  actor?: string;
}

/** Decides about a request: what it may do, `true` for reading everything, or nothing. */
export type Authorize<Request> = (request: Request) => Grant | boolean | null | undefined | Promise<Grant | boolean | null | undefined>;

export interface MonitorOptions<Request> {
  authorize: Authorize<Request>;
  /** Default: the one of `initializeEventSystem`. */
  system?: EventSystem;
}

interface Route {
  method: string;
  /** Below the router; `:id` stands for one segment. */
  path: string;
  to: string;
  /** How a grant for one company restricts it: by a parameter, by the member of the body, or not at all: then it is refused. */
  scope: 'query' | 'body' | 'none';
  admin?: boolean;
}

const routes: readonly Route[] = [
  { method: 'GET', path: '/events', to: '/api/events', scope: 'query' },
  { method: 'GET', path: '/events/stats', to: '/api/events/stats', scope: 'query' },
  { method: 'GET', path: '/events/types', to: '/api/events/types', scope: 'none' },
  { method: 'GET', path: '/events/webhooks', to: '/api/events/webhooks', scope: 'query' },
  { method: 'GET', path: '/events/webhooks/:id', to: '/api/events/webhooks/:id', scope: 'none' },
  { method: 'GET', path: '/events/webhooks/:id/deliveries', to: '/api/events/webhooks/:id/deliveries', scope: 'none' },
  { method: 'GET', path: '/events/deliveries/:id', to: '/api/events/deliveries/:id', scope: 'none' },
  { method: 'GET', path: '/events/websocket/stats', to: '/api/events/websocket/stats', scope: 'query' },
  { method: 'GET', path: '/events/replay', to: '/api/events/replay', scope: 'none' },
  { method: 'GET', path: '/events/replay/:id', to: '/api/events/replay/:id', scope: 'none' },
  { method: 'GET', path: '/events/:id', to: '/api/events/:id', scope: 'query' },
  { method: 'GET', path: '/consumers', to: '/api/consumers', scope: 'none' },
  { method: 'GET', path: '/consumers/:id', to: '/api/consumers/:id', scope: 'none' },
  { method: 'GET', path: '/dead-letters', to: '/api/dead-letters', scope: 'query' },
  { method: 'GET', path: '/jobs', to: '/api/jobs', scope: 'query' },
  { method: 'GET', path: '/metrics', to: '/api/metrics', scope: 'query' },
  { method: 'GET', path: '/audit', to: '/api/audit', scope: 'query' },
  { method: 'GET', path: '/notifications', to: '/api/notifications', scope: 'query' },
  { method: 'POST', path: '/events/replay', to: '/api/events/replay', scope: 'none', admin: true },
  { method: 'POST', path: '/events/webhooks', to: '/api/events/webhooks', scope: 'body', admin: true },
  { method: 'DELETE', path: '/events/webhooks/:id', to: '/api/events/webhooks/:id', scope: 'none', admin: true },
  { method: 'POST', path: '/events/deliveries/:id/retry', to: '/api/events/deliveries/:id/retry', scope: 'none', admin: true },
  { method: 'POST', path: '/dead-letters/:id/retry', to: '/api/dead-letters/:id/retry', scope: 'none', admin: true },
  { method: 'POST', path: '/dead-letters/:id/discard', to: '/api/dead-letters/:id/discard', scope: 'none', admin: true },
  { method: 'POST', path: '/consumers/:id/pause', to: '/api/consumers/:id/pause', scope: 'none', admin: true },
  { method: 'POST', path: '/consumers/:id/resume', to: '/api/consumers/:id/resume', scope: 'none', admin: true },
];

export interface MonitorRequest {
  method: string;
  /** Below the router, without the query. */
  path: string;
  query: URLSearchParams;
  /** Parsed JSON, or undefined. */
  body: unknown;
}

export interface MonitorAnswer {
  status: number;
  contentType: string;
  text: string;
}

const knownHeaders = { actor: 'Carillon-Actor' };
const controlCharacters = /[^\x20-\x7e]/g;

/** Answers a monitoring call; null if the path is none, so that the application may go on. */
export async function monitor<Request>(options: MonitorOptions<Request>, request: Request, call: MonitorRequest): Promise<MonitorAnswer | null> {
  const method = call.method === 'HEAD' ? 'GET' : call.method;
  const found = routes.map((route) => ({ route, target: targetOf(route, call.path) })).filter(({ target }) => target !== null);
  if (found.length === 0) return null;
  const match = found.find(({ route }) => route.method === method);
  if (!match || match.target === null) return refusal(405, 'method_not_allowed', 'this path does not take the method');
  const granted = await options.authorize(request);
  if (granted === false || granted === null || granted === undefined) return refusal(403, 'forbidden', 'not permitted');
  const grant: Grant = granted === true ? {} : granted;
  const { route, target } = match;
  if (route.admin && !grant.admin) return refusal(403, 'forbidden', 'this call changes something, and needs a grant as admin');
  const query: Record<string, QueryValue> = {};
  for (const [name, value] of call.query) query[name] = value;
  let body = call.body;
  if (grant.companyId !== undefined) {
    if (route.scope === 'none') return refusal(403, 'forbidden', 'this call is not for one company');
    // What only who runs the node may permit, a company may not by way of this application's key.
    if (route.scope === 'body' && typeof body === 'object' && body !== null && 'privateTargets' in body) return refusal(403, 'forbidden', 'privateTargets is not for one company to give');
    if (route.scope === 'query') query.companyId = grant.companyId;
    else body = { ...(typeof body === 'object' ? body : {}), companyId: grant.companyId };
  }
  const headers: Record<string, string> = grant.actor === undefined ? {} : { [knownHeaders.actor]: grant.actor.replace(controlCharacters, '?').slice(0, 128) };
  const system = options.system ?? eventSystem();
  try {
    const sent = method === 'GET' || body === undefined ? {} : { body };
    const answer = await system.admin.attempt({ method: method as 'GET', path: target, query, headers, ...sent }, 30_000);
    return forwarded(answer);
  } catch (error) {
    if (!(error instanceof CarillonError)) throw error;
    return refusal(502, 'unreachable', 'the node does not answer');
  }
}

/** What the node says of its own credentials is no matter of the caller. */
function forwarded(answer: Answer): MonitorAnswer {
  if (answer.status === 401) return refusal(502, 'unreachable', 'the node does not accept the key of this application');
  if (answer.text !== '' && answer.status < 400) parseAnswer(answer);
  return { status: answer.status, contentType: answer.headers.get('content-type') ?? 'application/json', text: answer.text };
}

function targetOf(route: Route, path: string): string | null {
  const wanted = route.path.split('/');
  const given = path.replace(/\/$/, '').split('/');
  if (wanted.length !== given.length) return null;
  let id = '';
  for (let index = 0; index < wanted.length; index += 1) {
    if (wanted[index] === ':id') id = given[index] ?? '';
    else if (wanted[index] !== given[index]) return null;
  }
  // An encoded slash or dot stays one segment, and cannot lead to another path of the node.
  if (wanted.includes(':id') && (id === '' || id === '.' || id === '..')) return null;
  try {
    return route.to.replace(':id', () => encodeURIComponent(decodeURIComponent(id)));
  } catch {
    return null;
  }
}

function refusal(status: number, code: string, detail: string): MonitorAnswer {
  const text = JSON.stringify({ type: `urn:carillon:problem:${code}`, title: detail, status, code, detail });
  return { status, contentType: 'application/problem+json', text };
}
