// Measures: what the node computes of a member of events as they come, by definitions. Each has a chart and a table of its own.
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { type Schemas, call } from '../api';
import { useCaller, useWhole } from '../caller';
import { count, csv, download, instant, list } from '../format';
import { useLoad } from '../load';
import { type Shape, linesOf, mostLines } from '../measured';
import { type Route, go, to } from '../router';
import { Chart } from '../ui/chart';
import { FilterField, useFilterFault, withFilter } from '../ui/filter';
import { Act, Check, Choice, Field, Form } from '../ui/forms';
import { type Column, Facts, Page, Progress, Section, Shown, Table, Time } from '../ui/parts';

type Definition = Schemas['MeasureDefinition'];
type Row = Schemas['MeasureRow'];
type Measure = Schemas['Measure'];

const allMeasures: Measure[] = ['sum', 'avg', 'min', 'max', 'distinct'];
const words: Record<Shape, string> = { count: 'events with a value', sum: 'sum', avg: 'average', min: 'least', max: 'most', distinct: 'different values (estimate)' };
/** Pages of 2,000 rows. */
const mostPages = 10;
const spans: Record<string, [string, number]> = { '1': ['the last day', 86_400_000], '7': ['the last week', 7 * 86_400_000], '30': ['the last 30 days', 30 * 86_400_000] };

const addressOf = (x: Definition): string => to(['measures', x.name], { definitionOf: x.companyId ?? '' });

function Backfill({ x }: { x: Definition }): JSX.Element {
  if (x.backfill === null) return <>{x.liveFrom === null ? 'from the next event on' : `from position ${count(x.liveFrom)} on`}</>;
  if (x.backfill.done) return <>{x.backfill.since === null ? 'all events' : <>since <Time at={x.backfill.since} /></>}</>;
  return <Progress done={x.backfill.position} all={x.backfill.end} label={`Backfill of ${x.name}`} />;
}

const columns: Column<Definition>[] = [
  { head: 'Name', cell: (x) => <a href={addressOf(x)}>{x.name}</a> },
  { head: 'Of', cell: (x) => <><code>{x.types.join(', ')}</code> <code>{x.member}</code></> },
  { head: 'By', cell: (x) => (x.groupBy === null ? '–' : <code>{x.groupBy}</code>), extra: true },
  { head: 'Measures', cell: (x) => x.measures.join(', '), extra: true },
  { head: 'Company', cell: (x) => x.companyId ?? 'all', extra: true },
  { head: 'Covers', cell: (x) => <Backfill x={x} /> },
];

export function Measures(_: { route: Route }): JSX.Element {
  const found = useLoad((signal) => call('get', '/api/metrics/definitions', { signal }), [], 5000);
  return (
    <Page title="Measures" actions={<a class="button" href="#/metrics">Counts by type</a>}>
      <p>What the node computes of a member of events as they come: exact sums, averages, least and most, and how many values are different.</p>
      <Shown of={found}>
        {({ definitions }) => <Table caption="Definitions" columns={columns} rows={definitions} id={(x) => `${x.companyId ?? ''}/${x.name}`} none="Nothing is measured." />}
      </Shown>
      <Section title="A new definition"><NewDefinition all={found.data?.definitions ?? []} /></Section>
    </Page>
  );
}

