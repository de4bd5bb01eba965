/** A table in PostgreSQL by npm `pg`: one INSERT for a call, a pool of 20 connections. */
import pg from 'pg'

const table = `CREATE TABLE events (seq bigserial PRIMARY KEY, id text UNIQUE NOT NULL, type text NOT NULL, company_id text,
  user_id text, data jsonb NOT NULL, recorded_at timestamptz NOT NULL DEFAULT now())`
export const columns = ({ id, type, companyId, userId, data }) => [id, type, companyId, userId, JSON.stringify(data)]

export async function postgres({ postgres: how }) {
  const pool = new pg.Pool({ ...how, max: 20 })
  await pool.query(`DROP TABLE IF EXISTS events; ${table}`)
  const one = { name: 'one', text: 'INSERT INTO events (id, type, company_id, user_id, data) VALUES ($1, $2, $3, $4, $5) RETURNING seq' }
  const manyText = `INSERT INTO events (id, type, company_id, user_id, data)
    SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::jsonb[]) RETURNING seq`
  return {
    durable: 'fsync before the answer',
    publish: (x) => pool.query({ ...one, values: columns(x) }),
    publishMany: (events) => {
      const rows = events.map(columns)
      return pool.query({ name: 'many', text: manyText, values: rows[0].map((_, column) => rows.map((row) => row[column])) })
    },
    close: () => pool.end(),
  }
}
