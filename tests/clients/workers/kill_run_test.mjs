/**
 * Three workers by WebSocket and three by pull are killed at random while events come, and the node is killed as well:
 * nothing is lost, no more comes again than was in flight, and each key keeps its order.
 *
 *   SECONDS=600 SEED=7 CARILLON_BINARY=… node --test tests/clients/workers/kill_run_test.mjs
 *
 * 20 seconds if not said otherwise; the seed is printed.
 */
import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { startCarillon } from '../../../clients/typescript-server/dist/esm/index.js'
import { EventSystem } from '../../../clients/typescript/dist/esm/index.js'
import { eventually, killAll, Lines, now, sleep, startWorker } from './workers.mjs'

const seconds = Number(process.env.SECONDS ?? 20)
const seed = Number(process.env.SEED ?? randomInt(2 ** 31))
const perSecond = Number(process.env.RATE ?? 100)
const keys = 200
const maxInFlight = 64
const workersOfEach = 3

function randomOf(state) {
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let x = Math.imul(state ^ (state >>> 15), state | 1)
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61)
    return ((x ^ (x >>> 14)) >>> 0) / 2 ** 32
  }
}

const directory = mkdtempSync(join(tmpdir(), 'carillon-kills-'))
const node = await startCarillon({ deadlineMs: 60_000 })
after(async () => {
  await killAll()
  await node.stop()
  rmSync(directory, { recursive: true, force: true })
})

/** Of one carrier: a consumer, its workers, and what they did. */
function fleetOf(carrier) {
  const lines = new Lines(join(directory, carrier))
  // Who pulls is missed only when the time to acknowledge is over.
  const ackTimeoutMs = carrier === 'pull' ? 1_500 : 5_000
  const subscribe = { name: `kills_${carrier}`, carrier, order: 'per_key', key: '/orderId', start: 'beginning', concurrency: 8, prefetch: 16, maxInFlight, ackTimeoutMs, maxAttempts: 50, retrySchedule: [20] }
  const workers = []
  let started = 0
  return {
    carrier,
    lines,
    ackTimeoutMs,
    name: subscribe.name,
    kills: 0,
    handled: new Set(),
    begin: async () => {
      const worker = await startWorker(node.url, { id: `${carrier}-${(started += 1)}`, file: lines.file, handlerMs: 4, subscribe })
      workers.push(worker)
      return worker
    },
    killOne: async (at) => {
      const [victim] = workers.splice(Math.floor(at * workers.length), 1)
      await victim.kill()
      appendFileSync(lines.file, `k ${victim.id} 0 0 ${now()}\n`)
    },
    end: () => Promise.all(workers.map((worker) => worker.kill())),
  }
}

/** What must not be. `before` gives the event of the same key that an event has to wait for. */
function violations(fleet, before) {
  const out = []
  const ended = new Set()
  const active = new Map() // by key: what runs
  for (const { what, id, seq, at } of fleet.lines.all) {
    if (what === 'k') for (const running of active.values()) for (const one of running) if (id === 'node' || one.id === id) running.delete(one)
    if (what !== 'b' && what !== 'e') continue
    const { key, previous } = before.get(seq) ?? {}
    if (key === undefined) {
      out.push({ text: `${seq} was never published` })
      continue
    }
    if (!active.has(key)) active.set(key, new Set())
    const running = active.get(key)
    if (what === 'e') {
      ended.add(seq)
      for (const one of running) if (one.id === id && one.seq === seq) running.delete(one)
      continue
    }
    if (previous !== undefined && !ended.has(previous)) out.push({ key, text: `${seq} began before ${previous} of the same key had ended` })
    // What came again after the node was killed goes back. A worker that the machine left without time may have been
    // given up rightly.
    if (!ended.has(seq)) for (const one of running) if (one.seq !== seq && at - one.at < fleet.ackTimeoutMs / 2) out.push({ key, text: `${seq} began at ${Math.round(at)} beside ${one.seq} of the same key, which began at ${Math.round(one.at)}` })
    running.add({ id, seq, at })
  }
  return out
}

