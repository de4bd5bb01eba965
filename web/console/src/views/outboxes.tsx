// Outboxes that the node moves into the log, and rows of them that can be no events.
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { Problem, type Schemas, call } from '../api';
import { useMay } from '../caller';
import { bytes, count, seconds, some } from '../format';
import { useLoad } from '../load';
import { type Route, to } from '../router';
import { Act, Pager } from '../ui/forms';
import { Badge, type Column, Facts, Page, Section, Shown, Table, Time } from '../ui/parts';

type Outbox = Schemas['Outbox'];
type Refused = Schemas['RefusedRow'];
type Action = 'retry' | 'discard';

const pageSize = 100;
/** Rows that one press retries or discards. */
const mostAtOnce = 10_000;
/** As far as the node counts. */
const counted = 100_000;
const upTo = (x: number): string => (x >= counted ? `${count(counted)} or more` : count(x));
const whose = (name: Outbox['name']): string => (name === 'own' ? 'the database of the node' : 'the database of --outbox-from');

function State({ x }: { x: Outbox }): JSX.Element {
  if (!x.up) return <Badge tone="bad">does not answer</Badge>;
  if (x.refused > 0) return <Badge tone="warn">put some aside</Badge>;
  return <Badge tone="good">moves</Badge>;
}

const columns: Column<Outbox>[] = [
  { head: 'Name', cell: (x) => <a href={to(['outboxes', x.name])}>{x.name}</a> },
  { head: 'State', cell: (x) => <State x={x} /> },
  { head: 'Waiting', number: true, cell: (x) => upTo(x.waiting) },
  { head: 'Oldest', number: true, cell: (x) => (x.waiting > 0 ? seconds(x.oldestSeconds) : '–') },
  { head: 'Put aside', number: true, cell: (x) => upTo(x.refused) },
  { head: 'Moved', number: true, cell: (x) => count(x.movedSinceStart), extra: true },
  { head: 'Failures', number: true, cell: (x) => count(x.failuresSinceStart), extra: true },
  { head: 'Is in', cell: (x) => whose(x.name), extra: true },
];

export function Outboxes(): JSX.Element {
  const found = useLoad((signal) => call('get', '/api/outboxes', { signal }), [], 2000);
  return (
    <Page title="Outboxes">
      <p>Rows that applications write in their own transactions, and that the node moves into the log. Those that can be no events are put aside.</p>
      <Shown of={found}>
        {({ outboxes }) => <Table caption="Outboxes" columns={columns} rows={outboxes} id={(x) => x.name} none="The node moves no outbox: --outbox and --outbox-from name one." />}
      </Shown>
    </Page>
  );
}

export function OutboxView({ route: { segments, query } }: { route: Route }): JSX.Element {
  const name = segments[1] ?? '';
  const found = useLoad((signal) => call('get', '/api/outboxes', { signal }), [], 2000);
  return (
    <Page title={`Outbox ${name}`}>
      <Shown of={found}>
        {({ outboxes }) => outboxes.filter((x) => x.name === name).map((x) => (
          <Section key={x.name} title="Now">
            <Facts rows={[
              ['State', <State x={x} />],
              ['Is in', whose(x.name)],
              ['Waiting', upTo(x.waiting)],
              ['The oldest waits for', x.waiting > 0 ? seconds(x.oldestSeconds) : '–'],
              ['Put aside', upTo(x.refused)],
              ['Moved', `${count(x.movedSinceStart)} since the start`],
              ['Refused', `${count(x.refusedSinceStart)} since the start`],
              ['Failures that held rows back', `${count(x.failuresSinceStart)} since the start`],
            ]} />
          </Section>
        ))}
      </Shown>
      <Section title="Put aside"><RefusedRows name={name} cursor={query.get('cursor') ?? ''} /></Section>
    </Page>
  );
}

