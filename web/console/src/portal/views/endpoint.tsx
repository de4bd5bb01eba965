import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { type Schemas, call } from '../../api';
import { count, instant, local, moment } from '../../format';
import { useLoad } from '../../load';
import { go, to } from '../../router';
import { Act, Area, Check, Choice, Dialog, Field, Form, Pager, Secret } from '../../ui/forms';
import { type Column, Facts, Section, Shown, Table, Time } from '../../ui/parts';
import { AttemptView } from '../../views/attempts';
import { asWord } from '../../ui/words';
import { useRight } from '../rights';
import { t } from '../texts';
import { DeliveryState, Health, View, nameOf, typesOf } from './parts';
import { TypesChoice, headersOf, placeOf } from './settings';

type Detail = Schemas['WebhookDetail'];
type Delivery = Schemas['Delivery'];

export function Endpoint({ id, query }: { id: number; query: URLSearchParams }): JSX.Element {
  const path = { path: { id } };
  const found = useLoad((signal) => call('get', '/api/events/webhooks/{id}', { ...path, signal }), [id], 5000);
  const [secret, show] = useState<{ text: string; note: string }>();
  const [attempt, tried] = useState<Schemas['Attempt']>();
  const may = { change: useRight('endpoints'), rotate: useRight('secrets'), test: useRight('test'), see: useRight('deliveries'), resend: useRight('resend') };
  const done = (text: string, run: () => Promise<unknown>) => async () => {
    await run();
    await found.reload();
    return text;
  };
  const reveal = (made: { secret?: string; publicKey?: string }, note: string) => {
    if (made.secret) show({ text: [made.secret, made.publicKey].filter(Boolean).join('\n'), note });
  };
  const actions = (x: Detail) => (
    <>
      {may.test && <Act run={async () => tried(await call('post', '/api/events/webhooks/{id}/test', path))}>{t('test')}</Act>}
      {may.change && (x.enabled
        ? <Act ask={t('pauseAsk')} run={done(t('pausedNow'), () => call('post', '/api/events/webhooks/{id}/disable', path))}>{t('pause')}</Act>
        : <Act run={done(t('resumed'), () => call('post', '/api/events/webhooks/{id}/enable', path))}>{t('resume')}</Act>)}
      {may.rotate && (
        <Act ask={t('rotateAsk')} run={async () => {
          reveal(await call('post', '/api/events/webhooks/{id}/rotate-secret', { ...path, body: {} }), t('secretNewNote'));
          await found.reload();
        }}>{t('rotate')}</Act>
      )}
      {may.change && (
        <Act danger ask={t('deleteAsk')} run={async () => {
          await call('delete', '/api/events/webhooks/{id}', path);
          go(['endpoints']);
          return t('deleted');
        }}>{t('delete')}</Act>
      )}
    </>
  );
  return (
    <View title={found.data ? nameOf(found.data) : t('endpointOf', id)} back={[to(['endpoints']), t('endpoints')]} actions={found.data && actions(found.data)}>
      <Shown of={found}>{(x) => <State x={x} />}</Shown>
      {found.data && may.change && (
        <Section title={t('settings')}>
          <Change key={found.data.updatedAt} x={found.data} done={async (made) => {
            reveal(made, t('secretMoved'));
            await found.reload();
          }} />
        </Section>
      )}
      {found.data && may.resend && <Section title={t('recover')}><Recover id={id} /></Section>}
      {found.data && may.see && <Section title={t('deliveries')}><Deliveries id={id} query={query} /></Section>}
      {secret && <Secret title={t('secretNew')} text={secret.text} note={secret.note} close={() => show(undefined)} />}
      {attempt && (
        <Dialog title={t('testTitle')} close={() => tried(undefined)}>
          <AttemptView x={attempt} />
          <button type="button" class="first" onClick={() => tried(undefined)}>{t('close')}</button>
        </Dialog>
      )}
    </View>
  );
}

const State = ({ x }: { x: Detail }): JSX.Element => (
  <Section title={t('state')}>
    <Facts rows={[
      [t('state'), <Health x={x} />],
      [t('address'), <code>{x.url}</code>],
      [t('types'), typesOf(x)],
      [t('waitingEvents'), count(x.status.lag)],
      [t('delivered'), count(x.status.delivered)],
      [t('retrying'), count(x.status.retrying)],
      [t('givenUp'), count(x.status.deadLetters)],
      [t('secrets'), x.secrets.map((y) => (y.expiresAt ? t('oldSecret', moment(y.expiresAt)) : t('oneSecret', moment(y.createdAt)))).join(', ')],
      [t('since'), <Time at={x.createdAt} />],
    ]} />
  </Section>
);

