import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { type Schemas, call } from '../api';
import { count, csv, download } from '../format';
import { useLoad } from '../load';
import { type Route, go } from '../router';
import { Chart } from '../ui/chart';
import { Act, Choice, Field, Form } from '../ui/forms';
import { Page, Section, Shown, Table } from '../ui/parts';

type Metric = Schemas['Metric'];
/** Lines of the chart; the other types are one line. */
const mostLines = 7;
/** Pages of 10,000 counters. */
const mostPages = 10;
const hour = 3600;

const spans: Record<string, [string, number]> = { '1': ['the last day', 86_400_000], '7': ['the last week', 7 * 86_400_000], '30': ['the last 30 days', 30 * 86_400_000] };

async function all(query: { companyId?: string; type?: string; bucket: 'hour' | 'day'; startDate: string }, signal: AbortSignal): Promise<{ rows: Metric[]; more: boolean }> {
  const rows: Metric[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < mostPages; ++page) {
    const answer: { metrics: Metric[]; nextCursor: string | null } = await call('get', '/api/metrics', { query: { ...query, cursor }, signal });
    rows.push(...answer.metrics);
    if (answer.nextCursor === null) return { rows, more: false };
    cursor = answer.nextCursor;
  }
  return { rows, more: true };
}

/** A value for each step, zero where nothing was counted; the types with most events, and the others together. */
export function seriesOf(rows: Metric[], stepSeconds: number, from: number, until: number): { times: number[]; lines: { name: string; values: number[] }[] } {
  const begin = Math.floor(from / stepSeconds) * stepSeconds;
  const steps = Math.min(2000, Math.floor((until - begin) / stepSeconds) + 1);
  const times = Array.from({ length: steps }, (_, i) => begin + i * stepSeconds);
  const totals = new Map<string, number>();
  for (const x of rows) totals.set(x.type, (totals.get(x.type) ?? 0) + x.count);
  const top = [...totals].sort((a, b) => b[1] - a[1]).slice(0, mostLines).map(([type]) => type);
  const names = totals.size > top.length ? [...top, 'others'] : top;
  const lines = names.map((name) => ({ name, values: times.map(() => 0) }));
  for (const x of rows) {
    const at = Math.floor((Date.parse(x.begin) / 1000 - begin) / stepSeconds);
    const line = lines[top.includes(x.type) ? top.indexOf(x.type) : top.length];
    if (line && at >= 0 && at < steps) line.values[at]! += x.count;
  }
  return { times, lines };
}

export function Metrics({ route: { query } }: { route: Route }): JSX.Element {
  const [x, edit] = useState({ type: query.get('type') ?? '', companyId: query.get('companyId') ?? '', days: query.get('days') ?? '1', bucket: query.get('bucket') ?? 'hour' });
  const days = spans[query.get('days') ?? '1'] ? (query.get('days') ?? '1') : '1';
  const bucket = query.get('bucket') === 'day' ? 'day' : 'hour';
  const asked = { type: query.get('type') ?? undefined, companyId: query.get('companyId') ?? undefined, bucket, days } as const;
  const found = useLoad(async (signal) => {
    const until = Date.now();
    const from = until - spans[days]![1];
    const { rows, more } = await all({ type: asked.type, companyId: asked.companyId, bucket, startDate: new Date(from).toISOString() }, signal);
    return { rows, more, ...seriesOf(rows, bucket === 'hour' ? hour : 24 * hour, from / 1000, until / 1000) };
  }, [asked]);
  return (
    <Page title="Metrics">
      <Form submit="Show" reads action={async () => go(['metrics'], x)}>
        <Field label="Type" value={x.type} on={(type) => edit({ ...x, type })} hint="One type; empty: all" />
        <Field label="Company" value={x.companyId} on={(companyId) => edit({ ...x, companyId })} />
        <Choice label="Span" value={x.days} on={(value) => edit({ ...x, days: value })} options={Object.entries(spans).map(([key, [text]]): [string, string] => [key, text])} />
        <Choice label="Per" value={x.bucket} on={(value) => edit({ ...x, bucket: value })} options={['hour', 'day']} />
      </Form>
      <Shown of={found}>
        {(series) => (
          <>
            <Section title="Events by type" actions={<Act reads disabled={series.rows.length === 0} run={async () =>
              download('metrics.csv', 'text/csv', csv([['begin', 'type', 'companyId', 'count'], ...series.rows.map((y) => [y.begin, y.type, y.companyId, y.count])]))}>Save as CSV</Act>}>
              {series.more && <p class="note">There are more counters than this page reads: choose a type, a company or a shorter span.</p>}
              {series.lines.length === 0 ? <p class="quiet">Nothing was counted.</p> : <Chart title="Events" unit={`per ${bucket}`} times={series.times} lines={series.lines} />}
            </Section>
            <Section title="Totals">
              <Table caption="Totals by type" rows={series.lines} id={(y) => y.name} none="Nothing was counted." columns={[
                { head: 'Type', cell: (y) => <code>{y.name}</code> },
                { head: 'Events', number: true, cell: (y) => count(y.values.reduce((a, b) => a + b, 0)) },
              ]} />
            </Section>
          </>
        )}
      </Shown>
    </Page>
  );
}
