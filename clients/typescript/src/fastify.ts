import { monitor, type MonitorOptions } from './monitor.js';

export type { Authorize, Grant, MonitorOptions } from './monitor.js';

/** What the plugin uses of Fastify, version 4 or 5. */
export interface FastifyLikeRequest {
  method: string;
  url: string;
  body?: unknown;
}

export interface FastifyLikeReply {
  code(status: number): FastifyLikeReply;
  header(name: string, value: string): FastifyLikeReply;
  send(payload?: unknown): FastifyLikeReply;
  callNotFound(): unknown;
}

export interface FastifyLike<Request, Reply> {
  prefix: string;
  all(path: string, handler: (request: Request, reply: Reply) => Promise<unknown>): unknown;
}

/**
 * Monitoring calls behind the application's own authorization:
 * `fastify.register(carillonPlugin({ authorize: (request) => request.user?.isAdmin }), { prefix: '/api/monitoring' })`.
 */
export function carillonPlugin<Request extends FastifyLikeRequest = FastifyLikeRequest, Reply extends FastifyLikeReply = FastifyLikeReply>(
  options: MonitorOptions<Request>,
): (fastify: FastifyLike<Request, Reply>) => Promise<void> {
  return (fastify) => {
    fastify.all('/*', async (request, reply) => {
      const url = new URL(request.url, 'http://localhost');
      const path = url.pathname.startsWith(fastify.prefix) ? url.pathname.slice(fastify.prefix.length) : url.pathname;
      const body = request.body ?? undefined;
      const answer = await monitor(options, request, { method: request.method, path, query: url.searchParams, body });
      if (!answer) return reply.callNotFound();
      return reply.code(answer.status).header('Content-Type', answer.contentType).header('Cache-Control', 'no-store').send(answer.text);
    });
    return Promise.resolve();
  };
}
