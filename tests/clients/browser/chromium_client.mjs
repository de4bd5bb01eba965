// chromium_client.mjs WS-URL EXPECTED-COUNT [NAME=VALUE…]
//
// Runs clients/browser/carillon.js in headless Chromium against a server until the page has received
// EXPECTED-COUNT events, prints {"seqs","reconnects","gaps","errors"} as a line of JSON, and exits
// with 0; with 1, and "reason" in the line, if that does not happen. Standard error says when the
// page is live ("live"), so that a caller knows when to publish. NAME=VALUE:
//   types, since, slow, token   options of the client
//   deadline=SECONDS            for all of it, default 30
//   settle=MS                   go on listening after the last expected event, default 200
//   page_port=PORT              of the page's origin http://127.0.0.1:PORT, default a free one
//   chromium=PROGRAM            default chromium, or $CARILLON_CHROMIUM
// Anything else goes into the query of WS-URL, e.g. user=u1 company=c1 with a node in --dev.
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const client = new URL('../../../clients/browser/carillon.js', import.meta.url);
const page = new URL('./chromium_page.html', import.meta.url);

function parseArguments([address, count, ...rest]) {
  const expected = Number(count);
  if (!address || !Number.isInteger(expected) || expected < 0) {
    throw new Error('usage: chromium_client.mjs WS-URL EXPECTED-COUNT [NAME=VALUE…]');
  }
  const url = new URL(address);
  const own = { deadline: '30', settle: '200', page_port: '0', chromium: process.env.CARILLON_CHROMIUM ?? 'chromium' };
  const forClient = {};
  for (const argument of rest) {
    const at = argument.indexOf('=');
    if (at < 1) throw new Error(`not NAME=VALUE: ${argument}`);
    const [name, value] = [argument.slice(0, at), argument.slice(at + 1)];
    if (name in own) own[name] = value;
    else if (['types', 'since', 'slow', 'token'].includes(name)) forClient[name] = value;
    else url.searchParams.append(name, value);
  }
  return { ...own, expected, query: new URLSearchParams({ url: url.href, ...forClient }) };
}

/** Serves the page and the module, nothing else. */
async function servePage(port) {
  const files = new Map([
    ['/', ['text/html', await readFile(page)]],
    ['/carillon.js', ['text/javascript', await readFile(client)]],
  ]);
  const server = createServer((request, response) => {
    const file = files.get(new URL(request.url, 'http://page').pathname);
    if (file === undefined) response.writeHead(404).end();
    else response.writeHead(200, { 'content-type': file[0] }).end(file[1]);
  });
  await new Promise((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve));
  return server;
}

/** A Chromium of our own, spoken to in the DevTools protocol over a pipe: JSON that ends with NUL. */
class Browser {
  #pending = new Map();
  #next = 1;
  #input = '';
  #ended;

  constructor(program, profile) {
    this.process = spawn(
      program,
      [
        '--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-first-run',
        '--disable-background-networking', '--disable-component-update', '--disable-sync',
        '--no-proxy-server', '--remote-debugging-pipe', `--user-data-dir=${profile}`, 'about:blank',
      ],
      { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] },
    );
    this.gone = new Promise((resolve) => {
      this.process.once('error', (error) => resolve(error.message));
      this.process.once('exit', (code, signal) => resolve(`the browser ended (${signal ?? code})`));
    });
    void this.gone.then((why) => this.#failAll(why));
    const [toBrowser, fromBrowser] = [this.process.stdio[3], this.process.stdio[4]];
    // A broken pipe is not the reason: the end of the process tells.
    toBrowser.on('error', () => {});
    fromBrowser.setEncoding('utf8').on('data', (text) => this.#read(text));
  }

  call(method, params = {}, sessionId = undefined) {
    return new Promise((resolve, reject) => {
      if (this.#ended) throw new Error(this.#ended);
      const id = this.#next++;
      this.#pending.set(id, { resolve, reject });
      this.process.stdio[3].write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    });
  }

  /** Asks it to end, then sees to it, by its pid; its children end with it. */
  async stop() {
    void this.call('Browser.close').catch(() => {});
    for (const signal of ['SIGTERM', 'SIGKILL']) {
      if (await Promise.race([this.gone, sleep(3000)])) return;
      this.process.kill(signal);
    }
    await Promise.race([this.gone, sleep(3000)]);
  }

  #read(text) {
    const messages = (this.#input + text).split('\0');
    this.#input = messages.pop();
    for (const message of messages) {
      const { id, result, error } = JSON.parse(message);
      const call = this.#pending.get(id);
      this.#pending.delete(id);
      if (error) call?.reject(new Error(error.message));
      else call?.resolve(result);
    }
  }

  #failAll(why) {
    this.#ended = why;
    for (const { reject } of this.#pending.values()) reject(new Error(why));
    this.#pending.clear();
  }
}

/** Follows the page until it has enough or cannot go on; `outcome` holds the last look at it. */
async function follow(browser, pageUrl, options, progress) {
  const { targetId } = await browser.call('Target.createTarget', { url: pageUrl });
  const { sessionId } = await browser.call('Target.attachToTarget', { targetId, flatten: true });
  const look = async () => {
    const expression = 'window.outcome';
    const { result } = await browser.call('Runtime.evaluate', { expression, returnByValue: true }, sessionId);
    return result.value ?? progress.outcome;
  };
  let told = false;
  for (;;) {
    progress.outcome = await look();
    if (progress.outcome.state === 'live' && !told) {
      told = true;
      process.stderr.write('live\n');
    }
    if (progress.outcome.state === 'closed') throw new Error('the client gave up');
    if (progress.outcome.hellos > 0 && progress.outcome.seqs.length >= options.expected) break;
    await sleep(50);
  }
  await sleep(Number(options.settle));
  progress.outcome = await look();
  const { seqs } = progress.outcome;
  if (seqs.length !== options.expected) throw new Error(`${seqs.length} events, not ${options.expected}`);
  if (seqs.some((seq, i) => i > 0 && seq <= seqs[i - 1])) throw new Error('events out of order');
}

async function main() {
  const options = parseArguments(process.argv.slice(2));
  const progress = { outcome: { seqs: [], hellos: 0, gaps: [], errors: [], state: 'not loaded' } };
  const profile = await mkdtemp(join(tmpdir(), 'carillon-chromium-'));
  let server;
  let browser;
  let reason;
  const abort = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => abort.abort());
  try {
    server = await servePage(Number(options.page_port));
    browser = new Browser(options.chromium, profile);
    const late = sleep(Number(options.deadline) * 1000, null, { signal: abort.signal }).then(
      () => Promise.reject(new Error(`not within ${options.deadline} s (${progress.outcome.state})`)),
      () => Promise.reject(new Error('told to stop')),
    );
    const pageUrl = `http://127.0.0.1:${server.address().port}/?${options.query}`;
    await Promise.race([follow(browser, pageUrl, options, progress), late]);
  } catch (error) {
    reason = error.message;
  }
  await browser?.stop();
  server?.closeAllConnections();
  server?.close();
  await rm(profile, { recursive: true, force: true, maxRetries: 5 });
  const { seqs, hellos, gaps, errors } = progress.outcome;
  const line = { seqs, reconnects: Math.max(0, hellos - 1), gaps, errors, reason };
  process.stdout.write(`${JSON.stringify(line)}\n`, () => process.exit(reason === undefined ? 0 : 1));
}

main().catch((error) => {
  console.error(error.message);
  process.exit(1);
});
