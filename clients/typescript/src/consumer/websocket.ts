import type { WebSocketLike } from '../environment.js';
import { asError } from '../environment.js';
import { CarillonError } from '../errors.js';
import type { Port } from '../http.js';
import type { DeliveryMachine } from './machine.js';
import { parseMessage, subprotocol, type ServerMessage } from './messages.js';

const helloMs = 10_000;
const closeMs = 2_000;

/** What the node means by its close codes, as codes of errors. */
const closeCodes = new Map([
  [1001, 'shutting_down'],
  [1009, 'too_large'],
  [1013, 'overloaded'],
  [4001, 'unauthenticated'],
  [4003, 'forbidden'],
  [4009, 'protocol'],
]);

/** The URL of the worker's WebSocket. */
export function consumeUrl(base: string, name: string): string {
  return `${base.replace(/^http/, 'ws')}/consume/${encodeURIComponent(name)}`;
}

/**
 * One connection of a worker by WebSocket. Resolves when it ended in order, after a drain; throws why it
 * ended otherwise.
 */
export async function connectWebSocket(port: Port, name: string, machine: DeliveryMachine, greeted: () => void, signal: AbortSignal, onNotice: (error: CarillonError) => void): Promise<void> {
  const { environment } = port;
  const open = await environment.webSocket();
  signal.throwIfAborted();
  const socket: WebSocketLike = open(consumeUrl(port.base, name), [subprotocol], port.headers());
  await new Promise<void>((resolve, reject) => {
    let refusal: CarillonError | undefined;
    let live = false;
    let timer: unknown;
    const finish = (error?: Error): void => {
      environment.clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      socket.onopen = socket.onmessage = socket.onclose = null;
      // The package `ws` ends the process if nobody listens.
      socket.onerror = () => undefined;
      if (error) reject(error);
      else resolve();
    };
    const end = (code: number, error?: Error): void => {
      finish(error);
      socket.close(code);
    };
    const onAbort = (): void => {
      // The close of a drained worker is answered soon, or is not waited for.
      socket.onmessage = null;
      environment.clearTimeout(timer);
      timer = environment.setTimeout(() => {
        finish(asError(signal.reason));
      }, closeMs);
      socket.onclose = () => {
        finish(asError(signal.reason));
      };
      socket.close(1000);
    };
    const take = (message: ServerMessage): void => {
      switch (message.op) {
        case 'hello':
          if (live) break;
          live = true;
          environment.clearTimeout(timer);
          machine.during(message.history);
          machine.attach({ send: (sent) => { if (socket.readyState === 1) socket.send(JSON.stringify(sent)); } }, message.ackTimeoutMs);
          greeted();
          break;
        case 'deliver':
          machine.deliver(message.deliveries);
          break;
        case 'acked':
          machine.acked(message.upTo);
          break;
        case 'stale':
          machine.late(message.ids.length);
          break;
        case 'drain':
          machine.suspend();
          void machine.empty().then(() => {
            // The last acknowledgements leave first.
            environment.setTimeout(() => {
              if (socket.readyState === 1) end(1000);
            }, 0);
          });
          break;
        case 'error':
          {
            const error = new CarillonError(message.code ?? 'protocol', message.message ?? 'the node reported an error');
            // Before the hello it is why the connection ends; afterwards the connection goes on.
            if (live) onNotice(error);
            else refusal = error;
          }
          break;
      }
    };
    timer = environment.setTimeout(() => {
      end(1000, new CarillonError('unreachable', `no hello within ${helloMs} ms`));
    }, helloMs);
    signal.addEventListener('abort', onAbort, { once: true });
    socket.onopen = () => {
      if (socket.protocol !== subprotocol) end(1000, new CarillonError('protocol', `the server does not speak ${subprotocol}`));
    };
    socket.onmessage = (event: { data: unknown }) => {
      const message = parseMessage(event.data);
      if (message === null || (!live && message.op !== 'hello' && message.op !== 'error')) {
        end(4009, new CarillonError('unreachable', 'the node sent what this client does not understand'));
      } else if (message.op !== 'unknown') take(message);
    };
    socket.onerror = () => undefined;
    socket.onclose = (event: { code: number; reason?: string }) => {
      const code = closeCodes.get(event.code);
      const text = `the connection was closed with ${event.code}${event.reason ? ` (${event.reason})` : ''}`;
      if (refusal) finish(refusal);
      else finish(new CarillonError(code ?? 'unreachable', text));
    };
  });
}
