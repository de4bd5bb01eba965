/** The application: `npm start`. */
import type { AddressInfo } from 'node:net';
import { settingsOf } from './settings.js';
import { createShop } from './shop.js';

const shop = await createShop(settingsOf(process.env));
shop.server.listen(Number(process.env.PORT ?? 3000), '127.0.0.1', () => {
  console.log(`shop http://127.0.0.1:${(shop.server.address() as AddressInfo).port}`);
});
process.once('SIGTERM', () => { void shop.close(); });
