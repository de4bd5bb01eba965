/** The handlers alone, beside applications that have them as well: `npm run worker`. As many as you like share the work. */
import { initializeEventSystem } from 'carillon';
import pg from 'pg';
import { startLoyalty } from './loyalty.js';
import { settingsOf } from './settings.js';
import { startStock } from './stock.js';

const { database, durable, system } = settingsOf(process.env);
const pool = new pg.Pool({ ...database, connectionTimeoutMillis: 5_000 });
pool.on('error', () => undefined);
initializeEventSystem({ ...system, drainOnSignals: true });
await startLoyalty(pool);
if (durable) await startStock().ready;
console.log('worker ready');
