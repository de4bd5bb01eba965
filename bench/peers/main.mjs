// The same events through Carillon and through what else takes them, in turns.
//
//   bench/peers/run.sh BINARY [ROUNDS] [NAME,…]
//
// Per round and peer:
//   one        events/s, one in each call, 64 calls in progress; a call ends when the peer has confirmed
//   one_p99    milliseconds, of these calls
//   many       events/s, 100 in each call, 16 calls in progress; absent where a peer has no such call
//   p50, p99   milliseconds, at 1,000 calls of one event a second
//   client     share of a core that this process used in `one`: near 1 it is the client that is measured
// `durable` says what a confirmation means. Last the ratios of Carillon to each peer: median, least and most of the
// rounds; above 1 Carillon is the better one.

import { loadavg } from 'node:os'
import { carillon } from './carillon.mjs'
import { eventBus } from './event_bus.mjs'
import { nats } from './nats.mjs'
import { postgres } from './postgres.mjs'
import { rabbitMq } from './rabbit_mq.mjs'
import { redis } from './redis.mjs'

const all = { carillon, redis, rabbitmq: rabbitMq, nats, postgres, 'event-bus': eventBus }
const [binary, directory, postgresDirectory, roundsText = '3', names = Object.keys(all).join(',')] = process.argv.slice(2)
const milliseconds = Number(process.env.PEERS_SECONDS ?? 5) * 1_000

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
let made = 0
/** About 200 bytes, as JSON. */
const eventOf = () => ({
  type: 'order.created',
  id: `order-created/o-${(made += 1)}`,
  companyId: `c-${made % 20}`,
  userId: `u-${made % 500}`,
  data: { orderId: `o-${made}`, total: 99.5, currency: 'EUR', items: [], status: 'new' },
})
const manyOf = (count) => Array.from({ length: count }, eventOf)

function percentile(sorted, share) {
  return Number(sorted[Math.floor(share * (sorted.length - 1))].toFixed(2))
}

/** Calls `make` again and again, `parallel` at a time; gives calls per second and their times. */
async function closedLoop(parallel, make) {
  const times = []
  const begun = performance.now()
  const used = process.cpuUsage()
  await Promise.all(Array.from({ length: parallel }, async () => {
    while (performance.now() - begun < milliseconds) {
      const start = performance.now()
      await make()
      times.push(performance.now() - start)
    }
  }))
  const { user, system } = process.cpuUsage(used)
  const took = performance.now() - begun
  times.sort((left, right) => left - right)
  return { perSecond: (times.length / took) * 1_000, times, client: (user + system) / 1_000 / took }
}

/** As many calls a second, whether or not those before have ended; gives their times. */
async function openLoop(perSecond, make) {
  const times = []
  const calls = []
  const begun = performance.now()
  for (let count = 0; performance.now() - begun < milliseconds; ) {
    for (const due = ((performance.now() - begun) / 1_000) * perSecond; count < due; count += 1) {
      const start = performance.now()
      calls.push(make().then(() => times.push(performance.now() - start)))
    }
    await sleep(1)
  }
  await Promise.all(calls)
  return times.sort((left, right) => left - right)
}

async function measure({ publish, publishMany }) {
  await closedLoop(8, () => publish(eventOf())) // connections open, code is compiled
  const one = await closedLoop(64, () => publish(eventOf()))
  const many = publishMany && await closedLoop(16, () => publishMany(manyOf(100)))
  const paced = await openLoop(1_000, () => publish(eventOf()))
  return {
    one: Math.round(one.perSecond),
    one_p99: percentile(one.times, 0.99),
    ...(many && { many: Math.round(many.perSecond * 100) }),
    p50: percentile(paced, 0.5),
    p99: percentile(paced, 0.99),
    client: Number(one.client.toFixed(2)),
  }
}

const results = new Map()
for (let round = 1; round <= Number(roundsText); round += 1) {
  for (const name of names.split(',')) {
    // One server at a time: the others would have work left.
    const peer = await all[name]({ directory: `${directory}/${name}-${round}`, binary, postgres: { host: postgresDirectory, user: 'carillon', database: 'postgres' } })
    try {
      const figures = await measure(peer)
      results.set(name, [...(results.get(name) ?? []), figures])
      console.log(JSON.stringify({ bench: 'peers', peer: name, round, durable: peer.durable, ...figures, load: Number(loadavg()[0].toFixed(1)) }))
    } finally {
      await peer.close()
    }
  }
}
const ours = results.get('carillon')
for (const [name, theirs] of results) {
  if (name === 'carillon' || !ours) continue
  const ratios = {}
  for (const what of ['one', 'many', 'one_p99', 'p50', 'p99']) {
    if (!(what in theirs[0])) continue
    const isRate = what === 'one' || what === 'many'
    const sorted = ours.map((x, index) => (isRate ? x[what] / theirs[index][what] : theirs[index][what] / x[what])).sort((left, right) => left - right)
    ratios[what] = { median: Number(sorted[Math.floor(sorted.length / 2)].toFixed(2)), least: Number(sorted[0].toFixed(2)), most: Number(sorted.at(-1).toFixed(2)) }
  }
  console.log(JSON.stringify({ bench: 'peers_ratio', to: name, ...ratios }))
}
process.exit(0)
