/**
 * Jobs of Carillon. They are added by the npm package, as its README has it: calls of one tick travel together, and so do those that wait for a request under
 * way. They are taken by the raw protocol, in messages of up to 100, each acknowledged as one.
 */
import http from 'node:http'
import { WebSocket } from 'ws'
import { EventSystem } from '../../clients/typescript/dist/esm/index.js'
import { startNode } from './carillon.mjs'

export async function carillonJobs({ directory, binary }) {
  const { address, stop } = await startNode(binary, directory, 'carillon-jobs')
  const agent = new http.Agent({ keepAlive: true, maxSockets: 64 })
  const call = (method, path, body) =>
    new Promise((resolve, reject) => {
      const request = http.request(`http://${address}${path}`, { agent, method, headers: { 'Content-Type': 'application/json' } }, (answer) => {
        let text = ''
        answer.setEncoding('utf8')
        answer.on('data', (part) => (text += part))
        answer.on('end', () => (answer.statusCode < 300 ? resolve(text) : reject(new Error(`${answer.statusCode} ${text}`))))
      })
      request.on('error', reject)
      request.end(body && JSON.stringify(body))
    })
  const system = new EventSystem({ url: `http://${address}`, service: 'bench' })
  let queue = ''
  let rounds = 0
  /** An array by itself, as the other queues have a call for it. */
  const addMany = async (items) => {
    const { results } = JSON.parse(await call('POST', '/api/jobs', items.map((payload) => ({ queue, companyId: 'c-1', payload }))))
    const refused = results.find(({ error }) => error)
    if (refused) throw new Error(`job ${refused.index}: ${refused.error.detail}`)
  }
  return {
    name: 'carillon-jobs',
    begin: async () => {
      queue = `bench-${(rounds += 1)}`
    },
    addMany,
    addOne: (payload) => system.jobs.enqueue(queue, payload, { companyId: 'c-1' }),
    /** Ends with what stops the worker. `done` is called when the end of a job is durable. */
    work: async (handle, done, { backlog }) => {
      const socket = new WebSocket(`ws://${address}/consume/queue/${queue}`, ['carillon.consumer.v1'], { perMessageDeflate: false })
      await new Promise((resolve, reject) => {
        socket.once('open', resolve)
        socket.once('error', reject)
      })
      let acknowledged = []
      let open = true
      // An acknowledgement is not answered with the end on disk: the job shows it, and ends are stored in their order.
      const watch = async () => {
        while (open) {
          const seen = acknowledged
          acknowledged = []
          if (seen.length > 0) {
            while (open && JSON.parse(await call('GET', `/api/jobs/${seen.at(-1)}`)).state !== 'done') await new Promise((resolve) => setTimeout(resolve, 2))
            done(seen.length)
          } else await new Promise((resolve) => setTimeout(resolve, 2))
        }
      }
      // Where the time to the handler is measured, these calls would be the node's greater load.
      if (backlog) watch().catch((error) => open && console.error('carillon-jobs:', error.message))
      socket.on('message', (bytes) => {
        const message = JSON.parse(bytes)
        if (message.op !== 'deliver') return
        const ids = message.deliveries.map(({ id }) => id)
        for (const { job } of message.deliveries) handle(job.payload)
        socket.send(JSON.stringify({ op: 'ack', ids }))
        socket.send(JSON.stringify({ op: 'credit', n: ids.length }))
        if (backlog) acknowledged.push(...ids)
        else done(ids.length)
      })
      socket.send(JSON.stringify({ op: 'credit', n: 1_000 }))
      return async () => {
        open = false
        socket.terminate()
      }
    },
    close: async () => {
      agent.destroy()
      await stop()
    },
  }
}
