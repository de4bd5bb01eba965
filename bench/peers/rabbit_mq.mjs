/** RabbitMQ, a quorum queue of one node, publisher confirms: its write-ahead log is synced before a confirmation. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { connect } from 'amqplib'
import { eventually, freePort, start } from './server.mjs'

export async function rabbitMq({ directory }) {
  mkdirSync(directory, { recursive: true })
  const [port, distribution, names] = [await freePort(), await freePort(), await freePort()]
  writeFileSync(`${directory}/rabbitmq.conf`, `listeners.tcp.1 = 127.0.0.1:${port}\n`)
  writeFileSync(`${directory}/plugins`, '[].\n')
  writeFileSync(`${directory}/env.conf`, '')
  const server = start(directory, '/usr/lib/rabbitmq/bin/rabbitmq-server', [], {
    env: {
      ...process.env,
      HOME: directory,
      RABBITMQ_NODENAME: `peers-${process.pid}@localhost`,
      RABBITMQ_DIST_PORT: String(distribution),
      RABBITMQ_CONF_ENV_FILE: `${directory}/env.conf`,
      RABBITMQ_CONFIG_FILE: `${directory}/rabbitmq.conf`,
      RABBITMQ_ENABLED_PLUGINS_FILE: `${directory}/plugins`,
      RABBITMQ_MNESIA_BASE: `${directory}/mnesia`,
      RABBITMQ_LOG_BASE: `${directory}/logs`,
      ERL_EPMD_ADDRESS: '127.0.0.1',
      ERL_EPMD_PORT: String(names),
    },
  })
  const connection = await eventually(() => connect(`amqp://guest:guest@127.0.0.1:${port}`), server)
  const channel = await connection.createConfirmChannel()
  await channel.assertQueue('events', { durable: true, arguments: { 'x-queue-type': 'quorum' } })
  const publish = (x) => new Promise((resolve, reject) => {
    channel.sendToQueue('events', Buffer.from(JSON.stringify(x)), { persistent: true }, (error) => (error ? reject(error) : resolve()))
  })
  return {
    durable: 'fsync before the confirmation',
    publish,
    publishMany: (events) => Promise.all(events.map(publish)),
    close: async () => {
      await connection.close()
      await server.stop()
      // Erlang's server of names outlives the nodes that started it.
      execFileSync('epmd', ['-port', String(names), '-kill'], { stdio: 'ignore' })
    },
  }
}
