// All views by their address. The first segment names the view, further ones what it shows.
import type { ComponentType } from 'preact';
import type { Route } from './router';
import { Audit } from './views/audit';
import { ContactView, People } from './views/people';
import { ConsumerView, Consumers, DeadLetters } from './views/consumers';
import { DelayedEvents, DelayedView } from './views/delayed';
import { DeliveryView } from './views/delivery';
import { Documents } from './views/documents';
import { EventView } from './views/event';
import { Events } from './views/events';
import { Inbound, InboundView } from './views/inbound';
import { JobView, Jobs } from './views/jobs';
import { Keys } from './views/keys';
import { LiveTail } from './views/live';
import { MeasureView, Measures } from './views/measures';
import { Metrics } from './views/metrics';
import { Nodes } from './views/nodes';
import { OutboxView, Outboxes } from './views/outboxes';
import { Overview } from './views/overview';
import { Publish } from './views/publish';
import { ReplayView, Replays } from './views/replay';
import { ScheduleView, Schedules } from './views/schedules';
import { Sessions } from './views/sessions';
import { Settings } from './views/settings';
import { TypeView, Types } from './views/types';
import { NewWebhook, WebhookView, Webhooks } from './views/webhooks';

export interface View {
  /** In the navigation; empty = it is not there. */
  name: string;
  path: string[];
  /** After g; see app.tsx. */
  letter?: string;
  /** Not for keys that are bound to a company. */
  wholeNode?: boolean;
  body: ComponentType<{ route: Route }>;
}

export const views: View[] = [
  { name: 'Overview', path: ['overview'], letter: 'o', wholeNode: true, body: Overview },
  { name: 'Events', path: ['events'], letter: 'e', body: Events },
  { name: 'Publish', path: ['publish'], letter: 'p', body: Publish },
  { name: 'Consumers', path: ['consumers'], letter: 'c', wholeNode: true, body: Consumers },
  { name: 'Dead letters', path: ['dead-letters'], letter: 'd', body: DeadLetters },
  { name: 'Webhooks', path: ['webhooks'], letter: 'w', body: Webhooks },
  { name: 'Sessions', path: ['sessions'], letter: 's', body: Sessions },
  { name: 'Inbound', path: ['inbound'], letter: 'b', body: Inbound },
  { name: 'Outboxes', path: ['outboxes'], letter: 'x', wholeNode: true, body: Outboxes },
  { name: 'Schedules', path: ['schedules'], letter: 'h', body: Schedules },
  { name: 'Delayed events', path: ['delayed'], letter: 'l', body: DelayedEvents },
  { name: 'Jobs', path: ['jobs'], letter: 'j', body: Jobs },
  { name: 'People', path: ['people'], letter: 'u', body: People },
  { name: 'Documents', path: ['documents'], letter: 'f', body: Documents },
  { name: 'Replay', path: ['replays'], letter: 'r', wholeNode: true, body: Replays },
  { name: 'Metrics', path: ['metrics'], letter: 'm', body: Metrics },
  { name: 'Measures', path: ['measures'], letter: 'v', body: Measures },
  { name: 'Audit', path: ['audit'], letter: 'a', body: Audit },
  { name: 'Types', path: ['types'], letter: 't', body: Types },
  { name: 'Keys', path: ['keys'], letter: 'k', wholeNode: true, body: Keys },
  { name: 'Nodes', path: ['nodes'], letter: 'n', body: Nodes },
  { name: 'Settings', path: ['settings'], letter: 'i', wholeNode: true, body: Settings },
];

const details: Record<string, ComponentType<{ route: Route }>> = {
  events: EventView,
  consumers: ConsumerView,
  webhooks: WebhookView,
  deliveries: DeliveryView,
  delayed: DelayedView,
  inbound: InboundView,
  jobs: JobView,
  measures: MeasureView,
  outboxes: OutboxView,
  people: ContactView,
  replays: ReplayView,
  schedules: ScheduleView,
  types: TypeView,
};
const fixed: Record<string, ComponentType<{ route: Route }>> = { 'events/live': LiveTail, 'webhooks/new': NewWebhook };

/** The view of an address, and a key that differs where a view has to begin anew. */
export function viewOf(route: Route, available: View[]): { view: View; key: string } {
  const [first = '', ...rest] = route.segments;
  const name = first === 'deliveries' ? 'webhooks' : first;
  const view = available.find((x) => x.path[0] === name);
  if (!view) return { view: available[0]!, key: '' };
  if (rest.length === 0) return { view, key: view.path[0]! };
  const path = route.segments.join('/');
  const body = fixed[path] ?? details[first] ?? view.body;
  return { view: { ...view, body }, key: path };
}
