// nginx and HAProxy before the data port: as Debian configures them, with what docs/proxies.md says.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { eventually, publish, requireInstalled, sourceFile, startNode, startProgram, temporaryDirectory } from './node_fixture.mjs';

const WebSocket = requireInstalled('ws');

/** The block of docs/proxies.md between `<!-- name -->` and `<!-- /name -->`, for a node at `address`. */
function snippet(name, address) {
  const text = readFileSync(sourceFile('docs/proxies.md'), 'utf8');
  const found = new RegExp(`<!-- ${name} -->\\s*\`\`\`\\w*\\n(.*?)\`\`\``, 's').exec(text);
  assert.ok(found, `docs/proxies.md has no block that is marked ${name}`);
  assert.ok(found[1].includes('127.0.0.1:7070'), 'the block names the data port');
  return found[1].replaceAll('127.0.0.1:7070', address);
}

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Starts a proxy on a port that was free; the next to try if another process was faster. */
async function startProxy(t, start) {
  for (let attempts = 3; ; --attempts) {
    const port = await freePort();
    const program = await start(port);
    const url = `http://127.0.0.1:${port}`;
    try {
      await eventually(async () => (await fetch(`${url}/healthz`).catch(() => null))?.ok, 'a proxy that answers', 20_000);
      return { data: url };
    } catch (error) {
      if (attempts === 1) throw new Error(`${error.message}\n${program.log()}`);
      await program.stop();
    }
  }
}

const addressOf = (node) => new URL(node.data).host;

/** The packaged nginx.conf with `server` in place of the packaged sites, and nothing outside `directory`. */
function nginxConfig(directory, server) {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((x) => `\t${x}_temp_path ${directory}/${x};\n`).join('');
  const packaged = readFileSync('/etc/nginx/nginx.conf', 'utf8');
  const changed = packaged
    // Its worker has to get into our directory.
    .replace(/^user .*;$/m, `${process.getuid() === 0 ? 'user root;' : ''}\ndaemon off;`)
    .replace(/^worker_processes .*;$/m, 'worker_processes 1;')
    .replace(/^pid .*;$/m, `pid ${directory}/pid;`)
    .replace(/^(\s*)error_log .*;$/m, `$1error_log ${directory}/error.log;`)
    .replace(/^(\s*)access_log .*;$/m, `$1access_log ${directory}/access.log;`)
    .replace(/^(\s*)include \/etc\/nginx\/sites-enabled\/\*;$/m, `${temporary}\tserver {\n${server}\n\t}`);
  assert.ok(changed.includes(server), 'the packaged configuration is not what it was');
  return changed;
}

function startNginx(t, locations) {
  return startProxy(t, (port) => {
    const directory = temporaryDirectory();
    const file = join(directory, 'nginx.conf');
    writeFileSync(file, nginxConfig(directory, `listen 127.0.0.1:${port};\n${locations}`));
    return startProgram(t, '/usr/sbin/nginx', ['-c', file, '-e', join(directory, 'error.log')]);
  });
}

/** The packaged haproxy.cfg without what is for a service: its user, its sockets, its log. */
function startHaproxy(t, backend) {
  return startProxy(t, (port) => {
    const packaged = readFileSync('/etc/haproxy/haproxy.cfg', 'utf8');
    const changed = packaged.replace(/^\s*(log|chroot|stats|user|group|daemon)\b.*$/gm, '');
    const file = join(temporaryDirectory(), 'haproxy.cfg');
    writeFileSync(file, `${changed}\nfrontend web\n    bind 127.0.0.1:${port}\n    default_backend carillon\n\n${backend}`);
    return startProgram(t, '/usr/sbin/haproxy', ['-db', '-f', file]);
  });
}

const login = (name) => ({ type: 'user.login', userId: 'u-1', companyId: 'c-1', data: { ip: '::1', userAgent: name } });

