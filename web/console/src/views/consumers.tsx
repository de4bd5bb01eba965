import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { type Schemas, call } from '../api';
import { useMay } from '../caller';
import { brief, count, seconds } from '../format';
import { useLoad } from '../load';
import { type Route, go, to } from '../router';
import { useSamples } from '../sampler';
import { Chart } from '../ui/chart';
import { Act, Field, Form, Pager } from '../ui/forms';
import { Badge, type Column, Facts, Page, Progress, Section, Shown, Table, Time } from '../ui/parts';

type Consumer = Schemas['Consumer'];
type DeadLetter = Schemas['DeadLetter'];
const path = (name: string) => ({ path: { name } });

function State({ x }: { x: Consumer }): JSX.Element {
  if (x.paused) return <Badge tone="warn">paused</Badge>;
  if (x.deadLetters > 0) return <Badge tone="bad">gave up some</Badge>;
  if (x.retrying > 0) return <Badge tone="warn">retrying</Badge>;
  if (x.catchingUp) return <Badge tone="warn">catching up</Badge>;
  return <Badge tone="good">keeps up</Badge>;
}

function PauseOrResume({ x, done }: { x: Consumer; done: () => Promise<void> }): JSX.Element {
  const run = (action: 'pause' | 'resume') => async () => {
    await (action === 'pause' ? call('post', '/api/consumers/{name}/pause', path(x.name)) : call('post', '/api/consumers/{name}/resume', path(x.name)));
    await done();
    return action === 'pause' ? `${x.name} is paused. Nothing is lost.` : `${x.name} goes on.`;
  };
  return x.paused
    ? <Act run={run('resume')} label={`Resume ${x.name}`}>Resume</Act>
    : <Act run={run('pause')} label={`Pause ${x.name}`} ask={`${x.name} stops at its position; events wait in the log until it is resumed.`}>Pause</Act>;
}

export function Consumers(): JSX.Element {
  const found = useLoad((signal) => call('get', '/api/consumers', { signal }), [], 2000);
  const { points } = useSamples();
  const rate = points.at(-1)?.rate;
  const columns: Column<Consumer>[] = [
    { head: 'Name', cell: (x) => <a href={to(['consumers', x.name])}>{x.name}</a> },
    { head: 'State', cell: (x) => <State x={x} /> },
    { head: 'Action', cell: (x) => <PauseOrResume x={x} done={found.reload} /> },
    { head: 'Lag', number: true, cell: (x) => `${count(x.lag)}${x.lag > 0 ? ` (${seconds(x.lagSeconds)})` : ''}` },
    { head: 'Per second', number: true, cell: (x) => brief(rate?.get(x.name)), extra: true },
    { head: 'In flight', number: true, cell: (x) => count(x.inFlight), extra: true },
    { head: 'Retrying', number: true, cell: (x) => count(x.retrying) },
    { head: 'Dead letters', number: true, cell: (x) => x.deadLetters > 0 ? <a href={to(['dead-letters'], { consumer: x.name })}>{count(x.deadLetters)}</a> : 0 },
    { head: 'Delivered', number: true, cell: (x) => count(x.delivered), extra: true },
    { head: 'Last error', cell: (x) => <span class="cut">{x.lastError ?? '–'}</span>, extra: true },
  ];
  return (
    <Page title="Consumers">
      <p>Each consumer reads the log at its own pace, and gives events to its handler. One that is behind delays nobody.</p>
      <Shown of={found}>
        {({ consumers }) => <Table caption="Consumers" columns={columns} rows={consumers} id={(x) => x.name} none="There is no consumer." />}
      </Shown>
    </Page>
  );
}

export function ConsumerView({ route }: { route: Route }): JSX.Element {
  const name = route.segments[1] ?? '';
  const found = useLoad((signal) => call('get', '/api/consumers/{name}', { ...path(name), signal }), [name], 2000);
  const { points } = useSamples();
  const times = points.map((x) => x.at);
  return (
    <Page title={`Consumer ${name}`} actions={found.data && <PauseOrResume x={found.data} done={found.reload} />}>
      <Shown of={found}>
        {(x) => (
          <Section title="Now">
            <Facts rows={[
              ['State', <State x={x} />],
              ['Position', count(x.cursor)],
              ['Lag', `${count(x.lag)} events, ${seconds(x.lagSeconds)}`],
              ['In flight', count(x.inFlight)],
              ['Retrying', count(x.retrying)],
              ['Dead letters', count(x.deadLetters)],
              ['Delivered', `${count(x.delivered)} since the start`],
              ['Failed', `${count(x.failed)} since the start`],
              ['Last progress', <Time at={x.lastProgress} relative />],
              ['Oldest failure', <Time at={x.oldestFailure} relative />],
              ['Runs', x.remote ? 'outside of the node: without a worker it does not move' : 'in the node'],
              ['Last error', x.lastError ?? '–'],
            ]} />
          </Section>
        )}
      </Shown>
      <Section title="Since this page was opened, at most an hour">
        <div class="charts">
          <Chart title="Lag" unit="events" times={times} lines={[{ name: 'lag', values: points.map((x) => x.lag.get(name) ?? null) }]} />
          <Chart title="Delivered" unit="per second" times={times} lines={[{ name: 'delivered', values: points.map((x) => x.rate.get(name) ?? null) }]} />
        </div>
      </Section>
      <Section title="Dead letters"><Letters filter={{ consumer: name }} cursor={route.query.get('cursor') ?? ''} here={(cursor) => to(['consumers', name], { cursor })} /></Section>
    </Page>
  );
}