test(`workers and the node are killed for ${seconds} s`, { timeout: (2 * seconds + 400) * 1_000 }, async (t) => {
  t.diagnostic(`SEED=${seed}`)
  const random = randomOf(seed)
  const fleets = ['websocket', 'pull'].map(fleetOf)
  const system = new EventSystem({ url: node.url, adminUrl: node.adminUrl, service: 'shop', publisher: { deadlineMs: 120_000 } })
  const started = await Promise.all(fleets.flatMap((fleet) => Array.from({ length: workersOfEach }, () => fleet.begin())))
  await Promise.all(started.map((worker) => worker.ready))

  const receipts = []
  let failures = 0
  const end = now() + seconds * 1_000
  const publishing = (async () => {
    const begun = now()
    let count = 0
    while (now() < end) {
      for (; count < ((now() - begun) / 1_000) * perSecond; count += 1) {
        const key = `k-${Math.floor(Math.random() * keys)}`
        system
          .publish('order.cancelled', { orderId: key, reason: String(count) }, { companyId: 'c-1' })
          .then(({ seq }) => receipts.push({ seq, key }), () => (failures += 1))
      }
      await sleep(20)
    }
    return count
  })()

  let nodeKills = 0
  for (let round = 1; now() < end; round += 1) {
    await sleep(200 + random() * 800)
    // One of each first, whatever the seed is.
    const victim = round <= 3 ? round : 1 + Math.floor(random() * 2.3)
    if (victim === 3) {
      await node.restart()
      nodeKills += 1
      for (const fleet of fleets) appendFileSync(fleet.lines.file, `k node 0 0 ${now()}\n`)
    } else {
      const fleet = fleets[victim - 1]
      await fleet.killOne(random())
      fleet.kills += 1
      await fleet.begin()
    }
  }
  const published = await publishing
  await eventually(() => receipts.length + failures === published, () => `${receipts.length} of ${published} receipts`, 120_000)
  assert.equal(failures, 0)
  t.diagnostic(`all ${published} events are stored ${Math.round(now() - end)} ms after the last kill`)

  const before = new Map()
  const last = new Map()
  for (const { seq, key } of receipts.sort((left, right) => left.seq - right.seq)) {
    before.set(seq, { key, previous: last.get(key) })
    last.set(key, seq)
  }
  assert.equal(before.size, published)
  for (const fleet of fleets) {
    const left = () => {
      for (const { what, seq } of fleet.lines.read()) if (what === 'e') fleet.handled.add(seq)
      return receipts.length - fleet.handled.size
    }
    left()
    for (const { what, seq } of fleet.lines.all) if (what === 'e') fleet.handled.add(seq)
    await eventually(() => left() <= 0, async () => `${fleet.carrier}: ${left()} are left: ${await (await fetch(`${node.url}/api/consumers/${fleet.name}/workers`)).text()}`, Math.max(120, seconds) * 1_000)
    const stateOf = () => system.admin.json({ path: `/api/consumers/${fleet.name}` })
    await eventually(async () => {
      const { cursor, inFlight, retrying } = await stateOf()
      return cursor >= receipts.at(-1).seq && inFlight === 0 && retrying === 0
    }, async () => `${fleet.carrier}: the end: ${JSON.stringify(await stateOf())}`)
  }
  t.diagnostic(`all are handled ${Math.round(now() - end)} ms after the last kill`)
  for (const fleet of fleets) {
    await fleet.end()
    fleet.lines.read()
    fleet.lines.close()
    // When what came last was handled, after the last kill.
    const seen = new Set()
    const first = fleet.lines.all.filter(({ what, seq }) => what === 'e' && !seen.has(seq) && seen.add(seq))
    const handledMs = [0.9, 0.99, 1].map((share) => Math.max(0, Math.round(first[Math.floor(share * (first.length - 1))].at - end)))
    const repeats = fleet.lines.all.filter(({ what }) => what === 'e').length - fleet.handled.size
    const kills = fleet.kills + nodeKills
    const wrong = violations(fleet, before)
    t.diagnostic(JSON.stringify({ carrier: fleet.carrier, seconds, events: published, workerKills: fleet.kills, nodeKills, handledMs, repeats, mostRepeats: maxInFlight * kills, violations: wrong.length }))
    for (const { key } of wrong.slice(0, 3))
      t.diagnostic(`${key}: ${fleet.lines.all.filter(({ what, seq }) => what === 'k' || before.get(seq)?.key === key).map(({ what, id, seq, attempt, at }) => `${what} ${id} ${seq} ${attempt} ${Math.round(at)}`).join(', ').slice(-20_000)}`)
    assert.deepEqual(wrong.map(({ text }) => text).slice(0, 5), [])
    assert.ok(repeats <= maxInFlight * kills, `${repeats} repeats by ${kills} kills`)
    const { deadLetters } = await system.admin.json({ path: '/api/dead-letters', query: { consumer: fleet.name } })
    assert.deepEqual(deadLetters, [])
  }
  await system.close()
})
