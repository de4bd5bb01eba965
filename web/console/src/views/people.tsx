import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { Problem, type Schemas, call } from '../api';
import { count, list } from '../format';
import { useLoad } from '../load';
import { type Route, go, to } from '../router';
import { Act, Check, Field, Form, Pager } from '../ui/forms';
import { Badge, type Column, Page, Section, Shown, Table, Time } from '../ui/parts';

type Contact = Schemas['Contact'];
type Notification = Schemas['Notification'];
const addressOf = (x: { userId: string; companyId: string | null }) => to(['people', x.userId], { companyId: x.companyId ?? '' });

const columns: Column<Contact>[] = [
  { head: 'User', cell: (x) => <a href={addressOf(x)}>{x.userId}</a> },
  { head: 'Name', cell: (x) => x.name ?? '–' },
  { head: 'Mail', cell: (x) => x.email ?? '–' },
  { head: 'Company', cell: (x) => x.companyId ?? '–', extra: true },
  { head: 'Role', cell: (x) => x.role ?? '–', extra: true },
  { head: 'Muted', cell: (x) => [...x.muted.email, ...x.muted.notification].length || '–', extra: true },
];

export function People({ route: { query } }: { route: Route }): JSX.Element {
  const filter = { companyId: query.get('companyId') ?? undefined, role: query.get('role') ?? undefined };
  const cursor = query.get('cursor') ?? '';
  const [x, edit] = useState({ companyId: filter.companyId ?? '', role: filter.role ?? '' });
  const [user, name] = useState('');
  const found = useLoad((signal) => call('get', '/api/contacts', { query: { ...filter, cursor, limit: 100 }, signal }), [filter, cursor]);
  return (
    <Page title="People">
      <p>Whom handlers write to, and their notifications.</p>
      <Form submit="Filter" reads action={async () => go(['people'], x)}>
        <Field label="Company" value={x.companyId} on={(companyId) => edit({ ...x, companyId })} />
        <Field label="Role" value={x.role} on={(role) => edit({ ...x, role })} />
      </Form>
      <Shown of={found}>
        {(page) => (
          <>
            <Table caption="Contacts" columns={columns} rows={page.contacts} id={(y) => `${y.companyId}/${y.userId}`} none="There is no contact." />
            <Pager next={page.nextCursor} first={cursor === ''} to={(y) => to(['people'], { ...filter, cursor: y })} />
          </>
        )}
      </Shown>
      <Section title="Open or add a user">
        <Form submit="Open" reads action={async () => go(['people', user])}>
          <Field label="User" value={user} on={name} required />
        </Form>
      </Section>
    </Page>
  );
}

async function contactOf(userId: string, companyId: string | undefined, signal: AbortSignal): Promise<Contact | null> {
  try {
    return await call('get', '/api/contacts/{userId}', { path: { userId }, query: { companyId }, signal });
  } catch (error) {
    if (error instanceof Problem && error.status === 404) return null;
    throw error;
  }
}

export function ContactView({ route }: { route: Route }): JSX.Element {
  const userId = route.segments[1] ?? '';
  const companyId = route.query.get('companyId') || undefined;
  const found = useLoad((signal) => contactOf(userId, companyId, signal), [userId, companyId]);
  const remove = async () => {
    await call('delete', '/api/contacts/{userId}', { path: { userId }, query: { companyId } });
    go(['people']);
    return `The contact of ${userId} is deleted.`;
  };
  return (
    <Page title={`User ${userId}`} actions={found.data && <Act danger ask={`The contact of ${userId}, and what it muted, are forgotten.`} run={remove}>Delete the contact</Act>}>
      <Section title="Contact">
        <Shown of={found}>
          {(x) => (
            <>
              {x === null && <p class="note">There is no contact of this user{companyId && ` at ${companyId}`} yet. Save it to add one.</p>}
              <Change key={x?.updatedAt ?? ''} userId={userId} companyId={companyId} x={x} done={found.reload} />
            </>
          )}
        </Shown>
      </Section>
      <Section title="Notifications"><Notifications userId={userId} companyId={companyId} query={route.query} /></Section>
    </Page>
  );
}

