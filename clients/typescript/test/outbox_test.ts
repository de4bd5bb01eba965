/** Events in the transactions of an application: what is sent to each library, by objects that have its calls. */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { EventSystem, type Transaction, type TransactionOptions } from '../src/index.js';

interface Call {
  text: string;
  values: unknown[];
}

/** Keeps the statements. */
class Recorder {
  readonly calls: Call[] = [];

  readonly take = (text: string, values: unknown[]): Promise<unknown> => {
    this.calls.push({ text, values });
    return Promise.resolve({ rowCount: 1 });
  };
}

const system = new EventSystem({ url: 'http://127.0.0.1:1', service: 'shop' });
const data = { orderId: 'o-1', reason: "it's late?" };
const metadata = { companyId: 'c-1', userId: null, ip: '::1' };
const options = { id: 'e-1', time: new Date('2026-12-01T10:00:00.250Z') };

const columns = ['order.cancelled', JSON.stringify(data), 'e-1', '/shop', 'c-1', '{"ip":"::1"}'];

async function statementOf(recorder: Recorder, transaction: unknown, more?: TransactionOptions): Promise<Call | undefined> {
  const made = await system.withTransaction(transaction as Transaction, more).publish('order.cancelled', data, metadata, options);
  assert.deepEqual(made, { id: 'e-1' });
  assert.equal(recorder.calls.length, 1);
  return recorder.calls[0];
}

const calling = (mark: (index: number) => string): string =>
  `SELECT carillon.publish(type => CAST(${mark(1)} AS text), data => CAST(CAST(${mark(2)} AS text) AS json), id => CAST(${mark(3)} AS text), ` +
  `source => CAST(${mark(4)} AS text), company_id => CAST(${mark(5)} AS text), metadata => CAST(CAST(${mark(6)} AS text) AS json), ` +
  `occurred_at => CAST(CAST(${mark(7)} AS text) AS timestamptz))`;

const numbered = { text: calling((index) => `$${index}`), values: [...columns, '2026-12-01T10:00:00.250Z'] };
const inserted = (time: string): string => `INSERT INTO carillon_outbox (type, data, id, source, company_id, metadata, occurred_at) VALUES (?, ?, ?, ?, ?, ?, ${time})`;

test('a client of pg calls the function', async () => {
  const recorder = new Recorder();
  assert.deepEqual(await statementOf(recorder, { query: recorder.take }), numbered);
});

test('a connection of mysql2 inserts, with the time in seconds', async () => {
  const recorder = new Recorder();
  assert.deepEqual(await statementOf(recorder, { query: recorder.take, execute: recorder.take }, { dialect: 'mysql' }), {
    text: inserted('FROM_UNIXTIME(?)'),
    values: [...columns, '1796119200.250'],
  });
});

test('Prisma, by its provider', async () => {
  const prisma = (recorder: Recorder, provider?: string): unknown => {
    const run = (text: string, ...values: unknown[]): Promise<unknown> => recorder.take(text, values);
    const none = (): Promise<unknown> => Promise.reject(new Error('the other method'));
    const isPostgres = provider === undefined || provider === 'postgresql';
    return { $queryRawUnsafe: isPostgres ? run : none, $executeRawUnsafe: isPostgres ? none : run, ...(provider && { _activeProvider: provider }) };
  };
  for (const provider of [undefined, 'postgresql']) {
    const recorder = new Recorder();
    assert.deepEqual(await statementOf(recorder, prisma(recorder, provider)), numbered);
  }
  const recorder = new Recorder();
  assert.deepEqual(await statementOf(recorder, prisma(recorder, 'sqlite')), { text: inserted('?'), values: numbered.values });
});

test('Knex, by its client', async () => {
  const knex = (recorder: Recorder, dialect: string): unknown => Object.assign(() => undefined, { raw: recorder.take, client: { dialect } });
  const postgres = new Recorder();
  assert.deepEqual(await statementOf(postgres, knex(postgres, 'postgresql')), { text: calling(() => '?'), values: numbered.values });
  const sqlite = new Recorder();
  assert.deepEqual(await statementOf(sqlite, knex(sqlite, 'sqlite3')), { text: inserted('?'), values: numbered.values });
});

/** The parts of `drizzle-orm` that the package touches, where the package finds it. */
function makeDrizzle(): void {
  const directory = fileURLToPath(new URL('../node_modules/drizzle-orm/', import.meta.url));
  mkdirSync(directory, { recursive: true });
  writeFileSync(`${directory}package.json`, '{"name":"drizzle-orm","type":"module","exports":"./index.js"}');
  writeFileSync(
    `${directory}index.js`,
    'export const sql = (strings, ...values) => ({ values });\nsql.raw = (text) => ({ text });\nsql.join = (chunks) => ({ chunks });\n',
  );
}

test('Drizzle, by its classes', async () => {
  makeDrizzle();
  interface Query {
    chunks: ({ text: string } | { values: unknown[] })[];
  }
  const take = (recorder: Recorder, query: Query): Promise<unknown> => {
    const values: unknown[] = [];
    const parts = query.chunks.map((chunk) => ('text' in chunk ? chunk.text : `$${values.push(...chunk.values)}`));
    return recorder.take(parts.join(''), values);
  };
  const kind = Symbol.for('drizzle:entityKind');
  class PgTransaction {
    static readonly [kind] = 'PgTransaction';
    readonly query = {};
    readonly recorder = new Recorder();
    execute(query: Query): Promise<unknown> {
      return take(this.recorder, query);
    }
  }
  class SQLiteTransaction {
    static readonly [kind] = 'SQLiteTransaction';
    readonly recorder = new Recorder();
    run(query: Query): Promise<unknown> {
      return take(this.recorder, query);
    }
  }
  const postgres = new PgTransaction();
  assert.deepEqual(await statementOf(postgres.recorder, postgres), numbered);
  const sqlite = new SQLiteTransaction();
  const { text } = (await statementOf(sqlite.recorder, sqlite)) ?? { text: '' };
  assert.equal(text.replaceAll(/\$\d/g, '?'), inserted('?'));
});

test('what is no transaction is refused, and an error of the database is the caller’s', async () => {
  for (const wrong of [{}, { commit: () => undefined }]) assert.throws(() => system.withTransaction(wrong as unknown as Transaction), { code: 'invalid_argument' });
  const broken = { query: () => Promise.reject(new Error('aborted')) };
  await assert.rejects(system.withTransaction(broken).publish('order.cancelled', data), /aborted/);
});
