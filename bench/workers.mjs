// Workers outside of the node: how many events a second, how soon, and what one failing key costs the others.
//
//   node bench/workers.mjs BINARY NPM_DIR [ROUNDS] [PART,…]      NPM_DIR has node_modules/ws
//
// Prints JSON lines. Parts, all of them if not said otherwise:
//   batches   events/s over one WebSocket in messages of up to 100, each message acknowledged by one; the end is when
//             the node says that the cursor is on disk beyond the last one
//   singles   the same, one event in each message, up to 256 on the way; and one at a time
//   pull      the same by POST /pull of up to 100 and POST /ack, on one connection; and on four
//   latency   from before a publish to the worker, in milliseconds, at 1,000 events/s of another process, each by a
//             request of its own; durable before it is delivered
//   poisoned  batches and latency with 10,000 keys in order per key, beside the same with one key whose first event
//             fails every 100 ms, in turns; `cost` compares the two of a round
// The node is durable (SQLite, fsync), with its built-in handlers. CARILLON_BENCH_EVENTS (100000) is the length of the log.

import { fork, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import http from 'node:http'
import { createRequire } from 'node:module'
import os from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
const now = () => Number(process.hrtime.bigint()) / 1e6
const keys = 10_000

function percentiles(ms) {
  const sorted = [...ms].sort((a, b) => a - b)
  const at = (share) => Number((sorted[Math.floor(share * (sorted.length - 1))] ?? NaN).toFixed(2))
  return { n: sorted.length, p50: at(0.5), p99: at(0.99), max: at(1) }
}

/** One request on a connection that stays. */
function call(agent, url, method, body) {
  return new Promise((resolve, reject) => {
    const text = body === undefined ? undefined : JSON.stringify(body)
    const headers = text === undefined ? {} : { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) }
    const request = http.request(url, { agent, method, headers }, (answer) => {
      const parts = []
      answer.on('data', (x) => parts.push(x))
      answer.on('end', () => {
        const got = Buffer.concat(parts).toString()
        if (answer.statusCode >= 400) reject(new Error(`${method} ${url}: ${answer.statusCode} ${got}`))
        else resolve(got)
      })
    })
    request.on('error', reject)
    request.end(text)
  })
}

const order = (key, more = {}) => ({ type: 'order.cancelled', companyId: 'c-1', data: { orderId: `k-${key}`, reason: 'late', ...more } })

// -- another process: publishes at a rate ---------------------------------------------

async function publisher({ data, perSecond, seconds, randomKeys }) {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 32 })
  const begun = now()
  let sent = 0
  let open = 0
  let failed = 0
  while (now() - begun < seconds * 1_000) {
    for (; sent < ((now() - begun) / 1_000) * perSecond; sent += 1) {
      open += 1
      // The poisoned key is left out: its first event is there already.
      const key = 1 + (randomKeys ? Math.floor(Math.random() * (keys - 1)) : sent % (keys - 1))
      call(agent, `${data}/api/events`, 'POST', order(key, { at: now() })).then(() => (open -= 1), () => (failed += 1))
    }
    await sleep(1)
  }
  while (open > failed) await sleep(1)
  process.send({ sent, failed })
  process.disconnect()
  agent.destroy()
}

// -- the node ---------------------------------------------------------------------------

