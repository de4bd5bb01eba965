import { CarillonError } from './errors.js';
import { LiveStream, type LiveState } from './live.js';
import { matches, type CarillonEvent, type EventPattern } from './types.js';
import { eventSystem } from './default.js';
import type { EventSystem } from './system.js';

/** A socket of a client of the application: that of `ws`, of the browser's API, or of Fastify. */
export interface ClientSocket {
  readonly readyState: number;
  /** Bytes that were not sent yet, if the socket tells. */
  readonly bufferedAmount?: number;
  send(text: string): void;
  close(code?: number, reason?: string): void;
  addEventListener?(name: 'close', listener: () => void): void;
  on?(name: 'close', listener: () => void): void;
}

export interface BroadcasterOptions {
  /** Default: the one of `initializeEventSystem`. */
  system?: EventSystem;
  /** Which events go to clients. Default: all that they may see. */
  types?: readonly EventPattern[];
  /** Makes the text that a client is sent of an event. Default: `{"type", "data", "seq", "id", "time"}` as JSON. */
  format?: (event: CarillonEvent) => string;
  /** Unsent bytes of a socket past which it is closed with 4008. Default 1 MiB. */
  maxBufferedBytes?: number;
  /** Sockets at a time; one more is closed with 1013. Default 10,000. */
  maxConnections?: number;
  /** Of one user; one more is closed with 1013. Default 100. */
  maxConnectionsPerUser?: number;
  /** Whose session the upstream is, with a node that runs with `--dev`. */
  identity?: { userId?: string; companyId?: string };
  /** A JSON Web Token for the upstream instead of the key of the service. */
  token?: () => string | Promise<string>;
  onError?: (error: Error) => void;
}

export interface BroadcasterStats {
  connections: number;
  users: number;
  companies: number;
  /** Messages that were handed to sockets. */
  sent: number;
  /** Sockets that were closed because they did not take their messages. */
  slowCloses: number;
  refused: number;
  upstream: LiveState | 'idle';
  /** Everything up to this position was handed on. */
  position: number;
}

interface Connection {
  id: string;
  socket: ClientSocket;
  userId: string | undefined;
  companyId: string | undefined;
}

const open = 1;

/**
 * Hands live events on to the WebSocket clients of an application, which it has accepted and identified
 * itself. All clients of the process share one upstream stream, which opens with the first client. Who
 * sees what is decided as the node does: by the event's audience.
 */
export class Broadcaster {
  readonly #options: BroadcasterOptions;
  readonly #connections = new Map<string, Connection>();
  readonly #users = new Map<string, Set<Connection>>();
  readonly #companies = new Map<string, Set<Connection>>();
  #upstream: LiveStream | undefined;
  #state: LiveState | 'idle' = 'idle';
  #sent = 0;
  #slowCloses = 0;
  #refused = 0;

  constructor(options: BroadcasterOptions = {}) {
    this.#options = options;
  }

