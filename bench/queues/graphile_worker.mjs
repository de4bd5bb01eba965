/**
 * graphile-worker: `addJobs` for many, and the preset of its page on performance: 24 jobs at a time, a pool of 25, a
 * local queue of 500, ends of jobs in batches.
 */
import { Logger, makeWorkerUtils, run } from 'graphile-worker'

const logger = new Logger(() => () => {})

export async function graphileWorker({ postgres }) {
  const { host, user } = postgres
  const connectionString = `postgres://${user}@/worker?host=${encodeURIComponent(host)}`
  const utils = await makeWorkerUtils({ connectionString, logger })
  await utils.migrate()
  return {
    name: 'graphile-worker',
    database: 'worker',
    begin: async () => {},
    addMany: (items) => utils.addJobs(items.map((payload) => ({ identifier: 'bench', payload }))),
    addOne: (item) => utils.addJob('bench', item),
    work: async (handle, done) => {
      const runner = await run({
        preset: { worker: { connectionString, concurrentJobs: 24, maxPoolSize: 25, localQueue: { size: 500 }, completeJobBatchDelay: 0, failJobBatchDelay: 0 } },
        noHandleSignals: true,
        logger,
        taskList: { bench: async (payload) => { handle(payload) } },
      })
      runner.events.on('job:complete', () => done(1))
      return () => runner.stop()
    },
    close: () => utils.release(),
  }
}
