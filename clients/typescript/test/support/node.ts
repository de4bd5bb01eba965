/** A node of its own for a test file or a test: on free ports, in a directory that is removed. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export interface TestNode {
  url: string;
  adminUrl: string;
  /** The first key of a node without `--dev`. */
  key: string | undefined;
  log(): string;
  stop(signal?: NodeJS.Signals): Promise<void>;
}

export interface NodeOptions {
  secured?: boolean;
  options?: string[];
  /** Kept when the node stops, for another start. */
  directory?: string;
  /** Port of the data port; 0 takes a free one. */
  port?: number;
}

export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'carillon-ts-'));
  process.on('exit', () => {
    rmSync(directory, { recursive: true, force: true });
  });
  return directory;
}

export async function startNode({ secured = false, options = [], directory, port = 0 }: NodeOptions = {}): Promise<TestNode> {
  const binary = process.env.CARILLON_BINARY;
  if (!binary) throw new Error('CARILLON_BINARY is not set');
  const data = directory ?? join(temporaryDirectory(), 'data');
  const words = ['serve', ...(secured ? [] : ['--dev']), '--data-dir', data, '--listen', `127.0.0.1:${port}`, '--admin-listen', '127.0.0.1:0', ...options];
  const child = spawn(binary, words, { stdio: ['ignore', 'pipe', 'pipe'] });
  const kill = (): void => {
    child.kill('SIGKILL');
  };
  process.once('exit', kill);
  const lines: string[] = [];
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const ready = new Promise<RegExpExecArray>((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new Error(`the node is not ready:\n${lines.join('\n')}`));
    }, 20_000);
    void ended.then((code) => {
      reject(new Error(`the node ended with ${String(code)}:\n${lines.join('\n')}`));
    });
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        lines.push(line);
        const match = /^ready data=(\S+) admin=(\S+)/.exec(line);
        if (!match) return;
        clearTimeout(timer);
        resolve(match);
      });
    }
  });
  const [, dataAddress, adminAddress] = await ready;
  const log = (): string => lines.join('\n');
  return {
    url: `http://${dataAddress ?? ''}`,
    adminUrl: `http://${adminAddress ?? ''}`,
    key: /^admin key (\S+)/m.exec(log())?.[1],
    log,
    stop: async (signal = 'SIGTERM') => {
      process.removeListener('exit', kill);
      child.kill(signal);
      const timer = setTimeout(kill, 12_000);
      await ended;
      clearTimeout(timer);
    },
  };
}

/** Polls until `condition` gives something truthy, and gives that; fails after the deadline. */
export async function eventually<T>(condition: () => T | Promise<T>, what: string, deadlineMs = 60_000): Promise<NonNullable<T>> {
  const end = Date.now() + deadlineMs;
  for (;;) {
    const found = await condition();
    if (found) return found;
    if (Date.now() > end) throw new Error(`not within ${deadlineMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
