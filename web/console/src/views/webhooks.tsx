import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { type Schemas, call } from '../api';
import { count, instant, list, local, seconds } from '../format';
import { useLoad } from '../load';
import { type Route, go, to } from '../router';
import { FilterField, useFilterFault, withFilter } from '../ui/filter';
import { Act, Check, Choice, Dialog, Field, Form, Pager, Secret } from '../ui/forms';
import { Badge, type Column, Facts, Page, Section, Shown, Table, Time, type Tone } from '../ui/parts';
import { AttemptView } from './attempts';

type Webhook = Schemas['Webhook'];
type Detail = Schemas['WebhookDetail'];
type Delivery = Schemas['Delivery'];

const stateTones: Record<string, Tone> = { delivered: 'good', retrying: 'warn', failed: 'bad' };
export const StateOf = ({ state }: { state: string }): JSX.Element => <Badge tone={stateTones[state]}>{state}</Badge>;

export function deliveryColumns(withWebhook: boolean): Column<Delivery>[] {
  return [
    { head: 'Delivery', cell: (x) => <a href={to(['deliveries', x.id])}>{x.id}</a> },
    ...(withWebhook ? [{ head: 'Webhook', cell: (x: Delivery) => <a href={to(['webhooks', x.webhookId])}>{x.webhookId}</a> }] : []),
    { head: 'Event', cell: (x) => <><a href={to(['events', x.seq])}>{x.seq}</a> <code>{x.eventType}</code></>, extra: true },
    { head: 'State', cell: (x) => <StateOf state={x.state} /> },
    { head: 'Last answer', cell: (x) => x.lastStatus ?? x.lastFault ?? '–' },
    { head: 'Attempts', number: true, cell: (x) => count(x.attempts), extra: true },
    { head: 'Next attempt', cell: (x) => <Time at={x.nextAttemptAt} relative /> },
    { head: 'Changed', cell: (x) => <Time at={x.updatedAt} relative />, extra: true },
  ];
}

function Health({ x }: { x: Webhook }): JSX.Element {
  if (!x.enabled) return <Badge tone="bad">{x.disabledReason === 'operator' ? 'disabled' : `disabled: ${x.disabledReason ?? 'no reason given'}`}</Badge>;
  if (x.failingSince) return <><Badge tone="warn">failing</Badge> <Time at={x.failingSince} relative /></>;
  return <Badge tone="good">well</Badge>;
}

export function Webhooks({ route: { query } }: { route: Route }): JSX.Element {
  const filter = { companyId: query.get('companyId') ?? undefined };
  const cursor = query.get('cursor') ?? '';
  const [company, edit] = useState(filter.companyId ?? '');
  const found = useLoad((signal) => call('get', '/api/events/webhooks', { query: { ...filter, cursor, limit: 100 }, signal }), [filter, cursor], 5000);
  const columns: Column<Webhook>[] = [
    { head: 'Webhook', cell: (x) => <a href={to(['webhooks', x.id])}>{x.id}{x.description && ` · ${x.description}`}</a> },
    { head: 'Address', cell: (x) => <code class="cut">{x.url}</code> },
    { head: 'Health', cell: (x) => <Health x={x} /> },
    { head: 'Types', cell: (x) => <span class="cut">{x.types.join(', ') || 'all'}</span>, extra: true },
    { head: 'Company', cell: (x) => x.companyId ?? 'all', extra: true },
  ];
  return (
    <Page title="Webhooks" actions={<a class="button first" href={to(['webhooks', 'new'])}>Register</a>}>
      <Form submit="Filter" reads action={async () => go(['webhooks'], { companyId: company })}>
        <Field label="Company" value={company} on={edit} />
      </Form>
      <Shown of={found}>
        {(page) => (
          <>
            <Table caption="Webhooks" columns={columns} rows={page.webhooks} id={(x) => x.id} none="No webhook is registered." />
            <Pager next={page.nextCursor} first={cursor === ''} to={(x) => to(['webhooks'], { ...filter, cursor: x })} />
          </>
        )}
      </Shown>
    </Page>
  );
}

