/** NATS JetStream, storage in files. Its server writes, and does not sync: a confirmation outlives the process only. */
import { connect, StringCodec } from 'nats'
import { eventually, freePort, start } from './server.mjs'

export async function nats({ directory }) {
  const port = await freePort()
  const server = start(directory, '/usr/sbin/nats-server', ['--addr', '127.0.0.1', '--port', String(port), '--jetstream', '--store_dir', `${directory}/store`])
  const connection = await eventually(() => connect({ servers: `127.0.0.1:${port}` }), server)
  const manager = await connection.jetstreamManager()
  await manager.streams.add({ name: 'events', subjects: ['events.>'], storage: 'file', num_replicas: 1 })
  const stream = connection.jetstream({ timeout: 20_000 })
  const codec = StringCodec()
  const publish = (x) => stream.publish(`events.${x.type}`, codec.encode(JSON.stringify(x)))
  return {
    durable: 'written, not synced',
    publish,
    publishMany: (events) => Promise.all(events.map(publish)),
    close: async () => {
      await connection.close()
      await server.stop()
    },
  }
}
