// What the tests beside this file share: a node of its own for each of them, and the packages that
// install.sh put into $CARILLON_NPM_DIR.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

function variable(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run this by ctest`);
  return value;
}

/** The installed packages' directory. */
export const npmDirectory = variable('CARILLON_NPM_DIR');

/** Requires an installed package, in its CommonJS form. */
export const requireInstalled = createRequire(`${npmDirectory}/package.json`);

/** A file of the source tree. */
export const sourceFile = (name) => fileURLToPath(new URL(`../../${name}`, import.meta.url));

/** A directory below the system's one for temporary files; gone when this process ends. */
export function temporaryDirectory() {
  const out = mkdtempSync(join(tmpdir(), 'carillon-peers-'));
  process.on('exit', () => rmSync(out, { recursive: true, force: true }));
  return out;
}

/**
 * Starts a program of which a line is awaited, and ends it after the test `t`.
 * @param {RegExp} [awaited] of standard output or error; without it, the program only starts
 * @returns {Promise<{match: RegExpExecArray, pid: number, log: () => string, stop: () => Promise<void>}>}
 */
export async function startProgram(t, command, args, awaited) {
  const lines = [];
  // It does not outlive this process, whatever ends that.
  const child = spawn('setpriv', ['--pdeathsig', 'TERM', command, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise((resolve) => child.once('close', resolve));
  const failed = new Promise((_, reject) => child.once('error', reject));
  failed.catch(() => {});
  const log = () => lines.join('\n');
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), 10_000);
    await ended;
    clearTimeout(timer);
  };
  t.after(stop);
  let found = null;
  const matched = new Promise((resolve) => {
    for (const stream of [child.stdout, child.stderr])
      createInterface({ input: stream }).on('line', (line) => {
        lines.push(line);
        found ??= awaited?.exec(line) ?? null;
        if (found) resolve(found);
      });
  });
  if (!awaited) return { match: null, pid: child.pid, log, stop };
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${command} says nothing of ${awaited}:\n${log()}`)), 60_000);
  });
  const died = ended.then((code) => {
    throw new Error(`${command} ended with ${code}:\n${log()}`);
  });
  died.catch(() => {});
  try {
    return { match: await Promise.race([matched, failed, died, late]), pid: child.pid, log, stop };
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Starts `carillon serve` on ports that the system gives, in a directory of its own.
 * @param {{secured?: boolean}} [how] without `secured`, it runs with `--dev`
 * @returns {Promise<{data: string, admin: string, key?: string, pid: number, log: () => string, stop: () => Promise<void>}>}
 * the URLs of its ports, without a slash at the end, and the first key that a secured node shows
 */
export async function startNode(t, options = [], { secured = false } = {}) {
  const program = await startProgram(
    t,
    variable('CARILLON_BINARY'),
    ['serve', ...(secured ? [] : ['--dev']), '--data-dir', join(temporaryDirectory(), 'data'), '--listen', '127.0.0.1:0',
      '--admin-listen', '127.0.0.1:0', ...options],
    /^ready data=(127\.0\.0\.1:\d+) admin=(127\.0\.0\.1:\d+)/,
  );
  const [, data, admin] = program.match;
  const key = /^admin key (\S+)/m.exec(program.log())?.[1];
  return { data: `http://${data}`, admin: `http://${admin}`, key, pid: program.pid, log: program.log, stop: program.stop };
}

/** A file of SQLite with an outbox, and the rows given: a type each, or an object of columns. Gives its URL. */
export function outboxOf(rowsOrTypes) {
  const file = join(temporaryDirectory(), 'shop.db');
  const ddl = spawnSync(variable('CARILLON_BINARY'), ['outbox', 'ddl', '--dialect', 'sqlite'], { encoding: 'utf8' });
  const quoted = (x) => `'${x.replaceAll("'", "''")}'`;
  const rows = rowsOrTypes.map((x) => ({ company_id: 'c-8', data: '{"orderId":"o-1","reason":"late"}', ...(typeof x === 'string' ? { type: x } : x) }))
    .map((x) => `INSERT INTO carillon_outbox (${Object.keys(x)}) VALUES (${Object.values(x).map(quoted)});`);
  const made = spawnSync('sqlite3', [file], { encoding: 'utf8', input: ['PRAGMA journal_mode = WAL;', ddl.stdout, ...rows].join('\n') });
  if (made.status !== 0) throw new Error(`sqlite3: ${made.stderr ?? made.error}`);
  return `sqlite://${file}`;
}

/** Polls until `condition` gives something truthy, and gives that; a test fails after the deadline. */
export async function eventually(condition, what, deadlineMs = 60_000) {
  const end = Date.now() + deadlineMs;
  for (;;) {
    const out = await condition();
    if (out) return out;
    if (Date.now() > end) throw new Error(`not within ${deadlineMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Publishes one event, and gives its receipt. */
export async function publish(node, event) {
  const answer = await fetch(`${node.data}/api/events`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: typeof event === 'string' ? event : JSON.stringify(event),
  });
  const body = await answer.text();
  if (!answer.ok) throw new Error(`publishing was answered ${answer.status}: ${body}`);
  return JSON.parse(body);
}

/** A receiver of webhooks, until the test `t` has ended; `status` is what it answers. */
export async function startReceiver(t) {
  const receiver = { status: 200 };
  const server = createServer((request, answer) => {
    request.resume().on('end', () => answer.writeHead(receiver.status).end('noted'));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  receiver.url = `http://127.0.0.1:${server.address().port}/hook`;
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return receiver;
}