export function NewWebhook(): JSX.Element {
  const [x, edit] = useState({ url: '', types: '', filter: '', companyId: '', description: '', kind: 'hmac', ordered: false });
  const [fault, guard] = useFilterFault();
  const [made, show] = useState<Schemas['CreatedWebhook']>();
  const register = async () => {
    const { url, types, filter, companyId, description, kind, ordered } = x;
    const body = { url, types: list(types) ?? [], ordered, kind: kind as 'hmac', ...(companyId && { companyId }), ...(description && { description }) };
    const now = await guard(async () => call('post', '/api/events/webhooks', { body: withFilter(body, filter) as never }));
    if (now) show(now);
  };
  return (
    <Page title="Register a webhook">
      <p>The node sends each matching event that is published from now on, signed, as a POST request.</p>
      <Form action={register} submit="Register">
        <Field label="Address" value={x.url} on={(url) => edit({ ...x, url })} required placeholder="https://receiver.example/hook" />
        <Field label="Types" value={x.types} on={(types) => edit({ ...x, types })} hint="order.*, user.created; empty: all" />
        <FilterField value={x.filter} on={(filter) => edit({ ...x, filter })} fault={fault} />
        <Field label="Company" value={x.companyId} on={(companyId) => edit({ ...x, companyId })} hint="Only events of this company; empty: all" />
        <Field label="Description" value={x.description} on={(description) => edit({ ...x, description })} />
        <Choice label="Signature" value={x.kind} on={(kind) => edit({ ...x, kind })} options={[['hmac', 'shared secret (HMAC)'], ['ed25519', 'public key (Ed25519)']]} />
        <div class="field"><Check label="One after the other, in order" value={x.ordered} on={(ordered) => edit({ ...x, ordered })} /></div>
      </Form>
      {made && (
        <Secret title={`The secret of webhook ${made.id}`} text={[made.secret, made.publicKey].filter(Boolean).join('\n')}
          note={`The receiver checks signatures with it. It is shown this once.${made.warnings?.length ? ` Mind: ${made.warnings.join('; ')}` : ''}`}
          close={() => go(['webhooks', made.id])} />
      )}
    </Page>
  );
}

export function WebhookView({ route }: { route: Route }): JSX.Element {
  const id = Number(route.segments[1]);
  const path = { path: { id } };
  const found = useLoad((signal) => call('get', '/api/events/webhooks/{id}', { ...path, signal }), [id], 3000);
  const [secret, show] = useState<string>();
  const [attempt, tryOut] = useState<Schemas['Attempt']>();
  const done = (text: string, run: () => Promise<unknown>) => async () => {
    await run();
    await found.reload();
    return text;
  };
  const actions = (x: Detail) => (
    <>
      <Act run={async () => tryOut(await call('post', '/api/events/webhooks/{id}/test', path))}>Send a test</Act>
      {x.enabled
        ? <Act ask="It stops at its position; events wait in the log until it is enabled." run={done('It is disabled.', () => call('post', '/api/events/webhooks/{id}/disable', path))}>Disable</Act>
        : <Act run={done('It goes on at its position.', () => call('post', '/api/events/webhooks/{id}/enable', path))}>Enable</Act>}
      <Act ask="A new secret is made. The present one signs as well for a day, so that the receiver can change in between."
        run={async () => {
          const made = await call('post', '/api/events/webhooks/{id}/rotate-secret', { ...path, body: {} });
          show([made.secret, made.publicKey].filter(Boolean).join('\n'));
          await found.reload();
        }}>Rotate the secret</Act>
      <Act danger ask={`Webhook ${id} is deleted. What it has not delivered is not sent.`} run={async () => {
        await call('delete', '/api/events/webhooks/{id}', path);
        go(['webhooks']);
        return `Webhook ${id} is deleted.`;
      }}>Delete</Act>
    </>
  );
  return (
    <Page title={`Webhook ${id}`} actions={found.data && actions(found.data)}>
      <Shown of={found}>{(x) => <WebhookFacts x={x} />}</Shown>
      {found.data && <Section title="Settings"><Change key={found.data.updatedAt} x={found.data} done={found.reload} /></Section>}
      <Section title="Send again what failed"><Recover id={id} /></Section>
      <Section title="Deliveries"><Deliveries id={id} query={route.query} /></Section>
      {secret && <Secret title="The new secret" text={secret} note="It is shown this once. The former one signs as well for a day." close={() => show(undefined)} />}
      {attempt && (
        <Dialog title="The test" close={() => tryOut(undefined)}>
          <AttemptView x={attempt} />
          <button type="button" class="first" onClick={() => tryOut(undefined)}>Close</button>
        </Dialog>
      )}
    </Page>
  );
}

const WebhookFacts = ({ x }: { x: Detail }): JSX.Element => (
  <Section title="Health">
    <Facts rows={[
      ['Health', <Health x={x} />],
      ['Address', <code>{x.url}</code>],
      ['Types', x.types.join(', ') || 'all'],
      ['Filter', x.filter ? <code>{JSON.stringify(x.filter)}</code> : 'none'],
      ['Company', x.companyId ?? 'all'],
      ['Lag', `${count(x.status.lag)} events, ${seconds(x.status.lagSeconds)}`],
      ['In flight', count(x.status.inFlight)],
      ['Retrying', count(x.status.retrying)],
      ['Given up', count(x.status.deadLetters)],
      ['Delivered', count(x.status.delivered)],
      ['Failed attempts', count(x.status.failed)],
      ['Last progress', <Time at={x.status.lastProgress} relative />],
      ['Last error', x.status.lastError ?? '–'],
      ['Schedule of retries', x.retrySchedule.map((y) => seconds(y)).join(', ')],
      ['Secrets', x.secrets.map((y) => (y.expiresAt ? `one until ${y.expiresAt}` : 'one in use')).join(', ')],
    ]} />
  </Section>
);