function NewDefinition({ all }: { all: Definition[] }): JSX.Element {
  const own = useCaller().companyId;
  const [x, edit] = useState({ name: '', types: '', member: '', groupBy: '', companyId: '', filter: '' });
  const [fault, guard] = useFilterFault();
  const [chosen, choose] = useState<Measure[]>(['sum', 'avg']);
  const make = async () => {
    const companyId = own ?? (x.companyId || null);
    if (all.some((y) => y.name === x.name && y.companyId === companyId)) throw new Error(`There is a definition ${x.name}. To replace it would forget what it measured: delete it first.`);
    if (chosen.length === 0) throw new Error('Choose a measure.');
    const body = { types: list(x.types) ?? [], member: x.member, measures: chosen, ...(x.groupBy && { groupBy: x.groupBy }), ...(companyId && { companyId }) };
    const made = await guard(async () => call('put', '/api/metrics/definitions/{name}', { path: { name: x.name }, body: withFilter(body, x.filter) as never }));
    if (made === undefined) return undefined;
    go(['measures', x.name], { definitionOf: made.companyId ?? '' });
    return `${x.name} measures from the next event on. Measure those before by a backfill.`;
  };
  return (
    <Form action={make} submit="Measure it">
      <Field label="Name" value={x.name} on={(name) => edit({ ...x, name })} required pattern="[a-z][a-z0-9._\-]*" />
      <Field label="Types" value={x.types} on={(types) => edit({ ...x, types })} required placeholder="order.*" />
      <Field label="Member" value={x.member} on={(member) => edit({ ...x, member })} required placeholder="/total" hint="A JSON pointer into the data" />
      <FilterField value={x.filter} on={(filter) => edit({ ...x, filter })} fault={fault} />
      <Field label="By" value={x.groupBy} on={(groupBy) => edit({ ...x, groupBy })} placeholder="/currency" hint="A series for each value; empty: one series" />
      {own === null && <Field label="Company" value={x.companyId} on={(companyId) => edit({ ...x, companyId })} hint="Only its events; empty: all" />}
      <div class="field" role="group" aria-label="Measures">
        {allMeasures.map((m) => <Check key={m} label={words[m]} value={chosen.includes(m)} on={(on) => choose(on ? [...chosen, m] : chosen.filter((y) => y !== m))} />)}
      </div>
    </Form>
  );
}

async function rowsOf(query: { name: string; companyId?: string; bucket: 'hour' | 'day'; startDate: string }, signal: AbortSignal): Promise<{ rows: Row[]; more: boolean }> {
  const rows: Row[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < mostPages; ++page) {
    const answer: { series: Row[]; nextCursor: string | null } = await call('get', '/api/metrics/measures', { query: { ...query, cursor }, signal });
    rows.push(...answer.series);
    if (answer.nextCursor === null) return { rows, more: false };
    cursor = answer.nextCursor;
  }
  return { rows, more: true };
}

export function MeasureView({ route: { segments, query } }: { route: Route }): JSX.Element {
  const name = segments[1] ?? '';
  const owner = query.get('definitionOf') || undefined;
  const definition = useLoad((signal) => call('get', '/api/metrics/definitions/{name}', { path: { name }, query: { companyId: owner }, signal }), [name, owner], 2000);
  const [x, edit] = useState({ companyId: query.get('companyId') ?? '', days: query.get('days') ?? '1', bucket: query.get('bucket') ?? 'hour' });
  const days = spans[query.get('days') ?? '1'] ? (query.get('days') ?? '1') : '1';
  const bucket = query.get('bucket') === 'day' ? 'day' : 'hour';
  const shape = (query.get('shape') ?? '') as Shape;
  // Rows of a company's own definition are its rows.
  const asked = { name, companyId: query.get('companyId') || owner, bucket, days } as const;
  const found = useLoad(async (signal) => {
    const until = Date.now() / 1000;
    const step = bucket === 'hour' ? 3600 : 86_400;
    const first = Math.floor((until - spans[days]![1] / 1000) / step) * step;
    const times = Array.from({ length: Math.floor((until - first) / step) + 1 }, (_, i) => first + i * step);
    return { ...(await rowsOf({ name, companyId: asked.companyId, bucket, startDate: new Date(first * 1000).toISOString() }, signal)), times, step };
  }, [asked], 5000);
  const kept = { definitionOf: owner, companyId: query.get('companyId') ?? undefined, days: query.get('days') ?? undefined, bucket: query.get('bucket') ?? undefined };
  const remove = async () => {
    await call('delete', '/api/metrics/definitions/{name}', { path: { name }, query: { companyId: owner } });
    go(['measures']);
    return `${name} is deleted.`;
  };
  return (
    <Page title={`Measure ${name}`} actions={definition.data && <Act danger ask={`${name}, and all that it measured, is deleted.`} run={remove}>Delete</Act>}>
      <Shown of={definition}>
        {(d) => (
          <Section title="What it is">
            <Facts rows={[
              ['Types', <code>{d.types.join(', ')}</code>],
              ['Filter', d.filter ? <code>{JSON.stringify(d.filter)}</code> : 'none'],
              ['Member', <code>{d.member}</code>],
              ['By', d.groupBy === null ? '–' : <code>{d.groupBy}</code>],
              ['Measures', d.measures.join(', ')],
              ['Company', d.companyId ?? 'all'],
              ['Covers', <Backfill x={d} />],
            ]} />
            {d.backfill === null && d.liveFrom !== 1 && <Fill name={name} owner={owner} done={definition.reload} />}
          </Section>
        )}
      </Shown>
      <Form submit="Show" reads action={async () => go(['measures', name], { ...kept, ...x, shape })}>
        <Field label="Company" value={x.companyId} on={(companyId) => edit({ ...x, companyId })} hint="empty: all" />
        <Choice label="Span" value={x.days} on={(value) => edit({ ...x, days: value })} options={Object.entries(spans).map(([key, [text]]): [string, string] => [key, text])} />
        <Choice label="Per" value={x.bucket} on={(value) => edit({ ...x, bucket: value })} options={['hour', 'day']} />
      </Form>
      <Shown of={found}>
        {({ rows, more, times, step }) => {
          const shapes: Shape[] = ['count', ...(definition.data?.measures ?? [])];
          const now = shapes.includes(shape) ? shape : (shapes[1] ?? 'count');
          const { lines, left } = linesOf(rows, now, times, step);
          const save = async () => download(`${name}.csv`, 'text/csv', csv([['begin', 'type', 'companyId', 'group', 'other', 'skipped', ...shapes],
            ...rows.map((y) => [y.begin, y.type, y.companyId, y.group, y.other, y.skipped, ...shapes.map((z) => (y as unknown as Record<string, unknown>)[z])])]));
          return (
            <>
              <Section title="Over time" actions={<Act reads disabled={rows.length === 0} run={save}>Save as CSV</Act>}>
                <div class="fields">
                  <Choice label="Shown" value={now} on={(value) => go(['measures', name], { ...kept, shape: value })} options={shapes.map((y): [string, string] => [y, words[y]])} />
                </div>
                {more && <p class="note">There are more rows than this page reads: choose a company or a shorter span.</p>}
                {left > 0 && <p class="note">The {mostLines} largest series; {count(left)} more are in the table and the CSV.</p>}
                {lines.length === 0 ? <p class="quiet">Nothing was measured.</p> : <Chart title={`${name}: ${words[now]}`} unit={`per ${bucket}`} times={times} lines={lines} />}
              </Section>
              <Section title="Rows"><Rows rows={rows} shapes={shapes} /></Section>
            </>
          );
        }}
      </Shown>
    </Page>
  );
}

