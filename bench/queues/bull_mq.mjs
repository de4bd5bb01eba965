/** BullMQ: `addBulk` for many, one worker with a concurrency of 100; jobs that are done are removed. */
import { Queue, Worker } from 'bullmq'
import { Redis } from 'ioredis'

export async function bullMq({ redis }) {
  // As its documentation has it: one connection for queues, one for workers, which waits as long as needed.
  const adding = new Redis(redis)
  const working = new Redis({ ...redis, maxRetriesPerRequest: null })
  let queue
  let rounds = 0
  const options = { removeOnComplete: true }
  return {
    name: 'bullmq',
    begin: async () => {
      await queue?.close()
      queue = new Queue(`bench-${(rounds += 1)}`, { connection: adding, defaultJobOptions: options })
      await queue.waitUntilReady()
    },
    addMany: (items) => queue.addBulk(items.map((data) => ({ name: 'bench', data }))),
    addOne: (item) => queue.add('bench', item),
    work: async (handle, done) => {
      const worker = new Worker(queue.name, async (job) => { handle(job.data) }, { connection: working, concurrency: 100 })
      worker.on('completed', () => done(1))
      worker.on('error', (error) => console.error('bullmq:', error.message))
      await worker.waitUntilReady()
      return () => worker.close()
    },
    close: async () => {
      await queue?.close()
      adding.disconnect()
      working.disconnect()
    },
  }
}