async function startNode(binary) {
  const directory = mkdtempSync(path.join(os.tmpdir(), 'carillon-workers-'))
  const words = ['serve', '--dev', '--data-dir', path.join(directory, 'data'), '--listen', '127.0.0.1:0', '--admin-listen', '127.0.0.1:0']
  const child = spawn(binary, words, { stdio: ['ignore', 'pipe', 'ignore'] })
  const ended = new Promise((resolve) => child.once('close', resolve))
  process.once('exit', () => child.kill('SIGKILL'))
  const ready = await new Promise((resolve, reject) => {
    ended.then((code) => reject(new Error(`the node ended with ${code}`)))
    createInterface({ input: child.stdout }).on('line', (line) => {
      const match = /^ready data=(\S+) admin=(\S+)/.exec(line)
      if (match) resolve(match)
    })
  })
  return {
    data: `http://${ready[1]}`,
    admin: `http://${ready[2]}`,
    stop: async () => {
      child.kill('SIGTERM')
      await ended
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

/** Waits until the built-in handlers have nothing to do, which would be measured as well. */
async function quiet(node, agent) {
  for (;;) {
    const { events } = JSON.parse(await call(agent, `${node.admin}/api/events?limit=1`, 'GET'))
    const { consumers } = JSON.parse(await call(agent, `${node.admin}/api/consumers`, 'GET'))
    const head = events[0]?.seq ?? 0
    if (consumers.every((one) => one.cursor >= head || one.retrying > 0)) return head
    await sleep(50)
  }
}

async function publishAll(node, agent, count, keyOf, more) {
  for (let from = 0; from < count; from += 1_000) {
    const events = Array.from({ length: Math.min(1_000, count - from) }, (_, index) => order(keyOf(from + index), more))
    await call(agent, `${node.data}/api/events`, 'POST', events)
  }
}

// -- workers ------------------------------------------------------------------------------

/**
 * A worker by WebSocket. `onDeliveries` gets the deliveries of a message and returns those that fail; the others
 * are acknowledged at once.
 */
async function connect(WebSocket, node, name, credit, onDeliveries, onAcked) {
  const socket = new WebSocket(`${node.data.replace('http', 'ws')}/consume/${name}`, ['carillon.consumer.v1'], { perMessageDeflate: false })
  await new Promise((resolve, reject) => {
    socket.once('open', resolve)
    socket.once('error', reject)
  })
  socket.on('message', (bytes) => {
    const message = JSON.parse(bytes)
    if (message.op === 'acked') onAcked?.(message.upTo)
    if (message.op === 'error' || message.op === 'stale') throw new Error(bytes.toString())
    if (message.op !== 'deliver') return
    const failing = onDeliveries(message.deliveries)
    const ids = message.deliveries.map((x) => x.id).filter((id) => !failing?.has(id))
    if (ids.length > 0) socket.send(JSON.stringify({ op: 'ack', ids }))
    for (const id of failing ?? []) socket.send(JSON.stringify({ op: 'nack', id, reason: 'poisoned' }))
    socket.send(JSON.stringify({ op: 'credit', n: message.deliveries.length }))
  })
  socket.send(JSON.stringify({ op: 'credit', n: credit }))
  return socket
}

let consumers = 0
async function consumer(node, agent, settings) {
  const name = `bench-${(consumers += 1)}`
  await call(agent, `${node.data}/api/consumers/${name}`, 'PUT', { types: ['order.*'], start: 'beginning', ...settings })
  return name
}

const remove = (node, agent, name) => call(agent, `${node.data}/api/consumers/${name}`, 'DELETE')

/** Events a second from the beginning of the log until `upTo` is durably acknowledged. */
async function bySocket(WebSocket, node, agent, upTo, batch, credit) {
  const name = await consumer(node, agent, { maxInFlight: Math.max(credit, 1), batch: { max: batch, waitMs: 0 } })
  let messages = 0
  let handled = 0
  const begun = now()
  let socket
  await new Promise((resolve, reject) => {
    connect(WebSocket, node, name, credit, (xs) => {
      messages += 1
      handled += xs.length
    }, (position) => position >= upTo && resolve()).then((x) => (socket = x), reject)
  })
  const seconds = (now() - begun) / 1_000
  socket.terminate()
  await remove(node, agent, name)
  return { perSecond: Math.round(upTo / seconds), events: handled, messages }
}

async function byPull(node, agent, upTo, connections) {
  const name = await consumer(node, agent, { maxInFlight: 1_000, batch: { max: 100, waitMs: 0 } })
  const begun = now()
  let done = 0
  const work = async () => {
    const own = new http.Agent({ keepAlive: true, maxSockets: 1 })
    while (done < upTo) {
      const { deliveries } = JSON.parse(await call(own, `${node.data}/api/consumers/${name}/pull`, 'POST', { max: 100, waitMs: 100 }))
      if (deliveries.length === 0) continue
      const { settled } = JSON.parse(await call(own, `${node.data}/api/consumers/${name}/ack`, 'POST', { deliveries: deliveries.map(({ id, fence }) => ({ id, fence })) }))
      done += settled
    }
    own.destroy()
  }
  await Promise.all(Array.from({ length: connections }, work))
  const seconds = (now() - begun) / 1_000
  await remove(node, agent, name)
  return { perSecond: Math.round(done / seconds), events: done }
}

/** Percentiles of the time from a publish to the worker, after a second of warming up. */
async function latency(WebSocket, node, agent, settings, failing) {
  const name = await consumer(node, agent, { start: 'now', ...settings })
  if (failing) await publishAll(node, agent, 1, () => 0)
  const times = []
  let count = 0
  const socket = await connect(WebSocket, node, name, 256, (xs) => {
    const at = now()
    for (const { event } of xs) if (event.data.at !== undefined && (count += 1) > 1_000) times.push(at - event.data.at)
    return failing && failing(xs)
  })
  const child = fork(fileURLToPath(import.meta.url), [], { env: { ...process.env, WORKERS_BENCH_PUBLISHER: JSON.stringify({ data: node.data, perSecond: 1_000, seconds: 8, randomKeys: true }) } })
  const { sent, failed } = await new Promise((resolve) => child.once('message', resolve))
  const end = now() + 10_000
  while (count < sent - failed && now() < end) await sleep(10)
  socket.terminate()
  await remove(node, agent, name)
  return { ...percentiles(times), sent, failed, missing: sent - failed - count }
}

// -- one key that fails -------------------------------------------------------------------

const perKey = { order: 'per_key', key: '/orderId', maxAttempts: 100, retrySchedule: [100], maxInFlight: 1_000 }

/** Of the log from `after` on, whose keys repeat every 10,000 events: events a second of the keys that do not fail. */
async function keyed(WebSocket, node, agent, after, poisoned) {
  const events = keys * 8
  const name = await consumer(node, agent, { ...perKey, start: after })
  let others = 0
  let failures = 0
  let socket
  const begun = now()
  await new Promise((resolve, reject) => {
    connect(WebSocket, node, name, 1_000, (xs) => {
      const failing = new Set()
      for (const { id, event } of xs)
        if (event.data.orderId !== 'k-0') others += 1
        else if (poisoned) failing.add(id)
      failures += failing.size
      if (others >= events - 8) resolve()
      return failing
    }).then((x) => (socket = x), reject)
  })
  const seconds = (now() - begun) / 1_000
  socket.terminate()
  await remove(node, agent, name)
  return { perSecond: Math.round(others / seconds), failures }
}

async function main() {
  const [binary, npm, rounds = '3', parts = 'batches,singles,pull,latency,poisoned'] = process.argv.slice(2)
  if (npm === undefined) {
    console.error('usage: node bench/workers.mjs BINARY NPM_DIR [ROUNDS] [batches,singles,pull,latency,poisoned]')
    process.exit(2)
  }
  const { WebSocket } = createRequire(path.join(path.resolve(npm), 'package.json'))('ws')
  const agent = new http.Agent({ keepAlive: true })
  const log = Number(process.env.CARILLON_BENCH_EVENTS ?? 100_000)
  const say = (bench, round, result) => console.log(JSON.stringify({ bench: `workers_${bench}`, round, ...result }))
  const wanted = new Set(parts.split(','))
  const node = await startNode(binary)
  try {
    await publishAll(node, agent, log, (index) => index % keys)
    await quiet(node, agent)
    for (let round = 1; round <= Number(rounds); round += 1) {
      if (wanted.has('batches')) say('batches_of_100', round, await bySocket(WebSocket, node, agent, log, 100, 1_000))
      if (wanted.has('singles')) {
        say('singles', round, await bySocket(WebSocket, node, agent, Math.ceil(log / 4), 1, 256))
        say('one_at_a_time', round, await bySocket(WebSocket, node, agent, Math.ceil(log / 50), 1, 1))
      }
      if (wanted.has('pull'))
        for (const connections of [1, 4]) say(`pull_${connections}`, round, await byPull(node, agent, Math.ceil(log / 4), connections))
    }
    if (wanted.has('latency'))
      for (let round = 1; round <= Number(rounds); round += 1) {
        await quiet(node, agent)
        say('latency', round, await latency(WebSocket, node, agent, { maxInFlight: 256 }))
      }
    if (wanted.has('poisoned')) {
      const after = await quiet(node, agent)
      await publishAll(node, agent, keys * 8, (index) => index % keys)
      for (let round = 1; round <= Number(rounds); round += 1) {
        await quiet(node, agent)
        // In turns, the other one first each time.
        const rates = {}
        for (const poisoned of round % 2 === 0 ? [true, false] : [false, true]) rates[poisoned] = await keyed(WebSocket, node, agent, after, poisoned)
        const times = {}
        for (const poisoned of round % 2 === 0 ? [true, false] : [false, true]) {
          await quiet(node, agent)
          const failing = (xs) => new Set(xs.filter((x) => x.event.data.orderId === 'k-0').map((x) => x.id))
          times[poisoned] = await latency(WebSocket, node, agent, perKey, poisoned ? failing : undefined)
        }
        const percent = (x) => Number((100 * x).toFixed(1))
        say('poisoned_key', round, {
          rate: rates[false].perSecond,
          ratePoisoned: rates[true].perSecond,
          failures: rates[true].failures,
          p99: times[false].p99,
          p99Poisoned: times[true].p99,
          cost: { throughputPercent: percent(1 - rates[true].perSecond / rates[false].perSecond), p99Percent: percent(times[true].p99 / times[false].p99 - 1) },
        })
      }
    }
  } finally {
    await node.stop()
  }
  process.exit(0)
}

if (process.env.WORKERS_BENCH_PUBLISHER) await publisher(JSON.parse(process.env.WORKERS_BENCH_PUBLISHER))
else await main()
