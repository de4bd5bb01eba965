// Providers of webhooks, such as Stripe, that send to the node.
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { type Schemas, call } from '../api';
import { useCaller, useWhole } from '../caller';
import { count } from '../format';
import { useLoad } from '../load';
import { type Route, go, to } from '../router';
import { useSamples, valueOf } from '../sampler';
import { Act, Choice, Field, Form, Secret } from '../ui/forms';
import { type Column, Facts, Page, Section, Shown, Table, Tile, Time } from '../ui/parts';

type Source = Schemas['InboundSource'];
type New = Schemas['NewInboundSource'];
type Preset = New['preset'];

const presets: [Preset, string][] = [
  ['standard', 'Standard Webhooks'], ['stripe', 'Stripe'], ['github', 'GitHub'], ['shopify', 'Shopify'], ['slack', 'Slack'],
  ['hmac', 'another one that signs (HMAC)'], ['basic', 'another one with a password'], ['bearer', 'another one with a token'],
];
const nameOf = (preset: Preset): string => presets.find(([key]) => key === preset)?.[1] ?? preset;
/** Whose secret is made by the provider, and has to be entered. */
const hasOwnSecret = (preset: Preset): boolean => ['stripe', 'shopify', 'slack'].includes(preset);
/** Whose type and id nothing but a template can tell. */
const isOther = (preset: Preset): boolean => ['hmac', 'basic', 'bearer'].includes(preset);
const outcomes: [string, string][] = [
  ['accepted', 'became events'], ['duplicate', 'were there already'], ['challenge', 'were questions'],
  ['unverified', 'were not genuine'], ['refused', 'were genuine, and no event'], ['unavailable', 'found no room'],
];
const troubles = ['unverified', 'refused', 'unavailable'];

function Counts(): JSX.Element {
  const { newest } = useSamples();
  return (
    <div class="tiles">
      {outcomes.map(([outcome, text]) => {
        const value = valueOf(newest, 'carillon_inbound_requests_total', { outcome });
        return <Tile key={outcome} name={outcome} value={count(value)} hint={text} tone={troubles.includes(outcome) && (value ?? 0) > 0 ? 'warn' : undefined} />;
      })}
    </div>
  );
}

const columns: Column<Source>[] = [
  { head: 'Name', cell: (x) => <a href={to(['inbound', x.name])}>{x.name}</a> },
  { head: 'Provider', cell: (x) => nameOf(x.preset) },
  { head: 'Path', cell: (x) => <code>{x.path}</code> },
  { head: 'Type', cell: (x) => <code class="cut">{x.type}</code>, extra: true },
  { head: 'Company', cell: (x) => x.companyId ?? '–', extra: true },
  { head: 'Secret set', cell: (x) => <Time at={x.secretSetAt} relative />, extra: true },
];

export function Inbound({ route: { query } }: { route: Route }): JSX.Element {
  const filter = { companyId: query.get('companyId') ?? undefined };
  const [company, edit] = useState(filter.companyId ?? '');
  const whole = useWhole();
  const found = useLoad((signal) => call('get', '/api/inbound', { query: filter, signal }), [filter], 5000);
  const [made, show] = useState<Source>();
  const put = async (name: string, body: New) => {
    if (found.data?.sources.some((x) => x.name === name)) throw new Error(`There is a source ${name}. Change that one.`);
    const source = await call('put', '/api/inbound/{source}', { path: { source: name }, body });
    if (source.secret) show(source);
    else go(['inbound', name]);
    return source.secret ? undefined : `${name} may send.`;
  };
  return (
    <Page title="Inbound">
      <p>Webhooks of others, such as Stripe, become events: each is proven to be genuine, and stored once.</p>
      {whole && <Section title="Requests since the node started"><Counts /></Section>}
      <Form submit="Filter" reads action={async () => go(['inbound'], { companyId: company })}>
        <Field label="Company" value={company} on={edit} />
      </Form>
      <Shown of={found}>
        {({ sources }) => <Table caption="Sources" columns={columns} rows={sources} id={(x) => x.name} none="Nobody may send." />}
      </Shown>
      <Section title="A new source"><Editor put={put} submit="Let it send" /></Section>
      {made?.secret && <ProviderSecret of={made.name} text={made.secret} close={() => go(['inbound', made.name])} />}
    </Page>
  );
}

const ProviderSecret = ({ of, text, close }: { of: string; text: string; close: () => void }): JSX.Element => (
  <Secret title={`The secret of ${of}`} text={text} close={close} note="Enter it at the provider, with the address that this view shows. It is shown this once." />
);

