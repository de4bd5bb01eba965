/** Workers as processes, and what they did. */
import { spawn } from 'node:child_process'
import { closeSync, openSync, readSync, writeFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const program = fileURLToPath(new URL('worker.mjs', import.meta.url))

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

/** On the clock of the workers' lines, in milliseconds. */
export const now = () => Number(process.hrtime.bigint()) / 1e6

export async function eventually(condition, what, deadlineMs = 60_000) {
  const end = Date.now() + deadlineMs
  for (;;) {
    const found = await condition()
    if (found) return found
    if (Date.now() > end) throw new Error(`not within ${deadlineMs} ms: ${typeof what === 'function' ? await what() : what}`)
    await sleep(10)
  }
}

const started = []

/** Starts a worker; see worker.mjs for its options. Resolves when it is ready. */
export async function startWorker(url, options) {
  const child = spawn(process.execPath, [program, url, JSON.stringify(options)], { stdio: ['pipe', 'pipe', 'inherit'] })
  child.stdin.on('error', () => {})
  const ended = new Promise((resolve) => child.once('close', resolve))
  const ready = new Promise((resolve) => createInterface({ input: child.stdout }).once('line', resolve))
  const worker = {
    id: options.id,
    child,
    ready,
    /** Lets the handlers end that wait. */
    go: () => child.stdin.write('go\n'),
    kill: async (signal = 'SIGKILL') => {
      child.kill(signal)
      await ended
    },
  }
  started.push(worker)
  return worker
}

/** Ends all workers that were started, also one that stands still. */
export const killAll = () => Promise.all(started.map((worker) => worker.kill()))

/** Reads the workers' file as it grows. */
export class Lines {
  #file
  #fd
  #offset = 0
  #rest = ''
  #buffer = Buffer.alloc(1 << 16)
  all = []

  constructor(file) {
    this.#file = file
    writeFileSync(file, '')
    this.#fd = openSync(file, 'r')
  }

  get file() {
    return this.#file
  }

  /** What came since the last call: `{what, id, seq, attempt, at}`. */
  read() {
    const from = this.all.length
    for (;;) {
      const bytes = readSync(this.#fd, this.#buffer, 0, this.#buffer.length, this.#offset)
      if (bytes === 0) break
      this.#offset += bytes
      const parts = (this.#rest + this.#buffer.toString('latin1', 0, bytes)).split('\n')
      this.#rest = parts.pop()
      for (const line of parts) {
        const [what, id, seq, attempt, at] = line.split(' ')
        this.all.push({ what, id, seq: Number(seq), attempt: Number(attempt), at: Number(at) })
      }
    }
    return this.all.slice(from)
  }

  close() {
    closeSync(this.#fd)
  }
}
