// dev.mjs [NODE-URL [PORT]]: the page from src/, built again at each load, before a node that runs; other requests go to the node's
// admin port. For work on the page without a build of the node.
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createServer, request } from 'node:http';
import { promisify } from 'node:util';
import { fileURLToPath } from 'node:url';

const node = new URL(process.argv[2] ?? 'http://127.0.0.1:7071');
const port = Number(process.argv[3] ?? 7072);
const file = (name) => fileURLToPath(new URL(name, import.meta.url));
const dist = file('../build/dev');
const parts = new Map([
  ['/', ['index.html', 'text/html; charset=utf-8']],
  ['/console/console.js', ['console.js', 'text/javascript; charset=utf-8']],
  ['/console/console.css', ['console.css', 'text/css; charset=utf-8']],
]);
// As net/admin/calls/console.cpp has it.
const policy = "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; object-src 'none'; "
  + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'";

const server = createServer(async (asked, answer) => {
  const part = parts.get(asked.url);
  if (part) {
    try {
      if (asked.url === '/') await promisify(execFile)(process.execPath, [file('build.mjs'), dist]);
      answer.writeHead(200, { 'Content-Type': part[1], 'Content-Security-Policy': policy, 'Cache-Control': 'no-store' });
      answer.end(await readFile(`${dist}/${part[0]}`));
    } catch (error) {
      answer.writeHead(500, { 'Content-Type': 'text/plain' }).end(String(error.stderr ?? error));
    }
    return;
  }
  const headers = { ...asked.headers, host: node.host };
  delete headers.origin;
  const onward = request(new URL(asked.url, node), { method: asked.method, headers }, (x) => {
    answer.writeHead(x.statusCode, x.headers);
    x.pipe(answer);
  });
  onward.on('error', () => answer.writeHead(502).end());
  asked.pipe(onward);
}).listen(port, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port} shows ${node.href}`));
