/** What the tests run and kill: a node, a PostgreSQL server, the application, and a worker. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { startCarillon, type RunningCarillon } from 'carillon-server';

const postgresServer = fileURLToPath(new URL('../../../../tests/support/postgres_server.sh', import.meta.url));

/** A free port of loopback. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** A real server of Debian's PostgreSQL, on loopback. */
export interface Database {
  port: number;
  /** Ends it without a checkpoint, and starts it again: it recovers from its log. */
  crash(): void;
  stop(): void;
}

export async function startDatabase(): Promise<Database> {
  const parent = mkdtempSync(join(tmpdir(), 'shop-'));
  execFileSync('chmod', ['755', parent]);
  const directory = join(parent, 'postgres');
  const run = (...words: string[]): void => {
    execFileSync(postgresServer, words, { stdio: 'ignore', timeout: 120_000 });
  };
  const port = await freePort();
  run('start', directory, String(port));
  return {
    port,
    crash: () => { run('restart', directory, 'immediate'); },
    stop: () => {
      run('stop', directory);
      rmSync(parent, { recursive: true, force: true });
    },
  };
}

export class Processes {
  readonly node: RunningCarillon;
  readonly database: Database;
  readonly #running = new Map<'application' | 'worker', ChildProcess>();
  #port = 0;
  /** Where the application is. */
  url = '';

  private constructor(node: RunningCarillon, database: Database) {
    this.node = node;
    this.database = database;
  }

  /** @param options more options of `carillon serve` */
  static async start(options: string[] = []): Promise<Processes> {
    const database = await startDatabase();
    return new Processes(await startCarillon({ deadlineMs: 60_000, options }), database);
  }

  /** Starts it, and waits until it is ready. */
  async begin(what: 'application' | 'worker', durable: boolean): Promise<void> {
    const env = {
      ...process.env,
      CARILLON_URL: this.node.url,
      CARILLON_ADMIN_URL: this.node.adminUrl,
      PGHOST: '127.0.0.1',
      PGPORT: String(this.database.port),
      PGUSER: 'carillon',
      PGDATABASE: 'postgres',
      PORT: String(this.#port),
      SHOP_ADMIN_TOKEN: 'secret',
      SHOP_DURABLE: durable ? '1' : '0',
    };
    const program = fileURLToPath(new URL(what === 'worker' ? '../src/worker.js' : '../src/main.js', import.meta.url));
    // Errors while something is killed are expected.
    const child = spawn(process.execPath, [program], { env, stdio: ['ignore', 'pipe', process.env.SHOP_LOG ? 'inherit' : 'ignore'] });
    this.#running.set(what, child);
    const line = await new Promise<string>((resolve, reject) => {
      child.once('close', (code) => { reject(new Error(`the ${what} ended with ${String(code)}: see its errors with SHOP_LOG=1`)); });
      createInterface({ input: child.stdout }).on('line', resolve);
    });
    if (what === 'worker') return;
    this.url = line.slice('shop '.length);
    this.#port = Number(new URL(this.url).port);
  }

  /** Ends it by a signal; resolves with its exit code when it is gone. */
  async end(what: 'application' | 'worker', signal: NodeJS.Signals): Promise<number | null> {
    const child = this.#running.get(what);
    if (!child || child.exitCode !== null) return child?.exitCode ?? null;
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
    child.kill(signal);
    return ended;
  }

  async stop(): Promise<void> {
    for (const what of ['application', 'worker'] as const) await this.end(what, 'SIGKILL');
    await this.node.stop();
    this.database.stop();
  }
}

/** Polls until `condition` gives something truthy, and gives that; fails after the deadline. What it throws counts as not yet. */
export async function eventually<T>(condition: () => Promise<T>, what: string, deadlineMs = 30_000): Promise<NonNullable<T>> {
  const end = Date.now() + deadlineMs;
  for (;;) {
    const found = await condition().catch(() => null);
    if (found) return found;
    if (Date.now() > end) throw new Error(`not within ${deadlineMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