async function checkPublish(proxy) {
  assert.ok((await publish(proxy, login('one'))).seq > 0);
  const large = Array.from({ length: 500 }, (_, i) => ({ ...login('x'.repeat(10_000)), id: `large-${i}` }));
  const answer = await fetch(`${proxy.data}/api/events`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(large),
  });
  assert.equal(answer.status, 200);
  assert.equal((await answer.json()).results.filter((x) => x.seq).length, large.length);
}

/** What the node says at once comes at once, and so does what happens later. */
async function checkStream(node, proxy) {
  const end = new AbortController();
  const began = Date.now();
  const deadline = setTimeout(() => end.abort(new Error('not a byte of a stream within 8 s')), 8_000);
  let text = '';
  try {
    const answer = await fetch(`${proxy.data}/api/events/stream?user=u-1&company=c-1`, { signal: end.signal });
    assert.equal(answer.status, 200);
    const pieces = answer.body[Symbol.asyncIterator]();
    const readUntil = async (what) => {
      const late = new Promise((resolve) => setTimeout(resolve, 5_000));
      while (!text.includes(what)) {
        const next = await Promise.race([pieces.next(), late]);
        assert.ok(next && !next.done, `${Date.now() - began} ms, and no ${what}: ${text}`);
        text += new TextDecoder().decode(next.value);
      }
    };
    await readUntil('event: hello');
    await publish(node, login('streamed'));
    await readUntil('"streamed"');
  } finally {
    clearTimeout(deadline);
    end.abort();
  }
}

async function checkSocket(node, proxy) {
  const socket = new WebSocket(`${proxy.data.replace('http', 'ws')}/ws?user=u-1&company=c-1`, ['carillon.v1']);
  const seen = [];
  const failed = new Promise((_, reject) => socket.on('error', reject));
  failed.catch(() => {});
  try {
    socket.on('message', (x) => seen.push(JSON.parse(x)));
    await Promise.race([failed, eventually(() => seen.some((x) => x.op === 'hello'), 'a hello')]);
    assert.equal(socket.protocol, 'carillon.v1');
    await publish(node, login('socket'));
    await eventually(() => seen.some((x) => x.event?.data.userAgent === 'socket'), 'the event');
    socket.send('{"op":"ping"}');
    await eventually(() => seen.some((x) => x.op === 'position'), 'the answer to a ping');
  } finally {
    socket.terminate();
  }
}

/** The page, and a call of it with the origin that its browser sees. */
async function checkPortal(node, proxy) {
  const page = await fetch(`${proxy.data}/portal/`);
  assert.match(await page.text(), /portal\.js/);
  assert.match(page.headers.get('content-security-policy'), /frame-ancestors/);
  const made = await fetch(`${node.admin}/api/portal-tokens`, {
    method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ companyId: 'c-1', may: [] }),
  });
  const { token } = await made.json();
  const ask = (origin) => fetch(`${proxy.data}/portal/api/me`, { headers: { Authorization: `Bearer ${token}`, Origin: origin } });
  assert.equal((await (await ask(proxy.data)).json()).companyId, 'c-1');
  assert.equal((await ask('https://app.example')).status, 403);
}

describe('behind nginx', () => {
  test('with what docs/proxies.md says', async (t) => {
    const node = await startNode(t);
    const health = `location = /healthz { proxy_pass ${node.data}; }\n`;
    const proxy = await startNginx(t, health + snippet('nginx', addressOf(node)));
    await checkPublish(proxy);
    await checkStream(node, proxy);
    await checkSocket(node, proxy);
    await checkPortal(node, proxy);
  });

  // What most have: the node itself has to say that a stream is not to be held back.
  test('with nothing but proxy_pass, a stream begins at once', async (t) => {
    const node = await startNode(t);
    const proxy = await startNginx(t, `location / { proxy_pass ${node.data}; }\n`);
    assert.ok((await publish(proxy, login('one'))).seq > 0);
    await checkStream(node, proxy);
  });
});

describe('behind HAProxy', () => {
  test('with what docs/proxies.md says', async (t) => {
    const node = await startNode(t);
    const proxy = await startHaproxy(t, snippet('haproxy', addressOf(node)));
    await checkPublish(proxy);
    await checkStream(node, proxy);
    await checkSocket(node, proxy);
  });
});
