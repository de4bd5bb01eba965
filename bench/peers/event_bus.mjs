/**
 * What applications have at home: an Express application that stores each event by an INSERT, then emits it to
 * the handlers of its own process. It has no retries, no index by company, no webhooks.
 */
import { fileURLToPath } from 'node:url'
import { Pool } from 'undici'
import { eventually, freePort, start } from './server.mjs'

export async function eventBus({ directory, postgres }) {
  const port = await freePort()
  const server = start(directory, process.execPath, [fileURLToPath(new URL('event_bus_server.mjs', import.meta.url)), String(port), JSON.stringify(postgres)])
  const pool = new Pool(`http://127.0.0.1:${port}`, { connections: 64 })
  const publish = async (x) => {
    const { statusCode, body } = await pool.request({ method: 'POST', path: '/api/events', headers: { 'content-type': 'application/json' }, body: JSON.stringify(x) })
    const text = await body.text()
    if (statusCode >= 300) throw new Error(`${statusCode} ${text}`)
  }
  await eventually(() => publish({ type: 'order.created', id: 'first', companyId: 'c-1', data: {} }), server)
  return {
    durable: 'fsync before the answer',
    publish,
    close: async () => {
      await pool.destroy()
      await server.stop()
    },
  }
}