/** Numbers of the rows that are there now. One that is refused again has another number. */
async function numbersOf(name: string): Promise<number[]> {
  const out: number[] = [];
  let cursor: string | undefined;
  do {
    const page: { refused: Refused[]; nextCursor: string | null } = await call('get', '/api/outboxes/{name}/refused', { path: { name }, query: { limit: pageSize, cursor } });
    out.push(...page.refused.map((x) => x.seq));
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined && out.length < mostAtOnce);
  return out.slice(0, mostAtOnce);
}

/** A call for each row. Answers how many of them were there. */
async function settle(action: Action, name: string, rows: number[], note: (done: number) => void): Promise<number> {
  let done = 0;
  for (const seq of rows) {
    try {
      const path = { path: { name, seq } };
      await (action === 'retry' ? call('post', '/api/outboxes/{name}/refused/{seq}/retry', path) : call('post', '/api/outboxes/{name}/refused/{seq}/discard', path));
      done += 1;
      note(done);
    } catch (problem) {
      if (!(problem instanceof Problem && problem.status === 404)) throw problem;
    }
  }
  return done;
}

function RefusedRows({ name, cursor }: { name: string; cursor: string }): JSX.Element {
  const found = useLoad((signal) => call('get', '/api/outboxes/{name}/refused', { path: { name }, query: { cursor: cursor || undefined, limit: pageSize }, signal }), [name, cursor]);
  const [picked, pick] = useState<Set<number>>(new Set());
  const [done, note] = useState<number>();
  const may = useMay();
  const act = (action: Action, which?: number[]) => async () => {
    try {
      const rows = which ?? await numbersOf(name);
      const settled = await settle(action, name, rows, note);
      const gone = rows.length - settled;
      return `${some(settled, 'row')} ${action === 'retry' ? 'put back' : 'discarded'}.${gone > 0 ? ` ${count(gone)} were gone.` : ''}`;
    } finally {
      note(undefined);
      pick(new Set());
      await found.reload();
    }
  };
  const toggle = (seq: number) => pick((before) => {
    const next = new Set(before);
    if (!next.delete(seq)) next.add(seq);
    return next;
  });
  const columnsOfRows: Column<Refused>[] = [
    ...(may ? [{ head: <span class="hidden">Chosen</span>, cell: (x: Refused) => <input type="checkbox" aria-label={`Choose row ${x.seq}`} checked={picked.has(x.seq)} onChange={() => toggle(x.seq)} /> }] : []),
    { head: 'Row', cell: (x) => <>{x.seq} <code class="cut">{x.type}</code></> },
    { head: 'Why', cell: (x) => <><code>{x.errorCode}</code> <span class="error-text">{x.errorDetail}</span></> },
    { head: 'Id', cell: (x) => <code class="cut">{x.id}</code>, extra: true },
    { head: 'Source', cell: (x) => <code class="cut">{x.source}</code>, extra: true },
    { head: 'Company', cell: (x) => x.companyId ?? '–', extra: true },
    { head: 'Data', number: true, cell: (x) => bytes(x.dataBytes), extra: true },
    { head: 'Put aside', cell: (x) => <Time at={x.refusedAt} relative />, extra: true },
  ];
  const chosen = [...picked];
  return (
    <Shown of={found}>
      {(page) => (
        <>
          {page.refused.length > 0 && (
            <div class="actions">
              <Act run={act('retry', chosen)} disabled={picked.size === 0}>Retry chosen ({picked.size})</Act>
              <Act run={act('retry')} ask="All rows that were put aside wait again, behind those that are there. What is still no event is put aside again.">Retry all</Act>
              <Act run={act('discard', chosen)} disabled={picked.size === 0} danger ask={`${some(picked.size, 'row')} of the outbox will be forgotten. They never became events.`}>Discard chosen</Act>
              {done !== undefined && <span role="status">{count(done)} so far</span>}
            </div>
          )}
          <Table caption="Rows that can be no events" columns={columnsOfRows} rows={page.refused} id={(x) => x.seq} none="No row was put aside." />
          <Pager next={page.nextCursor} first={cursor === ''} to={(next) => to(['outboxes', name], { cursor: next })} />
        </>
      )}
    </Shown>
  );
}