function Change({ x, done }: { x: Detail; done: (made: Schemas['Webhook']) => Promise<void> }): JSX.Element {
  const [now, edit] = useState({ url: x.url, description: x.description, types: x.types, ordered: x.ordered, rate: String(x.ratePerSecond), headers: '' });
  const names = Object.keys(x.headers);
  const moves = placeOf(now.url.trim()) !== placeOf(x.url);
  const save = async () => {
    const url = now.url.trim();
    const made = await call('patch', '/api/events/webhooks/{id}', {
      path: { id: x.id },
      body: {
        description: now.description, types: now.types, ordered: now.ordered, ratePerSecond: Number(now.rate),
        ...(url !== x.url && { url }),
        // Another host does not get what the former one knows.
        ...(moves && { secret: 'new' }),
        ...((now.headers.trim() !== '' || (moves && names.length > 0)) && { headers: headersOf(now.headers) }),
      } as never,
    });
    await done(made);
    return t('saved');
  };
  const kept = names.length > 0 ? `${t('headersKept', names.join(', '))}${moves ? ` ${t('headersMove')}` : ''}` : t('headersHint');
  return (
    <Form action={save} submit={t('save')}>
      <Field label={t('address')} type="url" value={now.url} on={(url) => edit({ ...now, url })} required />
      <Field label={t('description')} value={now.description} on={(description) => edit({ ...now, description })} />
      <Field label={t('rate')} type="number" min={0} step="any" value={now.rate} on={(rate) => edit({ ...now, rate })} hint={t('rateHint')} />
      <div class="field"><Check label={t('ordered')} value={now.ordered} on={(ordered) => edit({ ...now, ordered })} /></div>
      <TypesChoice value={now.types} on={(types) => edit({ ...now, types })} />
      <Area label={t('headers')} rows={2} value={now.headers} on={(headers) => edit({ ...now, headers })} hint={kept} />
    </Form>
  );
}

function Recover({ id }: { id: number }): JSX.Element {
  const [since, edit] = useState(local(new Date(Date.now() - 86_400_000)));
  const recover = async () => {
    const from = instant(since);
    if (!from) throw new Error(t('recoverNone'));
    const { resent, more } = await call('post', '/api/events/webhooks/{id}/recover', { path: { id }, body: { since: from } });
    return t('recovered', count(resent)) + (more ? ` ${t('recoverMore')}` : '');
  };
  return (
    <Form action={recover} submit={t('recoverButton')}>
      <Field label={t('recoverSince')} type="datetime-local" value={since} on={edit} required hint={t('recoverHint')} />
    </Form>
  );
}

function Deliveries({ id, query }: { id: number; query: URLSearchParams }): JSX.Element {
  const state = (query.get('state') ?? undefined) as 'failed' | undefined;
  const cursor = query.get('cursor') ?? '';
  const found = useLoad((signal) => call('get', '/api/events/webhooks/{id}/deliveries', { path: { id }, query: { state, cursor, limit: 25 }, signal }), [id, state, cursor], 5000);
  const columns: Column<Delivery>[] = [
    { head: t('delivery'), cell: (x) => <a href={to(['deliveries', x.id])}>{x.id}</a> },
    { head: t('event'), cell: (x) => <code>{x.eventType}</code> },
    { head: t('state'), cell: (x) => <DeliveryState state={x.state} /> },
    { head: t('lastAnswer'), cell: (x) => x.lastStatus ?? (x.lastFault ? asWord(x.lastFault) : '–') },
    { head: t('attempts'), number: true, cell: (x) => count(x.attempts), extra: true },
    { head: t('nextAttempt'), cell: (x) => <Time at={x.nextAttemptAt} relative />, extra: true },
    { head: t('changed'), cell: (x) => <Time at={x.updatedAt} relative />, extra: true },
  ];
  return (
    <>
      <div class="fields">
        <Choice label={t('state')} value={state ?? ''} on={(x) => go(['endpoints', id], { state: x })}
          options={[['', t('all')], ...['retrying', 'delivered', 'failed'].map((x): [string, string] => [x, asWord(x)])]} />
      </div>
      <Shown of={found}>
        {(page) => (
          <>
            <Table caption={t('deliveriesNote')} columns={columns} rows={page.deliveries} id={(x) => x.id} none={t('noDelivery')} />
            <Pager next={page.nextCursor} first={cursor === ''} to={(x) => to(['endpoints', id], { state, cursor: x })} />
          </>
        )}
      </Shown>
    </>
  );
}
