import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { parseMail, startCarillon } from '../src/index.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const run = promisify(execFile);

async function call(url: string, method: string, path: string, body: unknown, key = 'ck_dev'): Promise<Response> {
  const answer = await fetch(url + path, { method, body: JSON.stringify(body), headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${key}` } });
  return answer;
}

const order = { type: 'order.created', companyId: 'c-1', userId: 'u-7', data: { orderId: 'o-1', total: 12, items: 1, status: 'new' } };

test('a node starts soon, settles, shows its mails, and forgets everything', async (t) => {
  const begun = performance.now();
  const carillon = await startCarillon();
  t.after(() => carillon.stop());
  t.diagnostic(`ready in ${Math.round(performance.now() - begun)} ms`);
  await call(carillon.adminUrl, 'PUT', '/api/contacts/u-7', { companyId: 'c-1', email: 'zoe@example.org', name: 'Zoë' });
  assert.equal((await call(carillon.url, 'POST', '/api/events', order)).status, 201);
  await carillon.settled();
  const mails = await carillon.mails();
  assert.equal(mails.length, 1);
  const [mail] = mails;
  assert.deepEqual(mail?.to, ['zoe@example.org']);
  assert.match(mail.subject, /o-1/);
  assert.match(mail.text, /o-1/);
  assert.match(mail.html, /<html|<p|<table/i);
  assert.ok(mail.attachments.some((attachment) => attachment.filename.endsWith('.pdf') && Buffer.from(attachment.content).subarray(0, 5).toString() === '%PDF-'));
  const before = carillon.pid;
  const resetBegun = performance.now();
  await carillon.reset();
  t.diagnostic(`reset in ${Math.round(performance.now() - resetBegun)} ms`);
  assert.notEqual(carillon.pid, before);
  assert.deepEqual(await carillon.mails(), []);
  const receipt = (await (await call(carillon.url, 'POST', '/api/events', order)).json()) as { seq: number };
  assert.equal(receipt.seq, 1);
  await carillon.restart();
  const event = (await (await fetch(`${carillon.adminUrl}/api/events/1`)).json()) as { type: string };
  assert.equal(event.type, 'order.created');
});

test('settled waits for webhooks, and tells what is left', async (t) => {
  const carillon = await startCarillon();
  t.after(() => carillon.stop());
  let status = 204;
  let received = 0;
  const receiver = createServer((request, response) => {
    request.resume().on('end', () => {
      received += 1;
      response.writeHead(status).end();
    });
  });
  await new Promise<void>((resolve) => {
    receiver.listen(0, '127.0.0.1', resolve);
  });
  t.after(() => {
    receiver.closeAllConnections();
    receiver.close();
  });
  const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`;
  assert.equal((await call(carillon.adminUrl, 'POST', '/api/events/webhooks', { url, types: ['order.*'] })).status, 201);
  await call(carillon.url, 'POST', '/api/events', order);
  await carillon.settled();
  assert.equal(received, 1);
  status = 500;
  await call(carillon.url, 'POST', '/api/events', order);
  await assert.rejects(carillon.settled(300), /webhook 1, .* to be tried again/);
});

test('a secured node has a key that may do everything, also after a reset', async (t) => {
  const carillon = await startCarillon({ secured: true });
  t.after(() => carillon.stop());
  assert.equal((await call(carillon.url, 'POST', '/api/events', order, 'ck_wrong')).status, 401);
  assert.equal((await call(carillon.url, 'POST', '/api/events', order, carillon.key)).status, 201);
  await carillon.settled();
  await carillon.reset();
  assert.equal((await call(carillon.url, 'POST', '/api/events', order, carillon.key)).status, 201);
});

test('a start that fails tells why, and leaves nothing', async () => {
  await assert.rejects(startCarillon({ options: ['--no-such-option'] }), /no-such-option/);
  await assert.rejects(startCarillon({ env: { CARILLON_BINARY: '/no/such/file' } }), /CARILLON_BINARY names no file/);
});

test('the node ends with its process, also if that is killed', async () => {
  const file = join(root, 'build/test/orphan.mjs');
  writeFileSync(file, `import { startCarillon } from '../src/index.js'; const carillon = await startCarillon(); console.log(carillon.pid); setInterval(() => {}, 1000);`);
  const parent = spawn(process.execPath, [file], { stdio: ['ignore', 'pipe', 'inherit'] });
  const pid = await new Promise<number>((resolve) => {
    createInterface({ input: parent.stdout }).on('line', (line) => {
      resolve(Number(line));
    });
  });
  parent.kill('SIGKILL');
  const end = Date.now() + 10_000;
  for (;;) {
    try {
      process.kill(pid, 0);
    } catch {
      break;
    }
    assert.ok(Date.now() < end, 'the node still runs');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
});

test('the package runs the node that it carries, from npx and from both kinds of modules', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'carillon-server-'));
  t.after(() => {
    rmSync(directory, { recursive: true, force: true });
  });
  // As packaging/tarball.sh makes it, but with the libraries of this system.
  const tree = join(directory, 'carillon-0.1.0-linux-x64/bin');
  mkdirSync(tree, { recursive: true });
  // Without what debuggers read, which would be packed and unpacked several times.
  await run('strip', ['--strip-debug', '-o', join(tree, 'carillon'), process.env.CARILLON_BINARY ?? '']).catch(() => {
    cpSync(process.env.CARILLON_BINARY ?? '', join(tree, 'carillon'));
  });
  const tarball = process.env.CARILLON_TARBALL ?? join(directory, 'node.tar.gz');
  if (!existsSync(tarball)) await run('tar', ['--create', '--gzip', '--file', tarball, '--directory', directory, 'carillon-0.1.0-linux-x64'], { env: { ...process.env, GZIP: '-1' } });
  const copy = join(directory, 'package');
  for (const name of ['package.json', 'README.md', 'dist', 'scripts']) cpSync(join(root, name), join(copy, name), { recursive: true });
  await run(process.execPath, ['scripts/fill.mjs', tarball], { cwd: copy });
  const { stdout } = await run('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', directory], { cwd: copy });
  const project = join(directory, 'project');
  mkdirSync(project);
  writeFileSync(join(project, 'package.json'), '{"private":true}');
  await run('npm', ['install', '--offline', '--ignore-scripts', '--no-audit', '--no-fund', join(directory, stdout.trim())], { cwd: project });
  const env = { ...process.env, CARILLON_BINARY: '' };
  const body = `const carillon = await startCarillon(); await carillon.settled(); await carillon.stop(); console.log('done');`;
  writeFileSync(join(project, 'main.mjs'), `import { startCarillon } from 'carillon-server';\n${body}`);
  writeFileSync(join(project, 'main.cjs'), `const { startCarillon } = require('carillon-server');\n(async () => { ${body} })();`);
  for (const file of ['main.mjs', 'main.cjs']) assert.equal((await run(process.execPath, [file], { cwd: project, env })).stdout, 'done\n');
  assert.match((await run('npx', ['--no-install', 'carillon-server', 'version'], { cwd: project, env })).stdout, /0\.1\.0/);

  const server = spawn(join(project, 'node_modules/.bin/carillon-server'), ['--dev', '--data-dir', join(directory, 'data'), '--listen', '127.0.0.1:0', '--admin-listen', '127.0.0.1:0'], { env, stdio: ['ignore', 'pipe', 'ignore'] });
  await new Promise<void>((resolve) => {
    createInterface({ input: server.stdout }).on('line', (line) => {
      if (line.startsWith('ready ')) resolve();
    });
  });
  server.kill('SIGTERM');
  assert.equal(await new Promise((resolve) => server.once('close', resolve)), 0);
});

