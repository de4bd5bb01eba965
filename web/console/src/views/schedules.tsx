// Schedules: events that the node publishes at set times.
import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { type Schemas, call } from '../api';
import { useCaller } from '../caller';
import { count, instant, local, pretty } from '../format';
import { type Loaded, useLoad } from '../load';
import { type Route, go, to } from '../router';
import { type Schema, example } from '../schema';
import { Act, Area, Choice, Field, Form, Pager } from '../ui/forms';
import { Badge, type Column, Facts, Fault, Json, Page, Section, Shown, Table, Time } from '../ui/parts';

type Listed = Schemas['ListedSchedule'];
type Schedule = Schemas['Schedule'];
type Kind = 'cron' | 'every' | 'at';
/** When a schedule happens, as somebody writes it. */
interface Timing {
  kind: Kind;
  cron: string;
  timeZone: string;
  every: string;
  at: string;
}

const kinds: [Kind, string][] = [['cron', 'by a pattern'], ['every', 'again and again, after the same time'], ['at', 'once']];
const missed: [string, string][] = [['once', 'the latest of them happens'], ['skip', 'they do not happen'], ['all', 'all of them happen, late']];
/** Between the last key and the question what a timing means, in ms. */
const quietMs = 300;

export const placeOf = (x: { name: string; companyId: string | null }): string => to(['schedules', x.name], { owner: x.companyId ?? undefined });

function When({ x }: { x: Listed }): JSX.Element {
  if (x.cron !== null) return <><code>{x.cron}</code> {x.timeZone}</>;
  if (x.every !== null) return <>every {x.every}</>;
  return <>once, <Time at={x.at} /></>;
}

function State({ x }: { x: Listed }): JSX.Element {
  if (x.paused) return <Badge tone="warn">paused</Badge>;
  if (x.lastError !== null) return <Badge tone="bad">fails</Badge>;
  if (x.nextAt === null) return <Badge>over</Badge>;
  return <Badge tone="good">runs</Badge>;
}

const columns: Column<Listed>[] = [
  { head: 'Name', cell: (x) => <a href={placeOf(x)}>{x.name}</a> },
  { head: 'When', cell: (x) => <When x={x} /> },
  { head: 'State', cell: (x) => <State x={x} /> },
  { head: 'Next', cell: (x) => <Time at={x.nextAt} relative /> },
  { head: 'Company', cell: (x) => x.companyId ?? '–', extra: true },
  { head: 'Last', cell: (x) => <Time at={x.lastAt} relative />, extra: true },
  { head: 'Published', number: true, cell: (x) => count(x.fired), extra: true },
  { head: 'Failed', number: true, cell: (x) => count(x.failed), extra: true },
];

export function Schedules({ route: { query } }: { route: Route }): JSX.Element {
  const filter = { companyId: query.get('companyId') ?? undefined };
  const cursor = query.get('cursor') ?? '';
  const [company, edit] = useState(filter.companyId ?? '');
  const found = useLoad((signal) => call('get', '/api/schedules', { query: { ...filter, cursor, limit: 50 }, signal }), [filter, cursor], 5000);
  const put = async (name: string, body: Schemas['NewSchedule']) => {
    // To replace one without knowing of it would be a surprise.
    const known = await call('get', '/api/schedules/{name}', { path: { name }, query: { companyId: body.companyId ?? undefined } }).catch(() => undefined);
    if (known) throw new Error(`There is a schedule ${name}. Change that one.`);
    const made = await call('put', '/api/schedules/{name}', { path: { name }, body });
    location.hash = placeOf(made);
    return `${name} is scheduled.`;
  };
  return (
    <Page title="Schedules" actions={<a class="button" href="#/delayed">Delayed events</a>}>
      <p>A schedule publishes an event at set times. Each occurrence is in the log once, whatever is killed when.</p>
      <Form submit="Filter" reads action={async () => go(['schedules'], { companyId: company })}>
        <Field label="Company" value={company} on={edit} />
      </Form>
      <Shown of={found}>
        {(page) => (
          <>
            <Table caption="Schedules" columns={columns} rows={page.schedules} id={(x) => `${x.companyId ?? ''}/${x.name}`} none="Nothing is scheduled." />
            <Pager next={page.nextCursor} first={cursor === ''} to={(x) => to(['schedules'], { ...filter, cursor: x })} />
          </>
        )}
      </Shown>
      <Section title="A new schedule"><Editor put={put} submit="Schedule it" /></Section>
    </Page>
  );
}

