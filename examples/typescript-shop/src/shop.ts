import { createServer, type Server } from 'node:http';
import { fileURLToPath } from 'node:url';
import { EventBus, initializeEventSystem, shutdownEventSystem, WebSocketBroadcaster } from 'carillon';
import { carillonRouter } from 'carillon/express';
import express from 'express';
import pg from 'pg';
import { WebSocketServer } from 'ws';
import { pointsOf, startLoyalty } from './loyalty.js';
import type { Settings } from './settings.js';
import { startStock } from './stock.js';

export interface Shop {
  server: Server;
  close(): Promise<void>;
}

const companyId = 'c-1';
const page = fileURLToPath(new URL('../../public/index.html', import.meta.url));

export async function createShop(options: Settings): Promise<Shop> {
  const pool = new pg.Pool({ ...options.database, connectionTimeoutMillis: 5_000 });
  // A connection that breaks while nobody uses it is replaced.
  pool.on('error', () => undefined);
  initializeEventSystem(options.system);
  await startLoyalty(pool);
  if (options.durable) startStock();

  const app = express();
  app.use(express.json());
  app.get('/', (_request, response) => { response.sendFile(page); });
  app.post('/orders', async (request, response) => {
    const { orderId, userId, total, items } = request.body as { orderId: string; userId: string; total: number; items: number };
    // The order's id makes a repeated request harmless.
    const receipt = await EventBus.publish('order.created', { orderId, total, items, status: 'new' }, { companyId, userId, ip: request.ip }, { id: `order-created/${orderId}` });
    response.status(receipt.duplicate ? 200 : 201).json(receipt);
  });
  app.get('/orders', async (_request, response) => {
    response.json(await EventBus.getEvents({ types: 'order.*', companyId, limit: 20 }));
  });
  app.get('/points/:userId', async (request, response) => {
    response.json(await pointsOf(pool, request.params.userId));
  });
  app.use('/monitoring', carillonRouter<express.Request>({ authorize: (request) => request.headers['x-admin-token'] === options.adminToken && { admin: true, actor: 'shop' } }));

  const server = createServer((request, response) => { app(request, response); });
  const live = new WebSocketServer({ server, path: '/live' });
  let connections = 0;
  // A real shop takes user and company from its session.
  live.on('connection', (socket) => { WebSocketBroadcaster.registerConnection(String((connections += 1)), socket, 'u-7', companyId); });
  return {
    server,
    close: async () => {
      await WebSocketBroadcaster.close();
      await shutdownEventSystem();
      live.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await pool.end();
    },
  };
}
