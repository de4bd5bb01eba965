/** A worker as a process of its own, to be killed: prints a line for each event that it handles. */
import { EventSystem } from '../../src/index.js';

const [url, name, carrier, ms, ackTimeoutMs] = process.argv.slice(2);
const system = new EventSystem({ url: url ?? '', service: 'worker' });
const subscription = system.subscribe(
  'order.cancelled',
  async (event) => {
    await new Promise((resolve) => setTimeout(resolve, Number(ms)));
    console.log(`handled ${event.seq}`);
  },
  { name: name ?? '', order: 'per_key', key: '/orderId', start: 'beginning', carrier: carrier as 'pull', concurrency: 4, retrySchedule: [10, 10, 10, 10], ackTimeoutMs: Number(ackTimeoutMs) },
);
await subscription.ready;
console.log('ready');
