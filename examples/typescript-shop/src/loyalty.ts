import { EventBus, type CarillonEvent, type Subscription } from 'carillon';
import type pg from 'pg';

const schema = `
  create table if not exists positions (name text primary key, seq bigint not null);
  create table if not exists points (user_id text primary key, points bigint not null, orders bigint not null);
  insert into positions values ('loyalty', 0) on conflict do nothing;`;

/** One point for each whole unit of an order's total: each order counts once, whatever is killed when. */
async function count(pool: pg.Pool, event: CarillonEvent<'order.created'>): Promise<void> {
  const client = await pool.connect();
  // Without a listener, a connection that breaks between two statements ends the process.
  const onError = (): void => undefined;
  client.on('error', onError);
  try {
    await client.query('begin');
    // No row: another process, or this one before a crash, has counted the order.
    const moved = await client.query(`update positions set seq = $1 where name = 'loyalty' and seq < $1`, [event.seq]);
    if (moved.rowCount === 1) {
      await client.query(
        `insert into points values ($1, $2, 1)
         on conflict (user_id) do update set points = points.points + excluded.points, orders = points.orders + 1`,
        [event.userId ?? '', Math.floor(event.data.total)],
      );
    }
    await client.query('commit');
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    throw error;
  } finally {
    client.removeListener('error', onError);
    client.release();
  }
}

/** Makes the tables, and follows the orders from the position that was reached. */
export async function startLoyalty(pool: pg.Pool): Promise<Subscription> {
  await pool.query(schema);
  const { rows } = await pool.query<{ seq: string }>(`select seq from positions where name = 'loyalty'`);
  return EventBus.subscribe('order.created', (event) => count(pool, event), {
    durable: false,
    since: Number(rows[0]?.seq ?? 0),
    repeatFailed: true,
  });
}

export async function pointsOf(pool: pg.Pool, userId: string): Promise<{ points: number; orders: number }> {
  const { rows } = await pool.query<{ points: string; orders: string }>('select points, orders from points where user_id = $1', [userId]);
  return { points: Number(rows[0]?.points ?? 0), orders: Number(rows[0]?.orders ?? 0) };
}