export function InboundView({ route: { segments } }: { route: Route }): JSX.Element {
  const source = segments[1] ?? '';
  const path = { path: { source } };
  const found = useLoad((signal) => call('get', '/api/inbound/{source}', { ...path, signal }), [source], 5000);
  const [secret, show] = useState<string>();
  const put = async (_: string, body: New) => {
    await call('put', '/api/inbound/{source}', { ...path, body });
    await found.reload();
    return 'It is changed.';
  };
  const remove = async () => {
    await call('delete', '/api/inbound/{source}', path);
    go(['inbound']);
    return `${source} may not send any more.`;
  };
  return (
    <Page title={`Source ${source}`} actions={found.data && <Act danger ask={`What ${source} sends is refused from then on. Its events stay in the log.`} run={remove}>Delete</Act>}>
      <Shown of={found}>
        {(x) => (
          <>
            <Section title="What the provider needs"><Address of={x.path} /></Section>
            <Section title="What it is">
              <Facts rows={[
                ['Provider', nameOf(x.preset)],
                ['Company', x.companyId ?? '–'],
                ['Type of its events', <code>{x.type}</code>],
                ['Id of its events', <code>{x.id}</code>],
                ['Source of its events', <code>{x.path}</code>],
                ['Secret set', <Time at={x.secretSetAt} />],
                ['The secret before is valid until', <Time at={x.oldSecretExpiresAt} />],
                ['A signed time may be off by', `${x.toleranceSeconds} s`],
                ['Answer', x.answerStatus],
                ...(x.signature ? [['Signature', <code>{`${x.signature.header}: ${x.signature.prefix ?? ''}${x.signature.algorithm ?? ''} ${x.signature.encoding ?? ''} of ${x.signature.content ?? '{body}'}`}</code>] as [string, JSX.Element]] : []),
                ...(x.username ? [['User', x.username] as [string, string]] : []),
                ...(x.header ? [['Header', x.header] as [string, string]] : []),
                ['Made', <Time at={x.createdAt} />],
                ['Changed', <Time at={x.updatedAt} />],
              ]} />
              <p class="quiet">What was not genuine is told by events: <a href={to(['events'], { types: 'security.login_failed' })}>refused log-ins</a>.</p>
            </Section>
          </>
        )}
      </Shown>
      {found.data && <Section title="Another secret"><Rotate of={found.data} show={show} done={found.reload} /></Section>}
      {found.data && <Section title="Change it"><Editor key={found.data.updatedAt} known={found.data} put={put} submit="Save" /></Section>}
      {secret && <ProviderSecret of={source} text={secret} close={() => show(undefined)} />}
    </Page>
  );
}

/** Where providers reach the data port is known only to those who put a proxy there. */
function Address({ of }: { of: string }): JSX.Element {
  const whole = useWhole();
  const node = useLoad(async (signal) => (whole ? (await call('get', '/api/node', { signal })).dataAddress : null), [whole]);
  const [typed, edit] = useState<string>();
  const base = (typed ?? node.data ?? '').replace(/\/+$/, '');
  return (
    <>
      <div class="fields">
        <Field label="Where providers reach the data port" value={typed ?? node.data ?? ''} on={edit} placeholder="https://events.example.org" hint="The address of your proxy, or of this host" />
      </div>
      <p>Enter this address at the provider:</p>
      <pre class="json" tabIndex={0} role="region" aria-label="Address for the provider">{base}{of}</pre>
    </>
  );
}

function Rotate({ of, show, done }: { of: Source; show: (secret: string) => void; done: () => Promise<void> }): JSX.Element {
  const [x, edit] = useState({ secret: '', graceSeconds: '86400' });
  const own = hasOwnSecret(of.preset);
  const rotate = async () => {
    const made = await call('post', '/api/inbound/{source}/rotate-secret', {
      path: { source: of.name }, body: { graceSeconds: Number(x.graceSeconds), ...(x.secret && { secret: x.secret }) },
    });
    edit({ ...x, secret: '' });
    await done();
    if (made.secret) show(made.secret);
    return made.secret ? undefined : 'The secret is another one.';
  };
  return (
    <Form action={rotate} submit="Change the secret">
      <Field label="The new secret" type="password" value={x.secret} on={(secret) => edit({ ...x, secret })} required={own} hint={own ? 'As the provider shows it' : 'Empty: the node makes one'} />
      <Field label="The present one stays valid for, in seconds" type="number" min={0} max={2_592_000} value={x.graceSeconds} on={(graceSeconds) => edit({ ...x, graceSeconds })} required />
    </Form>
  );
}

interface Draft {
  name: string;
  preset: Preset;
  companyId: string;
  secret: string;
  type: string;
  id: string;
  toleranceSeconds: string;
  answerStatus: string;
  username: string;
  header: string;
  verifyToken: string;
  signature: { header: string; prefix: string; algorithm: string; encoding: string; timestampHeader: string; content: string };
}

function draftOf(x: Source | undefined): Draft {
  const s = x?.signature;
  return {
    name: x?.name ?? '', preset: x?.preset ?? 'stripe', companyId: x?.companyId ?? '', secret: '', type: x?.type ?? '', id: x?.id ?? '',
    toleranceSeconds: x ? String(x.toleranceSeconds) : '', answerStatus: x ? String(x.answerStatus) : '', username: x?.username ?? '', header: x?.header ?? '', verifyToken: '',
    signature: {
      header: s?.header ?? '', prefix: s?.prefix ?? '', algorithm: s?.algorithm ?? 'sha256', encoding: s?.encoding ?? 'hex',
      timestampHeader: s?.timestampHeader ?? '', content: s?.content ?? '',
    },
  };
}