  /**
   * Takes over a socket that the application has accepted, until it closes. The ids of the user and the
   * company are what the application knows of its client: never what the client says of itself. An id that
   * is there already replaces the earlier connection.
   * @returns false if there are too many connections: the socket is closed with 1013
   */
  registerConnection(id: string, socket: ClientSocket, userId?: string, companyId?: string): boolean {
    this.unregisterConnection(id, 4000, 'replaced');
    const ofUser = userId === undefined ? 0 : (this.#users.get(userId)?.size ?? 0);
    if (this.#connections.size >= (this.#options.maxConnections ?? 10_000) || ofUser >= (this.#options.maxConnectionsPerUser ?? 100)) {
      this.#refused += 1;
      socket.close(1013, 'too many connections');
      return false;
    }
    const connection: Connection = { id, socket, userId, companyId };
    this.#connections.set(id, connection);
    if (userId !== undefined) setOf(this.#users, userId).add(connection);
    if (companyId !== undefined) setOf(this.#companies, companyId).add(connection);
    const onClose = (): void => {
      if (this.#connections.get(id) === connection) this.#forget(connection);
    };
    if (socket.addEventListener) socket.addEventListener('close', onClose);
    else socket.on?.('close', onClose);
    this.#begin();
    return true;
  }

  /** Ends a connection, if it is there. */
  unregisterConnection(id: string, code = 1000, reason = ''): void {
    const connection = this.#connections.get(id);
    if (!connection) return;
    this.#forget(connection);
    connection.socket.close(code, reason);
  }

  /** Sends a message to the user's sockets of this process. Returns to how many. For all processes, publish an event. */
  broadcastToUser(userId: string, message: unknown): number {
    return this.#sendTo(this.#users.get(userId), textOf(message));
  }

  broadcastToCompany(companyId: string, message: unknown): number {
    return this.#sendTo(this.#companies.get(companyId), textOf(message));
  }

  broadcastToAll(message: unknown): number {
    return this.#sendTo(this.#connections.values(), textOf(message));
  }

  stats(): BroadcasterStats {
    return {
      connections: this.#connections.size,
      users: this.#users.size,
      companies: this.#companies.size,
      sent: this.#sent,
      slowCloses: this.#slowCloses,
      refused: this.#refused,
      upstream: this.#state,
      position: this.#upstream?.position ?? 0,
    };
  }

  /** The upstream is connected; resolves with the first hello. */
  async ready(): Promise<void> {
    this.#begin();
    await this.#upstream?.ready;
  }

  /** Closes all sockets with 1001, and the upstream. */
  async close(): Promise<void> {
    for (const id of [...this.#connections.keys()]) this.unregisterConnection(id, 1001, 'the server stops');
    const upstream = this.#upstream;
    this.#upstream = undefined;
    await upstream?.close();
    this.#state = 'idle';
  }

  #begin(): void {
    if (this.#upstream) return;
    const system = this.#options.system ?? eventSystem();
    const upstream = new LiveStream(system.data, {
      types: this.#options.types ?? ['*'],
      identity: this.#options.identity ?? system.identity,
      token: this.#options.token,
      onEvent: (event) => {
        this.#pass(event);
      },
      onState: (state, reason) => {
        this.#state = state;
        if (state !== 'closed' || !reason) return;
        this.#report(reason);
        // The next client tries anew.
        if (this.#upstream === upstream) this.#upstream = undefined;
      },
    });
    this.#upstream = upstream;
  }

  #report(error: CarillonError): void {
    if (this.#options.onError) this.#options.onError(error);
    else console.error('carillon: broadcaster:', error);
  }

  #pass(event: CarillonEvent): void {
    const types = this.#options.types;
    if (types && !types.some((pattern) => matches(pattern, event.type))) return;
    const audience = this.#audienceOf(event);
    if (!audience) return;
    let text: string | undefined;
    for (const connection of audience) {
      text ??= this.#options.format?.(event) ?? JSON.stringify({ type: event.type, data: event.data, seq: event.seq, id: event.id, time: event.time });
      this.#send(connection, text);
    }
  }

  #audienceOf(event: CarillonEvent): Iterable<Connection> | undefined {
    switch (event.audience) {
      case 'all':
        return [...this.#connections.values()];
      case 'company':
        return event.companyId === undefined ? undefined : [...(this.#companies.get(event.companyId) ?? [])];
      case 'user': {
        const ofUser = event.userId === undefined ? undefined : this.#users.get(event.userId);
        // A user of the same name in another company is another user.
        return ofUser && [...ofUser].filter((one) => event.companyId === undefined || one.companyId === undefined || one.companyId === event.companyId);
      }
      case 'none':
        return undefined;
    }
  }

  #sendTo(connections: Iterable<Connection> | undefined, text: string): number {
    let count = 0;
    for (const connection of [...(connections ?? [])]) if (this.#send(connection, text)) count += 1;
    return count;
  }

  #send(connection: Connection, text: string): boolean {
    const { socket } = connection;
    if (socket.readyState !== open) return false;
    if ((socket.bufferedAmount ?? 0) > (this.#options.maxBufferedBytes ?? 1024 * 1024)) {
      this.#slowCloses += 1;
      this.unregisterConnection(connection.id, 4008, 'too slow');
      return false;
    }
    try {
      socket.send(text);
    } catch {
      this.unregisterConnection(connection.id);
      return false;
    }
    this.#sent += 1;
    return true;
  }

  #forget(connection: Connection): void {
    this.#connections.delete(connection.id);
    remove(this.#users, connection.userId, connection);
    remove(this.#companies, connection.companyId, connection);
  }
}

function setOf(map: Map<string, Set<Connection>>, key: string): Set<Connection> {
  const known = map.get(key);
  if (known) return known;
  const made = new Set<Connection>();
  map.set(key, made);
  return made;
}

function remove(map: Map<string, Set<Connection>>, key: string | undefined, connection: Connection): void {
  if (key === undefined) return;
  const set = map.get(key);
  set?.delete(connection);
  if (set?.size === 0) map.delete(key);
}

function textOf(message: unknown): string {
  return typeof message === 'string' ? message : JSON.stringify(message);
}

/** The broadcaster of this process's system. */
export const WebSocketBroadcaster = new Broadcaster();
