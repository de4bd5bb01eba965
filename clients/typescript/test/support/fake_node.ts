/** A server that speaks the protocol of remote consumers as a test wants it. */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import { WebSocketServer, type WebSocket } from 'ws';
import { eventually } from './node.js';

interface Message {
  op: string;
  n?: number;
  id?: string;
  ids?: string[];
  reason?: string;
  [name: string]: unknown;
}

export interface Connection {
  path: string;
  protocols: string[];
  authorization: string | undefined;
  messages: Message[];
  closeCode: number | undefined;
  send(message: unknown): void;
  socket: WebSocket;
}

export interface FakeNode {
  url: string;
  connections: Connection[];
  /** Requests other than WebSockets: method, path, body. */
  calls: { method: string; path: string; body: Record<string, unknown> }[];
  answer: (call: { method: string; path: string; body: Record<string, unknown> }) => { status: number; body?: unknown } | Promise<{ status: number; body?: unknown }>;
  greet: boolean;
  /** Opening handshakes are answered 401. */
  refuseSockets: boolean;
  nth(index: number): Promise<Connection>;
}

const hello = { op: 'hello', consumer: 'x', generation: 3, history: 'h', ackTimeoutMs: 30_000 };

export async function fakeNode(t: TestContext): Promise<FakeNode> {
  const connections: Connection[] = [];
  const calls: FakeNode['calls'] = [];
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const text = Buffer.concat(parts).toString();
      const call = { method: request.method ?? '', path: request.url ?? '', body: (text === '' ? {} : JSON.parse(text)) as Record<string, unknown> };
      calls.push(call);
      void Promise.resolve(node.answer(call)).then(({ status, body }) => {
        response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body ?? {}));
      });
    });
  });
  const sockets = new WebSocketServer({ server, verifyClient: () => !node.refuseSockets, handleProtocols: (offered) => [...offered][0] ?? false });
  sockets.on('connection', (socket: WebSocket, request: IncomingMessage) => {
    const connection: Connection = {
      path: request.url ?? '',
      protocols: (request.headers['sec-websocket-protocol'] ?? '').split(/, */),
      authorization: request.headers.authorization,
      messages: [],
      closeCode: undefined,
      send: (message) => {
        socket.send(typeof message === 'string' ? message : JSON.stringify(message));
      },
      socket,
    };
    connections.push(connection);
    socket.on('message', (data: Buffer) => connection.messages.push(JSON.parse(data.toString()) as Message));
    socket.on('close', (code) => {
      connection.closeCode = code;
    });
    if (node.greet) connection.send(hello);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  t.after(() => {
    for (const socket of sockets.clients) socket.terminate();
    server.closeAllConnections();
    server.close();
  });
  const node: FakeNode = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    connections,
    calls,
    answer: () => ({ status: 200 }),
    greet: true,
    refuseSockets: false,
    nth: (index) => eventually(() => connections[index], `connection ${index}`),
  };
  return node;
}

export function delivery(seq: number, attempt = 1): Record<string, unknown> {
  return { id: `x-${seq}`, fence: `3.${attempt}`, attempt, deadline: new Date(Date.now() + 30_000).toISOString(), event: { seq, id: `e-${seq}`, type: 'order.cancelled', data: { orderId: `o-${seq}`, reason: 'late' } } };
}
