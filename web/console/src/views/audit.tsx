import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { Problem, type Schemas, call, said, text } from '../api';
import { unbase64 } from '../bytes';
import { continues, readCheckpoint, same, signerOf } from '../checkpoint';
import { count, download, instant, line, local } from '../format';
import { useLoad } from '../load';
import { useWhole } from '../caller';
import { type Route, go, to } from '../router';
import { Act, Area, Field, Form, Pager } from '../ui/forms';
import { type Column, Facts, Json, Page, Progress, Section, Shown, Table, Time } from '../ui/parts';

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

type Verdict = Awaited<ReturnType<typeof part>>;
/** Rows of a request, so that each is answered soon, and one sees how far it is. */
const partRows = 20_000;
const part = (after: string | undefined, expect: string | undefined, signal: AbortSignal) => call('get', '/api/audit/verify', { query: { after, expect, limit: partRows }, signal });

function Verify(): JSX.Element {
  const [verdict, set] = useState<Verdict | string>();
  const [progress, note] = useState<{ done: number; all: number }>();
  const [expect, edit] = useState('');
  const running = useRef<AbortController>();
  useEffect(() => () => running.current?.abort(), []);
  const run = async () => {
    const stop = new AbortController();
    running.current = stop;
    set(undefined);
    note({ done: 0, all: 1 });
    try {
      const { audit } = await call('get', '/api/audit', { query: { limit: 1 }, signal: stop.signal });
      let after: string | undefined;
      let checked = 0;
      for (;;) {
        const x = await part(after, expect.trim() || undefined, stop.signal);
        checked += x.checked;
        note({ done: checked, all: Math.max(checked, audit[0]?.number ?? 0, 1) });
        if (x.next === null) return void set({ ...x, checked });
        after = x.next;
      }
    } catch (error) {
      set(stop.signal.aborted ? 'It was stopped: nothing is said of the rows.' : said(error));
    } finally {
      note(undefined);
    }
  };
  return (
    <>
      <div class="fields"><Field label="Head that you kept" value={expect} on={edit} placeholder="120:9f3c…" hint="If you have one: then this row has to be there still" /></div>
      <div class="actions">
        <Act run={run} reads>Verify the audit log</Act>
        {progress && <button type="button" onClick={() => running.current?.abort()}>Stop</button>}
        {progress && <span role="status"><Progress done={progress.done} all={progress.all} label="Verifying" /> {count(progress.done)} rows</span>}
      </div>
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
          <h3>Compare one that you kept</h3>
          <Compare />
        </>
      )}
    </Shown>
  );
}

interface Compared {
  good: boolean;
  text: string;
}

/** Whether the log of now has all that a checkpoint vouches for, as it was: by the proof of the node, which is checked here. */
export async function compare(keptText: string, signal?: AbortSignal): Promise<Compared> {
  const kept = readCheckpoint(keptText);
  const now = await call('get', '/api/audit/checkpoint', { signal });
  const newest = readCheckpoint(now.checkpoint);
  const bad = (why: string): Compared => ({ good: false, text: why });
  const keys = now.keys.map((x) => x.key);
  const [signed, signedNow] = [await signerOf(kept, keys), await signerOf(newest, keys)];
  if (signed === 'nobody') return bad('No key of this log signed the checkpoint: it is of another log, or was changed.');
  if (signedNow === 'nobody') return bad('No key of this log signed its newest checkpoint.');
  if (kept.origin !== newest.origin) return bad(`It is of another log: ${kept.origin}, and this one is ${newest.origin}.`);
  if (kept.size > newest.size) return bad(`The log has ${count(newest.size)} events, and had ${count(kept.size)}: its end was cut off, or it was restored from before.`);
  const proof = await call('get', '/api/audit/consistency', { query: { from: kept.size, to: newest.size }, signal });
  if (!same(unbase64(proof.fromRoot), kept.root)) return bad(`What is in the log up to event ${count(kept.size)} is not what it was when this was signed.`);
  if (!(await continues(kept, newest, proof.path.map(unbase64)))) return bad('The proof of the node does not lead from this checkpoint to its newest one.');
  const by = signed === 'unknown' ? 'The browser cannot check signatures; the hashes fit.' : `Signed by ${signed.by}.`;
  return { good: true, text: `The log has all ${count(kept.size)} events of it, as they were, and ${count(newest.size - kept.size)} more. ${by}` };
}

function Compare(): JSX.Element {
  const [kept, edit] = useState('');
  const [found, set] = useState<Compared>();
  const run = async () => {
    set(undefined);
    set(await compare(kept));
  };
  return (
    <>
      <Form action={run} submit="Compare" reads>
        <Area label="A checkpoint that you kept" value={kept} on={edit} rows={6} required />
      </Form>
      {found && <p role="status" class={found.good ? 'good-news' : 'fault'}>{found.text}</p>}
    </>
  );
}
