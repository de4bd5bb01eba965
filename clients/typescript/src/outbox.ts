import { CarillonError } from './errors.js';
import { draftOf, type Draft } from './publisher.js';
import type { EventData, EventType, Named, PublishMetadata, PublishOptions } from './types.js';
import { uuidv7 } from './uuid.js';

export type Dialect = 'postgresql' | 'mysql' | 'sqlite';

/** A client of `pg`, or of `mysql2/promise` with `{dialect: 'mysql'}`, within a transaction. */
export interface QueryTransaction {
  query(text: string, values: unknown[]): Promise<unknown>;
}

/** What Prisma gives to `$transaction(async (tx) => …)`. */
export interface PrismaTransaction {
  $executeRawUnsafe(query: string, ...values: unknown[]): Promise<unknown>;
  $queryRawUnsafe(query: string, ...values: unknown[]): Promise<unknown>;
}

/** What Drizzle gives to `db.transaction(async (tx) => …)`: `execute` of PostgreSQL and MySQL, `run` of SQLite. */
export type DrizzleTransaction = { execute(query: never): PromiseLike<unknown> } | { run(query: never): unknown };

/** What Knex gives to `knex.transaction(async (trx) => …)`. */
export interface KnexTransaction {
  raw(sql: string, bindings: never): PromiseLike<unknown>;
}

export type Transaction = QueryTransaction | PrismaTransaction | DrizzleTransaction | KnexTransaction;

export interface TransactionOptions {
  /** Of the database, where the transaction does not tell it: of Prisma and `pg` it is PostgreSQL. */
  dialect?: Dialect;
}

/** Runs a statement in the caller's transaction; the text has `?` for each value. */
type Run = (statement: string, values: readonly (string | null)[]) => Promise<unknown>;

/** Publishes with a transaction of the application: the event is committed with its rows, or not at all. */
export class TransactionPublisher {
  readonly #run: Run;
  readonly #dialect: Dialect;
  readonly #source: string;
  readonly #now: () => number;

