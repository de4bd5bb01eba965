/**
 * worker.mjs URL OPTIONS: a worker of the npm package as a process of its own, to be killed. OPTIONS is JSON:
 *
 *   id          its name in the file
 *   file        gets a line for each begin and end of a handler: `b|e ID SEQ ATTEMPT MS`, by CLOCK_MONOTONIC. Lines of
 *               all processes are in the order in which things happened: each is one write to the end of the file.
 *   handlerMs   how long a handler takes; without it, until a line comes on standard input
 *   subscribe   options of `subscribe`
 */
import { openSync, writeSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { EventSystem } from '../../../clients/typescript/dist/esm/index.js'

const [url, text] = process.argv.slice(2)
const { id, file, handlerMs, subscribe } = JSON.parse(text)
const fd = openSync(file, 'a')
const say = (what, seq, attempt) => writeSync(fd, `${what} ${id} ${seq} ${attempt} ${(Number(process.hrtime.bigint()) / 1e6).toFixed(3)}\n`)

const waiting = []
const input = createInterface({ input: process.stdin })
input.on('line', () => waiting.splice(0).forEach((go) => go()))
// The one that started it is gone.
input.on('close', () => process.exit(1))

const system = new EventSystem({ url, service: 'worker', onError: () => {} })
const subscription = system.subscribe(
  'order.cancelled',
  async ({ seq }, { attempt }) => {
    say('b', seq, attempt)
    await new Promise((resolve) => {
      if (handlerMs === undefined) waiting.push(resolve)
      else setTimeout(resolve, handlerMs)
    })
    say('e', seq, attempt)
  },
  subscribe,
)
await subscription.ready
console.log('ready')
