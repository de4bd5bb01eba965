/** Servers on loopback, each for one measurement. */
import { spawn } from 'node:child_process'
import { mkdirSync, openSync } from 'node:fs'
import net from 'node:net'

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

export function freePort() {
  return new Promise((resolve, reject) => {
    const server = net.createServer().once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })
}

/** Starts a program with a directory of its own, whose output is in `log` there; gives how to stop it. */
export function start(directory, command, args, options = {}) {
  mkdirSync(directory, { recursive: true })
  const log = openSync(`${directory}/log`, 'a')
  const child = spawn(command, args, { stdio: ['ignore', options.stdout ?? log, log], ...options })
  const kill = () => child.kill('SIGKILL')
  process.once('exit', kill)
  const ended = new Promise((resolve) => child.once('close', resolve).once('error', (error) => resolve(error.message)))
  return {
    child,
    ended,
    stop: async () => {
      child.kill('SIGTERM')
      await Promise.race([ended, sleep(20_000).then(kill)])
      process.off('exit', kill)
    },
  }
}

/** Calls `attempt` until it succeeds, for at most a minute. */
export async function eventually(attempt, server) {
  let code
  server.ended.then((x) => (code = x ?? 'a signal'))
  for (const end = Date.now() + 60_000; ; await sleep(100)) {
    try {
      return await attempt()
    } catch (error) {
      if (code !== undefined) throw new Error(`the server ended with ${code}; see its log`, { cause: error })
      if (Date.now() > end) throw error
    }
  }
}
