import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { type Schemas, call } from '../api';
import { brief, count, instant, list } from '../format';
import { useLoad } from '../load';
import { type Route, go, to } from '../router';
import { Choice, Field, Form } from '../ui/forms';
import { Badge, type Column, Facts, Json, Page, Progress, Section, Shown, Table, Time, type Tone } from '../ui/parts';
import { Pager } from '../ui/forms';

type Replay = Schemas['Replay'];
type NewReplay = Schemas['NewReplay'];
const tones: Record<string, Tone> = { done: 'good', failed: 'bad', running: 'plain', cancelled: 'warn' };
const Bar = ({ x }: { x: Replay }): JSX.Element => <Progress done={x.phase === 'done' ? 1 : x.cursor} all={x.phase === 'done' ? 1 : x.upTo} label={`Replay ${x.replayId}`} />;

const columns: Column<Replay>[] = [
  { head: 'Replay', number: true, cell: (x) => <a href={to(['replays', x.replayId])}>{x.replayId}</a> },
  { head: 'State', cell: (x) => <Badge tone={tones[x.phase]}>{x.phase}</Badge> },
  { head: 'Progress', cell: (x) => <Bar x={x} /> },
  { head: 'Target', cell: (x) => x.target },
  { head: 'Delivered', number: true, cell: (x) => `${count(x.delivered)} of ${count(x.matched)}`, extra: true },
  { head: 'Started', cell: (x) => <Time at={x.createdAt} relative />, extra: true },
  { head: 'By', cell: (x) => x.by, extra: true },
];

export function Replays({ route: { query } }: { route: Route }): JSX.Element {
  const cursor = query.get('cursor') ?? '';
  const found = useLoad((signal) => call('get', '/api/events/replay', { query: { cursor, limit: 20 }, signal }), [cursor], 2000);
  return (
    <Page title="Replay">
      <p>Delivers stored events again, marked as a replay. No consumer's position moves.</p>
      <Section title="A new replay"><NewReplayForm query={query} /></Section>
      <Section title="Replays">
        <Shown of={found}>
          {(page) => (
            <>
              <Table caption="Replays, the newest first" columns={columns} rows={page.replays} id={(x) => x.replayId} none="None has been started." />
              <Pager next={page.nextCursor} first={cursor === ''} to={(x) => to(['replays'], { cursor: x })} />
            </>
          )}
        </Shown>
      </Section>
    </Page>
  );
}

interface Answer {
  matched: number;
  targets: { target: string; matched?: number; receivers?: number }[];
}

function NewReplayForm({ query }: { query: URLSearchParams }): JSX.Element {
  const [x, edit] = useState({ events: query.get('events') ?? '', types: '', companyId: '', userId: '', correlationId: '', from: '', until: '', target: 'handlers', rate: '' });
  const [tried, setTried] = useState<{ of: string; answer: Answer }>();
  const on = (name: keyof typeof x) => (value: string) => edit({ ...x, [name]: value });
  const consumers = useLoad((signal) => call('get', '/api/consumers', { signal }), []);
  const webhooks = useLoad((signal) => call('get', '/api/events/webhooks', { query: { limit: 1000 }, signal }), []);
  const targets: [string, string][] = [
    ['handlers', 'all handlers'], ['webhooks', 'all webhooks'], ['sessions', 'open sessions'], ['all', 'everything'],
    ...(consumers.data?.consumers ?? []).filter((y) => !['webhooks', 'sealer'].includes(y.name)).map((y): [string, string] => [`handler/${y.name}`, `handler ${y.name}`]),
    ...(webhooks.data?.webhooks ?? []).map((y): [string, string] => [`webhook/${y.id}`, `webhook ${y.id}, ${y.url}`]),
  ];
  const wanted = (): NewReplay => {
    const common = { target: x.target, ...(x.rate && { rate: Number(x.rate) }) };
    const ids = list(x.events);
    if (ids) return { ...common, eventIds: ids.map((y) => (/^[1-9][0-9]*$/.test(y) ? Number(y) : y)) } as NewReplay;
    const filter = { types: list(x.types), companyId: x.companyId || undefined, userId: x.userId || undefined, correlationId: x.correlationId || undefined, startDate: instant(x.from), endDate: instant(x.until) };
    return { ...common, filter } as NewReplay;
  };
  const now = JSON.stringify(x);
  const ready = tried?.of === now;
  const run = async () => {
    if (!ready) {
      setTried({ of: now, answer: (await call('post', '/api/events/replay', { body: { ...wanted(), dryRun: true } })) as Answer });
      return;
    }
    const { replayId } = (await call('post', '/api/events/replay', { body: wanted() })) as unknown as { replayId: number };
    go(['replays', replayId]);
    return `Replay ${replayId} runs.`;
  };
  return (
    <Form action={run} submit={ready ? 'Start the replay' : 'Count first (dry run)'}>
      <Field label="Events" value={x.events} on={on('events')} hint="Positions or ids; or leave it empty and choose by what follows" />
      <Field label="Types" value={x.types} on={on('types')} placeholder="order.*" />
      <Field label="Company" value={x.companyId} on={on('companyId')} />
      <Field label="User" value={x.userId} on={on('userId')} />
      <Field label="Correlation" value={x.correlationId} on={on('correlationId')} />
      <Field label="From" type="datetime-local" value={x.from} on={on('from')} />
      <Field label="Until" type="datetime-local" value={x.until} on={on('until')} />
      <Choice label="Target" value={x.target} on={on('target')} options={targets} />
      <Field label="Events per second" type="number" min={0} max={1_000_000} value={x.rate} on={on('rate')} hint="empty: no limit" />
      {ready && (
        <div class="field wide note" role="status">
          {count(tried.answer.matched)} events match.{' '}
          {tried.answer.targets.map((y) => (
            <span key={y.target}>{y.target}{y.matched !== undefined && `: ${count(y.matched)} concern it`}{y.receivers !== undefined && `: ${count(y.receivers)} receivers`}. </span>
          ))}
        </div>
      )}
    </Form>
  );
}

export function ReplayView({ route }: { route: Route }): JSX.Element {
  const id = Number(route.segments[1]);
  const found = useLoad((signal) => call('get', '/api/events/replay/{id}', { path: { id }, signal }), [id], 1000);
  return (
    <Page title={`Replay ${id}`}>
      <Shown of={found}>
        {(x) => (
          <Section title="Progress">
            <p class="big"><Bar x={x} /></p>
            <Facts rows={[
              ['State', <Badge tone={tones[x.phase]}>{x.phase}</Badge>],
              ['Delivered', `${count(x.delivered)} of ${count(x.matched)}`],
              ['Position', `${count(x.cursor)} of ${count(x.upTo)}`],
              ['Target', x.target],
              ['Rate', x.rate === 0 ? 'no limit' : `${brief(x.rate)} per second`],
              [x.phase === 'running' ? 'Waits' : 'Error', x.error ?? '–'],
              ['Started', <Time at={x.createdAt} />],
              ['Changed', <Time at={x.updatedAt} />],
              ['By', x.by],
            ]} />
            <h3>What it delivers</h3>
            <Json label="What it delivers" value={x.eventIds ?? x.filter ?? {}} />
          </Section>
        )}
      </Shown>
    </Page>
  );
}
