// One company at full blast, and another that goes about its business: how much slower is the other?
//
//   node bench/fair_shares.mjs BINARY NPM_DIR [ROUNDS]      NPM_DIR has node_modules/ws
//
// Prints one JSON line per round: percentiles of the quiet company alone and beside the flood, in
// milliseconds, for single publishes, for a live session and for a webhook; and for /healthz beside
// the flood. The flood is 12 connections of arrays of 10,000 events, 40 unfinished bodies, as many
// sessions as the node gives, 2,000 webhooks whose receiver never answers, and 10,000 orders;
// CARILLON_FLOOD=batches,orders leaves the other parts of it out. CARILLON_FLOOD=spin sends nothing:
// four threads of another process only keep the cores busy, which shows what the machine's scheduler
// alone costs. Each company is a process of its own, for the generator's own event loop is not to be
// measured.

import { fork, spawn } from 'node:child_process'
import { createHmac } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import http from 'node:http'
import { createRequire } from 'node:module'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'

const secret = 'a secret of thirty-two bytes, at least'

function token(company, user) {
  const part = (x) => Buffer.from(JSON.stringify(x)).toString('base64url')
  const head = `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ sub: user, company })}`
  return `${head}.${createHmac('sha256', secret).update(head).digest('base64url')}`
}

const order = (id, company, user) => ({
  type: 'order.created',
  id,
  companyId: company,
  userId: user,
  audience: 'company',
  data: { orderId: id, total: 12.5, items: [], status: 'new' },
})

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

async function eventually(condition, what, deadlineMs) {
  const end = Date.now() + deadlineMs
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`not within ${deadlineMs} ms: ${what}`)
    await sleep(20)
  }
}

function percentiles(ms) {
  const sorted = [...ms].sort((a, b) => a - b)
  const at = (share) => Number(sorted[Math.floor(share * (sorted.length - 1))].toFixed(2))
  return { n: sorted.length, p50: at(0.5), p99: at(0.99), max: at(1) }
}

/** One request on a connection that stays; gives status and body. */
function call(agent, url, method, headers, body) {
  return new Promise((resolve, reject) => {
    const request = http.request(url, { agent, method, headers }, (answer) => {
      let text = ''
      answer.setEncoding('utf8')
      answer.on('data', (x) => (text += x))
      answer.on('end', () => resolve({ status: answer.statusCode, text }))
    })
    request.on('error', reject)
    request.end(body)
  })
}

const json = (key) => ({ 'Content-Type': 'application/json', Authorization: `Bearer ${key}` })

// -- the quiet company --------------------------------------------------------------

async function quiet({ data, admin, key, npm, singles, outbox }) {
  const { WebSocket } = createRequire(path.join(path.resolve(npm), 'package.json'))('ws')
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
  const probeAgent = new http.Agent({ keepAlive: false })
  const sent = new Map() // id of an event -> when its publish began
  let found = { publish: [], session: [], webhook: [], probe: [], refused: 0 }

  const receiver = http.createServer((request, answer) => {
    let text = ''
    request.on('data', (x) => (text += x))
    request.on('end', () => {
      answer.end()
      const { id } = JSON.parse(text)
      if (sent.has(id)) found.webhook.push(performance.now() - sent.get(id))
    })
  })
  await new Promise((resolve) => receiver.listen(0, '127.0.0.1', resolve))
  const socket = new WebSocket(`${data.replace('http', 'ws')}/ws`, ['carillon.v1', token('good', 'g-1')])
  await new Promise((resolve, reject) => socket.on('open', resolve).on('error', reject))
  socket.on('message', (x) => {
    const frame = JSON.parse(x)
    for (const event of frame.op === 'event' ? [frame.event] : (frame.events ?? []))
      if (sent.has(event.id)) found.session.push(performance.now() - sent.get(event.id))
  })
  process.send({ receiver: `http://127.0.0.1:${receiver.address().port}/good` })

  let round = 0
  process.on('message', async (x) => {
    if (x.stop) process.exit(0)
    found = { publish: [], session: [], webhook: [], probe: [], refused: 0 }
    const name = `r${++round}`
    for (let i = 0; i < singles; ++i) {
      const id = `good-${name}-${i}`
      const begin = performance.now()
      sent.set(id, begin)
      const answer = await call(agent, `${data}/api/events`, 'POST', json(key), JSON.stringify(order(id, 'good', 'g-1')))
      found.publish.push(performance.now() - begin)
      if (answer.status !== 200 && answer.status !== 201 && answer.status !== 202) ++found.refused
      if (i % 5 === 0) {
        const probing = performance.now()
        await call(probeAgent, `${admin}/healthz`, 'GET', {})
        found.probe.push(performance.now() - probing)
      }
      await sleep(5)
    }
    const mails = () => readdirSync(outbox, { recursive: true }).filter((f) => f.endsWith('.eml')
      && readFileSync(path.join(outbox, f), 'utf8').includes(`good-${name}-`)).length
    process.stderr.write(`${name}: published ${found.publish.length}, refused ${found.refused}, session ${found.session.length}, webhook ${found.webhook.length}\n`)
    await eventually(() => found.session.length >= singles, 'all events in the session', 60_000)
    await eventually(() => found.webhook.length >= singles, 'all events at the webhook', 60_000)
    await eventually(() => mails() >= Math.min(singles, 50), 'mails', 120_000)
    process.send({ figures: found })
  })
}

