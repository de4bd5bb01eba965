/** A process with one durable subscription, to be told to end. */
import { EventSystem } from '../../src/index.js';

const system = new EventSystem({ url: process.argv[2] ?? '', service: 'draining', drainOnSignals: true });
system.subscribe(
  '*',
  async () => {
    console.log('started');
    await new Promise((resolve) => setTimeout(resolve, 300));
    console.log('ended');
  },
  { name: 'x' },
);
