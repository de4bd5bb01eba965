import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { Problem, type Schemas, call, said, text } from '../api';
import { count, download, instant, line, local } from '../format';
import { useLoad } from '../load';
import { useWhole } from '../caller';
import { type Route, go, to } from '../router';
import { Act, Field, Form, Pager } from '../ui/forms';
import { type Column, Facts, Json, Page, Section, Shown, Table, Time } from '../ui/parts';

type Row = Schemas['AuditRow'];

const columns: Column<Row>[] = [
  { head: 'Number', number: true, cell: (x) => x.number },
  { head: 'Time', cell: (x) => <Time at={x.time} /> },
  { head: 'Action', cell: (x) => <code>{x.action}</code> },
  { head: 'Who', cell: (x) => <>{x.actor ?? '–'}{x.person && ` for ${x.person}`}</> },
  { head: 'What', cell: (x) => x.subject ?? '–' },
  { head: 'From', cell: (x) => x.origin ?? '–', extra: true },
  { head: 'Company', cell: (x) => x.companyId ?? '–', extra: true },
  { head: 'Event', cell: (x) => (x.eventSeq === null ? '–' : <a href={to(['events', x.eventSeq])}>{x.eventSeq}</a>), extra: true },
  { head: 'Detail', cell: (x) => <code class="cut">{line(x.detail)}</code>, extra: true },
];

const names = ['action', 'actor', 'subject', 'companyId'] as const;

export function Audit({ route: { query } }: { route: Route }): JSX.Element {
  const of = (name: string) => query.get(name) ?? undefined;
  const filter = { action: of('action'), actor: of('actor'), subject: of('subject'), companyId: of('companyId'), startDate: of('from'), endDate: of('until') };
  const kept = { action: of('action'), actor: of('actor'), subject: of('subject'), companyId: of('companyId'), from: of('from'), until: of('until') };
  const cursor = of('cursor') ?? '';
  const [x, edit] = useState({
    action: of('action') ?? '', actor: of('actor') ?? '', subject: of('subject') ?? '', companyId: of('companyId') ?? '',
    from: kept.from ? local(new Date(kept.from)) : '', until: kept.until ? local(new Date(kept.until)) : '',
  });
  const found = useLoad((signal) => call('get', '/api/audit', { query: { ...filter, cursor, limit: 50 }, signal }), [filter, cursor]);
  const whole = useWhole();
  const labels: Record<(typeof names)[number], string> = { action: 'Action', actor: 'Who', subject: 'What', companyId: 'Company' };
  return (
    <Page title="Audit">
      {whole && <Section title="Is it what it was?"><Verify /></Section>}
      <Section title="Checkpoint"><Checkpoint /></Section>
      <Section title="Audit log, the newest first">
        <Form submit="Filter" reads action={async () => go(['audit'], { ...x, from: instant(x.from), until: instant(x.until) })}>
          {names.map((name) => <Field key={name} label={labels[name]} value={x[name]} on={(value) => edit({ ...x, [name]: value })} placeholder={name === 'actor' || name === 'subject' ? 'key:7' : undefined} />)}
          <Field label="From" type="datetime-local" value={x.from} on={(from) => edit({ ...x, from })} />
          <Field label="Until" type="datetime-local" value={x.until} on={(until) => edit({ ...x, until })} />
        </Form>
        <Shown of={found}>
          {(page) => (
            <>
              <Table caption="Audit log" columns={columns} rows={page.audit} id={(y) => y.number} none={page.nextCursor ? 'None among the rows that were looked at; go on to the next page.' : 'No row matches.'} />
              <Pager next={page.nextCursor} first={cursor === ''} to={(y) => to(['audit'], { ...kept, cursor: y })} />
              <p class="quiet">Operators' actions always leave a row; events of these types do: {page.eventTypes.join(', ') || 'none'}.</p>
            </>
          )}
        </Shown>
      </Section>
    </Page>
  );
}

function Verify(): JSX.Element {
  const [verdict, set] = useState<Awaited<ReturnType<typeof verify>> | string>();
  const [since, begin] = useState<number>();
  const [now, tick] = useState(0);
  useEffect(() => {
    if (since === undefined) return undefined;
    const timer = setInterval(() => tick(Date.now()), 500);
    return () => clearInterval(timer);
  }, [since]);
  const verify = () => call('get', '/api/audit/verify');
  const run = async () => {
    set(undefined);
    begin(Date.now());
    try {
      set(await verify());
    } catch (error) {
      set(error instanceof Problem && error.status === 504
        ? 'The chain is too long for one request. Run `carillon audit verify --data-dir DIR` beside the node: it shows its progress.' : said(error));
    } finally {
      begin(undefined);
    }
  };
  return (
    <>
      <Act run={run} reads>Verify the audit log</Act>
      {since !== undefined && <p role="status"><progress aria-label="Verifying" /> {Math.max(0, Math.round((now - since) / 1000))} s</p>}
      {typeof verdict === 'string' && <p class="note" role="alert">{verdict}</p>}
      {verdict !== undefined && typeof verdict !== 'string' && (
        <div role="status">
          <p class={verdict.valid ? 'good-news' : 'fault'}>
            {verdict.valid ? `Valid: all ${count(verdict.checked)} rows, and the events that they vouch for, are what they were.` : `Not valid: ${verdict.reason ?? 'a row does not fit'}`}
          </p>
          <Facts rows={[
            ['Rows checked', count(verdict.checked)],
            ['Seal', verdict.sealed ? 'the end is sealed with the node’s key' : 'the end has no seal'],
            ['First bad row', verdict.firstBad ?? 'none'],
            ['First bad event', verdict.firstBadEvent === null ? 'none' : <a href={to(['events', verdict.firstBadEvent])}>{verdict.firstBadEvent}</a>],
            ['Head, to be kept elsewhere', <code>{verdict.head ?? '–'}</code>],
          ]} />
        </div>
      )}
    </>
  );
}

function Checkpoint(): JSX.Element {
  const found = useLoad(async (signal) => {
    try {
      return await call('get', '/api/audit/checkpoint', { signal });
    } catch (error) {
      if (error instanceof Problem && error.status === 404) return null;
      throw error;
    }
  }, [], 5000);
  const save = async () => download('checkpoint.txt', 'text/plain', await text('/api/audit/checkpoint', { format: 'note' }));
  return (
    <Shown of={found}>
      {(x) => x === null ? <p class="quiet">None is signed yet: the first comes with the first event.</p> : (
        <>
          <Facts rows={[
            ['Covers', `${count(x.size)} events`],
            ['Signed', <Time at={x.time} />],
            ['Keys', <ul class="plain">{x.keys.map((y) => <li key={y.key}><code class="long">{y.key}</code> since <Time at={y.since} /></li>)}</ul>],
          ]} />
          <Json label="Checkpoint" value={x.checkpoint} />
          <Act run={save} reads>Save it, to be kept elsewhere</Act>
        </>
      )}
    </Shown>
  );
}