/** Rows of the table; the CSV has them all. */
const mostShown = 200;

function Rows({ rows, shapes }: { rows: Row[]; shapes: Shape[] }): JSX.Element {
  const newest = [...rows].reverse().slice(0, mostShown);
  return (
    <>
      <Table caption="Measured, the newest first" rows={newest} id={(y) => `${y.begin} ${y.type} ${y.companyId} ${y.other} ${y.group}`} none="Nothing was measured." columns={[
        { head: 'Begin', cell: (y) => <Time at={y.begin} /> },
        { head: 'Group', cell: (y) => (y.other ? 'other groups' : (y.group ?? '–')) },
        // The texts of exact numbers.
        ...shapes.map((z): Column<Row> => ({ head: words[z], number: true, cell: (y) => String((y as unknown as Record<string, unknown>)[z] ?? '–') })),
        { head: 'Skipped', number: true, cell: (y) => count(y.skipped), extra: true },
        { head: 'Type', cell: (y) => <code>{y.type}</code>, extra: true },
        { head: 'Company', cell: (y) => y.companyId ?? '–', extra: true },
      ]} />
      {rows.length > mostShown && <p class="quiet">The newest {mostShown} of {count(rows.length)}.</p>}
    </>
  );
}

function Fill({ name, owner, done }: { name: string; owner: string | undefined; done: () => Promise<void> }): JSX.Element {
  const [since, edit] = useState('');
  const whole = useWhole();
  const fill = async () => {
    const from = instant(since);
    await call('post', '/api/metrics/definitions/{name}/backfill', { path: { name }, query: { companyId: owner }, body: from ? { since: from } : {} });
    await done();
    return `The events before it are measured in the background.`;
  };
  if (!whole && owner === undefined) return <p class="quiet">The definition is of all companies: a backfill is its operator’s.</p>;
  return (
    <Form action={fill} submit="Measure earlier events">
      <Field label="Since" type="datetime-local" value={since} on={edit} hint="empty: all events of the log" />
    </Form>
  );
}