function bodyOf(x: Draft, known: Source | undefined, own: string | null): New {
  const { header, prefix, algorithm, encoding, timestampHeader, content } = x.signature;
  const companyId = own ?? (x.companyId || undefined);
  return {
    preset: x.preset,
    ...(companyId && { companyId }),
    ...(x.secret && { secret: x.secret }),
    ...(x.type && { type: x.type }),
    ...(x.id && { id: x.id }),
    ...(x.toleranceSeconds && { toleranceSeconds: Number(x.toleranceSeconds) }),
    ...(x.answerStatus && { answerStatus: Number(x.answerStatus) as 200 }),
    ...(x.preset === 'basic' && { username: x.username }),
    ...(x.preset === 'bearer' && x.header && { header: x.header.toLowerCase() }),
    ...(x.preset === 'hmac' && {
      // Names of headers have no case, and the node has them in lower case.
      signature: {
        header: header.toLowerCase(), prefix, algorithm: algorithm as 'sha256', encoding: encoding as 'hex',
        ...(timestampHeader && { timestampHeader: timestampHeader.toLowerCase() }), ...(content && { content }),
      },
      ...(x.verifyToken ? { verifyToken: x.verifyToken } : known?.verifyTokenSha256 && { verifyTokenSha256: known.verifyTokenSha256 }),
    }),
  };
}

function Editor({ known, put, submit }: { known?: Source; put: (name: string, body: New) => Promise<string | undefined>; submit: string }): JSX.Element {
  const own = useCaller().companyId;
  const [x, set] = useState(() => draftOf(known));
  const on = (name: Exclude<keyof Draft, 'signature' | 'preset'>) => (value: string) => set({ ...x, [name]: value });
  const other = isOther(x.preset);
  const given = other ? 'A text with values of the body in it' : 'Empty: as the provider has it';
  return (
    <Form action={async () => put(x.name, bodyOf(x, known, own))} submit={submit}>
      {!known && <Field label="Name" value={x.name} on={on('name')} required pattern="[a-z0-9][a-z0-9._\-]*" hint="The end of its path, /in/NAME" />}
      {!known && <Choice label="Provider" value={x.preset} on={(preset) => set({ ...x, preset: preset as Preset })} options={presets} />}
      {!known && own === null && <Field label="Company of its events" value={x.companyId} on={on('companyId')} hint="Owns the source, too; empty: as the data says" />}
      {!known && (
        <Field label="Secret" type="password" value={x.secret} on={on('secret')} required={hasOwnSecret(x.preset)}
          hint={hasOwnSecret(x.preset) ? 'As the provider shows it' : 'As the provider shows it; empty: the node makes one, and shows it once'} />
      )}
      {x.preset === 'basic' && <Field label="User of the password" value={x.username} on={on('username')} required />}
      {x.preset === 'bearer' && <Field label="Header with the token" value={x.header} on={on('header')} hint="Empty: Authorization: Bearer" placeholder="x-gitlab-token" />}
      {x.preset === 'hmac' && <Signature x={x} set={set} />}
      <Field label="Type of its events" value={x.type} on={on('type')} required={other} hint={given} placeholder={other ? 'shop.{/topic}' : undefined} />
      <Field label="Id of its events" value={x.id} on={on('id')} required={other} hint={other ? 'What makes a repeat the same event: {/id}, {header:x-id}, {sha256}' : given} placeholder={other ? '{/id}' : undefined} />
      <Field label="A signed time may be off by, in seconds" type="number" min={1} max={86_400} value={x.toleranceSeconds} on={on('toleranceSeconds')} hint="Empty: 300" />
      <Choice label="Answer" value={x.answerStatus} on={on('answerStatus')} options={[['', 'as the provider wants it'], '200', '202', '204']} />
    </Form>
  );
}

function Signature({ x, set }: { x: Draft; set: (x: Draft) => void }): JSX.Element {
  const s = x.signature;
  const on = (name: keyof typeof s) => (value: string) => set({ ...x, signature: { ...s, [name]: value } });
  return (
    <fieldset>
      <legend>Signature</legend>
      <Field label="Header with the signature" value={s.header} on={on('header')} required placeholder="x-hub-signature-256" />
      <Field label="What stands before it" value={s.prefix} on={on('prefix')} placeholder="sha256=" />
      <Choice label="Algorithm" value={s.algorithm} on={on('algorithm')} options={['sha256', 'sha1', 'sha512']} />
      <Choice label="Written as" value={s.encoding} on={on('encoding')} options={['hex', 'base64']} />
      <Field label="Header with the time" value={s.timestampHeader} on={on('timestampHeader')} hint="Empty: there is none" />
      <Field label="What is signed" value={s.content} on={on('content')} placeholder="{timestamp}.{body}" hint="Empty: the body" />
      <Field label="Token of a question" type="password" value={x.verifyToken} on={(verifyToken) => set({ ...x, verifyToken })} hint="A GET with it is answered, as Meta asks; empty: as before" />
    </fieldset>
  );
}
