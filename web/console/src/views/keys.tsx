import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { type Schemas, call } from '../api';
import { useLoad } from '../load';
import { Act, Choice, Field, Form, Secret } from '../ui/forms';
import { Badge, type Column, Page, Section, Shown, Table, Time } from '../ui/parts';
import type { Route } from '../router';

type Key = Schemas['Key'];
const roles: [string, string][] = [['publisher', 'publisher: publishes'], ['reader', 'reader: sees'], ['worker', 'worker: takes work'], ['admin', 'admin: changes']];

export function Keys(_: { route: Route }): JSX.Element {
  const found = useLoad((signal) => call('get', '/api/keys', { signal }), []);
  const [x, edit] = useState({ name: '', role: 'publisher', companyId: '', consumers: '', expiresAt: '' });
  const [made, show] = useState<Schemas['CreatedKey']>();
  const make = async () => {
    const { name, role, companyId, consumers, expiresAt } = x;
    show(await call('post', '/api/keys', { body: { name, role: role as 'reader', ...(companyId && { companyId }), ...(role === 'worker' && consumers && { consumers: consumers.replace(/\s+/g, '') }), ...(expiresAt && { expiresAt: new Date(expiresAt).toISOString() }) } }));
    edit({ name: '', role: 'publisher', companyId: '', consumers: '', expiresAt: '' });
    await found.reload();
  };
  const columns: Column<Key>[] = [
    { head: 'Id', number: true, cell: (y) => y.id },
    { head: 'Name', cell: (y) => y.name },
    { head: 'Role', cell: (y) => <><Badge tone={y.role === 'admin' ? 'warn' : 'plain'}>{y.role}</Badge>{y.breakGlass && <> <Badge tone="warn">break-glass</Badge></>}</> },
    { head: 'Company', cell: (y) => y.companyId ?? 'all' },
    { head: 'Works for', cell: (y) => y.consumers ?? '–', extra: true },
    { head: 'Ends', cell: (y) => (y.expiresAt === null ? '–' : <Time at={y.expiresAt} />) },
    { head: 'Last used', cell: (y) => (y.lastUsedAt === null ? 'never' : <Time at={y.lastUsedAt} />) },
    { head: 'Made', cell: (y) => <Time at={y.createdAt} />, extra: true },
    { head: 'Action', cell: (y) => (
      <Act danger label={`Delete the key ${y.name}`} ask={`The key ${y.name} stops working at once.`} run={async () => {
        await call('delete', '/api/keys/{id}', { path: { id: y.id } });
        await found.reload();
        return `The key ${y.name} is deleted.`;
      }}>Delete</Act>
    ) },
  ];
  return (
    <Page title="Keys">
      <Shown of={found}>{({ keys }) => <Table caption="API keys" columns={columns} rows={keys} id={(y) => y.id} none="There is no key." />}</Shown>
      <Section title="A new key">
        <Form action={make} submit="Make a key">
          <Field label="Name" value={x.name} on={(name) => edit({ ...x, name })} required hint="Who or what uses it" />
          <Choice label="Role" value={x.role} on={(role) => edit({ ...x, role })} options={roles} />
          <Field label="Company" value={x.companyId} on={(companyId) => edit({ ...x, companyId })} hint="It then sees and does only what belongs to it; empty: all" />
          <Field label="Ends" type="datetime-local" value={x.expiresAt} on={(expiresAt) => edit({ ...x, expiresAt })} hint="It is refused from then on; empty: it has no end" />
          {x.role === 'worker' && <Field label="Works for" value={x.consumers} on={(consumers) => edit({ ...x, consumers })} hint="Names with commas, queues as queue/NAME, * at the end; empty: all" />}
        </Form>
      </Section>
      {made && <Secret title={`The key ${made.name}`} text={made.key} note="It is shown this once." close={() => show(undefined)} />}
    </Page>
  );
}
