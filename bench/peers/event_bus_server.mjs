// event_bus_server.mjs PORT POSTGRES: see event_bus.mjs.
import { EventEmitter } from 'node:events'
import express from 'express'
import { postgres } from './postgres.mjs'

const [port, how] = process.argv.slice(2)
const { publish } = await postgres({ postgres: JSON.parse(how) })
const bus = new EventEmitter()
const counts = new Map()
bus.on('order.created', ({ companyId }) => counts.set(companyId, (counts.get(companyId) ?? 0) + 1))
const application = express()
application.use(express.json())
application.post('/api/events', async (request, response) => {
  const { rows } = await publish(request.body)
  bus.emit(request.body.type, request.body)
  response.status(201).json({ seq: rows[0].seq })
})
application.listen(Number(port), '127.0.0.1')
process.once('SIGTERM', () => process.exit(0))
