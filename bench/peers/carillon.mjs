/** Carillon with its handlers, index and audit as they are by default; one HTTP request for a call. */
import { createInterface } from 'node:readline'
import { Pool } from 'undici'
import { start } from './server.mjs'

export async function carillon({ directory, binary }) {
  // Mails and notifications are work that no peer does.
  const server = start(directory, binary, ['serve', '--dev', '--data-dir', `${directory}/data`, '--listen', '127.0.0.1:0', '--admin-listen', '127.0.0.1:0', '--log-level', 'warn', '--email-types', '', '--notification-types', ''], { stdout: 'pipe' })
  const address = await new Promise((resolve, reject) => {
    server.ended.then((code) => reject(new Error(`the node ended with ${code}`)))
    createInterface({ input: server.child.stdout }).on('line', (line) => {
      const match = /^ready data=(\S+)/.exec(line)
      if (match) resolve(match[1])
    })
  })
  const pool = new Pool(`http://${address}`, { connections: 64 })
  const publish = async (x) => {
    const { statusCode, body } = await pool.request({ method: 'POST', path: '/api/events', headers: { 'content-type': 'application/json' }, body: JSON.stringify(x) })
    const text = await body.text()
    if (statusCode >= 300) throw new Error(`${statusCode} ${text}`)
  }
  return {
    durable: 'fsync before the answer',
    publish,
    publishMany: publish,
    close: async () => {
      await pool.destroy()
      await server.stop()
    },
  }
}