function Change({ x, done }: { x: Webhook; done: () => Promise<void> }): JSX.Element {
  const before = x.filter ? JSON.stringify(x.filter) : '';
  const [fault, guard] = useFilterFault();
  const [now, edit] = useState({ types: x.types.join(', '), filter: before, description: x.description, ratePerSecond: String(x.ratePerSecond), maxInFlight: String(x.maxInFlight), ordered: x.ordered, retrySchedule: x.retrySchedule.join(', ') });
  const change = async () => {
    const { types, description, ordered, filter } = now;
    const body = { types: list(types) ?? [], description, ordered, ratePerSecond: Number(now.ratePerSecond), maxInFlight: Number(now.maxInFlight), retrySchedule: (list(now.retrySchedule) ?? []).map(Number) };
    // What is not edited is not sent: a large number was rounded when it was read.
    const sent = () => (filter === before ? body : withFilter(body, filter)) as never;
    const changed = await guard(async () => call('patch', '/api/events/webhooks/{id}', { path: { id: x.id }, body: sent() }));
    if (!changed) return undefined;
    await done();
    return 'It is changed.';
  };
  const tryOut = async () => {
    const types = list(now.types) ?? [];
    // Without one, the filter that the webhook has, with all digits of its numbers.
    const body = () => (now.filter === before ? { types } : withFilter({ types }, now.filter)) as never;
    const trial = await guard(async () => call('post', '/api/events/webhooks/{id}/match', { path: { id: x.id }, body: body() }));
    return trial && `Of the newest ${count(trial.examined)} events it would be sent ${count(trial.matched)}.`;
  };
  return (
    <Form action={change} submit="Save">
      <Field label="Types" value={now.types} on={(types) => edit({ ...now, types })} hint="empty: all" />
      <FilterField value={now.filter} on={(filter) => edit({ ...now, filter })} fault={fault} />
      <div class="field wide"><Act reads run={tryOut}>Try types and filter on the newest events</Act></div>
      <Field label="Description" value={now.description} on={(description) => edit({ ...now, description })} />
      <Field label="Requests per second" type="number" min={0} step="any" value={now.ratePerSecond} on={(ratePerSecond) => edit({ ...now, ratePerSecond })} hint="0: no limit" />
      <Field label="In flight at most" type="number" min={1} max={64} value={now.maxInFlight} on={(maxInFlight) => edit({ ...now, maxInFlight })} />
      <Field label="Retries after, in seconds" value={now.retrySchedule} on={(retrySchedule) => edit({ ...now, retrySchedule })} />
      <div class="field"><Check label="One after the other, in order" value={now.ordered} on={(ordered) => edit({ ...now, ordered })} /></div>
    </Form>
  );
}

function Recover({ id }: { id: number }): JSX.Element {
  const [since, edit] = useState(local(new Date(Date.now() - 86_400_000)));
  const recover = async () => {
    const from = instant(since);
    if (!from) throw new Error('Say since when.');
    const { resent, more } = await call('post', '/api/events/webhooks/{id}/recover', { path: { id }, body: { since: from } });
    return `${count(resent)} deliveries are due now.${more ? ' There are more: ask again when these are through.' : ''}`;
  };
  return (
    <Form action={recover} submit="Recover">
      <Field label="First attempt since" type="datetime-local" value={since} on={edit} required hint="Deliveries that failed for good since then, at most 1,000 at a time" />
    </Form>
  );
}

function Deliveries({ id, query }: { id: number; query: URLSearchParams }): JSX.Element {
  const state = (query.get('state') ?? undefined) as 'failed' | undefined;
  const cursor = query.get('cursor') ?? '';
  const found = useLoad((signal) => call('get', '/api/events/webhooks/{id}/deliveries', { path: { id }, query: { state, cursor, limit: 50 }, signal }), [id, state, cursor], 3000);
  return (
    <>
      <div class="fields">
        <Choice label="State" value={state ?? ''} on={(x) => go(['webhooks', id], { state: x })} options={[['', 'all'], 'retrying', 'delivered', 'failed']} />
      </div>
      <Shown of={found}>
        {(page) => (
          <>
            <Table caption="Deliveries, the newest event first" columns={deliveryColumns(false)} rows={page.deliveries} id={(x) => x.id} none="No delivery." />
            <Pager next={page.nextCursor} first={cursor === ''} to={(x) => to(['webhooks', id], { state, cursor: x })} />
          </>
        )}
      </Shown>
    </>
  );
}