test('a mail is read in all its encodings', () => {
  const mail = parseMail(
    [
      'From: =?utf-8?q?Z=C3=B6e_Shop?= <shop@example.org>',
      'To: a@example.org,',
      ' =?utf-8?B?w5w=?= <b@example.org>',
      'Subject: =?utf-8?B?w5xi?= =?utf-8?B?ZXI=?= it',
      'Content-Type: multipart/mixed; boundary="x"',
      '',
      'preamble',
      '--x',
      'Content-Type: multipart/alternative; boundary=y',
      '',
      '--y',
      'Content-Type: text/plain; charset=utf-8',
      'Content-Transfer-Encoding: quoted-printable',
      '',
      'caf=C3=A9 and a line =',
      'goes on',
      '--y',
      'Content-Type: text/html',
      'Content-Transfer-Encoding: base64',
      '',
      'PHA+w6k8L3A+',
      '--y--',
      '--x',
      'Content-Type: application/pdf; name="o.pdf"',
      'Content-Disposition: attachment; filename="o.pdf"',
      'Content-Transfer-Encoding: base64',
      '',
      'JVBERi0=',
      '--x--',
      '',
    ].join('\r\n'),
  );
  assert.deepEqual([mail.from, mail.to, mail.subject, mail.text, mail.html.trim()], ['Zöe Shop <shop@example.org>', ['a@example.org', 'b@example.org'], 'Über it', 'café and a line goes on', '<p>é</p>']);
  assert.deepEqual(mail.attachments.map((one) => [one.filename, one.contentType, Buffer.from(one.content).toString()]), [['o.pdf', 'application/pdf', '%PDF-']]);
});
