import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { type Schemas, call } from '../api';
import { instant, line, local } from '../format';
import { useLoad } from '../load';
import { type Route, go, to } from '../router';
import { FilterField, filterFault } from '../ui/filter';
import { Field, Form, Pager } from '../ui/forms';
import { type Column, Link, Page, Shown, Table, Time } from '../ui/parts';

export type Event = Schemas['Event'];

/** What of an address is a filter of events. */
export const filterNames = ['types', 'companyId', 'userId', 'correlationId', 'id', 'filter'] as const;
export type EventFilter = Partial<Record<(typeof filterNames)[number], string>>;

export function filterOf(query: URLSearchParams): EventFilter {
  return Object.fromEntries(filterNames.map((x) => [x, query.get(x) ?? undefined]));
}

export const eventColumns: Column<Event>[] = [
  { head: 'Position', number: true, cell: (x) => <a href={to(['events', x.seq])}>{x.seq}</a> },
  { head: 'Recorded', cell: (x) => <Time at={x.recordedAt} /> },
  { head: 'Type', cell: (x) => <code>{x.type}</code> },
  { head: 'Company', cell: (x) => x.companyId ?? '–', extra: true },
  { head: 'User', cell: (x) => x.userId ?? '–', extra: true },
  { head: 'Data', cell: (x) => <code class="cut">{line(x.data)}</code>, extra: true },
];

/** @param fault what the node says about the filter */
export function EventFilters({ query, path, dates, fault }: { query: URLSearchParams; path: string[]; dates: boolean; fault: string | undefined }): JSX.Element {
  const of = (name: string) => query.get(name) ?? '';
  const [x, set] = useState({
    types: of('types'), companyId: of('companyId'), userId: of('userId'), correlationId: of('correlationId'), id: of('id'), filter: of('filter'),
    from: of('from') && local(new Date(of('from'))), until: of('until') && local(new Date(of('until'))),
  });
  const on = (name: keyof typeof x) => (value: string) => set({ ...x, [name]: value });
  const apply = async () => {
    const { from, until, id, ...rest } = x;
    go(path, dates ? { ...rest, id, from: instant(from), until: instant(until) } : rest);
  };
  return (
    <Form action={apply} submit="Filter" reads>
      <Field label="Types" value={x.types} on={on('types')} placeholder="order.*, user.created" hint="Names, or order.* for all below" />
      <Field label="Company" value={x.companyId} on={on('companyId')} />
      <Field label="User" value={x.userId} on={on('userId')} />
      <Field label="Correlation" value={x.correlationId} on={on('correlationId')} />
      {dates && <Field label="Id" value={x.id} on={on('id')} />}
      {dates && <Field label="From" type="datetime-local" value={x.from} on={on('from')} />}
      {dates && <Field label="Until" type="datetime-local" value={x.until} on={on('until')} />}
      <FilterField value={x.filter} on={on('filter')} fault={fault} />
    </Form>
  );
}

const cleaned = (filter: EventFilter): EventFilter => ({ ...filter, types: filter.types?.replace(/\s+/g, '') });

export function Events({ route: { query } }: { route: Route }): JSX.Element {
  const filter = cleaned(filterOf(query));
  const cursor = query.get('cursor') ?? '';
  const dates = { startDate: query.get('from') ?? undefined, endDate: query.get('until') ?? undefined };
  const kept = { ...filterOf(query), from: dates.startDate, until: dates.endDate };
  const found = useLoad((signal) => call('get', '/api/events', { query: { ...filter, ...dates, cursor, limit: 50 }, signal }), [filter, dates, cursor]);
  const fault = filterFault(found.error);
  return (
    <Page title="Events" actions={<>
      <a class="button" href={to(['events', 'live'], filterOf(query))}>Live tail</a>
      <a class="button" href={to(['publish'])}>Publish</a>
    </>}>
      <EventFilters key={query.toString()} query={query} path={['events']} dates fault={fault} />
      <Shown of={fault ? { ...found, error: undefined, pending: false } : found}>
        {(page) => (
          <>
            <Table caption="Events, the newest first" columns={eventColumns} rows={page.events} id={(x) => x.seq}
              none={page.nextCursor ? 'None among those that were looked at; go on to the next page.' : 'No event matches.'} />
            <Pager next={page.nextCursor} first={cursor === ''} to={(x) => to(['events'], { ...kept, cursor: x })} />
          </>
        )}
      </Shown>
      <p class="quiet">Each address here can be kept and sent to others. <Link to="#/types">All types</Link></p>
    </Page>
  );
}
