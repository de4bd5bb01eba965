import { monitor, type MonitorOptions } from './monitor.js';

export type { Authorize, Grant, MonitorOptions } from './monitor.js';

/** What the router uses of a request of Express, version 4 or 5. */
export interface ExpressRequest {
  method: string;
  url: string;
  body?: unknown;
}

export interface ExpressResponse {
  status(code: number): unknown;
  setHeader(name: string, value: string): unknown;
  end(text: string): unknown;
}

/**
 * Monitoring calls behind the application's own authorization:
 * `app.use('/api/monitoring', carillonRouter({ authorize: (request) => request.user?.isAdmin }))`.
 * Changes need `express.json()` before it.
 */
export function carillonRouter<Request extends ExpressRequest = ExpressRequest>(options: MonitorOptions<Request>): (request: Request, response: ExpressResponse, next: (error?: unknown) => void) => void {
  return (request, response, next) => {
    const url = new URL(request.url, 'http://localhost');
    monitor(options, request, { method: request.method, path: url.pathname, query: url.searchParams, body: request.body }).then((answer) => {
      if (!answer) {
        next();
        return;
      }
      response.status(answer.status);
      response.setHeader('Content-Type', answer.contentType);
      response.setHeader('Cache-Control', 'no-store');
      response.end(answer.text);
    }, next);
  };
}
