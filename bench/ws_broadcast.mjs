// The broadcast server of the README of npm `ws`: what one client sends goes to all others.
//
//   node bench/ws_broadcast.mjs DIR    DIR has node_modules/ws; prints `ready PORT`

import { createRequire } from 'node:module'
import path from 'node:path'

const require = createRequire(path.join(path.resolve(process.argv[2]), 'package.json'))
const { WebSocket, WebSocketServer } = require('ws')

const server = new WebSocketServer({ host: '127.0.0.1', port: 0, backlog: 4096, perMessageDeflate: false })

server.on('connection', (socket) => {
  socket.on('error', () => {})
  socket.on('message', (data, isBinary) => {
    for (const client of server.clients)
      if (client !== socket && client.readyState === WebSocket.OPEN)
        client.send(data, { binary: isBinary })
  })
})

server.on('listening', () => console.log(`ready ${server.address().port}`))