// -- the one at full blast ----------------------------------------------------------

async function flood({ data, admin, key, npm }) {
  const { WebSocket } = createRequire(path.join(path.resolve(npm), 'package.json'))('ws')
  const agent = new http.Agent({ keepAlive: true, maxSockets: 12 })
  const counts = { batches: 0, events: 0, told_to_wait: 0, sessions: 0, webhooks: 0, orders: 0 }
  const hanging = net.createServer((x) => x.on('error', () => {}))
  await new Promise((resolve) => hanging.listen(0, '0.0.0.0', 2048, resolve))

  const events = JSON.stringify(Array.from({ length: 10_000 }, () => (
    { type: 'user.login', userId: 'b-1', companyId: 'bad', data: { ip: '192.0.2.1', userAgent: 'c' } })))
  const headers = { ...json(key), 'Content-Length': Buffer.byteLength(events) }
  async function batches() {
    for (;;) {
      const { status } = await call(agent, `${data}/api/events`, 'POST', headers, events).catch(() => ({ status: 0 }))
      if (status === 200) ++counts.batches, (counts.events += 10_000)
      else ++counts.told_to_wait, await sleep(10)
    }
  }

  const registering = new http.Agent({ keepAlive: true, maxSockets: 4 })
  async function webhooks(from) {
    for (let i = from; i < 2_000; i += 4) {
      const host = `127.1.${i >> 8}.${i & 255}`
      const made = await call(registering, `${admin}/api/events/webhooks`, 'POST', json(process.env.ADMIN_KEY), JSON.stringify(
        { url: `http://${host}:${hanging.address().port}/`, types: ['order.*'], companyId: 'bad', privateTargets: true }))
      if (made.status === 201) ++counts.webhooks
      else if (!counts.webhook_refusal) counts.webhook_refusal = made.text.slice(0, 200)
    }
  }
  const parts = (process.env.CARILLON_FLOOD ?? 'batches,bodies,sessions,webhooks,orders').split(',')
  if (parts.includes('webhooks')) await Promise.all([0, 1, 2, 3].map(webhooks))

  for (let i = 0, refused = 0; parts.includes('sessions') && i < 20_000 && refused < 20; ++i) {
    const socket = new WebSocket(`${data.replace('http', 'ws')}/ws`, ['carillon.v1', token('bad', `b-${i % 200}`)])
    const open = await new Promise((resolve) => socket.on('open', () => resolve(true)).on('error', () => resolve(false)))
    open ? ++counts.sessions : ++refused
  }

  const { port, hostname } = new URL(data)
  for (let i = 0; parts.includes('bodies') && i < 40; ++i) {
    const socket = net.connect(port, hostname)
    socket.on('error', () => {})
    socket.write(`POST /api/events HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nAuthorization: Bearer ${key}\r\n`
      + `Content-Length: 2000000\r\n\r\n[${' '.repeat(1_900_000)}`)
  }
  if (parts.includes('batches')) {
    for (let i = 0; i < 12; ++i) batches()
    await eventually(() => counts.batches > 3, 'the flood', 60_000)
  }
  for (let i = 0; parts.includes('orders') && i < 10; ++i) {
    const some = Array.from({ length: 1_000 }, (_, k) => order(`bad-${i}-${k}`, 'bad', 'b-1'))
    const { status } = await call(new http.Agent(), `${data}/api/events`, 'POST', json(key), JSON.stringify(some))
    if (status === 200) counts.orders += 1_000
    else --i, await sleep(50)
  }
  for (let i = 0; parts.includes('spin') && i < 4; ++i) new Worker('for (;;);', { eval: true })
  process.on('message', (x) => (x.stop ? process.exit(0) : process.send({ counts })))
  process.send({ started: true })
}

// -- the parent ---------------------------------------------------------------------

