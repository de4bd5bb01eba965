/**
 * The npm package in transactions of pg, Knex, Drizzle and Prisma themselves, on PostgreSQL: what is committed becomes an
 * event with all that was said of it, and what is rolled back does not. The application has the rights of docs/outbox.md.
 *
 *   CARILLON_BINARY=… CARILLON_SOURCE=… node --test adapters_test.mjs     (a copy that install.sh made)
 */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { PrismaPg } from '@prisma/adapter-pg';
import { PrismaClient } from '@prisma/client';
import { sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import knex from 'knex';
import pg from 'pg';
import { EventSystem } from 'carillon';

const source = process.env.CARILLON_SOURCE;
const server = join(source, 'tests/support/postgres_server.sh');
// Its owner is another user: no parent may be closed to it.
const directory = mkdtempSync('/tmp/carillon-adapters-');
chmodSync(directory, 0o755);
/** What an adapter may stumble over. */
const data = { orderId: 'o-1', reason: `it's "late"? $1 :id ${'\u00fc\u{1F514}'} \\ %s` };
const time = new Date('2026-12-01T10:00:00.250Z');

let node, admin, pool, number = 0, system;

async function freePort() {
  const probe = createServer();
  await new Promise((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

function postgres(...words) {
  const done = spawnSync(server, words, { encoding: 'utf8', timeout: 120_000 });
  assert.equal(done.status, 0, done.stdout + done.stderr);
}

async function startNode(store) {
  const words = ['--pdeathsig', 'KILL', process.env.CARILLON_BINARY, 'serve', '--dev', '--store', store, '--data-dir', join(directory, 'data'),
    '--listen', '127.0.0.1:0', '--admin-listen', '127.0.0.1:0'];
  node = spawn('setpriv', words, { stdio: ['ignore', 'pipe', 'pipe'] });
  const lines = [];
  const [, found, port] = await new Promise((resolve, reject) => {
    for (const stream of [node.stdout, node.stderr])
      createInterface({ input: stream }).on('line', (line) => {
        lines.push(line);
        const match = /^ready data=(\S+) admin=(\S+)/.exec(line);
        if (match) resolve(match);
      });
    node.once('exit', (code) => reject(new Error(`the node ended with ${code}:\n${lines.join('\n')}`)));
  });
  admin = `http://${port}`;
  return `http://${found}`;
}

before(async () => {
  const port = await freePort();
  postgres('start', join(directory, 'pg'), String(port));
  const owner = new pg.Client({ connectionString: `postgresql://carillon@127.0.0.1:${port}/postgres` });
  await owner.connect();
  const url = await startNode(`postgresql://carillon@127.0.0.1:${port}/postgres`);
  await owner.query(`CREATE ROLE shop LOGIN; CREATE TABLE public.orders (id text PRIMARY KEY, status text NOT NULL); GRANT ALL ON public.orders TO shop;
    GRANT USAGE ON SCHEMA carillon TO shop; GRANT EXECUTE ON FUNCTION carillon.publish TO shop`);
  await owner.end();
  pool = new pg.Pool({ connectionString: `postgresql://shop@127.0.0.1:${port}/postgres`, max: 4 });
  system = new EventSystem({ url, service: 'shop' });
});

after(async () => {
  await pool?.end();
  await system?.close();
  node?.kill('SIGKILL');
  spawnSync(server, ['stop', join(directory, 'pg')]);
  rmSync(directory, { recursive: true, force: true });
});

const newId = () => `e-${++number}`;

const publish = (publisher, id) =>
  publisher.publish('order.cancelled', data, { companyId: 'c-1', userId: 'u-1', correlationId: 'w-1', ip: '::1' }, { id, time });

async function eventsOf(ids) {
  const answers = await Promise.all(ids.map(async (id) => (await fetch(`${admin}/api/events?id=${id}`)).json()));
  return answers.flatMap((x) => x.events);
}

async function countOf(id) {
  return (await pool.query('SELECT count(*)::int AS n FROM orders WHERE id = $1', [id])).rows[0].n;
}

/** Rows are moved in their order: what came before one that has arrived has arrived, or never will. */
async function moved() {
  const id = newId();
  const client = await pool.connect();
  await publish(system.withTransaction(client), id);
  client.release();
  const end = Date.now() + 20_000;
  while ((await eventsOf([id])).length === 0) {
    assert.ok(Date.now() < end, 'the outbox is moved');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/**
 * @param transaction runs what it is given in a transaction of the library; rejects if that does
 * @param insert adds an order within it
 */
async function check(transaction, insert) {
  const [kept, undone, failed] = [newId(), newId(), newId()];
  await transaction(async (tx) => {
    await insert(tx, kept);
    assert.deepEqual(await publish(system.withTransaction(tx), kept), { id: kept });
    // Not yet: others see neither.
    assert.equal(await countOf(kept), 0);
    await moved();
    assert.deepEqual(await eventsOf([kept]), []);
  });
  await assert.rejects(
    transaction(async (tx) => {
      await insert(tx, undone);
      await publish(system.withTransaction(tx), undone);
      throw new Error('out of stock');
    }),
    /out of stock/,
  );
  // An error of the database, after which the transaction cannot be committed.
  await assert.rejects(
    transaction(async (tx) => {
      await publish(system.withTransaction(tx), failed);
      await insert(tx, kept);
    }),
  );
  await moved();
  const events = await eventsOf([kept, undone, failed]);
  assert.deepEqual(events.map((x) => x.id), [kept]);
  const { seq, recordedAt, ...event } = events[0];
  assert.ok(seq > 0 && recordedAt !== null);
  for (const [name, value] of Object.entries({ id: kept, type: 'order.cancelled', source: '/shop', companyId: 'c-1', userId: 'u-1', correlationId: 'w-1', data }))
    assert.deepEqual(event[name], value, name);
  assert.equal(new Date(event.time).getTime(), time.getTime());
  assert.equal(event.metadata.ip, '::1');
  assert.deepEqual([await countOf(kept), await countOf(undone), await countOf(failed)], [1, 0, 0]);
}

async function byHand(client, work) {
  await client.query('BEGIN');
  try {
    await work(client);
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  }
}

const insertByClient = (tx, id) => tx.query('INSERT INTO orders VALUES ($1, $2)', [id, 'cancelled']);

test('pg', async () => {
  const client = await pool.connect();
  try {
    await check((work) => byHand(client, work), insertByClient);
  } finally {
    client.release();
  }
});

test('Knex', async (t) => {
  const db = knex({ client: 'pg', connection: { ...poolOptions() } });
  t.after(() => db.destroy());
  await check((work) => db.transaction(work), (tx, id) => tx('orders').insert({ id, status: 'cancelled' }));
});

test('Drizzle, with a savepoint that is rolled back', async () => {
  const db = drizzle(pool);
  const insert = (tx, id) => tx.execute(sql`INSERT INTO orders VALUES (${id}, 'cancelled')`);
  await check((work) => db.transaction(work), insert);
  const [outer, inner] = [newId(), newId()];
  await db.transaction(async (tx) => {
    await publish(system.withTransaction(tx), outer);
    await tx.transaction(async (nested) => {
      await publish(system.withTransaction(nested), inner);
      nested.rollback();
    }).catch(() => undefined);
  });
  await moved();
  assert.deepEqual((await eventsOf([outer, inner])).map((x) => x.id), [outer]);
});

// Prisma's own client, as `prisma generate` makes it of schema.prisma: since version 7 it needs no engine beside npm.
test('Prisma', async (t) => {
  const db = new PrismaClient({ adapter: new PrismaPg({ connectionString: connectionString() }) });
  t.after(() => db.$disconnect());
  await check((work) => db.$transaction(work, { timeout: 60_000 }), (tx, id) => tx.orders.create({ data: { id, status: 'cancelled' } }));
});

// What applications that are CommonJS load.
test('the package as CommonJS, with Drizzle', async () => {
  const { EventSystem: Common } = createRequire(import.meta.url)('carillon');
  const other = new Common({ url: 'http://127.0.0.1:1', service: 'shop' });
  const id = newId();
  await drizzle(pool).transaction(async (tx) => publish(other.withTransaction(tx), id));
  await moved();
  assert.equal((await eventsOf([id])).length, 1);
});

// Drizzle, Knex, pg and Prisma have types of their own, which the calls of docs/outbox.md have to fit.
test('their transactions under tsc --strict', () => {
  const tsc = join(source, 'clients/typescript/node_modules/typescript/bin/tsc');
  const done = spawnSync(process.execPath, [tsc, '--noEmit', '--strict', '--skipLibCheck', '--module', 'nodenext', '--target', 'es2022', 'typed.ts'], {
    cwd: import.meta.dirname, encoding: 'utf8', timeout: 170_000 });
  assert.equal(done.status, 0, done.stdout + done.stderr);
});

function connectionString() {
  return pool.options.connectionString;
}

function poolOptions() {
  return { connectionString: connectionString() };
}
