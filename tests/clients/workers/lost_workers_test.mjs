/**
 * How soon another worker has what a lost one had: one that is killed, and one that stands still; and that what that
 * one says afterwards changes nothing. Times are printed; the bounds that decide are those of a loaded machine.
 */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { startCarillon } from '../../../clients/typescript-server/dist/esm/index.js'
import { EventSystem } from '../../../clients/typescript/dist/esm/index.js'
import { eventually, killAll, Lines, now, startWorker } from './workers.mjs'

const directory = mkdtempSync(join(tmpdir(), 'carillon-lost-'))
const node = await startCarillon({ deadlineMs: 60_000 })
const system = new EventSystem({ url: node.url, adminUrl: node.adminUrl, service: 'shop' })
after(async () => {
  await killAll()
  await system.close()
  await node.stop()
  rmSync(directory, { recursive: true, force: true })
})

const count = 5
const slack = 15_000
/** Of a machine that is busy; less than half the time to acknowledge, which another round of the stopped worker would cost. */
const small = 1_500

const workersOf = async (name) => (await fetch(`${node.url}/api/consumers/${name}/workers`)).json()
const stateOf = (name) => system.admin.json({ path: `/api/consumers/${name}` })

/** Nothing is left: the cursor is there, and no event waits for another attempt. */
const done = async (name, last) => {
  const { cursor, inFlight, retrying } = await stateOf(name)
  return cursor >= last && inFlight === 0 && retrying === 0
}

/** A worker that holds all of the consumer's events, and another one that has nothing yet. */
async function holderAndHeir(name, carrier, ackTimeoutMs) {
  const lines = new Lines(join(directory, name))
  const subscribe = { name, carrier, order: 'per_key', key: '/orderId', ackTimeoutMs, maxAttempts: 10, retrySchedule: [0], maxInFlight: 100 }
  // It asks for far more than it has: what it cannot take must not go to it again.
  const holder = await startWorker(node.url, { id: 'holder', file: lines.file, subscribe: { ...subscribe, concurrency: 90, prefetch: 90 } })
  await holder.ready
  const receipts = await Promise.all(Array.from({ length: count }, (_, index) => system.publish('order.cancelled', { orderId: `${name}-${index}`, reason: 'late' }, { companyId: 'c-1' })))
  const begun = (id) => {
    lines.read()
    return lines.all.filter((line) => line.what === 'b' && line.id === id)
  }
  await eventually(() => begun('holder').length === count, 'the holder has all')
  const heir = await startWorker(node.url, { id: 'heir', file: lines.file, subscribe: { ...subscribe, concurrency: 10, prefetch: 10 } })
  await heir.ready
  return { lines, holder, heir, begun, last: Math.max(...receipts.map(({ seq }) => seq)) }
}

async function takenOver({ begun }, name, since, deadlineMs) {
  await eventually(() => begun('heir').length >= count, async () => `the heir has ${begun('heir').length} of ${count}: ${JSON.stringify(await workersOf(name))}`, deadlineMs)
  const times = begun('heir').map(({ at }) => at - since)
  return { first: Math.round(Math.min(...times)), last: Math.round(Math.max(...times)) }
}

test('what a killed worker had is with another one soon', async (t) => {
  const name = 'killed'
  // Much longer than the deadline of the test: it is the lost connection that gives them back.
  const all = await holderAndHeir(name, 'websocket', 60_000)
  const since = now()
  await all.holder.kill()
  const { first, last } = await takenOver(all, name, since, slack)
  t.diagnostic(`another worker had the first after ${first} ms, the last after ${last} ms; goal 1,500 ms`)
  assert.deepEqual(all.begun('heir').map(({ attempt }) => attempt), Array(count).fill(1), 'no attempt is lost')
  all.heir.go()
  await eventually(() => done(name, all.last), async () => `the end: ${JSON.stringify(await stateOf(name))}`)
  await all.heir.kill()
})

for (const carrier of ['websocket', 'pull']) {
  test(`${carrier}: what a worker that stands still had is with another one in time, and its late words change nothing`, async (t) => {
    const name = `still_${carrier}`
    const ackTimeoutMs = 4_000
    const all = await holderAndHeir(name, carrier, ackTimeoutMs)
    const since = now()
    all.holder.child.kill('SIGSTOP')
    const { first, last } = await takenOver(all, name, since, ackTimeoutMs * 2 + slack)
    t.diagnostic(`another worker had the first after ${first} ms, the last after ${last} ms; time to acknowledge ${ackTimeoutMs} ms`)
    // A request that it made before it stood still takes none of them once more.
    assert.ok(last <= ackTimeoutMs + small, `the last after ${last} ms`)
    // It is the deadline that gives them back, not the end of a connection.
    assert.ok((await workersOf(name)).workers.expired >= count)
    assert.equal(all.begun('heir').length, count)
    const { stale } = (await workersOf(name)).workers
    all.holder.child.kill('SIGCONT')
    all.holder.go()
    await eventually(() => {
      all.lines.read()
      return all.lines.all.filter((line) => line.what === 'e' && line.id === 'holder').length === count
    }, 'the end of the late handlers')
    await eventually(async () => (await workersOf(name)).workers.stale >= stale + count, async () => `late acknowledgements: ${JSON.stringify(await workersOf(name))}`)
    // The other one has them still, and nothing is done.
    assert.equal((await workersOf(name)).workers.inFlight, count)
    assert.equal(await done(name, all.last), false)
    all.heir.go()
    await eventually(() => done(name, all.last), async () => `the end: ${JSON.stringify(await stateOf(name))}`)
    assert.equal(all.begun('heir').length, count, 'no event came again')
    assert.equal(all.begun('holder').length, count, 'no event came again')
    const { deadLetters } = await system.admin.json({ path: '/api/dead-letters', query: { consumer: name } })
    assert.deepEqual(deadLetters, [])
    await Promise.all([all.holder.kill(), all.heir.kill()])
  })
}
