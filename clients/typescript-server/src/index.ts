import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { binaryPath, boundToParent } from './binary.js';
import { mailsIn, type Mail } from './mail.js';
import { unsettled } from './settled.js';

export { binaryPath } from './binary.js';
export { parseMail, type Mail, type MailAttachment } from './mail.js';

export interface StartOptions {
  /** Requires keys, as in production; `key` is one of an admin. Default: `--dev`, where no key is needed. */
  secured?: boolean;
  /** More options of `carillon serve`. */
  options?: readonly string[];
  /** Environment of the node. Default: this process's own. */
  env?: NodeJS.ProcessEnv;
  /** Of the data port and the admin port. Default: free ones. */
  port?: number;
  adminPort?: number;
  /** Until the node is ready, in milliseconds. Default 15 s. */
  deadlineMs?: number;
}

/** A node that runs for a test, with a directory of its own that is removed in the end. */
export interface RunningCarillon {
  /** The data port. */
  readonly url: string;
  readonly adminUrl: string;
  /** A key that may do everything. */
  readonly key: string;
  readonly pid: number;
  /** What the node has logged. */
  log(): string;
  /** Waits until every event is handled, every webhook delivered and every job done. Throws what it waits for, after 10 s. */
  settled(deadlineMs?: number): Promise<void>;
  /** Kills the node, and starts it again with what it had stored, at the same addresses: for tests of crashes. */
  restart(): Promise<void>;
  /** Forgets everything: starts the node anew with an empty log, at the same addresses. */
  reset(): Promise<void>;
  /** What the node would have mailed, the oldest first. Wait with `settled()` before. */
  mails(): Promise<Mail[]>;
  /** Stops the node, and removes its directory. */
  stop(): Promise<void>;
}

interface Launched {
  child: ChildProcess;
  ended: Promise<number | null>;
  data: string;
  admin: string;
}

/** Starts a node, and resolves when it is ready. It ends with this process. */
export async function startCarillon(options: StartOptions = {}): Promise<RunningCarillon> {
  const directory = mkdtempSync(join(tmpdir(), 'carillon-'));
  const key = options.secured ? `ck_${randomBytes(24).toString('base64url')}` : 'ck_dev';
  const keyFile = join(directory, 'admin.key');
  writeFileSync(keyFile, `${key}\n`, { mode: 0o600 });
  const lines: string[] = [];
  const launch = (port: number, adminPort: number): Promise<Launched> => launchNode(options, directory, keyFile, port, adminPort, lines);
  let running: Launched;
  try {
    running = await launch(options.port ?? 0, options.adminPort ?? 0);
  } catch (error) {
    rmSync(directory, { recursive: true, force: true });
    throw error;
  }
  const onExit = (): void => {
    running.child.kill('SIGKILL');
    rmSync(directory, { recursive: true, force: true });
  };
  process.once('exit', onExit);
  const read = async <T>(path: string): Promise<T> => {
    const answer = await fetch(`http://${running.admin}${path}`, { headers: { Authorization: `Bearer ${key}` } });
    if (!answer.ok) throw new Error(`GET ${path} was answered ${answer.status}: ${await answer.text()}`);
    return (await answer.json()) as T;
  };
  const again = async (empty: boolean): Promise<void> => {
    running.child.kill('SIGKILL');
    await running.ended;
    if (empty) rmSync(join(directory, 'data'), { recursive: true, force: true });
    running = await launch(portOf(running.data), portOf(running.admin));
  };
  return {
    url: `http://${running.data}`,
    adminUrl: `http://${running.admin}`,
    key,
    get pid() {
      return running.child.pid ?? 0;
    },
    log: () => lines.join('\n'),
    settled: async (deadlineMs = 10_000) => {
      const end = Date.now() + deadlineMs;
      let before = -1;
      for (let waitMs = 5; ; waitMs = Math.min(100, waitMs * 1.5)) {
        const { head, waitsFor } = await unsettled(read);
        // Handlers publish as well: nothing may have come in between two looks.
        if (waitsFor.length === 0 && head === before) return;
        before = waitsFor.length === 0 ? head : -1;
        if (Date.now() > end) throw new Error(`the node is not settled within ${deadlineMs} ms: ${waitsFor.join('; ') || 'events keep coming'}`);
        await new Promise((resolve) => setTimeout(resolve, waitMs));
      }
    },
    restart: () => again(false),
    reset: () => again(true),
    mails: () => mailsIn(join(directory, 'data/outbox')),
    stop: async () => {
      process.removeListener('exit', onExit);
      running.child.kill('SIGTERM');
      const timer = setTimeout(() => running.child.kill('SIGKILL'), 12_000);
      await running.ended;
      clearTimeout(timer);
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function portOf(address: string): number {
  return Number(address.slice(address.lastIndexOf(':') + 1));
}

async function launchNode(options: StartOptions, directory: string, keyFile: string, port: number, adminPort: number, lines: string[]): Promise<Launched> {
  const words = [
    'serve',
    ...(options.secured ? ['--admin-key-file', keyFile] : ['--dev']),
    ...['--data-dir', join(directory, 'data'), '--listen', `127.0.0.1:${port}`, '--admin-listen', `127.0.0.1:${adminPort}`],
    ...(options.options ?? []),
  ];
  const bound = boundToParent(binaryPath(options.env ?? process.env), words);
  const child = spawn(bound.command, bound.words, { stdio: ['ignore', 'pipe', 'pipe'], env: options.env ?? process.env });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('close', resolve);
    child.once('error', reject);
  });
  ended.catch(() => undefined);
  const ready = new Promise<RegExpExecArray>((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error(`the node is not ready in time:\n${lines.join('\n')}`));
    }, options.deadlineMs ?? 15_000);
    ended.then(
      (code) => {
        clearTimeout(timer);
        reject(new Error(`the node ended with ${String(code)}:\n${lines.join('\n')}`));
      },
      (error: unknown) => {
        clearTimeout(timer);
        reject(error instanceof Error ? error : new Error(String(error)));
      },
    );
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        // The last lines are enough to see why something failed.
        if (lines.push(line) > 10_000) lines.splice(0, 5_000);
        const match = /^ready data=(\S+) admin=(\S+)/.exec(line);
        if (!match) return;
        clearTimeout(timer);
        resolve(match);
      });
    }
  });
  const [, data = '', admin = ''] = await ready;
  return { child, ended, data, admin };
}
