import type { AddressInfo } from 'node:net';
import { createShop } from './shop.js';

const variables = process.env;
const shop = await createShop({
  carillonUrl: variables.CARILLON_URL ?? 'http://127.0.0.1:7070',
  carillonAdminUrl: variables.CARILLON_ADMIN_URL ?? 'http://127.0.0.1:7071',
  ...(variables.CARILLON_KEY ? { key: variables.CARILLON_KEY } : { identity: { companyId: 'c-1' } }),
  // PGHOST, PGUSER and so on.
  database: {},
  durable: variables.SHOP_DURABLE === '1',
  adminToken: variables.SHOP_ADMIN_TOKEN ?? 'secret',
});
shop.server.listen(Number(variables.PORT ?? 3000), '127.0.0.1', () => {
  console.log(`shop http://127.0.0.1:${(shop.server.address() as AddressInfo).port}`);
});
process.once('SIGTERM', () => { void shop.close(); });