export function ScheduleView({ route: { segments, query } }: { route: Route }): JSX.Element {
  const name = segments[1] ?? '';
  const owner = query.get('owner') || undefined;
  const at = { path: { name }, query: { companyId: owner } };
  const found = useLoad((signal) => call('get', '/api/schedules/{name}', { ...at, signal }), [name, owner], 3000);
  const act = (text: string, run: () => Promise<unknown>) => async () => {
    await run();
    await found.reload();
    return text;
  };
  const put = async (_: string, body: Schemas['NewSchedule']) => {
    await call('put', '/api/schedules/{name}', { ...at, body });
    await found.reload();
    return 'It is changed.';
  };
  const actions = (x: Schedule) => (
    <>
      <Act ask="Its event is published once more, now. The occurrences stay as they are." run={async () => {
        const receipt = await call('post', '/api/schedules/{name}/run', at);
        await found.reload();
        return `It is published: event ${receipt.seq}.`;
      }}>Run now</Act>
      {x.paused
        ? <Act run={act('It goes on with the next occurrence.', () => call('post', '/api/schedules/{name}/resume', at))}>Resume</Act>
        : <Act ask="What would occur meanwhile does not happen, also later." run={act('It is paused.', () => call('post', '/api/schedules/{name}/pause', at))}>Pause</Act>}
      <Act danger ask={`${name} does not happen any more. Its events stay in the log.`} run={async () => {
        await call('delete', '/api/schedules/{name}', at);
        go(['schedules']);
        return `${name} is deleted.`;
      }}>Delete</Act>
    </>
  );
  return (
    <Page title={`Schedule ${name}`} actions={found.data && actions(found.data)}>
      <Shown of={found}>
        {(x) => (
          <>
            <Section title="Now">
              <Facts rows={[
                ['State', <State x={x} />],
                ['When', <When x={x} />],
                ['Next', <Time at={x.nextAt} relative />],
                ['Last', <Time at={x.lastAt} />],
                ['Published', count(x.fired)],
                ['Left out, since they were missed', count(x.skipped)],
                ['Failed', count(x.failed)],
                ['Missed ones', missed.find(([key]) => key === x.missed)?.[1] ?? x.missed],
                ['Company', x.companyId ?? '–'],
                ['Made', <Time at={x.createdAt} />],
                ['Last error', <span class="error-text">{x.lastError ?? '–'}</span>],
              ]} />
            </Section>
            <Section title="What is to come"><Next caption="The next occurrences" times={x.next} zone={x.timeZone} /></Section>
            <Section title="Its event" actions={<a class="button" href={to(['events'], { types: x.event.type, companyId: x.companyId ?? undefined })}>Events of this type</a>}>
              <Json label="Its event" value={x.event} />
            </Section>
          </>
        )}
      </Shown>
      {found.data && <Section title="Change it"><Editor key={keyOf(found.data)} known={found.data} put={put} submit="Save" /></Section>}
    </Page>
  );
}

/** Changes with what the form shows, not with its counts. */
const keyOf = (x: Schedule): string => pretty([x.cron, x.timeZone, x.every, x.at, x.missed, x.event]);

/** In the zone of the schedule, too; of one that the browser does not know, only here. */
function there(iso: string, zone: string): string {
  try {
    return new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short', timeZone: zone }).format(new Date(iso));
  } catch {
    return '';
  }
}

function Next({ caption, times, zone }: { caption: string; times: string[]; zone: string | null }): JSX.Element {
  if (times.length === 0) return <p class="quiet">Nothing: it is over.</p>;
  return (
    <Table caption={caption} rows={times} id={(x) => x} columns={[
      { head: 'Here', cell: (x) => <Time at={x} /> },
      ...(zone ? [{ head: zone, cell: (x: string) => there(x, zone) || '–' }] : []),
      { head: 'Id of the event', cell: (x) => <code>{x}</code>, extra: true },
    ]} />
  );
}

/** Waits until nobody types. */
function useQuiet<T>(value: T): T {
  const [quiet, set] = useState(value);
  const key = JSON.stringify(value);
  useEffect(() => {
    const timer = setTimeout(() => set(value), quietMs);
    return () => clearTimeout(timer);
  }, [key]);
  return quiet;
}

/** @param as what stays unless somebody changes it: a field of a time has no seconds */
function timingOf({ kind, cron, timeZone, every, at }: Timing, as?: string | null): { cron?: string; timeZone?: string; every?: string; at?: string } {
  if (kind === 'cron') return { cron: cron.trim(), ...(timeZone.trim() && { timeZone: timeZone.trim() }) };
  if (kind === 'every') return { every: every.trim() };
  return { at: as && local(new Date(as)) === at ? as : instant(at) };
}

