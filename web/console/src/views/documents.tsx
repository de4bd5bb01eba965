import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { type Schemas, call, file } from '../api';
import { bytes, count, download, instant } from '../format';
import { useLoad } from '../load';
import { type Route, go, to } from '../router';
import { Act, Field, Form, Pager } from '../ui/forms';
import { type Column, Page, Section, Shown, Table, Time } from '../ui/parts';

type Document = Schemas['Document'];

export function Documents({ route: { query } }: { route: Route }): JSX.Element {
  const filter = { companyId: query.get('companyId') ?? undefined };
  const cursor = query.get('cursor') ?? '';
  const [company, edit] = useState(filter.companyId ?? '');
  const found = useLoad((signal) => call('get', '/api/documents', { query: { ...filter, cursor, limit: 50 }, signal }), [filter, cursor]);
  // The key goes into a header, so that a link alone would not do.
  const save = (x: Document) => async () => download(x.fileName || `document-${x.id}`, 'application/octet-stream', await file('/api/documents/{id}', { path: { id: x.id } }));
  const remove = (x: Document) => async () => {
    await call('delete', '/api/documents/{id}', { path: { id: x.id } });
    await found.reload();
    return `Document ${x.id} is gone.`;
  };
  const columns: Column<Document>[] = [
    { head: 'Document', number: true, cell: (x) => x.id },
    { head: 'File', cell: (x) => x.fileName || '–' },
    { head: 'Action', cell: (x) => (
      <div class="actions">
        <Act reads label={`Save document ${x.id}`} run={save(x)}>Save</Act>
        <Act danger label={`Delete document ${x.id}`} ask={`Document ${x.id} is deleted with its file. Its event stays in the log.`} run={remove(x)}>Delete</Act>
      </div>
    ) },
    { head: 'Kind', cell: (x) => x.kind.replaceAll('_', ' '), extra: true },
    { head: 'Company', cell: (x) => x.companyId ?? '–', extra: true },
    { head: 'User', cell: (x) => x.userId ?? '–', extra: true },
    { head: 'Made of', cell: (x) => (x.eventSeq === null ? '–' : <a href={to(['events', x.eventSeq])}>event {x.eventSeq}</a>), extra: true },
    { head: 'Size', number: true, cell: (x) => bytes(x.size), extra: true },
    { head: 'Made', cell: (x) => <Time at={x.createdAt} relative /> },
  ];
  return (
    <Page title="Documents">
      <p>Files that the node made of events, such as order sheets.</p>
      <Form submit="Filter" reads action={async () => go(['documents'], { companyId: company })}>
        <Field label="Company" value={company} on={edit} />
      </Form>
      <Shown of={found}>
        {(page) => (
          <>
            <Table caption="Documents, the newest first" columns={columns} rows={page.documents} id={(x) => x.id} none="No document was made." />
            <Pager next={page.nextCursor} first={cursor === ''} to={(x) => to(['documents'], { ...filter, cursor: x })} />
          </>
        )}
      </Shown>
      <Section title="Delete old ones"><Old company={filter.companyId} done={found.reload} /></Section>
    </Page>
  );
}

function Old({ company, done }: { company: string | undefined; done: () => Promise<void> }): JSX.Element {
  const [before, edit] = useState('');
  const remove = async () => {
    const time = instant(before);
    if (!time) throw new Error('Say before when.');
    const { deleted } = await call('delete', '/api/documents', { query: { before: time, companyId: company } });
    await done();
    return `${count(deleted)} documents are gone.`;
  };
  return (
    <>
      <div class="fields"><Field label="Made before" type="datetime-local" value={before} on={edit} hint={company ? `Those of ${company} only` : 'Of all companies that the key sees'} /></div>
      <div class="actions"><Act danger disabled={!before} ask={`All documents that were made before ${before} are deleted with their files.`} run={remove}>Delete them</Act></div>
    </>
  );
}
