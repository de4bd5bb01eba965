import type { JSX } from 'preact';
import { call } from '../api';
import { brief, count, seconds, some } from '../format';
import { useLoad } from '../load';
import { type Samples, useSamples, valueOf } from '../sampler';
import { Chart } from '../ui/chart';
import { Fault, Link, Page, Section, Tile } from '../ui/parts';

const day = 86_400_000;

interface Concern {
  text: string;
  to: string;
}

/** What somebody should look at, from what the node says of itself. */
async function concerns(signal: AbortSignal): Promise<Concern[]> {
  const [ready, { consumers }, { queues }] = await Promise.all([
    call('get', '/readyz', { signal }),
    call('get', '/api/consumers', { signal }),
    call('get', '/api/jobs/queues', { signal }),
  ]);
  const out: Concern[] = [];
  if (ready.status !== 'ready') out.push({ text: `The node is not ready: ${ready.waitingFor ?? 'it does not say why'}`, to: '#/nodes' });
  for (const x of consumers) {
    const to = `#/consumers/${encodeURIComponent(x.name)}`;
    if (x.deadLetters > 0) out.push({ text: `${x.name} gave up ${some(x.deadLetters, 'event')}`, to });
    if (x.paused) out.push({ text: `${x.name} is paused, ${some(x.lag, 'event')} behind`, to });
    else if (x.lagSeconds > 60) out.push({ text: `${x.name} is ${seconds(x.lagSeconds)} behind`, to });
    else if (x.retrying > 0) out.push({ text: `${x.name} retries ${some(x.retrying, 'event')}`, to });
  }
  for (const x of queues) {
    if (x.dead > 0) out.push({ text: `${some(x.dead, 'dead job')} of ${x.queue}`, to: `#/jobs?state=dead&kind=${encodeURIComponent(x.queue)}` });
    if (x.unavailable !== null) out.push({ text: `${x.queue} waits: ${x.unavailable}`, to: '#/jobs' });
    else if (x.paused) out.push({ text: `The queue ${x.queue} is paused`, to: '#/jobs' });
  }
  return out;
}

async function lastDay(signal: AbortSignal): Promise<{ times: number[]; counts: number[] }> {
  const startDate = new Date(Date.now() - day).toISOString();
  const answer = await call('get', '/api/events/stats', { query: { bucket: 'hour', startDate }, signal });
  const found = new Map<number, number>();
  for (const x of 'buckets' in answer && Array.isArray(answer.buckets) ? answer.buckets : [])
    found.set(Date.parse(x.begin) / 1000, Object.values(x.counts as Record<string, number>).reduce((a, b) => a + b, 0));
  const last = Math.floor(Date.now() / 3_600_000) * 3600;
  const times = Array.from({ length: 24 }, (_, i) => last - (23 - i) * 3600);
  return { times, counts: times.map((x) => found.get(x) ?? 0) };
}

export function Overview(): JSX.Element {
  const samples = useSamples();
  const worries = useLoad(concerns, [], 5000);
  const hours = useLoad(lastDay, [], 60_000);
  return (
    <Page title="Overview">
      <Fault error={samples.error} />
      <Tiles samples={samples} />
      <Section title="To look at">
        <Fault error={worries.error} />
        {worries.data?.length === 0 && <p class="good-news">Nothing: all consumers and queues keep up.</p>}
        <ul class="concerns">
          {worries.data?.map((x) => <li key={x.text}><Link to={x.to}>{x.text}</Link></li>)}
        </ul>
      </Section>
      <Section title="Since this page was opened, at most an hour"><Charts samples={samples} /></Section>
      <Section title="The last day">
        <Fault error={hours.error} />
        {hours.data && <Chart title="Events per hour" times={hours.data.times} bars lines={[{ name: 'events', values: hours.data.counts }]} />}
      </Section>
    </Page>
  );
}

function Tiles({ samples }: { samples: Samples }): JSX.Element {
  const now = samples.points.at(-1);
  const of = (name: string, labels?: Record<string, string>) => valueOf(samples.newest, name, labels);
  const dead = samples.newest.filter((x) => x.name === 'carillon_consumer_dead_letters').reduce((a, x) => a + x.value, 0);
  const disabled = of('carillon_webhooks', { state: 'disabled' }) ?? 0;
  const deadJobs = samples.newest.filter((x) => x.name === 'carillon_jobs' && x.labels['state'] === 'dead').reduce((a, x) => a + x.value, 0);
  return (
    <div class="tiles">
      <Tile name="Events per second" value={brief(now?.eventsPerSecond)} hint={`${count(of('carillon_log_head'))} in the log`} />
      <Tile name="Commit, p99" value={Number.isNaN(now?.commitP99 ?? NaN) ? '–' : `≤ ${brief(now!.commitP99)} ms`}
        hint={Number.isNaN(now?.commitP50 ?? NaN) ? 'no commits in the last 10 s' : `p50 ≤ ${brief(now!.commitP50)} ms`} />
      <Tile name="Largest lag" value={count(now?.maxLag)} hint="events" tone={(now?.maxLag ?? 0) > 10_000 ? 'warn' : undefined} />
      <Tile name="Failures per second" value={brief(now?.failuresPerSecond)} hint="of consumers" tone={(now?.failuresPerSecond ?? 0) > 0 ? 'warn' : undefined} />
      <Tile name="Dead letters" value={<a href="#/dead-letters">{count(dead)}</a>} tone={dead > 0 ? 'bad' : undefined} />
      <Tile name="Dead jobs" value={<a href="#/jobs?state=dead">{count(deadJobs)}</a>} tone={deadJobs > 0 ? 'bad' : undefined} />
      <Tile name="Webhooks" value={<a href="#/webhooks">{count(of('carillon_webhooks', { state: 'registered' }))}</a>}
        hint={disabled > 0 ? `${count(disabled)} disabled` : 'none disabled'} tone={disabled > 0 ? 'warn' : undefined} />
      <Tile name="Sessions" value={<a href="#/sessions">{count(of('carillon_sessions'))}</a>} hint="open now" />
    </div>
  );
}

function Charts({ samples }: { samples: Samples }): JSX.Element {
  const times = samples.points.map((x) => x.at);
  return (
    <div class="charts">
      <Chart title="Events" unit="per second" times={times} lines={[{ name: 'published', values: samples.points.map((x) => x.eventsPerSecond) }]} />
      <Chart title="Commits" unit="ms" times={times}
        lines={[{ name: 'p50', values: samples.points.map((x) => x.commitP50) }, { name: 'p99', values: samples.points.map((x) => x.commitP99) }]} />
      <Chart title="Largest lag" unit="events" times={times} lines={[{ name: 'lag', values: samples.points.map((x) => x.maxLag) }]} />
      <Chart title="Failed deliveries" unit="per second" times={times} lines={[{ name: 'failed', values: samples.points.map((x) => x.failuresPerSecond) }]} />
    </div>
  );
}
