import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { type Schemas, call } from '../api';
import { count } from '../format';
import { useLoad } from '../load';
import { type Route, go, to } from '../router';
import { useWhole } from '../caller';
import { Act, Choice, Field, Form, Pager } from '../ui/forms';
import { Badge, type Column, Facts, Json, Page, Section, Shown, Table, Time, type Tone } from '../ui/parts';

type Job = Schemas['Job'];
type Queue = Schemas['JobQueue'];
const tones: Record<string, Tone> = { done: 'good', dead: 'bad', running: 'plain', queued: 'plain', cancelled: 'warn' };

const columns: Column<Job>[] = [
  { head: 'Job', number: true, cell: (x) => <a href={to(['jobs', x.id])}>{x.id}</a> },
  { head: 'Kind', cell: (x) => <code>{x.kind}</code> },
  { head: 'State', cell: (x) => <><Badge tone={tones[x.state]}>{x.state}</Badge>{x.progress?.percent != null && ` ${x.progress.percent} %`}</> },
  { head: 'Company', cell: (x) => x.companyId ?? '–', extra: true },
  { head: 'Attempts', number: true, cell: (x) => x.attempts, extra: true },
  { head: 'Due', cell: (x) => <Time at={x.dueAt} relative /> },
  { head: 'Last error', cell: (x) => <span class="cut">{x.lastError ?? '–'}</span>, extra: true },
];

export function Jobs({ route: { query } }: { route: Route }): JSX.Element {
  const filter = { state: (query.get('state') ?? undefined) as 'dead' | undefined, kind: query.get('kind') ?? undefined, companyId: query.get('companyId') ?? undefined };
  const cursor = query.get('cursor') ?? '';
  const [x, edit] = useState({ state: filter.state ?? '', kind: filter.kind ?? '', companyId: filter.companyId ?? '' });
  const found = useLoad((signal) => call('get', '/api/jobs', { query: { ...filter, cursor, limit: 50 }, signal }), [filter, cursor], 3000);
  const whole = useWhole();
  const retryAll = async () => {
    const { retried } = await call('post', '/api/jobs/retry', { body: { ...(filter.kind && { kind: filter.kind }), ...(filter.companyId && { companyId: filter.companyId }) } });
    await found.reload();
    return `${count(retried)} dead jobs are due now.`;
  };
  return (
    <Page title="Jobs">
      {whole && <Section title="Queues"><Queues /></Section>}
      <Section title="Jobs, the newest first">
        <Form submit="Filter" reads action={async () => go(['jobs'], x)}>
          <Choice label="State" value={x.state} on={(state) => edit({ ...x, state })} options={[['', 'all'], 'queued', 'running', 'done', 'dead', 'cancelled']} />
          <Field label="Kind or queue" value={x.kind} on={(kind) => edit({ ...x, kind })} />
          <Field label="Company" value={x.companyId} on={(companyId) => edit({ ...x, companyId })} />
        </Form>
        {filter.state === 'dead' && <div class="actions"><Act run={retryAll} ask="All dead jobs of this kind and company begin anew.">Retry all dead ones</Act></div>}
        <Shown of={found}>
          {(page) => (
            <>
              <Table caption="Jobs" columns={columns} rows={page.jobs} id={(y) => y.id} none="No job matches." />
              <Pager next={page.nextCursor} first={cursor === ''} to={(y) => to(['jobs'], { ...filter, cursor: y })} />
            </>
          )}
        </Shown>
      </Section>
    </Page>
  );
}

function Queues(): JSX.Element {
  const found = useLoad((signal) => call('get', '/api/jobs/queues', { signal }), [], 3000);
  const turn = (queue: string, paused: boolean) => async () => {
    await (paused ? call('post', '/api/jobs/queues/{queue}/resume', { path: { queue } }) : call('post', '/api/jobs/queues/{queue}/pause', { path: { queue } }));
    await found.reload();
    return paused ? `${queue} goes on.` : `${queue} begins no more jobs.`;
  };
  const all: Column<Queue>[] = [
    { head: 'Queue', cell: (x) => <a href={to(['jobs'], { kind: x.queue })}>{x.queue}</a> },
    { head: 'State', cell: (x) => (x.paused ? <Badge tone="warn">paused</Badge> : x.unavailable !== null ? <Badge tone="bad">waits</Badge> : <Badge tone="good">works</Badge>) },
    { head: 'Queued', number: true, cell: (x) => count(x.queued) },
    { head: 'Running', number: true, cell: (x) => count(x.running) },
    { head: 'Dead', number: true, cell: (x) => (x.dead > 0 ? <a href={to(['jobs'], { kind: x.queue, state: 'dead' })}>{count(x.dead)}</a> : 0) },
    { head: 'Oldest due', cell: (x) => <Time at={x.oldestDue} relative />, extra: true },
    { head: 'Why it waits', cell: (x) => x.unavailable ?? '–', extra: true },
    { head: 'Action', cell: (x) => <Act label={`${x.paused ? 'Resume' : 'Pause'} ${x.queue}`} run={turn(x.queue, x.paused)}>{x.paused ? 'Resume' : 'Pause'}</Act> },
  ];
  return <Shown of={found}>{({ queues }) => <Table caption="Queues" columns={all} rows={queues} id={(x) => x.queue} none="There is no queue." />}</Shown>;
}

export function JobView({ route }: { route: Route }): JSX.Element {
  const id = Number(route.segments[1]);
  const path = { path: { id } };
  const found = useLoad((signal) => call('get', '/api/jobs/{id}', { ...path, signal }), [id], 2000);
  const act = (text: string, run: () => Promise<unknown>) => async () => {
    await run();
    await found.reload();
    return text;
  };
  return (
    <Page title={`Job ${id}`} actions={found.data && <>
      {['dead', 'cancelled', 'queued'].includes(found.data.state) && <Act run={act('It is due now.', () => call('post', '/api/jobs/{id}/retry', path))}>Retry</Act>}
      {found.data.state === 'queued' && <Act danger ask={`Job ${id} is taken out of its queue.`} run={act('It is cancelled.', () => call('post', '/api/jobs/{id}/cancel', path))}>Cancel</Act>}
    </>}>
      <Shown of={found}>
        {(x) => (
          <Section title="Now">
            <Facts rows={[
              ['State', <Badge tone={tones[x.state]}>{x.state}</Badge>],
              ['Kind', <code>{x.kind}</code>],
              ['Key', <code>{x.key}</code>],
              ['Company', x.companyId ?? '–'],
              ['Event', x.eventSeq === null ? '–' : <a href={to(['events', x.eventSeq])}>{x.eventSeq}</a>],
              ['Priority', x.priority],
              ['Attempts', x.attempts],
              ['Due', <Time at={x.dueAt} />],
              ['Worker has it until', <Time at={x.leasedUntil} />],
              ['Progress', x.progress ? `${x.progress.percent ?? '–'} % ${x.progress.note}` : '–'],
              ['Created', <Time at={x.createdAt} />],
              ['Last error', <span class="error-text">{x.lastError ?? '–'}</span>],
            ]} />
            <h3>Payload</h3>
            <Json label="Payload" value={x.payload} />
            {x.result !== null && x.result !== undefined && <><h3>Result</h3><Json label="Result" value={x.result} /></>}
          </Section>
        )}
      </Shown>
    </Page>
  );
}
