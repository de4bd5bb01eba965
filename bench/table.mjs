// node bench/table.mjs <LINES: the JSON lines of bench/workers.mjs and bench/queues as tables of Markdown, each figure
// as median (least–most) of its rounds.
import { createInterface } from 'node:readline'

const lines = []
for await (const line of createInterface({ input: process.stdin })) if (line.startsWith('{')) lines.push(JSON.parse(line))

const digits = (x) => (Math.abs(x) >= 100 ? Math.round(x).toLocaleString('en-US') : String(Number(x.toPrecision(3))))
function spread(values) {
  const sorted = values.filter((x) => typeof x === 'number').sort((left, right) => left - right)
  if (sorted.length === 0) return ''
  return `${digits(sorted[Math.floor(sorted.length / 2)])} (${digits(sorted[0])}–${digits(sorted.at(-1))})`
}
const of = (bench) => lines.filter((line) => line.bench === bench)
const row = (...cells) => console.log(`| ${cells.join(' | ')} |`)

const workers = [
  ['one WebSocket, messages of up to 100, acknowledged and on disk', 'workers_batches_of_100', 'perSecond', '20,000/s', '/s'],
  ['one WebSocket, one event in each message', 'workers_singles', 'perSecond', '3,000/s', '/s'],
  ['the same, one at a time', 'workers_one_at_a_time', 'perSecond', '', '/s'],
  ['pull and acknowledge, one connection', 'workers_pull_1', 'perSecond', '2,000/s', '/s'],
  ['pull and acknowledge, four connections', 'workers_pull_4', 'perSecond', '', '/s'],
  ['publish to worker at 1,000/s, p50', 'workers_latency', 'p50', '', ' ms'],
  ['publish to worker at 1,000/s, p99', 'workers_latency', 'p99', '10 ms', ' ms'],
]
if (lines.some(({ bench }) => bench.startsWith('workers_'))) {
  row('', 'measured', 'goal')
  row('---', '---', '---')
  for (const [what, bench, member, goal, unit] of workers) if (of(bench).length > 0) row(what, `${spread(of(bench).map((line) => line[member]))}${unit}`, goal)
  const poisoned = of('workers_poisoned_key')
  if (poisoned.length > 0) {
    row('one failing key of 10,000: throughput that the others lose', `${spread(poisoned.map(({ cost }) => cost.throughputPercent))} %`, '2 %')
    row('one failing key of 10,000: by how much the p99 of the others grows', `${spread(poisoned.map(({ cost }) => cost.p99Percent))} %`, '10 %')
  }
  console.log('')
}

const queues = of('queues')
if (queues.length > 0) {
  const names = [...new Set(queues.map(({ queue }) => queue))]
  const figures = [['add 100 at a time', 'add_many', '/s'], ['add one at a time, 32 callers', 'add_one', '/s'], ['work off a backlog', 'backlog', '/s'], ['add to handler at 200/s, p50', 'latency_p50', ' ms'], ['add to handler at 200/s, p99', 'latency_p99', ' ms']]
  row('', ...names)
  row('---', ...names.map(() => '---'))
  for (const [what, member, unit] of figures) row(what, ...names.map((name) => `${spread(queues.filter(({ queue }) => queue === name).map((line) => line[member]))}${unit}`))
  for (const mine of new Set(of('queues_ratio').map((line) => line.of ?? 'carillon')))
    for (const [what, member] of figures)
      row(`${mine} is so many times as good: ${what}`, ...names.map((name) => {
        const ratio = of('queues_ratio').find((line) => line.to === name && (line.of ?? 'carillon') === mine)?.[member]
        return ratio ? `${digits(ratio.median)} (${digits(ratio.least)}–${digits(ratio.most)})` : ''
      }))
}
