import type { ComponentChildren, JSX } from 'preact';
import { useState } from 'preact/hooks';
import { Problem, type Schemas, call, said } from '../api';
import { type Node, treeOf } from '../causes';
import { count, download, pretty } from '../format';
import { useLoad } from '../load';
import { type Proven, prove } from '../proof';
import { type Route, to } from '../router';
import { Act } from '../ui/forms';
import { Badge, Facts, Json, Page, Section, Shown, Table, Time, type Tone } from '../ui/parts';
import type { Event } from './events';
import { deliveryColumns } from './webhooks';

const tones: Record<string, Tone> = { done: 'good', pending: 'plain', retrying: 'warn', dead: 'bad' };
/** Of one correlation. */
const maxTree = 500;

export function EventView({ route }: { route: Route }): JSX.Element {
  const id = route.segments[1] ?? '';
  const narrow = { source: route.query.get('source') ?? undefined, companyId: route.query.get('companyId') ?? undefined };
  const found = useLoad((signal) => call('get', '/api/events/{id}', { path: { id }, query: { ...narrow, expand: 'handlers,deliveries' }, signal }), [id, narrow], 5000);
  return (
    <Page title={`Event ${id}`} actions={found.data && <a class="button" href={to(['replays'], { events: found.data.seq })}>Replay it</a>}>
      <Shown of={found}>{(x) => <Details x={x} />}</Shown>
    </Page>
  );
}

function Details({ x }: { x: Event }): JSX.Element {
  const link = (name: string, value: string | undefined): ComponentChildren => (value ? <a href={to(['events'], { [name]: value })}>{value}</a> : '–');
  return (
    <>
      <Section title="What happened">
        <Facts rows={[
          ['Type', <a href={to(['types', x.type])}>{x.type}</a>],
          ['Position', count(x.seq)],
          ['Id', <code>{x.id}</code>],
          ['Source', <code>{x.source}</code>],
          ['Time', <Time at={x.time} />],
          ['Recorded', <Time at={x.recordedAt} />],
          ['Company', link('companyId', x.companyId)],
          ['User', link('userId', x.userId)],
          ['Correlation', link('correlationId', x.correlationId)],
          ['Caused by', x.causationId ? <a href={to(['events'], { id: x.causationId })}>{x.causationId}</a> : '–'],
          ['Audience', x.audience],
          ...(x.traceparent ? [['Trace', <code>{x.traceparent}</code>] as [string, ComponentChildren]] : []),
        ]} />
        <h3>Data</h3>
        <Json label="Data" value={x.data} />
        {Object.keys(x.metadata).length > 0 && <><h3>Metadata</h3><Json label="Metadata" value={x.metadata} /></>}
      </Section>
      <Section title="What came of it">
        <Table caption="Handlers" rows={x.handlers ?? []} id={(y) => y.name} none="No handler is named to this key." columns={[
          { head: 'Handler', cell: (y) => <a href={to(['consumers', y.name])}>{y.name}</a> },
          { head: 'State', cell: (y) => <Badge tone={tones[y.state]}>{y.state}</Badge> },
          { head: 'Action', cell: (y) => y.state === 'dead' && <a href={to(['dead-letters'], { consumer: y.name })}>dead letters of {y.name}</a> },
        ]} />
        <h3>Webhook deliveries</h3>
        <Table caption="Webhook deliveries" rows={x.deliveries ?? []} id={(y) => y.id} columns={deliveryColumns(true)} none="No webhook was called for it." />
      </Section>
      <Section title="Causes and consequences"><Causes x={x} /></Section>
      <Section title="Proof"><Proof x={x} /></Section>
    </>
  );
}

async function related(x: Event, signal: AbortSignal): Promise<{ events: Event[]; more: boolean }> {
  const company = x.companyId === undefined ? {} : { companyId: x.companyId };
  if (x.correlationId !== undefined) {
    const page = await call('get', '/api/events', { query: { ...company, correlationId: x.correlationId, order: 'asc', limit: maxTree }, signal });
    return { events: page.events.some((y) => y.seq === x.seq) ? page.events : [...page.events, x], more: page.nextCursor !== null };
  }
  const events = [x];
  for (let at: Event | undefined = x; at?.causationId && events.length < 50; ) {
    const page: { events: Event[] } = await call('get', '/api/events', { query: { ...company, id: at.causationId, limit: 1 }, signal });
    at = page.events.find((y) => !events.some((z) => z.seq === y.seq));
    if (at) events.unshift(at);
  }
  return { events, more: false };
}

function Causes({ x }: { x: Event }): JSX.Element {
  const found = useLoad((signal) => related(x, signal), [x.seq]);
  return (
    <Shown of={found}>
      {({ events, more }) => (
        <>
          {events.length === 1 && <p class="quiet">It stands alone: no other event has its correlation.</p>}
          <Branch of={treeOf(events)} at={x.seq} />
          {more && <p class="quiet">The first {maxTree} of this correlation.</p>}
        </>
      )}
    </Shown>
  );
}

function Branch({ of, at }: { of: Node<Event>[]; at: number }): JSX.Element | null {
  if (of.length === 0) return null;
  return (
    <ul class="tree">
      {of.map(({ x, below }) => (
        <li key={x.seq}>
          {x.seq === at ? <strong>{x.seq} <code>{x.type}</code> (this one)</strong> : <><a href={to(['events', x.seq])}>{x.seq}</a> <code>{x.type}</code></>}{' '}
          <span class="quiet"><Time at={x.recordedAt} /></span>
          <Branch of={below} at={at} />
        </li>
      ))}
    </ul>
  );
}

function Proof({ x }: { x: Event }): JSX.Element {
  const [proven, set] = useState<{ proof: Schemas['EventProof']; is: Proven } | string>();
  const run = async () => {
    try {
      const proof = await call('get', '/api/audit/events/{seq}/proof', { path: { seq: x.seq } });
      set({ proof, is: await prove(proof) });
    } catch (error) {
      set(error instanceof Problem && error.status === 404 ? 'No checkpoint covers this event yet; one is signed each second while events come.' : said(error));
    }
  };
  return (
    <>
      <p>The node signs the state of its log. A proof leads from this event to a signed checkpoint.</p>
      <Act run={run} reads>Prove that it is in the log</Act>
      {typeof proven === 'string' && <p class="note">{proven}</p>}
      {proven !== undefined && typeof proven !== 'string' && (
        <>
          <p role="status" class={proven.is.fits ? 'good-news' : 'fault'}>
            {proven.is.fits
              ? `The event, as it is shown, leads by ${count(proven.proof.path.length)} hashes to the root of the checkpoint of ${count(proven.is.size)} events.`
              : `The proof does not fit: ${proven.is.why}`}
          </p>
          <p class="quiet">
            This page does not check the signature: a page from the node is no witness against it. Save the proof, and check it elsewhere by{' '}
            <code>carillon audit check-proof FILE --key KEY</code>.
          </p>
          <Act reads run={async () => download(`proof-${x.seq}.json`, 'application/json', pretty(proven.proof))}>Save the proof</Act>
          <Json label="Checkpoint" value={proven.proof.checkpoint} />
        </>
      )}
    </>
  );
}