function Change({ userId, companyId, x, done }: { userId: string; companyId?: string; x: Contact | null; done: () => Promise<void> }): JSX.Element {
  const [now, edit] = useState({
    companyId: x?.companyId ?? companyId ?? '', email: x?.email ?? '', name: x?.name ?? '', role: x?.role ?? '',
    mutedMail: x?.muted.email.join(', ') ?? '', mutedNotes: x?.muted.notification.join(', ') ?? '',
  });
  const save = async () => {
    const { email, name, role } = now;
    const body = { email: email || null, name: name || null, role: role || null, companyId: now.companyId || null, muted: { email: list(now.mutedMail) ?? [], notification: list(now.mutedNotes) ?? [] } };
    await call('put', '/api/contacts/{userId}', { path: { userId }, body });
    if (now.companyId !== (companyId ?? '')) go(['people', userId], { companyId: now.companyId }, true);
    await done();
    return 'It is saved.';
  };
  return (
    <Form action={save} submit="Save">
      <Field label="Mail address" value={now.email} on={(email) => edit({ ...now, email })} />
      <Field label="Name" value={now.name} on={(name) => edit({ ...now, name })} />
      {x === null && <Field label="Company" value={now.companyId} on={(value) => edit({ ...now, companyId: value })} hint="empty: none" />}
      <Field label="Role" value={now.role} on={(role) => edit({ ...now, role })} />
      <Field label="No mail about" value={now.mutedMail} on={(mutedMail) => edit({ ...now, mutedMail })} hint="event types, or *" />
      <Field label="No notifications about" value={now.mutedNotes} on={(mutedNotes) => edit({ ...now, mutedNotes })} hint="event types, or *" />
    </Form>
  );
}

function Notifications({ userId, companyId, query }: { userId: string; companyId?: string; query: URLSearchParams }): JSX.Element {
  const unread = query.get('unread') === 'true';
  const cursor = query.get('cursor') ?? '';
  const found = useLoad((signal) => call('get', '/api/notifications', { query: { userId, companyId, unread, cursor, limit: 50 }, signal }), [userId, companyId, unread, cursor], 5000);
  const read = (run: () => Promise<{ read: number }>) => async () => {
    const { read: done } = await run();
    await found.reload();
    return `${count(done)} are marked as read.`;
  };
  const rows: Column<Notification>[] = [
    { head: 'Title', cell: (x) => <><strong>{x.title}</strong><br /><span class="quiet">{x.body}</span></> },
    { head: 'About', cell: (x) => (x.eventSeq === null ? <code>{x.kind}</code> : <a href={to(['events', x.eventSeq])}>{x.kind}</a>) },
    { head: 'Leads to', cell: (x) => <code>{x.link ?? '–'}</code>, extra: true },
    { head: 'Created', cell: (x) => <Time at={x.createdAt} relative /> },
    { head: 'State', cell: (x) => (x.readAt ? <Badge>read</Badge> : <Badge tone="warn">unread</Badge>) },
    { head: 'Action', cell: (x) => !x.readAt && <Act label={`Mark notification ${x.id} as read`} run={read(() => call('post', '/api/notifications/{id}/read', { path: { id: x.id }, query: { userId } }))}>Mark as read</Act> },
  ];
  return (
    <Shown of={found}>
      {(page) => (
        <>
          <div class="actions">
            <span>{count(page.unread)} unread</span>
            <Check label="Unread only" value={unread} on={(x) => go(['people', userId], { companyId, unread: x })} />
            {page.unread > 0 && <Act run={read(() => call('post', '/api/notifications/read', { body: { userId } }))}>Mark all as read</Act>}
          </div>
          <Table caption="Notifications, the newest first" columns={rows} rows={page.notifications} id={(x) => x.id} none="There is no notification." />
          <Pager next={page.nextCursor} first={cursor === ''} to={(x) => to(['people', userId], { companyId, unread, cursor: x })} />
        </>
      )}
    </Shown>
  );
}
