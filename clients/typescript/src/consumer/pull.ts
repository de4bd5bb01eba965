import { CarillonError, messageOf } from '../errors.js';
import { parseAnswer, problemOf, isTemporary, type Port } from '../http.js';
import { pause } from '../environment.js';
import type { DeliveryMachine } from './machine.js';
import { isDelivery, type ClientMessage, type Delivery } from './messages.js';

export interface PullOptions {
  /** Deliveries of one request. Default 100. */
  max?: number;
  /** How long the node holds a request that finds nothing, in milliseconds. Default 20 s. */
  waitMs?: number;
  /** Names this process to the node. */
  worker: string;
  ackTimeoutMs: number;
}

const answerMarginMs = 10_000;

/**
 * A worker by HTTP, for places where no WebSocket gets through: asks for as many deliveries as it has
 * credit for, over long polls. Throws why it ended; it ends in order when a drain left nothing here.
 */
export async function runPull(port: Port, name: string, machine: DeliveryMachine, greeted: () => void, signal: AbortSignal, options: PullOptions, onNotice: (error: CarillonError) => void): Promise<void> {
  const path = `/api/consumers/${encodeURIComponent(name)}`;
  const waitMs = options.waitMs ?? 20_000;
  const fences = new Map<string, string>();
  let credit = 0;
  let draining = false;
  let wake: () => void = () => undefined;
  // One change after the other, so that an acknowledgement never overtakes an extension.
  let sends: Promise<void> = Promise.resolve();
  const drained = new AbortController();
  const send = (message: ClientMessage): void => {
    if (message.op === 'credit') {
      credit += message.n;
      wake();
    } else if (message.op === 'drain') {
      draining = true;
      drained.abort(new CarillonError('closed', 'the worker drains'));
      wake();
    } else {
      sends = sends.then(() => change(message)).catch((error: unknown) => {
        onNotice(error instanceof CarillonError ? error : new CarillonError('unreachable', messageOf(error)));
      });
    }
  };
  const change = async (message: Exclude<ClientMessage, { op: 'credit' | 'drain' }>): Promise<void> => {
    const { op, ids, rest } = parts(message);
    const deliveries = ids.flatMap((id) => (fences.has(id) ? [{ id, fence: fences.get(id) }] : []));
    // Repeated without harm: what is late is stale.
    const answer = await retried(port, `${path}/${op}`, { deliveries, ...rest });
    machine.late(answer.stale?.length ?? 0);
    // Another delivery of this id may have come meanwhile, with another fence.
    if (op !== 'extend') for (const { id, fence } of deliveries) if (fences.get(id) === fence) fences.delete(id);
    if (op === 'ack') machine.confirmed(ids);
  };
  const ended = (): boolean => draining || signal.aborted;
  const changed = (): Promise<void> =>
    new Promise<void>((resolve) => {
      wake = resolve;
    });
  const onAbort = (): void => {
    wake();
  };
  signal.addEventListener('abort', onAbort);
  const stopped = AbortSignal.any([signal, drained.signal]);
  machine.attach({ send }, options.ackTimeoutMs);
  try {
    for (let first = true; !ended(); first = false) {
      if (credit <= 0) {
        await changed();
        continue;
      }
      const max = Math.min(credit, options.max ?? 100);
      let answer;
      try {
        // The first one finds out soon whether the consumer is there.
        const body = { max, waitMs: first ? 0 : waitMs, worker: options.worker };
        answer = await port.attempt({ method: 'POST', path: `${path}/pull`, body, signal: stopped }, waitMs + answerMarginMs);
      } catch (error) {
        if (stopped.aborted) continue;
        throw error;
      }
      if (answer.status >= 400) throw problemOf(answer);
      if (first) greeted();
      const { deliveries, history } = parseAnswer(answer) as { deliveries?: Delivery[]; history?: string };
      if (!Array.isArray(deliveries) || !deliveries.every(isDelivery)) throw new CarillonError('protocol', 'the answer to pull has no deliveries');
      machine.during(history);
      for (const delivery of deliveries) fences.set(delivery.id, delivery.fence);
      credit -= deliveries.length;
      machine.deliver(deliveries);
    }
    // The drain acknowledges what is here, and then ends this.
    while (!signal.aborted) await changed();
  } finally {
    signal.removeEventListener('abort', onAbort);
    await sends;
  }
}

/** The ids of a change, and its other members. */
function parts(message: Exclude<ClientMessage, { op: 'credit' | 'drain' }>): { op: string; ids: string[]; rest: Record<string, unknown> } {
  if (message.op === 'ack' || message.op === 'release') return { op: message.op, ids: message.ids, rest: {} };
  const { op, id, ...rest } = message;
  return { op, ids: [id], rest };
}

/** A change that may be sent again: until it is answered, at most four times. */
async function retried(port: Port, path: string, body: unknown): Promise<{ stale?: string[] }> {
  for (let attempt = 1; ; attempt += 1) {
    let failure: CarillonError;
    try {
      const answer = await port.attempt({ method: 'POST', path, body }, answerMarginMs);
      if (answer.status < 400) return parseAnswer(answer) as { stale?: string[] };
      failure = problemOf(answer);
      if (!isTemporary(failure)) throw failure;
    } catch (error) {
      if (!(error instanceof CarillonError) || (error.code !== 'unreachable' && !isTemporary(error)) || attempt === 4) throw error;
      failure = error;
    }
    if (attempt === 4) throw failure;
    await pause(port.environment, Math.max(failure.retryAfterMs ?? 0, 100 * 2 ** attempt * port.environment.random()));
  }
}
