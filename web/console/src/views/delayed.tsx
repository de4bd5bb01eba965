// Events that wait for their time.
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { type Schemas, call } from '../api';
import { useLoad } from '../load';
import { type Route, go, to } from '../router';
import { Act, Field, Form, Pager } from '../ui/forms';
import { Badge, type Column, Facts, Json, Page, Section, Shown, Table, Time, type Tone } from '../ui/parts';

type Delayed = Schemas['DelayedEvent'];
const tones: Record<Delayed['state'], Tone> = { waiting: 'plain', taken: 'good', failed: 'bad' };
const words: Record<Delayed['state'], string> = { waiting: 'waits', taken: 'is being published', failed: 'cannot be published' };

const State = ({ x }: { x: Delayed }): JSX.Element => <Badge tone={tones[x.state]}>{words[x.state] ?? x.state}</Badge>;

function Cancel({ x, done }: { x: Delayed; done: () => Promise<void> }): JSX.Element | null {
  if (x.state === 'taken') return null;
  return (
    <Act danger label={`Cancel delayed event ${x.delayedId}`} ask="It will not be published." run={async () => {
      await call('delete', '/api/delayed-events/{id}', { path: { id: x.delayedId } });
      await done();
      return 'It is cancelled.';
    }}>Cancel</Act>
  );
}

export function DelayedEvents({ route: { query } }: { route: Route }): JSX.Element {
  const filter = { companyId: query.get('companyId') ?? undefined };
  const cursor = query.get('cursor') ?? '';
  const [company, edit] = useState(filter.companyId ?? '');
  const found = useLoad((signal) => call('get', '/api/delayed-events', { query: { ...filter, cursor, limit: 50 }, signal }), [filter, cursor], 3000);
  const columns: Column<Delayed>[] = [
    { head: 'Number', number: true, cell: (x) => <a href={to(['delayed', x.delayedId])}>{x.delayedId}</a> },
    { head: 'Event', cell: (x) => <code>{x.type}</code> },
    { head: 'Action', cell: (x) => <Cancel x={x} done={found.reload} /> },
    { head: 'Due', cell: (x) => <Time at={x.publishAt} relative /> },
    { head: 'State', cell: (x) => <State x={x} />, extra: true },
    { head: 'Company', cell: (x) => x.companyId ?? '–', extra: true },
    { head: 'Id', cell: (x) => <span class="cut">{x.id}</span>, extra: true },
  ];
  return (
    <Page title="Delayed events" actions={<>
      <a class="button" href="#/schedules">Schedules</a>
      <a class="button" href="#/publish">Publish later</a>
    </>}>
      <p>Events that somebody published with a time. Until then they can be cancelled.</p>
      <Form submit="Filter" reads action={async () => go(['delayed'], { companyId: company })}>
        <Field label="Company" value={company} on={edit} />
      </Form>
      <Shown of={found}>
        {(page) => (
          <>
            <Table caption="Events that wait" columns={columns} rows={page.delayed} id={(x) => x.delayedId} none="No event waits." />
            <Pager next={page.nextCursor} first={cursor === ''} to={(x) => to(['delayed'], { ...filter, cursor: x })} />
          </>
        )}
      </Shown>
    </Page>
  );
}

export function DelayedView({ route: { segments } }: { route: Route }): JSX.Element {
  const id = Number(segments[1]);
  const found = useLoad((signal) => call('get', '/api/delayed-events/{id}', { path: { id }, signal }), [id]);
  return (
    <Page title={`Delayed event ${id}`} actions={found.data && <Cancel x={found.data} done={async () => go(['delayed'])} />}>
      <Shown of={found}>
        {(x) => (
          <Section title="What will be published">
            <Facts rows={[
              ['State', <State x={x} />],
              ['Due', <Time at={x.publishAt} />],
              ['Came', <Time at={x.createdAt} />],
              ['Type', <code>{x.type}</code>],
              ['Id', x.id],
              ['Source', x.source],
              ['Company', x.companyId ?? '–'],
              ['Error', <span class="error-text">{x.error ?? '–'}</span>],
            ]} />
            <h3>The event</h3>
            <Json label="The event" value={x.event} />
          </Section>
        )}
      </Shown>
    </Page>
  );
}
