/**
 * pg-boss: `insert` of arrays, as its documentation has it for many jobs. A backlog is worked off by `fetch` with a
 * batch size of 100 and `complete` of all its ids, which is faster than `work`, whose workers pause for half a second
 * at least; two loops. For latency it is `work`, with that shortest pause.
 */
import PgBoss from 'pg-boss'

export async function pgBoss({ postgres }) {
  const boss = new PgBoss({ ...postgres, database: 'boss', max: 20 })
  boss.on('error', (error) => console.error('pg-boss:', error.message))
  await boss.start()
  let queue = ''
  let rounds = 0
  return {
    name: 'pg-boss',
    database: 'boss',
    begin: async () => {
      queue = `bench-${(rounds += 1)}`
      await boss.createQueue(queue)
    },
    addMany: (items) => boss.insert(items.map((data) => ({ name: queue, data }))),
    addOne: (item) => boss.send(queue, item),
    work: async (handle, done, { backlog }) => {
      if (!backlog) {
        const id = await boss.work(queue, { batchSize: 100, pollingIntervalSeconds: 0.5 }, async (jobs) => {
          for (const { data } of jobs) handle(data)
          done(jobs.length)
        })
        return () => boss.offWork({ id })
      }
      let stopped = false
      const loops = Array.from({ length: 2 }, async () => {
        while (!stopped) {
          const jobs = await boss.fetch(queue, { batchSize: 100 })
          if (jobs.length === 0) {
            await new Promise((resolve) => setTimeout(resolve, 5))
            continue
          }
          for (const { data } of jobs) handle(data)
          await boss.complete(queue, jobs.map(({ id }) => id))
          done(jobs.length)
        }
      })
      return async () => {
        stopped = true
        await Promise.all(loops)
      }
    },
    close: () => boss.stop({ graceful: false }),
  }
}