export function DeadLetters({ route: { query } }: { route: Route }): JSX.Element {
  const filter = { consumer: query.get('consumer') ?? undefined, companyId: query.get('companyId') ?? undefined };
  const [x, edit] = useState({ consumer: filter.consumer ?? '', companyId: filter.companyId ?? '' });
  return (
    <Page title="Dead letters">
      <p>Deliveries whose attempts all failed. They wait here until somebody retries or discards them.</p>
      <Form submit="Filter" reads action={async () => go(['dead-letters'], x)}>
        <Field label="Consumer" value={x.consumer} on={(consumer) => edit({ ...x, consumer })} />
        <Field label="Company" value={x.companyId} on={(companyId) => edit({ ...x, companyId })} />
      </Form>
      <Letters filter={filter} cursor={query.get('cursor') ?? ''} here={(cursor) => to(['dead-letters'], { ...filter, cursor })} />
    </Page>
  );
}

/** Calls at a time, when many are settled. */
const atATime = 4;
const pageSize = 100;

interface Run {
  done: number;
  all: number;
  failed: number;
}

async function settle(ids: number[], action: 'retry' | 'discard', note: (run: Run) => void): Promise<Run> {
  const run = { done: 0, all: ids.length, failed: 0 };
  const waiting = [...ids];
  const worker = async () => {
    for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) {
      try {
        await (action === 'retry' ? call('post', '/api/dead-letters/{id}/retry', { path: { id } }) : call('post', '/api/dead-letters/{id}/discard', { path: { id } }));
      } catch {
        run.failed += 1;
      }
      run.done += 1;
      note({ ...run });
    }
  };
  await Promise.all(Array.from({ length: atATime }, worker));
  return run;
}

/** All that match now, page by page. */
async function allIds(filter: { consumer?: string; companyId?: string }): Promise<number[]> {
  const ids: number[] = [];
  let cursor: string | undefined;
  do {
    const page: { deadLetters: DeadLetter[]; nextCursor: string | null } = await call('get', '/api/dead-letters', { query: { ...filter, cursor, limit: 1000, order: 'asc' } });
    ids.push(...page.deadLetters.map((x) => x.id));
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  return ids;
}

function Letters({ filter, cursor, here }: { filter: { consumer?: string; companyId?: string }; cursor: string; here: (cursor: string) => string }): JSX.Element {
  const found = useLoad((signal) => call('get', '/api/dead-letters', { query: { ...filter, cursor, limit: pageSize }, signal }), [filter, cursor]);
  const [picked, pick] = useState<Set<number>>(new Set());
  const [run, note] = useState<Run>();
  const may = useMay();
  const act = (action: 'retry' | 'discard', ids: () => Promise<number[]>) => async () => {
    const result = await settle(await ids(), action, note);
    note(undefined);
    pick(new Set());
    await found.reload();
    const word = action === 'retry' ? 'delivered again' : 'discarded';
    return `${count(result.done - result.failed)} are ${word}.${result.failed > 0 ? ` ${count(result.failed)} were gone or refused.` : ''}`;
  };
  const toggle = (id: number) => {
    const next = new Set(picked);
    if (!next.delete(id)) next.add(id);
    pick(next);
  };
  const columns: Column<DeadLetter>[] = [
    ...(may ? [{ head: <span class="hidden">Chosen</span>, cell: (x: DeadLetter) => <input type="checkbox" aria-label={`Choose dead letter ${x.id}`} checked={picked.has(x.id)} onChange={() => toggle(x.id)} /> }] : []),
    { head: 'Event', cell: (x) => <><a href={to(['events', x.seq])}>{x.seq}</a> <code>{x.eventType}</code></> },
    { head: 'Consumer', cell: (x) => x.consumer, extra: true },
    { head: 'Company', cell: (x) => x.companyId ?? '–', extra: true },
    { head: 'Error', cell: (x) => <span class="error-text">{x.lastError ?? '–'}</span> },
    { head: 'Attempts', number: true, cell: (x) => x.attempts, extra: true },
    { head: 'Given up', cell: (x) => <Time at={x.createdAt} relative />, extra: true },
  ];
  const chosen = async () => [...picked];
  return (
    <Shown of={found}>
      {(page) => (
        <>
          {page.deadLetters.length > 0 && (
            <div class="actions">
              <Act run={act('retry', chosen)} disabled={picked.size === 0}>Retry chosen ({picked.size})</Act>
              <Act run={act('retry', () => allIds(filter))} ask="All dead letters that match are delivered again; their attempts begin anew.">Retry all</Act>
              <Act run={act('discard', chosen)} disabled={picked.size === 0} danger ask={`${picked.size} dead letters are taken away. Their events stay in the log.`}>Discard chosen</Act>
              {run && <Progress done={run.done} all={run.all} label="Dead letters" />}
            </div>
          )}
          <Table caption="Dead letters" columns={columns} rows={page.deadLetters} id={(x) => x.id} none="There is no dead letter." />
          <Pager next={page.nextCursor} first={cursor === ''} to={here} />
        </>
      )}
    </Shown>
  );
}
