// An application whose page shows the portal, as examples/portal has it; a test decides what it answers.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { sourceFile } from '../../peers/node_fixture.mjs';

/**
 * @param {string} portal the portal's URL
 * @param {() => Promise<string>} makeToken
 * @returns {Promise<{url: string, asked: number, makeToken: () => Promise<string>}>} `asked`: how often a page wanted a token
 */
export async function startApplication(t, portal, makeToken, host = '127.0.0.1') {
  const app = { asked: 0, makeToken };
  const script = readFileSync(sourceFile('examples/portal/plain/portal.js'), 'utf8');
  const page = `<!doctype html><html lang="en"><title>An application</title><iframe id="portal" title="Webhooks" style="width: 100%; height: 600px"></iframe>
<script type="module">
import { showPortal } from '/portal.js';
showPortal(document.getElementById('portal'), { url: ${JSON.stringify(portal)}, getToken: async () => {
  const answer = await fetch('/token', { method: 'POST' });
  return answer.ok ? answer.text() : new Promise(() => {});
} });
</script></html>`;
  const server = createServer((request, response) => {
    if (request.url === '/portal.js') return response.writeHead(200, { 'Content-Type': 'text/javascript' }).end(script);
    if (request.url !== '/token') return response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' }).end(page);
    app.asked += 1;
    return app.makeToken().then((x) => response.writeHead(200).end(x), () => response.writeHead(503).end());
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  app.url = `http://${host}:${server.address().port}/`;
  return app;
}
