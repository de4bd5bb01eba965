/** The messages of the subprotocol `carillon.consumer.v1`: JSON, each in one text frame. */
import type { CarillonEvent } from '../types.js';

export const subprotocol = 'carillon.consumer.v1';

export interface Delivery {
  /** The same in every attempt. */
  id: string;
  /** Generation of the consumer's owner and attempt: what is late is told by it. */
  fence: string;
  attempt: number;
  /** Until then the node waits for an acknowledgement, RFC 3339. */
  deadline: string;
  event: CarillonEvent;
  replay?: number;
  traceparent?: string;
}

export type ServerMessage =
  | { op: 'hello'; consumer: string; generation: number; history?: string; ackTimeoutMs: number }
  | { op: 'deliver'; deliveries: Delivery[] }
  | { op: 'acked'; upTo: number }
  | { op: 'stale'; ids: string[] }
  | { op: 'drain' }
  | { op: 'error'; code?: string; message?: string };

export type ClientMessage =
  | { op: 'credit'; n: number }
  | { op: 'ack'; ids: string[] }
  | { op: 'nack'; id: string; reason: string; delayMs?: number; dead?: true }
  | { op: 'extend'; id: string; ms: number }
  | { op: 'release'; ids: string[] }
  | { op: 'drain' };

/** A message of the node; null if the text is none. Messages of a later version are `{op: 'unknown'}`. */
export function parseMessage(text: unknown): ServerMessage | { op: 'unknown' } | null {
  if (typeof text !== 'string') return null;
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof parsed !== 'object' || parsed === null) return null;
  const message = parsed as Record<string, unknown>;
  switch (message.op) {
    case 'hello':
      return Number(message.ackTimeoutMs) > 0 ? (parsed as ServerMessage) : null;
    case 'deliver':
      return Array.isArray(message.deliveries) && message.deliveries.every(isDelivery) ? (parsed as ServerMessage) : null;
    case 'acked':
      return Number.isSafeInteger(message.upTo) ? (parsed as ServerMessage) : null;
    case 'stale':
      return Array.isArray(message.ids) ? (parsed as ServerMessage) : null;
    case 'drain':
    case 'error':
      return parsed as ServerMessage;
    default:
      return typeof message.op === 'string' ? { op: 'unknown' } : null;
  }
}

export function isDelivery(value: unknown): value is Delivery {
  if (typeof value !== 'object' || value === null) return false;
  const delivery = value as Partial<Record<keyof Delivery, unknown>>;
  return typeof delivery.id === 'string' && typeof delivery.attempt === 'number' && typeof delivery.event === 'object' && delivery.event !== null;
}
