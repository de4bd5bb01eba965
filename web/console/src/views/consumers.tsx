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
import { Badge, type Column, Facts, Page, Section, Shown, Table, Time } from '../ui/parts';

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

const pageSize = 100;
/** Ids in one call. */
const mostIds = 1000;

interface Filter {
  consumer?: string;
  companyId?: string;
}

/** Settles those that are named, or all that match and are there now; a call for each thousand. Answers how many. */
async function settle(action: 'retry' | 'discard', which: number[] | Filter, note: (done: number) => void): Promise<number> {
  const ask = async (body: Schemas['DeadLetterChoice']) => {
    if (action === 'retry') {
      const { retried, ...rest } = await call('post', '/api/dead-letters/retry', { body });
      return { ...rest, settled: retried };
    }
    const { discarded, ...rest } = await call('post', '/api/dead-letters/discard', { body });
    return { ...rest, settled: discarded };
  };
  let done = 0;
  const more = async (body: Schemas['DeadLetterChoice']) => {
    const answer = await ask(body);
    done += answer.settled;
    note(done);
    return answer;
  };
  if (Array.isArray(which)) {
    for (let at = 0; at < which.length; at += mostIds) {
      // A slow store ends a call early: what it settled is gone, and the rest is asked for again.
      const ids = which.slice(at, at + mostIds);
      for (let answer = await more({ ids }); answer.more && answer.settled > 0; ) answer = await more({ ids });
    }
    return done;
  }
  let answer = await more({ ...which });
  while (answer.more && answer.settled > 0) answer = await more({ ...which, ...(answer.upTo !== null && { upTo: answer.upTo }) });
  return done;
}

function Letters({ filter, cursor, here }: { filter: Filter; cursor: string; here: (cursor: string) => string }): JSX.Element {
  const found = useLoad((signal) => call('get', '/api/dead-letters', { query: { ...filter, cursor, limit: pageSize }, signal }), [filter, cursor]);
  const [picked, pick] = useState<Set<number>>(new Set());
  const [done, note] = useState<number>();
  const may = useMay();
  const act = (action: 'retry' | 'discard', which: number[] | Filter) => async () => {
    try {
      const settled = await settle(action, which, note);
      const gone = Array.isArray(which) ? which.length - settled : 0;
      return `${count(settled)} are ${action === 'retry' ? 'delivered again' : 'discarded'}.${gone > 0 ? ` ${count(gone)} were gone.` : ''}`;
    } finally {
      note(undefined);
      pick(new Set());
      await found.reload();
    }
  };
  const toggle = (id: number) => pick((before) => {
    const next = new Set(before);
    if (!next.delete(id)) next.add(id);
    return next;
  });
  const columns: Column<DeadLetter>[] = [
    ...(may ? [{ head: <span class="hidden">Chosen</span>, cell: (x: DeadLetter) => <input type="checkbox" aria-label={`Choose dead letter ${x.id}`} checked={picked.has(x.id)} onChange={() => toggle(x.id)} /> }] : []),
    { head: 'Event', cell: (x) => <><a href={to(['events', x.seq])}>{x.seq}</a> <code>{x.eventType}</code></> },
    { head: 'Consumer', cell: (x) => x.consumer, extra: true },
    { head: 'Company', cell: (x) => x.companyId ?? '–', extra: true },
    { head: 'Error', cell: (x) => <span class="error-text">{x.lastError ?? '–'}</span> },
    { head: 'Attempts', number: true, cell: (x) => x.attempts, extra: true },
    { head: 'Given up', cell: (x) => <Time at={x.createdAt} relative />, extra: true },
  ];
  const chosen = [...picked];
  // The node takes no order to discard everything.
  const named = Boolean(filter.consumer || filter.companyId);
  return (
    <Shown of={found}>
      {(page) => (
        <>
          {page.deadLetters.length > 0 && (
            <div class="actions">
              <Act run={act('retry', chosen)} disabled={picked.size === 0}>Retry chosen ({picked.size})</Act>
              <Act run={act('retry', filter)} ask="All dead letters that match are delivered again; their attempts begin anew.">Retry all</Act>
              <Act run={act('discard', chosen)} disabled={picked.size === 0} danger ask={`${picked.size} dead letters are taken away. Their events stay in the log.`}>Discard chosen</Act>
              {named && <Act run={act('discard', filter)} danger ask="All dead letters that match are taken away. Their events stay in the log.">Discard all</Act>}
              {done !== undefined && <span role="status">{count(done)} so far</span>}
            </div>
          )}
          <Table caption="Dead letters" columns={columns} rows={page.deadLetters} id={(x) => x.id} none="There is no dead letter." />
          <Pager next={page.nextCursor} first={cursor === ''} to={here} />
        </>
      )}
    </Shown>
  );
}
