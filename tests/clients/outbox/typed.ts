// Their types, and ours: `tsc --strict` compiles this, nothing runs it.
import { PrismaClient } from '@prisma/client';
import { drizzle } from 'drizzle-orm/node-postgres';
import createKnex from 'knex';
import pg from 'pg';
import { EventBus } from 'carillon';

const data = { orderId: 'o-1', reason: 'late' };

export async function withPg(client: pg.PoolClient): Promise<void> {
  await EventBus.withTransaction(client).publish('order.cancelled', data, { companyId: 'c-1' });
}

export async function withKnex(): Promise<void> {
  const knex = createKnex({ client: 'pg' });
  await knex.transaction(async (trx) => {
    await EventBus.withTransaction(trx).publish('order.cancelled', data, { companyId: 'c-1' });
  });
}

export async function withDrizzle(pool: pg.Pool): Promise<void> {
  await drizzle(pool).transaction(async (tx) => {
    await EventBus.withTransaction(tx).publish('order.cancelled', data, { companyId: 'c-1' });
  });
}

export async function withPrisma(prisma: PrismaClient): Promise<void> {
  await prisma.$transaction(async (tx) => {
    await EventBus.withTransaction(tx).publish('order.cancelled', data, { companyId: 'c-1' });
  });
}