  constructor(transaction: Transaction, service: string, now: () => number, options: TransactionOptions = {}) {
    [this.#run, this.#dialect] = adapter(transaction, options);
    this.#source = `/${service}`;
    this.#now = now;
  }

  /**
   * Writes the event into the outbox, and commits nothing. It is in the log soon after the transaction has committed.
   * What the node refuses goes aside there, with its reason. Errors are those of the database.
   */
  async publish<T extends EventType, D extends Named<EventData<T>>>(
    type: T,
    data: D,
    metadata: PublishMetadata = {},
    options: Omit<PublishOptions, 'deadlineMs' | 'signal'> = {},
  ): Promise<{ id: string }> {
    const id = options.id ?? uuidv7(this.#now());
    const columns = columnsOf(draftOf(type, id, options.source ?? this.#source, data, metadata, options));
    // MySQL reads no time with a zone, and takes others for times of the session's.
    if (this.#dialect === 'mysql' && columns['occurred_at'] !== undefined) columns['occurred_at'] = (Date.parse(columns['occurred_at']) / 1000).toFixed(3);
    const names = Object.keys(columns);
    await this.#run(statementOf(this.#dialect, names), Object.values(columns));
    return { id };
  }
}

const casts: Record<string, string> = { data: 'json', metadata: 'json', occurred_at: 'timestamptz' };

function statementOf(dialect: Dialect, names: readonly string[]): string {
  if (dialect === 'postgresql') {
    // Drivers send texts; the function has its types.
    const values = names.map((name) => (name in casts ? `${name} => CAST(CAST(? AS text) AS ${casts[name] ?? 'text'})` : `${name} => CAST(? AS text)`));
    return `SELECT carillon.publish(${values.join(', ')})`;
  }
  const marks = names.map((name) => (dialect === 'mysql' && name === 'occurred_at' ? 'FROM_UNIXTIME(?)' : '?'));
  return `INSERT INTO carillon_outbox (${names.join(', ')}) VALUES (${marks.join(', ')})`;
}

/** The columns that the event has; the others have their defaults. */
function columnsOf(draft: Draft): Record<string, string> {
  const text = (name: string): string | undefined => {
    const value = draft[name];
    return typeof value === 'string' ? value : undefined;
  };
  const all: Record<string, string | undefined> = {
    type: draft.type,
    data: JSON.stringify(draft.data),
    id: draft.id,
    source: draft.source,
    company_id: text('companyId'),
    user_id: text('userId'),
    correlation_id: text('correlationId'),
    causation_id: text('causationId'),
    traceparent: text('traceparent'),
    audience: draft.audience,
    metadata: draft.metadata === undefined ? undefined : JSON.stringify(draft.metadata),
    occurred_at: draft.time,
  };
  return Object.fromEntries(Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined));
}

/** `$1`, `$2` … for the drivers of PostgreSQL. */
function numbered(statement: string): string {
  let count = 0;
  return statement.replaceAll('?', () => `$${++count}`);
}

function adapter(transaction: Transaction, options: TransactionOptions): [Run, Dialect] {
  const x = transaction as unknown as Record<string, unknown>;
  if (typeof x['$executeRawUnsafe'] === 'function') return prisma(transaction as PrismaTransaction, options.dialect ?? dialectNamed(x['_activeProvider']) ?? 'postgresql');
  if (typeof x['raw'] === 'function') return knex(transaction as KnexTransaction, options.dialect ?? dialectNamed((x['client'] as { dialect?: unknown } | undefined)?.dialect) ?? 'postgresql');
  if (typeof x['query'] === 'function' && !isDrizzle(x)) return driver(transaction as QueryTransaction, options.dialect ?? 'postgresql');
  if (typeof x['execute'] === 'function' || typeof x['run'] === 'function') return drizzle(x, options.dialect ?? drizzleDialect(x));
  throw new CarillonError('invalid_argument', 'the transaction is none of pg, Prisma, Drizzle or Knex');
}

function dialectNamed(name: unknown): Dialect | undefined {
  if (typeof name !== 'string') return undefined;
  if (name.startsWith('postgres') || name.startsWith('pg') || name.startsWith('cockroach')) return 'postgresql';
  if (name.startsWith('mysql') || name.startsWith('maria')) return 'mysql';
  return name.includes('sqlite') ? 'sqlite' : undefined;
}

function prisma(transaction: PrismaTransaction, dialect: Dialect): [Run, Dialect] {
  if (dialect === 'postgresql') return [(statement, values) => transaction.$queryRawUnsafe(numbered(statement), ...values), dialect];
  return [(statement, values) => transaction.$executeRawUnsafe(statement, ...values), dialect];
}

function knex(transaction: KnexTransaction, dialect: Dialect): [Run, Dialect] {
  return [async (statement, values) => transaction.raw(statement, values as never), dialect];
}

function driver(transaction: QueryTransaction, dialect: Dialect): [Run, Dialect] {
  return [(statement, values) => transaction.query(dialect === 'postgresql' ? numbered(statement) : statement, [...values]), dialect];
}

// Drizzle's classes have this in common, and a name that minifiers keep.
const entityKind = Symbol.for('drizzle:entityKind');

function kindsOf(x: object): string[] {
  const kinds: string[] = [];
  for (let at: unknown = x.constructor; typeof at === 'function'; at = Object.getPrototypeOf(at)) {
    const kind: unknown = (at as unknown as Record<symbol, unknown>)[entityKind];
    if (typeof kind === 'string') kinds.push(kind);
  }
  return kinds;
}

function isDrizzle(x: object): boolean {
  return kindsOf(x).length > 0;
}

function drizzleDialect(x: Record<string, unknown>): Dialect {
  const kinds = kindsOf(x).join(' ').toLowerCase();
  if (kinds.includes('mysql')) return 'mysql';
  return kinds.includes('sqlite') || typeof x['execute'] !== 'function' ? 'sqlite' : 'postgresql';
}

interface DrizzleSql {
  join(chunks: unknown[]): unknown;
  raw(text: string): unknown;
  (strings: TemplateStringsArray, ...values: unknown[]): unknown;
}

function drizzle(transaction: Record<string, unknown>, dialect: Dialect): [Run, Dialect] {
  const call = (typeof transaction['execute'] === 'function' ? transaction['execute'] : transaction['run']) as (query: unknown) => unknown;
  return [
    async (statement, values) => {
      // Of the application: this package does not depend on it.
      const name = 'drizzle-orm';
      const { sql } = (await import(name)) as { sql: DrizzleSql };
      const parts = statement.split('?');
      const chunks = parts.flatMap((part, index) => (index < values.length ? [sql.raw(part), sql`${values[index]}`] : [sql.raw(part)]));
      return call.call(transaction, sql.join(chunks));
    },
    dialect,
  ];
}
