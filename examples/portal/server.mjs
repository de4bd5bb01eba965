// The application whose settings page shows the portal: it knows who is signed in, and gives that user's page tokens for the user's company. Its
// key never leaves this process. Needs Node.js alone.
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';

const admin = process.env.CARILLON_ADMIN_URL ?? 'http://127.0.0.1:7071';
const portal = process.env.CARILLON_PORTAL_URL ?? 'http://127.0.0.1:7070/portal/';
const key = process.env.CARILLON_KEY; // a node with --dev needs none

/** Whose page it is: here everybody is Ada of the company c-1; elsewhere the session says it, and never the request. */
const whoIs = () => ({ company: 'c-1', user: 'ada', language: 'en' });

async function makeToken({ company, user }) {
  const answer = await fetch(`${admin}/api/portal-tokens`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'Carillon-Actor': user, ...(key && { Authorization: `Bearer ${key}` }) },
    body: JSON.stringify({ companyId: company, ttlSeconds: 900, may: ['endpoints', 'secrets', 'test', 'deliveries', 'resend'] }),
  });
  if (!answer.ok) throw new Error(`the node answered ${answer.status}: ${await answer.text()}`);
  return (await answer.json()).token;
}

const files = {
  '/': ['plain/index.html', 'text/html'],
  '/plain.js': ['plain/plain.js', 'text/javascript'],
  '/portal.js': ['plain/portal.js', 'text/javascript'],
  '/react': ['react/index.html', 'text/html'],
  '/react.js': ['build/react.js', 'text/javascript'],
};

async function answerTo(request) {
  const user = whoIs(request);
  if (request.method === 'POST' && request.url === '/portal-token') {
    // Only our own pages ask: browsers say from where a request comes.
    if (request.headers.origin !== `http://${request.headers.host}`) return [403, 'text/plain', 'only our own pages may ask'];
    return [200, 'application/json', JSON.stringify({ token: await makeToken(user) })];
  }
  if (request.url === '/settings.json') return [200, 'application/json', JSON.stringify({ portal, language: user.language })];
  const file = files[request.url];
  if (!file) return [404, 'text/plain', 'there is nothing here'];
  return [200, file[1], await readFile(new URL(file[0], import.meta.url))];
}

const server = createServer((request, response) => {
  answerTo(request).catch((error) => {
    console.error(error.message);
    return [502, 'text/plain', 'that did not work'];
  }).then(([status, type, body]) => response.writeHead(status, {
    'Content-Type': `${type}; charset=utf-8`,
    'Content-Security-Policy': `default-src 'self'; style-src 'self' 'unsafe-inline'; frame-src ${new URL(portal).origin}`,
  }).end(body));
});
server.listen(Number(process.env.PORT ?? 8000), '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}/`));
