/** A consumer of Carillon, by the raw protocol: events in messages of up to 100, each acknowledged as one. */
import { spawn } from 'node:child_process'
import http from 'node:http'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { WebSocket } from 'ws'
import { EventSystem } from '../../clients/typescript/dist/esm/index.js'

/** Starts a node with a data directory of this name; gives its data port, and what ends it. */
export async function startNode(binary, directory, name) {
  const child = spawn(binary, ['serve', '--dev', '--data-dir', join(directory, name), '--listen', '127.0.0.1:0', '--admin-listen', '127.0.0.1:0'], { stdio: ['ignore', 'pipe', 'ignore'] })
  const ended = new Promise((resolve) => child.once('close', resolve))
  process.once('exit', () => child.kill('SIGKILL'))
  const address = await new Promise((resolve, reject) => {
    ended.then((code) => reject(new Error(`the node ended with ${code}`)))
    createInterface({ input: child.stdout }).on('line', (line) => {
      const match = /^ready data=(\S+)/.exec(line)
      if (match) resolve(match[1])
    })
  })
  return {
    address,
    stop: async () => {
      child.kill('SIGTERM')
      await ended
    },
  }
}

export async function carillon({ directory, binary }) {
  const { address, stop } = await startNode(binary, directory, 'carillon')
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
      request.end(JSON.stringify(body))
    })
  const eventOf = (data) => ({ type: 'order.cancelled', companyId: 'c-1', data })
  const system = new EventSystem({ url: `http://${address}`, service: 'bench' })
  let consumer = ''
  let rounds = 0
  return {
    name: 'carillon',
    begin: async () => {
      consumer = `bench-${(rounds += 1)}`
      await call('PUT', `/api/consumers/${consumer}`, { types: ['order.*'], maxInFlight: 1_000 })
    },
    addMany: (items) => call('POST', '/api/events', items.map(eventOf)),
    /** By the npm package, as its README has it: calls of one tick travel together. */
    addOne: (item) => system.publish('order.cancelled', item, { companyId: 'c-1' }),
    /** Ends with what stops the worker. `done` is called when the end of a job is durable. */
    work: async (handle, done) => {
      const socket = new WebSocket(`ws://${address}/consume/${consumer}`, ['carillon.consumer.v1'], { perMessageDeflate: false })
      await new Promise((resolve, reject) => {
        socket.once('open', resolve)
        socket.once('error', reject)
      })
      let open = []
      socket.on('message', (bytes) => {
        const message = JSON.parse(bytes)
        if (message.op === 'acked') {
          const before = open.length
          open = open.filter((seq) => seq > message.upTo)
          done(before - open.length)
        }
        if (message.op !== 'deliver') return
        for (const { event } of message.deliveries) {
          handle(event.data)
          open.push(event.seq)
        }
        socket.send(JSON.stringify({ op: 'ack', ids: message.deliveries.map(({ id }) => id) }))
        socket.send(JSON.stringify({ op: 'credit', n: message.deliveries.length }))
      })
      socket.send(JSON.stringify({ op: 'credit', n: 1_000 }))
      return async () => {
        socket.terminate()
        await call('DELETE', `/api/consumers/${consumer}`, {}).catch(() => {})
      }
    },
    close: async () => {
      agent.destroy()
      await stop()
    },
  }
}