const next = (child, member) => new Promise((resolve, reject) => {
  child.on('message', (x) => member in x && resolve(x[member]))
  child.once('exit', (code) => code && reject(new Error(`a company ended with ${code}`)))
})

async function round(binary, npm, number) {
  const scratch = mkdtempSync(path.join(process.env.CARILLON_BENCH_DIR ?? '/var/tmp', 'carillon-fair-'))
  const outbox = path.join(scratch, 'outbox')
  const node = spawn(binary, ['serve', '--data-dir', path.join(scratch, 'data'), '--listen', '127.0.0.1:0',
    '--admin-listen', '127.0.0.1:0', '--log-level', 'warn', '--webhooks-allow', '127.0.0.0/8', '--webhooks-allow-http',
    '--jwt-secret', secret, '--mail', `file:${outbox}`, '--connections-per-address', '0',
    '--mail-from', 'shop@example.com', ...(process.env.CARILLON_SERVE ?? '').split(' ').filter(Boolean)], { stdio: ['ignore', 'pipe', 'inherit'] })
  const children = []
  try {
    let key
    const ports = await new Promise((resolve, reject) => {
      node.once('exit', () => reject(new Error('the node ended')))
      createInterface({ input: node.stdout }).on('line', (line) => {
        key ??= /^admin key (\S+)/.exec(line)?.[1]
        const match = /^ready data=(\S+) admin=(\S+)/.exec(line)
        if (match) resolve({ data: `http://${match[1]}`, admin: `http://${match[2]}` })
      })
    })
    const agent = new http.Agent({ keepAlive: true })
    const make = async (where, body, method = 'POST') => {
      const { status, text } = await call(agent, `${ports.admin}${where}`, method, json(key), JSON.stringify(body))
      if (status >= 300) throw new Error(`${where}: ${status} ${text}`)
      return JSON.parse(text)
    }
    const keyOf = async (companyId) => (await make('/api/keys', { name: companyId, role: 'publisher', companyId })).key
    await make('/api/contacts/g-1', { companyId: 'good', email: 'g-1@example.com', name: 'G' }, 'PUT')
    await make('/api/contacts/b-1', { companyId: 'bad', email: 'b-1@example.com', name: 'B' }, 'PUT')
    const company = (role, of) => {
      // Who floods has a machine of its own: here it gets what the node and the quiet company leave
      // (SCHED_IDLE; with a low priority only, its threads would still keep the kernel from moving
      // the node's to a core that has nothing better to do).
      const how = role === 'flood' ? { execPath: 'chrt', execArgv: ['--idle', '0', process.execPath] } : {}
      const child = fork(fileURLToPath(import.meta.url), [], { ...how, env: { ...process.env, CARILLON_ROLE: JSON.stringify(
        { role, npm, ...ports, key: of, outbox, singles: 400 }), ADMIN_KEY: key } })
      children.push(child)
      return child
    }
    const good = company('quiet', await keyOf('good'))
    await make('/api/events/webhooks', { url: await next(good, 'receiver'), types: ['order.*'], companyId: 'good', privateTargets: true })
    const measure = async () => {
      good.send({})
      const { refused, ...ms } = await next(good, 'figures')
      return { refused, ...Object.fromEntries(Object.entries(ms).map(([name, x]) => [name, percentiles(x)])) }
    }
    await measure() // the caches fill
    const alone = await measure()
    const bad = company('flood', await keyOf('bad'))
    await next(bad, 'started')
    const beside = await measure()
    bad.send({})
    const counts = await next(bad, 'counts')
    const ratio = Object.fromEntries(['publish', 'session', 'webhook'].map(
      (x) => [x, Number((beside[x].p99 / alone[x].p99).toFixed(2))]))
    console.log(JSON.stringify({ bench: 'fair_shares', round: number, ratio_p99: ratio, alone, beside, flood: counts }))
  } finally {
    for (const x of children) x.removeAllListeners('exit'), x.kill()
    node.removeAllListeners('exit')
    node.kill('SIGKILL')
    rmSync(scratch, { recursive: true, force: true, maxRetries: 5 })
  }
}

if (process.env.CARILLON_ROLE) {
  const { role, ...how } = JSON.parse(process.env.CARILLON_ROLE)
  // Without leave to do so, the measured times hold some of the generator's own waits.
  if (role === 'quiet') try { os.setPriority(-10) } catch {}
  await (role === 'quiet' ? quiet : flood)(how)
} else {
  const [, , binary, npm, rounds = '3'] = process.argv
  for (let i = 1; i <= Number(rounds); ++i) await round(binary, npm, i)
}
