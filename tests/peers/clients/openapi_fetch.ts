// A client of openapi-fetch with the types that openapi-typescript made of docs/openapi.yaml.
// Arguments: the URLs of the data port, of the admin port, and of a receiver of webhooks.
import createClient from 'openapi-fetch';
import type { components, paths } from './schema';

declare const process: { argv: string[] };

type Event = components['schemas']['Event'];

async function main(dataUrl: string, adminUrl: string, receiver: string): Promise<void> {
  const data = createClient<paths>({ baseUrl: dataUrl });
  const admin = createClient<paths>({ baseUrl: adminUrl });

  const published = await data.POST('/api/events', {
    body: {
      type: 'order.created',
      id: 'order-created/o-1',
      companyId: 'c-1',
      data: { orderId: 'o-1', total: 12.5, items: [{ sku: 'bell' }], status: 'new' },
    },
  });
  if (!published.data || !('seq' in published.data)) throw new Error(JSON.stringify(published.error));
  const seq: number = published.data.seq;

  const batch = await data.POST('/api/events', {
    body: [{ type: 'user.login', userId: 'u-1', data: { ip: '::1', userAgent: 'x' } }, { type: 'order.created' }],
  });
  if (!batch.data || !('results' in batch.data)) throw new Error('no verdicts');
  const verdicts = batch.data.results.map((x) => ('error' in x ? x.error.code : String(x.duplicate)));

  const page = await admin.GET('/api/events', { params: { query: { types: 'order.*', order: 'asc', limit: 10 } } });
  const events: Event[] = page.data?.events ?? [];
  const total: unknown = events[0]?.data.total;

  const webhook = await admin.POST('/api/events/webhooks', {
    body: { url: receiver, types: ['order.*'], headers: { 'X-Shop': '1' } },
  });
  const secret: string | undefined = webhook.data?.secret;

  const refused = await data.POST('/api/events', { body: { type: 'no.such.type', data: {} } });
  const code: string | undefined = refused.error?.code;

  console.log(JSON.stringify({ seq, verdicts, events: events.length, total, secret, code }));
}

const [, , dataUrl = '', adminUrl = '', receiver = ''] = process.argv;
void main(dataUrl, adminUrl, receiver);
