/** When a node has nothing left to do: every event handled, every webhook delivered, every job done. */

interface Consumer {
  name: string;
  cursor: number;
  inFlight: number;
  retrying: number;
  paused: boolean;
}

interface Queue {
  queue: string;
  paused: boolean;
  queued: number;
  running: number;
}

interface Webhook {
  id: number;
  enabled: boolean;
  status?: { cursor: number; lag: number; inFlight: number; retrying: number };
}

export type Read = <T>(path: string) => Promise<T>;

/** What the node still has to do, for people; empty if nothing. `head` is the end of the log at that time. */
export async function unsettled(read: Read): Promise<{ head: number; waitsFor: string[] }> {
  const { events } = await read<{ events: { seq: number }[] }>('/api/events?limit=1');
  const head = events[0]?.seq ?? 0;
  const [{ consumers }, { queues }, { webhooks }] = await Promise.all([
    read<{ consumers: Consumer[] }>('/api/consumers'),
    read<{ queues: Queue[] }>('/api/jobs/queues'),
    read<{ webhooks: Webhook[] }>('/api/events/webhooks?limit=1000'),
  ]);
  const details = await Promise.all(webhooks.filter((webhook) => webhook.enabled).map((webhook) => read<Webhook>(`/api/events/webhooks/${webhook.id}`)));
  const waitsFor = [
    ...consumers.filter((one) => !one.paused && (one.cursor < head || one.inFlight > 0 || one.retrying > 0)).map((one) => `consumer ${one.name} at ${one.cursor} of ${head}, ${one.retrying} to be tried again`),
    ...queues.filter((one) => !one.paused && one.queued + one.running > 0).map((one) => `${one.queued + one.running} jobs of ${one.queue}`),
    ...details.flatMap(({ id, status }) => (status && (status.lag > 0 || status.inFlight > 0 || status.retrying > 0) ? [`webhook ${id}, ${status.lag} events behind, ${status.retrying} to be tried again`] : [])),
  ];
  return { head, waitsFor };
}
