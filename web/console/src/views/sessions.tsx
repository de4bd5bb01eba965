import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { type Schemas, call } from '../api';
import { bytes, count, some } from '../format';
import { useLoad } from '../load';
import { type Route, go, to } from '../router';
import { Act, Field, Form, Pager } from '../ui/forms';
import { Badge, type Column, Page, Section, Shown, Table, Tile, Time } from '../ui/parts';

type Session = Schemas['Session'];

export function Sessions({ route: { query } }: { route: Route }): JSX.Element {
  const filter = { companyId: query.get('companyId') ?? undefined, userId: query.get('userId') ?? undefined };
  const cursor = query.get('cursor') ?? '';
  const [x, edit] = useState({ companyId: filter.companyId ?? '', userId: filter.userId ?? '' });
  const stats = useLoad((signal) => call('get', '/api/events/websocket/stats', { query: { companyId: filter.companyId }, signal }), [filter.companyId], 3000);
  const found = useLoad((signal) => call('get', '/api/events/websocket/sessions', { query: { ...filter, cursor, limit: 100 }, signal }), [filter, cursor], 3000);
  const end = (run: () => Promise<{ disconnected: number }>) => async () => {
    const { disconnected } = await run();
    await found.reload();
    return `${some(disconnected, 'session')} told to end.`;
  };
  const columns: Column<Session>[] = [
    { head: 'Session', number: true, cell: (y) => y.id },
    { head: 'User', cell: (y) => y.userId ?? '–' },
    { head: 'Company', cell: (y) => y.companyId ?? '–' },
    { head: 'Over', cell: (y) => y.transport, extra: true },
    { head: 'State', cell: (y) => (y.live ? <Badge tone="good">live</Badge> : <Badge tone="warn">catching up</Badge>) },
    { head: 'Opened', cell: (y) => <Time at={y.openedAt} relative />, extra: true },
    { head: 'Action', cell: (y) => (
      <div class="actions">
        <Act label={`Disconnect session ${y.id}`} ask={`Session ${y.id} ends with the code 4003.`}
          run={end(() => call('delete', '/api/events/websocket/sessions/{id}', { path: { id: y.id } }))}>Disconnect</Act>
        {y.userId && <Act label={`Disconnect all of ${y.userId}`} ask={`All sessions of ${y.userId} end with the code 4003.`}
          run={end(() => call('delete', '/api/events/websocket/users/{userId}', { path: { userId: y.userId } }))}>All of the user</Act>}
      </div>
    ) },
  ];
  return (
    <Page title="Sessions">
      <Shown of={stats}>
        {(s) => (
          <div class="tiles">
            <Tile name="Open" value={count(s.connections)} hint={`${count(s.streams)} over Server-Sent Events`} />
            <Tile name="Users online" value={count(s.usersOnline)} />
            <Tile name="Catching up" value={count(s.catchingUp)} />
            {s.eventsSent !== undefined && <Tile name="Events sent" value={count(s.eventsSent)} hint={bytes(s.bytesSent)} />}
            {s.slowCloses !== undefined && <Tile name="Closed as too slow" value={count(s.slowCloses)} />}
          </div>
        )}
      </Shown>
      <Section title="Who is online">
        <Form submit="Filter" reads action={async () => go(['sessions'], x)}>
          <Field label="Company" value={x.companyId} on={(companyId) => edit({ ...x, companyId })} />
          <Field label="User" value={x.userId} on={(userId) => edit({ ...x, userId })} />
        </Form>
        <Shown of={found}>
          {(page) => (
            <>
              <Table caption="Sessions, the oldest first" columns={columns} rows={page.sessions} id={(y) => y.id} none="Nobody is online." />
              <Pager next={page.nextCursor} first={cursor === ''} to={(y) => to(['sessions'], { ...filter, cursor: y })} />
            </>
          )}
        </Shown>
      </Section>
    </Page>
  );
}
