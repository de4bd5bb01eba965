// The same work on Carillon and on job queues of Node.js, each as its documentation sets it up, in turns.
//
//   bench/queues/run.sh BINARY [ROUNDS] [NAME,…]
//
// Per round and queue:
//   add_many   jobs/s, 100 in each call, 4 calls in progress; durable when the call returns
//   add_one    jobs/s, one in each call, 32 calls in progress
//   backlog    jobs/s of one worker that does nothing, from its start until the end of the last job is stored
//   latency    from before `add` to the handler in milliseconds, at 200 jobs/s, by an idle worker
// Last the ratios of Carillon to each other queue: median, least and most of the rounds. `carillon` are events and a consumer, `carillon-jobs` are jobs.

import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { loadavg } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { bullMq } from './bull_mq.mjs'
import { carillon } from './carillon.mjs'
import { carillonJobs } from './carillon_jobs.mjs'
import { graphileWorker } from './graphile_worker.mjs'
import { pgBoss } from './pg_boss.mjs'

const [binary, directory, postgresDirectory, roundsText = '3', names = 'carillon,carillon-jobs,pg-boss,graphile-worker,bullmq'] = process.argv.slice(2)
const rounds = Number(roundsText)
const jobs = Number(process.env.QUEUES_JOBS ?? 20_000)
const all = { carillon, 'carillon-jobs': carillonJobs, 'pg-boss': pgBoss, 'graphile-worker': graphileWorker, bullmq: bullMq }
const wanted = names.split(',')

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
const itemOf = (index) => ({ orderId: `o-${index}`, reason: 'late', at: performance.now() })

/** Calls `make(i)` for i below `count`, `parallel` at a time. Returns seconds. */
async function timed(count, parallel, make) {
  let next = 0
  const begun = performance.now()
  await Promise.all(Array.from({ length: parallel }, async () => {
    while (next < count) await make(next++)
  }))
  return (performance.now() - begun) / 1_000
}

function percentile(sorted, share) {
  return Number(sorted[Math.floor(share * (sorted.length - 1))].toFixed(2))
}

/** Works until `count` jobs have ended; gives a promise of that, and what stops the worker. */
async function worker(queue, count, handle, options) {
  let ended = 0
  let finish
  const all = new Promise((resolve, reject) => {
    finish = resolve
    setTimeout(() => reject(new Error(`${queue.name}: ${ended} of ${count} jobs after 120 s`)), 120_000).unref()
  })
  all.catch(() => {})
  const stop = await queue.work(handle, (more) => {
    ended += more
    if (ended >= count) finish()
  }, options)
  return { all, stop }
}

async function measure(queue) {
  await queue.begin()
  const manySeconds = await timed(jobs / 100, 4, (index) => queue.addMany(Array.from({ length: 100 }, (_, k) => itemOf(index * 100 + k))))
  const ones = Math.ceil(jobs / 10)
  const oneSeconds = await timed(ones, 32, (index) => queue.addOne(itemOf(index)))
  const begun = performance.now()
  const backlog = await worker(queue, jobs + ones, () => {}, { backlog: true })
  await backlog.all
  const backlogSeconds = (performance.now() - begun) / 1_000
  await backlog.stop()

  const times = []
  const [perSecond, seconds] = [200, 5]
  await queue.begin()
  const live = await worker(queue, perSecond * seconds, ({ at }) => times.push(performance.now() - at), { backlog: false })
  await sleep(500)
  const start = performance.now()
  const adding = []
  for (let count = 0; count < perSecond * seconds; ) {
    for (; count < Math.min(perSecond * seconds, ((performance.now() - start) / 1_000) * perSecond); count += 1) adding.push(queue.addOne(itemOf(count)))
    await sleep(1)
  }
  await Promise.all(adding)
  await live.all
  await live.stop()
  times.sort((left, right) => left - right)
  return {
    add_many: Math.round(jobs / manySeconds),
    add_one: Math.round(ones / oneSeconds),
    backlog: Math.round((jobs + ones) / backlogSeconds),
    latency_p50: percentile(times, 0.5),
    latency_p99: percentile(times, 0.99),
  }
}

async function startRedis() {
  const redisDirectory = join(directory, 'redis')
  mkdirSync(redisDirectory)
  const port = 20_000 + Math.floor(Math.random() * 20_000)
  // What BullMQ asks for, and every write on disk before it is answered.
  const child = spawn('redis-server', ['--port', String(port), '--bind', '127.0.0.1', '--dir', redisDirectory, '--save', '', '--appendonly', 'yes', '--appendfsync', 'always', '--maxmemory-policy', 'noeviction'], { stdio: 'ignore' })
  process.once('exit', () => child.kill('SIGKILL'))
  for (let attempt = 0; ; attempt += 1) {
    try {
      execFileSync('redis-cli', ['-p', String(port), 'ping'], { stdio: 'ignore' })
      break
    } catch (error) {
      if (attempt === 100) throw error
      await sleep(50)
    }
  }
  return { child, redis: { host: '127.0.0.1', port } }
}

const postgres = { host: postgresDirectory, user: 'carillon' }
const admin = new pg.Client({ ...postgres, database: 'postgres' })
await admin.connect()
for (const database of ['boss', 'worker']) await admin.query(`create database ${database}`)
await admin.end()
const { child: redisServer, redis } = wanted.includes('bullmq') ? await startRedis() : {}

const queues = []
for (const name of wanted) queues.push(await all[name]({ directory, binary, postgres, redis }))
const results = new Map(queues.map(({ name }) => [name, []]))
for (let round = 1; round <= rounds; round += 1) {
  // Each begins a round once in a while.
  const order = queues.map((_, index) => queues[(index + round - 1) % queues.length])
  for (const queue of order) {
    const result = await measure(queue)
    results.get(queue.name).push(result)
    console.log(JSON.stringify({ bench: 'queues', queue: queue.name, round, ...result, load: Number(loadavg()[0].toFixed(1)) }))
  }
}
const own = ['carillon', 'carillon-jobs']
for (const mine of own.filter((name) => results.has(name))) {
  const ours = results.get(mine)
  for (const [name, theirs] of results) {
    if (own.includes(name)) continue
    const ratios = {}
    for (const what of Object.keys(theirs[0])) {
      // Above 1 Carillon is the better one.
      const sorted = ours.map((one, index) => (what.startsWith('latency') ? theirs[index][what] / one[what] : one[what] / theirs[index][what])).sort((left, right) => left - right)
      ratios[what] = { median: Number(sorted[Math.floor(sorted.length / 2)].toFixed(2)), least: Number(sorted[0].toFixed(2)), most: Number(sorted.at(-1).toFixed(2)) }
    }
    console.log(JSON.stringify({ bench: 'queues_ratio', of: mine, to: name, ...ratios }))
  }
}
for (const queue of queues) await queue.close()
redisServer?.kill()
process.exit(0)
