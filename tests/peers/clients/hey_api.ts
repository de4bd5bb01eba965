// The client that @hey-api/openapi-ts made of docs/openapi.yaml, below ./generated.
// Arguments: the URLs of the data port, of the admin port, and of a receiver of webhooks.
import { createClient } from './generated/client';
import { createWebhook, listEvents, publishEvents } from './generated/sdk.gen';
import type { Event, NewEvent } from './generated/types.gen';

declare const process: { argv: string[] };

async function main(dataUrl: string, adminUrl: string, receiver: string): Promise<void> {
  const data = createClient({ baseUrl: dataUrl });
  const admin = createClient({ baseUrl: adminUrl });

  const order: NewEvent = {
    type: 'order.created',
    id: 'order-created/o-1',
    companyId: 'c-1',
    data: { orderId: 'o-1', total: 12.5, items: [{ sku: 'bell' }], status: 'new' },
  };
  const published = await publishEvents({ client: data, body: order });
  if (!published.data || !('seq' in published.data)) throw new Error(JSON.stringify(published.error));
  const seq: number = published.data.seq;

  const batch = await publishEvents({
    client: data,
    body: [{ type: 'user.login', userId: 'u-1', data: { ip: '::1', userAgent: 'x' } }, { type: 'order.created' }],
  });
  if (!batch.data || !('results' in batch.data)) throw new Error('no verdicts');
  const verdicts = batch.data.results.map((x) => ('error' in x ? x.error.code : String(x.duplicate)));

  const page = await listEvents({ client: admin, query: { types: 'order.*', order: 'asc', limit: 10 } });
  const events: Event[] = page.data?.events ?? [];
  const total: unknown = events[0]?.data['total'];

  const webhook = await createWebhook({
    client: admin,
    body: { url: receiver, types: ['order.*'], headers: { 'X-Shop': '1' } },
  });
  const secret: string | undefined = webhook.data?.secret;

  const refused = await publishEvents({ client: data, body: { type: 'no.such.type', data: {} } });
  const code: string | undefined = refused.error?.code;

  console.log(JSON.stringify({ seq, verdicts, events: events.length, total, secret, code }));
}

const [, , dataUrl = '', adminUrl = '', receiver = ''] = process.argv;
void main(dataUrl, adminUrl, receiver);