/** What a timing means, before it counts. */
function Preview({ timing }: { timing: Timing }): JSX.Element | null {
  const asked = timingOf(useQuiet(timing));
  const isEmpty = !(asked.cron || asked.every || asked.at);
  const found: Loaded<{ next: string[] }> = useLoad(
    async (signal) => (isEmpty ? { next: [] } : call('get', '/api/occurrences', { query: asked, signal })), [asked, isEmpty]);
  if (isEmpty) return null;
  return (
    <div class="wide" aria-live="polite">
      <h3>The next ten occurrences</h3>
      <Fault error={found.error} />
      {found.data && <Next caption="The next occurrences, as the form has it" times={found.data.next} zone={asked.timeZone ?? null} />}
    </div>
  );
}

const zones = (): string[] => {
  try {
    return ['UTC', ...Intl.supportedValuesOf('timeZone')];
  } catch {
    return ['UTC'];
  }
};

function Editor({ known, put, submit }: { known?: Schedule; put: (name: string, body: Schemas['NewSchedule']) => Promise<string>; submit: string }): JSX.Element {
  const own = useCaller().companyId;
  const types = useLoad((signal) => call('get', '/api/events/types', { signal }), []);
  const [names] = useState(zones);
  const { type = '', data, ...more }: Partial<Schemas['ScheduledEvent']> = known?.event ?? {};
  const [timing, edit] = useState<Timing>({
    kind: known?.every ? 'every' : known?.at ? 'at' : 'cron',
    cron: known?.cron ?? '', timeZone: known?.timeZone ?? 'UTC', every: known?.every ?? '', at: known?.at ? local(new Date(known.at)) : '',
  });
  const [x, set] = useState({ name: known?.name ?? '', missed: known?.missed ?? 'once', companyId: known?.companyId ?? '', type, userId: more.userId ?? '', audience: more.audience ?? '', data: pretty(data ?? {}) });
  const [touched, touch] = useState(known !== undefined);
  const choose = (chosen: string) => {
    const schema = types.data?.types.find((y) => y.type === chosen)?.schema;
    set({ ...x, type: chosen, data: schema && !touched ? pretty(example(schema as Schema)) : x.data });
  };
  const save = async () => {
    let content: unknown;
    try {
      content = JSON.parse(x.data);
    } catch {
      throw new Error('The data is not JSON.');
    }
    const companyId = own ?? (x.companyId || undefined);
    // What the form does not show stays as it is.
    const event = { ...more, type: x.type, data: content as Record<string, unknown>, userId: x.userId || null, audience: (x.audience || null) as 'none' | null };
    return put(x.name, { ...timingOf(timing, known?.at), missed: x.missed as 'once', event, ...(companyId && { companyId }) });
  };
  return (
    <Form action={save} submit={submit}>
      {!known && <Field label="Name" value={x.name} on={(name) => set({ ...x, name })} required pattern="[a-z][a-z0-9._\-]*" hint="Of small letters, digits, and . _ -" />}
      {!known && own === null && <Field label="Company that owns it" value={x.companyId} on={(companyId) => set({ ...x, companyId })} hint="Its events, too; empty: none" />}
      <Choice label="It happens" value={timing.kind} on={(kind) => edit({ ...timing, kind: kind as Kind })} options={kinds} />
      <TimingFields timing={timing} edit={edit} zones={names} />
      <Choice label="Occurrences that were missed" value={x.missed} on={(y) => set({ ...x, missed: y as 'once' })} options={missed} hint="While the node was stopped, for more than a minute" />
      <Preview timing={timing} />
      <Field label="Type of the event" value={x.type} on={choose} required list={types.data?.types.map((y) => y.type) ?? []} />
      <Field label="User" value={x.userId} on={(userId) => set({ ...x, userId })} />
      <Choice label="Audience" value={x.audience} on={(audience) => set({ ...x, audience })} options={[['', 'as the type says'], 'none', 'user', 'company', 'all']} />
      <Area label="Data, as JSON" value={x.data} on={(y) => {
        touch(true);
        set({ ...x, data: y });
      }} required />
    </Form>
  );
}

function TimingFields({ timing, edit, zones: names }: { timing: Timing; edit: (x: Timing) => void; zones: string[] }): ComponentChildren {
  if (timing.kind === 'every')
    return <Field label="Every" value={timing.every} on={(every) => edit({ ...timing, every })} required pattern="[0-9]+[smhd]" placeholder="15m" hint="With s, m, h or d, at its multiples since 1970 in UTC" />;
  if (timing.kind === 'at')
    return <Field label="At" type="datetime-local" value={timing.at} on={(at) => edit({ ...timing, at })} required hint="By the clock of this machine" />;
  return (
    <>
      <Field label="Pattern" value={timing.cron} on={(cron) => edit({ ...timing, cron })} required placeholder="30 9 * * MON-FRI" hint="Minute, hour, day of the month, month, day of the week" />
      <Field label="Time zone" value={timing.timeZone} on={(timeZone) => edit({ ...timing, timeZone })} list={names} hint="Europe/Berlin; empty: UTC" />
    </>
  );
}
