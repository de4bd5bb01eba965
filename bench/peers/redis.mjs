/** Redis streams, `appendfsync always`; the client gathers the commands of a tick, as ioredis recommends. */
import { Redis } from 'ioredis'
import { eventually, freePort, start } from './server.mjs'

export async function redis({ directory }) {
  const port = await freePort()
  const server = start(directory, 'redis-server', ['--port', port, '--bind', '127.0.0.1', '--dir', directory, '--save', '', '--appendonly', 'yes', '--appendfsync', 'always'].map(String))
  const client = new Redis({ host: '127.0.0.1', port, enableAutoPipelining: true })
  client.on('error', () => {})
  await eventually(() => client.ping(), server)
  return {
    durable: 'fsync before the answer',
    publish: (x) => client.xadd('events', '*', 'event', JSON.stringify(x)),
    publishMany: async (events) => {
      const pipeline = client.pipeline()
      for (const x of events) pipeline.xadd('events', '*', 'event', JSON.stringify(x))
      for (const [error] of await pipeline.exec()) if (error) throw error
    },
    close: async () => {
      client.disconnect()
      await server.stop()
    },
  }
}
